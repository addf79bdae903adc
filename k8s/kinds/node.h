/* node: what of a node is kept. */
#ifndef K8S_KINDS_NODE_H
#define K8S_KINDS_NODE_H

#include "k8s/record.h"

struct node_resource { /* extended resources: GPUs and their kin */
    istr name;
    int capacity, allocatable;
};

struct node_amount { /* what is neither CPU, memory nor a device: ephemeral-storage, hugepages-2Mi */
    istr name;
    int64_t allocatable;
};

struct node_taint {
    istr key, value, effect;
};

struct node_label {
    istr key, value; /* value NULL: it is empty */
};

struct node {
    struct record r;
    istr ready_status; /* "True", "False", "Unknown", NULL without the condition */
    istr ready_reason, ready_message;
    istr roles;        /* "control-plane,worker" or NULL */
    istr version, internal_ip, gpu_product /* label nvidia.com/gpu.product or amd.com/gpu.product-name */;
    istr pressure;     /* "MemoryPressure" … the first true one, or NULL */
    bool unschedulable;
    bool simulated;    /* annotation patchbay.dev/simulated=true: the embedded cluster's */
    int64_t cpu_milli, memory; /* allocatable */
    int pods;                  /* allocatable */
    struct node_resource *resources;
    size_t resource_count;
    struct node_amount *others; /* of which there is any */
    size_t other_count;
    struct node_taint *taints;
    size_t taint_count;
    struct node_label *labels; /* all of them: a nodeSelector may name any */
    size_t label_count;
};
/* NULL: it has none of that key. */
const char *node_label(const struct node *node, const char *key);

#endif
