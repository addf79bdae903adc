/* managed: metadata.managedFields, who wrote which field; and server-side apply, which rests on it. */
#ifndef EDGE_MANAGED_H
#define EDGE_MANAGED_H

#include "edge/store.h"

struct edge_writer {
    const char *manager, *subresource; /* "" subresource: the object itself */
    int64_t now;
};

/* A write that is no apply: `object` is what will be stored, before what was (NULL: created). Books what changed on the
 * writer and takes it from all others. */
void edge_managed_update(const struct edge_kind *kind, cJSON *object, const cJSON *before,
                         const struct edge_writer *writer);

/* Server-side apply of `applied` (borrowed) onto live (NULL: a new object). Returns the object to store. On a conflict
 * NULL, err and *causes (the caller's): force takes the fields instead. */
cJSON *edge_managed_apply(const struct edge_kind *kind, const cJSON *live, const cJSON *applied,
                          const struct edge_writer *writer, bool force, cJSON **causes, struct err *err);

#endif
