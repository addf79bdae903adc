/* video: the pictures of a video file, from front to end, or of a camera, as they come, by FFmpeg's libraries. Internal to vision:
 * everybody else has vision.h.
 */
#ifndef THINGS_VIDEO_H
#define THINGS_VIDEO_H

#include "things/picture.h"

#ifdef __cplusplus
extern "C" {
#endif

struct video;

/* Only a file: what it names elsewhere, as playlists do, is not fetched. */
struct video *video_open(const char *path, struct err *err);
/* A camera, as feed.h opens it; rate: frames a second that a device is asked for, 0: its own. stop is called on the thread that
 * waits for it. */
struct video *video_connect(const char *spec, double rate, bool (*stop)(void *data), void *data, struct err *err);
void video_close(struct video *video);        /* NULL is fine */
double video_rate(const struct video *video); /* frames a second, or 0: it does not say */
/* Goes to the next frame; false at the end, which frames that are too damaged to be one do not make. */
bool video_next(struct video *video);
/* Why a camera has ended; nothing for a file. */
void video_why(const struct video *video, struct err *err);
/* The frame that video_next went to. */
int video_picture(struct video *video, struct picture *picture, struct err *err);

#ifdef __cplusplus
}
#endif

#endif
