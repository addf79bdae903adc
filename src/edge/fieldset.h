/* fieldset: sets of field paths, kept in the form that managedFields shows (FieldsV1): a tree whose keys are "f:NAME"
 * for a field, "k:{…}" for a list item by its keys, "v:VALUE" for a member of a set, and "." for the place itself; an
 * empty object is a place itself, too. An empty root is the empty set. Sets are the caller's to cJSON_Delete. */
#ifndef EDGE_FIELDSET_H
#define EDGE_FIELDSET_H

#include "edge/schema.h"

/* What an applied configuration says. */
cJSON *fieldset_of(const struct schema *schema, const cJSON *value);
/* What is new or different in `after`. before may be NULL. */
cJSON *fieldset_changed(const struct schema *schema, const cJSON *before, const cJSON *after);
/* What of `before` is no longer there. */
cJSON *fieldset_removed(const struct schema *schema, const cJSON *before, const cJSON *after);

cJSON *fieldset_union(const cJSON *a, const cJSON *b);
cJSON *fieldset_minus(const cJSON *a, const cJSON *b);
cJSON *fieldset_common(const cJSON *a, const cJSON *b);
static inline bool fieldset_empty(const cJSON *set)
{
    return !set || !set->child;
}

/* Calls fn with the text of each path: .spec.containers[name="x"].image */
void fieldset_paths(const cJSON *set, void (*fn)(void *data, const char *path), void *data);

/* Takes out of value what is in `gone` and neither at nor under anything in `keep`. */
void fieldset_prune(cJSON *value, const cJSON *gone, const cJSON *keep);

/* The item of a list that a "k:{…}" or "v:…" element names, or NULL. */
cJSON *fieldset_find(const cJSON *value, const char *element);

#endif
