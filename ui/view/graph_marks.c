#include "ui/view/graph_view.h"

#include "base/secret.h"
#include "base/text.h"

/* Several things at once (Space), and what is copied of them (Y, x) and put in again (P, or a paste of the terminal). */

void graph_mark(struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    if (thing == LAYOUT_NONE || graph_view_gone(view, thing))
        return;
    if (!map_del(&view->marks, view->thing))
        map_put(&view->marks, view->thing, view);
    if (view->marks.count)
        dashboard_say(view->dash, ROLE_NORMAL, "%zu marked: Y copies, x removes, m moves, R restarts, D deploys; Esc unmarks",
                      view->marks.count);
    else
        dashboard_say(view->dash, ROLE_NORMAL, "nothing is marked");
}

bool graph_marked(const struct graph_view *view, size_t thing)
{
    return view->marks.count && map_has(&view->marks, str_or_empty(view->graph->things[thing].name));
}

bool graph_unmark(struct graph_view *view)
{
    bool any = view->marks.count > 0;
    map_release(&view->marks, NULL);
    return any;
}

char **graph_chosen(const struct graph_view *view, size_t *count)
{
    char **names = xcalloc(view->graph->thing_count + 2, sizeof *names); /* one may be added */
    *count = 0;
    for (size_t i = 0; i < view->graph->thing_count; i++)
        if (graph_marked(view, i) && graph_view_own(view, i))
            names[(*count)++] = xstrdup(view->graph->things[i].name);
    if (!*count && graph_view_thing(view) != LAYOUT_NONE && graph_view_own(view, graph_view_thing(view)))
        names[(*count)++] = xstrdup(view->thing);
    return names;
}

void graph_names_free(char **names)
{
    for (size_t i = 0; names[i]; i++)
        free(names[i]);
    free(names);
}

static bool holds_secret(const struct graph_view *view, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct graph_thing *thing = graph_find(view->graph, names[i]);
        for (size_t k = 0; thing && k < thing->param_count; k++)
            if (secret_value(thing->params[k].name, thing->params[k].value))
                return true;
    }
    return secret_in_url(view->clip, strlen(view->clip)) != SIZE_MAX;
}

void graph_copy(struct graph_view *view, bool say)
{
    size_t count;
    char **names = graph_chosen(view, &count);
    if (count) {
        free(view->clip);
        view->clip = document_copy(view->model->document, (const char *const *)names, count);
    }
    if (count && say) {
        bool secret = holds_secret(view, names, count);
        if (!secret)
            dashboard_copy(view->dash, view->clip); /* so that another patchbay, or an editor, can have it */
        dashboard_say(view->dash, ROLE_GOOD, "copied %s%s; P pastes%s", count == 1 ? names[0] : "the marked things",
                      count == 1 ? "" : " with the links among them",
                      secret ? ". It holds a password, so the terminal's clipboard does not have it" : "");
        graph_unmark(view);
    }
    graph_names_free(names);
}

void graph_paste(struct graph_view *view, const char *text, size_t len)
{
    struct err err = ERR_INIT;
    char **names;
    size_t count = 0;
    if (!text) {
        dashboard_say(view->dash, ROLE_NORMAL, "nothing was copied yet: Y copies what is marked or selected");
        return;
    }
    if (document_paste(view->model->document, text, len, &names, &err) < 0) {
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
        return;
    }
    graph_unmark(view);
    for (; names[count]; count++)
        if (names[1])
            map_put(&view->marks, names[count], view);
    graph_view_edited(view);
    graph_select(view, names[0]);
    if (count == 1)
        dashboard_say(view->dash, ROLE_GOOD, "pasted %s; u takes it out again", names[0]);
    else
        dashboard_say(view->dash, ROLE_GOOD, "pasted %zu things, which are marked now; u takes them out again", count);
    graph_names_free(names);
}
