/* pods/proxy and services/proxy: one request handed on to a pod, its answer streamed back at the client's pace. */
#include <strings.h>

#include "edge/api.h"

#include "edge/object.h"

#define WAITING_MAX (256u << 10) /* the pod is paused while the client has this much to take */

struct relayed {
    struct edge_req req; /* for the answer that is an error */
    struct http_call *call;
    struct http_stream *stream;
    struct buf out;
    size_t sent;
    bool paused, ended, gone;
    struct loop_task resume;
};

static void release(struct relayed *p)
{
    loop_task_stop(&p->resume);
    if (p->call)
        http_cancel(p->call);
    buf_release(&p->out);
    free(p);
}

static void resume(void *data)
{
    struct relayed *p = data;
    if (p->call && p->paused && p->out.len - p->sent < WAITING_MAX / 2) {
        p->paused = false;
        http_pause(p->call, false);
    }
}

static ssize_t give(void *data, char *out, size_t max)
{
    struct relayed *p = data;
    size_t n = MIN(max, p->out.len - p->sent);
    if (!n)
        return p->ended ? HTTP_STREAM_END : HTTP_STREAM_WAIT;
    memcpy(out, p->out.data + p->sent, n);
    p->sent += n;
    if (p->sent == p->out.len) {
        buf_reset(&p->out);
        p->sent = 0;
    }
    if (p->paused)
        loop_task_start(&p->resume);
    return (ssize_t)n;
}

static void stream_gone(void *data)
{
    release(data);
}

/* The client left before the pod said anything. */
static void client_gone(void *data)
{
    release(data);
}

/* What the pod says of its answer goes on to the client, as by the API server's proxy; not what is of the connection to the
 * pod, or is said anew. */
static void pass_fields(struct http_exchange *x, const struct http_head *head)
{
    static const char *const own[] = {"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Content-Type",
                                      "Date", "Upgrade", "Trailer", "Proxy-Authenticate"};
    for (const char *at = head->fields; at && *at; at += strlen(at) + 1) {
        char name[64];
        size_t n = strcspn(at, ":");
        bool passed = at[n] && n < sizeof name;
        snprintf(name, sizeof name, "%.*s", (int)MIN(n, sizeof name - 1), at);
        for (size_t i = 0; i < ARRAY_SIZE(own); i++)
            passed &= strcasecmp(name, own[i]) != 0;
        if (passed)
            http_add_header(x, name, at + n + 1 + strspn(at + n + 1, " \t"));
    }
}

static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    struct relayed *p = data;
    (void)call;
    http_on_gone(p->req.x, NULL, NULL);
    pass_fields(p->req.x, head);
    p->stream =
        http_stream(p->req.x, head->status, head->content_type[0] ? head->content_type : NULL, give, stream_gone, p);
}

static void on_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    struct relayed *p = data;
    if (p->sent) {
        buf_drop(&p->out, p->sent);
        p->sent = 0;
    }
    buf_add(&p->out, bytes, len);
    if (p->out.len > WAITING_MAX && !p->paused) {
        p->paused = true;
        http_pause(call, true);
    }
    http_stream_wake(p->stream);
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    struct relayed *p = data;
    (void)call;
    p->call = NULL;
    if (p->stream) {
        p->ended = true;
        http_stream_wake(p->stream);
        return;
    }
    if (result->outcome == HTTP_DONE) /* an answer without a body */
        http_reply(p->req.x, result->status, NULL, NULL, 0);
    else
        edge_reply_error(&p->req, 503, "error trying to reach service: %s", result->err.text);
    release(p);
}

/* "[scheme:]NAME[:PORT]" */
static void split_name(const char *text, char name[256], char port[64])
{
    const char *rest = text;
    if (str_starts(rest, "http:"))
        rest += 5;
    size_t len = strcspn(rest, ":");
    snprintf(name, 256, "%.*s", (int)MIN(len, 255), rest);
    snprintf(port, 64, "%s", rest[len] == ':' ? rest + len + 1 : "");
}

/* The path came decoded: what may not stand in a URL is encoded again. */
static void escape_path(struct buf *out, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!$&'()*+,;=:@";
    for (const char *c = path; *c; c++) {
        if (strchr(plain, *c))
            buf_addc(out, *c);
        else
            buf_addf(out, "%%%02X", (unsigned char)*c);
    }
}

void edge_api_relay(struct edge_req *r)
{
    char name[256], port[64], address[64];
    uint16_t number;
    struct err err = ERR_INIT;
    bool pod = r->kind == edge_pod_kind();
    split_name(r->name, name, port);
    const struct edge_object *object = edge_store_find(r->store, r->kind, r->ns, name);
    if (!object) {
        edge_reply_error(r, 404, "%s \"%s\" not found", r->kind->plural, name);
        return;
    }
    const char *wanted = port[0] ? port : NULL;
    int rc = pod ? edge_resolve_pod(r->store, r->ns, name, wanted, address, &number, &err)
                 : edge_resolve(r->store, r->ns, name, wanted, address, &number, &err);
    if (rc < 0) {
        edge_reply_error(r, 503, "%s", err.text);
        return;
    }
    struct buf url;
    buf_init(&url, 64u << 10);
    buf_addf(&url, "http://%s:%u", address, number);
    escape_path(&url, r->rest[0] ? r->rest : "/");
    const char *query = http_query_string(r->x);
    if (*query)
        buf_addf(&url, "?%s", query);
    static const char *const passed[] = {"Accept", "Content-Type", "Range", "If-None-Match", "If-Modified-Since"};
    char *headers[ARRAY_SIZE(passed) + 1];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
        const char *value = http_header(r->x, passed[i]);
        if (value)
            headers[count++] = xasprintf("%s: %s", passed[i], value);
    }
    headers[count] = NULL;
    struct relayed *p = xcalloc(1, sizeof *p);
    p->req = *r;
    p->req.rest = "";
    buf_init(&p->out, 64u << 20);
    loop_task_init(&p->resume, r->api->loop, resume, p);
    size_t len;
    const char *body = http_body(r->x, &len);
    struct http_request request = {.method = r->method,
                                   .url = url.data,
                                   .headers = (const char *const *)headers,
                                   .body = len ? body : NULL,
                                   .body_len = len,
                                   .connect_timeout = 5 * NSEC_PER_SEC,
                                   .http1 = true,
                                   .no_proxy = true};
    static const struct http_events events = {.head = on_head, .body = on_body, .done = on_done};
    http_on_gone(r->x, client_gone, p);
    p->call = http_start(r->api->http, &request, &events, p);
    for (size_t i = 0; i < count; i++)
        free(headers[i]);
    buf_release(&url);
}
