/* owned: who owns which fields of an object, by its managedFields (server-side apply's record). Pure. */
#ifndef K8S_OWNED_H
#define K8S_OWNED_H

#include "base/json.h"

/* The object with no more than what the manager has applied of it, and what it is called. NULL: it has applied nothing. The
 * caller's. */
cJSON *owned_part(const cJSON *object, const char *manager);
/* The same, of who has applied nothing what it is called: said again with one thing changed, the manager stays the only one who
 * said it. */
cJSON *owned_body(const cJSON *object, const char *manager);
/* Who has a field, which is a node of the object: "kubectl (scale)"; "" where nobody is named; NULL: the manager itself. The
 * caller frees. */
char *owned_by_other(const cJSON *object, const cJSON *field, const char *manager);
/* Whether `there` is already as an apply of `want` would leave it: it has all that want says, and nothing that the manager applied
 * once and want says no more. False where that is not sure: the server then finds out. Numbers and quantities are the same only
 * where they are written alike. */
bool owned_same(const cJSON *want, const cJSON *there, const char *manager);

#endif
