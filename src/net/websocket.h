/* websocket: one WebSocket (RFC 6455) over an upgraded call: the handshake, binary messages both ways, pings, an orderly
 * end.
 *
 * Who makes the request has the URL and the credentials: it starts a call with upgrade set, websocket_headers among its
 * headers, websocket_call_events as its events and the websocket as their data, and hands it over by websocket_start. The
 * call is the websocket's from then on. Callbacks run from the loop; every one may free the websocket. */
#ifndef NET_WEBSOCKET_H
#define NET_WEBSOCKET_H

#include "net/client.h"

#define WEBSOCKET_MAX_MESSAGE (1u << 20) /* either way; a longer one ends the connection (code 1009) */
#define WEBSOCKET_HOLD (256u << 10)      /* who has this much unsent should wait for `room` */

struct websocket;

enum websocket_ending {
    WEBSOCKET_CLOSED,  /* by a close frame of the server, or by websocket_close */
    WEBSOCKET_REFUSED, /* the server answered with something else: status and body say what */
    WEBSOCKET_BROKEN,  /* never connected, lost, silent for 30 s, or not as the protocol says */
};

struct websocket_end {
    enum websocket_ending ending;
    bool opened;
    int code;         /* of the close frame, 1005 without one in it */
    int status;       /* HTTP's, 0 without an answer */
    const char *body; /* of a refusal, NUL-terminated, cut at 64 KiB; "" otherwise */
    size_t len;
    struct err err; /* a sentence unless closed with code 1000, or refused: there the body is what there is to say */
};

struct websocket_events {
    void (*open)(void *data);                                    /* messages may be sent */
    void (*message)(void *data, const char *bytes, size_t len);  /* a whole one */
    void (*room)(void *data);                                    /* all that was sent has left; may be NULL */
    void (*done)(void *data, const struct websocket_end *end);   /* once, unless freed; nothing comes after it */
};

/* protocols: subprotocols, best first, NULL-terminated; the server must take one of them. */
struct websocket *websocket_new(struct loop *loop, const char *const *protocols,
                                const struct websocket_events *events, void *data);
/* Ends it at once where it is not over: nobody is told. */
void websocket_free(struct websocket *ws);
const char *const *websocket_headers(const struct websocket *ws); /* "Name: value", NULL-terminated */
extern const struct http_events websocket_call_events;
void websocket_start(struct websocket *ws, struct http_call *call);

/* The subprotocol that the server took; after open. */
const char *websocket_protocol(const struct websocket *ws);
/* One binary message. Before open and after the end it is dropped. */
void websocket_send(struct websocket *ws, const void *bytes, size_t len);
size_t websocket_unsent(const struct websocket *ws);
/* One message is still to be sent, after which the server may end: it is bothered no more, unless it falls silent. */
void websocket_last(struct websocket *ws);
/* Takes no more from the server; what has come already (CALL_MAX_PENDING at most) is still told. */
void websocket_pause(struct websocket *ws, bool paused);
/* Says goodbye; done comes with the server's, or after 2 s without. */
void websocket_close(struct websocket *ws);

#endif
