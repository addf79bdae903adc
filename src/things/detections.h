/* detections: the lines that an analyser writes, one JSON object a line in the shape of DL Streamer's gvametaconvert, with
 * `utc`, `analysed`, `frame`, `resolution` and ids added. */
#ifndef THINGS_DETECTIONS_H
#define THINGS_DETECTIONS_H

#include "base/buf.h"
#include "things/vision.h"

struct detections_tags {
    const char *graph, *thing, *pod;
};

struct detections_frame {
    int64_t stream_time;        /* ns since the stream's first frame */
    int64_t captured, analysed; /* ns since 1970 */
    uint64_t frame;             /* its number in the input, from 1 */
    const char *source;
    int width, height;          /* of the picture that the boxes are measured in */
    const char *const *labels;  /* by a box's kind */
    const struct vision_box *boxes;
    const int64_t *ids;
    size_t count;
};

void detections_line(struct buf *out, const struct detections_frame *frame, const struct detections_tags *tags);

struct detections_counts { /* since the start */
    uint64_t received, analysed, dropped, broken;
    const uint64_t *objects; /* of each label */
    const char *const *labels;
    size_t label_count;
};
/* A line that is no frame: it has "heartbeat" and counts in place of "objects". */
void detections_heartbeat(struct buf *out, int64_t now, const struct detections_counts *counts,
                          const struct detections_tags *tags);

#endif
