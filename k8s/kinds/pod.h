/* pod: what of a pod is kept. */
#ifndef K8S_KINDS_POD_H
#define K8S_KINDS_POD_H

#include "k8s/record.h"

enum container_state { CONTAINER_NONE, CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_TERMINATED };

struct container {
    istr name, image;
    istr reason;  /* of waiting or terminated */
    istr message; /* of waiting or terminated */
    istr last_reason, last_message; /* lastState.terminated */
    int64_t started; /* of the current state; ns since 1970 */
    int64_t last_finished;
    int64_t memory_limit; /* bytes, 0: none */
    int restarts;
    int16_t exit_code, signal, last_exit_code;
    uint8_t state; /* enum container_state */
    uint8_t place; /* of its status among the statuses, from 1 (at most 255); 0: it has none. kubectl goes by these */
    bool init, sidecar /* init with restartPolicy Always */, ready, passed_startup /* its `started` */;
};

struct pod_gpu {
    istr resource;
    int count;
};

struct pod_amount { /* what is neither CPU, memory nor a device: ephemeral-storage, hugepages-2Mi */
    istr resource;
    int64_t amount;
};

struct pod { /* what lists ask of every pod stands first: two cache lines of it are all that they touch */
    struct record r;
    istr phase, reason, node;
    int64_t deleted;              /* deletionTimestamp */
    int64_t last_finished;        /* with `running`: of all its containers … */
    int restarts;                 /* … and all of theirs */
    uint16_t running;             /* how many containers, where its init containers are done and all others run and are ready; else 0 */
    uint16_t gpu_count;
    struct pod_gpu *gpus;         /* effective requests of extended resources */
    struct container *containers; /* init ones first, in spec's order */
    istr message;
    istr ip, owner /* name of its controller */, owner_kind, nominated /* nominatedNodeName */;
    istr graph, thing; /* labels patchbay.dev/graph and patchbay.dev/thing: here they are two words like others */
    struct pod_amount *others;    /* effective requests of the others */
    int64_t cpu_milli, memory; /* effective requests */
    /* last transition of conditions that are True, 0 otherwise */
    int64_t scheduled_at, sandbox_at, ready_at;
    istr unscheduled_why;      /* PodScheduled=False: its reason, e.g. "Unschedulable", "SchedulingGated" */
    istr unscheduled_message;
    uint16_t container_count;
    uint16_t other_count;
    uint16_t port;             /* first container port, 0 none */
    bool terminal;             /* Succeeded or Failed */
    bool ready, initialized;   /* these conditions are True */
    bool finalizers;           /* there are some: it stays until whoever set them is done */
    uint8_t gates, gates_true; /* readiness gates (at most 255), and those whose condition is True */
};

/* A deployment's pods belong to a replica set named after it and the template's hash: how much of pod->owner is the deployment's
 * name; 0: it belongs to none. */
size_t pod_family(const struct pod *pod);
bool pod_is_of(const struct pod *pod, const char *ns, const char *deployment);
/* What people call it: the thing that it is of, else its own name. */
const char *pod_called(const struct pod *pod);

#endif
