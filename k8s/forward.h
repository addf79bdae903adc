/* forward: a port of this machine's loopback that leads to a port of a pod, through the API server: a WebSocket for each
 * connection. One that breaks does not end the forward.
 *
 * The protocol cannot say that one side has no more to send: a client that half-closes gets what still comes, until the
 * pod closes or nothing came for 10 s. Callbacks run from the loop; every one may free the forward. */
#ifndef K8S_FORWARD_H
#define K8S_FORWARD_H

#include "k8s/client.h"

struct forward;

struct forward_options {
    const char *ns, *pod;
    uint16_t local;  /* 0: any that is free */
    uint16_t remote; /* the pod's */
};

struct forward_events {
    void (*taken)(void *data);                   /* a connection came; may be NULL */
    void (*failed)(void *data, const char *why); /* one could not be made, or broke: a sentence; may be NULL */
};

/* Listens on 127.0.0.1, and on ::1 where there is one. NULL when the port is not to be had. */
struct forward *forward_new(struct kube_client *client, const struct forward_options *options,
                            const struct forward_events *events, void *data, struct err *err);
void forward_free(struct forward *forward); /* and its connections */
uint16_t forward_port(const struct forward *forward); /* the local one */
bool forward_has_ipv6(const struct forward *forward);
size_t forward_count(const struct forward *forward);  /* connections now */
/* Bytes to the pod and from it, since the beginning. */
void forward_bytes(const struct forward *forward, uint64_t *sent, uint64_t *received);
/* New connections go to that pod of the same namespace from now on. */
void forward_to_pod(struct forward *forward, const char *pod);

#endif
