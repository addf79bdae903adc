/* deployer: a graph's text onto the cluster: checked, planned, applied as one set, its revision kept in the parent.
 *
 * One at a time: the parent says who is at it (holder.h), written under the version that was read. Who comes later is refused
 * and told by whom. What was cut short says so in the parent; deploying again goes on from there. */
#ifndef APP_DEPLOYER_H
#define APP_DEPLOYER_H

#include "graph/catalogue.h"
#include "k8s/applyset.h"

struct deployer;

struct deployer_options {
    const char *text;
    size_t len;
    const char *file; /* for sentences; NULL: "the graph" */
    const char *over; /* what must be deployed still, for the text was made from it; NULL: whatever is */
    int64_t back;     /* it is the rollback to this revision, as the history then says; 0: it is none */
    const struct catalogue *catalogue;
    bool force, dry_run;
    const char *const *take_over; /* things of which fields that belong to others are taken over */
    size_t take_over_count;
};

/* Checks and plans at once: NULL with the first fault as a sentence when it cannot be deployed. progress: with a total of 0 it
 * is only something to be said. done is called once; the struct is gone after it. */
struct deployer *deployer_start(struct kube_client *client, const struct deployer_options *options,
                                applyset_progress_fn progress, applyset_done_fn done, void *data, struct err *err);
/* What is under way is let end; the parent then says that it was cut short. done is called. */
void deployer_stop(struct deployer *deployer);
/* At once, and done is not called. */
void deployer_cancel(struct deployer *deployer);

/* Deletes a deployed graph: every member, then the parent, which says so meanwhile; not while somebody else is at it. */
struct deployer *deployer_delete(struct kube_client *client, const char *ns, const char *name,
                                 applyset_progress_fn progress, applyset_done_fn done, void *data);

#endif
