/* logmerge: the lines of several logs as one, by time.
 *
 * Each log is in order by itself. A line is held while another log that is being read may still bring an earlier one: until that
 * is quiet, for HOLD at most, and for FIRST where it has not begun. What comes later than that is handed out then, not lost. With one
 * log nothing is held. Pure: the time is told. */
#ifndef K8S_LOGMERGE_H
#define K8S_LOGMERGE_H

#include "base/buf.h"

#define LOG_MERGE_HOLD (400 * NSEC_PER_MSEC)
#define LOG_MERGE_FIRST (2 * NSEC_PER_SEC)
#define LOG_MERGE_MOST (8u << 20) /* bytes held; more go out as they come */

enum { LOG_CUT = 1 /* the line was longer */, LOG_GAP = 2 /* lines may be missing here */, LOG_NOTE = 4 /* what became of the log */ };

struct log_piece {
    unsigned stream;
    uint8_t flags;
    int64_t time; /* 0: that of the line before */
    const char *text;
    size_t len;
};

typedef void (*log_piece_fn)(void *data, const struct log_piece *piece); /* may not free the merge */

struct log_merge {
    struct log_queue *queues;
    size_t count, cap;
    size_t bytes; /* held */
    log_piece_fn out;
    void *data;
};

void log_merge_init(struct log_merge *merge, log_piece_fn out, void *data);
void log_merge_release(struct log_merge *merge);
unsigned log_merge_open(struct log_merge *merge, int64_t now); /* one more log: its number */
void log_merge_put(struct log_merge *merge, int64_t now, const struct log_piece *piece);
/* Whether lines are to be expected of it now: not of one that ended, or waits for its container. */
void log_merge_expect(struct log_merge *merge, unsigned stream, bool expect);
/* Hands out what is due. When to be called again; 0: nothing is held. */
int64_t log_merge_run(struct log_merge *merge, int64_t now);
void log_merge_flush(struct log_merge *merge); /* hands out all */

#endif
