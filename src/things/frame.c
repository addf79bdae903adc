#include "things/frame.h"

#define PADDING 64

struct frame *frame_new(const void *data, size_t len, int width, int height, int64_t captured)
{
    struct frame *frame = xmalloc(sizeof *frame + len);
    *frame = (struct frame){.refs = 1, .captured = captured, .width = width, .height = height, .len = len};
    memcpy(frame->data, data, len);
    return frame;
}

struct frame *frame_ref(struct frame *frame)
{
    if (frame)
        frame->refs++;
    return frame;
}

void frame_unref(struct frame *frame)
{
    if (!frame)
        return;
    if (!frame->refs)
        BUG("a frame given back twice");
    if (--frame->refs == 0)
        free(frame);
}

/* The size stands in the start-of-frame segment: one of 0xc0 to 0xcf but for three that mean something else. */
static bool find_size(const unsigned char *p, size_t len, int *width, int *height)
{
    size_t i = 2;
    while (i + 4 <= len) {
        if (p[i] != 0xff)
            return false;
        unsigned marker = p[i + 1];
        if (marker == 0xff) { /* fill byte */
            i++;
            continue;
        }
        size_t size = (size_t)p[i + 2] << 8 | p[i + 3];
        bool start = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (start) {
            if (i + 9 > len)
                return false;
            *height = p[i + 5] << 8 | p[i + 6];
            *width = p[i + 7] << 8 | p[i + 8];
            return *width > 0 && *height > 0 && (int64_t)*width * *height <= FRAME_MAX_PIXELS;
        }
        if (marker == 0xda || marker == 0xd9 || size < 2) /* the picture's data, or its end, came first */
            return false;
        i += 2 + size;
    }
    return false;
}

bool jpeg_check(const void *data, size_t *len, int *width, int *height)
{
    const unsigned char *p = data;
    size_t n = *len;
    if (n < 4 || n > FRAME_MAX_BYTES || p[0] != 0xff || p[1] != 0xd8)
        return false;
    size_t stop = n > PADDING + 2 ? n - PADDING : 2;
    while (n > stop && !(p[n - 2] == 0xff && p[n - 1] == 0xd9))
        n--;
    if (n <= stop || !find_size(p, n, width, height))
        return false;
    *len = n;
    return true;
}
