#include "graph/layout_internal.h"

/* Places from the document. The boxes that have one stand there; the others stay where the ranks put them, or move out
 * of the way. Wires then find their ways one by one over the cells between: the cheapest way by length and turns, that
 * meets other nets only by crossing them straight. */

#define PIN_MAX 2000 /* columns and rows; places further out are brought in */
#define GRID_MAX 1500000
#define MARGIN 12
#define GAP_X 3
#define GAP_Y 1
#define COST_TURN 4
#define COST_CROSS 3

enum way { WAY_UP, WAY_DOWN, WAY_LEFT, WAY_RIGHT, WAY_NONE };
static const int way_dx[] = {0, 0, -1, 1}, way_dy[] = {-1, 1, 0, 0};

struct grid_cell {
    int net;        /* that runs here, -1: none */
    int under;      /* that crosses it from left to right, -1: none */
    int only;       /* reserved for this net (beside its output); -1: nobody's, -2: a box */
    int edge;       /* reserved for this edge (beside its input); -1: nobody's */
    uint8_t axes;   /* of net: 1 up-down, 2 left-right, 3 a corner or branch */
    uint8_t from;   /* way by which the net came here */
};

struct step { /* a cell entered in some way */
    int cost, estimate, index; /* index: cell * 4 + way */
};

struct router {
    struct lay *lay;
    int x0, y0, w, h;
    struct grid_cell *grid;
    int *cost;          /* by cell and way; valid where stamp matches */
    int *before;        /* the step before, or -1 at the net's own cell */
    uint32_t *stamp, now;
    struct step *heap;
    int heap_count, heap_cap;
    struct lay_point *points;
    int point_cap;
};

static bool overlap(const struct layout_box *a, const struct layout_box *b)
{
    return a->x < b->x + b->w + GAP_X && b->x < a->x + a->w + GAP_X && a->y < b->y + b->h + GAP_Y &&
           b->y < a->y + a->h + GAP_Y;
}

/* Moves a box to the right of or below what it would touch, until it stands free. */
static void put_box(struct layout_box *boxes, const bool *placed, size_t count, size_t index)
{
    struct layout_box *box = &boxes[index];
    bool again = true;
    for (size_t tries = 0; again && tries <= 2 * count; tries++) {
        again = false;
        for (size_t i = 0; i < count && !again; i++) {
            const struct layout_box *other = &boxes[i];
            if (!placed[i] || i == index || !overlap(box, other))
                continue;
            if (2 * box->x + box->w > 2 * other->x + other->w + other->w && tries < count)
                box->x = other->x + other->w + GAP_X;
            else
                box->y = other->y + other->h + GAP_Y;
            again = true;
        }
    }
}

/* Every box with a place stands there already, or would where there is no room to spare: such a place was taken from a
 * narrower screen, and binds nobody on a wide one. */
static bool pins_agree(const struct lay *lay)
{
    for (size_t i = 0; i < lay->out->box_count; i++) {
        const struct graph_thing *thing = &lay->graph->things[i];
        const struct layout_box *box = &lay->out->boxes[i];
        if (thing->pinned && (thing->y != box->y || (thing->x != box->x && thing->x != lay->tight_x[i])))
            return false;
    }
    return true;
}

/* False: every box already stands where it should. */
static bool put_boxes(struct lay *lay, struct layout_box *boxes)
{
    size_t count = lay->out->box_count;
    bool *placed = xcalloc(count + 1, sizeof *placed), moved = false;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++) {
            const struct graph_thing *thing = &lay->graph->things[i];
            if (thing->pinned != (pass == 0))
                continue;
            if (thing->pinned) {
                boxes[i].x = MIN(MAX(thing->x, 0), PIN_MAX);
                boxes[i].y = MIN(MAX(thing->y, 0), PIN_MAX);
            }
            put_box(boxes, placed, count, i);
            placed[i] = true;
            moved = moved || boxes[i].x != lay->out->boxes[i].x || boxes[i].y != lay->out->boxes[i].y;
        }
    free(placed);
    return moved;
}

static struct grid_cell *cell_at(const struct router *r, int x, int y)
{
    return &r->grid[(y - r->y0) * r->w + x - r->x0];
}

static bool make_grid(struct router *r, const struct layout_box *boxes)
{
    int right = 0, bottom = 0;
    for (size_t i = 0; i < r->lay->out->box_count; i++) {
        right = MAX(right, boxes[i].x + boxes[i].w);
        bottom = MAX(bottom, boxes[i].y + boxes[i].h);
    }
    r->x0 = r->y0 = -MARGIN;
    r->w = right + 2 * MARGIN;
    r->h = bottom + 2 * MARGIN;
    if ((int64_t)r->w * r->h > GRID_MAX)
        return false;
    size_t cells = (size_t)r->w * (size_t)r->h;
    r->grid = xcalloc(cells, sizeof *r->grid);
    for (size_t i = 0; i < cells; i++)
        r->grid[i] = (struct grid_cell){.net = -1, .under = -1, .only = -1, .edge = -1};
    r->cost = xcalloc(cells * 4, sizeof *r->cost);
    r->before = xcalloc(cells * 4, sizeof *r->before);
    r->stamp = xcalloc(cells * 4, sizeof *r->stamp);
    for (size_t i = 0; i < r->lay->out->box_count; i++)
        for (int y = 0; y < boxes[i].h; y++)
            for (int x = 0; x < boxes[i].w; x++)
                cell_at(r, boxes[i].x + x, boxes[i].y + y)->only = -2;
    /* The cells beside each port are its own: one for the stem, two for the arrow. */
    for (int e = 0; e < r->lay->edge_count; e++) {
        const struct lay_edge *edge = &r->lay->edges[e];
        const struct layout_box *from = &boxes[edge->from], *to = &boxes[edge->to];
        int out_y = from->y + lay_output_row(r->lay, edge->from, edge->output);
        int in_y = to->y + lay_input_row(r->lay, edge);
        cell_at(r, from->x + from->w, out_y)->only = edge->net;
        cell_at(r, to->x - 1, in_y)->edge = e;
        cell_at(r, to->x - 2, in_y)->edge = e;
    }
    return true;
}

static bool cheaper(const struct step *a, const struct step *b)
{
    return a->estimate != b->estimate ? a->estimate < b->estimate : a->index < b->index;
}

static void heap_push(struct router *r, struct step step)
{
    GROW(r->heap, r->heap_count, r->heap_cap);
    int i = r->heap_count++;
    for (; i > 0 && cheaper(&step, &r->heap[(i - 1) / 2]); i = (i - 1) / 2)
        r->heap[i] = r->heap[(i - 1) / 2];
    r->heap[i] = step;
}

static struct step heap_pop(struct router *r)
{
    struct step top = r->heap[0], last = r->heap[--r->heap_count];
    int i = 0;
    for (int child; (child = 2 * i + 1) < r->heap_count; i = child) {
        if (child + 1 < r->heap_count && cheaper(&r->heap[child + 1], &r->heap[child]))
            child++;
        if (!cheaper(&r->heap[child], &last))
            break;
        r->heap[i] = r->heap[child];
    }
    r->heap[i] = last;
    return top;
}

/* What entering a cell that way costs, beside its step; -1: it cannot be. *straight: no turn may be made there. */
static int cost_to_enter(const struct grid_cell *cell, int net, int edge, enum way way, bool *straight)
{
    *straight = false;
    if (cell->only == -2 || (cell->only >= 0 && cell->only != net) || (cell->edge >= 0 && cell->edge != edge))
        return -1;
    if (cell->net < 0)
        return 0;
    uint8_t axis = way == WAY_UP || way == WAY_DOWN ? 1 : 2;
    if (cell->net == net || cell->under >= 0 || cell->axes != (3 ^ axis))
        return -1;
    *straight = true;
    return COST_CROSS;
}

static void relax(struct router *r, int index, int cost, int before, int goal_x, int goal_y)
{
    if (r->stamp[index] == r->now && r->cost[index] <= cost)
        return;
    r->stamp[index] = r->now;
    r->cost[index] = cost;
    r->before[index] = before;
    int x = r->x0 + index / 4 % r->w, y = r->y0 + index / 4 / r->w;
    heap_push(r, (struct step){cost, cost + abs(goal_x - x) + abs(goal_y - y), index});
}

static void add_point(struct router *r, int count, int x, int y)
{
    GROW(r->points, count, r->point_cap);
    r->points[count] = (struct lay_point){x, y};
}

/* Cells of the way from an edge's input back to its output go to points. Returns how many; 0: there is no way. */
static int trace(struct router *r, int index, int net)
{
    int count = 0;
    for (; index >= 0; index = r->before[index])
        add_point(r, count++, r->x0 + index / 4 % r->w, r->y0 + index / 4 / r->w);
    /* the last is a cell that the net has already: on along it */
    for (;;) {
        struct lay_point at = r->points[count - 1];
        const struct grid_cell *cell = cell_at(r, at.x, at.y);
        enum way from = cell->from;
        if (cell->net != net) /* it goes under another here: straight on, from left to right or back */
            from = r->points[count - 2].x > at.x ? WAY_RIGHT : WAY_LEFT;
        if (from == WAY_NONE)
            return count;
        add_point(r, count++, at.x - way_dx[from], at.y - way_dy[from]);
    }
}

static int find_way(struct router *r, const int *own, int own_count, int edge, int goal_x, int goal_y)
{
    int net = r->lay->edges[edge].net;
    r->heap_count = 0;
    r->now++;
    for (int i = 0; i < own_count; i++) {
        const struct grid_cell *cell = &r->grid[own[i]];
        enum way way = cell->from == WAY_NONE ? WAY_RIGHT : (enum way)cell->from;
        if (cell->net == net && cell->under < 0 && cell->edge < 0)
            relax(r, own[i] * 4 + (int)way, 0, -1, goal_x, goal_y);
    }
    while (r->heap_count) {
        struct step step = heap_pop(r);
        if (step.cost > r->cost[step.index])
            continue;
        int at = step.index / 4, x = r->x0 + at % r->w, y = r->y0 + at / r->w;
        enum way came = (enum way)(step.index % 4);
        if (x == goal_x && y == goal_y)
            return step.index;
        const struct grid_cell *here = &r->grid[at];
        bool straight = here->net >= 0 && here->net != net, first = r->before[step.index] < 0;
        for (int way = 0; way < 4; way++) {
            int nx = x + way_dx[way], ny = y + way_dy[way];
            bool back = way == ((int)came ^ 1), turn = way != (int)came;
            if (back || (turn && straight) || nx < r->x0 || ny < r->y0 || nx >= r->x0 + r->w || ny >= r->y0 + r->h)
                continue;
            /* the first cell beside an output leads right, and so does the last beside an input */
            if (first && here->from == WAY_NONE && way != WAY_RIGHT)
                continue;
            if (nx == goal_x && ny == goal_y && way != WAY_RIGHT)
                continue;
            bool next_straight;
            int extra = cost_to_enter(cell_at(r, nx, ny), net, edge, (enum way)way, &next_straight);
            if (extra >= 0)
                relax(r, ((ny - r->y0) * r->w + nx - r->x0) * 4 + way,
                      step.cost + 1 + extra + (turn ? COST_TURN : 0), step.index, goal_x, goal_y);
        }
    }
    return -1;
}

/* The points run from the input back to the output. Cells new to the net are marked as its own. */
static void mark_way(struct router *r, int count, int net, int **own, int *own_count, int *own_cap)
{
    for (int i = count - 1; i >= 0; i--) {
        struct lay_point at = r->points[i];
        struct lay_point in = i + 1 < count ? r->points[i + 1] : (struct lay_point){at.x - 1, at.y};
        struct lay_point out = i > 0 ? r->points[i - 1] : (struct lay_point){at.x + 1, at.y};
        struct grid_cell *cell = cell_at(r, at.x, at.y);
        uint8_t axes = (uint8_t)((in.y != at.y || out.y != at.y ? 1 : 0) | (in.x != at.x || out.x != at.x ? 2 : 0));
        enum way from = in.x < at.x ? WAY_RIGHT : in.x > at.x ? WAY_LEFT : in.y < at.y ? WAY_DOWN : WAY_UP;
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
            cell->from = i == count - 1 ? WAY_NONE : (uint8_t)from;
            GROW(*own, *own_count, *own_cap);
            (*own)[(*own_count)++] = (at.y - r->y0) * r->w + at.x - r->x0;
        }
    }
}

/* From cells to corners, from the output on. */
static int corners(struct router *r, int count, struct lay_point *out)
{
    int n = 0;
    for (int i = count - 1; i >= 0; i--) {
        bool inner = i > 0 && i < count - 1;
        if (inner && (r->points[i - 1].x == r->points[i + 1].x || r->points[i - 1].y == r->points[i + 1].y))
            continue;
        out[n++] = r->points[i];
    }
    return n;
}

static bool route_net(struct router *r, const struct layout_box *boxes, int n)
{
    struct lay *lay = r->lay;
    const struct lay_net *net = &lay->nets[n];
    int own_count = 0, own_cap = 0, *own = NULL;
    bool good = true;
    for (int k = 0; k < net->edge_count && good; k++) {
        const struct lay_edge *edge = &lay->edges[net->edge + k];
        const struct layout_box *from = &boxes[edge->from], *to = &boxes[edge->to];
        struct layout_wire *wire = &lay->out->wires[edge->link];
        wire->from_x = from->x + from->w;
        wire->from_y = from->y + lay_output_row(lay, edge->from, edge->output);
        wire->to_x = to->x - 1;
        wire->to_y = to->y + lay_input_row(lay, edge);
        struct lay_point first = {wire->from_x, wire->from_y};
        if (!own_count) {
            struct grid_cell *cell = cell_at(r, first.x, first.y);
            *cell = (struct grid_cell){.net = n, .under = -1, .only = n, .edge = -1, .axes = 2, .from = WAY_NONE};
            GROW(own, own_count, own_cap);
            own[own_count++] = (first.y - r->y0) * r->w + first.x - r->x0;
        }
        int index = find_way(r, own, own_count, net->edge + k, wire->to_x, wire->to_y);
        good = index >= 0;
        if (!good)
            break;
        int count = trace(r, index, n);
        mark_way(r, count, n, &own, &own_count, &own_cap);
        struct lay_point *line = xcalloc((size_t)count + 1, sizeof *line);
        int bends = corners(r, count, line);
        lay_paint_line(lay->paint, line, bends, edge->lane ? 0 : INT_MAX, n, edge->link);
        free(line);
    }
    free(own);
    return good;
}

/* What lies left of or above the origin moves everything. */
static void shift_in(struct lay *lay)
{
    struct layout *out = lay->out;
    struct lay_point least = lay_paint_least(lay->paint);
    int dx = MAX(-least.x, 0), dy = MAX(-least.y, 0);
    lay_paint_shift(lay->paint, 0, dx, dy);
    for (size_t i = 0; i < out->wire_count; i++) {
        out->wires[i].from_x += dx;
        out->wires[i].to_x += dx;
        out->wires[i].from_y += dy;
        out->wires[i].to_y += dy;
    }
    out->width = out->height = 0;
    for (size_t i = 0; i < out->box_count; i++) {
        struct layout_box *box = &out->boxes[i];
        box->x += dx;
        box->y += dy;
        out->width = MAX(out->width, box->x + box->w);
        out->height = MAX(out->height, box->y + box->h);
    }
}

static bool has_pins(const struct graph *graph)
{
    for (size_t i = 0; i < graph->thing_count; i++)
        if (graph->things[i].pinned)
            return true;
    return false;
}

bool lay_pins(struct lay *lay)
{
    if (!has_pins(lay->graph) || pins_agree(lay))
        return true;
    size_t count = lay->out->box_count, wires = lay->out->wire_count;
    struct layout_box *boxes = xmemdup(lay->out->boxes, (count + 1) * sizeof *boxes);
    struct layout_wire *kept_wires = xmemdup(lay->out->wires, (wires + 1) * sizeof *kept_wires);
    struct lay_paint *kept = lay->paint;
    struct router router = {.lay = lay};
    bool good = true;
    if (put_boxes(lay, boxes)) {
        lay->paint = lay_paint_new();
        good = make_grid(&router, boxes);
        for (int n = 0; n < lay->net_count && good; n++)
            good = route_net(&router, boxes, n);
        if (good) {
            memcpy(lay->out->boxes, boxes, count * sizeof *boxes);
            shift_in(lay);
        } else {
            memcpy(lay->out->wires, kept_wires, wires * sizeof *kept_wires);
        }
        lay_paint_free(good ? kept : lay->paint);
        lay->paint = good ? lay->paint : kept;
    }
    free(router.grid);
    free(router.cost);
    free(router.before);
    free(router.stamp);
    free(router.heap);
    free(router.points);
    free(kept_wires);
    free(boxes);
    return good;
}
