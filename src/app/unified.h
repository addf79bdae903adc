/* unified: two states of one object of the cluster as `kubectl diff` shows them: lines of YAML that differ. Credentials are
 * masked. Pure. */
#ifndef APP_UNIFIED_H
#define APP_UNIFIED_H

#include "base/json.h"

/* Appends the difference; false, and nothing, where there is none. NULL: it is not there. */
bool unified_object(struct buf *out, const cJSON *before, const cJSON *after);

#endif
