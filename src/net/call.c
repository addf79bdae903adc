#include "net/call.h"

#include "base/time.h"

#define KEEP_PENDING (16u << 10) /* a buffer that a resting call may keep */

static void link_init(struct call_link *link)
{
    link->prev = link->next = link;
}

static void link_del(struct call_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link_init(link);
}

static void link_add(struct call_link *list, struct call_link *link)
{
    link_del(link);
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}

static void mark_ready(struct call *call)
{
    link_add(&call->calls->ready, &call->ready);
    loop_task_start(&call->calls->task);
}

/* ---- telling, at the turn's end ---- */

/* The callback that just ran may have cancelled its call, or freed the transport. */
static bool is_gone(struct calls *calls, struct call *call, const bool *freed)
{
    return *freed || calls->telling != call;
}

/* Returns false when the call is gone. */
static bool tell_body(struct calls *calls, struct call *call, const bool *freed)
{
    /* Taken out of the call: a callback that cancels may still look at its bytes. */
    struct buf chunk = call->pending;
    buf_init(&call->pending, CALL_MAX_PENDING);
    if (call->events.body)
        call->events.body(call->data, &call->base, chunk.data, chunk.len);
    if (is_gone(calls, call, freed)) {
        buf_release(&chunk);
        return false;
    }
    buf_reset(&chunk);
    chunk.max = CALL_MAX_PENDING;
    if (chunk.cap <= KEEP_PENDING) {
        call->pending = chunk;
    } else if (chunk.cap <= CALL_MAX_PENDING + 1 && !calls->spare.cap) {
        calls->spare = chunk;
    } else {
        buf_release(&chunk);
    }
    return true;
}

static void tell(struct calls *calls, struct call *call, const bool *freed)
{
    calls->telling = call;
    if (call->head_known && !call->head_told) {
        call->head_told = true;
        if (call->events.head)
            call->events.head(call->data, &call->base, &call->head.head);
        if (is_gone(calls, call, freed))
            return;
    }
    if (call->pending.len && !call->paused) {
        if (!tell_body(calls, call, freed))
            return;
        call_heard(call);
    }
    if (call->drained) {
        call->drained = false;
        if (call->events.sent && !call->finished)
            call->events.sent(call->data, &call->base);
        if (is_gone(calls, call, freed))
            return;
    }
    if (call->blocked && !call->paused && !call->finished) {
        call->blocked = false;
        calls->resume(call);
        call_heard(call);
    }
    if (call->finished && !call->pending.len && !call->paused) {
        call->events.done(call->data, &call->base, &call->result);
        if (is_gone(calls, call, freed))
            return;
        call_free(call);
    }
    calls->telling = NULL;
}

static void tell_all(void *data)
{
    struct calls *calls = data;
    bool freed = false;
    calls->freed = &freed;
    struct call_link round; /* who gets ready meanwhile waits for the next turn */
    link_init(&round);
    while (calls->ready.next != &calls->ready)
        link_add(&round, calls->ready.next);
    while (round.next != &round) {
        struct call *call = CONTAINER_OF(round.next, struct call, ready);
        link_del(&call->ready);
        tell(calls, call, &freed);
        if (freed)
            return; /* and with it every call of this round */
    }
    calls->freed = NULL;
}

void calls_init(struct calls *calls, struct loop *loop)
{
    *calls = (struct calls){.loop = loop};
    buf_init(&calls->spare, 0);
    link_init(&calls->all);
    link_init(&calls->ready);
    loop_task_init(&calls->task, loop, tell_all, calls);
}

void calls_release(struct calls *calls)
{
    while (calls->all.next != &calls->all)
        call_free(CONTAINER_OF(calls->all.next, struct call, all));
    loop_task_stop(&calls->task);
    buf_release(&calls->spare);
    if (calls->freed)
        *calls->freed = true;
}

/* ---- time-outs ---- */

static void on_idle(void *data)
{
    struct call *call = data;
    if (call->paused || call->blocked || call->pending.len)
        return; /* not the sender's fault: starts again when the bytes are taken */
    int64_t left = call->heard + call->idle_timeout - loop_now(call->calls->loop);
    if (left > 0) {
        loop_timer_start(&call->idle, left);
        return;
    }
    char span[TIME_TEXT];
    err_set(&call->result.err, "nothing came from %s for %s", call->peer, time_span(span, call->idle_timeout));
    call_finish(call, call_failure(call));
}

static void on_total(void *data)
{
    struct call *call = data;
    char span[TIME_TEXT];
    err_set(&call->result.err, "no whole answer from %s within %s", call->peer, time_span(span, call->total_timeout));
    call_finish(call, call_failure(call));
}

void call_heard(struct call *call)
{
    if (!call->idle_timeout || call->finished)
        return;
    call->heard = loop_now(call->calls->loop);
    if (!loop_timer_active(&call->idle))
        loop_timer_start(&call->idle, call->idle_timeout);
}

/* ---- a call ---- */

void call_init(struct call *call, struct calls *calls, struct http_transport *transport,
               const struct http_request *request, const struct http_events *events, void *data)
{
    call->base.transport = transport;
    call->calls = calls;
    call->events = *events;
    call->data = data;
    call->idle_timeout = request->idle_timeout;
    call->total_timeout = request->total_timeout;
    call->head.head.content_type = "";
    buf_init(&call->pending, CALL_MAX_PENDING);
    loop_timer_init(&call->idle, calls->loop, on_idle, call);
    loop_timer_init(&call->total, calls->loop, on_total, call);
    link_init(&call->all);
    link_init(&call->ready);
    link_add(&calls->all, &call->all);
}

void call_free(struct call *call)
{
    struct calls *calls = call->calls;
    if (calls->telling == call)
        calls->telling = NULL;
    loop_timer_stop(&call->idle);
    loop_timer_stop(&call->total);
    calls->stop(call);
    calls->release(call);
    link_del(&call->all);
    link_del(&call->ready);
    buf_release(&call->pending);
    buf_release(&calls->spare); /* large answers come one after the other; what rests needs none */
    head_release(&call->head);
    free(call);
}

void call_begin(struct call *call)
{
    call_heard(call);
    if (call->total_timeout)
        loop_timer_start(&call->total, call->total_timeout);
}

void call_pause(struct call *call, bool paused)
{
    if (call->paused == paused)
        return;
    call->paused = paused;
    if (paused) {
        loop_timer_stop(&call->idle);
    } else {
        call_heard(call);
        mark_ready(call);
    }
}

void call_head(struct call *call, int status)
{
    call->head.head.status = status;
    call->head_known = true;
    mark_ready(call);
}

bool call_body(struct call *call, const char *bytes, size_t len)
{
    if (call->paused || (call->pending.len && call->pending.len + len > CALL_MAX_PENDING)) {
        call->blocked = true;
        return false;
    }
    /* A single piece is as large as what one of the sender's buffers unpacks to. */
    if (call->pending.len + len > KEEP_PENDING && call->calls->spare.cap > call->pending.cap) {
        struct buf larger = call->calls->spare;
        buf_init(&call->calls->spare, 0);
        buf_add(&larger, call->pending.data, call->pending.len);
        buf_release(&call->pending);
        call->pending = larger;
    }
    call->pending.max = MAX(call->pending.max, len);
    buf_add(&call->pending, bytes, len);
    call_heard(call);
    mark_ready(call);
    return true;
}

size_t call_room(struct call *call)
{
    size_t room = call->pending.len < CALL_MAX_PENDING ? CALL_MAX_PENDING - call->pending.len : 0;
    if (room && !call->paused)
        return room;
    call->blocked = true;
    return 0;
}

void call_drained(struct call *call)
{
    call->drained = true;
    mark_ready(call);
}

void call_finish(struct call *call, enum http_outcome outcome)
{
    loop_timer_stop(&call->idle);
    loop_timer_stop(&call->total);
    call->calls->stop(call);
    call->finished = true;
    call->result.outcome = outcome;
    call->result.status = call->head_known ? call->head.head.status : 0;
    mark_ready(call);
}

enum http_outcome call_failure(const struct call *call)
{
    return call->sent ? HTTP_BROKEN : HTTP_REFUSED;
}
