/* picture: decoded pictures as rows of bytes, and JPEG and PNG to and from them (libjpeg-turbo, libpng). Internal to vision:
 * everybody else has vision.h. */
#ifndef THINGS_PICTURE_H
#define THINGS_PICTURE_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#include "base/err.h"

/* Three bytes a pixel, blue first, as OpenCV has them. Zeros are none. */
struct picture {
    unsigned char *pixels; /* malloc'd */
    int width, height;
    size_t stride; /* bytes from one row to the next */
    int turns;     /* quarter turns clockwise that its camera wants it shown with, 0 to 3 */
};

/* Makes room for width x height, at most FRAME_MAX_PIXELS; what was there is freed. */
int picture_make(struct picture *picture, int width, int height, struct err *err);
void picture_release(struct picture *picture);

/* JPEG or PNG, by what it starts with. */
int picture_decode(struct picture *picture, const void *data, size_t len, struct err *err);
int picture_load(struct picture *picture, const char *path, struct err *err);
/* As JPEG, quality 1 to 100. *out is the caller's (free()). */
int picture_encode(const struct picture *picture, int quality, void **out, size_t *len, struct err *err);

#ifdef __cplusplus
}
#endif

#endif
