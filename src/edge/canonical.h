/* canonical: the one text of a quantity that the API server keeps: "0.5" is "500m", "1024Mi" is "1Gi", 1 is "1". */
#ifndef EDGE_CANONICAL_H
#define EDGE_CANONICAL_H

#include "base/json.h"

/* False when it is no quantity; out is untouched then. */
bool edge_quantity_canonical(const cJSON *value, char out[64]);

#endif
