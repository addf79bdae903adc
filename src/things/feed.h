/* feed: what a camera sends while it is there, opened by FFmpeg's libraries: RTSP over TCP, MJPEG by HTTP, a V4L2 device.
 * Internal to video: everybody else has vision.h.
 *
 * Errors are what is said after the source's name: "timed out: nothing came for 5 s". What stands before the colon is the cause
 * in short. */
#ifndef THINGS_FEED_H
#define THINGS_FEED_H

#include "base/base.h"
#include "base/err.h"

#include <libavformat/avformat.h>

#define FEED_SILENCE (5 * NSEC_PER_SEC) /* without a byte of it: it is gone */

typedef bool (*feed_stop_fn)(void *data); /* called on the thread that reads, while it waits */

struct feed {
    feed_stop_fn stop;
    void *data;
    int64_t deadline; /* monotonic */
    bool silent;      /* it has passed */
};

/* Connects, and looks what is sent. feed must stay where it is as long as the context lives. NULL with an error. */
AVFormatContext *feed_open(struct feed *feed, const char *spec, double rate, struct err *err);
/* The next packet. 0, or what av_read_frame says. */
int feed_read(struct feed *feed, AVFormatContext *context, AVPacket *packet);
/* Why it ended, by what feed_read said. */
void feed_why(const struct feed *feed, int rc, struct err *err);

#endif
