#include "ui/dashboard_private.h"
#include "ui/kinds.h"
#include "ui/replay.h"

enum { KEY_COMMAND = 1, KEY_FILTER, KEY_HELP, KEY_LAST, KEY_ALL_NAMESPACES, KEY_BACK, KEY_QUIT, KEY_REDRAW, KEY_SUSPEND, KEY_MARKS };

const struct binding dashboard_bindings[] = {
    {":", KEY_COMMAND, NULL, "command line; Tab completes, Up recalls"},
    {"/", KEY_FILTER, NULL, "filter, or search"},
    {"? F1", KEY_HELP, NULL, "the keys of this view"},
    {"-", KEY_LAST, NULL, "the view before this one"},
    {"'", KEY_MARKS, NULL, "go to a mark; :mark NAME makes one"},
    {"0", KEY_ALL_NAMESPACES, NULL, "all namespaces"},
    {"Esc", KEY_BACK, NULL, "back to where this view was opened from"},
    {"q ^C", KEY_QUIT, NULL, "leave patchbay"},
    {"^L", KEY_REDRAW, NULL, "draw everything again"},
    {"^Z", KEY_SUSPEND, NULL, "suspend"},
    {NULL},
};

static void start_prompt(struct dashboard *dash, enum prompt_kind kind, const char *label, const char *initial,
                         struct prompt_history *history, complete_fn complete, void *data)
{
    if (dash->asking)
        prompt_release(&dash->prompt);
    dash->asking = kind;
    snprintf(dash->label, sizeof dash->label, "%s", label);
    prompt_init(&dash->prompt, initial, history, complete, data);
    dashboard_redraw(dash);
}

void dashboard_prompt(struct dashboard *dash, const char *label, const char *initial, complete_fn complete,
                      prompt_done_fn done, void *data)
{
    start_prompt(dash, PROMPT_QUESTION, label, initial, NULL, complete, data);
    dash->prompt_done = done;
    dash->prompt_data = data;
}

static void filter(struct dashboard *dash, const char *text, bool done)
{
    dash->current->view->filter(dash->current->state, text, done);
}

void dashboard_filter(struct dashboard *dash, const char *text)
{
    if (dash->current->view->filter)
        filter(dash, text, true);
}

/* The prompt is given up before its text is acted on: the action may ask again. */
static void end_prompt(struct dashboard *dash, bool taken)
{
    enum prompt_kind kind = dash->asking;
    char *text = taken ? xstrdup(dash->prompt.text.data) : NULL;
    if (text && (kind == PROMPT_COMMAND || kind == PROMPT_FILTER))
        state_keep_line(dash, kind == PROMPT_COMMAND ? ':' : '/', text);
    prompt_release(&dash->prompt);
    dash->asking = PROMPT_NONE;
    if (kind == PROMPT_COMMAND && text)
        command_run(dash, text);
    else if (kind == PROMPT_FILTER)
        filter(dash, text, true);
    else if (kind == PROMPT_QUESTION)
        dash->prompt_done(dash->prompt_data, text);
    free(text);
}

static void prompt_took(struct dashboard *dash, const struct key *key)
{
    bool empty = dash->prompt.text.len == 0;
    switch (prompt_key(&dash->prompt, key)) {
    case PROMPT_EDITED:
        /* Backspace on an empty line ends it, as in vim. */
        if (empty && key_is(key, "Backspace"))
            end_prompt(dash, false);
        else if (dash->asking == PROMPT_FILTER)
            filter(dash, dash->prompt.text.data, false);
        break;
    case PROMPT_DONE:
        end_prompt(dash, true);
        break;
    case PROMPT_CANCELLED:
        end_prompt(dash, false);
        break;
    case PROMPT_IGNORED:
        break;
    }
}

void dashboard_use_namespace(struct dashboard *dash, const char *ns)
{
    struct err err = ERR_INIT;
    if (model_set_namespace(dash->model, ns, &err) < 0)
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
    else if (dash->current->view == &view_graph && dash->model->graph_ns) /* its header goes on naming the graph's own */
        dashboard_say(dash, ROLE_NORMAL, "the other views show %s%s; the graph stays", ns ? "namespace " : "all namespaces",
                      str_or_empty(ns));
}

/* What is there already is added to. */
static void ask_filter(struct dashboard *dash, const struct view *view, void *state)
{
    const char *now = view->filtered ? view->filtered(state) : "";
    char text[300];
    snprintf(text, sizeof text, "%s%s", now, *now ? " " : "");
    start_prompt(dash, PROMPT_FILTER, "/", text, &dash->filters, view->complete, state);
}

static void own_command(struct dashboard *dash, int command)
{
    switch (command) {
    case KEY_COMMAND:
        kinds_begin(dash);
        start_prompt(dash, PROMPT_COMMAND, ":", "", &dash->commands, command_complete, dash);
        break;
    case KEY_FILTER:
        if (dash->current->view->filter)
            ask_filter(dash, dash->current->view, dash->current->state);
        break;
    case KEY_HELP:
        dashboard_open(dash, &view_help, &(struct target){.name = dash->current->view->name});
        break;
    case KEY_LAST:
        if (dash->last)
            dashboard_go(dash, dash->last->view);
        break;
    case KEY_ALL_NAMESPACES:
        dashboard_use_namespace(dash, NULL);
        break;
    case KEY_MARKS:
        marks_choose(dash);
        break;
    case KEY_BACK:
        dashboard_back(dash);
        break;
    case KEY_QUIT:
        dashboard_leave(dash);
        break;
    case KEY_REDRAW:
        dash->whole = true;
        break;
    case KEY_SUSPEND:
        dashboard_suspend(dash);
        break;
    default:
        break;
    }
}

static void consequences(struct dashboard *dash, unsigned did)
{
    if ((did & DID_CLOSE) == DID_CLOSE)
        dashboard_back(dash);
}

static struct key in_area(const struct key *key, struct area area)
{
    struct key local = *key;
    local.x -= area.x;
    local.y -= area.y;
    return local;
}

static void overlay_took(struct dashboard *dash, const struct key *key)
{
    size_t top = dash->overlay_count - 1;
    const struct overlay *overlay = dash->overlays[top].overlay;
    void *state = dash->overlays[top].state;
    struct key local = key_is_mouse(key) ? in_area(key, dash->overlays[top].area) : *key;
    unsigned did = overlay->key(state, &local);
    if ((did & DID_CLOSE) != DID_CLOSE)
        return;
    /* It may have put another one on top of itself. */
    for (size_t i = 0; i < dash->overlay_count; i++)
        if (dash->overlays[i].state == state) {
            memmove(&dash->overlays[i], &dash->overlays[i + 1],
                    (dash->overlay_count - i - 1) * sizeof dash->overlays[0]);
            dash->overlay_count--;
            break;
        }
    if (key->code == ':' && !key->mods && dash->asking == PROMPT_NONE)
        own_command(dash, KEY_COMMAND);
    dashboard_hold(dash);
    overlay->free(state);
}

/* A binding of the view's, unless the operator may not do what it leads to: then it says so. */
static unsigned command_of(struct dashboard *dash, const struct binding *table, const struct key *key)
{
    const struct view *view = dash->current->view;
    const struct binding *binding = binding_find(table, key);
    struct err why = ERR_INIT;
    if (!binding)
        return DID_NOTHING;
    if (dashboard_may(dash, view, binding, &why) == 0)
        return view->command(dash->current->state, binding->command, key);
    dashboard_say(dash, ROLE_WARNING, "%s", why.text);
    return DID_CHANGE;
}

static void view_took(struct dashboard *dash, const struct key *key)
{
    const struct view *view = dash->current->view;
    void *state = dash->current->state;
    unsigned did = DID_NOTHING;
    if (key_is_mouse(key)) {
        if (key->code == K_CLICK && dash->replay.h && key->y == dash->replay.y)
            replay_click(dash, dash->replay, key->x);
        struct key local = in_area(key, dash->body);
        bool inside = local.x >= 0 && local.y >= 0 && local.x < dash->body.w && local.y < dash->body.h;
        if (inside && view->key)
            consequences(dash, view->key(state, &local));
        return;
    }
    if (view->key)
        did = view->key(state, key);
    if (did == DID_NOTHING)
        did = command_of(dash, view->bindings, key);
    if (did == DID_NOTHING)
        did = command_of(dash, view->more_bindings, key);
    if (did != DID_NOTHING) {
        consequences(dash, did);
        return;
    }
    for (size_t i = 0; view_table[i]; i++)
        if (!key->mods && view_table[i]->digit && key->code == (uint32_t)view_table[i]->digit) {
            dashboard_go(dash, view_table[i]);
            return;
        }
    const struct binding *binding = binding_find(dashboard_bindings, key);
    if (binding)
        own_command(dash, binding->command);
}

void dashboard_key(struct dashboard *dash, const struct key *key)
{
    dashboard_dispatch(dash);
    dash->dirty = true;
    if (key->code == K_RESIZE)
        dashboard_resized(dash);
    else if (key_is(key, "^Z") || key_is(key, "^L"))
        own_command(dash, key_is(key, "^Z") ? KEY_SUSPEND : KEY_REDRAW);
    else if (dashboard_too_small(dash)) {
        if ((key_is(key, "q") || key_is(key, "^C")) && !dash->overlay_count) /* it may ask, which is seen later: once */
            dashboard_leave(dash);
    } else if (dash->overlay_count && !dash->asking)
        overlay_took(dash, key);
    else if (dash->asking)
        prompt_took(dash, key);
    else {
        if (!key_is_mouse(key) || key->code == K_CLICK || key->code == K_DRAG)
            dash->said[0] = '\0';
        if (!replay_key(dash, key))
            view_took(dash, key);
    }
    dashboard_want_frame(dash, true);
}
