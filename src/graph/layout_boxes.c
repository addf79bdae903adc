#include "base/text.h"
#include "graph/layout_internal.h"

#define PORTS_MANY 24 /* from here on ports are looked up in a map */

struct port_maker {
    struct lay *lay;
    struct map many; /* "thing i port", or o: to its index + 1 */
};

static void port_key(char *key, size_t size, size_t thing, bool output, const char *name)
{
    snprintf(key, size, "%zu %c %.200s", thing, output ? 'o' : 'i', name);
}

/* A port by its name; one that only links know is added. */
static size_t port_index(struct port_maker *maker, size_t thing, bool output, const char *name)
{
    struct layout_box *box = &maker->lay->out->boxes[thing];
    struct layout_port **ports = output ? &box->outputs : &box->inputs;
    size_t *count = output ? &box->output_count : &box->input_count;
    char key[240];
    for (size_t i = 0; i < MIN(*count, PORTS_MANY); i++)
        if (str_eq((*ports)[i].name, name))
            return i;
    if (*count >= PORTS_MANY) {
        port_key(key, sizeof key, thing, output, str_or_empty(name));
        uintptr_t known = (uintptr_t)map_get(&maker->many, key);
        if (known && str_eq((*ports)[known - 1].name, name))
            return known - 1;
        map_put(&maker->many, key, (void *)(uintptr_t)(*count + 1));
    }
    if ((*count & (*count - 1)) == 0) { /* full: it doubles */
        struct layout_port *more = arena_zeroed(&maker->lay->out->ports, *count ? *count * 2 : 1, sizeof *more);
        if (*count)
            memcpy(more, *ports, *count * sizeof *more);
        *ports = more;
    }
    (*ports)[*count] = (struct layout_port){.name = name ? name : "?", .rows = 1};
    return (*count)++;
}

static void entry_ports(struct port_maker *maker, size_t thing, bool output, const struct port_type *types,
                        size_t count)
{
    const struct layout_box *box = &maker->lay->out->boxes[thing];
    for (size_t i = 0; i < count; i++) {
        size_t at = port_index(maker, thing, output, types[i].name);
        (output ? box->outputs : box->inputs)[at].type = &types[i];
    }
}

/* The ports of external things are what the document says; those that a link leads to are inputs. */
static void external_ports(struct port_maker *maker)
{
    const struct graph *graph = maker->lay->graph;
    struct map fed = MAP_INIT;
    char key[240];
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *link = &graph->links[i];
        if (link->to < graph->thing_count && graph->things[link->to].external && link->to_port) {
            port_key(key, sizeof key, link->to, false, link->to_port);
            map_put(&fed, key, maker);
        }
    }
    for (size_t i = 0; i < graph->thing_count; i++)
        for (size_t p = 0; graph->things[i].external && p < graph->things[i].external_count; p++) {
            const char *name = graph->things[i].external_ports[p].name;
            port_key(key, sizeof key, i, false, str_or_empty(name));
            if (!map_has(&fed, key))
                port_index(maker, i, true, name);
        }
    map_release(&fed, NULL);
}

/* All that a thing has on a side in one. */
static void merge_ports(struct layout_port **ports, size_t *count)
{
    if (!*count)
        return;
    (*ports)[0] = (struct layout_port){.name = "", .rows = 1};
    *count = 1;
}

void lay_make_ports(struct lay *lay)
{
    const struct graph *graph = lay->graph;
    struct port_maker maker = {.lay = lay, .many = MAP_INIT};
    bool lines = lay->options->density == LAYOUT_LINES;
    for (size_t i = 0; i < graph->thing_count; i++) {
        const struct media_thing *entry = graph->things[i].entry;
        if (entry) {
            entry_ports(&maker, i, false, entry->inputs, entry->input_count);
            entry_ports(&maker, i, true, entry->outputs, entry->output_count);
        }
    }
    external_ports(&maker);
    for (size_t i = 0; i < graph->thing_count && lines; i++) {
        struct layout_box *box = &lay->out->boxes[i];
        merge_ports(&box->inputs, &box->input_count);
        merge_ports(&box->outputs, &box->output_count);
    }
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *link = &graph->links[i];
        struct layout_wire *wire = &lay->out->wires[i];
        if (link->from >= graph->thing_count || link->to >= graph->thing_count)
            continue;
        wire->drawn = true;
        wire->output = port_index(&maker, link->from, true, lines ? "" : link->from_port);
        wire->input = port_index(&maker, link->to, false, lines ? "" : link->to_port);
        lay->out->boxes[link->from].outputs[wire->output].links++;
        lay->out->boxes[link->to].inputs[wire->input].links++;
    }
    map_release(&maker.many, NULL);
}

static void rebind(struct layout_port *ports, size_t count, const struct layout_port *with, size_t with_count)
{
    if (count != with_count)
        BUG("a layout of %zu ports stands for %zu", count, with_count);
    for (size_t i = 0; i < count; i++) {
        ports[i].name = with[i].name;
        ports[i].type = with[i].type;
    }
}

void layout_rebind(struct layout *layout, const struct graph *graph)
{
    struct layout fresh = {.box_count = graph->thing_count};
    if (graph->thing_count != layout->box_count || graph->link_count != layout->wire_count)
        BUG("a layout of %zu things stands for %zu", layout->box_count, graph->thing_count);
    fresh.boxes = xcalloc(graph->thing_count + 1, sizeof *fresh.boxes);
    fresh.wires = xcalloc(graph->link_count + 1, sizeof *fresh.wires);
    lay_make_ports(&(struct lay){.graph = graph, .options = &layout_densities[layout->density], .out = &fresh});
    for (size_t i = 0; i < layout->box_count; i++) {
        struct layout_box *box = &layout->boxes[i], *with = &fresh.boxes[i];
        rebind(box->inputs, box->input_count, with->inputs, with->input_count);
        rebind(box->outputs, box->output_count, with->outputs, with->output_count);
    }
    arena_release(&fresh.ports);
    free(fresh.boxes);
    free(fresh.wires);
}

static int frame_width(const struct lay *lay, size_t index)
{
    const struct graph_thing *thing = &lay->graph->things[index];
    const struct layout_box *box = &lay->out->boxes[index];
    const struct layout_options *options = lay->options;
    /* without a row of its own the state has its glyph before the name */
    int width = text_width(str_or_empty(thing->name)) + 4 + (thing->replicas > 1 ? 4 : 0);
    width += options->body_rows ? 0 : 2;
    int rows = 0;
    for (size_t i = 0; i < box->input_count; i++)
        rows = MAX(rows, box->inputs[i].row + box->inputs[i].rows);
    for (size_t i = 0; i < box->output_count; i++)
        rows = MAX(rows, box->outputs[i].row + 1);
    struct arena_mark mark = arena_mark(lay->memory);
    int *cells = arena_zeroed(lay->memory, (size_t)rows + 1, sizeof *cells);
    for (size_t i = 0; i < box->input_count; i++)
        for (int r = 0; r < box->inputs[i].rows; r++)
            cells[box->inputs[i].row + r] = text_width(box->inputs[i].name) + 1 + options->note;
    for (size_t i = 0; i < box->output_count; i++) {
        int *row = &cells[box->outputs[i].row];
        *row += (*row ? 1 : 0) + text_width(box->outputs[i].name) + 1;
    }
    for (int r = 0; r < rows; r++)
        width = MAX(width, cells[r] + 3);
    arena_back(lay->memory, mark);
    return width;
}

/* "● camera ×12 10 fps" with a cell of its own at each end, so that the arrow does not touch it. */
static int line_width(const struct lay *lay, size_t index)
{
    const struct graph_thing *thing = &lay->graph->things[index];
    return 4 + text_width(str_or_empty(thing->name)) + (thing->replicas > 1 ? 4 : 0) + lay->options->note;
}

/* Rows of ports and the sizes of boxes. */
void lay_size_boxes(struct lay *lay)
{
    const struct layout_options *options = lay->options;
    bool lines = options->density == LAYOUT_LINES;
    int first = lines ? 0 : 1 + options->body_rows;
    for (size_t i = 0; i < lay->out->box_count; i++) {
        struct layout_box *box = &lay->out->boxes[i];
        int row = first;
        for (size_t p = 0; p < box->input_count; p++) {
            struct layout_port *port = &box->inputs[p];
            /* rows counts from its 1 by one for each edge */
            port->rows = MAX(port->rows - 1, 1);
            port->row = row;
            row += port->rows;
        }
        for (size_t p = 0; p < box->output_count; p++)
            box->outputs[p].row = first + (int)p;
        int rows = MAX(MAX(row - first, (int)box->output_count), options->min_rows);
        box->h = first + rows + (lines ? 0 : 1);
        int width = lines ? line_width(lay, i) : frame_width(lay, i);
        box->w = MIN(MAX(width, options->min_width), options->max_width);
    }
    for (int e = 0; e < lay->edge_count; e++)
        lay->edges[e].slot -= 1;
}
