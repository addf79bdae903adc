/* detection: lines of detections, and a bounded record of the latest with counts per label. Pure. */
#ifndef OPS_DETECTION_H
#define OPS_DETECTION_H

#include "base/buf.h"
#include "base/err.h"

struct detected_object {
    char label[48];
    double confidence;
    double x_min, y_min, x_max, y_max; /* 0..1, top-left origin */
    int64_t id; /* -1: none */
};

/* Results that should have come and did not. */
struct gap {
    int64_t silence; /* ns without a result */
    int64_t missing; /* frames that were never analysed, beyond those that it usually passes over; 0: not known */
    bool again;      /* it began anew: the frames are counted from one */
};
static inline bool gap_is(const struct gap *gap)
{
    return gap->silence > 0;
}
/* "silent 12s, 37 frames missing". */
#define GAP_TEXT 96
char *gap_text(char out[GAP_TEXT], const struct gap *gap);

#define DETECTION_OBJECTS 64
struct detection {
    int64_t utc;      /* when the frame was captured, ns since 1970; 0 unknown */
    int64_t analysed; /* when the analyser was done, 0 unknown */
    int64_t frame;
    char thing[64], pod[256], source[256];
    int width, height;
    size_t count, more; /* more: objects past the bound */
    bool heartbeat;     /* a line of counts, not of a frame */
    /* Set by the log. */
    int64_t shown;      /* when it was on the screen first, ns since 1970 by our clock; 0: not yet */
    struct gap gap;     /* no frame: what is missing before the next one; all 0: it is none */
    struct detected_object objects[DETECTION_OBJECTS]; /* last: the log keeps no more of them than there are */
};

/* As NDJSON, the same shape; as CSV, a line an object, with a head of its own. */
void detection_write_json(struct buf *out, const struct detection *detection);
void detection_write_csv_head(struct buf *out);
void detection_write_csv(struct buf *out, const struct detection *detection);
/* One line of NDJSON (DL Streamer's shape; unknown keys are ignored). */
int detection_parse(struct detection *out, const char *line, size_t len, struct err *err);

/* The same with those objects only: of a label (NULL: any) and at least so sure. */
void detection_pick(struct detection *out, const struct detection *detection, const char *label, double least);

struct label_count {
    char label[48];
    uint64_t total;
    uint32_t per_second[60]; /* the last minute, newest last */
};

struct analyser;
struct detection_log;
struct detection_log *detection_log_new(size_t keep); /* detections kept */
void detection_log_free(struct detection_log *log);
/* Where results are missing before it, an entry of its own says so. */
void detection_log_add(struct detection_log *log, const struct detection *detection, int64_t now_wall);
/* All that came is on the screen now. */
void detection_log_show(struct detection_log *log, int64_t now_wall);
/* What is known of those that made them; in the order in which they were first heard of. */
const struct analyser *detection_log_analysers(struct detection_log *log, size_t *count);
size_t detection_log_count(const struct detection_log *log);
/* Until the next is added; not to be copied as a whole: behind objects[count] there is nothing. */
const struct detection *detection_log_at(const struct detection_log *log, size_t newest_first);
uint64_t detection_log_frames(const struct detection_log *log);
/* Labels by total, most first. */
const struct label_count *detection_log_labels(struct detection_log *log, int64_t now_wall, size_t *count);

#endif
