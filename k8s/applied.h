/* applied: what of an object one server-side applier has said, read from its managedFields: so that it can say all of it
 * again with one thing changed, and stays the only one who said it. Pure. */
#ifndef K8S_APPLIED_H
#define K8S_APPLIED_H

#include "base/json.h"

/* apiVersion, kind, name and namespace, and every field that `manager` has applied, as it is now. One that applied nothing
 * has applied nothing but these. The caller's. */
cJSON *applied_extract(const cJSON *object, const char *manager);

#endif
