#include "net/websocket.h"

#include <strings.h>
#include <wslay/wslay.h>

#include "base/digest.h"
#include "base/text.h"

#define TICK (5 * NSEC_PER_SEC)
#define SILENCE_MAX (30 * NSEC_PER_SEC)
#define GOODBYE (2 * NSEC_PER_SEC)
#define MAX_REFUSAL (64u << 10)
/* What a server takes in however long the program behind it rests: with more than this under way, a ping may wait behind
 * it for its answer, and silence proves nothing. */
#define TAKEN_ANYWAY (32u << 10)
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */

struct websocket {
    struct loop *loop;
    struct http_call *call;
    wslay_event_context_ptr wslay;
    struct websocket_events events;
    void *data;
    char *lines[6];  /* headers */
    char **protocols;
    char *protocol; /* one of them */
    char accept[29];
    const char *bytes; /* what came and is not read yet */
    size_t len;
    struct buf out; /* frames on their way into the call */
    struct buf refusal, reason;
    struct loop_timer tick, goodbye;
    struct loop_task listen, over;
    struct websocket_end end;
    uint64_t sent, confirmed; /* bytes of messages: given to the call, and known to have been taken */
    int64_t heard;
    bool last;     /* by websocket_last */
    bool open, paused, ended;
    bool reading, freed; /* freed from inside a callback of the codec: gone when that returns */
};

/* ---- its end ---- */

static void tell_end(void *data)
{
    struct websocket *ws = data;
    ws->end.opened = ws->open;
    ws->end.body = ws->refusal.data;
    ws->end.len = ws->refusal.len;
    ws->events.done(ws->data, &ws->end);
}

static void finish(struct websocket *ws, enum websocket_ending ending)
{
    if (ws->ended)
        return;
    ws->ended = true;
    ws->end.ending = ending;
    loop_timer_stop(&ws->tick);
    loop_timer_stop(&ws->goodbye);
    loop_task_stop(&ws->listen);
    http_cancel(ws->call);
    ws->call = NULL;
    loop_task_start(&ws->over);
}

static void fail(struct websocket *ws, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void fail(struct websocket *ws, const char *fmt, ...)
{
    char text[sizeof ws->end.err.text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (!ws->ended)
        err_set(&ws->end.err, "%s", text);
    finish(ws, WEBSOCKET_BROKEN);
}

/* ---- the codec's callbacks ---- */

static ssize_t give_bytes(wslay_event_context_ptr ctx, uint8_t *out, size_t max, int flags UNUSED, void *data)
{
    struct websocket *ws = data;
    size_t n = MIN(max, ws->len);
    if (!n || ws->freed || ws->ended) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(out, ws->bytes, n);
    ws->bytes += n;
    ws->len -= n;
    return (ssize_t)n;
}

static ssize_t take_bytes(wslay_event_context_ptr ctx UNUSED, const uint8_t *bytes, size_t len, int flags UNUSED,
                          void *data)
{
    struct websocket *ws = data;
    buf_add(&ws->out, bytes, len);
    return (ssize_t)len;
}

static int make_mask(wslay_event_context_ptr ctx UNUSED, uint8_t *out, size_t len, void *data UNUSED)
{
    digest_random(out, len);
    return 0;
}

/* The answer to a ping brings back what it held: how much had been sent before it. */
static void on_pong(struct websocket *ws, const uint8_t *payload, size_t len)
{
    uint64_t sent;
    if (len != sizeof sent)
        return;
    memcpy(&sent, payload, len);
    if (sent <= ws->sent)
        ws->confirmed = MAX(ws->confirmed, sent);
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *message, void *data)
{
    struct websocket *ws = data;
    if (ws->freed || ws->ended)
        return;
    switch (message->opcode) {
    case WSLAY_PONG:
        on_pong(ws, message->msg, message->msg_length);
        break;
    case WSLAY_CONNECTION_CLOSE:
        if (message->msg_length > 2)
            text_sanitise(&ws->reason, (const char *)message->msg + 2, message->msg_length - 2);
        break;
    case WSLAY_BINARY_FRAME:
        ws->events.message(ws->data, (const char *)message->msg, message->msg_length);
        break;
    case WSLAY_TEXT_FRAME:
        wslay_event_shutdown_read(ctx);
        wslay_event_queue_close(ctx, WSLAY_CODE_UNSUPPORTED_DATA, NULL, 0);
        break;
    default:
        break;
    }
}

/* ---- both ways ---- */

static void flush(struct websocket *ws)
{
    if (ws->ended || !ws->wslay)
        return;
    if (wslay_event_want_write(ws->wslay))
        wslay_event_send(ws->wslay);
    if (ws->out.len)
        http_send(ws->call, ws->out.data, ws->out.len);
    buf_reset(&ws->out);
}

static void closed(struct websocket *ws)
{
    ws->end.code = wslay_event_get_status_code_received(ws->wslay);
    if (ws->end.code != WSLAY_CODE_NORMAL_CLOSURE && !loop_timer_active(&ws->goodbye))
        err_set(&ws->end.err, "the server closed the connection%s%s (WebSocket code %d)", ws->reason.len ? ": " : "",
                ws->reason.data, ws->end.code);
    finish(ws, WEBSOCKET_CLOSED);
}

/* The codec stopped reading though nobody said goodbye: what came is no WebSocket's. It has told the server which rule was
 * broken. */
static void violated(struct websocket *ws)
{
    int code = wslay_event_get_status_code_sent(ws->wslay);
    if (code == WSLAY_CODE_MESSAGE_TOO_BIG)
        fail(ws, "the server sent a message larger than %u KiB", WEBSOCKET_MAX_MESSAGE >> 10);
    else if (code == WSLAY_CODE_UNSUPPORTED_DATA)
        fail(ws, "the server sent text where bytes belong");
    else
        fail(ws, "what the server sent is not as WebSocket's frames are");
}

static void read_bytes(struct websocket *ws, const char *bytes, size_t len)
{
    ws->bytes = bytes;
    ws->len = len;
    ws->heard = loop_now(ws->loop);
    ws->reading = true;
    wslay_event_recv(ws->wslay); /* what it returns, whether it still reads says as well */
    ws->reading = false;
    ws->bytes = NULL;
    ws->len = 0;
    if (ws->freed) {
        websocket_free(ws);
        return;
    }
    if (ws->ended)
        return;
    flush(ws); /* pongs, and the answer to a goodbye */
    if (ws->ended)
        return;
    if (wslay_event_get_close_received(ws->wslay))
        closed(ws);
    else if (!wslay_event_get_read_enabled(ws->wslay))
        violated(ws);
}

static bool much_under_way(const struct websocket *ws)
{
    return ws->sent - ws->confirmed > TAKEN_ANYWAY;
}

static void ping(struct websocket *ws)
{
    struct wslay_event_msg ping = {WSLAY_PING, (const uint8_t *)&ws->sent, sizeof ws->sent};
    wslay_event_queue_msg(ws->wslay, &ping);
    flush(ws);
}

/* A ping may be the death of what it asks after: where the server has closed already, its kernel answers with a reset and
 * throws away all that was still on its way to us. So while bytes come there is none, but to learn how much was taken, and
 * that only while more is to be sent. */
static void listen_for_life(void *data)
{
    struct websocket *ws = data;
    int64_t silence = loop_now(ws->loop) - ws->heard;
    if (ws->paused)
        return; /* the answers wait with the rest */
    if (silence >= SILENCE_MAX && !much_under_way(ws))
        fail(ws, "nothing came from the server for %d s, not even answers to pings", (int)(silence / NSEC_PER_SEC));
    else if (http_unsent(ws->call) > WEBSOCKET_HOLD)
        return; /* it would only stand in the queue */
    else if (silence >= TICK || (!ws->last && much_under_way(ws)))
        ping(ws);
}

/* Behind what has come already: who was held up for long must not take that for silence. */
static void on_tick(void *data)
{
    struct websocket *ws = data;
    loop_timer_start(&ws->tick, TICK);
    loop_task_start(&ws->listen);
}

static void on_goodbye(void *data)
{
    finish(data, WEBSOCKET_CLOSED);
}

/* ---- the call's events ---- */

static void open_up(struct websocket *ws)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = give_bytes,
        .send_callback = take_bytes,
        .genmask_callback = make_mask,
        .on_msg_recv_callback = on_message,
    };
    if (wslay_event_context_client_init(&ws->wslay, &callbacks, ws) != 0)
        BUG("no memory for a WebSocket");
    wslay_event_config_set_max_recv_msg_length(ws->wslay, WEBSOCKET_MAX_MESSAGE);
    ws->open = true;
    ws->heard = loop_now(ws->loop);
    loop_timer_start(&ws->tick, TICK);
    ws->events.open(ws->data);
}

static const char *offered(const struct websocket *ws, const char *protocol)
{
    for (char **p = ws->protocols; *p; p++)
        if (str_eq(*p, protocol))
            return *p;
    return NULL;
}

/* RFC 6455, 4.1: what a server must answer with. */
static void on_head(void *data, struct http_call *call, const struct http_head *head)
{
    struct websocket *ws = data;
    ws->end.status = head->status;
    if (head->status != 101)
        return;
    const char *upgrade = http_head_get(head, "Upgrade"), *accept = http_head_get(head, "Sec-WebSocket-Accept"),
               *protocol = http_head_get(head, "Sec-WebSocket-Protocol");
    (void)call;
    if (!upgrade || strcasecmp(upgrade, "websocket") != 0)
        fail(ws, "the server changed to another protocol than WebSocket");
    else if (!str_eq(accept, ws->accept))
        fail(ws, "the server's WebSocket handshake is not an answer to ours (wrong Sec-WebSocket-Accept)");
    else if (!protocol)
        fail(ws, "the server speaks WebSocket, but did not agree to the protocol %s", ws->protocols[0]);
    else if (!offered(ws, protocol))
        fail(ws, "the server speaks a WebSocket protocol that was not offered to it");
    else if (http_head_get(head, "Sec-WebSocket-Extensions"))
        fail(ws, "the server uses WebSocket extensions that were not offered to it");
    if (ws->ended)
        return;
    ws->protocol = xstrdup(protocol);
    open_up(ws);
}

static void on_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    struct websocket *ws = data;
    (void)call;
    if (ws->open)
        read_bytes(ws, bytes, len);
    else
        buf_add(&ws->refusal, bytes, MIN(len, MAX_REFUSAL - ws->refusal.len));
}

static void on_done(void *data, struct http_call *call, const struct http_result *result)
{
    struct websocket *ws = data;
    (void)call;
    ws->call = NULL; /* it is gone after this */
    if (result->outcome != HTTP_DONE)
        fail(ws, "%s", result->err.text);
    else if (!ws->open)
        finish(ws, WEBSOCKET_REFUSED);
    else if (loop_timer_active(&ws->goodbye))
        finish(ws, WEBSOCKET_CLOSED);
    else
        fail(ws, "the server ended the connection without a word");
}

static void on_sent(void *data, struct http_call *call)
{
    struct websocket *ws = data;
    (void)call;
    if (!ws->ended && ws->events.room)
        ws->events.room(ws->data);
}

const struct http_events websocket_call_events = {on_head, on_body, on_done, on_sent};

/* ---- a websocket ---- */

static void make_headers(struct websocket *ws)
{
    uint8_t nonce[16], hash[20];
    struct buf key, line;
    buf_init(&key, 256);
    buf_init(&line, 1024);
    digest_random(nonce, sizeof nonce);
    digest_base64(&key, nonce, sizeof nonce);
    ws->lines[0] = xstrdup("Connection: Upgrade");
    ws->lines[1] = xstrdup("Upgrade: websocket");
    ws->lines[2] = xstrdup("Sec-WebSocket-Version: 13");
    ws->lines[3] = xasprintf("Sec-WebSocket-Key: %s", key.data);
    buf_adds(&line, "Sec-WebSocket-Protocol: ");
    for (char **p = ws->protocols; *p; p++)
        buf_addf(&line, "%s%s", p == ws->protocols ? "" : ", ", *p);
    ws->lines[4] = buf_take(&line);
    buf_adds(&key, GUID);
    digest_sha1(key.data, key.len, hash);
    buf_reset(&key);
    digest_base64(&key, hash, sizeof hash);
    snprintf(ws->accept, sizeof ws->accept, "%s", key.data);
    buf_release(&key);
    buf_release(&line);
}

struct websocket *websocket_new(struct loop *loop, const char *const *protocols,
                                const struct websocket_events *events, void *data)
{
    struct websocket *ws = xcalloc(1, sizeof *ws);
    ws->loop = loop;
    ws->events = *events;
    ws->data = data;
    size_t count = 0;
    while (protocols[count])
        count++;
    ws->protocols = xcalloc(count + 1, sizeof *ws->protocols);
    for (size_t i = 0; i < count; i++)
        ws->protocols[i] = xstrdup(protocols[i]);
    buf_init(&ws->out, 4u * WEBSOCKET_MAX_MESSAGE);
    buf_init(&ws->refusal, MAX_REFUSAL);
    buf_init(&ws->reason, 512);
    loop_timer_init(&ws->tick, loop, on_tick, ws);
    loop_timer_init(&ws->goodbye, loop, on_goodbye, ws);
    loop_task_init(&ws->listen, loop, listen_for_life, ws);
    loop_task_init(&ws->over, loop, tell_end, ws);
    make_headers(ws);
    return ws;
}

void websocket_free(struct websocket *ws)
{
    if (!ws)
        return;
    loop_timer_stop(&ws->tick);
    loop_timer_stop(&ws->goodbye);
    loop_task_stop(&ws->listen);
    loop_task_stop(&ws->over);
    http_cancel(ws->call);
    ws->call = NULL;
    if (ws->reading) {
        ws->freed = true;
        return;
    }
    if (ws->wslay)
        wslay_event_context_free(ws->wslay);
    buf_release(&ws->out);
    buf_release(&ws->refusal);
    buf_release(&ws->reason);
    for (char **p = ws->protocols; *p; p++)
        free(*p);
    for (char **line = ws->lines; *line; line++)
        free(*line);
    free(ws->protocols);
    free(ws->protocol);
    free(ws);
}

const char *const *websocket_headers(const struct websocket *ws)
{
    return (const char *const *)ws->lines;
}

void websocket_start(struct websocket *ws, struct http_call *call)
{
    ws->call = call;
}

const char *websocket_protocol(const struct websocket *ws)
{
    return ws->protocol;
}

void websocket_send(struct websocket *ws, const void *bytes, size_t len)
{
    if (!ws->open || ws->ended || len > WEBSOCKET_MAX_MESSAGE)
        return;
    struct wslay_event_msg message = {WSLAY_BINARY_FRAME, bytes, len};
    if (wslay_event_queue_msg(ws->wslay, &message) != 0)
        return; /* goodbye was said */
    ws->sent += len;
    flush(ws);
}

size_t websocket_unsent(const struct websocket *ws)
{
    return ws->call ? http_unsent(ws->call) : 0;
}

void websocket_pause(struct websocket *ws, bool paused)
{
    if (ws->paused == paused || !ws->call)
        return;
    ws->paused = paused;
    ws->heard = loop_now(ws->loop);
    http_pause(ws->call, paused);
}

void websocket_last(struct websocket *ws)
{
    if (!ws->open || ws->ended || ws->last)
        return;
    ws->last = true;
    if (much_under_way(ws))
        ping(ws);
}

void websocket_close(struct websocket *ws)
{
    if (ws->ended || loop_timer_active(&ws->goodbye))
        return;
    loop_timer_start(&ws->goodbye, ws->open ? GOODBYE : 0);
    if (!ws->open)
        return;
    wslay_event_queue_close(ws->wslay, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
    flush(ws);
}
