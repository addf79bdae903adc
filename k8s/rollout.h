/* rollout: what can be asked of any Deployment: a restart, another number of pods, a halt of its rollout and its end.
 *
 * Scale and pause are said by server-side apply, as one more thing of all that `manager` has applied: only so does the
 * manager's next apply, which says something else or nothing of it, not conflict with them (a PATCH, also of the scale
 * subresource, is another owner under the same name). Restart and resume are kubectl's own patches: the annotation of a
 * restart must outlive that apply, and a pause may be anybody's. */
#ifndef K8S_ROLLOUT_H
#define K8S_ROLLOUT_H

#include "k8s/client.h"

struct rollout;

struct rollout_options {
    const char *ns, *name;
    const char *uid;     /* an object of another is left alone; NULL: whichever is there */
    const char *manager; /* field manager */
    bool force;          /* take over conflicting fields */
    bool dry_run;
};

/* What is asked, after a look at the object. */
struct rollout_ask {
    enum { ROLLOUT_NOTHING, ROLLOUT_RESTART, ROLLOUT_SCALE, ROLLOUT_PAUSE, ROLLOUT_RESUME } what;
    int replicas;      /* of ROLLOUT_SCALE */
    const char *label; /* of ROLLOUT_SCALE: set with it, where `value` is not NULL, else taken away; NULL: none */
    char value[32];
};

enum rollout_end { ROLLOUT_WRITTEN, ROLLOUT_LEFT /* nothing was asked */, ROLLOUT_FAILED };

/* Looks at the object, each time that it is read (anew, when somebody else wrote meanwhile): -1 with the sentence why
 * nothing is to be asked of it. */
typedef int (*rollout_decide_fn)(void *data, const cJSON *object, struct rollout_ask *ask, struct err *err);
/* object: as it is now, NULL after a failure; only during the call. */
typedef void (*rollout_done_fn)(void *data, enum rollout_end end, const cJSON *object, const struct err *err,
                                bool unreachable);

/* The struct is gone after done. */
struct rollout *rollout_start(struct kube_client *client, const struct rollout_options *options,
                              rollout_decide_fn decide, rollout_done_fn done, void *data);
void rollout_cancel(struct rollout *rollout);

/* When the pods were last restarted on purpose, as the annotation has it; NULL: never. */
const char *rollout_restarted_at(const cJSON *object);

#endif
