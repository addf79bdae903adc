#include "graph/layout_maze.h"

/* Wires whose boxes have not moved, and that no box stands on now, stay as they are. The others find new ways one by
 * one, the short ones first. One that finds none takes the way of those that are in it, and these look for another.
 *
 * Near what moved: only its surroundings are looked at, which hold the nets whole that have to be drawn anew, and no other
 * wire has to go. */

#define RIPS_MAX 100
#define MARGIN 12
#define NEAR_X 30 /* cells around what is drawn anew */
#define NEAR_Y 10

struct way { /* of an edge: corners from its output to its input */
    struct lay_point *points;
    int count;
    int dash;
    int length; /* while it has none: about what it will be */
    bool owned; /* points are its own, not the old drawing's */
};

struct extent { /* from `least` to before `most` */
    struct lay_point least, most;
};

struct rerouter {
    struct maze maze;
    struct lay *lay;
    const struct layout_box *boxes;
    const bool *moved;
    bool *anew; /* by net: leads to what moved, or lies under it */
    bool near;  /* only the surroundings are looked at */
    struct way *ways; /* by edge */
    int *queue, queue_count, queue_cap;
    int rips;
};

static struct lay_point start_of(const struct rerouter *r, const struct lay_edge *edge)
{
    const struct layout_box *box = &r->boxes[edge->from];
    return (struct lay_point){box->x + box->w, box->y + lay_output_row(r->lay, edge->from, edge->output)};
}

static struct lay_point goal_of(const struct rerouter *r, const struct lay_edge *edge)
{
    const struct layout_box *box = &r->boxes[edge->to];
    return (struct lay_point){box->x - 1, box->y + lay_input_row(r->lay, edge)};
}

static int sign(int n)
{
    return n > 0 ? 1 : n < 0 ? -1 : 0;
}

/* A way's cells to the maze's points, from the input back. */
static void spell_out(struct rerouter *r, const struct way *way)
{
    r->maze.point_count = 0;
    for (int i = way->count - 1; i > 0; i--) {
        struct lay_point at = way->points[i], to = way->points[i - 1];
        int dx = sign(to.x - at.x), dy = sign(to.y - at.y);
        for (; at.x != to.x || at.y != to.y; at.x += dx, at.y += dy)
            maze_add_point(&r->maze, at.x, at.y);
    }
    maze_add_point(&r->maze, way->points[0].x, way->points[0].y);
}

/* The maze's points to corners. */
static void keep_way(struct rerouter *r, int e)
{
    struct way *way = &r->ways[e];
    const struct maze *m = &r->maze;
    way->points = xcalloc((size_t)m->point_count + 1, sizeof *way->points);
    way->count = 0;
    way->owned = true;
    for (int i = m->point_count - 1; i >= 0; i--) {
        bool inner = i > 0 && i < m->point_count - 1;
        if (inner && (m->points[i - 1].x == m->points[i + 1].x || m->points[i - 1].y == m->points[i + 1].y))
            continue;
        way->points[way->count++] = m->points[i];
    }
    way->dash = m->points[0].x < m->points[m->point_count - 1].x ? 0 : INT_MAX;
}

static void forget_way(struct rerouter *r, int e)
{
    if (r->ways[e].owned)
        free(r->ways[e].points);
    r->ways[e] = (struct way){.length = r->ways[e].length};
    GROW(r->queue, r->queue_count, r->queue_cap);
    r->queue[r->queue_count++] = e;
}

static bool stands_free(const struct rerouter *r, int e)
{
    for (int i = 0; i < r->maze.point_count; i++) {
        struct lay_point at = r->maze.points[i];
        if (maze_has(&r->maze, at.x, at.y) && !maze_free(maze_at(&r->maze, at.x, at.y), r->lay->edges[e].net, e))
            return false;
    }
    return true;
}

static int compare_lengths(const void *pa, const void *pb, void *data)
{
    const struct way *ways = data;
    int a = *(const int *)pa, b = *(const int *)pb;
    if (ways[a].length != ways[b].length)
        return ways[a].length < ways[b].length ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void include(struct extent *extent, int x, int y, int w, int h)
{
    extent->least.x = MIN(extent->least.x, x);
    extent->least.y = MIN(extent->least.y, y);
    extent->most.x = MAX(extent->most.x, x + w);
    extent->most.y = MAX(extent->most.y, y + h);
}

static struct extent extent_of(const struct lay_point *points, int count)
{
    struct extent extent = {{INT_MAX, INT_MAX}, {INT_MIN, INT_MIN}};
    for (int i = 0; i < count; i++)
        include(&extent, points[i].x, points[i].y, 1, 1);
    return extent;
}

static bool meet(const struct extent *a, const struct extent *b)
{
    return a->least.x < b->most.x && b->least.x < a->most.x && a->least.y < b->most.y && b->least.y < a->most.y;
}

/* Whether a way leads to what moved, or may lie under it or beside its ports. */
static bool is_touched(const struct rerouter *r, const struct lay_edge *edge, const struct way *way)
{
    bool touched = r->moved[edge->from] || r->moved[edge->to];
    for (size_t i = 0; i < r->lay->out->box_count && !touched; i++) {
        const struct layout_box *box = &r->boxes[i];
        const struct extent beside = {{box->x - 1, box->y}, {box->x + box->w + 1, box->y + box->h}};
        for (int k = 0; k + 1 < way->count && r->moved[i] && !touched; k++) {
            struct extent piece = extent_of(&way->points[k], 2);
            touched = meet(&piece, &beside);
        }
    }
    return touched;
}

static struct extent extent_of_all(const struct rerouter *r)
{
    struct extent all;
    lay_paint_extent(r->lay->paint, &all.least, &all.most);
    for (size_t i = 0; i < r->lay->out->box_count; i++)
        include(&all, r->boxes[i].x, r->boxes[i].y, r->boxes[i].w, r->boxes[i].h);
    return (struct extent){{all.least.x - MARGIN, all.least.y - MARGIN}, {all.most.x + MARGIN, all.most.y + MARGIN}};
}

/* What moved, and the nets that are drawn anew, whole. */
static struct extent extent_of_moved(struct rerouter *r)
{
    struct extent near = {{INT_MAX, INT_MAX}, {INT_MIN, INT_MIN}};
    for (int pass = 0; pass < 2; pass++)
        for (int s = 0; s < lay_paint_mark(r->lay->paint); s++) {
            struct way way = {0};
            int e = r->lay->edge_of[lay_paint_get(r->lay->paint, s, &way.points, &way.count, &way.dash)];
            const struct lay_edge *edge = &r->lay->edges[e];
            struct lay_point start = start_of(r, edge), goal = goal_of(r, edge);
            struct extent extent = extent_of(way.points, way.count);
            include(&extent, start.x, start.y, 1, 1);
            include(&extent, goal.x, goal.y, 1, 1);
            if (pass == 0)
                r->anew[edge->net] = r->anew[edge->net] || is_touched(r, edge, &way);
            else if (r->anew[edge->net])
                include(&near, extent.least.x, extent.least.y, extent.most.x - extent.least.x,
                        extent.most.y - extent.least.y);
        }
    for (size_t i = 0; i < r->lay->out->box_count; i++)
        if (r->moved[i])
            include(&near, r->boxes[i].x, r->boxes[i].y, r->boxes[i].w, r->boxes[i].h);
    return (struct extent){{near.least.x - NEAR_X, near.least.y - NEAR_Y}, {near.most.x + NEAR_X, near.most.y + NEAR_Y}};
}

/* What of the old drawing may stay. False: a net has to be drawn anew that may not lie whole in the surroundings. */
static bool keep_old(struct rerouter *r)
{
    struct lay *lay = r->lay;
    const struct maze *m = &r->maze;
    const struct extent here = {{m->x0, m->y0}, {m->x0 + m->w, m->y0 + m->h}};
    maze_clear(&r->maze, r->boxes);
    for (int s = 0; s < lay_paint_mark(lay->paint); s++) {
        struct way way = {0};
        int e = lay->edge_of[lay_paint_get(lay->paint, s, &way.points, &way.count, &way.dash)];
        const struct lay_edge *edge = &lay->edges[e];
        struct lay_point start = start_of(r, edge), goal = goal_of(r, edge);
        struct extent extent = extent_of(way.points, way.count);
        way.length = abs(goal.x - start.x) + 2 * abs(goal.y - start.y);
        r->ways[e] = way;
        bool stays = !r->moved[edge->from] && !r->moved[edge->to];
        if (stays && !meet(&extent, &here))
            continue;
        if (stays) {
            spell_out(r, &way);
            stays = stands_free(r, e);
        }
        if (stays)
            maze_mark(&r->maze, edge->net);
        else if (r->near && !r->anew[edge->net])
            return false;
        else
            forget_way(r, e);
    }
    if (r->queue_count)
        qsort_r(r->queue, (size_t)r->queue_count, sizeof *r->queue, compare_lengths, r->ways);
    return true;
}

static bool leads_through(const struct way *way, struct lay_point at)
{
    for (int i = 0; i + 1 < way->count; i++) {
        const struct lay_point *a = &way->points[i], *b = &way->points[i + 1];
        if (at.x >= MIN(a->x, b->x) && at.x <= MAX(a->x, b->x) && at.y >= MIN(a->y, b->y) && at.y <= MAX(a->y, b->y))
            return true;
    }
    return false;
}

static void rip_at(struct rerouter *r, int n, struct lay_point at)
{
    const struct lay_net *net = &r->lay->nets[n];
    for (int e = net->edge; e < net->edge + net->edge_count; e++)
        if (r->ways[e].count && leads_through(&r->ways[e], at))
            forget_way(r, e);
}

/* All that the way at hand cannot cross has to go. */
static void rip(struct rerouter *r, int edge)
{
    struct maze *m = &r->maze;
    struct lay *lay = r->lay;
    int net = lay->edges[edge].net, count = m->point_count;
    struct lay_point *points = xmemdup(m->points, (size_t)count * sizeof *points);
    for (int i = 1; i + 1 < count; i++) {
        const struct maze_cell *cell = maze_at(m, points[i].x, points[i].y);
        bool across = points[i - 1].y == points[i + 1].y, along = points[i - 1].x == points[i + 1].x;
        if (cell->net < 0 || cell->net == net || cell->under == net ||
            ((across || along) && maze_crosses(cell, across ? WAY_RIGHT : WAY_UP)))
            continue;
        rip_at(r, cell->net, points[i]);
        if (cell->under >= 0)
            rip_at(r, cell->under, points[i]);
    }
    maze_clear(m, r->boxes);
    for (int e = 0; e < lay->edge_count; e++)
        if (r->ways[e].count) {
            spell_out(r, &r->ways[e]);
            maze_mark(m, lay->edges[e].net);
        }
    m->point_count = 0;
    for (int i = 0; i < count; i++)
        maze_add_point(m, points[i].x, points[i].y);
    free(points);
}

static bool route_edge(struct rerouter *r, int e)
{
    const struct lay_edge *edge = &r->lay->edges[e];
    struct lay_point start = start_of(r, edge), goal = goal_of(r, edge);
    if (!maze_find(&r->maze, e, start, goal, false)) {
        if (r->near || ++r->rips > RIPS_MAX || !maze_find(&r->maze, e, start, goal, true))
            return false;
        rip(r, e);
    }
    maze_mark(&r->maze, edge->net);
    keep_way(r, e);
    return true;
}

static void paint_ways(struct rerouter *r)
{
    struct lay *lay = r->lay;
    struct lay_paint *paint = lay_paint_new();
    for (int e = 0; e < lay->edge_count; e++) {
        const struct lay_edge *edge = &lay->edges[e];
        struct way *way = &r->ways[e];
        struct layout_wire *wire = &lay->out->wires[edge->link];
        struct lay_point start = start_of(r, edge), goal = goal_of(r, edge);
        wire->from_x = start.x;
        wire->from_y = start.y;
        wire->to_x = goal.x;
        wire->to_y = goal.y;
        wire->back = way->dash != INT_MAX;
        lay_paint_line(paint, way->points, way->count, way->dash, edge->net, edge->link);
    }
    lay_paint_free(lay->paint);
    lay->paint = paint;
}

static bool reroute(struct rerouter *r, struct extent extent, int *steps_left)
{
    struct lay *lay = r->lay;
    r->ways = xcalloc((size_t)lay->edge_count + 1, sizeof *r->ways);
    bool good = maze_begin(&r->maze, lay, extent.least, extent.most, *steps_left) && keep_old(r);
    for (int i = 0; good && i < r->queue_count; i++)
        good = route_edge(r, r->queue[i]);
    if (good)
        paint_ways(r);
    for (int e = 0; e < lay->edge_count; e++)
        if (r->ways[e].owned)
            free(r->ways[e].points);
    free(r->ways);
    free(r->queue);
    maze_release(&r->maze);
    *steps_left = r->maze.steps_left;
    r->queue = NULL;
    r->queue_count = r->queue_cap = 0;
    return good;
}

static int64_t cells_of(const struct extent *extent)
{
    return (int64_t)(extent->most.x - extent->least.x) * (extent->most.y - extent->least.y);
}

bool lay_reroute(struct lay *lay, const struct layout_box *boxes, const bool *moved, bool near, int *steps_left)
{
    struct rerouter r = {.lay = lay, .boxes = boxes, .moved = moved, .near = near};
    struct extent extent = extent_of_all(&r);
    bool good = true;
    if (near) {
        int64_t all = cells_of(&extent);
        r.anew = xcalloc((size_t)lay->net_count + 1, sizeof *r.anew);
        extent = extent_of_moved(&r);
        good = cells_of(&extent) < all / 2;
    }
    good = good && reroute(&r, extent, steps_left);
    free(r.anew);
    return good;
}
