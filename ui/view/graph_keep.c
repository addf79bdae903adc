#include "ui/view/graph_view.h"

/* What stays where it is. A layout is given where the boxes stood before, and on which shelves as long as there is the same room.
 * While the shape of the graph is the same it is given the same again: a box that is moved by hand moves alone. An edit that leaves the
 * places as they are as well has the layout that there is. */

#define FNV_BASIS 14695981039346656037u

static void add_text(uint64_t *shape, const char *text)
{
    for (const char *c = str_or_empty(text); *c; c++)
        *shape = (*shape ^ (unsigned char)*c) * 1099511628211u;
    *shape = (*shape ^ 0xff) * 1099511628211u;
}

/* At once: what is hashed byte by byte elsewhere is not worth it here. The high bits come down, where the next one goes in. */
static void add_number(uint64_t *shape, uint64_t number)
{
    *shape = (*shape ^ number) * 1099511628211u;
    *shape ^= *shape >> 32;
}

static void add_ports(uint64_t *shape, const struct port_type *ports, size_t count)
{
    add_number(shape, count);
    for (size_t i = 0; i < count; i++)
        add_text(shape, ports[i].name);
}

/* FNV-1a over all that a layout is made from, but for places. */
static uint64_t shape_of(const struct graph_view *view, const struct graph *graph)
{
    uint64_t shape = FNV_BASIS;
    for (size_t i = 0; i < graph->thing_count; i++) {
        const struct graph_thing *thing = &graph->things[i];
        add_text(&shape, thing->name);
        add_text(&shape, thing->type);
        add_ports(&shape, thing->entry ? thing->entry->inputs : NULL, thing->entry ? thing->entry->input_count : 0);
        add_ports(&shape, thing->entry ? thing->entry->outputs : NULL, thing->entry ? thing->entry->output_count : 0);
        add_number(&shape, (uint64_t)thing->external << 1 | (thing->replicas > 1));
        add_number(&shape, thing->external_count);
        for (size_t p = 0; p < thing->external_count; p++)
            add_text(&shape, thing->external_ports[p].name);
    }
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *link = &graph->links[i];
        add_text(&shape, link->from_port);
        add_text(&shape, link->to_port);
        add_number(&shape, link->from);
        add_number(&shape, link->to);
    }
    add_number(&shape, (uint64_t)view->fit);
    add_number(&shape, (uint64_t)view->density);
    return shape;
}

/* The same over the places. */
static uint64_t places_of(const struct graph *graph)
{
    uint64_t places = FNV_BASIS;
    for (size_t i = 0; i < graph->thing_count; i++)
        if (graph->things[i].pinned) {
            add_number(&places, i);
            add_number(&places, (uint64_t)graph->things[i].x);
            add_number(&places, (uint64_t)graph->things[i].y);
        }
    return places;
}

static void release(struct graph_kept *kept)
{
    map_release(&kept->places, NULL);
    free(kept->boxes);
    *kept = (struct graph_kept){0};
}

void graph_keep_release(struct graph_view *view)
{
    release(&view->kept);
    release(&view->now);
    for (size_t i = 0; i < view->past_count; i++)
        release(&view->past[i].given);
    view->past_count = 0;
}

static void forget_past(struct graph_view *view, size_t i)
{
    view->past_count--;
    memmove(&view->past[i], &view->past[i + 1], (view->past_count - i) * sizeof *view->past);
}

/* The shape is another: what it is given is where the boxes stand now, or what it was given when it was there before. `now` stays
 * that of the layout before in the second case, and becomes empty in the first. */
static void change_shape(struct graph_view *view, uint64_t shape)
{
    struct graph_past before = {view->now.shape, view->kept};
    size_t i = 0;
    while (i < view->past_count && view->past[i].shape != shape)
        i++;
    if (i < view->past_count) {
        view->kept = view->past[i].given;
        forget_past(view, i);
    } else {
        view->kept = view->now;
        view->now = (struct graph_kept){0};
    }
    if (view->past_count == ARRAY_SIZE(view->past)) {
        release(&view->past[0].given);
        forget_past(view, 0);
    }
    view->past[view->past_count++] = before;
}

static void remember(struct graph_view *view, const struct graph *graph, const struct layout *layout, uint64_t shape)
{
    release(&view->now);
    view->now.shape = shape;
    view->now.view = places_of(graph);
    view->now.fit = view->fit;
    view->now.density = view->density;
    view->now.boxes = xcalloc(graph->thing_count + 1, sizeof *view->now.boxes);
    for (size_t i = 0; i < graph->thing_count; i++) {
        const struct layout_box *box = &layout->boxes[i];
        struct layout_before *before = &view->now.boxes[i];
        *before = (struct layout_before){.ordered = true, .stood = true, .order_y = box->order_y, .shelf = box->shelf};
        before->idle = graph->things[i].pinned && !box->bound;
        before->idle_x = graph->things[i].x;
        before->idle_y = graph->things[i].y;
        layout_place(layout, box->x, box->y, &before->x, &before->y);
        map_put(&view->now.places, str_or_empty(graph->things[i].name), before);
    }
}

static struct layout *lay_out(struct graph_view *view, const struct graph *graph, uint64_t shape)
{
    struct layout_options options = layout_densities[view->density];
    struct layout_before *previous = xcalloc(graph->thing_count + 1, sizeof *previous);
    if (shape != view->now.shape)
        change_shape(view, shape);
    bool same_frame = view->kept.fit == view->fit && view->kept.density == view->density; /* else there is other room */
    for (size_t i = 0; i < graph->thing_count; i++) {
        const char *name = str_or_empty(graph->things[i].name);
        const struct layout_before *order = map_get(&view->kept.places, name), *last = map_get(&view->now.places, name);
        last = last ? last : order;
        if (last)
            previous[i] = *last;
        previous[i].ordered = order;
        previous[i].order_y = order ? order->order_y : 0;
        previous[i].shelf = order && same_frame ? order->shelf : 0;
    }
    options.fit = view->fit;
    options.previous = previous;
    struct layout *layout = layout_make(graph, &options);
    free(previous);
    bool same = view->now.shape == shape;
    view->centre |= !same;
    view->pan_x += same ? layout->shift_x - view->shift_x : 0;
    view->pan_y += same ? layout->shift_y - view->shift_y : 0;
    view->shift_x = layout->shift_x;
    view->shift_y = layout->shift_y;
    remember(view, graph, layout, shape);
    return layout;
}

void graph_keep_layout(struct graph_view *view, const struct graph *graph)
{
    uint64_t shape = shape_of(view, graph);
    if (view->layout && shape == view->now.shape && places_of(graph) == view->now.view) {
        layout_rebind(view->layout, graph);
        return;
    }
    layout_free(view->layout);
    view->layout = lay_out(view, graph, shape);
}

void graph_set_density(struct graph_view *view, enum layout_density density)
{
    const struct stop *stop = graph_view_stop(view);
    struct stop was = stop ? *stop : (struct stop){.link = LAYOUT_NONE};
    view->density = density;
    graph_view_relayout(view);
    view->stop = STOP_BOX; /* ports are others now, wires are the same */
    if (was.link != LAYOUT_NONE)
        graph_select_wire(view, was.link, was.output);
}

void graph_change_density(struct graph_view *view, int by)
{
    static const char *const words[LAYOUT_DENSITIES] = {
        [LAYOUT_LINES] = "lines", [LAYOUT_COMPACT] = "compact", [LAYOUT_FULL] = "full"};
    int density = (int)view->density + by;
    bool there = density >= 0 && density < LAYOUT_DENSITIES;
    if (there)
        graph_set_density(view, (enum layout_density)density);
    dashboard_say(view->dash, ROLE_NORMAL, "density: %s%s", words[view->density],
                  there ? "" : by > 0 ? "; there is no more" : "; there is no less");
}
