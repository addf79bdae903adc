#include "ui/picture.h"

#define NOISE 6 /* of 255: a channel that differs by less has not changed */

void pixels_init(struct pixels *pixels, int w, int h)
{
    *pixels = (struct pixels){w, h, xcalloc((size_t)MAX(w * h, 1), 3)};
}

void pixels_release(struct pixels *pixels)
{
    free(pixels->rgb);
    *pixels = (struct pixels){0};
}

void picture_fit(int w, int h, int columns, int rows, int *out_w, int *out_h)
{
    int64_t most_w = MAX(columns, 1), most_h = MAX(2 * rows, 1);
    w = MAX(w, 1);
    h = MAX(h, 1);
    bool wide = most_w * h <= most_h * w; /* the width is what bounds it */
    *out_w = wide ? (int)most_w : (int)MAX(most_h * w / h, 1);
    *out_h = wide ? (int)MAX(most_w * h / w & ~INT64_C(1), 2) : (int)most_h; /* whole cells */
}

static uint8_t settle(uint8_t before, unsigned now)
{
    int by = (int)now - before;
    return by > -NOISE && by < NOISE ? before : (uint8_t)now;
}

void picture_scale(struct pixels *out, const struct pixels *in)
{
    for (int y = 0; y < out->h; y++) {
        int top = y * in->h / out->h, bottom = MAX((y + 1) * in->h / out->h, top + 1);
        uint8_t *to = &out->rgb[(size_t)y * (size_t)out->w * 3];
        for (int x = 0; x < out->w; x++, to += 3) {
            int left = x * in->w / out->w, right = MAX((x + 1) * in->w / out->w, left + 1);
            unsigned sum[3] = {0}, count = (unsigned)((bottom - top) * (right - left));
            for (int v = top; v < bottom; v++) {
                const uint8_t *from = &in->rgb[((size_t)v * (size_t)in->w + (size_t)left) * 3];
                for (int u = left; u < right; u++, from += 3)
                    for (int c = 0; c < 3; c++)
                        sum[c] += from[c];
            }
            for (int c = 0; c < 3; c++)
                to[c] = settle(to[c], sum[c] / count);
        }
    }
}

static void put(struct pixels *pixels, int x, int y, uint32_t rgb)
{
    if (x < 0 || y < 0 || x >= pixels->w || y >= pixels->h)
        return;
    uint8_t *to = &pixels->rgb[((size_t)y * (size_t)pixels->w + (size_t)x) * 3];
    to[0] = (uint8_t)(rgb >> 16);
    to[1] = (uint8_t)(rgb >> 8);
    to[2] = (uint8_t)rgb;
}

/* What an analyser says is anything at all; nothing is drawn outside, nor anything for ever. */
static int place(double part, int size)
{
    return (int)((part > 0 ? part < 1 ? part : 1 : 0) * (size - 1) + 0.5); /* what is no number is 0 */
}

void picture_place(const struct pixels *pixels, double x, double y, int *out_x, int *out_y)
{
    *out_x = place(x, pixels->w);
    *out_y = place(y, pixels->h);
}

void picture_box(struct pixels *pixels, double x_min, double y_min, double x_max, double y_max, uint32_t rgb)
{
    int left, top, right, bottom;
    picture_place(pixels, x_min, y_min, &left, &top);
    picture_place(pixels, x_max, y_max, &right, &bottom);
    for (int x = left; x <= right; x++) {
        put(pixels, x, top, rgb);
        put(pixels, x, bottom, rgb);
    }
    for (int y = top; y <= bottom; y++) {
        put(pixels, left, y, rgb);
        put(pixels, right, y, rgb);
    }
}

static uint32_t rgb_at(const struct pixels *pixels, int x, int y)
{
    if (y >= pixels->h)
        return 0;
    const uint8_t *from = &pixels->rgb[((size_t)y * (size_t)pixels->w + (size_t)x) * 3];
    return (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
}

void picture_draw(struct area area, int x, int y, const struct pixels *pixels)
{
    for (int v = 0; v < pixels->h; v += 2)
        for (int u = 0; u < pixels->w; u++)
            draw_tinted(area, x + u, y + v / 2, GLYPH_HALF,
                        (struct tint){rgb_at(pixels, u, v), rgb_at(pixels, u, v + 1)});
}
