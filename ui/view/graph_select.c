#include "ui/view/graph_view.h"

static void add_stop(struct graph_view *view, struct stop stop)
{
    view->stops = xreallocarray(view->stops, view->stop_count + 1, sizeof *view->stops);
    view->stops[view->stop_count++] = stop;
}

/* Links of one port in the order in which they are drawn. */
static void stops_of_port(struct graph_view *view, size_t thing, bool output, size_t port)
{
    const struct graph *graph = view->graph;
    bool any = false;
    int after = INT_MIN;
    for (;;) {
        size_t best = LAYOUT_NONE;
        for (size_t i = 0; i < graph->link_count; i++) {
            const struct layout_wire *wire = &view->layout->wires[i];
            if (!wire->drawn || (output ? graph->links[i].from : graph->links[i].to) != thing ||
                (output ? wire->output : wire->input) != port || wire->to_y <= after)
                continue;
            if (best == LAYOUT_NONE || wire->to_y < view->layout->wires[best].to_y)
                best = i;
        }
        if (best == LAYOUT_NONE)
            break;
        after = view->layout->wires[best].to_y;
        add_stop(view, (struct stop){output, port, best});
        any = true;
    }
    if (!any)
        add_stop(view, (struct stop){output, port, LAYOUT_NONE});
}

void graph_make_stops(struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    view->stop_count = 0;
    if (thing == LAYOUT_NONE) {
        view->stop = STOP_BOX;
        return;
    }
    const struct layout_box *box = &view->layout->boxes[thing];
    for (size_t i = 0; i < box->input_count; i++)
        stops_of_port(view, thing, false, i);
    for (size_t i = 0; i < box->output_count; i++)
        stops_of_port(view, thing, true, i);
    if (view->stop >= (int)view->stop_count)
        view->stop = STOP_BOX;
}

void graph_select(struct graph_view *view, const char *thing)
{
    if (!str_eq(view->thing, thing)) {
        char *copy = xstrdup_or_null(thing);
        free(view->thing_before);
        view->thing_before = view->thing;
        view->thing = copy;
        view->stop = STOP_BOX;
        graph_make_stops(view);
    }
    view->reveal = true;
}

/* The nearest box that way: what lies straight ahead counts nearer than what lies aside. */
void graph_select_near(struct graph_view *view, int dx, int dy)
{
    const struct layout *layout = view->layout;
    size_t at = graph_view_thing(view), best = LAYOUT_NONE;
    int64_t least = INT64_MAX;
    if (at == LAYOUT_NONE) {
        if (layout->box_count)
            graph_select(view, view->graph->things[0].name);
        return;
    }
    const struct layout_box *from = &layout->boxes[at];
    for (size_t i = 0; i < layout->box_count; i++) {
        const struct layout_box *to = &layout->boxes[i];
        int along = dx ? (dx > 0 ? to->x - (from->x + from->w) : from->x - (to->x + to->w))
                       : (dy > 0 ? to->y - (from->y + from->h) : from->y - (to->y + to->h));
        if (i == at || along < 0)
            continue;
        /* cells are about twice as high as wide */
        int64_t aside = dx ? 2 * llabs((int64_t)(2 * to->y + to->h) - (2 * from->y + from->h)) / 2
                           : llabs((int64_t)(2 * to->x + to->w) - (2 * from->x + from->w)) / 2;
        int64_t distance = (dx ? along : 2 * along) + 2 * aside;
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    if (best != LAYOUT_NONE)
        graph_select(view, view->graph->things[best].name);
    view->stop = best != LAYOUT_NONE ? STOP_BOX : view->stop;
}

void graph_select_stop(struct graph_view *view, int by)
{
    int count = (int)view->stop_count + 1; /* with the box itself */
    if (graph_view_thing(view) == LAYOUT_NONE) {
        graph_select_end(view, by < 0);
        return;
    }
    view->stop = (view->stop + 1 + by + count) % count - 1;
    view->reveal = true;
}

/* The first or last thing, as it is drawn: by rank, then from above. */
void graph_select_end(struct graph_view *view, bool last)
{
    size_t best = LAYOUT_NONE;
    for (size_t i = 0; i < view->layout->box_count; i++) {
        const struct layout_box *box = &view->layout->boxes[i],
                                *was = best == LAYOUT_NONE ? NULL : &view->layout->boxes[best];
        bool before = was && (box->x != was->x ? box->x < was->x : box->y < was->y);
        if (!was || before != last)
            best = i;
    }
    if (best != LAYOUT_NONE)
        graph_select(view, view->graph->things[best].name);
}

static bool matches(const struct graph_view *view, size_t thing, const char *text)
{
    const struct graph_thing *it = &view->graph->things[thing];
    return strcasestr(str_or_empty(it->name), text) || strcasestr(str_or_empty(it->type), text);
}

void graph_seek(struct graph_view *view, const char *text)
{
    for (size_t i = 0; text && *text && i < view->graph->thing_count; i++)
        if (matches(view, i, text)) {
            graph_select(view, view->graph->things[i].name);
            return;
        }
    if (text && *text)
        dashboard_say(view->dash, ROLE_WARNING, "no thing is named like '%s'", text);
}

void graph_seek_again(struct graph_view *view, bool back)
{
    size_t count = view->graph->thing_count, at = graph_view_thing(view), n = 0;
    if (!view->sought) {
        dashboard_say(view->dash, ROLE_NORMAL, "nothing was looked for yet: / finds a thing by its name or type");
        return;
    }
    for (size_t i = 1; i <= count && at != LAYOUT_NONE; i++) {
        n = (at + (back ? count - i : i)) % count;
        if (matches(view, n, view->sought))
            break;
    }
    if (at != LAYOUT_NONE && matches(view, n, view->sought))
        graph_select(view, view->graph->things[n].name);
    else
        graph_seek(view, view->sought);
}
