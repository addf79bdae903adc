#include "k8s/client.h"

#include "base/text.h"
#include "k8s/call.h"
#include "k8s/credentials.h"
#include "k8s/entry.h"
#include "k8s/request.h"
#include "net/url.h"

#define MAX_REFUSAL (64u << 10)

struct kube_client {
    struct http_transport self; /* what calls handed out by kube_stream belong to; first */
    struct loop *loop;
    struct http_transport *transport;
    struct kube_context *context;
    struct credentials *credentials;
    char *proxy;
    struct stream *streams;
    struct kube_call *calls;
};

/* A call of the transport below, known to us so that freeing the client ends it, and kept so that it can wait for
 * credentials and be sent once more when they were refused. */
struct stream {
    struct http_call call; /* first: this is what the caller holds */
    struct kube_client *client;
    struct kube_request request; /* a copy */
    struct http_call *inner;     /* NULL: waits for credentials, or is over */
    struct http_events events;
    void *data;
    struct credential_wait wait;
    unsigned generation; /* of the credentials it was sent with */
    bool renewed;        /* it was sent once more already */
    bool paused, over;
    bool telling, gone;    /* a refusal is being told; it was cancelled meanwhile */
    bool refused;          /* a 401: its head and body are held back until it is clear what becomes of it */
    struct http_head head; /* then */
    char *content_type;
    struct buf refusal;
    struct stream *next, **prev;
};

static void stream_free(struct stream *stream)
{
    credentials_stop_waiting(&stream->wait);
    request_release(&stream->request);
    buf_release(&stream->refusal);
    free(stream->content_type);
    free(stream);
}

static void stream_unlink(struct stream *stream)
{
    *stream->prev = stream->next;
    if (stream->next)
        stream->next->prev = stream->prev;
}

static void stream_end(struct stream *stream, const struct http_result *result)
{
    stream_unlink(stream);
    stream->inner = NULL;
    stream->over = true;
    if (stream->events.done)
        stream->events.done(stream->data, &stream->call, result);
    stream_free(stream);
}

static void stream_begin(struct stream *stream);

/* Asks for the credentials and is sent when they are there. */
static void stream_ask(struct stream *stream)
{
    if (credentials_get(stream->client->credentials, &stream->wait))
        stream_begin(stream);
}

static void on_credentials(void *data, const struct err *err, bool final)
{
    struct stream *stream = data;
    if (!err) { /* even when they have expired again by now: the server may say so */
        stream_begin(stream);
        return;
    }
    struct http_result result = {.outcome = final ? HTTP_UNTRUSTED : HTTP_REFUSED, .err = *err};
    stream_end(stream, &result);
}

/* Refused. */

/* Whether a 401 is the API server's, and not one of what stands behind its proxy. */
static bool is_ours(const struct stream *stream)
{
    if (!strstr(stream->request.path, "/proxy/"))
        return true;
    struct err ignored = ERR_INIT;
    cJSON *json = json_parse(stream->refusal.data, stream->refusal.len, &ignored);
    bool ours = str_eq(json_str(json, "kind"), "Status") && str_eq(json_str(json, "reason"), "Unauthorized");
    cJSON_Delete(json);
    return ours;
}

/* The server says no more than "Unauthorized": which credentials it means only we can say. */
static void explain_refusal(struct stream *stream)
{
    struct buf name, clean;
    buf_init(&name, 2048);
    buf_init(&clean, 4096);
    credentials_name(stream->client->credentials, &name);
    text_sanitise(&clean, name.data, name.len);
    cJSON *status = cJSON_CreateObject();
    json_set_str(status, "kind", "Status");
    json_set_str(status, "apiVersion", "v1");
    json_set_str(status, "status", "Failure");
    json_set_str(status, "reason", "Unauthorized");
    json_set_int(status, "code", 401);
    char *message = xasprintf("unauthorized: the credentials are not valid: %s", clean.data);
    json_set_str(status, "message", message);
    free(message);
    buf_reset(&stream->refusal);
    json_print(&stream->refusal, status);
    cJSON_Delete(status);
    buf_release(&name);
    buf_release(&clean);
}

/* Sends it once more when other credentials can be had. True: it is on its way. */
static bool sent_again(struct stream *stream)
{
    if (stream->renewed || !credentials_renew(stream->client->credentials, stream->generation))
        return false;
    stream->renewed = true;
    stream->refused = false;
    stream->inner = NULL;
    buf_reset(&stream->refusal);
    stream_ask(stream);
    return true;
}

static void refusal_done(struct stream *stream, const struct http_result *result)
{
    bool ours = is_ours(stream);
    if (ours && sent_again(stream))
        return;
    if (ours)
        explain_refusal(stream);
    stream->telling = true;
    if (stream->events.head)
        stream->events.head(stream->data, &stream->call, &stream->head);
    if (!stream->gone && stream->refusal.len && stream->events.body)
        stream->events.body(stream->data, &stream->call, stream->refusal.data, stream->refusal.len);
    stream->telling = false;
    if (stream->gone)
        stream_free(stream);
    else
        stream_end(stream, result);
}

/* The transport's events. */

static void stream_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)call;
    struct stream *stream = data;
    if (head->status == 401) {
        stream->refused = true;
        stream->head = *head;
        free(stream->content_type);
        stream->head.content_type = stream->content_type = xstrdup(str_or_empty(head->content_type));
    } else if (stream->events.head) {
        stream->events.head(stream->data, &stream->call, head);
    }
}

static void stream_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    (void)call;
    struct stream *stream = data;
    if (stream->refused)
        buf_add(&stream->refusal, bytes, len); /* what passes the bound is left out */
    else if (stream->events.body)
        stream->events.body(stream->data, &stream->call, bytes, len);
}

/* A server that does not take the client certificate may say so by breaking the connection. */
static bool certificate_broke_it(const struct stream *stream, const struct http_result *result)
{
    return (result->outcome == HTTP_BROKEN || result->outcome == HTTP_UNTRUSTED) && !result->status &&
           credentials_expired(stream->client->credentials);
}

static void stream_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    struct stream *stream = data;
    stream->inner = NULL;
    if (stream->refused && result->outcome == HTTP_DONE) {
        refusal_done(stream, result);
        return;
    }
    if (!certificate_broke_it(stream, result)) {
        stream_end(stream, result);
        return;
    }
    bool safe = request_is_read(&stream->request) || result->outcome == HTTP_UNTRUSTED;
    if (safe && sent_again(stream))
        return;
    struct http_result told = *result;
    struct buf name;
    buf_init(&name, 512);
    credentials_name(stream->client->credentials, &name);
    err_set(&told.err, "%.400s; perhaps because of %s", result->err.text, name.data);
    buf_release(&name);
    stream_end(stream, &told);
}

static void stream_sent(void *data, struct http_call *call)
{
    (void)call;
    struct stream *stream = data;
    if (stream->events.sent)
        stream->events.sent(stream->data, &stream->call);
}

static const struct http_events stream_events = {stream_head, stream_body, stream_done, stream_sent};

/* What its holder does with it. */

static void stream_cancel(struct http_transport *t, struct http_call *call)
{
    (void)t;
    struct stream *stream = CONTAINER_OF(call, struct stream, call);
    if (stream->over)
        return; /* from inside its own done: it is over anyway */
    stream_unlink(stream);
    http_cancel(stream->inner);
    stream->inner = NULL;
    credentials_stop_waiting(&stream->wait);
    stream->gone = true;
    if (!stream->telling)
        stream_free(stream);
}

static void stream_pause(struct http_transport *t, struct http_call *call, bool paused)
{
    (void)t;
    struct stream *stream = CONTAINER_OF(call, struct stream, call);
    stream->paused = paused;
    if (stream->inner)
        http_pause(stream->inner, paused);
}

static void stream_send(struct http_transport *t, struct http_call *call, const void *bytes, size_t len)
{
    (void)t;
    struct stream *stream = CONTAINER_OF(call, struct stream, call);
    if (stream->inner)
        http_send(stream->inner, bytes, len);
}

static size_t stream_unsent(struct http_transport *t, const struct http_call *call)
{
    (void)t;
    const struct stream *stream = CONTAINER_OF(call, const struct stream, call);
    return stream->inner ? http_unsent(stream->inner) : 0;
}

static const struct http_transport_ops stream_ops = {
    .cancel = stream_cancel,
    .pause = stream_pause,
    .send = stream_send,
    .unsent = stream_unsent,
};

/* The client. */

struct kube_client *kube_client_new(struct loop *loop, struct http_transport *transport,
                                    const struct kube_context *context)
{
    struct kube_client *client = xcalloc(1, sizeof *client);
    client->self.ops = &stream_ops;
    client->loop = loop;
    client->transport = transport;
    client->context = kube_context_copy(context);
    client->credentials = credentials_new(loop, client->context);
    /* the proxy resolves the server's name, as in Go: libcurl calls that socks5h */
    const char *proxy = client->context->proxy_url;
    client->proxy = str_starts(proxy, "socks5://") ? xasprintf("socks5h://%s", proxy + strlen("socks5://"))
                                                   : xstrdup_or_null(proxy);
    return client;
}

void kube_client_free(struct kube_client *client)
{
    if (!client)
        return;
    while (client->calls)
        kube_cancel(client->calls);
    while (client->streams)
        http_cancel(&client->streams->call);
    credentials_free(client->credentials);
    kube_context_free(client->context);
    free(client->proxy);
    free(client);
}

struct loop *kube_client_loop(struct kube_client *client)
{
    return client->loop;
}

const struct kube_context *kube_client_context(const struct kube_client *client)
{
    return client->context;
}

struct kube_call **kube_client_calls(struct kube_client *client)
{
    return &client->calls;
}

void kube_client_on_terminal(struct kube_client *client, kube_terminal_fn lend, void *data)
{
    credentials_on_terminal(client->credentials, lend, data);
}

const char *kube_client_waits_for(const struct kube_client *client)
{
    return credentials_program(client->credentials);
}

/* Header lines, in the order of kubectl's wrappers: who we are, who we act as, what it is about. */
static char **make_headers(const struct stream *stream)
{
    const struct kube_context *context = stream->client->context;
    const struct kube_request *request = &stream->request;
    char **lines = NULL;
    struct buf authorization;
    buf_init(&authorization, 2 << 20);
    credentials_header(stream->client->credentials, &authorization);
    if (authorization.len)
        strings_add(&lines, buf_take(&authorization));
    buf_release(&authorization);
    if (context->as)
        strings_add(&lines, xasprintf("Impersonate-User: %s", context->as));
    if (context->as_uid)
        strings_add(&lines, xasprintf("Impersonate-Uid: %s", context->as_uid));
    for (size_t i = 0; context->as_groups && context->as_groups[i]; i++)
        strings_add(&lines, xasprintf("Impersonate-Group: %s", context->as_groups[i]));
    for (size_t i = 0; context->as_extra && context->as_extra[i]; i++)
        strings_add(&lines, xstrdup(context->as_extra[i]));
    strings_add(&lines, xasprintf("Accept: %s", request->accept));
    if (request->content_type)
        strings_add(&lines, xasprintf("Content-Type: %s", request->content_type));
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        strings_add(&lines, xstrdup(request->headers[i]));
    return lines;
}

static void stream_begin(struct stream *stream)
{
    struct kube_client *client = stream->client;
    const struct kube_request *request = &stream->request;
    char **headers = make_headers(stream);
    char *url = xasprintf("%s%s", client->context->server, request->path);
    struct http_request http = {
        .method = request->method,
        .url = url,
        .headers = (const char *const *)headers,
        .body = request->body,
        .body_len = request->body_len,
        .tls = credentials_tls(client->credentials),
        .idle_timeout = request->idle_timeout,
        .total_timeout = request->total_timeout,
        .http1 = request->http1,
        .compressed = request->compressed && !client->context->no_compression,
        .upgrade = request->upgrade,
        .fresh = request->fresh,
        .proxy = client->proxy,
    };
    stream->generation = credentials_generation(client->credentials);
    stream->inner = http_start(client->transport, &http, &stream_events, stream);
    if (stream->paused)
        http_pause(stream->inner, true);
    free(url);
    for (size_t i = 0; headers[i]; i++) /* the token is in one of them */
        explicit_bzero(headers[i], strlen(headers[i]));
    strings_free(headers);
}

struct http_call *kube_stream(struct kube_client *client, const struct kube_request *request,
                              const struct http_events *events, void *data)
{
    struct stream *stream = xcalloc(1, sizeof *stream);
    stream->call.transport = &client->self;
    stream->client = client;
    request_copy(&stream->request, request);
    stream->events = *events;
    stream->data = data;
    stream->wait = (struct credential_wait){.fn = on_credentials, .data = stream};
    buf_init(&stream->refusal, MAX_REFUSAL);
    stream->next = client->streams;
    stream->prev = &client->streams;
    if (stream->next)
        stream->next->prev = &stream->next;
    client->streams = stream;
    stream_ask(stream);
    return &stream->call;
}

void kube_proxy_path(struct buf *out, const char *what, const char *ns, const char *name, int port, const char *path)
{
    buf_adds(out, "/api/v1/namespaces/");
    url_escape(out, ns);
    buf_addf(out, "/%s/", what);
    url_escape(out, name);
    buf_addf(out, ":%d/proxy", port);
    if (*path != '/')
        buf_addc(out, '/');
    buf_adds(out, path);
}
