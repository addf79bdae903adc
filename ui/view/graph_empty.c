#include "ui/view/graph_view.h"

#include "k8s/kinds/configmap.h"
#include "ui/view/graph_keys.h"

/* What is there without a document: the deployed graphs, of which Enter opens one. */

/* Those of the namespace that is looked at. */
static bool offered(const struct graph_view *view, const struct configmap *map)
{
    return map->graph && (!view->model->ns || str_eq(map->r.ns, view->model->ns));
}

static const struct configmap *deployed_graph(const struct graph_view *view, size_t *count)
{
    const struct store *graphs = model_store(view->model, SOURCE_GRAPHS);
    const struct configmap *at = NULL;
    *count = 0;
    if (graphs)
        STORE_EACH(struct configmap, map, graphs) {
            if (!offered(view, map))
                continue;
            if (*count == view->empty_at)
                at = map;
            ++*count;
        }
    return at;
}

void graph_empty_draw(struct graph_view *view, struct area area)
{
    size_t count, row = 0;
    int y = 1;
    deployed_graph(view, &count);
    view->empty_at = count ? MIN(view->empty_at, count - 1) : 0;
    draw_text(area, 2, y, ROLE_TITLE, 0, "No graph is open.");
    y += 2;
    draw_text(area, 2, y++, ROLE_NORMAL, 0, "a begins one with its first thing.  :open FILE opens a file.");
    y++;
    const struct model_source *graphs = &view->model->sources[SOURCE_GRAPHS];
    if (!count && graphs->why[0]) /* then which are deployed is not known */
        draw_wrapped(area, 2, y, area.w - 4, ROLE_WARNING, 0, graphs->why);
    else if (!count && view->model->ns)
        draw_textf(area, 2, y, ROLE_DIM, 0, "No graph is deployed in %s; 0 looks in all namespaces.", view->model->ns);
    if (!count)
        return;
    draw_text(area, 2, y++, ROLE_NORMAL, 0, "Deployed graphs; Enter opens one:");
    STORE_EACH(struct configmap, map, model_store(view->model, SOURCE_GRAPHS)) {
        if (!offered(view, map))
            continue;
        bool at = row++ == view->empty_at;
        char text[512];
        snprintf(text, sizeof text, " %s/%s", str_or_empty(map->r.ns), map->graph);
        draw_field(area, 2, y++, MIN(area.w - 4, 60), ROLE_NORMAL, at ? ATTR_SELECTED : 0, text);
    }
}

void graph_empty_command(struct graph_view *view, int command)
{
    size_t count;
    const struct configmap *map = deployed_graph(view, &count);
    struct err err = ERR_INIT;
    if (command == GRAPH_ADD)
        graph_add(view);
    else if (command == GRAPH_DOWN && view->empty_at + 1 < count)
        view->empty_at++;
    else if (command == GRAPH_UP && view->empty_at)
        view->empty_at--;
    else if (command == GRAPH_ENTER && map && model_open_graph(view->model, map->r.ns, map->graph, &err) < 0)
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
}

const char *graph_empty_hints(const struct graph_view *view)
{
    size_t count;
    deployed_graph(view, &count);
    return count ? "a add  Enter open  j/k choose  : command  ? help  q quit" : "a add  : command  ? help  q quit";
}
