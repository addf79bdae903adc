/* setowned: whether an object is already as an apply would leave it, read from its managedFields, so that nothing has to be
 * sent. Pure. */
#ifndef K8S_SETOWNED_H
#define K8S_SETOWNED_H

#include "base/json.h"

/* there has all that want says, and nothing that its manager applied once and want says no more. False where that is not
 * sure: the server then finds out. Numbers and quantities count as the same only where they are written alike. */
bool setowned_same(const cJSON *want, const cJSON *there, const char *manager);

#endif
