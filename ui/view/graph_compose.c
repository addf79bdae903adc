#include "ui/view/graph_view.h"

#include "base/text.h"
#include "ui/view/graph_keys.h"

/* The link that `x` means: the selected wire. A port without one removes nothing. */
static void remove_link(struct graph_view *view, size_t link)
{
    const struct graph_link *l = &view->graph->links[link];
    struct err err = ERR_INIT;
    char *text = xasprintf("%s.%s → %s.%s", str_or_empty(view->graph->things[l->from].name), l->from_port,
                           str_or_empty(view->graph->things[l->to].name), l->to_port);
    if (document_remove_link(view->model->document, link, &err) < 0)
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    else
        dashboard_say(view->dash, ROLE_GOOD, "removed %s; u undoes it", text);
    free(text);
    graph_view_edited(view);
}

/* What is selected after a thing is gone: what it was linked to, else its neighbour. */
static char *heir_of(const struct graph_view *view, size_t thing)
{
    const struct graph *graph = view->graph;
    for (size_t i = 0; i < graph->link_count; i++) {
        size_t other = graph->links[i].to == thing     ? graph->links[i].from
                       : graph->links[i].from == thing ? graph->links[i].to
                                                       : LAYOUT_NONE;
        if (other < graph->thing_count && other != thing)
            return xstrdup(graph->things[other].name);
    }
    size_t other = thing ? thing - 1 : 1;
    return other < graph->thing_count ? xstrdup(graph->things[other].name) : NULL;
}

static bool has_links(const struct graph_view *view, size_t thing)
{
    for (size_t i = 0; i < view->graph->link_count; i++)
        if (view->graph->links[i].from == thing || view->graph->links[i].to == thing)
            return true;
    return false;
}

/* What is removed can be pasted again, as with vim's x. */
static void remove_things(struct graph_view *view, char **names, size_t count)
{
    struct err err = ERR_INIT;
    struct document *doc = view->model->document;
    char *heir = heir_of(view, graph_view_thing(view));
    char *label = xasprintf("remove %s", count == 1 ? names[0] : "the marked things");
    bool links = has_links(view, graph_index(view->graph, names[0]));
    graph_copy(view, false);
    document_begin(doc, label);
    for (size_t i = 0; i < count && !err_is_set(&err); i++)
        document_remove_thing(doc, names[i], &err);
    document_end(doc, !err_is_set(&err));
    graph_unmark(view);
    graph_view_edited(view);
    if (err_is_set(&err))
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    else if (count == 1)
        dashboard_say(view->dash, ROLE_GOOD, "removed %s%s from the draft; u undoes it, P pastes it", names[0],
                      links ? " and its links" : "");
    else
        dashboard_say(view->dash, ROLE_GOOD, "removed %zu things from the draft; u undoes it, P pastes them", count);
    if (heir && graph_index(view->graph, heir) < view->graph->thing_count)
        graph_select(view, heir);
    free(label);
    free(heir);
}

void graph_remove(struct graph_view *view)
{
    size_t thing = graph_view_thing(view), count;
    const struct stop *stop = view->marks.count ? NULL : graph_view_stop(view);
    if (thing == LAYOUT_NONE)
        return;
    if (stop && stop->link == LAYOUT_NONE) {
        dashboard_say(view->dash, ROLE_NORMAL, "no wire is on this port; Tab to the box itself removes the box");
        return;
    }
    if (stop && graph_link_differs(view, stop->link) == DIFFERS_REMOVED) {
        dashboard_say(view->dash, ROLE_WARNING, "this wire is removed from the draft already, and is still deployed");
        return;
    }
    graph_did(view, GRAPH_REMOVE, NULL);
    if (stop) {
        remove_link(view, stop->link);
        return;
    }
    if (!view->marks.count && graph_view_gone(view, thing))
        return;
    char **names = graph_chosen(view, &count);
    if (count)
        remove_things(view, names, count);
    graph_names_free(names);
}

void graph_undo(struct graph_view *view, bool redo)
{
    struct document *doc = view->model->document;
    bool did = redo ? document_redo(doc) : document_undo(doc);
    if (!did) {
        dashboard_say(view->dash, ROLE_NORMAL, redo ? "nothing to redo" : "nothing to undo");
        return;
    }
    dashboard_say(view->dash, ROLE_NORMAL, "%s", str_or_empty(document_last_edit(doc)));
    graph_view_edited(view);
}

void graph_did(struct graph_view *view, int command, const char *text)
{
    struct repeat *repeat = &view->repeat;
    char *copy = xstrdup_or_null(text);
    for (size_t i = 0; i < repeat->field_count; i++) {
        free(repeat->fields[i].field);
        free(repeat->fields[i].value);
    }
    free(repeat->fields);
    free(repeat->text);
    *repeat = (struct repeat){.command = command, .text = copy};
}

void graph_repeat(struct graph_view *view)
{
    const struct repeat *repeat = &view->repeat;
    char *text = xstrdup_or_null(repeat->text);
    switch (repeat->command) {
    case GRAPH_ADD: graph_add_type(view, text, false); break;
    case GRAPH_APPEND: graph_add_type(view, text, true); break;
    case GRAPH_PARAMS: graph_params_again(view); break;
    case GRAPH_REMOVE: graph_remove(view); break;
    case GRAPH_PASTE: graph_paste(view, view->clip, view->clip ? strlen(view->clip) : 0); break;
    case GRAPH_MOVE: graph_move_by(view, repeat->dx, repeat->dy); break;
    case GRAPH_CONNECT: graph_connect_begin(view); break; /* to what is another question here */
    default: dashboard_say(view->dash, ROLE_NORMAL, "nothing was done yet that could be repeated"); break;
    }
    free(text);
}
