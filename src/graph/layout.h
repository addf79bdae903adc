/* layout: where boxes stand and wires run, in cells. Pure: the same graph and options give the same picture.
 *
 * Left to right by rank; each gap between ranks is a channel of vertical tracks, one segment for each source port (a
 * net). Cells of wires carry direction bits and a net: different nets that share a cell cross there, one straight up,
 * one straight across; they never merge. No wire runs through a box.
 *
 * An input that several nets lead to has a row for each of them, so that every wire ends at a place of its own. Ports
 * that only a link knows (a broken document) are drawn, too, after the entry's own. */
#ifndef GRAPH_LAYOUT_H
#define GRAPH_LAYOUT_H

#include "graph/graph.h"

enum { WIRE_UP = 1, WIRE_DOWN = 2, WIRE_LEFT = 4, WIRE_RIGHT = 8, WIRE_ARROW = 16, WIRE_DASHED = 32 };

#define LAYOUT_NONE SIZE_MAX

struct layout_port {
    const char *name;             /* the graph's or the entry's: valid as long as the graph */
    const struct port_type *type; /* NULL: of an external thing, or not known to the entry */
    int row, rows;                /* from the box's top; more than one row where several nets come in */
    size_t links;                 /* how many */
};

struct layout_box {
    int x, y, w, h;
    int rank;                             /* column */
    struct layout_port *inputs, *outputs; /* on the left edge, on the right edge */
    size_t input_count, output_count;
};

struct layout_cell {
    int x, y;
    uint8_t bits;      /* WIRE_* */
    int net;           /* cells of one net may branch */
    int under;         /* the net that runs across under this one (left to right), or -1 */
    size_t link;       /* the link it belongs to; LAYOUT_NONE: a stem that several share */
    size_t under_link; /* the same of the net under it */
    bool under_dashed;
};

struct layout_wire { /* by link index */
    bool drawn;           /* false: one of its things is not there */
    bool back;            /* runs against the order, in a lane below */
    int net;
    size_t output, input; /* ports of its boxes */
    int from_x, from_y;   /* its first cell, beside the output */
    int to_x, to_y;       /* its last cell, beside the input; to_y is the wire's own row of the port */
    int label_x, label_room; /* cells of its own in the row to_y, before the arrow, where its state may be written */
};

struct layout {
    struct layout_box *boxes; /* by thing index */
    size_t box_count;
    struct layout_wire *wires; /* by link index */
    size_t wire_count;
    struct layout_cell *cells; /* by row, then column */
    size_t cell_count;
    size_t *rows;              /* index of each row's first cell; rows[height] is cell_count */
    int width, height;
    bool pins_ignored;         /* the places in `view` left no way for a wire */
};

struct layout_options {
    int body_rows;  /* rows of state above the ports */
    int min_rows;   /* rows below these at least, so that something can be said beside few ports */
    int min_width;  /* of a box */
    int full_width; /* of a box where `fit` allows it */
    int max_width;
    int note;       /* cells beside an input's name where its wire's state may be written */
    int room;       /* cells of a wire before its arrow for its state, where `fit` allows it */
    int fit;        /* columns that should do; 0: as narrow as possible */
    const int *previous; /* by thing index: the row where it stood before an edit, -1 new; or NULL */
};
extern const struct layout_options layout_defaults;

/* options NULL: layout_defaults. */
struct layout *layout_make(const struct graph *graph, const struct layout_options *options);
void layout_free(struct layout *layout);
/* NULL where no wire runs. */
const struct layout_cell *layout_cell_at(const struct layout *layout, int x, int y);
/* The thing whose box covers that cell, or LAYOUT_NONE. */
size_t layout_box_at(const struct layout *layout, int x, int y);

#endif
