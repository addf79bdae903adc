#include "net/client.h"

struct http_call *http_start(struct http_transport *t, const struct http_request *request,
                             const struct http_events *events, void *data)
{
    return t->ops->start(t, request, events, data);
}

void http_cancel(struct http_call *call)
{
    if (call)
        call->transport->ops->cancel(call->transport, call);
}

void http_pause(struct http_call *call, bool paused)
{
    call->transport->ops->pause(call->transport, call, paused);
}

void http_send(struct http_call *call, const void *bytes, size_t len)
{
    if (!call->transport->ops->send)
        BUG("this transport's calls cannot be upgraded");
    call->transport->ops->send(call->transport, call, bytes, len);
}

size_t http_unsent(const struct http_call *call)
{
    return call->transport->ops->unsent ? call->transport->ops->unsent(call->transport, call) : 0;
}

void http_transport_free(struct http_transport *t)
{
    if (t && t->ops->free)
        t->ops->free(t);
}

/* A whole answer. */

struct http_fetch {
    struct http_call *call;
    struct buf body;
    http_fetch_fn done;
    void *data;
    int status;
};

static void fetch_free(struct http_fetch *fetch)
{
    buf_release(&fetch->body);
    free(fetch);
}

/* The callback may do anything, so the fetch is taken apart around it. */
static void fetch_end(struct http_fetch *fetch, const struct http_result *result)
{
    http_fetch_fn done = fetch->done;
    void *data = fetch->data;
    struct buf body = fetch->body;
    free(fetch);
    done(data, result, body.data, body.len);
    buf_release(&body);
}

static void fetch_head(void *data, struct http_call *call, const struct http_head *head)
{
    (void)call;
    struct http_fetch *fetch = data;
    fetch->status = head->status;
}

static void fetch_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    struct http_fetch *fetch = data;
    if (buf_add(&fetch->body, bytes, len) == 0)
        return;
    buf_add(&fetch->body, bytes, fetch->body.max - fetch->body.len);
    struct http_result result = {.outcome = HTTP_BROKEN, .status = fetch->status};
    err_set(&result.err, "the answer is larger than %zu bytes", fetch->body.max);
    http_cancel(call);
    fetch_end(fetch, &result);
}

static void fetch_done(void *data, struct http_call *call, const struct http_result *result)
{
    (void)call;
    fetch_end(data, result);
}

struct http_fetch *http_fetch(struct http_transport *t, const struct http_request *request, size_t max,
                              http_fetch_fn done, void *data)
{
    static const struct http_events events = {fetch_head, fetch_body, fetch_done};
    struct http_fetch *fetch = xcalloc(1, sizeof *fetch);
    buf_init(&fetch->body, max);
    fetch->done = done;
    fetch->data = data;
    fetch->call = http_start(t, request, &events, fetch);
    return fetch;
}

void http_fetch_cancel(struct http_fetch *fetch)
{
    if (!fetch)
        return;
    http_cancel(fetch->call);
    fetch_free(fetch);
}
