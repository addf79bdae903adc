/* vision: pictures for the media things, as a small C interface: video files, JPEG, drawing, finding people and motion. OpenCV
 * draws, scales and finds; video.c and picture.c read and write.
 *
 * Every function may take milliseconds to a second: they belong on the vision thread (worker.h). One object is used by
 * one thread at a time. Whatever OpenCV throws comes back as an error. */
#ifndef THINGS_VISION_H
#define THINGS_VISION_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#include "base/err.h"

/* Once, before anything else: one thread, no messages of the library's own. */
void vision_init(void);

/* A picture in memory, decoded. */
struct vision_image;
void vision_image_free(struct vision_image *image); /* NULL is fine */
int vision_image_width(const struct vision_image *image);
int vision_image_height(const struct vision_image *image);

/* A video file, read from front to end. */
struct vision_video;
struct vision_video *vision_video_open(const char *path, struct err *err);
void vision_video_close(struct vision_video *video); /* NULL is fine */
double vision_video_rate(const struct vision_video *video); /* frames a second, > 0 */
/* Passes over n frames; false when the file or the camera ended before. */
bool vision_video_skip(struct vision_video *video, int64_t n);
/* A camera, rtsp://…, http://… or /dev/video0: connects, and gives frames as they come, as long as they come. Whatever lasts ends
 * when stop says so. Errors, also those of reading, are what is said after its name: "timed out: nothing came for 5 s". rate: frames
 * a second that a device is asked for, 0: its own. */
typedef bool (*vision_stop_fn)(void *data);
struct vision_video *vision_camera_open(const char *spec, double rate, vision_stop_fn stop, void *data, struct err *err);
/* The next frame, scaled down to max_width where it is wider (0: as it is). NULL at the end of the file (err clear), or
 * with an error. */
struct vision_image *vision_video_read(struct vision_video *video, int max_width, struct err *err);
/* Back to the first frame. */
int vision_video_rewind(struct vision_video *video, struct err *err);

/* A JPEG or PNG file. */
struct vision_image *vision_load(const char *path, int max_width, struct err *err);
struct vision_image *vision_decode(const void *jpeg, size_t len, int max_width, struct err *err);
/* quality 1 to 100. *out is the caller's (free()). */
int vision_encode(const struct vision_image *image, int quality, void **out, size_t *len, struct err *err);

struct vision_box { /* pixels, inside the picture */
    int x, y, w, h;
    double confidence; /* 0..1 */
    int kind;          /* what it is, an index of labels */
};
/* A frame around each box, with "LABEL 93%" above it. */
void vision_draw(struct vision_image *image, const struct vision_box *boxes, size_t count, const char *const *labels);
struct vision_point {
    double x, y; /* shares of the width and the height, 0..1 */
};
/* The outline of a polygon. */
void vision_draw_outline(struct vision_image *image, const struct vision_point *corners, size_t count);

/* People by histograms of oriented gradients, with the weights that OpenCV carries. */
struct vision_people;
struct vision_people *vision_people_new(struct err *err);
void vision_people_free(struct vision_people *people); /* NULL is fine */
/* Boxes of at least this confidence, the best first; how many there are, at most max, or -1. The confidence is the
 * classifier's margin through a logistic curve: 0.5 is its own border between a person and none. */
int vision_people_find(struct vision_people *people, const struct vision_image *image, double min_confidence,
                       struct vision_box *boxes, size_t max, struct err *err);

/* What moves before a background that is learnt from the frames as they come; one for each video. */
struct vision_motion;
struct vision_motion *vision_motion_new(void);
void vision_motion_free(struct vision_motion *motion); /* NULL is fine */
/* Boxes of at least min_area of the picture (0..1), the largest first; how many there are, at most max, or -1. sensitivity
 * (0..1): how little a pixel must differ. The confidence is 0.5 for what barely differs, near 1 for what clearly does. A picture
 * that changes nearly everywhere is a lamp or another view: it is learnt anew, and nothing moved. */
int vision_motion_find(struct vision_motion *motion, const struct vision_image *image, double sensitivity, double min_area,
                       struct vision_box *boxes, size_t max, struct err *err);

/* What an ONNX model finds, as OpenCV's DNN module runs it; model.cpp says which outputs are understood. It is given RGB from 0 to 1,
 * side x side, the picture in its middle. */
#define VISION_KINDS 1000
struct vision_model;
/* kinds: how many labels there are, which its output must fit; 0: as many as it has. */
struct vision_model *vision_model_open(const char *path, int side, int kinds, struct err *err);
void vision_model_free(struct vision_model *model); /* NULL is fine */
int vision_model_kinds(const struct vision_model *model); /* 0: it does not say */
/* Boxes of at least this confidence, the best first; how many there are, at most max, or -1. */
int vision_model_find(struct vision_model *model, const struct vision_image *image, double min_confidence, struct vision_box *boxes,
                      size_t max, struct err *err);

#ifdef __cplusplus
}
#endif

#endif
