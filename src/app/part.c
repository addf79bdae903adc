#include "app/part.h"

#include "app/graphs.h"
#include "base/text.h"

static bool has(const struct part *part, const struct graph *graph, const char *thing)
{
    for (size_t i = 0; i < part->count; i++)
        if (str_eq(part->targets[i].ns, graph->ns) && str_eq(part->targets[i].graph, graph->name) &&
            str_eq(part->targets[i].name, thing))
            return true;
    return false;
}

static void add(struct part *part, const struct graph *graph, const struct graph_thing *thing, bool meant)
{
    if (has(part, graph, thing->name))
        return;
    GROW(part->targets, part->count, part->cap);
    part->targets[part->count++] = (struct acting_target){.ns = xstrdup(graph->ns),
                                                          .graph = xstrdup(graph->name),
                                                          .name = xstrdup(thing->name),
                                                          .wanted = thing->replicas,
                                                          .meant = meant};
}

static int add_thing(struct part *part, const struct graph *graph, const char *name, enum act act, struct err *err)
{
    const struct graph_thing *thing = graph_find(graph, name);
    if (!thing) {
        const char **names = xcalloc(graph->thing_count + 1, sizeof *names);
        for (size_t i = 0; i < graph->thing_count; i++)
            names[i] = graph->things[i].name;
        const char *near = text_nearest(name, names);
        if (near)
            err_set(err, "graph %s has no thing '%s'; did you mean '%s'?", graph->name, name, near);
        else
            err_set(err, "graph %s has no thing '%s'; 'patchbay status %s' lists them", graph->name, name, graph->name);
        free(names);
        return -1;
    }
    if (thing->external) {
        act_external(act, err);
        return err_prefix(err, "%s", name);
    }
    add(part, graph, thing, true);
    return 0;
}

static int add_all(struct part *part, const struct graph *graph, enum act act, struct err *err)
{
    for (size_t i = 0; i < graph->thing_count; i++)
        if (!graph->things[i].external)
            add(part, graph, &graph->things[i], false);
    return part->count ? 0 : err_set(err, "graph %s has no pods to %s", graph->name, act_table[act].name);
}

/* "media/lobby" is a graph when there is one, as for tail; else what stands behind the last slash is a thing. */
static const struct configmap *find_graph(struct app *app, const struct store *maps, const char *word, const char **thing,
                                          struct err *err)
{
    const char *slash = strrchr(word, '/');
    const struct configmap *map = graphs_find(app, maps, word, err);
    *thing = NULL;
    if (map || !slash)
        return map;
    char *graph = xstrndup(word, (size_t)(slash - word));
    err_clear(err);
    map = graphs_find(app, maps, graph, err);
    *thing = slash + 1;
    free(graph);
    return map;
}

int part_add(struct part *part, struct app *app, const struct store *maps, const char *word, enum act act, struct err *err)
{
    const char *thing;
    const struct configmap *map = find_graph(app, maps, word, &thing, err);
    struct graph *graph = map ? graphs_parse(app, map, err) : NULL;
    if (!graph)
        return -1;
    int rc = thing ? add_thing(part, graph, thing, act, err)
             : act == ACT_SCALE
                 ? err_set(err, "scale wants one thing: patchbay scale %s/THING --replicas N", graph->name)
                 : add_all(part, graph, act, err);
    graph_free(graph);
    return rc;
}

void part_release(struct part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        free((char *)(uintptr_t)part->targets[i].ns);
        free((char *)(uintptr_t)part->targets[i].graph);
        free((char *)(uintptr_t)part->targets[i].name);
    }
    free(part->targets);
    *part = (struct part){0};
}
