#include "net/server.h"

#include <microhttpd.h>

#include "net/exchange.h"
#include "net/socket.h"

#define DEFAULT_MAX_BODY (3u << 20)
#define MAX_DRAINED (64u << 20)  /* of a body that is too large: read so that the client can read the 413 */
#define CONNECTION_MEMORY (64u << 10)
#define CONNECTION_LIMIT 4096u
#define IDLE_SECONDS 600u
#define STREAM_BLOCK (32u << 10)

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
    struct exchange_list exchanges;
    size_t untold;                      /* READY or ended ones */
    bool inside;                        /* libmicrohttpd is on the stack */
    bool closing;
    bool *freed; /* set when the server goes while tell_all is on the stack */
    struct err start_err;
};

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
    struct http_exchange *x = exchange_new(&s->exchanges, target, s->max_body);
    x->server = s;
    x->connection = connection;
    x->fd = fd->connect_fd;
    loop_io_init(&x->hangup, s->loop, on_hangup, x);
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
    enum MHD_Result rc = MHD_queue_response(x->connection, 413, r);
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
        exchange_present(x, method);
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
        struct http_exchange *x = s->exchanges.first;
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

struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options,
                                    http_handler_fn handler, void *data, struct err *err)
{
    uint16_t port = options->port;
    int fd = socket_listen(options->address, &port, err);
    if (fd < 0)
        return NULL;
    socket_keep_alive(fd, 30, 10);
    if (options->send_buffer)
        socket_send_buffer(fd, options->send_buffer);
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
    for (struct http_exchange *x = s->exchanges.first; x; x = x->next)
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
    while (s->exchanges.first) {
        struct http_exchange *x = s->exchanges.first;
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

const char *http_header(const struct http_exchange *x, const char *name)
{
    return x->connection ? MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name) : NULL;
}

/* ---- answers ---- */

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
