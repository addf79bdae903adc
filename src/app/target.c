#include "app/target.h"

#include "app/graphs.h"
#include "base/text.h"
#include "k8s/kinds/pod.h"

/* A graph says in which namespace its things are, as for status and tail. */
int target_ns(struct app *app, const char *word, char **ns)
{
    const char *slash = word ? strchr(word, '/') : NULL;
    struct store *maps = NULL;
    struct err err = ERR_INIT;
    *ns = xstrdup(app->ns);
    if (!slash || options_has(app->options, OPT_NAMESPACE))
        return STATUS_DONE;
    char *graph = xstrndup(word, (size_t)(slash - word));
    int status = graphs_list(app, NULL, &maps);
    const struct configmap *map = status == STATUS_DONE ? graphs_find(app, maps, graph, &err) : NULL;
    if (map) {
        free(*ns);
        *ns = xstrdup(map->r.ns);
    } else if (status == STATUS_DONE) {
        status = app_fail(STATUS_FAULT, &err);
    }
    store_free(maps);
    free(graph);
    return status;
}

int target_unknown(const struct store *pods, const char *word, const char *ns)
{
    const char *slash = strchr(word, '/'), **names = xcalloc(store_count(pods) * 3 + 1, sizeof *names);
    size_t n = 0;
    STORE_EACH(struct pod, pod, pods) {
        names[n++] = pod->r.name;
        if (pod->thing)
            names[n++] = pod->thing;
        if (pod->graph)
            names[n++] = pod->graph;
    }
    const char *near = text_nearest(slash ? slash + 1 : word, names);
    int status = near ? app_failf(STATUS_FAULT, "no pod or thing '%s' is in namespace %s; did you mean '%s'?", word, ns, near)
                      : app_failf(STATUS_FAULT, "no pod or thing '%s' is in namespace %s; 'patchbay pods -A' lists them", word, ns);
    free(names);
    return status;
}

/* POD, or a thing: "lobby/camera" or "camera" is the newest pod of that thing. */
static int find_pod(struct app *app, const char *ns, const char *word, char **out)
{
    struct store *pods = store_new(&kind_pod);
    int status = app_list(app, pods, ns, NULL, NULL);
    const char *slash = strchr(word, '/'), *thing = slash ? slash + 1 : word;
    const struct pod *best = NULL;
    STORE_EACH(struct pod, pod, pods) {
        if (str_eq(pod->r.name, word)) {
            best = pod;
            break;
        }
        bool graph_fits = !slash || (pod->graph && strlen(pod->graph) == (size_t)(slash - word) &&
                                     str_starts(word, pod->graph));
        if (str_eq(pod->thing, thing) && graph_fits && (!best || pod->r.created > best->r.created))
            best = pod;
    }
    if (best) {
        *out = xstrdup(best->r.name);
    } else if (status == STATUS_DONE) {
        status = target_unknown(pods, word, ns);
    }
    store_free(pods);
    return status;
}

/* "pod/NAME", as kubectl takes it, too. */
const char *target_plain(const char *word)
{
    static const char *const kinds[] = {"pod/", "pods/", "po/"};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (str_starts(word, kinds[i]))
            return word + strlen(kinds[i]);
    return word;
}

int target_find(struct app *app, const char *word, char **ns, char **pod)
{
    word = target_plain(word);
    *pod = NULL;
    int status = target_ns(app, word, ns);
    return status == STATUS_DONE ? find_pod(app, *ns, word, pod) : status;
}
