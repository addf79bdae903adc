#include "graph/layout_internal.h"

/* Lines are kept as corners until all stand where they will stay; then they become cells.
 *
 * The lines of a net are a tree from its output. Each is walked from its end back towards the output, until it comes
 * into a cell that two others came into in the same way: from there on nothing new can be said. */

#define CELLS_MAX 400000 /* of a picture; wires that come later have none */
#define GRID_MAX 1000000 /* a picture up to this size that has a wire in many of its cells is a grid while it is drawn, */
#define GRID_FILLED 8    /* in one of so many; another one a table of its cells */

struct stroke {
    int first, count; /* points */
    int dash;
    int net;
    size_t link;
};

struct lay_paint {
    struct stroke *strokes;
    int count, cap;
    struct lay_point *points;
    int point_count, point_cap;
    struct layout_cell *cells;
    size_t cell_count, cell_cap;
    uint8_t *visits; /* by cell: for each way in two bits, how many lines came (2: two or more) */
    size_t visits_cap;
    uint32_t *grid;  /* of cells by row and column: index + 1; or NULL */
    int grid_w;
    uint32_t *slots; /* of cells by place: index + 1 */
    size_t slot_mask;
};

struct lay_paint *lay_paint_new(void)
{
    return xcalloc(1, sizeof(struct lay_paint));
}

void lay_paint_free(struct lay_paint *paint)
{
    free(paint->strokes);
    free(paint->points);
    free(paint->slots);
    free(paint->grid);
    free(paint->cells);
    free(paint->visits);
    free(paint);
}

void lay_paint_line(struct lay_paint *paint, const struct lay_point *points, int count, int dash, int net, size_t link)
{
    GROW(paint->strokes, paint->count, paint->cap);
    paint->strokes[paint->count++] = (struct stroke){paint->point_count, count, dash, net, link};
    for (int i = 0; i < count; i++) {
        GROW(paint->points, paint->point_count, paint->point_cap);
        paint->points[paint->point_count++] = points[i];
    }
}

int lay_paint_mark(const struct lay_paint *paint)
{
    return paint->count;
}

void lay_paint_shift(struct lay_paint *paint, int mark, int dx, int dy)
{
    for (int i = mark < paint->count ? paint->strokes[mark].first : paint->point_count; i < paint->point_count; i++) {
        paint->points[i].x += dx;
        paint->points[i].y += dy;
    }
}

void lay_paint_extent(const struct lay_paint *paint, struct lay_point *least, struct lay_point *most)
{
    *least = *most = (struct lay_point){0, 0};
    for (int i = 0; i < paint->point_count; i++) {
        least->x = MIN(least->x, paint->points[i].x);
        least->y = MIN(least->y, paint->points[i].y);
        most->x = MAX(most->x, paint->points[i].x + 1);
        most->y = MAX(most->y, paint->points[i].y + 1);
    }
}

size_t lay_paint_get(const struct lay_paint *paint, int index, struct lay_point **points, int *count, int *dash)
{
    const struct stroke *stroke = &paint->strokes[index];
    *points = paint->points + stroke->first;
    *count = stroke->count;
    *dash = stroke->dash;
    return stroke->link;
}

static size_t slot_of(const struct lay_paint *paint, int x, int y)
{
    uint32_t hash = (uint32_t)x * 2654435761u ^ (uint32_t)y * 2246822519u;
    size_t i = (hash ^ hash >> 15) & paint->slot_mask;
    for (; paint->slots[i]; i = (i + 1) & paint->slot_mask) {
        const struct layout_cell *cell = &paint->cells[paint->slots[i] - 1];
        if (cell->x == x && cell->y == y)
            break;
    }
    return i;
}

static void make_slots(struct lay_paint *paint, size_t least)
{
    size_t slots = 1024;
    while (slots < least)
        slots *= 2;
    free(paint->slots);
    paint->slots = xcalloc(slots, sizeof *paint->slots);
    paint->slot_mask = slots - 1;
    for (size_t i = 0; i < paint->cell_count; i++)
        paint->slots[slot_of(paint, paint->cells[i].x, paint->cells[i].y)] = (uint32_t)(i + 1);
}

static size_t cell_at(struct lay_paint *paint, int x, int y)
{
    if (!paint->grid && paint->cell_count * 2 >= paint->slot_mask)
        make_slots(paint, (paint->slot_mask + 1) * 2);
    uint32_t *slot = paint->grid ? &paint->grid[(size_t)y * (size_t)paint->grid_w + (size_t)x]
                                 : &paint->slots[slot_of(paint, x, y)];
    if (*slot)
        return *slot - 1;
    size_t at = paint->cell_count, visits = at;
    GROW(paint->cells, paint->cell_count, paint->cell_cap);
    GROW(paint->visits, visits, paint->visits_cap);
    paint->cells[at] =
        (struct layout_cell){.x = x, .y = y, .net = -1, .under = -1, .link = LAYOUT_NONE, .under_link = LAYOUT_NONE};
    paint->visits[at] = 0;
    *slot = (uint32_t)++paint->cell_count;
    return at;
}

/* LAYOUT_NONE once two links went through. */
static void join(size_t *link, size_t with, bool first)
{
    *link = first ? with : *link == with ? with : LAYOUT_NONE;
}

/* Comes into a cell from `in`, and leaves it by the other bits. False: others came the same way before. */
static bool mark_cell(struct lay_paint *paint, const struct stroke *stroke, struct lay_point at, uint8_t in,
                      uint8_t out, bool dashed)
{
    size_t index = cell_at(paint, at.x, at.y);
    struct layout_cell *cell = &paint->cells[index];
    uint8_t bits = in | out, shift = in == WIRE_UP ? 0 : in == WIRE_DOWN ? 2 : in == WIRE_LEFT ? 4 : 6;
    unsigned came = paint->visits[index] >> shift & 3u;
    bool was_dashed = cell->bits & WIRE_DASHED, under_dashed = cell->under_dashed;
    if (cell->net < 0 || cell->net == stroke->net) {
        join(&cell->link, stroke->link, cell->net < 0);
        /* dashed only while all that runs here is */
        bool was = cell->net < 0 || (cell->bits & WIRE_DASHED);
        cell->bits = (uint8_t)(((cell->bits | bits) & ~WIRE_DASHED) | (was && dashed ? WIRE_DASHED : 0));
        cell->net = stroke->net;
    } else if (bits == (WIRE_LEFT | WIRE_RIGHT)) {
        join(&cell->under_link, stroke->link, cell->under < 0);
        cell->under_dashed = dashed && (cell->under < 0 || cell->under_dashed);
        cell->under = stroke->net;
    } else {
        if (cell->under < 0) { /* what lay here runs across: it goes under */
            cell->under = cell->net;
            cell->under_link = cell->link;
            cell->under_dashed = cell->bits & WIRE_DASHED;
            cell->bits = 0;
        }
        join(&cell->link, stroke->link, !cell->bits);
        bool was = !cell->bits || (cell->bits & WIRE_DASHED);
        cell->bits = (uint8_t)(((cell->bits | bits) & ~WIRE_DASHED) | (was && dashed ? WIRE_DASHED : 0));
        cell->net = stroke->net;
    }
    if (came < 2)
        paint->visits[index] = (uint8_t)(paint->visits[index] + (1u << shift));
    return came < 2 || was_dashed != (bool)(cell->bits & WIRE_DASHED) || under_dashed != cell->under_dashed;
}

static uint8_t toward(struct lay_point from, struct lay_point to)
{
    if (to.x != from.x)
        return to.x > from.x ? WIRE_RIGHT : WIRE_LEFT;
    return to.y > from.y ? WIRE_DOWN : WIRE_UP;
}

static uint8_t opposite(uint8_t bit)
{
    return bit == WIRE_UP ? WIRE_DOWN : bit == WIRE_DOWN ? WIRE_UP : bit == WIRE_LEFT ? WIRE_RIGHT : WIRE_LEFT;
}

static void draw_stroke(struct lay_paint *paint, const struct stroke *stroke)
{
    const struct lay_point *points = paint->points + stroke->first;
    uint8_t out = WIRE_RIGHT; /* to the input's box */
    for (int i = stroke->count - 1; i > 0; i--) {
        struct lay_point at = points[i];
        uint8_t in = toward(at, points[i - 1]);
        int dx = in == WIRE_RIGHT ? 1 : in == WIRE_LEFT ? -1 : 0, dy = in == WIRE_DOWN ? 1 : in == WIRE_UP ? -1 : 0;
        for (; at.x != points[i - 1].x || at.y != points[i - 1].y; at.x += dx, at.y += dy) {
            bool corner = at.x == points[i].x && at.y == points[i].y;
            if (!mark_cell(paint, stroke, at, in, out, i - (corner ? 0 : 1) >= stroke->dash))
                return;
            out = opposite(in);
        }
    }
    mark_cell(paint, stroke, points[0], WIRE_LEFT, out, stroke->dash == 0);
}

/* By column, then stably by row: each a counting sort. */
static struct layout_cell *sort_cells(const struct lay_paint *paint, struct layout *out)
{
    struct layout_cell *sorted = xreallocarray(NULL, paint->cell_count + 1, sizeof *sorted);
    uint32_t *by_x = xreallocarray(NULL, paint->cell_count + 1, sizeof *by_x);
    size_t *start = xcalloc((size_t)MAX(out->width, out->height) + 2, sizeof *start);
    for (size_t i = 0; i < paint->cell_count; i++)
        start[paint->cells[i].x + 1]++;
    for (int x = 1; x <= out->width; x++)
        start[x] += start[x - 1];
    for (size_t i = 0; i < paint->cell_count; i++)
        by_x[start[paint->cells[i].x]++] = (uint32_t)i;
    out->rows = xcalloc((size_t)out->height + 2, sizeof *out->rows);
    for (size_t i = 0; i < paint->cell_count; i++)
        out->rows[paint->cells[i].y + 1]++;
    for (int y = 1; y <= out->height; y++)
        out->rows[y] += out->rows[y - 1];
    memcpy(start, out->rows, ((size_t)out->height + 1) * sizeof *start);
    for (size_t i = 0; i < paint->cell_count; i++) {
        const struct layout_cell *cell = &paint->cells[by_x[i]];
        sorted[start[cell->y]++] = *cell;
    }
    free(by_x);
    free(start);
    return sorted;
}

/* The arrow of each wire, and the free cells before it. */
#define LABEL_MAX 64

/* The cell beside it in its row, or NULL: they lie in order. */
static const struct layout_cell *left_of(const struct layout *out, const struct layout_cell *cell)
{
    return cell > out->cells && cell[-1].y == cell->y && cell[-1].x == cell->x - 1 ? cell - 1 : NULL;
}

static bool runs_across(const struct layout_cell *cell)
{
    return cell->under < 0 && (cell->bits & ~WIRE_DASHED) == (WIRE_LEFT | WIRE_RIGHT);
}

static void set_arrows(struct layout *out)
{
    for (size_t i = 0; i < out->wire_count; i++) {
        struct layout_wire *wire = &out->wires[i];
        if (!wire->drawn || wire->undrawn)
            continue;
        struct layout_cell *arrow = (struct layout_cell *)layout_cell_at(out, wire->to_x, wire->to_y);
        if (!arrow)
            continue;
        const struct layout_cell *left = left_of(out, arrow);
        if (runs_across(arrow) && arrow->net == wire->net && left && runs_across(left) && left->net == wire->net)
            arrow--;
        arrow->bits |= WIRE_ARROW;
        wire->label_x = arrow->x;
        for (left = left_of(out, arrow); left && runs_across(left) && left->link == arrow->link; left = left_of(out, left)) {
            if (wire->label_room == LABEL_MAX)
                break;
            wire->label_x--;
            wire->label_room++;
        }
    }
}

static int64_t length(const struct lay_paint *paint, const struct stroke *stroke)
{
    const struct lay_point *p = paint->points + stroke->first;
    int64_t cells = 1;
    for (int i = 0; i + 1 < stroke->count; i++)
        cells += abs(p[i].x - p[i + 1].x) + abs(p[i].y - p[i + 1].y);
    return cells;
}

static int compare_strokes(const void *pa, const void *pb, void *data)
{
    const struct stroke *a = pa, *b = pb;
    int64_t x = length(data, a), y = length(data, b);
    return x != y ? (x < y ? -1 : 1) : a->first < b->first ? -1 : a->first > b->first;
}

void lay_paint_finish(struct lay_paint *paint, struct layout *out)
{
    int64_t total = 0;
    struct lay_point least, most;
    lay_paint_extent(paint, &least, &most);
    for (int s = 0; s < paint->count; s++)
        total += length(paint, &paint->strokes[s]);
    int64_t area = (int64_t)most.x * most.y;
    if (area <= GRID_MAX && area <= total * GRID_FILLED) {
        paint->grid = xcalloc((size_t)most.x * (size_t)most.y + 1, sizeof *paint->grid);
        paint->grid_w = most.x;
    } else {
        make_slots(paint, (size_t)MIN(total, CELLS_MAX) * 2 + 2);
    }
    if (total > CELLS_MAX) /* the long ones are left out then */
        qsort_r(paint->strokes, (size_t)paint->count, sizeof *paint->strokes, compare_strokes, paint);
    for (int s = 0; s < paint->count; s++) {
        if (paint->cell_count < CELLS_MAX)
            draw_stroke(paint, &paint->strokes[s]);
        else
            out->wires[paint->strokes[s].link].undrawn = true;
    }
    for (size_t i = 0; i < paint->cell_count; i++) {
        out->width = MAX(out->width, paint->cells[i].x + 1);
        out->height = MAX(out->height, paint->cells[i].y + 1);
    }
    out->cells = sort_cells(paint, out);
    out->cell_count = paint->cell_count;
    set_arrows(out);
}
