/* drain: cordon, uncordon and drain of a node, as kubectl has them: a drain cordons it, asks each of its pods to leave by the
 * Eviction API, and is over when they are gone. What a budget refuses is asked again. */
#ifndef K8S_DRAIN_H
#define K8S_DRAIN_H

#include "k8s/client.h"

enum drain_fate {
    DRAIN_EVICT,
    DRAIN_DAEMON, /* a daemon set's, which would put it back at once: it stays */
    DRAIN_MIRROR, /* of the kubelet's own files: it stays */
    DRAIN_ENDED,  /* it has run already: it stays */
    DRAIN_FATES
};

struct drain_pod {
    char *ns, *name, *uid;
    enum drain_fate fate;
    bool bare;  /* nobody brings it back elsewhere */
    bool local; /* its emptyDir volumes go with it */
    bool asked; /* it is leaving */
};

struct drain_plan { /* the pods of a node */
    struct drain_pod *pods;
    size_t count;
    size_t of[DRAIN_FATES]; /* how many of them */
};

struct drain_look;
/* What is on the node now; plan is NULL with err set. Only during the call; the look is gone after it. */
typedef void (*drain_look_fn)(void *data, const struct drain_plan *plan, const struct err *err, bool unreachable);
struct drain_look *drain_look(struct kube_client *client, const char *node, drain_look_fn done, void *data);
void drain_look_cancel(struct drain_look *look);

struct drain_options {
    const char *node;
    int grace; /* seconds; -1: each pod's own */
};

/* gone of total pods have left; text: the newest that is worth a line: "evicting media/camera-1", "cannot evict pod …: budget". */
typedef void (*drain_progress_fn)(void *data, size_t gone, size_t total, const char *text);
/* err is empty when all are gone. */
typedef void (*drain_done_fn)(void *data, size_t gone, const struct err *err, bool unreachable);

struct drain;
/* The struct is gone after done. */
struct drain *drain_start(struct kube_client *client, const struct drain_options *options, drain_progress_fn progress,
                          drain_done_fn done, void *data);
/* What was asked to leave leaves, and the node stays cordoned. */
void drain_cancel(struct drain *drain);

/* Whether the node takes new pods. */
struct kube_call *drain_cordon(struct kube_client *client, const char *node, bool cordoned, kube_done_fn done, void *data);

#endif
