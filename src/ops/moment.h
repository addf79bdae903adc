/* moment: a time in a recording, as an operator writes it. Pure. */
#ifndef OPS_MOMENT_H
#define OPS_MOMENT_H

#include "base/err.h"

/* "02:14", "02:14:07" (UTC, the first such after the beginning), "+30s", "-5m" (from now), "2026-12-01T02:14:07Z", "first", "last".
 * All in ns since 1970. */
int moment_parse(const char *text, int64_t from, int64_t to, int64_t now, int64_t *out, struct err *err);

#endif
