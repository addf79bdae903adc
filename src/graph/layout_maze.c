#include "graph/layout_maze.h"

/* The cheapest way by length and turns (A*), that meets other nets only by crossing them straight. */

#define GRID_MAX 1500000
#define EDGES_MANY 100
#define COST_TURN 4
#define COST_CROSS 3
#define COST_SHY 2
#define COST_RIP 16
#define SEARCH_MAX 6000 /* steps for a way without ripping: further around is no way to look at */

static const int way_dx[] = {0, 0, -1, 1}, way_dy[] = {-1, 1, 0, 0};

/* A cell entered in some way, and by which to look at it: the least estimate first, of those the most cost, for that is nearer, of
 * those the first index (cell * 4 + way). As one number, in that order. */
#define INDEX_BITS 23
#define COST_BITS 20
#define COST_MAX ((1 << COST_BITS) - 1) /* a way that costs more is not looked at */
_Static_assert(GRID_MAX * 4 <= 1 << INDEX_BITS, "every way into every cell has an index");

static maze_step make_step(int cost, int estimate, int index)
{
    return (uint64_t)estimate << (COST_BITS + INDEX_BITS) | (uint64_t)(COST_MAX - cost) << INDEX_BITS | (uint64_t)index;
}

static int step_cost(maze_step step)
{
    return COST_MAX - (int)(step >> INDEX_BITS & COST_MAX);
}

static int step_index(maze_step step)
{
    return (int)(step & ((1u << INDEX_BITS) - 1));
}

struct maze_seen { /* by cell and way; valid where the stamp is now's */
    uint32_t stamp;
    int cost;
    int before; /* the step before, or -1 at the net's own cell */
};

struct maze_cell *maze_at(const struct maze *m, int x, int y)
{
    return &m->grid[(y - m->y0) * m->w + x - m->x0];
}

bool maze_has(const struct maze *m, int x, int y)
{
    return x >= m->x0 && y >= m->y0 && x < m->x0 + m->w && y < m->y0 + m->h;
}

bool maze_begin(struct maze *m, struct lay *lay, struct lay_point least, struct lay_point most, int steps)
{
    *m = (struct maze){.lay = lay, .x0 = least.x, .y0 = least.y, .w = most.x - least.x, .h = most.y - least.y,
                       .steps_left = steps, .hasty = lay->edge_count > EDGES_MANY};
    if ((int64_t)m->w * m->h > GRID_MAX)
        return false;
    size_t cells = (size_t)m->w * (size_t)m->h;
    m->grid = xreallocarray(NULL, cells + 1, sizeof *m->grid); /* maze_clear() fills it */
    m->seen = xcalloc(cells * 4, sizeof *m->seen);
    m->own = xcalloc((size_t)lay->net_count + 1, sizeof *m->own);
    return true;
}

void maze_release(struct maze *m)
{
    for (int n = 0; m->own && n < m->lay->net_count; n++)
        free(m->own[n].cells);
    free(m->own);
    free(m->grid);
    free(m->seen);
    free(m->heap);
    free(m->points);
}

void maze_clear(struct maze *m, const struct layout_box *boxes)
{
    const struct lay *lay = m->lay;
    size_t cells = (size_t)m->w * (size_t)m->h;
    for (size_t i = 0; i < cells; i++)
        m->grid[i] = (struct maze_cell){.net = -1, .under = -1, .only = -1, .edge = -1};
    for (int n = 0; n < lay->net_count; n++)
        m->own[n].count = 0;
    for (size_t i = 0; i < lay->out->box_count; i++)
        for (int y = MAX(boxes[i].y, m->y0); y < MIN(boxes[i].y + boxes[i].h, m->y0 + m->h); y++)
            for (int x = MAX(boxes[i].x, m->x0); x < MIN(boxes[i].x + boxes[i].w, m->x0 + m->w); x++)
                maze_at(m, x, y)->only = MAZE_BOX;
    /* one cell beside a port for the stem or the arrow, and who can leaves another before the arrow */
    for (int e = 0; e < lay->edge_count; e++) {
        const struct lay_edge *edge = &lay->edges[e];
        const struct layout_box *from = &boxes[edge->from], *to = &boxes[edge->to];
        int out_x = from->x + from->w, out_y = from->y + lay_output_row(lay, edge->from, edge->output);
        int in_y = to->y + lay_input_row(lay, edge);
        if (maze_has(m, out_x, out_y))
            maze_at(m, out_x, out_y)->only = edge->net;
        if (maze_has(m, to->x - 1, in_y))
            maze_at(m, to->x - 1, in_y)->edge = e;
        if (maze_has(m, to->x - 2, in_y))
            maze_at(m, to->x - 2, in_y)->shy = true;
    }
}

static void heap_push(struct maze *m, maze_step step)
{
    GROW(m->heap, m->heap_count, m->heap_cap);
    int i = m->heap_count++;
    for (; i > 0 && step < m->heap[(i - 1) / 2]; i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = step;
}

static maze_step heap_pop(struct maze *m)
{
    maze_step top = m->heap[0], last = m->heap[--m->heap_count];
    int i = 0;
    for (int child; (child = 2 * i + 1) < m->heap_count; i = child) {
        child += child + 1 < m->heap_count && m->heap[child + 1] < m->heap[child];
        if (m->heap[child] >= last)
            break;
        m->heap[i] = m->heap[child];
    }
    m->heap[i] = last;
    return top;
}

bool maze_free(const struct maze_cell *cell, int net, int edge)
{
    return cell->only != MAZE_BOX && (cell->only < 0 || cell->only == net) && (cell->edge < 0 || cell->edge == edge);
}

bool maze_crosses(const struct maze_cell *cell, enum maze_way way)
{
    return cell->under < 0 && cell->axes == (way == WAY_UP || way == WAY_DOWN ? 2 : 1);
}

/* What entering a cell that way costs, beside its step; -1: it cannot be. */
static int cost_to_enter(const struct maze_cell *cell, int net, int edge, enum maze_way way, bool rip)
{
    if (!maze_free(cell, net, edge))
        return -1;
    if (cell->net < 0)
        return cell->shy ? COST_SHY : 0;
    if (cell->net == net || cell->under == net)
        return -1;
    return maze_crosses(cell, way) ? COST_CROSS : rip ? COST_RIP : -1;
}

/* What is left to the goal at the least: steps, and turns, for it is entered from its left. */
static int least_left(int dx, int dy, enum maze_way way)
{
    int turns, steps = abs(dx) + abs(dy) + (dx <= 0 ? 2 : 0);
    if (way == WAY_RIGHT)
        turns = dx < 0 || (dx == 0 && dy) ? 4 : dy ? 2 : 0;
    else if (way == WAY_LEFT)
        turns = dy ? 2 : 4;
    else
        turns = dx <= 0 || (dy && (dy < 0) != (way == WAY_UP)) ? 3 : 1;
    if (dx == 0 && dy == 0 && way == WAY_RIGHT)
        return 0;
    return steps + turns * COST_TURN;
}

static void relax(struct maze *m, struct lay_point at, enum maze_way way, int cost, int before, struct lay_point goal)
{
    int index = ((at.y - m->y0) * m->w + at.x - m->x0) * 4 + (int)way;
    struct maze_seen *seen = &m->seen[index];
    if (seen->stamp == m->now && seen->cost <= cost)
        return;
    int left = least_left(goal.x - at.x, goal.y - at.y, way);
    int estimate = cost + left + (m->hasty ? left / 2 : 0);
    if (estimate > COST_MAX)
        return;
    *seen = (struct maze_seen){m->now, cost, before};
    heap_push(m, make_step(cost, estimate, index));
}

static struct lay_point point_of(const struct maze *m, int cell)
{
    int row = cell / m->w;
    return (struct lay_point){m->x0 + cell - row * m->w, m->y0 + row};
}

void maze_add_point(struct maze *m, int x, int y)
{
    GROW(m->points, m->point_count, m->point_cap);
    m->points[m->point_count++] = (struct lay_point){x, y};
}

/* The cells of the way that ends in a step, on to the net's output. */
static void trace(struct maze *m, int index, int net)
{
    m->point_count = 0;
    for (; index >= 0; index = m->seen[index].before) {
        struct lay_point at = point_of(m, index / 4);
        maze_add_point(m, at.x, at.y);
    }
    /* the last is a cell that the net has already, or its first: on along it */
    for (;;) {
        struct lay_point at = m->points[m->point_count - 1];
        const struct maze_cell *cell = maze_at(m, at.x, at.y);
        enum maze_way from = cell->net < 0 ? WAY_NONE : (enum maze_way)cell->from;
        if (cell->net >= 0 && cell->net != net) /* it goes under another here: straight on, to the right or left */
            from = m->points[m->point_count - 2].x > at.x ? WAY_RIGHT : WAY_LEFT;
        if (from == WAY_NONE)
            return;
        maze_add_point(m, at.x - way_dx[from], at.y - way_dy[from]);
    }
}

/* The ways on from a cell. */
static void expand(struct maze *m, maze_step step, struct lay_point at, int edge, struct lay_point goal, bool rip)
{
    int net = m->lay->edges[edge].net, index = step_index(step);
    enum maze_way came = (enum maze_way)(index % 4);
    const struct maze_cell *here = &m->grid[index / 4];
    bool first = m->seen[index].before < 0;
    bool straight = !first && here->net >= 0 && here->net != net && maze_crosses(here, came);
    /* the first cell beside an output leads right, and so does the last beside an input */
    bool output = first && (here->net < 0 || here->from == WAY_NONE);
    for (int way = 0; way < 4; way++) {
        struct lay_point next = {at.x + way_dx[way], at.y + way_dy[way]};
        bool back = way == ((int)came ^ 1), turn = way != (int)came;
        if (back || (turn && straight) || !maze_has(m, next.x, next.y))
            continue;
        if ((output || (next.x == goal.x && next.y == goal.y)) && way != WAY_RIGHT)
            continue;
        int extra = cost_to_enter(here + way_dy[way] * m->w + way_dx[way], net, edge, (enum maze_way)way, rip);
        if (extra >= 0)
            relax(m, next, (enum maze_way)way, step_cost(step) + 1 + extra + (turn ? COST_TURN : 0), index, goal);
    }
}

bool maze_find(struct maze *m, int edge, struct lay_point start, struct lay_point goal, bool rip)
{
    int net = m->lay->edges[edge].net;
    const struct maze_own *own = &m->own[net];
    m->heap_count = 0;
    m->now++;
    for (int i = 0; i < own->count; i++) {
        const struct maze_cell *cell = &m->grid[own->cells[i]];
        enum maze_way way = cell->from == WAY_NONE ? WAY_RIGHT : (enum maze_way)cell->from;
        if (cell->net == net && cell->under < 0 && cell->edge < 0)
            relax(m, point_of(m, own->cells[i]), way, 0, -1, goal);
    }
    if (!own->count)
        relax(m, start, WAY_RIGHT, 0, -1, goal);
    int most = rip ? INT_MAX : SEARCH_MAX;
    while (m->heap_count && most-- > 0 && m->steps_left-- > 0) {
        maze_step step = heap_pop(m);
        int index = step_index(step);
        if (step_cost(step) > m->seen[index].cost)
            continue;
        struct lay_point at = point_of(m, index / 4);
        if (at.x == goal.x && at.y == goal.y) {
            trace(m, index, net);
            return true;
        }
        expand(m, step, at, edge, goal, rip);
    }
    return false;
}

void maze_mark(struct maze *m, int net)
{
    struct maze_own *own = &m->own[net];
    for (int i = m->point_count - 1; i >= 0; i--) {
        struct lay_point at = m->points[i];
        struct lay_point in = i + 1 < m->point_count ? m->points[i + 1] : (struct lay_point){at.x - 1, at.y};
        struct lay_point out = i > 0 ? m->points[i - 1] : (struct lay_point){at.x + 1, at.y};
        if (!maze_has(m, at.x, at.y))
            continue;
        struct maze_cell *cell = maze_at(m, at.x, at.y);
        uint8_t axes = (uint8_t)((in.y != at.y || out.y != at.y ? 1 : 0) | (in.x != at.x || out.x != at.x ? 2 : 0));
        enum maze_way from = in.x < at.x ? WAY_RIGHT : in.x > at.x ? WAY_LEFT : in.y < at.y ? WAY_DOWN : WAY_UP;
        if (cell->net == net) {
            cell->axes |= axes;
        } else if (cell->under == net) {
            continue;
        } else if (cell->net >= 0 && axes == 2) {
            cell->under = net;
        } else {
            cell->under = cell->net;
            cell->net = net;
            cell->axes = axes;
            cell->from = i == m->point_count - 1 ? WAY_NONE : (uint8_t)from;
            GROW(own->cells, own->count, own->cap);
            own->cells[own->count++] = (at.y - m->y0) * m->w + at.x - m->x0;
        }
    }
}
