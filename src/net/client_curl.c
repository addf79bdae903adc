#include "net/client.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/time.h"
#include "net/url.h"

#define MAX_PENDING (1u << 20) /* bytes of a call that wait for the turn's end: above, the socket waits */
#define KEEP_PENDING (64u << 10)
#define MAX_SPARE 8
#define KEPT_CONNECTIONS 32L
#define CONNECT_TIMEOUT (10 * NSEC_PER_SEC)

/* X509_V_ERR_* of OpenSSL that deserve words of their own. */
enum { CERT_NOT_YET_VALID = 9, CERT_EXPIRED = 10 };

struct link {
    struct link *prev, *next;
};

struct transport {
    struct http_transport base;
    struct loop *loop;
    CURLM *multi;
    char *user_agent;
    struct loop_timer timer;
    struct loop_task task;
    struct link calls;        /* all */
    struct link ready;        /* with something to tell */
    struct link sockets;
    struct call *telling;     /* whose callback runs */
    bool *freed;              /* set when the transport goes while tell_all is on the stack */
    CURL *spare[MAX_SPARE];
    int spare_count;
};

struct call {
    struct http_call base;
    struct link all, ready;
    struct transport *t;
    struct http_events events;
    void *data;
    CURL *easy;                     /* NULL once it ended */
    struct curl_slist *headers, *connect_to;
    char *body;
    size_t body_len, body_sent;
    char peer[280];                 /* host:port */
    char host[256];
    bool https, own_ca;

    struct http_head head;
    char content_type[256];
    bool head_known, head_told;
    bool sent;                      /* the connection stood: a write may have happened */
    struct buf pending;
    bool paused;                    /* by the caller */
    bool blocked;                   /* libcurl holds bytes back for us */
    bool finished;
    struct http_result result;
    int64_t heard;                  /* when the last byte came */
    int64_t connect_timeout, idle_timeout, total_timeout;
    struct loop_timer idle, total;
    char error[CURL_ERROR_SIZE];
};

/* One for each descriptor that libcurl wants watched. */
struct socket_watch {
    struct link link;
    struct transport *t;
    struct loop_io io;
};

static void link_init(struct link *link)
{
    link->prev = link->next = link;
}

static void link_del(struct link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link_init(link);
}

static void link_add(struct link *list, struct link *link)
{
    link_del(link);
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}

static void mark_ready(struct call *call)
{
    link_add(&call->t->ready, &call->ready);
    loop_task_start(&call->t->task);
}

/* ---- how a call ends ---- */

static void lower_first(char *text)
{
    if (text[0] >= 'A' && text[0] <= 'Z' && !(text[1] >= 'A' && text[1] <= 'Z'))
        text[0] = (char)(text[0] - 'A' + 'a');
}

/* The names in the server's certificate, for whoever came under another one. */
static void add_cert_names(const struct call *call, struct err *err)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(call->easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info || info->num_of_certs < 1)
        return;
    for (struct curl_slist *line = info->certinfo[0]; line; line = line->next)
        if (str_starts(line->data, "X509v3 Subject Alternative Name:")) {
            const char *names = strchr(line->data, ':') + 1;
            char old[sizeof err->text];
            memcpy(old, err->text, sizeof old);
            err_set(err, "%s; it is for %.300s", old, names + strspn(names, " \n"));
            return;
        }
}

static void explain_untrusted(struct call *call, struct err *err)
{
    long verified = 0;
    curl_easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
    if (verified == CERT_EXPIRED)
        err_set(err, "the certificate of %s has expired, or this machine's clock is wrong", call->peer);
    else if (verified == CERT_NOT_YET_VALID)
        err_set(err, "the certificate of %s is not valid yet, or this machine's clock is wrong", call->peer);
    else if (verified != 0)
        err_set(err, "the certificate of %s is not signed by %s", call->peer,
                call->own_ca ? "the cluster's certificate authority" : "an authority that this system trusts");
    else if (strstr(call->error, "subject name")) {
        err_set(err, "the certificate of %s is not for the name '%s'", call->peer, call->host);
        add_cert_names(call, err);
    } else
        err_set(err, "the certificate of %s cannot be verified: %s", call->peer, call->error);
}

static void explain_system(struct call *call, struct err *err, const char *what)
{
    long number = 0;
    curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &number);
    if (number) {
        errno = (int)number;
        err_set_errno(err, "%s %s", what, call->peer);
    } else {
        err_set(err, "%s %s: %s", what, call->peer, call->error[0] ? call->error : "it is gone");
    }
}

static enum http_outcome classify(struct call *call, CURLcode code, struct err *err)
{
    lower_first(call->error);
    char span[TIME_TEXT];
    switch (code) {
    case CURLE_OK:
        return HTTP_DONE;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_untrusted(call, err);
        return HTTP_UNTRUSTED;
    case CURLE_SSL_CERTPROBLEM:
        err_set(err, "the client certificate or key for %s cannot be used: %s", call->peer, call->error);
        return HTTP_UNTRUSTED;
    case CURLE_SSL_CACERT_BADFILE:
        err_set(err, "the certificate authority for %s cannot be read: %s", call->peer, call->error);
        return HTTP_UNTRUSTED;
    case CURLE_COULDNT_RESOLVE_HOST:
        err_set(err, "cannot connect to %s: the host name '%s' is not known", call->peer, call->host);
        return HTTP_REFUSED;
    case CURLE_COULDNT_RESOLVE_PROXY:
        err_set(err, "cannot connect to %s: the proxy's host name is not known", call->peer);
        return HTTP_REFUSED;
    case CURLE_COULDNT_CONNECT:
        explain_system(call, err, "cannot connect to");
        return HTTP_REFUSED;
    case CURLE_SSL_CONNECT_ERROR:
        err_set(err, "cannot agree on TLS with %s: %s", call->peer, call->error);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        err_set(err, "cannot connect to %s: no answer within %s", call->peer, time_span(span, call->connect_timeout));
        break;
    case CURLE_GOT_NOTHING:
        err_set(err, "%s closed the connection without an answer", call->peer);
        break;
    case CURLE_PARTIAL_FILE:
        err_set(err, "the connection to %s ended in the middle of the answer", call->peer);
        break;
    case CURLE_SEND_FAIL_REWIND:
        err_set(err, "%s closed the connection while the request was sent", call->peer);
        break;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        explain_system(call, err, "lost the connection to");
        break;
    default:
        err_set(err, "no answer from %s: %s", call->peer, call->error[0] ? call->error : curl_easy_strerror(code));
        break;
    }
    return call->sent ? HTTP_BROKEN : HTTP_REFUSED;
}

static void release_easy(struct call *call)
{
    struct transport *t = call->t;
    if (!call->easy)
        return;
    curl_multi_remove_handle(t->multi, call->easy);
    curl_easy_reset(call->easy);
    if (t->spare_count < MAX_SPARE)
        t->spare[t->spare_count++] = call->easy;
    else
        curl_easy_cleanup(call->easy);
    call->easy = NULL;
}

static void finish(struct call *call, enum http_outcome outcome)
{
    loop_timer_stop(&call->idle);
    loop_timer_stop(&call->total);
    release_easy(call);
    call->finished = true;
    call->result.outcome = outcome;
    call->result.status = call->head_known ? call->head.status : 0;
    mark_ready(call);
}

static void call_free(struct call *call)
{
    struct transport *t = call->t;
    if (t->telling == call)
        t->telling = NULL;
    loop_timer_stop(&call->idle);
    loop_timer_stop(&call->total);
    release_easy(call);
    link_del(&call->all);
    link_del(&call->ready);
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->connect_to);
    buf_release(&call->pending);
    free(call->body);
    free(call);
}

/* ---- telling the program, at the turn's end ---- */

static void watch_idle(struct call *call)
{
    if (!call->idle_timeout || call->finished)
        return;
    call->heard = loop_now(call->t->loop);
    if (!loop_timer_active(&call->idle))
        loop_timer_start(&call->idle, call->idle_timeout);
}

static void on_idle(void *data)
{
    struct call *call = data;
    if (call->paused || call->blocked || call->pending.len)
        return; /* not the server's fault: starts again when the bytes are taken */
    int64_t left = call->heard + call->idle_timeout - loop_now(call->t->loop);
    if (left > 0) {
        loop_timer_start(&call->idle, left);
        return;
    }
    char span[TIME_TEXT];
    err_set(&call->result.err, "nothing came from %s for %s", call->peer, time_span(span, call->idle_timeout));
    finish(call, call->sent ? HTTP_BROKEN : HTTP_REFUSED);
}

static void on_total(void *data)
{
    struct call *call = data;
    char span[TIME_TEXT];
    err_set(&call->result.err, "no whole answer from %s within %s", call->peer, time_span(span, call->total_timeout));
    finish(call, call->sent ? HTTP_BROKEN : HTTP_REFUSED);
}

/* Each of these returns false when the call is gone. */

static bool tell_body(struct transport *t, struct call *call, const bool *freed)
{
    /* Taken out of the call: a callback that cancels may still look at its bytes. */
    struct buf chunk = call->pending;
    buf_init(&call->pending, MAX_PENDING);
    call->events.body(call->data, &call->base, chunk.data, chunk.len);
    if (*freed || t->telling != call) {
        buf_release(&chunk);
        return false;
    }
    if (chunk.cap > KEEP_PENDING)
        buf_release(&chunk);
    else
        buf_reset(&chunk);
    call->pending = chunk;
    return true;
}

static void tell(struct transport *t, struct call *call, const bool *freed)
{
    t->telling = call;
    if (call->head_known && !call->head_told) {
        call->head_told = true;
        if (call->events.head) {
            call->events.head(call->data, &call->base, &call->head);
            if (*freed || t->telling != call)
                return;
        }
    }
    if (call->pending.len && !call->paused) {
        if (!call->events.body)
            buf_reset(&call->pending);
        else if (!tell_body(t, call, freed))
            return;
        watch_idle(call);
    }
    if (call->blocked && !call->paused && call->easy) {
        call->blocked = false;
        curl_easy_pause(call->easy, CURLPAUSE_CONT);
        watch_idle(call);
    }
    if (call->finished && !call->pending.len && !call->paused) {
        call->events.done(call->data, &call->base, &call->result);
        if (*freed || t->telling != call)
            return;
        call_free(call);
    }
    t->telling = NULL;
}

static void tell_all(void *data)
{
    struct transport *t = data;
    bool freed = false;
    t->freed = &freed;
    struct link round; /* who gets ready meanwhile waits for the next turn */
    link_init(&round);
    while (t->ready.next != &t->ready)
        link_add(&round, t->ready.next);
    while (round.next != &round) {
        struct call *call = CONTAINER_OF(round.next, struct call, ready);
        link_del(&call->ready);
        tell(t, call, &freed);
        if (freed)
            return; /* and with it every call in this round */
    }
    t->freed = NULL;
}

/* ---- libcurl's callbacks: they record and append, nothing else ---- */

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    struct call *call = data;
    size_t len = size * count;
    char line[512];
    snprintf(line, sizeof line, "%.*s", (int)MIN(len, sizeof line - 1), bytes);
    line[strcspn(line, "\r\n")] = '\0';
    const char *value = strchr(line, ':');
    if (call->head_known) /* a trailer */
        return len;
    if (str_starts(line, "HTTP/")) {
        call->content_type[0] = '\0';
        call->head.retry_after = 0;
    } else if (line[0] == '\0') {
        long status = 0;
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200 || status == 101) {
            call->head.status = (int)status;
            call->head.content_type = call->content_type;
            call->head_known = true;
            mark_ready(call);
        }
    } else if (value) {
        value++;
        value += strspn(value, " \t");
        if (strncasecmp(line, "content-type:", 13) == 0) {
            snprintf(call->content_type, sizeof call->content_type, "%s", value);
        } else if (strncasecmp(line, "retry-after:", 12) == 0) {
            char *end;
            long long seconds = strtoll(value, &end, 10);
            if (end == value) { /* a date */
                time_t at = curl_getdate(value, NULL);
                seconds = at < 0 ? 0 : (long long)at - loop_wall(call->t->loop) / NSEC_PER_SEC;
            }
            call->head.retry_after = MIN(MAX(seconds, 0), 86400) * NSEC_PER_SEC;
        }
    }
    watch_idle(call);
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct call *call = data;
    size_t len = size * count;
    if (call->paused || (call->pending.len && call->pending.len + len > MAX_PENDING)) {
        call->blocked = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    /* A single piece is never larger than libcurl's buffer, or than what one buffer unpacks to. */
    if (len > call->pending.max)
        call->pending.max = len;
    buf_add(&call->pending, bytes, len);
    watch_idle(call);
    mark_ready(call);
    return len;
}

static size_t on_upload(char *out, size_t size, size_t count, void *data)
{
    struct call *call = data;
    size_t n = MIN(size * count, call->body_len - call->body_sent);
    if (n)
        memcpy(out, call->body + call->body_sent, n);
    call->body_sent += n;
    watch_idle(call);
    return n;
}

static int on_connected(void *data, char *ip UNUSED, char *local UNUSED, int port UNUSED, int local_port UNUSED)
{
    struct call *call = data;
    call->sent = true;
    watch_idle(call);
    return CURL_PREREQFUNC_OK;
}

/* A dead peer is noticed within half a minute, not within TCP's quarter of an hour. */
static int on_socket_made(void *data UNUSED, curl_socket_t fd, curlsocktype purpose UNUSED)
{
    int on = 1, idle = 10, interval = 5, count = 3;
    unsigned timeout = 25000;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    return CURL_SOCKOPT_OK;
}

/* ---- libcurl on the loop ---- */

static void collect(struct transport *t)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(t->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct call *call = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        finish(call, classify(call, code, &call->result.err));
    }
}

static void on_socket(void *data, short revents)
{
    struct socket_watch *watch = data;
    struct transport *t = watch->t;
    int events = (revents & (POLLIN | POLLHUP) ? CURL_CSELECT_IN : 0) | (revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
                 (revents & (POLLERR | POLLNVAL) ? CURL_CSELECT_ERR : 0);
    int running;
    curl_multi_socket_action(t->multi, watch->io.fd, events, &running);
    collect(t);
}

static void on_timer(void *data)
{
    struct transport *t = data;
    int running;
    curl_multi_socket_action(t->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(t);
}

static int watch_socket(CURL *easy UNUSED, curl_socket_t fd, int what, void *data, void *socket_data)
{
    struct transport *t = data;
    struct socket_watch *watch = socket_data;
    if (what == CURL_POLL_REMOVE) {
        if (watch) {
            loop_io_stop(&watch->io);
            link_del(&watch->link);
            free(watch);
        }
        return 0;
    }
    if (!watch) {
        watch = xcalloc(1, sizeof *watch);
        watch->t = t;
        link_init(&watch->link);
        link_add(&t->sockets, &watch->link);
        loop_io_init(&watch->io, t->loop, on_socket, watch);
        curl_multi_assign(t->multi, fd, watch);
    }
    loop_io_start(&watch->io, fd, (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0)));
    return 0;
}

static int watch_timer(CURLM *multi UNUSED, long ms, void *data)
{
    struct transport *t = data;
    if (ms < 0)
        loop_timer_stop(&t->timer);
    else
        loop_timer_start(&t->timer, ms * NSEC_PER_MSEC);
    return 0;
}

/* ---- a call ---- */

static void set_blob(CURL *easy, CURLoption option, const char *pem)
{
    struct curl_blob blob = {(void *)(uintptr_t)pem, pem ? strlen(pem) : 0, CURL_BLOB_COPY};
    if (pem)
        curl_easy_setopt(easy, option, &blob);
}

static const char *bracket(const char *host, const char *which)
{
    return strchr(host, ':') ? which : "";
}

/* Verification looks at the URL's host: it becomes the certificate's name, and the connection goes where it went. */
static void set_server_name(struct call *call, const struct url *url, const char *name)
{
    char *text = xasprintf("https://%s%s%s:%u%s", bracket(name, "["), name, bracket(name, "]"), url->port, url->path);
    curl_easy_setopt(call->easy, CURLOPT_URL, text);
    free(text);
    text = xasprintf("::%s", call->peer);
    call->connect_to = curl_slist_append(NULL, text);
    free(text);
    curl_easy_setopt(call->easy, CURLOPT_CONNECT_TO, call->connect_to);
    text = xasprintf("Host: %s", call->peer);
    call->headers = curl_slist_append(call->headers, text);
    free(text);
    snprintf(call->host, sizeof call->host, "%s", name);
}

static void set_tls(struct call *call, const struct url *url, const struct http_tls *tls)
{
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    if (!tls)
        return;
    call->own_ca = tls->ca_pem != NULL;
    set_blob(easy, CURLOPT_CAINFO_BLOB, tls->ca_pem);
    if (tls->ca_pem)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* this authority alone */
    set_blob(easy, CURLOPT_SSLCERT_BLOB, tls->cert_pem);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, tls->key_pem);
    if (tls->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (tls->server_name && call->https) {
        set_server_name(call, url, tls->server_name);
    }
}

static bool is_loopback(const char *host)
{
    return str_eq(host, "localhost") || str_eq(host, "::1") ||
           (str_starts(host, "127.") && strspn(host, "0123456789.") == strlen(host));
}

static void set_method(struct call *call, const struct http_request *r)
{
    CURL *easy = call->easy;
    const char *method = r->method ? r->method : "GET";
    bool write = !str_eq(method, "GET") && !str_eq(method, "HEAD");
    if (str_eq(method, "HEAD"))
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    if (r->body_len) {
        /* A body that cannot be rewound is what keeps libcurl from sending the request again by itself. */
        call->body = xmemdup(r->body, r->body_len);
        call->body_len = r->body_len;
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body_len);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
        curl_easy_setopt(easy, CURLOPT_READDATA, call);
        call->headers = curl_slist_append(call->headers, "Expect:");
        if (write)
            curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 30L);
    } else if (write) {
        /* Without a body only a connection of its own does. */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        if (!str_eq(method, "DELETE"))
            call->headers = curl_slist_append(call->headers, "Content-Length: 0");
    }
}

static void set_up(struct call *call, const struct http_request *r, const struct url *url)
{
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_URL, r->url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, call->t->user_agent);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket_made);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 64L << 10);
    call->connect_timeout = r->connect_timeout ? r->connect_timeout : CONNECT_TIMEOUT;
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)MAX(call->connect_timeout / NSEC_PER_MSEC, 1));
    if (r->http1) {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        /* A kept connection might be one of HTTP/2. */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, call->https ? 1L : 0L);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    }
    if (r->proxy)
        curl_easy_setopt(easy, CURLOPT_PROXY, r->proxy);
    else if (r->no_proxy || is_loopback(url->host))
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    for (const char *const *h = r->headers; h && *h; h++)
        call->headers = curl_slist_append(call->headers, *h);
    set_method(call, r);
    set_tls(call, url, r->tls);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
}

static struct http_call *curl_start(struct http_transport *base, const struct http_request *r,
                                    const struct http_events *events, void *data)
{
    struct transport *t = CONTAINER_OF(base, struct transport, base);
    struct call *call = xcalloc(1, sizeof *call);
    call->base.transport = base;
    call->t = t;
    call->events = *events;
    call->data = data;
    link_init(&call->all);
    link_init(&call->ready);
    link_add(&t->calls, &call->all);
    buf_init(&call->pending, MAX_PENDING);
    loop_timer_init(&call->idle, t->loop, on_idle, call);
    loop_timer_init(&call->total, t->loop, on_total, call);

    struct url url;
    if (url_parse(&url, str_or_empty(r->url), &call->result.err) < 0) {
        finish(call, HTTP_REFUSED);
        return &call->base;
    }
    call->https = str_eq(url.scheme, "https");
    snprintf(call->host, sizeof call->host, "%s", url.host);
    snprintf(call->peer, sizeof call->peer, "%s%s%s:%u", bracket(url.host, "["), url.host, bracket(url.host, "]"),
             url.port);
    if (!call->https && !str_eq(url.scheme, "http")) {
        err_set(&call->result.err, "cannot ask %s: '%s' is neither http nor https", call->peer, url.scheme);
        finish(call, HTTP_REFUSED);
    } else {
        call->easy = t->spare_count ? t->spare[--t->spare_count] : curl_easy_init();
        if (!call->easy)
            BUG("libcurl has no handle left");
        set_up(call, r, &url);
        call->idle_timeout = r->idle_timeout;
        call->total_timeout = r->total_timeout;
        watch_idle(call);
        if (r->total_timeout)
            loop_timer_start(&call->total, r->total_timeout);
        curl_multi_add_handle(t->multi, call->easy);
    }
    url_release(&url);
    return &call->base;
}

static void curl_cancel(struct http_transport *base UNUSED, struct http_call *call)
{
    call_free(CONTAINER_OF(call, struct call, base));
}

static void curl_pause(struct http_transport *base UNUSED, struct http_call *base_call, bool paused)
{
    struct call *call = CONTAINER_OF(base_call, struct call, base);
    if (call->paused == paused)
        return;
    call->paused = paused;
    if (paused) {
        loop_timer_stop(&call->idle);
    } else {
        watch_idle(call);
        mark_ready(call);
    }
}

static void curl_release(struct http_transport *base)
{
    struct transport *t = CONTAINER_OF(base, struct transport, base);
    while (t->calls.next != &t->calls)
        call_free(CONTAINER_OF(t->calls.next, struct call, all));
    while (t->spare_count)
        curl_easy_cleanup(t->spare[--t->spare_count]);
    curl_multi_cleanup(t->multi);
    while (t->sockets.next != &t->sockets) {
        struct socket_watch *watch = CONTAINER_OF(t->sockets.next, struct socket_watch, link);
        loop_io_stop(&watch->io);
        link_del(&watch->link);
        free(watch);
    }
    loop_timer_stop(&t->timer);
    loop_task_stop(&t->task);
    if (t->freed)
        *t->freed = true;
    free(t->user_agent);
    free(t);
}

struct http_transport *http_curl_new(struct loop *loop, const char *user_agent)
{
    static const struct http_transport_ops ops = {curl_start, curl_cancel, curl_pause, curl_release};
    static bool ready;
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        BUG("libcurl does not start");
    ready = true;
    struct transport *t = xcalloc(1, sizeof *t);
    t->base.ops = &ops;
    t->loop = loop;
    t->user_agent = xstrdup(user_agent);
    link_init(&t->calls);
    link_init(&t->ready);
    link_init(&t->sockets);
    loop_timer_init(&t->timer, loop, on_timer, t);
    loop_task_init(&t->task, loop, tell_all, t);
    t->multi = curl_multi_init();
    if (!t->multi)
        BUG("libcurl has no multi handle");
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, watch_timer);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
    curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
    return &t->base;
}
