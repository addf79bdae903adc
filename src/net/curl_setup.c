#include "net/curl_call.h"

#include "net/socket.h"

#define CONNECT_TIMEOUT (10 * NSEC_PER_SEC)
/* libcurl 7.88 reads for all calls of a connection at once, each into its own buffer, and when one is full it may lose
 * that call's end: if the end came with the last bytes, and until the server says anything else. An answer that fits has
 * no such end to lose; elsewhere libcurl's own 16 KiB are quickest. */
#define SHARED (256L << 10)

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
    long sent = 0;
    curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (!c->call.sent)
        c->sent_before = sent; /* to a proxy */
    else if (c->write && sent > c->sent_before)
        return CURL_PREREQFUNC_ABORT; /* libcurl would send it again over a new connection */
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

/* ---- the options ---- */

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
    call->write = !str_eq(method, "GET") && !str_eq(method, "HEAD");
    if (str_eq(method, "HEAD"))
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    if (call->write) /* is not tried again, so no connection that the other side may be about to close */
        curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 30L);
    if (r->body_len) {
        call->body = xmemdup(r->body, r->body_len);
        call->body_len = r->body_len;
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body_len);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
        curl_easy_setopt(easy, CURLOPT_READDATA, call);
        call->headers = curl_slist_append(call->headers, "Expect:");
    } else if (call->write && !str_eq(method, "DELETE")) {
        call->headers = curl_slist_append(call->headers, "Content-Length: 0");
    }
}

void curl_set_up(struct curl_call *call, const struct http_request *r, const struct url *url)
{
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_URL, r->url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_SHARE, call->t->share);
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
    if (r->compressed)
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    call->connect_timeout = r->connect_timeout ? r->connect_timeout : CONNECT_TIMEOUT;
    /* A Service that was made anew has another address: whoever tries again asks again. */
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)MAX(call->connect_timeout / NSEC_PER_MSEC, 1));
    if (r->http1 || r->upgrade) {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, call->https ? SHARED : CURL_MAX_WRITE_SIZE);
        /* Without TLS there is no HTTP/2 to wait for, only another call's answer. */
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, call->https ? 1L : 0L);
    }
    call->proxied = r->proxy != NULL;
    if (r->proxy) {
        curl_easy_setopt(easy, CURLOPT_PROXY, r->proxy);
        curl_easy_setopt(easy, CURLOPT_NOPROXY, ""); /* whatever the environment's no_proxy says */
    } else if (r->no_proxy || url_is_loopback(url->host)) {
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
    for (const char *const *h = r->headers; h && *h; h++)
        call->headers = curl_slist_append(call->headers, *h);
    set_method(call, r);
    set_tls(call, url, r->tls);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
}
