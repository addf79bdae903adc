#include "graph/layout_maze.h"

/* Wires whose boxes have not moved, and that no box stands on now, stay as they are. The others find new ways one by
 * one, the short ones first. One that finds none takes the way of those that are in it, and these look for another. */

#define RIPS_MAX 100

struct way { /* of an edge: corners from its output to its input */
    struct lay_point *points;
    int count;
    int dash;
    int length; /* while it has none: about what it will be */
    bool owned; /* points are its own, not the old drawing's */
};

struct rerouter {
    struct maze maze;
    struct lay *lay;
    const struct layout_box *boxes;
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
    for (int i = 0; i < r->maze.point_count; i++)
        if (!maze_free(maze_at(&r->maze, r->maze.points[i].x, r->maze.points[i].y), r->lay->edges[e].net, e))
            return false;
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

/* What of the old drawing may stay. */
static void keep_old(struct rerouter *r, const bool *moved)
{
    struct lay *lay = r->lay;
    maze_clear(&r->maze, r->boxes);
    for (int s = 0; s < lay_paint_mark(lay->paint); s++) {
        struct way way = {0};
        int e = lay->edge_of[lay_paint_get(lay->paint, s, &way.points, &way.count, &way.dash)];
        const struct lay_edge *edge = &lay->edges[e];
        struct lay_point start = start_of(r, edge), goal = goal_of(r, edge);
        way.length = abs(goal.x - start.x) + 2 * abs(goal.y - start.y);
        r->ways[e] = way;
        bool stays = !moved[edge->from] && !moved[edge->to];
        if (stays) {
            spell_out(r, &way);
            stays = stands_free(r, e);
        }
        if (stays)
            maze_mark(&r->maze, edge->net);
        else
            forget_way(r, e);
    }
    if (r->queue_count)
        qsort_r(r->queue, (size_t)r->queue_count, sizeof *r->queue, compare_lengths, r->ways);
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
        if (++r->rips > RIPS_MAX || !maze_find(&r->maze, e, start, goal, true))
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

bool lay_reroute(struct lay *lay, const struct layout_box *boxes, const bool *moved, int steps)
{
    struct rerouter r = {.lay = lay, .boxes = boxes};
    r.ways = xcalloc((size_t)lay->edge_count + 1, sizeof *r.ways);
    bool good = maze_begin(&r.maze, lay, boxes, steps);
    if (good)
        keep_old(&r, moved);
    for (int i = 0; good && i < r.queue_count; i++)
        good = route_edge(&r, r.queue[i]);
    if (good)
        paint_ways(&r);
    for (int e = 0; e < lay->edge_count; e++)
        if (r.ways[e].owned)
            free(r.ways[e].points);
    free(r.ways);
    free(r.queue);
    maze_release(&r.maze);
    return good;
}
