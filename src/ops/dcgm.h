/* dcgm: what NVIDIA's DCGM exporter says of a node's GPUs, in Prometheus text. Pure: times are given. */
#ifndef OPS_DCGM_H
#define OPS_DCGM_H

#include "base/base.h"

#define DCGM_PODS 4

struct dcgm_pod { /* that the exporter sees on a GPU; several where it is shared */
    char ns[64], name[256];
};

struct dcgm_gpu {
    char index[16], uuid[64], model[64];
    char profile[32], instance[16]; /* of a MIG instance: "1g.5gb", its id; "": a whole GPU */
    struct dcgm_pod pods[DCGM_PODS];
    size_t pod_count;
    /* NAN: not told. Per cent, MiB, degrees Celsius, W. */
    double util, used, free, temp, power;
    int xid;            /* the last error's number, 0: none; -1: not told */
    int64_t idle_since; /* monotonic: since when it was seen doing nothing; 0: it does something, or that is not known */
};

struct dcgm_node {
    struct dcgm_gpu *gpus; /* by index, then instance */
    size_t count;
    int64_t at;            /* of the last answer; 0: none */
};

/* Takes an answer. What was idle at the last one, not `gap` ns ago, and is now, was so all the time between. */
void dcgm_read(struct dcgm_node *node, const char *text, size_t len, int64_t now, int64_t gap);
void dcgm_release(struct dcgm_node *node);
/* The GPU that the exporter sees a pod on, after `after` (NULL: the first); NULL: none. */
const struct dcgm_gpu *dcgm_of_pod(const struct dcgm_node *node, const char *ns, const char *pod, const struct dcgm_gpu *after);
/* What an error of that number is called, as NVIDIA's list has it; "" for one that is not known here. */
const char *dcgm_xid_words(int xid);

#endif
