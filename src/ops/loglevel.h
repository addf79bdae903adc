/* loglevel: how bad a line of a log says it is, by the ways that programs say it. Pure. */
#ifndef OPS_LOGLEVEL_H
#define OPS_LOGLEVEL_H

#include "base/base.h"

enum log_level { LOG_LEVEL_NONE, LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR, LOG_LEVEL_FATAL };

/* Of the first 256 bytes: "level":"error", level=error, klog's E0301, [ERROR], ERROR, error:, panic:, Traceback … */
enum log_level log_level_of(const char *line, size_t len);
/* "error", "warn", "warning", "fatal" … in any case; NONE: it is no level. */
enum log_level log_level_word(const char *word, size_t len);

#endif
