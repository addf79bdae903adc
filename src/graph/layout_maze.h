/* layout_maze: ways for single wires over the cells between boxes (layout_maze.c), and for all of a drawing in which
 * boxes stand elsewhere than the ranks put them (layout_reroute.c). */
#ifndef GRAPH_LAYOUT_MAZE_H
#define GRAPH_LAYOUT_MAZE_H

#include "graph/layout_internal.h"

enum maze_way { WAY_UP, WAY_DOWN, WAY_LEFT, WAY_RIGHT, WAY_NONE };

#define MAZE_BOX (-2)

struct maze_cell {
    int net;        /* that runs here, -1: none */
    int under;      /* that crosses it from left to right, -1: none */
    int only;       /* reserved for this net (beside its output); -1: nobody's, or MAZE_BOX */
    int edge;       /* reserved for this edge (beside its input); -1: nobody's */
    uint8_t axes;   /* of net: 1 up-down, 2 left-right, 3 a corner or branch */
    uint8_t from;   /* way by which the net came here */
    bool shy;       /* others stay away where they can */
};

struct maze_own { /* the cells that a net has */
    int *cells;
    int count, cap;
};

typedef uint64_t maze_step; /* see layout_maze.c */

struct maze {
    struct lay *lay;
    int x0, y0, w, h;
    struct maze_cell *grid;
    struct maze_own *own; /* by net */
    struct maze_seen *seen;
    uint32_t now;
    bool hasty; /* of many wires a way that is good enough is found much sooner than the best */
    int steps_left;
    maze_step *heap;
    int heap_count, heap_cap;
    struct lay_point *points; /* of the way at hand, cell by cell from the input back to the output */
    int point_count, point_cap;
};

/* Over the cells from `least` to before `most`. False: it would be too large. */
bool maze_begin(struct maze *maze, struct lay *lay, struct lay_point least, struct lay_point most, int steps);
void maze_release(struct maze *maze);
/* As it is without wires: boxes, and the cells beside each port, which are its own. */
void maze_clear(struct maze *maze, const struct layout_box *boxes);
struct maze_cell *maze_at(const struct maze *maze, int x, int y);
bool maze_has(const struct maze *maze, int x, int y);
/* Whether a net may come into a cell, as far as boxes and ports are concerned. */
bool maze_free(const struct maze_cell *cell, int net, int edge);
/* Whether a wire that goes that way may cross what runs here. */
bool maze_crosses(const struct maze_cell *cell, enum maze_way way);
/* The way from a net's cells, or from beside its output, to beside an input, in points. `rip`: also over wires that
 * would have to go, where nothing else helps. False: there is none. */
bool maze_find(struct maze *maze, int edge, struct lay_point start, struct lay_point goal, bool rip);
/* The points become cells of the net; those outside are left out. */
void maze_mark(struct maze *maze, int net);
void maze_add_point(struct maze *maze, int x, int y);

/* Paints all wires and sets where they begin and end; `moved`: by thing, stands elsewhere than its wires were drawn.
 * `near`: only near these, and only if they are few, which takes much less time. False: there is no way for one of them,
 * or it would take more than *steps_left, which is what is left afterwards; then nothing has changed. */
bool lay_reroute(struct lay *lay, const struct layout_box *boxes, const bool *moved, bool near, int *steps_left);

#endif
