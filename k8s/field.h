/* field: what the kinds share when they read an object: typed, bounded, never surprised.
 *
 * An empty text counts as not given (NULL): the API server writes both for the same thing. */
#ifndef K8S_FIELD_H
#define K8S_FIELD_H

#include "base/istr.h"
#include "base/json.h"

/* Devices, replicas, restarts of one object: more is nonsense, and whoever adds them up must not overflow. */
#define FIELD_MOST 1000000

/* The text at a dotted path; the caller's reference. */
istr field_istr(const cJSON *object, const char *path);
/* The text at `key` of the map at `path`; the key may hold dots (labels, annotations). */
istr field_key(const cJSON *object, const char *path, const char *key);
istr field_label(const cJSON *object, const char *key);
/* All labels as one text, "app=web\ntier=db\n", sorted by key, so that equal sets are one pointer; NULL: none. Of more than
 * FIELD_LABELS those that come last are left out. */
#define FIELD_LABELS 64
istr field_labels(const cJSON *object);
/* Clamped to int. */
int field_int(const cJSON *object, const char *path, int other);
/* How many elements an array has, at most `max`: a bound on what one object may make us keep. */
size_t field_count(const cJSON *array, size_t max);
/* What a resource is: a device, counted in pieces; or what else is promised but CPU, memory and pods, in bytes or the like. */
bool field_is_device(const char *resource);
bool field_is_other(const char *resource);

#endif
