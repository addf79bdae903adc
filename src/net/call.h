/* call: the half of a transport that faces the program: bytes and ends are recorded whenever they come, and told from
 * the loop at the turn's end. A transport embeds struct calls, and its own call begins with struct call. For src/net
 * alone. */
#ifndef NET_CALL_H
#define NET_CALL_H

#include "net/client.h"
#include "net/head.h"

#define CALL_MAX_PENDING (256u << 10) /* bytes of a call that wait to be told; above, the sender waits */

struct call;

struct call_link {
    struct call_link *prev, *next;
};

struct calls {
    struct loop *loop;
    struct call_link all, ready; /* every call, and those with something to tell */
    struct loop_task task;
    struct call *telling; /* whose callback runs */
    bool *freed;          /* set when all this goes while a callback runs */
    struct buf spare;     /* a large buffer that one call's bytes filled and the next's may */
    void (*stop)(struct call *call);    /* it ended: nothing is to come any more; may be asked twice */
    void (*resume)(struct call *call);  /* bytes that call_body refused may come now */
    void (*release)(struct call *call); /* frees what the transport added, not the call */
};

struct call {
    struct http_call base;
    struct calls *calls;
    struct call_link all, ready;
    struct http_events events;
    void *data;
    char host[256];
    char peer[280]; /* host:port */
    struct head head;
    bool head_known, head_told;
    bool sent;      /* the connection stood: a write may have happened */
    struct buf pending;
    bool paused;    /* by the program */
    bool blocked;   /* bytes were refused */
    bool drained;   /* to be told */
    bool finished;
    struct http_result result;
    int64_t heard;  /* when something last came */
    int64_t idle_timeout, total_timeout;
    struct loop_timer idle, total;
};

void calls_init(struct calls *calls, struct loop *loop);
/* Every call goes, untold. */
void calls_release(struct calls *calls);

void call_init(struct call *call, struct calls *calls, struct http_transport *transport,
               const struct http_request *request, const struct http_events *events, void *data);
void call_free(struct call *call);
void call_pause(struct call *call, bool paused);
/* Starts the time-outs. */
void call_begin(struct call *call);
/* Something came or went: the idle time-out starts anew. */
void call_heard(struct call *call);
/* The head is whole. */
void call_head(struct call *call, int status);
/* False: no room, or paused; to be given again after calls->resume. */
bool call_body(struct call *call, const char *bytes, size_t len);
/* How much call_body would take now; 0: none, to be asked again after calls->resume. */
size_t call_room(struct call *call);
/* All that was to be sent has left. */
void call_drained(struct call *call);
/* Ends it; result.err is set already unless all is well. */
void call_finish(struct call *call, enum http_outcome outcome);
/* What a failure without an answer means for who sent it. */
enum http_outcome call_failure(const struct call *call);

#endif
