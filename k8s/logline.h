/* logline: a log's bytes into lines with their times, without those that came before.
 *
 * After a lost connection a log can only be asked for from a whole second on, so the last second comes again: a line is
 * known by its time and its text. Pure. */
#ifndef K8S_LOGLINE_H
#define K8S_LOGLINE_H

#include "base/buf.h"

#define LOG_MAX_LINE (1u << 20)
#define LOG_REMEMBER 4096 /* lines */

struct log_lines {
    struct buf line; /* what has no end yet, with its time */
    bool cut;        /* it was longer */
    int64_t last;    /* the newest time that was handed out; 0: none */
    bool resumed;    /* repeats may come */
    struct {
        int64_t time;
        uint32_t hash;
    } seen[LOG_REMEMBER];
    size_t seen_count, seen_next;
};

typedef void (*log_line_fn)(void *data, int64_t time, const char *line, size_t len, bool cut);

void log_lines_init(struct log_lines *lines);
void log_lines_release(struct log_lines *lines);
/* Calls fn for each whole new line. *stop, set by fn, ends it at once (the struct may be gone then). */
void log_lines_feed(struct log_lines *lines, const char *bytes, size_t len, log_line_fn fn, void *data,
                    const bool *stop);
/* The stream ended for good: what has no newline is a line as well. */
void log_lines_end(struct log_lines *lines, log_line_fn fn, void *data);
/* The stream broke and begins again at lines->last, whole seconds: the part of a line is dropped. */
void log_lines_resume(struct log_lines *lines);

#endif
