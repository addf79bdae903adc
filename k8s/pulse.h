/* pulse: whether a client's API server can be heard at all; one for all that the client watches.
 *
 * A watch may be silent for a minute and nothing is wrong, so silence is asked about: when no watch of the client
 * brought a byte for 15 s, the server's /readyz is. No answer within 10 s: it is lost, and all are told together. A
 * lost server is asked twice a second until it is ready, so that nobody sits out a long back-off before a server that
 * is there. */
#ifndef K8S_PULSE_H
#define K8S_PULSE_H

#include "k8s/client.h"

struct pulse;

enum pulse_news {
    PULSE_LOST, /* nothing is heard: pulse_why, pulse_since. What is open leads nowhere */
    PULSE_BACK, /* it is heard again; connections from before may still be dead */
};
/* Nobody may join or leave from inside. */
typedef void (*pulse_fn)(void *data, enum pulse_news news);

struct pulse_member {
    struct pulse *pulse; /* NULL: not joined */
    pulse_fn fn;
    void *data;
    struct pulse_member *next, **prev;
};

/* The client's pulse begins with its first member and ends with its last. */
void pulse_join(struct pulse_member *member, struct kube_client *client, pulse_fn fn, void *data);
void pulse_leave(struct pulse_member *member);
/* The server said something that makes sense. */
void pulse_heard(struct pulse_member *member);
/* A connection could not be made, or broke, or what stands before the server speaks for it (502 and its like): is the
 * server there? */
void pulse_doubt(struct pulse_member *member);
int64_t pulse_since(
    const struct pulse_member *member); /* when it was last heard (monotonic); before that, when the first one joined */
const struct err *pulse_why(const struct pulse_member *member); /* while it is lost */
/* Whether this server has streaming lists, as far as is known. */
bool pulse_streams(const struct pulse_member *member);
void pulse_no_streams(struct pulse_member *member);

#endif
