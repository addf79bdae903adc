/* warm_pods: the pods that make nodes pull: made, watched, deleted, and those of a run that was killed; while they are there one of
 * them says that we are, too. Internal to warm. */
#ifndef APP_WARM_PODS_H
#define APP_WARM_PODS_H

#include "graph/graph.h"
#include "k8s/kinds/pod.h"
#include "k8s/reflector.h"
#include "ops/timing.h"

struct warm_pods;
struct warm_pod;

struct warm_pods_events {
    loop_fn change;     /* look again */
    reflector_fn list;  /* of the pods that are there */
    void (*note)(void *data, const char *sentence);
};

struct warm_pods *warm_pods_new(struct kube_client *client, const struct graph *graph,
                                const struct warm_pods_events *events, void *data);
void warm_pods_free(struct warm_pods *pods);
bool warm_pods_listed(const struct warm_pods *pods);
/* Whether a request is under way. */
bool warm_pods_busy(const struct warm_pods *pods);
/* It ends: says which pods are still there. */
void warm_pods_close(struct warm_pods *pods);

/* Makes one, and the namespace first where it is missing. */
struct warm_pod *warm_pods_make(struct warm_pods *pods, size_t thing, const char *node, int64_t seconds);
/* Deletes it, once, also if it is only being made; NULL: nothing. */
void warm_pods_remove(struct warm_pods *pods, struct warm_pod *pod);
/* All of ours. */
void warm_pods_remove_all(struct warm_pods *pods);
/* Whether it is known whose the pods are that are not ours, at least of those that say so at once. */
bool warm_pods_judged(struct warm_pods *pods);
/* Those of runs that are no more; how many were not being deleted yet. */
size_t warm_pods_remove_dead(struct warm_pods *pods);

/* As it was last seen; NULL: not yet. */
const struct pod *warm_pods_record(const struct warm_pods *pods, const struct warm_pod *pod);
const char *warm_pods_refused(const struct warm_pods *pods, const struct warm_pod *pod); /* why it was not made, or NULL */
bool warm_pods_gone(const struct warm_pods *pods, const struct warm_pod *pod);  /* it was there and is not any more */
bool warm_pods_pulls(const struct warm_pods *pods, const struct warm_pod *pod); /* the kubelet said so */
/* What is known of its times, and of its image's size (0: nothing). False: nothing more will come. */
bool warm_pods_timing(const struct warm_pods *pods, const struct warm_pod *pod, struct pod_timing *out, int64_t *size);

#endif
