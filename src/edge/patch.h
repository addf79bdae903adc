/* patch: the three patches of a Kubernetes API besides apply. Each changes `object` in place. */
#ifndef EDGE_PATCH_H
#define EDGE_PATCH_H

#include "edge/schema.h"

/* RFC 7386. */
void patch_merge(cJSON *object, const cJSON *patch);
/* Kubernetes' own: lists with keys are merged, "$patch", "$retainKeys", "$setElementOrder/…" and
 * "$deleteFromPrimitiveList/…" direct it. */
int patch_strategic(const struct schema *schema, cJSON *object, const cJSON *patch, struct err *err);
/* RFC 6902: an array of operations. *object may be replaced. On -1 it is in an unknown state. */
int patch_json(cJSON **object, const cJSON *operations, struct err *err);

#endif
