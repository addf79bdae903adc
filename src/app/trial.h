/* trial: what the cluster would say of a deployment, by a dry run, thing by thing: `patchbay diff` and the dashboard's review. */
#ifndef APP_TRIAL_H
#define APP_TRIAL_H

#include "graph/plan.h"
#include "k8s/tryset.h"

/* As tryset_start(). */
struct tryset *trial_start(struct kube_client *client, const struct plan *plan, bool force, tryset_done_fn done, void *data);
/* Which thing an object belongs to: "camera"; where it does not say so, its own name. */
const char *trial_thing(const struct trial *trial);
/* Whether it is there already and not this graph's, so that a deployment leaves it alone, and all else with it. forced: what is
 * others' is taken over. */
bool trial_leaves(const struct trial *trial, const struct plan *plan, bool forced);
/* Who else keeps objects of the graph as they are in git; false: nobody. */
bool trial_gitops(const struct tryset_result *result, struct buf *out);

#endif
