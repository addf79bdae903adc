/* picture: pixels as cells of the canvas: each cell a half block, two pixels one above the other. */
#ifndef UI_PICTURE_H
#define UI_PICTURE_H

#include "ui/canvas.h"

struct pixels {
    int w, h;
    uint8_t *rgb; /* rows of w × 3 bytes; NULL: none */
};

void pixels_init(struct pixels *pixels, int w, int h);
void pixels_release(struct pixels *pixels);
/* How large a picture of w × h is to be drawn, in pixels, so that all of it is seen in so many cells, and none half. */
void picture_fit(int w, int h, int columns, int rows, int *out_w, int *out_h);
/* `out` as large as it is; each of its pixels the mean of those that it stands for. Where it is but for noise what it was, it
 * stays as it was, so that a still picture costs the line next to nothing. */
void picture_scale(struct pixels *out, const struct pixels *in);
/* A frame of one pixel around a box, in parts of the whole (0 … 1), clipped. */
void picture_box(struct pixels *pixels, double x_min, double y_min, double x_max, double y_max, uint32_t rgb);
/* The pixel of a place in parts of the whole, clipped. */
void picture_place(const struct pixels *pixels, double x, double y, int *out_x, int *out_y);
void picture_draw(struct area area, int x, int y, const struct pixels *pixels);

#endif
