/* logline: a log's bytes into lines with their times, without those that came before.
 *
 * After a lost connection a log can be asked for only from a whole second on, so a part of it comes again: in the same
 * order, and up to the line that was the last to be handed out it is known. Where that line does not come, there is
 * something missing. Pure. */
#ifndef K8S_LOGLINE_H
#define K8S_LOGLINE_H

#include "base/buf.h"

#define LOG_MAX_LINE (1u << 20)

struct log_lines {
    struct buf line; /* what has no end yet, with its time */
    bool cut;        /* it was longer */
    int64_t last;    /* the time of the line that was handed out last; 0: none */
    int64_t newest;  /* the greatest time; two streams that are written at once may be a little out of order */
    uint32_t hash;   /* of the last line's text */
    size_t same;     /* lines in a row with its time, itself included; 0: there was none, it is only where to begin */
    size_t again;    /* of these, how many have come again */
    bool seeking;    /* what came before comes again */
};

struct log_sink {
    void (*line)(void *data, int64_t time, const char *line, size_t len, bool cut);
    /* The stream goes on at `time`, behind the line that was last, and that one is not in it. False: it is not wanted
     * so, and nothing more is handed out. */
    bool (*missed)(void *data, int64_t time);
};

void log_lines_init(struct log_lines *lines);
void log_lines_release(struct log_lines *lines);
/* Hands each whole new line to the sink. *stop, set by it, ends that at once (the struct may be gone then). */
void log_lines_feed(struct log_lines *lines, const char *bytes, size_t len, const struct log_sink *sink, void *data,
                    const bool *stop);
/* The stream ended for good: what has no newline is a line as well. False: the sink did not want it. */
bool log_lines_end(struct log_lines *lines, const struct log_sink *sink, void *data);
/* The stream begins again, at log_lines_since: the part of a line is dropped. */
void log_lines_resume(struct log_lines *lines);
/* What was before this time is not handed out. */
void log_lines_begin(struct log_lines *lines, int64_t time);
/* What to ask for: a time a little before the last line, as it may be out of order; 0: all. */
int64_t log_lines_since(const struct log_lines *lines);
/* The time at a line's start; *skip: its bytes. 0: there is none. */
int64_t log_line_time(const char *line, size_t len, size_t *skip);

#endif
