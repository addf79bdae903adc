#include "graph/layout.h"

#include "base/text.h"
#include "graph/layout_internal.h"

#define FULL                                                                                                           \
    .density = LAYOUT_FULL, .body_rows = 1, .min_rows = 2, .min_width = 18, .full_width = 27, .max_width = 44,         \
    .note = 13, .room = 16
const struct layout_options layout_defaults = {FULL};
const struct layout_options layout_densities[LAYOUT_DENSITIES] = {
    [LAYOUT_FULL] = {FULL},
    [LAYOUT_COMPACT] = {.density = LAYOUT_COMPACT, .min_rows = 1, .min_width = 14, .full_width = 24, .max_width = 36,
                        .note = 6, .room = 12},
    [LAYOUT_LINES] = {.density = LAYOUT_LINES, .min_rows = 1, .min_width = 10, .full_width = 30, .max_width = 40,
                      .note = 7, .room = 16},
};

struct end { /* a link's ends, to sort and compare */
    int from, output, to, input;
    size_t link;
};

static int compare_ends(const void *pa, const void *pb)
{
    const struct end *a = pa, *b = pb;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->output != b->output)
        return a->output < b->output ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    if (a->input != b->input)
        return a->input < b->input ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

/* Links to edges (the same one twice is one) and source ports to nets. */
static void make_nets(struct lay *lay)
{
    const struct graph *graph = lay->graph;
    struct end *ends = arena_zeroed(lay->memory, graph->link_count + 1, sizeof *ends);
    size_t count = 0;
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct layout_wire *wire = &lay->out->wires[i];
        if (wire->drawn)
            ends[count++] = (struct end){(int)graph->links[i].from, (int)wire->output, (int)graph->links[i].to,
                                         (int)wire->input, i};
    }
    qsort(ends, count, sizeof *ends, compare_ends);
    lay->edges = arena_zeroed(lay->memory, count + 1, sizeof *lay->edges);
    lay->nets = arena_zeroed(lay->memory, count + 1, sizeof *lay->nets);
    lay->edge_of = arena_zeroed(lay->memory, graph->link_count + 1, sizeof *lay->edge_of);
    for (size_t i = 0; i < count; i++) {
        const struct end *end = &ends[i], *before = i ? &ends[i - 1] : NULL;
        bool same_net = before && before->from == end->from && before->output == end->output;
        if (!same_net)
            lay->nets[lay->net_count++] =
                (struct lay_net){.thing = end->from, .output = end->output, .edge = lay->edge_count};
        if (!(same_net && before->to == end->to && before->input == end->input)) {
            lay->edges[lay->edge_count++] = (struct lay_edge){
                .net = lay->net_count - 1, .from = end->from, .to = end->to, .output = end->output,
                .input = end->input, .link = end->link, .riser = -1};
            lay->nets[lay->net_count - 1].edge_count++;
            struct layout_port *port = &lay->out->boxes[end->to].inputs[end->input];
            lay->edges[lay->edge_count - 1].slot = port->rows++; /* counted from 0 here, set right below */
        }
        lay->out->wires[end->link].net = lay->net_count - 1;
        lay->edge_of[end->link] = lay->edge_count - 1;
    }
}

int lay_output_row(const struct lay *lay, int thing, int output)
{
    return lay->out->boxes[thing].outputs[output].row;
}

int lay_input_row(const struct lay *lay, const struct lay_edge *edge)
{
    return lay->out->boxes[edge->to].inputs[edge->input].row + edge->slot;
}

static int find_root(int *parent, int i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* Numbers the components by their first thing. Returns how many. */
static int find_components(struct lay *lay)
{
    int things = (int)lay->out->box_count, count = 0;
    int *parent = arena_zeroed(lay->memory, (size_t)things + 1, sizeof *parent);
    for (int i = 0; i < things; i++)
        parent[i] = i;
    for (int e = 0; e < lay->edge_count; e++) {
        int a = find_root(parent, lay->edges[e].from), b = find_root(parent, lay->edges[e].to);
        parent[MAX(a, b)] = MIN(a, b);
    }
    for (int i = 0; i < things; i++) {
        int root = find_root(parent, i);
        lay->component[i] = root == i ? count++ : lay->component[root];
    }
    return count;
}

static void forget_component(struct lay *lay, struct arena_mark mark)
{
    arena_back(lay->memory, mark);
    lay->rank_count = lay->node_count = lay->hop_count = lay->run_count = lay->net_run_count = lay->lane_count = 0;
}

struct shelf { /* components stand side by side while they fit, then on the next shelf */
    int number, was; /* was: its number in the layout before, as far as it is known; 0: it is not */
    int x, y, height, limit;
};

/* was: on which shelf the component at hand stood before, 0: that is not known. */
static void put_on_shelf(struct lay *lay, struct shelf *shelf, int was, int mark)
{
    int gap = lay->options->density == LAYOUT_LINES && lay->thing_count == 1 ? 0 : 1;
    bool apart = was && shelf->was && was != shelf->was;
    if (shelf->x > 0 && (apart || shelf->x + lay->width > shelf->limit)) {
        shelf->y += shelf->height + gap;
        shelf->x = shelf->height = shelf->was = 0;
        shelf->number++;
    }
    shelf->was = was ? was : shelf->was;
    int dx = shelf->x, dy = shelf->y - lay->top;
    for (int i = 0; i < lay->thing_count; i++) {
        lay->out->boxes[lay->things[i]].x += dx;
        lay->tight_x[lay->things[i]] += dx;
        lay->out->boxes[lay->things[i]].y += dy;
        lay->out->boxes[lay->things[i]].shelf = shelf->number;
    }
    for (int i = 0; i < lay->net_list_count; i++)
        for (int k = 0; k < lay->nets[lay->net_list[i]].edge_count; k++) {
            struct layout_wire *wire = &lay->out->wires[lay->edges[lay->nets[lay->net_list[i]].edge + k].link];
            wire->from_x += dx;
            wire->from_y += dy;
            wire->to_x += dx;
            wire->to_y += dy;
        }
    lay_paint_shift(lay->paint, mark, dx, dy);
    lay->out->width = MAX(lay->out->width, shelf->x + lay->width);
    lay->out->height = MAX(lay->out->height, shelf->y + lay->height);
    shelf->x += lay->width + 3;
    shelf->height = MAX(shelf->height, lay->height);
}

static void layout_component(struct lay *lay, struct shelf *shelf, int was)
{
    struct arena_mark before = arena_mark(lay->memory);
    int mark = lay_paint_mark(lay->paint);
    lay_rank(lay);
    lay_order(lay);
    lay_place(lay);
    lay_route(lay);
    lay_paint_edges(lay);
    put_on_shelf(lay, shelf, was, mark);
    forget_component(lay, before);
}

struct spot { /* of a component: where it stood before, or where the one that it follows did */
    int shelf, x, component;
};

static int compare_spots(const void *pa, const void *pb)
{
    const struct spot *a = pa, *b = pb;
    if (a->shelf != b->shelf)
        return a->shelf < b->shelf ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->component < b->component ? -1 : a->component > b->component;
}

/* In the order in which they stood, those that are new behind the one that they follow in the document. */
static struct spot *order_components(const struct lay *lay, int count)
{
    const struct layout_before *previous = lay->options->previous;
    struct spot *spots = arena_zeroed(lay->memory, (size_t)count + 1, sizeof *spots);
    for (size_t i = 0; previous && i < lay->out->box_count; i++) {
        struct spot *spot = &spots[lay->component[i]];
        const struct layout_before *was = &previous[i];
        if (!was->shelf || (spot->shelf && (spot->shelf < was->shelf || (spot->shelf == was->shelf && spot->x <= was->x))))
            continue;
        spot->shelf = was->shelf;
        spot->x = was->x;
    }
    for (int c = 0; c < count; c++) {
        if (c > 0 && !spots[c].shelf)
            spots[c] = spots[c - 1];
        spots[c].component = c;
    }
    qsort(spots, (size_t)count, sizeof *spots, compare_spots);
    return spots;
}

/* Things and nets in lists by component, each component laid out in turn. */
static void layout_components(struct lay *lay)
{
    int things = (int)lay->out->box_count, count = find_components(lay);
    int *thing_start = arena_zeroed(lay->memory, (size_t)count + 2, sizeof *thing_start);
    int *net_start = arena_zeroed(lay->memory, (size_t)count + 2, sizeof *net_start);
    int *thing_list = arena_zeroed(lay->memory, (size_t)things + 1, sizeof *thing_list);
    int *net_list = arena_zeroed(lay->memory, (size_t)lay->net_count + 1, sizeof *net_list);
    for (int i = 0; i < things; i++)
        thing_start[lay->component[i] + 2]++;
    for (int n = 0; n < lay->net_count; n++)
        net_start[lay->component[lay->nets[n].thing] + 2]++;
    for (int c = 2; c < count + 2; c++) {
        thing_start[c] += thing_start[c - 1];
        net_start[c] += net_start[c - 1];
    }
    for (int i = 0; i < things; i++)
        thing_list[thing_start[lay->component[i] + 1]++] = i;
    for (int n = 0; n < lay->net_count; n++)
        net_list[net_start[lay->component[lay->nets[n].thing] + 1]++] = n;
    struct shelf shelf = {.number = 1, .limit = lay->options->fit ? lay->options->fit : 120};
    const struct spot *spots = order_components(lay, count);
    for (int i = 0; i < count; i++) {
        int c = spots[i].component;
        lay->things = thing_list + thing_start[c];
        lay->thing_count = thing_start[c + 1] - thing_start[c];
        lay->net_list = net_list + net_start[c];
        lay->net_list_count = net_start[c + 1] - net_start[c];
        layout_component(lay, &shelf, spots[i].shelf);
    }
}

/* What says the same as another link lies where that one lies. */
static void share_wires(struct lay *lay)
{
    struct layout *out = lay->out;
    for (size_t i = 0; i < out->wire_count; i++) {
        size_t link = out->wires[i].drawn ? lay->edges[lay->edge_of[i]].link : i;
        if (link == i)
            continue;
        size_t output = out->wires[i].output, input = out->wires[i].input;
        out->wires[i] = out->wires[link];
        out->wires[i].output = output;
        out->wires[i].input = input;
    }
    for (size_t i = 0; i < out->wire_count; i++)
        out->undrawn += out->wires[i].drawn && out->wires[i].undrawn;
}

static struct layout *make(const struct graph *graph, const struct layout_options *options, bool pins)
{
    struct layout *out = xcalloc(1, sizeof *out);
    out->density = options->density;
    out->box_count = graph->thing_count;
    out->boxes = xcalloc(out->box_count + 1, sizeof *out->boxes);
    out->wire_count = graph->link_count;
    out->wires = xcalloc(out->wire_count + 1, sizeof *out->wires);
    struct arena memory = ARENA_INIT;
    struct lay lay = {.graph = graph, .options = options, .out = out, .memory = &memory};
    lay.component = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.component);
    lay.rank = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.rank);
    lay.node_of = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.node_of);
    lay.tight_x = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.tight_x);
    lay.tight_w = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.tight_w);
    lay.first_net = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.first_net);
    lay.indegree = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.indegree);
    lay.waits = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.waits);
    lay.state = arena_zeroed(&memory, out->box_count + 1, sizeof *lay.state);
    lay.paint = lay_paint_new();
    lay_make_ports(&lay);
    make_nets(&lay);
    lay.run_of = arena_zeroed(&memory, (size_t)lay.net_count + 1, sizeof *lay.run_of);
    lay.riser_of = arena_zeroed(&memory, (size_t)lay.net_count + 1, sizeof *lay.riser_of);
    lay_size_boxes(&lay);
    layout_components(&lay);
    if (pins) {
        lay_pins(&lay);
        lay_paint_finish(lay.paint, out);
        share_wires(&lay);
    }
    lay_paint_free(lay.paint);
    free(lay.nodes);
    free(lay.hops);
    free(lay.runs);
    arena_release(&memory);
    return out;
}

struct layout *layout_make(const struct graph *graph, const struct layout_options *options)
{
    return make(graph, options ? options : &layout_defaults, true);
}

struct layout *lay_boxes(const struct graph *graph, const struct layout_options *options)
{
    return make(graph, options, false);
}

void layout_free(struct layout *layout)
{
    if (!layout)
        return;
    arena_release(&layout->ports);
    free(layout->boxes);
    free(layout->wires);
    free(layout->cells);
    free(layout->rows);
    free(layout);
}

const struct layout_cell *layout_cell_at(const struct layout *layout, int x, int y)
{
    if (y < 0 || y >= layout->height)
        return NULL;
    size_t low = layout->rows[y], high = layout->rows[y + 1];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (layout->cells[mid].x < x)
            low = mid + 1;
        else
            high = mid;
    }
    return low < layout->rows[y + 1] && layout->cells[low].x == x ? &layout->cells[low] : NULL;
}

size_t layout_box_at(const struct layout *layout, int x, int y)
{
    for (size_t i = 0; i < layout->box_count; i++) {
        const struct layout_box *box = &layout->boxes[i];
        if (x >= box->x && x < box->x + box->w && y >= box->y && y < box->y + box->h)
            return i;
    }
    return LAYOUT_NONE;
}
