#include "k8s/call.h"

#include "k8s/request.h"

#define MAX_ANSWER (64u << 20)
#define MAX_TRIES 10
#define DEFAULT_IDLE (90 * NSEC_PER_SEC)
#define MAX_WAIT (60 * NSEC_PER_SEC)

struct kube_call {
    struct kube_client *client;
    struct kube_request request; /* a copy */
    kube_done_fn done;
    void *data;
    struct http_call *stream;
    struct buf answer;
    int64_t retry_after;
    struct loop_timer again;
    int tries;
    bool finishing;
    struct kube_call *next, **prev;
};

static void call_free(struct kube_call *call)
{
    loop_timer_stop(&call->again);
    request_release(&call->request);
    buf_release(&call->answer);
    free(call);
}

static void call_unlink(struct kube_call *call)
{
    *call->prev = call->next;
    if (call->next)
        call->next->prev = call->prev;
}

/* How long to wait before the same request is sent again; -1: not at all. */
static int64_t wait_before_again(struct kube_call *call, const struct http_result *result, const cJSON *json)
{
    if (call->tries >= MAX_TRIES)
        return -1;
    if (result->outcome == HTTP_BROKEN && call->tries < 2 &&
        (call->request.repeatable || (!result->status && request_is_read(&call->request))))
        return 0;
    if (result->outcome != HTTP_DONE)
        return -1;
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
    err_set(&result.err, "the answer is larger than %zu MiB", call->answer.max >> 20);
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
    request_copy(&call->request, request);
    call->request.compressed |= request_is_read(request) || !request->method;
    /* libcurl 7.88 may lose the end of a long answer on a shared HTTP/2 connection; writes are answered shortly. */
    call->request.http1 |= request_is_read(request) || !request->method;
    if (!request->idle_timeout && !request->total_timeout)
        call->request.idle_timeout = DEFAULT_IDLE;
    call->done = done;
    call->data = data;
    buf_init(&call->answer, request->most ? request->most : MAX_ANSWER);
    loop_timer_init(&call->again, kube_client_loop(client), call_send, call);
    struct kube_call **first = kube_client_calls(client);
    call->next = *first;
    call->prev = first;
    if (call->next)
        call->next->prev = &call->next;
    *first = call;
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
