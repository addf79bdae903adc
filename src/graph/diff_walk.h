/* diff_walk: the leaves in which two of Kubernetes' objects differ. Internal to this layer. */
#ifndef GRAPH_DIFF_WALK_H
#define GRAPH_DIFF_WALK_H

#include "base/json.h"

/* path: "spec.template.spec.containers.camera.env.INPUT_VIDEO": items of a list stand under the names they have, else under
 * their place: "args[3]". NULL: it is not there. */
typedef void (*diff_leaf_fn)(void *data, const char *path, const cJSON *before, const cJSON *after);

/* within: only where `before` has something. */
void diff_walk(const cJSON *before, const cJSON *after, bool within, diff_leaf_fn leaf, void *data);
/* What was applied last: of it `applied` is left on the cluster, and what somebody changed in `live` since is as it was
 * `rendered`. The caller's; any may be NULL. */
cJSON *diff_as_applied(const cJSON *applied, const cJSON *rendered, const cJSON *live);
/* The item of a list that is called so; NULL. */
const cJSON *diff_item(const cJSON *list, const char *name);

#endif
