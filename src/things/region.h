/* region: a part of a picture, as a polygon in shares of its width and height: "0.5,0.5 1,0.5 1,1 0.5,1". */
#ifndef THINGS_REGION_H
#define THINGS_REGION_H

#include "things/vision.h"

#define REGION_CORNERS 32

struct region {
    struct vision_point corners[REGION_CORNERS]; /* 0..1, from the top left */
    size_t count; /* 0: the whole picture */
};

/* Two corners are a rectangle's, opposite each other; "all" and "" are the whole picture. */
int region_parse(struct region *region, const char *text, struct err *err);
bool region_holds(const struct region *region, double x, double y);
/* Keeps the boxes whose foot (the middle of their lower edge) is inside; how many are left. */
size_t region_keep(const struct region *region, struct vision_box *boxes, size_t count, int width, int height);

#endif
