/* layout_internal: what the steps of a layout hand to each other. Each component (things that links hold together) is
 * laid out by itself. */
#ifndef GRAPH_LAYOUT_INTERNAL_H
#define GRAPH_LAYOUT_INTERNAL_H

#include "base/arena.h"
#include "graph/layout.h"

struct lay_edge { /* a link, or several that say the same */
    int net;
    int from, to;      /* things */
    int output, input; /* ports */
    int slot;          /* which row of the input */
    size_t link;       /* the first of them */
    bool lane;         /* runs in the lane below: a back edge */
    int riser;         /* its run up from the lane, index in lay.runs */
};

struct lay_net { /* a source port and all that it feeds */
    int thing, output;
    int edge, edge_count; /* edges are sorted by net */
    int rank;             /* of its thing */
    int last;             /* the last channel it runs through; rank - 1: none */
    bool lane;
    int lane_row;
    int first_dummy;      /* nodes of rank + 1 … last, one after the other */
    int first_run;        /* by channel from rank on: index in lay.net_runs */
};

struct lay_node { /* a box, or where a net passes a rank (a dummy) */
    int thing;       /* -1: a dummy */
    int net;
    int rank, order; /* column, place in it */
    int y, h;
    int base;        /* ordering: rows of the nodes before it */
};

struct lay_hop { /* a net's way between two neighbouring ranks */
    int net, channel;       /* channel c lies between ranks c and c + 1 */
    int left, left_row;     /* node, row in it; left -1: comes up from the lane */
    int right, right_row;   /* right -1: goes down to the lane */
    int edge;               /* that ends here, or -1 */
};

struct lay_run { /* a net in a channel: at most two vertical pieces, when it has to step aside */
    int net, channel;
    bool riser;
    int left_y, lo, hi; /* rows it touches */
    int step_row;       /* between the pieces, when there are two */
    int pieces;         /* 0: straight through */
    int track[2];
};

struct lay {
    const struct graph *graph;
    const struct layout_options *options;
    struct layout *out;
    struct arena *memory; /* of all below but what grows: nodes, hops, runs */
    struct lay_edge *edges; /* by net, then target */
    int edge_count;
    struct lay_net *nets;
    int net_count;
    int *component;         /* by thing */
    int *rank;              /* by thing */
    int *node_of;           /* by thing */
    int *tight_x, *tight_w; /* by thing: its column and width where there is no room to spare */
    int *edge_of;           /* by link */
    int *first_net;         /* by thing: its nets follow one another; -1 none */
    int *indegree, *waits;  /* by thing: counters for ranks */
    uint8_t *state;         /* by thing: of the walk that finds cycles */
    int *run_of, *riser_of; /* by net: its run in the channel at hand */

    /* of the component at hand */
    int *things, thing_count;
    int *net_list, net_list_count;
    int rank_count;
    struct lay_node *nodes;
    int node_count, node_cap;
    int **by_rank, *rank_size;   /* node indexes in order */
    struct lay_hop *hops;        /* by channel */
    int hop_count, hop_cap;
    int *left_hops, *left_start; /* hops by their right node (what comes from the left), and by their left one */
    int *right_hops, *right_start;
    struct lay_run *runs;
    int run_count, run_cap;
    int *net_runs, net_run_count;
    int *rank_x, *rank_w;
    int *channel_x, *channel_tracks; /* index 0 is the channel before the first rank */
    int pitch;                       /* columns from track to track */
    int lane_top, lane_count;
    int top, height, width;          /* top: the least row in use, may be negative */

    struct lay_paint *paint;
};

/* layout_boxes.c: ports, and how large a box is. */
void lay_make_ports(struct lay *lay);
void lay_size_boxes(struct lay *lay);
/* layout_rank.c: which edges run back, ranks, dummies, hops. */
void lay_rank(struct lay *lay);
/* layout_order.c: the order in each rank, with few crossings. */
void lay_order(struct lay *lay);
/* layout_place.c: rows, so that wires are straight; slots of inputs. */
void lay_place(struct lay *lay);
/* layout_route.c: tracks in the channels. */
void lay_route(struct lay *lay);
/* layout_columns.c: columns, and each edge's way from corner to corner. */
void lay_columns(struct lay *lay);
void lay_paint_edges(struct lay *lay);

/* The row of an output or of an edge's input, from its box's top. */
int lay_output_row(const struct lay *lay, int thing, int output);
int lay_input_row(const struct lay *lay, const struct lay_edge *edge);

/* layout_paint.c: lines to cells. */
struct lay_paint *lay_paint_new(void);
void lay_paint_free(struct lay_paint *paint);
struct lay_point {
    int x, y;
};
/* A line of corners from beside an output to beside an input; dashed from the corner `dash` on (count: nowhere). */
void lay_paint_line(struct lay_paint *paint, const struct lay_point *points, int count, int dash, int net,
                    size_t link);
/* Moves all painted since the mark; the mark is the number of cells. */
int lay_paint_mark(const struct lay_paint *paint);
void lay_paint_shift(struct lay_paint *paint, int mark, int dx, int dy);
/* The cells from `least` to before `most` hold all lines and the origin. */
void lay_paint_extent(const struct lay_paint *paint, struct lay_point *least, struct lay_point *most);
/* A line as it was given; its link. */
size_t lay_paint_get(const struct lay_paint *paint, int index, struct lay_point **points, int *count, int *dash);
/* Hands the cells over in order; arrows and labels are set. */
void lay_paint_finish(struct lay_paint *paint, struct layout *out);

/* layout_pins.c: places from the document. layout_reroute.c and layout_maze.c: a way around for every wire. */
void lay_pins(struct lay *lay);
/* layout.c: where the ranks put the boxes; nothing is painted. */
struct layout *lay_boxes(const struct graph *graph, const struct layout_options *options);

#endif
