#include "k8s/channels.h"

#define PIECE (32u << 10)

struct channels {
    struct kube_client *client;
    struct websocket *ws;
    struct channels_events events;
    void *data;
    char *what;
    struct buf piece;
};

static void on_open(void *data)
{
    struct channels *c = data;
    c->events.open(c->data);
}

static void on_message(void *data, const char *bytes, size_t len)
{
    struct channels *c = data;
    if (len) /* an empty one has no channel: some servers send it to keep the connection in use */
        c->events.bytes(c->data, (unsigned char)bytes[0], bytes + 1, len - 1);
}

static void on_room(void *data)
{
    struct channels *c = data;
    if (c->events.room)
        c->events.room(c->data);
}

/* The answer of a server that did not change to WebSocket. A Status that names the pod, or a reason of its own, says it
 * best; what remains are servers and proxies that know nothing of it. */
static void explain_refusal(const struct channels *c, const struct websocket_end *end, struct err *err)
{
    const char *server = kube_client_context(c->client)->server;
    struct err ignored = ERR_INIT;
    cJSON *status = end->len ? json_parse(end->body, end->len, &ignored) : NULL;
    bool of_pod = str_ends(json_str(status, "message"), " not found"); /* pods "x" not found */
    cJSON_Delete(status);
    if ((end->status == 404 && !of_pod) || end->status == 405 || end->status == 501)
        err_set(err, "the cluster at %s has no %s: it has nothing at that address", server, c->what);
    else if (end->status < 300 || end->status == 426)
        err_set(err, "the server at %s, or a proxy before it, offers no WebSocket, which %s needs (it answered %d)",
                server, c->what, end->status);
    else
        kube_status_text(end->status, end->body, end->len, err);
}

static void on_done(void *data, const struct websocket_end *end)
{
    struct channels *c = data;
    struct err err = end->err;
    if (end->ending == WEBSOCKET_REFUSED)
        explain_refusal(c, end, &err);
    c->events.done(c->data, &err);
}

struct channels *channels_new(struct kube_client *client, const char *path, const char *const *protocols,
                              const char *what, const struct channels_events *events, void *data)
{
    static const struct websocket_events ws_events = {on_open, on_message, on_room, on_done};
    struct channels *c = xcalloc(1, sizeof *c);
    c->client = client;
    c->events = *events;
    c->data = data;
    c->what = xstrdup(what);
    buf_init(&c->piece, PIECE + 1);
    c->ws = websocket_new(kube_client_loop(client), protocols, &ws_events, c);
    websocket_start(c->ws, kube_stream(client,
                                       &(struct kube_request){.path = path,
                                                              .accept = "*/*",
                                                              .headers = websocket_headers(c->ws),
                                                              .http1 = true,
                                                              .upgrade = true},
                                       &websocket_call_events, c->ws));
    return c;
}

void channels_free(struct channels *c)
{
    if (!c)
        return;
    websocket_free(c->ws);
    buf_release(&c->piece);
    free(c->what);
    free(c);
}

const char *channels_protocol(const struct channels *c)
{
    return websocket_protocol(c->ws);
}

void channels_send(struct channels *c, int channel, const void *bytes, size_t len)
{
    const char *p = bytes;
    do {
        size_t n = MIN(len, PIECE);
        buf_reset(&c->piece);
        buf_addc(&c->piece, (char)channel);
        buf_add(&c->piece, p, n);
        websocket_send(c->ws, c->piece.data, c->piece.len);
        p += n;
        len -= n;
    } while (len);
}

void channels_last(struct channels *c)
{
    websocket_last(c->ws);
}

bool channels_full(const struct channels *c)
{
    return websocket_unsent(c->ws) > WEBSOCKET_HOLD;
}

void channels_pause(struct channels *c, bool paused)
{
    websocket_pause(c->ws, paused);
}

void channels_close(struct channels *c)
{
    websocket_close(c->ws);
}
