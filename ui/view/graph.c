#include "ui/view.h"

#include "base/text.h"
#include "ui/acts.h"
#include "ui/objects.h"
#include "ui/review.h"
#include "ui/view/graph_keys.h"
#include "ui/view/graph_view.h"

#define LIVE_AGES (NSEC_PER_SEC / 4) /* ages of wires are worked out anew at most this often */
#define PANEL_MIN 5                  /* rows that the panel below the graph is worth */
#define BAR_MIN 14                   /* rows of which one may go to the GPUs where there is no panel */

static const struct live_thing absent_thing = {.state = "not deployed", .rate = -1};
static const struct live_thing unknown_thing = {.state = "unknown", .rate = -1};
static const struct live_wire unknown_wire = {.state = WIRE_UNKNOWN, .rate = -1, .age = -1};

/* Whether what runs was ever read: what may not be listed, or not yet, is not therefore absent. */
static bool cluster_known(const struct graph_view *view)
{
    static const enum model_source_id ids[] = {SOURCE_DEPLOYMENTS, SOURCE_PODS};
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        const struct model_source *source = &view->model->sources[ids[i]];
        if (!source->store || source->state == REFLECTOR_REFUSED || (source->state == REFLECTOR_LISTING && source->why[0]))
            return false;
    }
    return true;
}

const struct live_thing *graph_view_live(const struct graph_view *view, size_t thing)
{
    if (thing < view->live.thing_count)
        return &view->live.things[thing];
    return cluster_known(view) ? &absent_thing : &unknown_thing;
}

const struct live_wire *graph_view_wire(const struct graph_view *view, size_t link)
{
    return link < view->live.wire_count ? &view->live.wires[link] : &unknown_wire;
}

size_t graph_view_thing(const struct graph_view *view)
{
    if (!view->graph || !view->thing)
        return LAYOUT_NONE;
    size_t index = graph_index(view->graph, view->thing);
    return index < view->graph->thing_count ? index : LAYOUT_NONE;
}

const struct stop *graph_view_stop(const struct graph_view *view)
{
    return view->stop >= 0 && view->stop < (int)view->stop_count ? &view->stops[view->stop] : NULL;
}

const char *graph_view_refusal(const struct graph_view *view, size_t thing)
{
    return map_get(&view->model->refused, str_or_empty(view->graph->things[thing].name));
}

const struct fault *graph_view_fault(const struct graph_view *view, size_t thing, bool *warning)
{
    const struct faults *faults = document_faults(view->model->document);
    const struct fault *first = NULL;
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        if (!str_eq(fault->thing, view->graph->things[thing].name) || (first && fault->warning))
            continue;
        if (!first || first->warning)
            first = fault;
    }
    *warning = first && first->warning;
    return first;
}

static const struct thing_traffic *traffic(void *data, const char *pod_uid)
{
    return model_traffic(data, pod_uid);
}

static void make_live(struct graph_view *view)
{
    struct store *deployments = model_store(view->model, SOURCE_DEPLOYMENTS),
                 *pods = model_store(view->model, SOURCE_PODS);
    int64_t now = dashboard_now(view->dash);
    if (!view->live_stale && now - view->live_at < LIVE_AGES)
        return;
    live_release(&view->live);
    if (cluster_known(view))
        live_make(&view->live, view->graph, deployments, pods, traffic, view->model, now);
    view->live_stale = false;
    view->live_at = now;
}

static void forget_layout(struct graph_view *view)
{
    view->laid = false;
    graph_compare_forget(view);
    live_release(&view->live);
    view->live_stale = true;
    graph_place_forget(view);
    view->stop_count = 0;
}

/* Marks of things that are no more. */
static void prune_marks(struct graph_view *view)
{
    for (struct map_entry *e = map_first(&view->marks); e; e = map_next(&view->marks, e))
        if (graph_index(view->graph, e->key) == SIZE_MAX)
            map_del(&view->marks, e->key);
}

static void make_layout(struct graph_view *view, const struct graph *draft)
{
    graph_compare(view, draft);
    view->revision = document_revision(view->model->document);
    prune_marks(view);
    graph_keep_layout(view, view->graph);
    view->laid = true;
    if (view->layout->undrawn)
        dashboard_say(view->dash, ROLE_WARNING,
                      "%zu wires are too many to draw; t lists the things with what they take", view->layout->undrawn);
    if (graph_view_thing(view) == LAYOUT_NONE) {
        char *before = view->thing_before;
        free(view->thing);
        view->thing = view->thing_before = NULL;
        view->stop = STOP_BOX;
        if (before && graph_index(view->graph, before) < view->graph->thing_count)
            graph_select(view, before);
        else if (view->graph->thing_count)
            graph_select_end(view, false);
        free(before);
    }
    graph_make_stops(view);
    view->reveal = true;
}

bool graph_view_sync(struct graph_view *view)
{
    struct document *doc = view->model->document;
    const struct graph *graph = doc ? document_graph(doc) : NULL;
    bool other = graph && view->laid && view->revision != document_revision(doc); /* also after a refused edit */
    if (view->stale || other || !graph) {
        forget_layout(view);
        if (view->connect.on)
            graph_connect_end(view);
        view->moving.on = false;
        view->stale = false;
    }
    if (!graph)
        return false;
    if (!view->laid)
        make_layout(view, graph);
    make_live(view);
    graph_place_sync(view);
    return true;
}

void graph_view_relayout(struct graph_view *view)
{
    forget_layout(view);
    graph_view_sync(view);
}

void graph_view_edited(struct graph_view *view)
{
    view->stale = true;
    model_changed(view->model, CHANGED_DOCUMENT);
    graph_view_sync(view);
}

static void *graph_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct graph_view *view = xcalloc(1, sizeof *view);
    view->dash = dash;
    view->model = dashboard_model(dash);
    view->stop = STOP_BOX;
    view->live_stale = true;
    view->fit = 80;
    view->density = LAYOUT_FULL;
    graph_list_init(view);
    return view;
}

static void graph_close(void *state)
{
    struct graph_view *view = state;
    graph_connect_end(view);
    graph_edit_free(view->edit);
    forget_layout(view);
    layout_free(view->layout);
    graph_compare_end(view);
    graph_did(view, 0, NULL);
    graph_unmark(view);
    graph_keep_release(view);
    free(view->clip);
    free(view->sought);
    free(view->thing);
    free(view->thing_before);
    free(view->stops);
    list_release(&view->list);
    free(view);
}

/* What must be on the screen: the selected box, with the wire's other end if it may be, or where a box is being moved to. */
static void reveal(struct graph_view *view, const struct layout_box *box, const struct stop *stop)
{
    int left = box->x, right = box->x + box->w, top = box->y, bottom = box->y + box->h;
    if (view->moving.on) {
        left += view->moving.dx;
        right += view->moving.dx;
        top += view->moving.dy;
        bottom += view->moving.dy;
    } else if (stop && stop->link != LAYOUT_NONE) {
        left = MIN(left, MAX(view->layout->wires[stop->link].from_x - 1, right - view->area_w));
        right = MAX(right, MIN(view->layout->wires[stop->link].to_x + 2, left + view->area_w));
    }
    view->pan_x = MIN(MAX(view->pan_x, right + 1 - view->area_w), MAX(left - 1, 0));
    view->pan_y = MIN(MAX(view->pan_y, bottom - view->area_h), MAX(top, 0));
}

/* No emptiness when the graph is larger than the screen. */
static void bound_pan(struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    const struct layout *layout = view->layout;
    bool moving = view->moving.on && !view->moving.by_mouse;
    if ((view->reveal || moving) && thing != LAYOUT_NONE)
        reveal(view, &layout->boxes[thing], graph_view_stop(view));
    view->reveal = false;
    if (view->moving.on) /* it may be put where nothing is yet */
        return;
    bool stays_x = !view->centre && view->pan_x <= 0 && layout->width - view->pan_x <= view->area_w;
    bool stays_y = !view->centre && view->pan_y <= 0 && layout->height - view->pan_y <= view->area_h;
    view->centre = false;
    if (stays_x)
        ; /* nothing jumps when a box is moved */
    else if (layout->width <= view->area_w)
        view->pan_x = -(view->area_w - layout->width) / 2;
    else
        view->pan_x = MIN(MAX(view->pan_x, 0), layout->width - view->area_w);
    if (stays_y)
        ;
    else if (layout->height <= view->area_h)
        view->pan_y = layout->height < view->area_h ? -MIN((view->area_h - layout->height) / 2, 1) : 0;
    else
        view->pan_y = MIN(MAX(view->pan_y, 0), layout->height - view->area_h);
}

static void graph_view_draw(void *state, struct area area)
{
    struct graph_view *view = state;
    if (view->fit != area.w) {
        view->fit = area.w;
        forget_layout(view);
    }
    if (!graph_view_sync(view)) {
        graph_empty_draw(view, area);
        return;
    }
    if (view->as_list) {
        graph_list_draw(view, area);
        return;
    }
    if (!view->graph->thing_count) {
        draw_text(area, 2, 1, ROLE_NORMAL, 0, "This graph has no things yet. a adds one from the catalogue.");
        return;
    }
    int spare = area.h - view->layout->height - 2;
    int panel = spare >= PANEL_MIN && !view->moving.on ? spare : 0; /* a box may be put there */
    int bar = !panel && area.h >= BAR_MIN && graph_place_has_bar(view); /* else it stands in the panel's edge */
    view->area_w = area.w;
    view->area_h = area.h - panel - bar;
    bound_pan(view);
    struct area above = area_sub(area, 0, 0, area.w, view->area_h);
    graph_draw(view, above);
    if (view->moving.on)
        graph_move_draw(view, above);
    struct area below = area_sub(area, 0, view->area_h, area.w, panel);
    if (panel && view->connect.on)
        graph_connect_panel(view, below);
    else if (panel)
        graph_panel(view, below);
    else if (bar)
        graph_place_bar(view, area_sub(area, 0, view->area_h, area.w, 1));
}

static const struct binding bindings[] = {
    {"a", GRAPH_ADD, "add", "add a thing from the catalogue"},
    {"o", GRAPH_APPEND, "append", "add a thing downstream, and wire it"},
    {"c", GRAPH_CONNECT, "connect", "connect from this port to one that fits"},
    {"i", GRAPH_PARAMS, "params", "name, parameters, GPUs, replicas, nodes"},
    {"x Delete", GRAPH_REMOVE, "remove", "remove box or wire from the draft"},
    {"u", GRAPH_UNDO, "undo", "undo the last edit"},
    {"^R", GRAPH_REDO, NULL, "do again what was undone"},
    {".", GRAPH_REPEAT, NULL, "the last change again, here"},
    {"Space", GRAPH_MARK, NULL, "mark, for Y, x, m, R, D; Esc unmarks"},
    {"Y", GRAPH_COPY, NULL, "copy what is marked, else the box"},
    {"P", GRAPH_PASTE, NULL, "paste what Y or x took"},
    {"m", GRAPH_MOVE, NULL, "move the box: hjkl, then Enter"},
    {"=", GRAPH_UNPLACE, NULL, "let the layout place the box again"},
    {"D", GRAPH_DEPLOY, "deploy", "review what would change, then deploy", ACTION_DEPLOY},
    {"R", GRAPH_RESTART, NULL, "restart the marked, else the box; asks", ACTION_ACT},
    {"w", GRAPH_WHY, "why", "why the thing or wire is as it is"},
    {"h Left", GRAPH_LEFT, NULL, "the nearest box to the left"},
    {"j Down", GRAPH_DOWN, NULL, "the nearest box below"},
    {"k Up", GRAPH_UP, NULL, "the nearest box above"},
    {"l Right", GRAPH_RIGHT, NULL, "the nearest box to the right"},
    {"Tab", GRAPH_NEXT, NULL, "the next port or wire of this box"},
    {"S-Tab", GRAPH_PREV, NULL, "the port or wire before"},
    {"g Home", GRAPH_FIRST, NULL, "the first box"},
    {"G End", GRAPH_LAST, NULL, "the last box"},
    {"H S-Left", GRAPH_PAN_LEFT, NULL, "pan left"},
    {"J S-Down PgDn", GRAPH_PAN_DOWN, NULL, "pan down"},
    {"K S-Up PgUp", GRAPH_PAN_UP, NULL, "pan up"},
    {"S-Right", GRAPH_PAN_RIGHT, NULL, "pan right"},
    {"n", GRAPH_FIND_NEXT, NULL, "the next thing that / found"},
    {"N", GRAPH_FIND_PREV, NULL, "the one before"},
    {"+", GRAPH_MORE, NULL, "more detail: a line a thing, compact, full"},
    {"-", GRAPH_LESS, NULL, "less detail"},
    {"e", GRAPH_EDIT, NULL, "the thing's YAML in $EDITOR"},
    {"E", GRAPH_EDIT_ALL, NULL, "the whole graph as YAML in $EDITOR"},
    {"t", GRAPH_LIST, NULL, "as a list, and back"},
    {"Enter", GRAPH_ENTER, NULL, "logs, pods, why; a wire: its other end"},
    {"L", GRAPH_LOGS, NULL, "the log of this thing's pod", ACTION_LOGS},
    OBJECT_POD_BINDINGS,
    {"v", GRAPH_PICTURE, NULL, "its picture, with what is found in it", ACTION_PROXY},
    {"d", GRAPH_DESCRIBE, NULL, "the pod in words, with its events"},
    {"y", GRAPH_YAML, NULL, "the deployment as YAML"},
    {"X", GRAPH_DELETE, NULL, "delete the graph on the cluster; asks", ACTION_DELETE_GRAPH},
    {NULL},
};

/* A wire leads to its other end, a box to what it does. */
static void enter(struct graph_view *view)
{
    const struct stop *stop = graph_view_stop(view);
    if (!stop || stop->link == LAYOUT_NONE) {
        graph_enter_box(view);
        return;
    }
    const struct graph_link *link = &view->graph->links[stop->link];
    bool output = !stop->output;
    size_t at = stop->link;
    graph_select(view, view->graph->things[output ? link->from : link->to].name);
    graph_select_wire(view, at, output);
}

static void pan(struct graph_view *view, int dx, int dy)
{
    view->pan_x += dx;
    view->pan_y += dy;
}

/* Of what is marked alone; else of all, or of what is selected, which may be only on the cluster. */
static void review(struct graph_view *view)
{
    size_t count;
    char **names = graph_chosen(view, &count);
    if (!count && view->thing)
        names[count++] = xstrdup(view->thing);
    review_open_part(view->dash, names, count, view->marks.count > 0);
    graph_names_free(names);
}

static void compose(struct graph_view *view, int command)
{
    /* a line has no ports to connect */
    if ((command == GRAPH_CONNECT || command == GRAPH_APPEND) && view->density == LAYOUT_LINES)
        graph_set_density(view, LAYOUT_COMPACT);
    switch (command) {
    case GRAPH_ADD: graph_add(view); break;
    case GRAPH_APPEND: graph_append(view); break;
    case GRAPH_CONNECT: graph_connect_begin(view); break;
    case GRAPH_PARAMS: graph_params(view); break;
    case GRAPH_EDIT: graph_edit_thing(view); break;
    case GRAPH_EDIT_ALL: graph_edit_text(view); break;
    case GRAPH_REMOVE: graph_remove(view); break;
    case GRAPH_MARK: graph_mark(view); break;
    case GRAPH_COPY: graph_copy(view, true); break;
    case GRAPH_PASTE:
        graph_did(view, GRAPH_PASTE, NULL);
        graph_paste(view, view->clip, view->clip ? strlen(view->clip) : 0);
        break;
    case GRAPH_REPEAT: graph_repeat(view); break;
    case GRAPH_MOVE: graph_move_begin(view); break;
    case GRAPH_UNPLACE: graph_unplace(view); break;
    case GRAPH_UNDO: graph_undo(view, false); break;
    case GRAPH_REDO: graph_undo(view, true); break;
    case GRAPH_DEPLOY: review(view); break;
    default: break;
    }
}

static unsigned graph_command(void *state, int command, const struct key *key UNUSED)
{
    struct graph_view *view = state;
    if (!graph_view_sync(view)) {
        graph_empty_command(view, command);
        return DID_CHANGE;
    }
    switch (command) {
    case GRAPH_LEFT: graph_select_near(view, -1, 0); break;
    case GRAPH_RIGHT: graph_select_near(view, 1, 0); break;
    case GRAPH_UP: graph_select_near(view, 0, -1); break;
    case GRAPH_DOWN: graph_select_near(view, 0, 1); break;
    case GRAPH_NEXT: graph_select_stop(view, 1); break;
    case GRAPH_PREV: graph_select_stop(view, -1); break;
    case GRAPH_FIRST: graph_select_end(view, false); break;
    case GRAPH_LAST: graph_select_end(view, true); break;
    case GRAPH_PAN_LEFT: pan(view, -8, 0); break;
    case GRAPH_PAN_RIGHT: pan(view, 8, 0); break;
    case GRAPH_PAN_UP: pan(view, 0, -4); break;
    case GRAPH_PAN_DOWN: pan(view, 0, 4); break;
    case GRAPH_FIND_NEXT: graph_seek_again(view, false); break;
    case GRAPH_FIND_PREV: graph_seek_again(view, true); break;
    case GRAPH_MORE: graph_change_density(view, 1); break;
    case GRAPH_LESS: graph_change_density(view, -1); break;
    case GRAPH_WHY: graph_show_why(view); break;
    case GRAPH_LOGS: graph_show_log(view); break;
    case GRAPH_ENTER: enter(view); break;
    case GRAPH_LIST: view->as_list = !view->as_list; break;
    case GRAPH_PICTURE: graph_show_picture(view); break;
    case GRAPH_DELETE: graph_delete(view); break;
    case GRAPH_RESTART: acts_run(view->dash, ACT_RESTART, ""); break;
    case GRAPH_DESCRIBE: graph_show_object(view, OBJECT_DESCRIBE); break;
    case OBJECT_SHELL:
    case OBJECT_FORWARD: graph_show_object(view, command); break;
    case GRAPH_YAML: graph_show_object(view, OBJECT_YAML); break;
    default: compose(view, command); break;
    }
    return DID_CHANGE;
}

/* What the terminal pastes is a graph's text, or nothing for us. */
static unsigned paste_here(struct graph_view *view, const struct key *key)
{
    if (view->model->document)
        graph_paste(view, key->text, key->text_len);
    else
        dashboard_say(view->dash, ROLE_NORMAL, "no graph is open to paste into: a begins one");
    return DID_CHANGE;
}

/* Keys of a link being drawn, of the list, and the mouse come before the table. */
static unsigned graph_key(void *state, const struct key *key)
{
    struct graph_view *view = state;
    if (!graph_view_sync(view))
        return key->code == K_PASTE ? paste_here(view, key) : DID_NOTHING;
    if (key_is_mouse(key) && !view->as_list)
        return graph_mouse(view, key);
    if (view->connect.on)
        return graph_connect_key(view, key);
    if (view->moving.on)
        return graph_move_key(view, key);
    if (key->code == K_PASTE)
        return paste_here(view, key);
    if (key_is(key, "Esc") && graph_unmark(view))
        return DID_CHANGE;
    return view->as_list ? graph_list_key(view, key) : DID_NOTHING;
}

/* This view's own edits it has taken in before they are told to all. */
static bool is_of_document(const struct graph_view *view)
{
    const struct document *doc = view->model->document;
    return doc && view->laid && document_revision(doc) == view->revision;
}

static bool graph_changed(void *state, unsigned mask)
{
    struct graph_view *view = state;
    if ((mask & CHANGED_CONTEXT) || ((mask & CHANGED_DOCUMENT) && !is_of_document(view)) ||
        ((mask & (CHANGED_DOCUMENT | CHANGED_GRAPHS)) && graph_compare_stale(view)))
        view->stale = true;
    if (mask &
        (CHANGED_PODS | CHANGED_DEPLOYMENTS | CHANGED_TRAFFIC | CHANGED_EVENTS | CHANGED_GRAPHS | CHANGED_CONTEXT |
         CHANGED_FRESHNESS)) {
        live_release(&view->live); /* its records may be gone */
        view->live_stale = true;
    }
    if (mask & (CHANGED_PODS | CHANGED_NODES))
        graph_place_forget(view);
    return mask & (CHANGED_NODES | CHANGED_DOCUMENT | CHANGED_CONTEXT | CHANGED_PODS | CHANGED_DEPLOYMENTS | CHANGED_TRAFFIC |
                   CHANGED_EVENTS | CHANGED_GRAPHS);
}

static void graph_status(void *state, char *out, size_t size, enum role *role)
{
    struct graph_view *view = state;
    *out = '\0';
    if (graph_view_sync(view))
        graph_words(view, out, size, role);
}

static const char *graph_hints(void *state)
{
    struct graph_view *view = state;
    if (!graph_view_sync(view))
        return graph_empty_hints(view);
    return view->connect.on  ? "Tab next that fits  j/k any  Space several  Enter connect  Esc away"
           : view->moving.on ? "h/j/k/l or arrows move  H/J/K/L far  Enter put it there  Esc away"
                             : NULL;
}

static void graph_filter(void *state, const char *text, bool done UNUSED)
{
    struct graph_view *view = state;
    if (!graph_view_sync(view))
        return;
    if (text && *text) {
        free(view->sought);
        view->sought = xstrdup(text);
    }
    graph_seek(view, text);
}

static const char *graph_ns(void *state)
{
    const struct graph_view *view = state;
    return view->model->graph_ns;
}

static const struct view_command commands[] = {
    {"warm", "", "pull its images where it may run", graph_warm, NULL},
    {NULL},
};

const struct view view_graph = {
    .name = "graph",
    .title = "Graph",
    .words = "gr g",
    .digit = '1',
    .ages = true,
    .sources = CHANGED_GRAPHS | CHANGED_DEPLOYMENTS | CHANGED_PODS,
    .traffic = true,
    .wordy = true,
    .bindings = bindings,
    .commands = commands,
    .open = graph_open,
    .close = graph_close,
    .draw = graph_view_draw,
    .key = graph_key,
    .selected = graph_selected_record,
    .command = graph_command,
    .changed = graph_changed,
    .chosen = graph_deployments,
    .ns = graph_ns,
    .status = graph_status,
    .hints = graph_hints,
    .filter = graph_filter,
};
