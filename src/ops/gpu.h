/* gpu: which GPUs there are, who holds them, what is free. Pure. */
#ifndef OPS_GPU_H
#define OPS_GPU_H

#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "k8s/store.h"

bool gpu_is_resource(const char *name); /* of NVIDIA (MIG too), AMD or Intel */

struct gpu_holder {
    const struct pod *pod;
    int count;
};

struct gpu_account { /* one resource on one node */
    const struct node *node;
    const char *resource;
    int capacity, allocatable, used, free;
    struct gpu_holder *holders;
    size_t holder_count;
};

struct gpu_report {
    struct gpu_account *accounts; /* in the order of the nodes */
    size_t count;
    int capacity, allocatable, used, free; /* of all */
    bool simulated; /* any of them is */
};

/* Terminating pods still hold; Succeeded and Failed ones do not. Valid until the stores change. */
void gpu_report(struct gpu_report *out, const struct store *nodes, const struct store *pods);
void gpu_report_release(struct gpu_report *report);

#endif
