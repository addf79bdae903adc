#include "ui/view/graph_view.h"

static void add_stop(struct graph_view *view, struct stop stop)
{
    view->stops = xreallocarray(view->stops, view->stop_count + 1, sizeof *view->stops);
    view->stops[view->stop_count++] = stop;
}

/* Inputs before outputs, by port, then in the order in which they are drawn. */
static int compare_stops(const void *pa, const void *pb, void *data)
{
    const struct stop *a = pa, *b = pb;
    const struct layout *layout = data;
    if (a->output != b->output)
        return a->output ? 1 : -1;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    int ya = layout->wires[a->link].to_y, yb = layout->wires[b->link].to_y;
    if (ya != yb)
        return ya < yb ? -1 : 1;
    return a->link < b->link ? -1 : a->link > b->link;
}

/* The same link twice is one stop; so far apart as to share only a line, two are. */
static bool same_stop(const struct graph_view *view, const struct stop *a, const struct stop *b)
{
    const struct graph_link *x = &view->graph->links[a->link], *y = &view->graph->links[b->link];
    return a->output == b->output && a->port == b->port && x->from == y->from && x->to == y->to &&
           str_eq(x->from_port, y->from_port) && str_eq(x->to_port, y->to_port);
}

static void add_links(struct graph_view *view, size_t thing)
{
    for (size_t i = 0; i < view->graph->link_count; i++) {
        const struct layout_wire *wire = &view->layout->wires[i];
        if (wire->drawn && view->graph->links[i].to == thing)
            add_stop(view, (struct stop){false, wire->input, i});
        if (wire->drawn && view->graph->links[i].from == thing)
            add_stop(view, (struct stop){true, wire->output, i});
    }
    size_t kept = 0;
    if (view->stop_count)
        qsort_r(view->stops, view->stop_count, sizeof *view->stops, compare_stops, view->layout);
    for (size_t i = 0; i < view->stop_count; i++)
        if (!kept || !same_stop(view, &view->stops[kept - 1], &view->stops[i]))
            view->stops[kept++] = view->stops[i];
    view->stop_count = kept;
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
    add_links(view, thing);
    struct stop *linked = view->stops;
    size_t count = view->stop_count, at = 0;
    view->stops = NULL;
    view->stop_count = 0;
    for (size_t p = 0; p < box->input_count + box->output_count; p++) {
        bool output = p >= box->input_count;
        size_t port = output ? p - box->input_count : p;
        bool any = at < count && linked[at].output == output && linked[at].port == port;
        while (at < count && linked[at].output == output && linked[at].port == port)
            add_stop(view, linked[at++]);
        if (!any && view->density != LAYOUT_LINES) /* a line's port is none that could be named */
            add_stop(view, (struct stop){output, port, LAYOUT_NONE});
    }
    free(linked);
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

void graph_select_wire(struct graph_view *view, size_t link, bool output)
{
    for (size_t i = 0; i < view->stop_count; i++)
        if (view->stops[i].output == output && view->stops[i].link == link)
            view->stop = (int)i;
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

/* How well: 4 the name itself, 3 how it begins, 2 a part of it, 1 a part of the type; 0: not. */
static int matches(const struct graph_view *view, size_t thing, const char *text)
{
    const struct graph_thing *it = &view->graph->things[thing];
    const char *name = str_or_empty(it->name), *at = strcasestr(name, text);
    if (!at)
        return strcasestr(str_or_empty(it->type), text) != NULL;
    return strcasecmp(name, text) == 0 ? 4 : at == name ? 3 : 2;
}

/* The first of those that match best. */
void graph_seek(struct graph_view *view, const char *text)
{
    size_t best = LAYOUT_NONE;
    int most = 0;
    for (size_t i = 0; text && *text && i < view->graph->thing_count; i++) {
        int match = matches(view, i, text);
        if (match > most) {
            most = match;
            best = i;
        }
    }
    if (best != LAYOUT_NONE)
        graph_select(view, view->graph->things[best].name);
    else if (text && *text)
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
