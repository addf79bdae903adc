/* quantity: Kubernetes' resource quantities: "100m", "1.5", "2Gi", "1e3". */
#ifndef BASE_QUANTITY_H
#define BASE_QUANTITY_H

#include "base/json.h"

/* In thousandths (CPU) or whole units (bytes, devices), rounded up as Kubernetes does, clamped to int64.
 * False when it is no quantity; *out is left alone then. */
bool quantity_milli(const char *text, int64_t *out);
bool quantity_whole(const char *text, int64_t *out);
/* Of a text or a bare number. */
bool quantity_json_milli(const cJSON *value, int64_t *out);
/* The quantity at `key` of a map such as requests; a bare number counts. `other` when it is none. What is absurd is cut to a
 * size of which thousands can be summed up. */
#define QUANTITY_MOST (INT64_C(1) << 50)
int64_t quantity_at(const cJSON *map, const char *key, bool milli, int64_t other);

#endif
