/* deployer: a graph's text onto the cluster: checked, planned, applied as one set, its revision kept in the parent. */
#ifndef APP_DEPLOYER_H
#define APP_DEPLOYER_H

#include "graph/catalogue.h"
#include "k8s/applyset.h"

struct deployer;

struct deployer_options {
    const char *text;
    size_t len;
    const char *file; /* for sentences; NULL: "the graph" */
    const struct catalogue *catalogue;
    bool force, dry_run;
};

/* Checks and plans at once: NULL with the first fault as a sentence when it cannot be deployed. done is called once; the
 * struct is gone after it. */
struct deployer *deployer_start(struct kube_client *client, const struct deployer_options *options,
                                applyset_progress_fn progress, applyset_done_fn done, void *data, struct err *err);
void deployer_cancel(struct deployer *deployer);

/* Deletes a deployed graph: every member, then the parent. */
struct deployer *deployer_delete(struct kube_client *client, const char *ns, const char *name,
                                 applyset_progress_fn progress, applyset_done_fn done, void *data);

#endif
