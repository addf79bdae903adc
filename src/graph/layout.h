/* layout: where boxes stand and wires run, in cells. Pure: the same graph and options give the same picture.
 *
 * Left to right by rank; each gap between ranks is a channel of vertical tracks, one segment for each source port (a
 * net). Cells of wires carry direction bits and a net: different nets that share a cell cross there, one straight up,
 * one straight across; they never merge. No wire runs through a box.
 *
 * An input that several nets lead to has a row for each of them, so that every wire ends at a place of its own. Ports
 * that only a link knows (a broken document) are drawn, too, after the entry's own.
 *
 * In the density LAYOUT_LINES a thing is a line without a frame and without ports: what it has on a side is one port
 * named "" of no type, all that leaves it is one net, and links between the same two things are one wire, which has the
 * place of each of them. A thing that several others feed has a row for each of these.
 *
 * A place in the document's `view` is a cell of a drawing at full detail; the other densities draw it nearer to the
 * next. A box with a place stands there, whatever touches it makes way, and of the wires only those are drawn anew that
 * lead to what moved or lie under it. The place that the ranks would give anyway binds nobody. What lies left of or
 * above the origin moves the whole drawing: layout_place says which place a cell is. */
#ifndef GRAPH_LAYOUT_H
#define GRAPH_LAYOUT_H

#include "base/arena.h"
#include "graph/graph.h"

enum { WIRE_UP = 1, WIRE_DOWN = 2, WIRE_LEFT = 4, WIRE_RIGHT = 8, WIRE_ARROW = 16, WIRE_DASHED = 32 };

#define LAYOUT_NONE SIZE_MAX

enum layout_density { LAYOUT_LINES, LAYOUT_COMPACT, LAYOUT_FULL, LAYOUT_DENSITIES };

struct layout_port {
    const char *name;             /* the graph's or the entry's: valid as long as the graph */
    const struct port_type *type; /* NULL: of an external thing, or not known to the entry */
    int row, rows;                /* from the box's top; more than one row where several nets come in */
    size_t links;                 /* how many */
};

struct layout_box {
    int x, y, w, h;
    int rank, order_y;                    /* column, and the row that the ranks gave it */
    int shelf;                            /* what hangs together stands on one, beside others; from 1 on */
    struct layout_port *inputs, *outputs; /* on the left edge, on the right edge */
    size_t input_count, output_count;
    bool bound;     /* its place in `view` is in force */
    bool displaced; /* it could not be kept: the box stands elsewhere */
};

struct layout_cell {
    int x, y;
    uint8_t bits;      /* WIRE_* */
    bool under_dashed;
    int net;           /* cells of one net may branch */
    int under;         /* the net that runs across under this one (left to right), or -1 */
    size_t link;       /* the link it belongs to; LAYOUT_NONE: a stem that several share */
    size_t under_link; /* the same of the net under it */
};

struct layout_wire { /* by link index */
    bool drawn;           /* false: one of its things is not there */
    bool undrawn;         /* it has its place, but no cells: a graph of thousands has more than a picture can hold */
    bool back;            /* runs against the order, in a lane below; where places are in force: to the left */
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
    int shift_x, shift_y;      /* cells by which everything was moved so that nothing lies below 0 */
    enum layout_density density;
    bool pins_ignored;         /* the places in `view` left no way for a wire: none is in force */
    size_t undrawn;            /* wires without cells */
    struct arena ports;        /* of all boxes */
};

struct layout_before { /* a box of an earlier layout */
    bool ordered, stood; /* what of this is known */
    int order_y;         /* where the ranks had it: their order is kept where it does no harm */
    int shelf;           /* on which it stood: what stood on another does not come beside it; 0: that is not known */
    int x, y;            /* where it stood, as a place: one whose place in `view` is another was moved, and goes first */
    bool idle;           /* its place in `view`, idle_x, idle_y, was not in force: nor is it while it is the same */
    int idle_x, idle_y;
};

struct layout_options {
    enum layout_density density;
    int body_rows;  /* rows of state above the ports */
    int min_rows;   /* rows below these at least, so that something can be said beside few ports */
    int min_width;  /* of a box */
    int full_width; /* of a box where `fit` allows it */
    int max_width;
    int note;       /* cells beside an input's name where its wire's state may be written; a line: for its own state */
    int room;       /* cells of a wire before its arrow for its state, where `fit` allows it */
    int fit;        /* columns that should do; 0: as narrow as possible */
    const struct layout_before *previous; /* by thing index; or NULL */
};
extern const struct layout_options layout_densities[LAYOUT_DENSITIES];
extern const struct layout_options layout_defaults; /* the full one's */

/* options NULL: layout_defaults. */
struct layout *layout_make(const struct graph *graph, const struct layout_options *options);
/* The same graph, read anew, with nothing else than it had that a layout is made from: the ports are its own now. */
void layout_rebind(struct layout *layout, const struct graph *graph);
void layout_free(struct layout *layout);
/* The place in `view` by which a box will stand at that cell of this drawing. */
void layout_place(const struct layout *layout, int x, int y, int *place_x, int *place_y);
/* NULL where no wire runs. */
const struct layout_cell *layout_cell_at(const struct layout *layout, int x, int y);
/* The thing whose box covers that cell, or LAYOUT_NONE. */
size_t layout_box_at(const struct layout *layout, int x, int y);

#endif
