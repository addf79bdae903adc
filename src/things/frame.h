/* frame: one JPEG picture with the time at which it was captured, shared by everybody who sends or analyses it.
 *
 * Frames are counted references and never change once made. They are made, shared and dropped on the loop's thread; the
 * vision thread reads a frame that its job holds. */
#ifndef THINGS_FRAME_H
#define THINGS_FRAME_H

#include "base/base.h"

#define FRAME_MAX_BYTES (8u << 20)    /* a larger picture is refused */
#define FRAME_MAX_PIXELS (4096 * 4096) /* the same: a small file can ask for gigabytes when it is decoded */

struct frame {
    unsigned refs;
    int64_t captured; /* ns since 1970 */
    int width, height;
    size_t len;
    unsigned char data[];
};

/* data must have passed jpeg_check, which also found width and height. */
struct frame *frame_new(const void *data, size_t len, int width, int height, int64_t captured);
struct frame *frame_ref(struct frame *frame); /* NULL gives NULL */
void frame_unref(struct frame *frame);        /* NULL is fine */

/* Whether this is one whole JPEG picture that may be decoded: starts with SOI, ends with EOI (up to 64 bytes of padding
 * after it are taken off *len), and its size is within the bound. */
bool jpeg_check(const void *data, size_t *len, int *width, int *height);

#endif
