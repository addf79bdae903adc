#include "layout_picture.h"

#include "base/text.h"

static size_t thing_index(struct graph *graph, const char *name, size_t len)
{
    for (size_t i = 0; i < graph->thing_count; i++)
        if (strlen(graph->things[i].name) == len && memcmp(graph->things[i].name, name, len) == 0)
            return i;
    return SIZE_MAX;
}

static void add_thing(struct graph *graph, const char *word, size_t len)
{
    const char *at = memchr(word, '@', len);
    graph->things = xreallocarray(graph->things, graph->thing_count + 1, sizeof *graph->things);
    struct graph_thing *thing = &graph->things[graph->thing_count++];
    *thing = (struct graph_thing){.name = xstrndup(word, at ? (size_t)(at - word) : len), .replicas = 1};
    if (at)
        thing->pinned = sscanf(at, "@%d,%d", &thing->x, &thing->y) == 2;
}

static void add_link(struct graph *graph, const char *word, size_t len)
{
    const char *end = word + len, *arrow = memchr(word, '>', len), *dot = memchr(word, '.', len);
    const char *to_dot = memchr(arrow, '.', (size_t)(end - arrow));
    graph->links = xreallocarray(graph->links, graph->link_count + 1, sizeof *graph->links);
    graph->links[graph->link_count++] =
        (struct graph_link){.from = thing_index(graph, word, (size_t)(dot - word)),
                            .to = thing_index(graph, arrow + 1, (size_t)(to_dot - arrow - 1)),
                            .from_port = xstrndup(dot + 1, (size_t)(arrow - dot - 1)),
                            .to_port = xstrndup(to_dot + 1, (size_t)(end - to_dot - 1)),
                            .valid = true};
}

struct graph *picture_graph(const char *text)
{
    struct graph *graph = xcalloc(1, sizeof *graph);
    bool links = false;
    while (*text) {
        size_t len = strcspn(text, " ");
        bool colon = len && text[len - 1] == ':';
        if (links && len)
            add_link(graph, text, len);
        else if (len)
            add_thing(graph, text, len - colon);
        links = links || colon;
        text += len + (text[len] == ' ');
    }
    return graph;
}

/* A graph's texts are its document's; here there is none. */
static void free_text(const char *text)
{
    free((void *)(uintptr_t)text);
}

void picture_graph_free(struct graph *graph)
{
    for (size_t i = 0; i < graph->thing_count; i++)
        free_text(graph->things[i].name);
    for (size_t i = 0; i < graph->link_count; i++) {
        free_text(graph->links[i].from_port);
        free_text(graph->links[i].to_port);
    }
    free(graph->things);
    free(graph->links);
    free(graph);
}

static const char *const lines[16] = {" ", "│", "│", "│", "─", "╯", "╮", "┤", "─", "╰", "╭", "├", "─", "┴", "┬", "┼"};
static const char ascii_lines[17] = " |||-'.+-'.+-+++";

static void put(char **grid, const struct layout *layout, int x, int y, const char *text)
{
    for (; *text; x++) {
        uint32_t cp;
        size_t n = utf8_decode(text, strlen(text), &cp);
        if (x < layout->width && y < layout->height) {
            char *cell = grid[y * layout->width + x];
            memset(cell, 0, 5);
            memcpy(cell, text, n);
        }
        text += n;
    }
}

static void draw_line_box(char **grid, const struct layout *layout, const struct layout_box *box, const char *name)
{
    for (int y = 0; y < box->h; y++) {
        put(grid, layout, box->x, box->y + y, "[");
        put(grid, layout, box->x + box->w - 1, box->y + y, "]");
    }
    put(grid, layout, box->x + 1, box->y, name);
}

static void draw_box(char **grid, const struct graph *graph, const struct layout *layout, size_t i, bool ascii)
{
    const struct layout_box *box = &layout->boxes[i];
    if (layout->density == LAYOUT_LINES) {
        draw_line_box(grid, layout, box, graph->things[i].name);
        return;
    }
    for (int y = 0; y < box->h; y++)
        for (int x = 0; x < box->w; x++) {
            bool top = y == 0, bottom = y == box->h - 1, left = x == 0, right = x == box->w - 1;
            const char *glyph = top ? (left ? "╭" : right ? "╮" : "─") : bottom ? (left ? "╰" : right ? "╯" : "─")
                                : left || right ? "│" : " ";
            if (ascii)
                glyph = (top || bottom) ? (left || right ? "+" : "-") : left || right ? "|" : " ";
            put(grid, layout, box->x + x, box->y + y, glyph);
        }
    put(grid, layout, box->x + 1, box->y, " ");
    put(grid, layout, box->x + 2, box->y, graph->things[i].name);
    put(grid, layout, box->x + 2 + text_width(graph->things[i].name), box->y, " ");
    for (size_t p = 0; p < box->input_count; p++) {
        put(grid, layout, box->x + 2, box->y + box->inputs[p].row, box->inputs[p].name);
        for (int r = 0; r < box->inputs[p].rows; r++)
            put(grid, layout, box->x, box->y + box->inputs[p].row + r, ascii ? "+" : "┤");
    }
    for (size_t p = 0; p < box->output_count; p++) {
        put(grid, layout, box->x + box->w - 2 - text_width(box->outputs[p].name), box->y + box->outputs[p].row,
            box->outputs[p].name);
        put(grid, layout, box->x + box->w - 1, box->y + box->outputs[p].row, ascii ? "+" : "├");
    }
}

void picture_draw(struct buf *out, const struct graph *graph, const struct layout *layout, bool ascii)
{
    size_t count = (size_t)layout->width * (size_t)layout->height;
    char *bytes = xcalloc(count + 1, 5), **grid = xcalloc(count + 1, sizeof *grid);
    for (size_t i = 0; i < count; i++) {
        grid[i] = bytes + i * 5;
        grid[i][0] = ' ';
    }
    for (size_t i = 0; i < layout->cell_count; i++) {
        const struct layout_cell *cell = &layout->cells[i];
        char one[2] = {ascii_lines[cell->bits & 15], 0};
        const char *glyph = ascii ? one : lines[cell->bits & 15];
        if (cell->bits & WIRE_ARROW)
            glyph = ascii ? ">" : "▶";
        else if ((cell->bits & WIRE_DASHED) && (cell->bits & 15) == (WIRE_LEFT | WIRE_RIGHT))
            glyph = ascii ? "~" : "╌";
        else if ((cell->bits & WIRE_DASHED) && (cell->bits & 15) == (WIRE_UP | WIRE_DOWN))
            glyph = ascii ? ":" : "╎";
        put(grid, layout, cell->x, cell->y, glyph);
    }
    for (size_t i = 0; i < layout->box_count; i++)
        draw_box(grid, graph, layout, i, ascii);
    for (int y = 0; y < layout->height; y++) {
        int end = layout->width;
        while (end > 0 && str_eq(grid[y * layout->width + end - 1], " "))
            end--;
        for (int x = 0; x < end; x++)
            buf_adds(out, grid[y * layout->width + x]);
        buf_addc(out, '\n');
    }
    free(grid);
    free(bytes);
}

static bool straight(uint8_t bits)
{
    return bits == (WIRE_LEFT | WIRE_RIGHT) || bits == (WIRE_UP | WIRE_DOWN);
}

/* Follows a wire from its output: at a branch every way is tried, since a stem is shared. */
struct seen {
    int x, y, way;
};

static bool follow(const struct layout *layout, const struct layout_wire *wire, size_t link, int x, int y, int way,
                   int depth)
{
    static const int dx[] = {[WIRE_UP] = 0, [WIRE_DOWN] = 0, [WIRE_LEFT] = -1, [WIRE_RIGHT] = 1};
    static const int dy[] = {[WIRE_UP] = -1, [WIRE_DOWN] = 1, [WIRE_LEFT] = 0, [WIRE_RIGHT] = 0};
    for (; depth < 100000; depth++) {
        const struct layout_cell *cell = layout_cell_at(layout, x, y);
        if (!cell)
            return false;
        int back = way == WIRE_UP ? WIRE_DOWN : way == WIRE_DOWN ? WIRE_UP : way == WIRE_LEFT ? WIRE_RIGHT : WIRE_LEFT;
        int ways;
        if (cell->net == wire->net && (cell->bits & back) && (cell->link == link || cell->link == LAYOUT_NONE))
            ways = cell->bits & 15 & ~back;
        else if (cell->under == wire->net && (way == WIRE_LEFT || way == WIRE_RIGHT))
            ways = way;
        else
            return false;
        if (x == wire->to_x && y == wire->to_y)
            return ways & WIRE_RIGHT;
        for (int w = 1; w < 16; w *= 2)
            if ((ways & w) && ways != w && follow(layout, wire, link, x + dx[w], y + dy[w], w, depth + 1))
                return true;
        if (!ways || (ways & (ways - 1)))
            return false;
        way = ways;
        x += dx[way];
        y += dy[way];
    }
    return false;
}

/* The first link that has the same wire. */
static size_t same_link(const struct graph *graph, const struct layout *layout, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        const struct graph_link *a = &graph->links[i], *b = &graph->links[j];
        const struct layout_wire *x = &layout->wires[i], *y = &layout->wires[j];
        if (a->from == b->from && a->to == b->to && y->drawn && x->output == y->output && x->input == y->input)
            return j;
    }
    return i;
}

const char *picture_fault(const struct graph *graph, const struct layout *layout)
{
    static char why[300];
    for (size_t i = 0; i < layout->box_count; i++) {
        const struct layout_box *a = &layout->boxes[i];
        if (a->x < 0 || a->y < 0 || a->x + a->w > layout->width || a->y + a->h > layout->height)
            return "a box outside the picture";
        for (size_t j = 0; j < i; j++) {
            const struct layout_box *b = &layout->boxes[j];
            if (a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h)
                return "two boxes overlap";
        }
    }
    /* boxes by cell, so that this is not slower than the layout */
    size_t area = (size_t)layout->width * (size_t)layout->height;
    uint8_t *covered = xcalloc(area + 1, 1);
    for (size_t i = 0; i < layout->box_count; i++)
        for (int y = 0; y < layout->boxes[i].h; y++)
            memset(covered + (size_t)(layout->boxes[i].y + y) * (size_t)layout->width + (size_t)layout->boxes[i].x, 1,
                   (size_t)layout->boxes[i].w);
    const char *fault = NULL;
    for (size_t i = 0; i < layout->cell_count && !fault; i++) {
        const struct layout_cell *cell = &layout->cells[i];
        if (cell->x < 0 || cell->y < 0 || cell->x >= layout->width || cell->y >= layout->height)
            fault = "a wire outside the picture";
        else if (covered[(size_t)cell->y * (size_t)layout->width + (size_t)cell->x])
            fault = "a wire through a box";
        else if (cell->under >= 0 && (!straight(cell->bits & 15) || (cell->bits & 15) != (WIRE_UP | WIRE_DOWN)))
            fault = "two nets share a cell and do not cross straight";
        else if (!(cell->bits & 15))
            fault = "a cell without a wire";
        if (fault) {
            snprintf(why, sizeof why, "%.100s at %d,%d", fault, cell->x, cell->y);
            fault = why;
        }
        /* every bit leads to a cell of the same net, or to a box */
        for (int w = 1; w < 16 && !fault; w *= 2) {
            if (!(cell->bits & w))
                continue;
            int x = cell->x + (w == WIRE_RIGHT) - (w == WIRE_LEFT), y = cell->y + (w == WIRE_DOWN) - (w == WIRE_UP);
            const struct layout_cell *next = layout_cell_at(layout, x, y);
            int back = w == WIRE_UP ? WIRE_DOWN : w == WIRE_DOWN ? WIRE_UP : w == WIRE_LEFT ? WIRE_RIGHT : WIRE_LEFT;
            bool joined = next && ((next->net == cell->net && (next->bits & back)) ||
                                   (next->under == cell->net && (w == WIRE_LEFT || w == WIRE_RIGHT)));
            bool box = x >= 0 && x < layout->width && covered[(size_t)y * (size_t)layout->width + (size_t)x] &&
                       (w == WIRE_LEFT || w == WIRE_RIGHT);
            if (!joined && !box) {
                snprintf(why, sizeof why, "a loose end at %d,%d", cell->x, cell->y);
                fault = why;
            }
        }
    }
    free(covered);
    for (size_t i = 0; i < layout->wire_count && !fault; i++) {
        const struct layout_wire *wire = &layout->wires[i];
        if (wire->undrawn)
            continue;
        if (wire->drawn && !follow(layout, wire, same_link(graph, layout, i), wire->from_x, wire->from_y, WIRE_RIGHT, 0)) {
            snprintf(why, sizeof why, "link %zu does not arrive", i);
            fault = why;
        }
        const struct layout_cell *end = wire->drawn ? layout_cell_at(layout, wire->to_x, wire->to_y) : NULL;
        if (!fault && end && end->link != same_link(graph, layout, i)) {
            snprintf(why, sizeof why, "link %zu ends in another's cell", i);
            fault = why;
        }
    }
    return fault;
}
