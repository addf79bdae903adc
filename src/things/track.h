/* track: gives the same thing the same number from frame to frame, by how much its boxes overlap. */
#ifndef THINGS_TRACK_H
#define THINGS_TRACK_H

#include "things/vision.h"

#define TRACKS 64
struct tracker {
    struct {
        struct vision_box box;
        int64_t id;
        unsigned unseen; /* frames since it was found */
    } tracks[TRACKS];
    size_t count;
    int64_t last_id;
};

/* ids[i] is the number of boxes[i], from 1. A box that was gone for a few frames keeps its number. */
void tracker_update(struct tracker *tracker, const struct vision_box *boxes, size_t count, int64_t *ids);

#endif
