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
    int stopped_from;  /* label patchbay.dev/stopped-from: how many pods there were; -1: none */
    int gpus;          /* devices that a pod of it asks for */
    bool paused, deadline_exceeded;
    bool recreate;     /* strategy: the old pods end before new ones begin */
    bool volume;       /* has a claim of its own name, which is one pod's at a time */
    istr failure;      /* ReplicaFailure's message, or NULL */
    int64_t deleted;
};

struct pod;
struct store;
/* The one that the pod belongs to; NULL: none that is known. */
const struct deployment *deployment_of_pod(const struct store *deployments, const struct pod *pod);

#endif
