#include "graph/layout_maze.h"

/* Places from the document. A box with a place stands there, the one that was moved last before all others; the rest
 * stays where the ranks put it, and what would touch another makes way by as little as it can. */

#define PIN_MAX 2000    /* columns and rows; places further out are brought in */
#define THINGS_MAX 2000 /* more are not placed by hand */
#define STEPS_MAX 800000 /* of all wires in all tries: under a tenth of a second */
#define LEVELS 4
#define GAP_X 3 /* a stem and an arrow */

struct seat {
    int order; /* who is put first: 0 was moved, 1 has a place, 2 neither */
    int thing;
};

struct placer {
    int steps_left; /* that the search for ways may take */
    struct lay *lay;
    struct layout_box *boxes;
    bool *binding;  /* by thing: its place is in force */
    bool *placed;   /* by thing */
    bool *moved;    /* by thing: stands elsewhere than the ranks put it */
    struct seat *seats;
    int *spans;     /* pairs: from, to */
    int level, gap_y;
};

/* The rows of a drawing at full detail that one row of a density stands for, as a fraction. */
static const struct { int rows, of; } scales[LAYOUT_DENSITIES] = {
    [LAYOUT_FULL] = {1, 1}, [LAYOUT_COMPACT] = {4, 3}, [LAYOUT_LINES] = {4, 1}};

static int floor_div(int a, int b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

void layout_place(const struct layout *layout, int x, int y, int *place_x, int *place_y)
{
    int rows = scales[layout->density].rows, of = scales[layout->density].of;
    *place_x = x - layout->shift_x;
    *place_y = -floor_div(-(y - layout->shift_y) * rows, of); /* rounded up, so that it comes back as the same row */
}

/* Where a place is drawn. */
static void drawn_at(const struct lay *lay, const struct graph_thing *thing, int *x, int *y)
{
    enum layout_density density = lay->options->density;
    *x = MIN(MAX(thing->x, -PIN_MAX), PIN_MAX);
    *y = floor_div(MIN(MAX(thing->y, -PIN_MAX), PIN_MAX) * scales[density].of, scales[density].rows);
}

/* A place where the box would stand anyway, on this screen or where there is no room to spare, binds nobody. */
static bool agrees(const struct lay *lay, size_t i, const struct layout *full)
{
    const struct graph_thing *thing = &lay->graph->things[i];
    const struct layout_box *box = &lay->out->boxes[i];
    int x, y;
    drawn_at(lay, thing, &x, &y);
    return (y == box->y && (x == box->x || x == lay->tight_x[i])) ||
           (full && thing->x == full->boxes[i].x && thing->y == full->boxes[i].y);
}

static bool stays_idle(const struct lay *lay, size_t i)
{
    const struct layout_before *before = lay->options->previous ? &lay->options->previous[i] : NULL;
    return before && before->idle && before->idle_x == lay->graph->things[i].x &&
           before->idle_y == lay->graph->things[i].y;
}

/* Which places are in force. Returns how many. */
static int find_binding(struct placer *p)
{
    struct lay *lay = p->lay;
    struct layout *full = NULL;
    int count = 0;
    if (lay->options->density != LAYOUT_FULL) {
        struct layout_options options = layout_defaults;
        options.previous = lay->options->previous;
        full = lay_boxes(lay->graph, &options);
    }
    for (size_t i = 0; i < lay->out->box_count; i++) {
        p->binding[i] = lay->graph->things[i].pinned && !stays_idle(lay, i) && !agrees(lay, i, full);
        count += p->binding[i];
    }
    layout_free(full);
    return count;
}

static int compare_seats(const void *pa, const void *pb)
{
    const struct seat *a = pa, *b = pb;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return a->thing < b->thing ? -1 : a->thing > b->thing;
}

static void order_things(struct placer *p)
{
    const struct layout_before *previous = p->lay->options->previous;
    int count = (int)p->lay->out->box_count;
    for (int i = 0; i < count; i++) {
        const struct graph_thing *thing = &p->lay->graph->things[i];
        bool was = p->binding[i] && previous && previous[i].stood;
        bool moved = was && (previous[i].x != thing->x || previous[i].y != thing->y);
        p->seats[i] = (struct seat){moved ? 0 : p->binding[i] ? 1 : 2, i};
    }
    qsort(p->seats, (size_t)count, sizeof *p->seats, compare_seats);
}

static int compare_spans(const void *pa, const void *pb)
{
    const int *a = pa, *b = pb;
    return a[0] != b[0] ? (a[0] < b[0] ? -1 : 1) : a[1] < b[1] ? -1 : a[1] > b[1];
}

/* The number nearest to `want` that lies in none of the spans; below `least` only where `want` does. */
static int nearest_free(int *spans, int count, int want, int least)
{
    qsort(spans, (size_t)count, 2 * sizeof *spans, compare_spans);
    for (int i = 0; i < count;) {
        int from = spans[2 * i], to = spans[2 * i + 1];
        for (i++; i < count && spans[2 * i] <= to + 1; i++)
            to = MAX(to, spans[2 * i + 1]);
        if (want >= from && want <= to)
            return from - 1 >= MIN(least, want) && want - from <= to - want ? from - 1 : to + 1;
    }
    return want;
}

/* Where the box may stand up or down (sideways: left or right) of where it is. What moves keeps more room around it at
 * the higher levels. */
static int find_free(const struct placer *p, const struct layout_box *box, bool sideways, bool moves)
{
    int count = 0;
    for (size_t i = 0; i < p->lay->out->box_count; i++) {
        const struct layout_box *o = &p->boxes[i];
        if (!p->placed[i])
            continue;
        int level = moves || p->moved[i] ? p->level : 0, gap_x = GAP_X + 2 * level, gap_y = p->gap_y + level;
        bool x = box->x < o->x + o->w + gap_x && o->x < box->x + box->w + gap_x;
        bool y = box->y < o->y + o->h + gap_y && o->y < box->y + box->h + gap_y;
        if (!(sideways ? y : x))
            continue;
        p->spans[2 * count] = sideways ? o->x - gap_x - box->w + 1 : o->y - gap_y - box->h + 1;
        p->spans[2 * count + 1] = sideways ? o->x + o->w + gap_x - 1 : o->y + o->h + gap_y - 1;
        count++;
    }
    return nearest_free(p->spans, count, sideways ? box->x : box->y, 0);
}

/* Makes way by as little as it can; cells are about twice as high as wide. */
static void make_way(const struct placer *p, struct layout_box *box, bool moves)
{
    int x = find_free(p, box, true, moves), y = find_free(p, box, false, moves);
    if (abs(x - box->x) <= 2 * abs(y - box->y))
        box->x = x;
    else
        box->y = y;
}

/* Those that nothing touches first: they stay, and the others find room among them. */
static void put_others(struct placer *p, bool touching)
{
    const struct layout *out = p->lay->out;
    for (size_t i = 0; i < out->box_count; i++) {
        int thing = p->seats[i].thing;
        struct layout_box *box = &p->boxes[thing];
        if (p->placed[thing])
            continue;
        int x = box->x, y = box->y;
        make_way(p, box, touching);
        p->moved[thing] = box->x != x || box->y != y;
        p->placed[thing] = touching || !p->moved[thing];
        if (!p->placed[thing]) {
            box->x = x;
            box->y = y;
        }
    }
}

static bool touch(const struct layout_box *a, const struct layout_box *b, int gap_y)
{
    return a->x < b->x + b->w + GAP_X && b->x < a->x + a->w + GAP_X && a->y < b->y + b->h + gap_y &&
           b->y < a->y + a->h + gap_y;
}

/* Those with places in force, where these are. Where they would touch they are as narrow as they can be: the places
 * were taken from a narrower screen. */
static void put_bound(struct placer *p)
{
    bool narrow = false;
    int count = 0;
    for (; (size_t)count < p->lay->out->box_count && p->seats[count].order < 2; count++) {
        struct layout_box *box = &p->boxes[p->seats[count].thing];
        drawn_at(p->lay, &p->lay->graph->things[p->seats[count].thing], &box->x, &box->y);
        box->bound = true;
        for (int i = 0; i < count && !narrow; i++)
            narrow = touch(box, &p->boxes[p->seats[i].thing], p->gap_y);
    }
    for (int i = 0; i < count; i++) {
        int thing = p->seats[i].thing;
        struct layout_box *box = &p->boxes[thing];
        if (narrow)
            box->w = p->lay->tight_w[thing];
        int x = box->x, y = box->y;
        make_way(p, box, true);
        box->displaced = box->x != x || box->y != y;
        p->moved[thing] = p->placed[thing] = true;
    }
}

/* Where all boxes stand. Each level leaves more room beside those that moved. */
static void put_boxes(struct placer *p, int level)
{
    const struct layout *out = p->lay->out;
    p->level = level;
    p->gap_y = out->density == LAYOUT_LINES ? 0 : 1;
    memcpy(p->boxes, out->boxes, out->box_count * sizeof *p->boxes);
    memset(p->placed, 0, out->box_count * sizeof *p->placed);
    memset(p->moved, 0, out->box_count * sizeof *p->moved);
    put_bound(p);
    put_others(p, false);
    put_others(p, true);
}

/* What lies left of or above the origin moves everything. */
static void shift_in(struct lay *lay)
{
    struct layout *out = lay->out;
    struct lay_point least, most;
    lay_paint_extent(lay->paint, &least, &most);
    for (size_t i = 0; i < out->box_count; i++) {
        least.x = MIN(least.x, out->boxes[i].x);
        least.y = MIN(least.y, out->boxes[i].y);
    }
    int dx = out->shift_x = -least.x, dy = out->shift_y = -least.y;
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

/* Gives up all places but those of what was moved last. False: there are none, or only these. */
static bool give_up_others(struct placer *p)
{
    bool moved = false, others = false;
    for (size_t i = 0; i < p->lay->out->box_count; i++) {
        moved = moved || p->seats[i].order == 0;
        others = others || p->seats[i].order == 1;
        p->seats[i].order = p->seats[i].order ? 2 : 0;
    }
    return moved && others;
}

/* A little more room for what moved is better, and found sooner, than other wires that have to go. */
static bool try_levels(struct placer *p, bool near)
{
    bool good = false;
    for (int level = 0; level < LEVELS && !good; level++) {
        put_boxes(p, level);
        good = lay_reroute(p->lay, p->boxes, p->moved, near, &p->steps_left);
    }
    return good;
}

/* Tries until every wire has a way. */
static bool place_and_route(struct placer *p)
{
    struct layout *out = p->lay->out;
    bool good = false;
    do
        good = try_levels(p, true) || try_levels(p, false);
    while (!good && give_up_others(p));
    if (good) {
        memcpy(out->boxes, p->boxes, out->box_count * sizeof *out->boxes);
        shift_in(p->lay);
    }
    return good;
}

static bool has_pins(const struct graph *graph)
{
    for (size_t i = 0; i < graph->thing_count; i++)
        if (graph->things[i].pinned)
            return true;
    return false;
}

void lay_pins(struct lay *lay)
{
    size_t count = lay->out->box_count;
    for (size_t i = 0; i < count; i++)
        lay->out->boxes[i].order_y = lay->out->boxes[i].y;
    if (!has_pins(lay->graph))
        return;
    struct placer p = {.lay = lay, .steps_left = STEPS_MAX};
    p.boxes = xcalloc(count + 1, sizeof *p.boxes);
    p.binding = xcalloc(count + 1, sizeof *p.binding);
    p.placed = xcalloc(count + 1, sizeof *p.placed);
    p.moved = xcalloc(count + 1, sizeof *p.moved);
    p.seats = xcalloc(count + 1, sizeof *p.seats);
    p.spans = xcalloc(2 * count + 2, sizeof *p.spans);
    bool bound = find_binding(&p) > 0, good = bound && count <= THINGS_MAX;
    if (good) {
        order_things(&p);
        good = place_and_route(&p);
    }
    lay->out->pins_ignored = bound && !good;
    for (size_t i = 0; i < count; i++)
        if (p.binding[i] && !lay->out->boxes[i].bound)
            lay->out->boxes[i].displaced = true;
    free(p.boxes);
    free(p.binding);
    free(p.placed);
    free(p.moved);
    free(p.seats);
    free(p.spans);
}
