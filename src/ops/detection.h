/* detection: lines of detections, and a bounded record of the latest with counts per label. Pure. */
#ifndef OPS_DETECTION_H
#define OPS_DETECTION_H

#include "base/err.h"

struct detected_object {
    char label[48];
    double confidence;
    double x_min, y_min, x_max, y_max; /* 0..1, top-left origin */
    int64_t id; /* -1: none */
};

#define DETECTION_OBJECTS 64
struct detection {
    int64_t utc;      /* when the frame was captured, ns since 1970; 0 unknown */
    int64_t analysed; /* when the analyser was done, 0 unknown */
    int64_t frame;
    char thing[64], pod[256], source[256];
    int width, height;
    size_t count, more; /* more: objects past the bound */
    bool heartbeat;     /* a line of counts, not of a frame */
    struct detected_object objects[DETECTION_OBJECTS]; /* last: the log keeps no more of them than there are */
};

/* One line of NDJSON (DL Streamer's shape; unknown keys are ignored). */
int detection_parse(struct detection *out, const char *line, size_t len, struct err *err);

struct label_count {
    char label[48];
    uint64_t total;
    uint32_t per_second[60]; /* the last minute, newest last */
};

struct detection_log;
struct detection_log *detection_log_new(size_t keep); /* detections kept */
void detection_log_free(struct detection_log *log);
void detection_log_add(struct detection_log *log, const struct detection *detection, int64_t now_wall);
size_t detection_log_count(const struct detection_log *log);
/* Until the next is added; not to be copied as a whole: behind objects[count] there is nothing. */
const struct detection *detection_log_at(const struct detection_log *log, size_t newest_first);
uint64_t detection_log_frames(const struct detection_log *log);
/* Labels by total, most first. */
const struct label_count *detection_log_labels(struct detection_log *log, int64_t now_wall, size_t *count);

#endif
