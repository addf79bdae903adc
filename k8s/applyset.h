/* applyset: applies a set of objects under a parent and prunes what left it (KEP-3659), by server-side apply.
 *
 * All is read first, at once; where nothing differs nothing is written. Else: parent widened, under the resourceVersion that
 * was read (so of two who begin at once one is told), the members that differ at once, deletions with a UID precondition,
 * parent narrowed. Knows nothing of what the objects mean. */
#ifndef K8S_APPLYSET_H
#define K8S_APPLYSET_H

#include "k8s/client.h"

struct applyset;

/* When the parent is written: it says then who is at it, or no more. */
enum applyset_step {
    APPLYSET_BEGINS,
    APPLYSET_RENEWS, /* every ten seconds, that others see that we are alive */
    APPLYSET_FAILS,  /* an object was refused, or applyset_stop() was called */
    APPLYSET_ENDS,
};

/* Fills in what the parent says at a step. there: what it says now, or NULL. -1 with err: somebody else is at it, or was
 * meanwhile; nothing more is written. ENDS comes before BEGINS as well: with what it would be if nothing had to be done. */
typedef int applyset_parent_fn(void *data, enum applyset_step step, const cJSON *there, cJSON *parent, struct err *err);

struct applyset_options {
    const char *ns;
    const char *manager;    /* field manager */
    const char *id;         /* applyset.kubernetes.io/id */
    const cJSON *parent;    /* a ConfigMap; its annotation contains-group-kinds is managed here */
    cJSON *const *members;
    size_t member_count;
    applyset_parent_fn *fill; /* with the data of applyset_start(); NULL: the parent is as it is */
    bool force;             /* take over conflicting fields */
    const char *const *take_over; /* names of members of which conflicting fields are taken over */
    size_t take_over_count;
    bool dry_run;
};

struct applyset_progress {
    size_t done, total;
    const char *what; /* "created deployment camera", "unchanged: service camera", "pruned service old" */
};

struct applyset_failure {
    cJSON *object; /* as it was to be applied */
    char *why;     /* a sentence that names it */
    bool conflict; /* fields of it belong to other managers */
};

struct applyset_result {
    bool ok;
    size_t created, configured, unchanged, pruned; /* members; pruned: deleted ones */
    struct err err; /* the first failure, with the object named */
    bool unreachable; /* it was that nobody answered */
    bool gitops;      /* the objects are kept as they are in git; err says by whom */
    bool stopped;     /* by applyset_stop(), before it was done */
    bool begun;       /* something was written */
    const struct applyset_failure *failures; /* of members that were refused; only while done is called */
    size_t failure_count;
};

typedef void (*applyset_progress_fn)(void *data, const struct applyset_progress *progress);
typedef void (*applyset_done_fn)(void *data, const struct applyset_result *result);

/* Creates the namespace first where it is missing. After a failure nothing is pruned, and applying again goes on from
 * there. The struct is gone after done; progress must not cancel it. */
struct applyset *applyset_start(struct kube_client *client, const struct applyset_options *options,
                                applyset_progress_fn progress, applyset_done_fn done, void *data);
/* Deletes every member, then the parent, which says meanwhile that we are at it; of options ns, id, manager, fill, dry_run and
 * the parent's name are used. What is not there is no error: pruned says how many were. */
struct applyset *applyset_delete(struct kube_client *client, const struct applyset_options *options,
                                 applyset_progress_fn progress, applyset_done_fn done, void *data);
/* What is under way is let end, nothing new is begun, the parent says so; then done is called, with an error that says how
 * far it came. */
void applyset_stop(struct applyset *set);
/* At once; the parent goes on saying that we are at it. done is not called. */
void applyset_cancel(struct applyset *set);

#endif
