/* layout: where boxes stand and wires run, in cells. Pure: the same graph gives the same picture.
 *
 * Left to right by rank; each gap between ranks is a channel of vertical tracks, one segment per source port (a net).
 * Cells of wires carry direction bits and a net: different nets that share a cell cross, they never merge. */
#ifndef GRAPH_LAYOUT_H
#define GRAPH_LAYOUT_H

#include "graph/graph.h"

enum { WIRE_UP = 1, WIRE_DOWN = 2, WIRE_LEFT = 4, WIRE_RIGHT = 8, WIRE_ARROW = 16, WIRE_DASHED = 32 };

struct layout_box {
    int x, y, w, h;
    /* Port rows from the box's top, by the entry's order (external things: theirs): inputs on the left edge, outputs on
     * the right. */
    int *input_row, *output_row;
    size_t input_count, output_count;
};

struct layout_cell {
    int x, y;
    uint8_t bits; /* WIRE_* */
    int net;      /* source port; cells of one net may branch */
    int under;    /* net that passes under this one (crossing), or -1 */
    size_t link;  /* one of the net's links (the only one after the last branch) */
};

struct layout {
    struct layout_box *boxes; /* by thing index */
    struct layout_cell *cells;
    size_t cell_count;
    int width, height;
    struct { int x, y; } *label; /* by link index: the cell before its arrow, where its state may be written; x is
                                    the last cell of a free run, `room` cells long */
    int *label_room;
};

struct layout_options {
    int body_rows;  /* rows of state above the ports, 2 by default: "● Running 1/1" and "10 fps gpu-2" */
    int min_width;  /* of a box */
    int max_width;
    int gap;        /* cells between ranks at the least, beside what tracks need */
};

struct layout *layout_make(const struct graph *graph, const struct layout_options *options);
void layout_free(struct layout *layout);

#endif
