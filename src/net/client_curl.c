#include "net/call.h"

#include <curl/curl.h>

#include "base/time.h"
#include "net/socket.h"
#include "net/url.h"
#include "net/why.h"

#define MAX_SPARE 8
#define KEPT_CONNECTIONS 32L
#define CONNECT_TIMEOUT (10 * NSEC_PER_SEC)

struct transport {
    struct http_transport base;
    struct calls calls;
    CURLM *multi;
    char *user_agent;
    struct loop_timer timer;
    struct socket_watch *sockets;
    CURL *spare[MAX_SPARE];
    int spare_count;
};

struct curl_call {
    struct call call; /* first: it is freed as one */
    struct transport *t;
    CURL *easy; /* NULL once it ended */
    struct curl_slist *headers, *connect_to;
    char *body;
    size_t body_len, body_sent;
    bool https, own_ca;
    int64_t connect_timeout;
    char error[CURL_ERROR_SIZE];
};

/* One for each descriptor that libcurl wants watched. */
struct socket_watch {
    struct socket_watch *prev, *next;
    struct transport *t;
    struct loop_io io;
};

/* ---- how a call ends ---- */

/* The names in the server's certificate, for whoever came under another one. */
static const char *cert_names(const struct curl_call *call)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(call->easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info || info->num_of_certs < 1)
        return NULL;
    for (struct curl_slist *line = info->certinfo[0]; line; line = line->next)
        if (str_starts(line->data, "X509v3 Subject Alternative Name:"))
            return strchr(line->data, ':') + 1;
    return NULL;
}

static void explain_untrusted(struct curl_call *call, struct err *err)
{
    struct distrust why = {call->call.peer, call->call.host, call->own_ca, 0, call->error, cert_names(call)};
    curl_easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT, &why.verified);
    why_untrusted(&why, err);
}

static void explain_system(struct curl_call *call, struct err *err, const char *what)
{
    long number = 0;
    curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &number);
    errno = (int)number;
    if (number)
        err_set_errno(err, "%s %s", what, call->call.peer);
    else
        err_set(err, "%s %s: %s", what, call->call.peer, call->error[0] ? call->error : "it is gone");
}

static enum http_outcome classify(struct curl_call *call, CURLcode code, struct err *err)
{
    why_lower(call->error);
    char span[TIME_TEXT];
    switch (code) {
    case CURLE_OK:
        return HTTP_DONE;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_untrusted(call, err);
        return HTTP_UNTRUSTED;
    case CURLE_SSL_CERTPROBLEM:
        err_set(err, "the client certificate or key for %s cannot be used: %s", call->call.peer, call->error);
        return HTTP_UNTRUSTED;
    case CURLE_SSL_CACERT_BADFILE:
        err_set(err, "the certificate authority for %s cannot be read: %s", call->call.peer, call->error);
        return HTTP_UNTRUSTED;
    case CURLE_COULDNT_RESOLVE_HOST:
        err_set(err, "cannot connect to %s: the host name '%s' is not known", call->call.peer, call->call.host);
        return HTTP_REFUSED;
    case CURLE_COULDNT_RESOLVE_PROXY:
        err_set(err, "cannot connect to %s: the proxy's host name is not known", call->call.peer);
        return HTTP_REFUSED;
    case CURLE_COULDNT_CONNECT:
        explain_system(call, err, "cannot connect to");
        return HTTP_REFUSED;
    case CURLE_SSL_CONNECT_ERROR:
        if (why_is_signature(call->error)) {
            explain_untrusted(call, err);
            return HTTP_UNTRUSTED;
        }
        err_set(err, "cannot agree on TLS with %s: %s", call->call.peer, call->error);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        err_set(err, "cannot connect to %s: no answer within %s", call->call.peer,
                time_span(span, call->connect_timeout));
        break;
    case CURLE_GOT_NOTHING:
        err_set(err, "%s closed the connection without an answer", call->call.peer);
        break;
    case CURLE_PARTIAL_FILE:
        err_set(err, "the connection to %s ended in the middle of the answer", call->call.peer);
        break;
    case CURLE_SEND_FAIL_REWIND:
        err_set(err, "%s closed the connection while the request was sent", call->call.peer);
        break;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        explain_system(call, err, "lost the connection to");
        break;
    default:
        err_set(err, "no answer from %s: %s", call->call.peer, call->error[0] ? call->error : curl_easy_strerror(code));
        break;
    }
    return call_failure(&call->call);
}

static struct curl_call *curl_call_of(struct call *call)
{
    return CONTAINER_OF(call, struct curl_call, call);
}

static void stop_call(struct call *base)
{
    struct curl_call *call = curl_call_of(base);
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

static void resume_call(struct call *base)
{
    curl_easy_pause(curl_call_of(base)->easy, CURLPAUSE_CONT);
}

static void release_call(struct call *base)
{
    struct curl_call *call = curl_call_of(base);
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->connect_to);
    free(call->body);
}

/* ---- libcurl's callbacks: they record and append, nothing else ---- */

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    struct curl_call *c = data;
    call_heard(&c->call);
    if (c->call.head_known) /* a trailer */
        return size * count;
    if (head_line(&c->call.head, bytes, size * count, loop_wall(c->t->calls.loop))) {
        long status = 0;
        curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200 || status == 101) /* else only "100 Continue" and its like */
            call_head(&c->call, (int)status);
    }
    return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct curl_call *c = data;
    return call_body(&c->call, bytes, size * count) ? size * count : CURL_WRITEFUNC_PAUSE;
}

static size_t on_upload(char *out, size_t size, size_t count, void *data)
{
    struct curl_call *c = data;
    size_t n = MIN(size * count, c->body_len - c->body_sent);
    if (n)
        memcpy(out, c->body + c->body_sent, n);
    c->body_sent += n;
    call_heard(&c->call);
    return n;
}

static int on_connected(void *data, char *ip UNUSED, char *local UNUSED, int port UNUSED, int local_port UNUSED)
{
    struct curl_call *c = data;
    c->call.sent = true;
    call_heard(&c->call);
    return CURL_PREREQFUNC_OK;
}

static int on_socket_made(void *data UNUSED, curl_socket_t fd, curlsocktype purpose UNUSED)
{
    socket_keep_alive(fd, 10, 5);
    socket_give_up(fd, 25);
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
        struct curl_call *call = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        call_finish(&call->call, classify(call, code, &call->call.result.err));
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

static void unwatch(struct socket_watch *watch)
{
    loop_io_stop(&watch->io);
    *(watch->prev ? &watch->prev->next : &watch->t->sockets) = watch->next;
    if (watch->next)
        watch->next->prev = watch->prev;
    free(watch);
}

static int watch_socket(CURL *easy UNUSED, curl_socket_t fd, int what, void *data, void *socket_data)
{
    struct transport *t = data;
    struct socket_watch *watch = socket_data;
    if (what == CURL_POLL_REMOVE) {
        if (watch) {
            unwatch(watch);
        }
        return 0;
    }
    if (!watch) {
        watch = xcalloc(1, sizeof *watch);
        watch->t = t;
        watch->next = t->sockets;
        if (watch->next)
            watch->next->prev = watch;
        t->sockets = watch;
        loop_io_init(&watch->io, t->calls.loop, on_socket, watch);
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
static void set_server_name(struct curl_call *call, const struct url *url, const char *name)
{
    char *text = xasprintf("https://%s%s%s:%u%s", bracket(name, "["), name, bracket(name, "]"), url->port, url->path);
    curl_easy_setopt(call->easy, CURLOPT_URL, text);
    free(text);
    text = xasprintf("::%s", call->call.peer);
    call->connect_to = curl_slist_append(NULL, text);
    free(text);
    curl_easy_setopt(call->easy, CURLOPT_CONNECT_TO, call->connect_to);
    text = xasprintf("Host: %s", call->call.peer);
    call->headers = curl_slist_append(call->headers, text);
    free(text);
    snprintf(call->call.host, sizeof call->call.host, "%s", name);
}

static void set_tls(struct curl_call *call, const struct url *url, const struct http_tls *tls)
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

static void set_method(struct curl_call *call, const struct http_request *r)
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

static void set_up(struct curl_call *call, const struct http_request *r, const struct url *url)
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
        /* Without TLS there is no HTTP/2 to wait for, only another call's answer. */
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, call->https ? 1L : 0L);
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    }
    if (r->proxy)
        curl_easy_setopt(easy, CURLOPT_PROXY, r->proxy);
    else if (r->no_proxy || url_is_loopback(url->host))
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
    struct curl_call *call = xcalloc(1, sizeof *call);
    struct err *err = &call->call.result.err;
    call->t = t;
    call_init(&call->call, &t->calls, base, r, events, data);
    struct url url;
    if (url_parse(&url, str_or_empty(r->url), err) < 0) {
        call_finish(&call->call, HTTP_REFUSED);
        return &call->call.base;
    }
    call->https = str_eq(url.scheme, "https");
    snprintf(call->call.host, sizeof call->call.host, "%s", url.host);
    snprintf(call->call.peer, sizeof call->call.peer, "%s%s%s:%u", bracket(url.host, "["), url.host,
             bracket(url.host, "]"), url.port);
    if (!call->https && !str_eq(url.scheme, "http")) {
        err_set(err, "cannot ask %s: '%s' is neither http nor https", call->call.peer, url.scheme);
        call_finish(&call->call, HTTP_REFUSED);
    } else {
        call->easy = t->spare_count ? t->spare[--t->spare_count] : curl_easy_init();
        if (!call->easy)
            BUG("libcurl has no handle left");
        set_up(call, r, &url);
        call_begin(&call->call);
        curl_multi_add_handle(t->multi, call->easy);
    }
    url_release(&url);
    return &call->call.base;
}

static void curl_cancel(struct http_transport *base UNUSED, struct http_call *call)
{
    call_free(CONTAINER_OF(call, struct call, base));
}

static void curl_pause(struct http_transport *base UNUSED, struct http_call *call, bool paused)
{
    call_pause(CONTAINER_OF(call, struct call, base), paused);
}

static void curl_release(struct http_transport *base)
{
    struct transport *t = CONTAINER_OF(base, struct transport, base);
    calls_release(&t->calls);
    while (t->spare_count)
        curl_easy_cleanup(t->spare[--t->spare_count]);
    curl_multi_cleanup(t->multi);
    while (t->sockets)
        unwatch(t->sockets);
    loop_timer_stop(&t->timer);
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
    t->user_agent = xstrdup(user_agent);
    calls_init(&t->calls, loop);
    t->calls.stop = stop_call;
    t->calls.resume = resume_call;
    t->calls.release = release_call;
    loop_timer_init(&t->timer, loop, on_timer, t);
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
