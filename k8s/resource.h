/* resource: where objects of a kind live: from apiVersion and kind, or "Deployment.apps", to a path. */
#ifndef K8S_RESOURCE_H
#define K8S_RESOURCE_H

#include "base/json.h"

struct resource {
    const char *group, *version, *kind, *plural;
};

/* By an object's apiVersion and kind; NULL when unknown. */
const struct resource *resource_of(const cJSON *object);
/* By "KIND.GROUP" ("Service" in the core group), len bytes. */
const struct resource *resource_named(const char *group_kind, size_t len);
/* All there are, NULL after the last: for (i = 0; (r = resource_at(i)); i++). Sorted by group-kind. */
const struct resource *resource_at(size_t index);
/* "Deployment.apps", "Service". */
void resource_group_kind(struct buf *out, const struct resource *resource);
/* "/apis/apps/v1/namespaces/NS/deployments/NAME"; name NULL: the collection. */
void resource_path(struct buf *out, const struct resource *resource, const char *ns, const char *name);

#endif
