/* logfields: a line of a log as it is read by people: JSON as fields, without escape sequences. Pure. */
#ifndef OPS_LOGFIELDS_H
#define OPS_LOGFIELDS_H

#include "base/buf.h"

#define LOG_FIELDS_MAX (64u << 10) /* what is longer stays as it is */

/* {"level":"info","ts":…,"msg":"got it","n":3} as "INFO got it  n=3": level, message, then the rest in its order; the time is left
 * out, as the line has one. False: it is no JSON object, or has a number that is too
 * long to be read exactly; nothing was added. */
bool log_fields(struct buf *out, const char *line, size_t len);
/* The line without CSI and OSC sequences and carriage returns: programs that colour their output. */
void log_plain(struct buf *out, const char *line, size_t len);

#endif
