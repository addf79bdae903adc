/* rollout: one Deployment with its ReplicaSets while the controller looks at it. */
#ifndef EDGE_ROLLOUT_H
#define EDGE_ROLLOUT_H

#include "edge/object.h"

#define EDGE_REVISION "deployment.kubernetes.io/revision"
#define EDGE_HASH "pod-template-hash"

struct rollout {
    struct edge_store *store;
    const struct edge_kind *kind, *set_kind;
    const struct edge_object *deployment;
    const struct edge_object *current; /* the ReplicaSet of the template as it is now, or NULL */
    const struct edge_object **old;    /* the others, oldest first */
    size_t old_count, old_cap;
    int64_t replicas, surge, unavailable; /* what is wanted, and the bounds of a rolling update */
    char hash[16];
};

void rollout_init(struct rollout *r, struct edge_store *store, const struct edge_object *deployment);
void rollout_release(struct rollout *r);
/* Makes the current ReplicaSet, or gives an old one its new revision. -1: not now (a name was taken; tried again). */
int rollout_ensure_current(struct rollout *r);
/* Scales one of them (index into old, or -1: current), with its event. Returns whether anything changed. */
bool rollout_scale(struct rollout *r, int index, int64_t replicas);
/* How many pods of the current ReplicaSet a rolling update may have now. */
int64_t rollout_current_size(const struct rollout *r);
int64_t rollout_old_size(const struct rollout *r); /* Σ spec.replicas */
/* One step of a rolling update, and of taking the old down first. */
void rollout_rolling(struct rollout *r);
void rollout_recreate(struct rollout *r);
/* Deletes empty old ReplicaSets beyond revisionHistoryLimit. */
void rollout_trim_history(struct rollout *r);
/* Counts and conditions. Returns after how many ns progress has to be looked at again, 0: not needed. */
int64_t rollout_status(struct rollout *r);
bool rollout_complete(const cJSON *deployment, const cJSON *status);

#endif
