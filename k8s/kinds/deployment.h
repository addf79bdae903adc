/* deployment: what of a deployment is kept. */
#ifndef K8S_KINDS_DEPLOYMENT_H
#define K8S_KINDS_DEPLOYMENT_H

#include "k8s/record.h"

struct deployment {
    struct record r;
    istr graph, thing; /* labels patchbay.dev/graph, patchbay.dev/thing, or NULL */
    istr image;        /* first container's */
    int64_t generation, observed_generation;
    int wanted, replicas, updated, ready, available;
    bool paused, deadline_exceeded;
    istr failure;      /* ReplicaFailure's message, or NULL */
    int64_t deleted;
};

#endif
