#include "app/graphs.h"

#include "app/entries.h"
#include "base/text.h"
#include "base/time.h"
#include "graph/plan.h"

int graphs_list(struct app *app, const char *word, struct store **out)
{
    const char *slash = word ? strchr(word, '/') : NULL;
    char *ns = slash && !app->options->values[OPT_NAMESPACE] ? xstrndup(word, (size_t)(slash - word)) : NULL;
    *out = store_new(&kind_configmap);
    int status = app_list_most(app, *out, ns, PLAN_LABEL_KIND "=graph");
    free(ns);
    return status;
}

const struct configmap *graphs_find(const struct app *app, const struct store *maps, const char *word, struct err *err)
{
    const char *slash = strchr(word, '/');
    char *ns = slash ? xstrndup(word, (size_t)(slash - word)) : NULL;
    const char *name = slash ? slash + 1 : word;
    const char *wanted = ns ? ns : app->options->values[OPT_NAMESPACE];
    const struct configmap *found = NULL;
    size_t matches = 0, n = 0;
    const char **names = xcalloc(store_count(maps) + 1, sizeof *names);
    STORE_EACH(struct configmap, map, maps) {
        if (!map->graph || (wanted && !str_eq(map->r.ns, wanted)))
            continue;
        names[n++] = map->graph;
        if (str_eq(map->graph, name)) {
            matches++;
            found = map;
        }
    }
    if (matches != 1) {
        found = NULL;
        const char *near = text_nearest(name, names);
        if (matches > 1)
            err_set(err, "graph '%s' is deployed in several namespaces; say which: -n NAMESPACE", name);
        else if (near)
            err_set(err, "no graph '%s' is deployed; did you mean '%s'?", name, near);
        else
            err_set(err, "no graph '%s' is deployed%s%s; 'patchbay status -A' lists them", name,
                    wanted ? " in namespace " : "", str_or_empty(wanted));
    }
    free(names);
    free(ns);
    return found;
}

int graphs_open(struct app *app, const char *word, struct store **maps, const struct configmap **map)
{
    struct err err = ERR_INIT;
    int status = graphs_list(app, word, maps);
    *map = status == STATUS_DONE ? graphs_find(app, *maps, word, &err) : NULL;
    return status == STATUS_DONE && !*map ? app_fail(STATUS_FAULT, &err) : status;
}

struct graph *graphs_parse(struct app *app, const struct configmap *map, struct err *err)
{
    if (app_catalogue(app) == STATUS_DONE)
        entries_of_cluster(app); /* what is known by no entry is still shown, by its name */
    const char *text = map_get(&map->data, PLAN_KEY_TEXT), *format = map_get(&map->data, PLAN_KEY_FORMAT);
    if (!text) {
        err_set(err, "the ConfigMap %s/%s holds no graph", map->r.ns, map->r.name);
        return NULL;
    }
    if (format && strcmp(format, "1") != 0) {
        err_set(err, "graph %s was deployed by a newer patchbay (format %s; this one knows 1)", map->graph, format);
        return NULL;
    }
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, strlen(text), map->graph, &app->catalogue, &faults);
    if (!graph)
        err_set(err, "the text of graph %s cannot be read: %s", map->graph, faults.count ? faults.items[0].text : "?");
    faults_release(&faults);
    return graph;
}

int64_t graphs_revision(const struct configmap *map, int64_t *at)
{
    const char *text = map_get(&map->data, PLAN_KEY_REVISIONS);
    struct err err = ERR_INIT;
    cJSON *list = text ? json_parse(text, strlen(text), &err) : NULL;
    const cJSON *last = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
    int64_t revision = json_int(last, "revision", 0);
    *at = json_time(last, "at");
    cJSON_Delete(list);
    return revision;
}
