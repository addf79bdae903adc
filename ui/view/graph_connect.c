#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/view/graph_keys.h"

/* Drawing a link: every port on the other side of the graph is a candidate; those that do not fit stay in view, dimmed,
 * and say why. */

void graph_connect_end(struct graph_view *view)
{
    free(view->connect.thing);
    free(view->connect.port);
    free(view->connect.items);
    view->connect = (struct connect){0};
    view->reveal = true; /* what is selected, not what was a candidate */
}

static void add_candidate(struct graph_view *view, size_t thing, size_t port, size_t own, const char *own_port)
{
    struct connect *connect = &view->connect;
    const struct layout_box *box = &view->layout->boxes[thing];
    struct candidate item = {.thing = thing, .port = port};
    struct err err = ERR_INIT;
    const struct graph *draft = document_graph(view->model->document); /* links that are only deployed count for nothing */
    int allowed = connect->backwards
                      ? graph_link_allowed(draft, thing, box->outputs[port].name, own, own_port, &err)
                      : graph_link_allowed(draft, own, own_port, thing, box->inputs[port].name, &err);
    item.fits = allowed == 0;
    snprintf(item.why, sizeof item.why, "%.199s", err.text);
    connect->items = xreallocarray(connect->items, connect->count + 1, sizeof *connect->items);
    connect->items[connect->count++] = item;
}

/* In the order of the screen: by rank, then from above. */
static int compare_candidates(const void *pa, const void *pb, void *data)
{
    const struct candidate *a = pa, *b = pb;
    const struct layout *layout = data;
    const struct layout_box *x = &layout->boxes[a->thing], *y = &layout->boxes[b->thing];
    if (x->x != y->x)
        return x->x < y->x ? -1 : 1;
    if (x->y != y->y)
        return x->y < y->y ? -1 : 1;
    return a->port < b->port ? -1 : a->port > b->port;
}

static void show_candidate(struct graph_view *view)
{
    const struct candidate *at = &view->connect.items[view->connect.at];
    const struct layout_box *box = &view->layout->boxes[at->thing];
    view->pan_x = MIN(MAX(view->pan_x, box->x + box->w - view->area_w), box->x);
    view->pan_y = MIN(MAX(view->pan_y, box->y + box->h - view->area_h), box->y);
}

/* Moves by one candidate; `fitting`: over those that do not fit. */
static bool step(struct graph_view *view, int by, bool fitting)
{
    struct connect *connect = &view->connect;
    for (size_t i = 0; i < connect->count; i++) {
        connect->at = (connect->at + (by > 0 ? 1 : connect->count - 1)) % connect->count;
        if (connect->items[connect->at].fits || !fitting) {
            show_candidate(view);
            return true;
        }
    }
    return false;
}

/* The port to connect from: the selected one, else the first output, else the first input that has no link. */
static bool choose_port(struct graph_view *view, const struct layout_box *box, bool *output, size_t *port)
{
    const struct stop *stop = graph_view_stop(view);
    *output = stop ? stop->output : box->output_count > 0;
    *port = stop ? stop->port : 0;
    for (size_t i = 0; !stop && !*output && i < box->input_count; i++)
        if (!box->inputs[i].links) {
            *port = i;
            break;
        }
    return stop || box->output_count || box->input_count;
}

void graph_connect_begin(struct graph_view *view)
{
    size_t thing = graph_view_thing(view), port;
    bool output;
    graph_connect_end(view);
    if (thing == LAYOUT_NONE || graph_view_gone(view, thing))
        return;
    const struct layout_box *box = &view->layout->boxes[thing];
    if (!choose_port(view, box, &output, &port)) {
        dashboard_say(view->dash, ROLE_WARNING, "%s has no ports", view->thing);
        return;
    }
    struct connect *connect = &view->connect;
    const char *name = output ? box->outputs[port].name : box->inputs[port].name;
    connect->backwards = !output;
    connect->thing = xstrdup(view->thing);
    connect->port = xstrdup(name);
    for (size_t i = 0; i < view->graph->thing_count; i++) {
        const struct layout_box *other = &view->layout->boxes[i];
        if (i == thing || !graph_view_own(view, i)) /* to itself: a document may say so, a key does not */
            continue;
        for (size_t p = 0; p < (output ? other->input_count : other->output_count); p++)
            add_candidate(view, i, p, thing, name);
    }
    if (!connect->count) {
        dashboard_say(view->dash, ROLE_WARNING,
                      "nothing here has an %s that %s.%s could go to; o adds a thing that fits",
                      output ? "input" : "output", view->thing, name);
        graph_connect_end(view);
        return;
    }
    qsort_r(connect->items, connect->count, sizeof *connect->items, compare_candidates, view->layout);
    /* the first one that fits, of the same name if there is one */
    connect->on = true;
    connect->at = connect->count - 1;
    if (!step(view, 1, true))
        connect->at = 0;
    for (size_t i = connect->count; i > 0; i--) {
        const struct candidate *item = &connect->items[i - 1];
        const struct layout_box *at = &view->layout->boxes[item->thing];
        if (item->fits && str_eq(output ? at->inputs[item->port].name : at->outputs[item->port].name, name))
            connect->at = i - 1;
    }
}

void graph_connect_words(const struct graph_view *view, char *out, size_t size, enum role *role)
{
    const struct connect *connect = &view->connect;
    const struct candidate *at = &connect->items[connect->at];
    const struct layout_box *box = &view->layout->boxes[at->thing];
    const char *other = str_or_empty(view->graph->things[at->thing].name);
    const char *port = connect->backwards ? box->outputs[at->port].name : box->inputs[at->port].name;
    size_t fitting = 0, chosen = 0;
    for (size_t i = 0; i < connect->count; i++) {
        fitting += connect->items[i].fits;
        chosen += connect->items[i].chosen;
    }
    *role = at->fits ? ROLE_FOCUS : ROLE_BAD;
    if (!at->fits && at->why[0] == '\'') /* the reason names the port itself */
        snprintf(out, size, "%s", at->why);
    else if (connect->backwards)
        snprintf(out, size, "connect %s.%s → %s.%s%s%s", other, port, connect->thing, connect->port, at->fits ? "" : ": ", at->why);
    else
        snprintf(out, size, "connect %s.%s → %s.%s%s%s", connect->thing, connect->port, other, port, at->fits ? "" : ": ", at->why);
    size_t len = strlen(out);
    if (chosen)
        snprintf(out + len, size - len, "   Enter connects the %zu chosen", chosen);
    else if (at->fits)
        snprintf(out + len, size - len, fitting == 1 ? "   Enter, or Esc" : "   Enter, Tab: next of %zu, or Esc",
                 fitting);
}

/* All candidates with why they do not fit, in place of the panel. */
void graph_connect_panel(const struct graph_view *view, struct area area)
{
    const struct connect *connect = &view->connect;
    size_t rows = (size_t)MAX(area.h - 1, 1), top = connect->at >= rows ? connect->at - rows + 1 : 0;
    draw_hline(area, 0, 0, area.w, ROLE_BORDER, 0x2500);
    int x = draw_text(area, 1, 0, ROLE_BORDER, 0, " ");
    x = draw_textf(area, x, 0, ROLE_TITLE, 0, "%s %s.%s", connect->backwards ? "into" : "from", connect->thing,
                   connect->port);
    draw_text(area, x, 0, ROLE_BORDER, 0, " ");
    for (size_t i = top; i < connect->count && i < top + rows; i++) {
        const struct candidate *item = &connect->items[i];
        const struct layout_box *box = &view->layout->boxes[item->thing];
        int y = 1 + (int)(i - top);
        char name[200];
        snprintf(name, sizeof name, "%s.%s", str_or_empty(view->graph->things[item->thing].name),
                 connect->backwards ? box->outputs[item->port].name : box->inputs[item->port].name);
        draw_char(area, 2, y, item->fits ? ROLE_GOOD : ROLE_DIM, 0, item->chosen ? '*' : item->fits ? GLYPH_DONE : GLYPH_BAD);
        x = draw_text(area, 4, y, i == connect->at ? ROLE_FOCUS : item->fits ? ROLE_NORMAL : ROLE_DIM,
                      i == connect->at ? ATTR_REVERSE : 0, name);
        if (!item->fits)
            draw_field(area, x + 2, y, area.w - x - 3, i == connect->at ? ROLE_BAD : ROLE_DIM, 0, item->why);
    }
}

/* Several at once are one edit. Names are copied: each link gives a new graph. */
void graph_connect_take(struct graph_view *view)
{
    struct connect *connect = &view->connect;
    struct document *doc = view->model->document;
    struct { char *thing, *port; } *ends = xcalloc(connect->count + 1, sizeof *ends);
    struct err err = ERR_INIT;
    size_t count = 0, made = 0;
    for (size_t i = 0; i < connect->count; i++)
        count += connect->items[i].chosen;
    if (!count && !connect->items[connect->at].fits) {
        dashboard_say(view->dash, ROLE_BAD, "%s", connect->items[connect->at].why);
        free(ends);
        if (connect->pointed)
            graph_connect_end(view);
        return;
    }
    bool several = count > 0;
    count = 0;
    for (size_t i = 0; i < connect->count; i++) {
        const struct candidate *item = &connect->items[i];
        const struct layout_box *box = &view->layout->boxes[item->thing];
        if (several ? !item->chosen : i != connect->at)
            continue;
        ends[count].thing = xstrdup(str_or_empty(view->graph->things[item->thing].name));
        ends[count++].port = xstrdup(connect->backwards ? box->outputs[item->port].name : box->inputs[item->port].name);
    }
    char *label = xasprintf("connect %s.%s", connect->thing, connect->port);
    document_begin(doc, label);
    for (; made < count && !err_is_set(&err); made++)
        if (connect->backwards)
            document_add_link(doc, ends[made].thing, ends[made].port, connect->thing, connect->port, &err);
        else
            document_add_link(doc, connect->thing, connect->port, ends[made].thing, ends[made].port, &err);
    document_end(doc, !err_is_set(&err));
    const char *way = connect->backwards ? "from" : "to";
    if (err_is_set(&err))
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    else if (count == 1)
        dashboard_say(view->dash, ROLE_GOOD, "connected %s.%s %s %s.%s", connect->thing, connect->port, way, ends[0].thing,
                      ends[0].port);
    else
        dashboard_say(view->dash, ROLE_GOOD, "connected %s.%s %s %zu things", connect->thing, connect->port, way, count);
    graph_connect_end(view);
    graph_view_edited(view);
    graph_did(view, GRAPH_CONNECT, NULL);
    for (size_t i = 0; i < count; i++) {
        free(ends[i].thing);
        free(ends[i].port);
    }
    free(ends);
    free(label);
}

static void choose(struct graph_view *view)
{
    struct connect *connect = &view->connect;
    struct candidate *at = &connect->items[connect->at];
    if (at->fits)
        at->chosen = !at->chosen;
    else
        dashboard_say(view->dash, ROLE_BAD, "%s", at->why);
    if (at->fits)
        step(view, 1, true);
}

unsigned graph_connect_key(struct graph_view *view, const struct key *key)
{
    static const struct binding keys[] = {
        {"Tab", 1}, {"S-Tab", 2}, {"j Down l Right", 3}, {"k Up h Left", 4}, {"Enter c", 5}, {"Esc q ^C", 6}, {"Space", 7}, {NULL},
    };
    const struct binding *binding = binding_find(keys, key);
    switch (binding ? binding->command : 0) {
    case 1:
    case 2:
        if (!step(view, binding->command == 1 ? 1 : -1, true))
            dashboard_say(view->dash, ROLE_WARNING, "nothing here fits %s.%s; o adds a thing that does",
                          view->connect.thing, view->connect.port);
        break;
    case 3: step(view, 1, false); break;
    case 4: step(view, -1, false); break;
    case 5: graph_connect_take(view); break;
    case 6: graph_connect_end(view); break;
    case 7: choose(view); break;
    default: break;
    }
    return DID_CHANGE;
}
