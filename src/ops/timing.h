/* timing: where a pod's start spent its time, from its conditions and events. It is the first start: what restarts repeat is no part
 * of it. Unknown is never zero, and no time between two clocks is told that are known to disagree. Pure. */
#ifndef OPS_TIMING_H
#define OPS_TIMING_H

#include "k8s/index.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/pod.h"

enum phase {
    PHASE_CREATED, PHASE_SCHEDULED, PHASE_SANDBOX, PHASE_PULLED, PHASE_STARTED, PHASE_READY, PHASE_FIRST_RESULT,
    PHASE_COUNT
};
extern const char *const phase_names[PHASE_COUNT]; /* "created", "scheduled", "sandbox", "pull", "start", "ready",
                                                      "first result" */

extern const char *const phase_keys[PHASE_COUNT];  /* how long it took, in the history and JSON: "pull", "firstResult"; NULL: the first */

struct phase_time {
    int64_t at;          /* when the phase ended, ns since 1970; 0: unknown */
    int64_t plus_minus;  /* ns */
    const char *source;  /* "event", "condition", "status", "event text", "stream"; NULL: unknown */
};

struct pod_timing {
    istr pod_name; /* borrowed from the pod */
    struct phase_time phases[PHASE_COUNT];
    int64_t pull;        /* how long pulling took; -1 unknown, 0 already present */
    int64_t pull_plus_minus;
    const char *pull_source; /* as of a phase; NULL: unknown */
    int64_t pulling;     /* since when it pulls, ns since 1970; 0: it does not, or that is not known */
    bool skewed;         /* a phase ended before the one before it by more than both uncertainties, or clocks disagree */
    bool apart[PHASE_COUNT]; /* this one's clock and that of the phase before it do */
};

/* The first that is no init container; NULL: the pod has none. */
const struct container *pod_main_container(const struct pod *pod);
/* The key of an index of events: the object that they are about. Its hash is index_hash(uid). */
bool event_object_key(const struct record *event, uint32_t *hash);
/* events: indexed by event_object_key; NULL: none. first_result: ns since 1970, 0: none known. */
void pod_timing(struct pod_timing *out, const struct pod *pod, const struct index *events, int64_t first_result);
/* Duration of a phase: from the last known phase before it; -1 unknown, never another negative. */
int64_t pod_timing_span(const struct pod_timing *timing, enum phase phase);
/* From the creation to the phase's end; -1 unknown. */
int64_t pod_timing_until(const struct pod_timing *timing, enum phase phase);
/* To the last phase; -1 unknown, also while it is not ready. */
int64_t pod_timing_total(const struct pod_timing *timing);

#endif
