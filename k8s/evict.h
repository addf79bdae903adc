/* evict: asks the API server to have one pod leave its node (Eviction of policy/v1): unlike a deletion it is refused while a
 * PodDisruptionBudget needs the pod. */
#ifndef K8S_EVICT_H
#define K8S_EVICT_H

#include "k8s/client.h"

struct evict;

struct evict_options {
    const char *ns, *name;
    const char *uid; /* a pod of another is left alone; NULL: whichever is there */
    int grace;       /* seconds; -1: the pod's own */
    bool dry_run;
};

enum evict_end {
    EVICT_ASKED,  /* it is ending now */
    EVICT_GONE,   /* there is no such pod any more */
    EVICT_BUDGET, /* a budget needs it, or cannot be asked yet: later it may go. err is the server's sentence */
    EVICT_FAILED, /* err says why */
};

typedef void (*evict_done_fn)(void *data, enum evict_end end, const struct err *err, bool unreachable);

/* The struct is gone after done. A refusal is not tried again: that is for who asks. */
struct evict *evict_start(struct kube_client *client, const struct evict_options *options, evict_done_fn done, void *data);
void evict_cancel(struct evict *evict); /* NULL is none */

#endif
