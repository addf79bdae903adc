#include "net/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/map.h"
#include "net/url.h"

#define DEFAULT_MAX_BODY (3u << 20)
#define MAX_DRAINED (64u << 20)  /* of a body that is too large: read so that the client can read the 413 */
#define CONNECTION_MEMORY (64u << 10)
#define CONNECTION_LIMIT 4096u
#define IDLE_SECONDS 600u
#define STREAM_BLOCK (32u << 10)

/* Where an exchange stands. From ASKED on it is the handler's until it answered. */
enum phase { READING, READY, ASKED, REPLIED, STREAMING };

struct header {
    char *name, *value;
};

struct http_stream { /* inside its exchange */
    http_stream_read_fn read;
    loop_fn gone;
    void *data;
    bool woken;
};

struct http_exchange {
    struct http_server *server;
    struct MHD_Connection *connection; /* NULL once the client or the request is gone */
    struct http_exchange *prev, *next;
    enum phase phase;
    bool presented; /* to on_request, so method and target are known */
    bool suspended;
    bool ended;     /* waits for tell_ended */
    bool hung_up;
    int fd;
    struct loop_io hangup;

    char *target, *method;
    struct buf path;
    const char *query;
    struct map params;
    bool params_known;
    struct buf body;
    size_t drained;

    struct header *headers;
    size_t header_count, header_cap;
    loop_fn on_gone;
    void *gone_data;
    struct http_stream stream;
};

/* One for each connection: a request that broke off before its head was whole is known only here. */
struct peer {
    struct http_exchange *current;
};

struct http_server {
    struct loop *loop;
    struct MHD_Daemon *daemon;
    uint16_t port;
    size_t max_body;
    http_handler_fn handler;
    void *data;
    struct loop_io io;
    struct loop_timer timer;
    struct loop_task run, tell;
    struct http_exchange *first, *last; /* all, oldest first */
    size_t untold;                      /* READY or ended ones */
    bool inside;                        /* libmicrohttpd is on the stack */
    bool closing;
    bool *freed; /* set when the server goes while tell_all is on the stack */
    struct err start_err;
};

static void list_add(struct http_exchange *x)
{
    struct http_server *s = x->server;
    x->prev = s->last;
    if (s->last)
        s->last->next = x;
    else
        s->first = x;
    s->last = x;
}

static void exchange_free(struct http_exchange *x)
{
    struct http_server *s = x->server;
    *(x->prev ? &x->prev->next : &s->first) = x->next;
    *(x->next ? &x->next->prev : &s->last) = x->prev;
    loop_io_stop(&x->hangup);
    for (size_t i = 0; i < x->header_count; i++) {
        free(x->headers[i].name);
        free(x->headers[i].value);
    }
    free(x->headers);
    map_release(&x->params, free);
    buf_release(&x->path);
    buf_release(&x->body);
    free(x->target);
    free(x->method);
    free(x);
}

/* ---- the daemon on the loop ---- */

static void run(struct http_server *s)
{
    s->inside = true;
    MHD_run(s->daemon);
    s->inside = false;
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(s->daemon, &ms) == MHD_YES)
        loop_timer_start(&s->timer, (int64_t)MIN(ms, 3600000ULL) * NSEC_PER_MSEC);
    else
        loop_timer_stop(&s->timer);
    if (s->untold)
        loop_task_start(&s->tell);
}

static void on_io(void *data, short revents UNUSED)
{
    run(data);
}

static void on_time(void *data)
{
    run(data);
}

static void suspend(struct http_exchange *x)
{
    MHD_suspend_connection(x->connection);
    x->suspended = true;
    /* libmicrohttpd does not look at a suspended connection: a client that leaves is noticed here. */
    loop_io_start(&x->hangup, x->fd, POLLRDHUP);
}

static void resume(struct http_exchange *x)
{
    if (!x->suspended)
        return;
    x->suspended = false;
    loop_io_stop(&x->hangup);
    MHD_resume_connection(x->connection);
    loop_task_start(&x->server->run);
}

static void on_hangup(void *data, short revents UNUSED)
{
    struct http_exchange *x = data;
    /* Who only closed its sending side still gets what the handler answers at once. */
    if (x->phase == READY)
        return;
    x->hung_up = true;
    resume(x);
}

/* ---- libmicrohttpd's callbacks; nothing of the program but stream reads runs inside them ---- */

static void on_connection(void *cls UNUSED, struct MHD_Connection *connection UNUSED, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = xcalloc(1, sizeof(struct peer));
        return;
    }
    struct peer *peer = *context;
    if (peer && peer->current)
        exchange_free(peer->current);
    free(peer);
    *context = NULL;
}

static struct peer *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* The request line was read: the only time that the target is seen as it came. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct http_server *s = cls;
    struct peer *peer = peer_of(connection);
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!peer || !fd)
        return NULL;
    if (peer->current)
        exchange_free(peer->current);
    struct http_exchange *x = xcalloc(1, sizeof *x);
    x->server = s;
    x->connection = connection;
    x->fd = fd->connect_fd;
    x->target = xstrdup(target);
    buf_init(&x->path, SIZE_MAX / 2);
    buf_init(&x->body, s->max_body);
    loop_io_init(&x->hangup, s->loop, on_hangup, x);
    list_add(x);
    peer->current = x;
    return x;
}

static bool known_too_large(struct http_exchange *x)
{
    const char *text = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "Content-Length");
    return text && strtoull(text, NULL, 10) > x->server->max_body;
}

static enum MHD_Result refuse_body(struct http_exchange *x)
{
    char text[96];
    int n = snprintf(text, sizeof text, "the request body is larger than %zu bytes\n", x->server->max_body);
    struct MHD_Response *r = MHD_create_response_from_buffer((size_t)n, text, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(r, "Content-Type", "text/plain");
    enum MHD_Result rc = MHD_queue_response(x->connection, MHD_HTTP_CONTENT_TOO_LARGE, r);
    MHD_destroy_response(r);
    x->phase = REPLIED;
    return rc;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url UNUSED,
                                  const char *method, const char *version UNUSED, const char *upload, size_t *size,
                                  void **context)
{
    struct http_server *s = cls;
    struct http_exchange *x = *context;
    if (!x)
        return MHD_NO;
    if (!x->presented) {
        x->presented = true;
        x->method = xstrdup(method);
        char *question = strchr(x->target, '?');
        if (question)
            *question = '\0';
        x->query = question ? question + 1 : "";
        url_unescape(&x->path, x->target, strlen(x->target), false);
        const char *expect = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Expect");
        if (expect && known_too_large(x))
            return refuse_body(x);
        return MHD_YES;
    }
    if (*size) {
        if (x->body.over || buf_add(&x->body, upload, *size) < 0) {
            buf_release(&x->body);
            x->body.over = true;
            x->drained += *size;
            if (x->drained > MAX_DRAINED)
                return MHD_NO;
        }
        *size = 0;
        return MHD_YES;
    }
    if (s->closing || x->hung_up || x->phase != READING)
        return MHD_NO;
    if (x->body.over)
        return refuse_body(x);
    x->phase = READY;
    s->untold++;
    suspend(x);
    return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code UNUSED)
{
    struct http_server *s = cls;
    struct http_exchange *x = *context;
    struct peer *peer = peer_of(connection);
    *context = NULL;
    if (peer)
        peer->current = NULL;
    if (!x)
        return;
    x->connection = NULL;
    x->suspended = false;
    loop_io_stop(&x->hangup);
    switch (x->phase) {
    case READY:
        s->untold--;
        exchange_free(x);
        break;
    case READING:
    case REPLIED:
        exchange_free(x);
        break;
    case ASKED:
    case STREAMING:
        x->ended = true;
        s->untold++;
        loop_task_start(&s->tell);
        break;
    }
}

/* TCP holds back what was sent "with more to come", the answer's head too; setting this pushes it out. */
static void push(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static ssize_t on_read(void *cls, uint64_t pos UNUSED, char *out, size_t max)
{
    struct http_exchange *x = cls;
    if (x->server->closing)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (x->hung_up)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    ssize_t n;
    do {
        x->stream.woken = false;
        n = x->stream.read(x->stream.data, out, max);
    } while (n == HTTP_STREAM_WAIT && x->stream.woken);
    if (n > 0)
        return n;
    if (n < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    push(x->fd);
    suspend(x);
    return 0;
}

static void on_log(void *cls, const char *fmt, va_list ap)
{
    struct http_server *s = cls;
    if (s->daemon || err_is_set(&s->start_err))
        return;
    vsnprintf(s->start_err.text, sizeof s->start_err.text, fmt, ap);
    s->start_err.text[strcspn(s->start_err.text, "\n")] = '\0';
}

/* ---- telling the program ---- */

static void tell_ended(struct http_exchange *x)
{
    struct http_stream stream = x->stream;
    loop_fn on_gone = x->on_gone;
    void *gone_data = x->gone_data;
    if (x->phase == STREAMING) {
        exchange_free(x);
        stream.gone(stream.data);
    } else if (on_gone) {
        exchange_free(x);
        on_gone(gone_data);
    }
    /* Without either, somebody still holds it: it goes with their answer, or with the server. */
}

static void tell_all(void *data)
{
    struct http_server *s = data;
    bool freed = false;
    s->freed = &freed;
    while (s->untold) {
        struct http_exchange *x = s->first;
        while (x && x->phase != READY && !x->ended)
            x = x->next;
        if (!x)
            BUG("%zu exchanges waiting, none found", s->untold);
        s->untold--;
        if (x->ended) {
            x->ended = false;
            tell_ended(x);
        } else {
            x->phase = ASKED;
            s->handler(s->data, x);
        }
        if (freed)
            return;
    }
    s->freed = NULL;
}

/* ---- a server ---- */

static int listen_on(const struct http_server_options *options, uint16_t *port, struct err *err)
{
    const char *address = options->address ? options->address : "0.0.0.0";
    const char *open = strchr(address, ':') ? "[" : "", *close_ = *open ? "]" : "";
    char service[8];
    snprintf(service, sizeof service, "%u", options->port);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(address, service, &hints, &list);
    if (rc != 0)
        return err_set(err, "cannot listen on %s%s%s:%u: '%s' is not an IP address", open, address, close_,
                       options->port, address);
    int on = 1, off = 0, idle = 30, interval = 10, count = 3;
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        (list->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) ||
        bind(fd, list->ai_addr, list->ai_addrlen) < 0 || listen(fd, 512) < 0) {
        err_set_errno(err, "cannot listen on %s%s%s:%u", open, address, close_, options->port);
        freeaddrinfo(list);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    freeaddrinfo(list);
    /* Connections inherit these; keep-alive ends the streams of a peer that vanished without a word. */
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound;
    socklen_t len = sizeof bound;
    if (getsockname(fd, &bound.any, &len) == 0)
        *port = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return fd;
}

struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options,
                                    http_handler_fn handler, void *data, struct err *err)
{
    uint16_t port = options->port;
    int fd = listen_on(options, &port, err);
    if (fd < 0)
        return NULL;
    struct http_server *s = xcalloc(1, sizeof *s);
    s->loop = loop;
    s->port = port;
    s->max_body = options->max_body ? options->max_body : DEFAULT_MAX_BODY;
    s->handler = handler;
    s->data = data;
    loop_io_init(&s->io, loop, on_io, s);
    loop_timer_init(&s->timer, loop, on_time, s);
    loop_task_init(&s->run, loop, on_time, s);
    loop_task_init(&s->tell, loop, tell_all, s);

    bool tls = options->cert_pem && options->key_pem;
    struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->cert_pem},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->key_pem},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | (tls ? MHD_USE_TLS : 0);
    s->daemon = MHD_start_daemon(flags, port, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, s,
                                 MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
                                 MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
                                 on_connection, s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                                 MHD_OPTION_CONNECTION_LIMIT, CONNECTION_LIMIT, MHD_OPTION_CONNECTION_TIMEOUT,
                                 IDLE_SECONDS, MHD_OPTION_ARRAY, tls ? tls_options : &tls_options[2], MHD_OPTION_END);
    const union MHD_DaemonInfo *epoll =
        s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!epoll) {
        err_set(err, "cannot serve %s on port %u: %s", tls ? "HTTPS" : "HTTP", port,
                err_is_set(&s->start_err) ? s->start_err.text : "the HTTP library does not start");
        if (s->daemon)
            MHD_stop_daemon(s->daemon);
        else
            close(fd);
        free(s);
        return NULL;
    }
    loop_io_start(&s->io, epoll->epoll_fd, POLLIN);
    return s;
}

void http_server_free(struct http_server *s)
{
    if (!s)
        return;
    if (s->inside)
        BUG("a server freed from inside a stream's read");
    s->closing = true;
    for (struct http_exchange *x = s->first; x; x = x->next)
        if (x->connection)
            resume(x);
    run(s); /* what is ready goes out, streams get their last chunk */
    s->inside = true;
    MHD_stop_daemon(s->daemon);
    s->inside = false;
    loop_io_stop(&s->io);
    loop_timer_stop(&s->timer);
    loop_task_stop(&s->run);
    loop_task_stop(&s->tell);
    while (s->first) {
        struct http_exchange *x = s->first;
        if (x->phase == ASKED && !x->on_gone)
            exchange_free(x);
        else if (x->phase == ASKED || x->phase == STREAMING)
            tell_ended(x);
        else
            exchange_free(x);
    }
    if (s->freed)
        *s->freed = true;
    free(s);
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}

/* ---- what was asked ---- */

const char *http_method(const struct http_exchange *x)
{
    return x->method;
}

const char *http_path(const struct http_exchange *x)
{
    return x->path.data;
}

const char *http_query_string(const struct http_exchange *x)
{
    return x->query;
}

const char *http_query(const struct http_exchange *cx, const char *name)
{
    struct http_exchange *x = (struct http_exchange *)(uintptr_t)cx; /* the cache */
    if (!x->params_known) {
        x->params_known = true;
        url_query(&x->params, x->query);
    }
    return map_get(&x->params, name);
}

const char *http_header(const struct http_exchange *x, const char *name)
{
    return x->connection ? MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name) : NULL;
}

const char *http_body(const struct http_exchange *x, size_t *len)
{
    if (len)
        *len = x->body.len;
    return x->body.data;
}

void http_on_gone(struct http_exchange *x, loop_fn fn, void *data)
{
    x->on_gone = fn;
    x->gone_data = data;
}

/* ---- answers ---- */

void http_add_header(struct http_exchange *x, const char *name, const char *value)
{
    GROW(x->headers, x->header_count, x->header_cap);
    x->headers[x->header_count++] = (struct header){xstrdup(name), xstrdup(value)};
}

static void send_response(struct http_exchange *x, int status, const char *content_type, struct MHD_Response *r)
{
    if (content_type)
        MHD_add_response_header(r, "Content-Type", content_type);
    for (size_t i = 0; i < x->header_count; i++)
        MHD_add_response_header(r, x->headers[i].name, x->headers[i].value);
    /* A status that cannot carry an answer would leave the client waiting: the connection is closed instead. */
    if (MHD_queue_response(x->connection, (unsigned)status, r) != MHD_YES)
        x->hung_up = true;
    MHD_destroy_response(r);
    resume(x);
}

static void check_asked(const struct http_exchange *x)
{
    if (x->phase != ASKED)
        BUG("%s %s answered twice", str_or_empty(x->method), x->path.data);
}

/* The client left and nobody was told yet: the answer goes nowhere. */
static bool left(struct http_exchange *x)
{
    return !x->connection;
}

void http_reply(struct http_exchange *x, int status, const char *content_type, const void *data, size_t len)
{
    check_asked(x);
    if (left(x)) {
        if (x->ended)
            x->server->untold--;
        exchange_free(x);
        return;
    }
    x->phase = REPLIED;
    struct MHD_Response *r =
        MHD_create_response_from_buffer(len, (void *)(uintptr_t)(len ? data : ""), MHD_RESPMEM_MUST_COPY);
    if (!r)
        BUG("out of memory for an answer of %zu bytes", len);
    send_response(x, status, content_type, r);
}

void http_replyf(struct http_exchange *x, int status, const char *content_type, const char *fmt, ...)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    http_reply(x, status, content_type, text.data, text.len);
    buf_release(&text);
}

struct http_stream *http_stream(struct http_exchange *x, int status, const char *content_type,
                                http_stream_read_fn read, loop_fn gone, void *data)
{
    check_asked(x);
    x->phase = STREAMING;
    x->stream = (struct http_stream){.read = read, .gone = gone, .data = data};
    if (left(x)) {
        if (!x->ended) {
            x->ended = true;
            x->server->untold++;
        }
        loop_task_start(&x->server->tell);
        return &x->stream;
    }
    struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read, x, NULL);
    if (!r)
        BUG("out of memory for a stream");
    send_response(x, status, content_type, r);
    return &x->stream;
}

void http_stream_wake(struct http_stream *stream)
{
    struct http_exchange *x = CONTAINER_OF(stream, struct http_exchange, stream);
    stream->woken = true;
    resume(x);
}
