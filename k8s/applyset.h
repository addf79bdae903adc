/* applyset: applies a set of objects under a parent and prunes what left it (KEP-3659), by server-side apply.
 *
 * Order: parent widened, all members at once, deletions with a UID precondition, parent narrowed. Knows nothing of what
 * the objects mean. */
#ifndef K8S_APPLYSET_H
#define K8S_APPLYSET_H

#include "k8s/client.h"

struct applyset;

struct applyset_options {
    const char *ns;
    const char *manager;    /* field manager */
    const char *id;         /* applyset.kubernetes.io/id */
    const cJSON *parent;    /* a ConfigMap; its annotation contains-group-kinds is managed here */
    cJSON *const *members;
    size_t member_count;
    bool force;             /* take over conflicting fields */
    bool dry_run;
};

struct applyset_progress {
    size_t done, total;
    const char *what; /* "created deployment camera", "unchanged: service camera", "pruned service old" */
};

struct applyset_failure {
    cJSON *object; /* as it was to be applied */
    char *why;     /* a sentence that names it */
};

struct applyset_result {
    bool ok;
    size_t created, configured, unchanged, pruned; /* members; pruned: deleted ones */
    struct err err; /* the first failure, with the object named */
    bool unreachable; /* it was that nobody answered */
    const struct applyset_failure *failures; /* of members that were refused; only while done is called */
    size_t failure_count;
};

typedef void (*applyset_progress_fn)(void *data, const struct applyset_progress *progress);
typedef void (*applyset_done_fn)(void *data, const struct applyset_result *result);

/* Creates the namespace first where it is missing. After a failure nothing is pruned, and applying again goes on from
 * there. The struct is gone after done; progress must not cancel it. */
struct applyset *applyset_start(struct kube_client *client, const struct applyset_options *options,
                                applyset_progress_fn progress, applyset_done_fn done, void *data);
/* Deletes every member, then the parent; of options ns, id, manager, dry_run and the parent's name are used. What is
 * not there is no error: pruned says how many were. */
struct applyset *applyset_delete(struct kube_client *client, const struct applyset_options *options,
                                 applyset_progress_fn progress, applyset_done_fn done, void *data);
void applyset_cancel(struct applyset *set);

#endif
