/* video: a video file's pictures, from front to end, by FFmpeg's libraries. Internal to vision: everybody else has vision.h.
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
void video_close(struct video *video);        /* NULL is fine */
double video_rate(const struct video *video); /* frames a second, or 0: it does not say */
/* Goes to the next frame; false at the end, which frames that are too damaged to be one do not make. */
bool video_next(struct video *video);
/* The frame that video_next went to. */
int video_picture(struct video *video, struct picture *picture, struct err *err);

#ifdef __cplusplus
}
#endif

#endif
