#include "k8s/client.h"

#include "base/digest.h"
#include "base/file.h"
#include "net/url.h"

#define TOKEN_AGE (60 * NSEC_PER_SEC)
#define MAX_ANSWER (64u << 20)
#define MAX_TRIES 10
#define DEFAULT_IDLE (90 * NSEC_PER_SEC)
#define MAX_WAIT (60 * NSEC_PER_SEC)

struct kube_client {
    struct http_transport self; /* what calls handed out by kube_stream belong to; first */
    struct loop *loop;
    struct http_transport *transport;
    struct kube_context *context;
    struct http_tls tls;
    char *token;
    int64_t token_read; /* loop time; 0: never */
    struct stream *streams;
    struct kube_call *calls;
    kube_terminal_fn lend;
    void *lend_data;
};

/* A call of the transport below, known to us so that freeing the client ends it. */
struct stream {
    struct http_call call; /* first: this is what the caller holds */
    struct http_call *inner;
    struct http_events events;
    void *data;
    struct stream *next, **prev;
};

struct kube_call {
    struct kube_client *client;
    struct kube_request request; /* its texts are the five below */
    char *method, *path, *content_type, *accept;
    void *body;
    kube_done_fn done;
    void *data;
    struct http_call *stream;
    struct buf answer;
    int64_t retry_after;
    struct loop_timer again;
    int tries;
    bool refreshed, finishing;
    struct kube_call *next, **prev;
};

/* Streams. */

static void stream_unlink(struct stream *stream)
{
    *stream->prev = stream->next;
    if (stream->next)
        stream->next->prev = stream->prev;
}

static void stream_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)call;
    struct stream *stream = data;
    if (stream->events.head)
        stream->events.head(stream->data, &stream->call, head);
}

static void stream_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    (void)call;
    struct stream *stream = data;
    if (stream->events.body)
        stream->events.body(stream->data, &stream->call, bytes, len);
}

static void stream_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    struct stream *stream = data;
    stream_unlink(stream);
    stream->inner = NULL;
    if (stream->events.done)
        stream->events.done(stream->data, &stream->call, result);
    free(stream);
}

static void stream_sent(void *data, struct http_call *call)
{
    (void)call;
    struct stream *stream = data;
    if (stream->events.sent)
        stream->events.sent(stream->data, &stream->call);
}

static const struct http_events stream_events = {stream_head, stream_body, stream_done, stream_sent};

static void stream_cancel(struct http_transport *t, struct http_call *call)
{
    (void)t;
    struct stream *stream = CONTAINER_OF(call, struct stream, call);
    if (!stream->inner)
        return; /* from inside its own done: it is over anyway */
    stream_unlink(stream);
    http_cancel(stream->inner);
    free(stream);
}

static void stream_pause(struct http_transport *t, struct http_call *call, bool paused)
{
    (void)t;
    struct stream *stream = CONTAINER_OF(call, struct stream, call);
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
    context = client->context;
    client->tls = (struct http_tls){
        .ca_pem = context->ca_pem,
        .cert_pem = context->cert_pem,
        .key_pem = context->key_pem,
        .server_name = context->server_name,
        .insecure = context->insecure,
    };
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
    kube_context_free(client->context);
    free(client->token);
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

void kube_client_on_terminal(struct kube_client *client, kube_terminal_fn lend, void *data)
{
    client->lend = lend;
    client->lend_data = data;
}

const char *kube_client_waits_for(const struct kube_client *client)
{
    (void)client;
    return NULL;
}

/* The token now: a file's is read again every minute, because the cluster renews it there. */
static const char *token(struct kube_client *client)
{
    const struct kube_context *context = client->context;
    if (!context->token_file)
        return context->token;
    int64_t now = loop_now(client->loop);
    if (client->token && client->token_read && now - client->token_read < TOKEN_AGE)
        return client->token;
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, 1 << 20);
    if (file_read(context->token_file, &text, &err) == 0) {
        while (text.len && strchr(" \t\r\n", text.data[text.len - 1]))
            buf_truncate(&text, text.len - 1);
        free(client->token);
        client->token = xstrdup(text.data);
        client->token_read = now;
    }
    buf_release(&text);
    return client->token; /* an unreadable file leaves the old one, or none: the server's 401 says so */
}

/* What every request shares. */
struct headers {
    struct buf authorization, accept, content_type;
    const char *lines[4];
};

static bool one_line(const char *s)
{
    return !strpbrk(s, "\r\n");
}

static void headers_init(struct headers *h, struct kube_client *client, const char *accept, const char *content_type)
{
    const struct kube_context *context = client->context;
    size_t count = 0;
    buf_init(&h->authorization, 2 << 20);
    buf_init(&h->accept, 1024);
    buf_init(&h->content_type, 1024);
    bool tls = str_starts(context->server, "https://"); /* credentials never go in the clear */
    const char *bearer = tls ? token(client) : NULL;
    if (bearer && *bearer) {
        buf_addf(&h->authorization, "Authorization: Bearer %s", bearer);
    } else if (tls && context->username) {
        struct buf pair;
        buf_init(&pair, 64 << 10);
        buf_addf(&pair, "%s:%s", context->username, str_or_empty(context->password));
        buf_adds(&h->authorization, "Authorization: Basic ");
        digest_base64(&h->authorization, pair.data, pair.len);
        buf_release(&pair);
    }
    if (h->authorization.len && one_line(h->authorization.data))
        h->lines[count++] = h->authorization.data;
    buf_addf(&h->accept, "Accept: %s", accept ? accept : "application/json");
    h->lines[count++] = h->accept.data;
    if (content_type) {
        buf_addf(&h->content_type, "Content-Type: %s", content_type);
        h->lines[count++] = h->content_type.data;
    }
    h->lines[count] = NULL;
}

static void headers_release(struct headers *h)
{
    buf_release(&h->authorization);
    buf_release(&h->accept);
    buf_release(&h->content_type);
}

struct http_call *kube_stream(struct kube_client *client, const struct kube_request *request,
                              const struct http_events *events, void *data)
{
    struct stream *stream = xcalloc(1, sizeof *stream);
    stream->call.transport = &client->self;
    stream->events = *events;
    stream->data = data;
    stream->next = client->streams;
    stream->prev = &client->streams;
    if (stream->next)
        stream->next->prev = &stream->next;
    client->streams = stream;

    struct headers headers;
    headers_init(&headers, client, request->accept, request->content_type);
    char *url = xasprintf("%s%s", client->context->server, request->path);
    struct http_request http = {
        .method = request->method,
        .url = url,
        .headers = headers.lines,
        .body = request->body,
        .body_len = request->body_len,
        .tls = &client->tls,
        .idle_timeout = request->idle_timeout,
        .total_timeout = request->total_timeout,
        .http1 = request->http1,
        .compressed = request->compressed,
        .fresh = request->fresh,
        .upgrade = request->upgrade,
        .proxy = client->context->proxy_url,
    };
    stream->inner = http_start(client->transport, &http, &stream_events, stream);
    free(url);
    headers_release(&headers);
    return &stream->call;
}

/* Whole answers. */

static void call_free(struct kube_call *call)
{
    loop_timer_stop(&call->again);
    free(call->method);
    free(call->path);
    free(call->content_type);
    free(call->accept);
    free(call->body);
    buf_release(&call->answer);
    free(call);
}

static void call_unlink(struct kube_call *call)
{
    *call->prev = call->next;
    if (call->next)
        call->next->prev = call->prev;
}

static bool is_read(const struct kube_call *call)
{
    return strcmp(call->method, "GET") == 0;
}

/* How long to wait before the same request is sent again; -1: not at all. */
static int64_t wait_before_again(struct kube_call *call, const struct http_result *result, const cJSON *json)
{
    if (call->tries >= MAX_TRIES)
        return -1;
    if (result->outcome == HTTP_BROKEN && !result->status && is_read(call) && call->tries < 2)
        return 0;
    if (result->outcome != HTTP_DONE)
        return -1;
    if (result->status == 401 && call->client->context->token_file && !call->refreshed) {
        call->refreshed = true;
        call->client->token_read = 0;
        return 0;
    }
    if (result->status != 429 && result->status < 500)
        return -1;
    int64_t wait = call->retry_after ? call->retry_after : kube_status_retry_after(json);
    return wait > 0 ? MIN(wait, MAX_WAIT) : -1;
}

static void call_end(struct kube_call *call, const struct http_result *result)
{
    struct err ignored = ERR_INIT;
    bool whole = result->outcome == HTTP_DONE;
    cJSON *json = whole && call->answer.len ? json_parse(call->answer.data, call->answer.len, &ignored) : NULL;
    int64_t wait = wait_before_again(call, result, json);
    if (wait >= 0) {
        cJSON_Delete(json);
        loop_timer_start(&call->again, wait);
        return;
    }
    struct kube_answer answer = {
        .status = whole ? result->status : 0,
        .outcome = result->outcome,
        .json = json,
        .body = call->answer.data,
        .len = call->answer.len,
    };
    if (!whole)
        answer.err = result->err;
    else if (result->status < 200 || result->status >= 300)
        kube_status_text(result->status, answer.body, answer.len, &answer.err);
    call_unlink(call);
    call->finishing = true;
    call->done(call->data, &answer);
    cJSON_Delete(json);
    call_free(call);
}

static void call_head(void *data, struct http_call *stream, const struct http_head *head)
{
    (void)stream;
    struct kube_call *call = data;
    call->retry_after = head->retry_after;
}

static void call_body(void *data, struct http_call *stream, const char *bytes, size_t len)
{
    struct kube_call *call = data;
    if (buf_add(&call->answer, bytes, len) == 0)
        return;
    http_cancel(stream);
    call->stream = NULL;
    struct http_result result = {.outcome = HTTP_BROKEN, .status = 200};
    err_set(&result.err, "the server's answer is larger than %u MiB", MAX_ANSWER >> 20);
    call_end(call, &result);
}

static void call_done(void *data, struct http_call *stream, const struct http_result *result)
{
    (void)stream;
    struct kube_call *call = data;
    call->stream = NULL;
    call_end(call, result);
}

static void call_send(void *data)
{
    static const struct http_events events = {call_head, call_body, call_done};
    struct kube_call *call = data;
    call->tries++;
    call->retry_after = 0;
    buf_reset(&call->answer);
    call->stream = kube_stream(call->client, &call->request, &events, call);
}

struct kube_call *kube_start(struct kube_client *client, const struct kube_request *request, kube_done_fn done,
                             void *data)
{
    struct kube_call *call = xcalloc(1, sizeof *call);
    call->client = client;
    call->request = *request;
    call->request.method = call->method = xstrdup(request->method ? request->method : "GET");
    call->request.path = call->path = xstrdup(request->path);
    call->request.content_type = call->content_type = xstrdup_or_null(request->content_type);
    call->request.accept = call->accept = xstrdup_or_null(request->accept);
    call->request.body = call->body = request->body_len ? xmemdup(request->body, request->body_len) : NULL;
    if (!request->idle_timeout && !request->total_timeout)
        call->request.idle_timeout = DEFAULT_IDLE;
    call->done = done;
    call->data = data;
    buf_init(&call->answer, MAX_ANSWER);
    loop_timer_init(&call->again, client->loop, call_send, call);
    call->next = client->calls;
    call->prev = &client->calls;
    if (call->next)
        call->next->prev = &call->next;
    client->calls = call;
    call_send(call);
    return call;
}

void kube_cancel(struct kube_call *call)
{
    if (!call || call->finishing)
        return;
    call_unlink(call);
    http_cancel(call->stream);
    call_free(call);
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
