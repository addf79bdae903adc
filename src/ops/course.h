/* course: how the start of a graph goes: its pods with the times of their phases, what each first result waited for, and the one
 * chain of waiting that ends with the last of them. Pure. */
#ifndef OPS_COURSE_H
#define OPS_COURSE_H

#include "graph/graph.h"
#include "k8s/store.h"
#include "ops/timing.h"

struct course_pod {
    const struct pod *pod; /* borrowed */
    struct pod_timing timing;
    bool restarted;        /* when it was ready first, and its first result, is not known any more */
    bool ends_ready;       /* it has no outputs: ready is its end */
    size_t thing;          /* its index in the graph; SIZE_MAX: it is not in it */
    size_t producer;       /* of pods: the input that its end waited for last; SIZE_MAX: none, or not known */
};

struct course {
    const struct graph *graph; /* borrowed; NULL: what waits for what is not known */
    struct course_pod *pods;   /* by their names */
    size_t count, cap;
};

/* When a pod's first result came, ns since 1970; 0: not known. */
typedef int64_t (*course_result_fn)(void *data, const char *pod_uid);

struct course_of {
    const char *ns, *name;      /* the deployed graph's */
    const struct graph *graph;  /* NULL: not known */
    const struct store *pods;
    const struct index *events; /* by event_object_key; NULL: none */
    int64_t since;              /* of pods created then or later; 0: of all */
    course_result_fn first_result;
    void *data;
};

void course_make(struct course *out, const struct course_of *of);
/* The same of pods that are found otherwise: one by one into a zeroed course, then what they waited for. */
void course_add(struct course *course, const struct course_of *of, const struct pod *pod);
void course_join(struct course *course, const struct course_of *of);
/* Of the pods that a deployment made that began then by our clock; where clocks are so wrong that there are none, of all. */
void course_make_since(struct course *out, struct course_of of, int64_t began);
/* began, where the cluster's clocks agree with ours that it lies before the end and that before now; else 0. */
int64_t course_began(const struct course *course, int64_t began, int64_t now);
/* Whether all the pods that a graph's deployments want are there in their newest form, ready or not. */
bool course_made(const struct store *deployments, const char *ns, const char *graph);
void course_release(struct course *course);

/* When it was up: ready, and its first result there, where it has one. ns since 1970; 0: not yet, or not known. */
int64_t course_pod_end(const struct course_pod *pod);
/* Whether it is up, whenever that was. */
bool course_pod_is_up(const struct course_pod *pod);
/* How long the first result took once it ran and the input it waited for last was there; -1 not known. */
int64_t course_pod_own(const struct course *course, const struct course_pod *pod);
/* Whether all pods that are there are up (see course_made); false when there is none. */
bool course_over(const struct course *course);
/* The last of their ends; 0: none ended. */
int64_t course_end(const struct course *course);

/* One link of the chain: this phase of this pod was what was waited for. PHASE_CREATED: until the pod was there. A phase of which
 * nothing is known is part of the next one. */
struct course_step {
    const struct course_pod *pod;
    enum phase phase;
    int64_t from, to; /* ns since 1970 */
};
/* The critical path, first to last, without gaps: from `began` (0, or not before the first pod's creation: from that) to course_end.
 * *steps is the caller's to free, its pods are the course's. Returns how many; 0: nothing is up, or the clocks that its times are of
 * disagree. */
size_t course_path(const struct course *course, int64_t began, struct course_step **steps);

#endif
