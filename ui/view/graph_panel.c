#include "ui/view/graph_view.h"

#include "base/secret.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/kinds/event.h"
#include "ui/table.h"

/* Facts of the selection below the graph, so that a look need not be a key. */

struct panel {
    struct area area;
    int y;
};

static bool full(const struct panel *panel)
{
    return panel->y >= panel->area.h;
}

static void row(struct panel *panel, const char *label, enum role role, const char *text)
{
    if (full(panel) || !text || !*text)
        return;
    draw_field(panel->area, 0, panel->y, 9, ROLE_DIM, 0, label);
    draw_field(panel->area, 10, panel->y++, panel->area.w - 10, role, 0, text);
}

/* In as many rows as it takes. */
static void wrapped(struct panel *panel, const char *label, enum role role, const char *text)
{
    if (full(panel) || !*text)
        return;
    draw_field(panel->area, 0, panel->y, 9, ROLE_DIM, 0, label);
    panel->y = draw_wrapped(panel->area, 10, panel->y, panel->area.w - 10, role, 0, text);
}

static void rowf(struct panel *panel, const char *label, enum role role, const char *fmt, ...) PRINTF_LIKE(4, 5);
static void rowf(struct panel *panel, const char *label, enum role role, const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    row(panel, label, role, text);
}

static void params(struct panel *panel, const struct graph_thing *thing)
{
    struct buf text, masked;
    buf_init(&text, 2000);
    buf_init(&masked, 4000);
    for (size_t i = 0; thing->entry && i < thing->entry->param_count; i++) {
        const char *name = thing->entry->params[i].name, *value = graph_param(thing, name);
        if (!value || *value)
            buf_addf(&text, "%s%s %s", text.len ? ", " : "", name,
                     !value ? "(not set)" : secret_value(name, value) ? "***" : value);
    }
    secret_mask(&masked, text.data);
    row(panel, "params", ROLE_NORMAL, masked.data);
    buf_release(&text);
    buf_release(&masked);
}

static void pod_rows(struct graph_view *view, struct panel *panel, const struct live_thing *live)
{
    const struct pod *pod = live->pod;
    char age[TIME_TEXT], gone[TIME_TEXT] = "";
    if (!pod)
        return;
    table_age(view->dash, age, sizeof age, pod->r.created);
    if (live->words.last_restart)
        time_age(gone, MAX(0, dashboard_wall(view->dash) - live->words.last_restart));
    rowf(panel, "pod", ROLE_NORMAL, "%s%s%s  age %s", pod->r.name, pod->node ? " on " : "", str_or_empty(pod->node),
         age);
    if (live->restarts)
        rowf(panel, "restarts", ROLE_WARNING, "%d%s%s%s", live->restarts, *gone ? ", the last " : "", gone,
             *gone ? " ago" : "");
}

static void link_row(struct graph_view *view, struct panel *panel, size_t link, bool output)
{
    const struct graph_link *l = &view->graph->links[link];
    size_t other = output ? l->to : l->from;
    char note[32];
    enum role role = graph_wire_note(graph_view_wire(view, link), note, sizeof note);
    if (full(panel) || other >= view->graph->thing_count)
        return;
    draw_field(panel->area, 0, panel->y, 9, ROLE_DIM, 0, output ? "to" : "from");
    char text[300];
    const char *name = str_or_empty(view->graph->things[other].name);
    if (output)
        snprintf(text, sizeof text, "%s → %s.%s", l->from_port, name, l->to_port);
    else
        snprintf(text, sizeof text, "%s.%s → %s", name, l->from_port, l->to_port);
    int x = draw_text(panel->area, 10, panel->y, l->valid ? ROLE_NORMAL : ROLE_BAD, 0, text);
    draw_text(panel->area, x + 2, panel->y++, role, 0, l->valid ? note : "refused");
}

/* The newest events of the pod, newest first. */
static void event_rows(struct graph_view *view, struct panel *panel, const struct pod *pod)
{
    const struct store *events = model_store(view->model, SOURCE_EVENTS);
    const struct event *newest[20];
    size_t count = 0;
    if (!pod || !events)
        return;
    STORE_EACH(struct event, e, events) {
        if (!str_eq(e->on_uid, pod->r.uid))
            continue;
        size_t at = MIN(count, ARRAY_SIZE(newest) - 1);
        if (count == ARRAY_SIZE(newest) && newest[at]->last > e->last)
            continue;
        count = MIN(count + 1, ARRAY_SIZE(newest));
        for (; at > 0 && newest[at - 1]->last <= e->last; at--)
            newest[at] = newest[at - 1];
        newest[at] = e;
    }
    for (size_t i = 0; i < count; i++) {
        char age[TIME_TEXT];
        time_age(age, MAX(0, dashboard_wall(view->dash) - newest[i]->last));
        rowf(panel, i ? "" : "events", str_eq(newest[i]->type, "Warning") ? ROLE_WARNING : ROLE_NORMAL, "%-6s %s  %s",
             age, str_or_empty(newest[i]->reason), str_or_empty(newest[i]->message));
    }
}

static void external_rows(struct panel *panel, const struct graph_thing *thing)
{
    for (size_t i = 0; i < thing->external_count; i++) {
        struct buf masked;
        buf_init(&masked, 2000);
        secret_mask(&masked, str_or_empty(thing->external_ports[i].value));
        rowf(panel, i ? "" : "address", ROLE_NORMAL, "%s  %s", thing->external_ports[i].name, masked.data);
        buf_release(&masked);
    }
}

static void fault_rows(struct graph_view *view, struct panel *panel, const char *thing)
{
    const struct faults *faults = document_faults(view->model->document);
    bool first = true;
    for (size_t i = 0; i < faults->count; i++) {
        if (!str_eq(faults->items[i].thing, thing))
            continue;
        rowf(panel, first ? "faults" : "", faults->items[i].warning ? ROLE_WARNING : ROLE_BAD, "line %d: %s",
             faults->items[i].line, faults->items[i].text);
        first = false;
    }
    const char *refusal = map_get(&view->model->refused, thing);
    if (refusal)
        row(panel, "refused", ROLE_BAD, refusal);
}

static void change_row(const struct graph_view *view, struct panel *panel, size_t thing)
{
    enum role role;
    enum differs differs = graph_thing_differs(view, thing);
    char sign = differs_sign(differs, &role);
    struct buf words;
    if (!sign)
        return;
    buf_init(&words, 1000);
    graph_change_words(view, thing, &words);
    rowf(panel, "draft", role, "%c %s", sign, differs == DIFFERS_ADDED     ? "new: not deployed yet"
                                              : differs == DIFFERS_REMOVED ? "removed here, still deployed"
                                                                           : words.data);
    buf_release(&words);
}

void graph_panel(struct graph_view *view, struct area area)
{
    size_t thing = graph_view_thing(view);
    if (thing == LAYOUT_NONE)
        return;
    const struct graph_thing *it = &view->graph->things[thing];
    const struct live_thing *live = graph_view_live(view, thing);
    draw_hline(area, 0, 0, area.w, ROLE_BORDER, 0x2500);
    int x = draw_text(area, 1, 0, ROLE_BORDER, 0, " ");
    x = draw_text(area, x, 0, ROLE_TITLE, 0, str_or_empty(it->name));
    x = draw_text(area, x, 0, ROLE_BORDER, 0, " ");
    graph_place_bar(view, area_sub(area, x, 0, area.w - x - 1, 1));
    struct panel panel = {area_sub(area, 2, 1, area.w - 4, area.h - 1), 0};
    if (it->entry)
        rowf(&panel, "type", ROLE_NORMAL, "%s, %s, %s", str_or_empty(it->type), thing_class_name(it->entry->class),
             it->entry->image);
    else
        row(&panel, "type", it->external ? ROLE_NORMAL : ROLE_BAD,
            it->external ? "external, never deployed" : "not in the catalogue");
    change_row(view, &panel, thing);
    fault_rows(view, &panel, it->name);
    external_rows(&panel, it);
    params(&panel, it);
    char place[600];
    enum role role = graph_place_fact(view, thing, place, sizeof place);
    wrapped(&panel, "placement", role, place);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < view->stop_count; i++)
            if (view->stops[i].link != LAYOUT_NONE && view->stops[i].output == side)
                link_row(view, &panel, view->stops[i].link, side);
    pod_rows(view, &panel, live);
    event_rows(view, &panel, live->pod);
}
