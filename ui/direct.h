/* direct: a picture's cells, written to the terminal past ncurses, in colours that it has no names for.
 *
 * It knows what of the picture is on the terminal and writes what differs, a row after the other, as many as there is room
 * for: the rest comes with the next call, so that a picture never keeps a key waiting on a slow line. Pure. */
#ifndef UI_DIRECT_H
#define UI_DIRECT_H

#include "ui/canvas.h"

enum direct_depth {
    DIRECT_NONE, /* no colours, or no half blocks: pictures are ordinary text, canvas_shade */
    DIRECT_256,
    DIRECT_TRUE
};

struct direct {
    enum direct_depth depth;
    int w, h;
    struct direct_cell {
        uint32_t ch; /* 0: nothing is known of what is there */
        struct tint tint;
    } *there;
    int next; /* the row to go on with */
};

void direct_init(struct direct *direct, enum direct_depth depth);
void direct_release(struct direct *direct);
/* Something else wrote into that row, or into all of them. */
void direct_forget_row(struct direct *direct, int y);
void direct_forget(struct direct *direct);
/* Adds to `out` what of the canvas's picture is not there yet; about `room` bytes, but at least a row. Whether all of it is
 * there then. The cursor stands anywhere after it, and the colours are the terminal's own. */
bool direct_write(struct direct *direct, const struct canvas *canvas, struct buf *out, size_t room);
/* The nearest of xterm's 256 colours, none of the first 16: those are whatever the user made of them. */
int direct_256(uint32_t rgb);

#endif
