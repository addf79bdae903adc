#include "ops/describe.h"

#include "app/commands.h"
#include "app/graphs.h"
#include "app/kinds.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/gather.h"
#include "k8s/kinds/pod.h"
#include "k8s/redact.h"

#define TEXT_MAX (64u << 20)

/* What is meant: an object by its kind and name. */
struct meant {
    const struct kind *kind;
    char *ns, *name;
};

static void mean(struct meant *meant, const struct kind *kind, const char *ns, const char *name)
{
    *meant = (struct meant){kind, kind->namespaced ? xstrdup_or_null(ns) : NULL, xstrdup(name)};
}

/* GRAPH/THING is the thing's deployment; *found false: there is no such graph. */
static int find_thing(struct app *app, const char *graph, const char *thing, struct meant *meant, bool *found)
{
    struct err err = ERR_INIT;
    struct store *maps = NULL;
    int status = graphs_list(app, graph, &maps);
    const struct configmap *map = status == STATUS_DONE ? graphs_find(app, maps, graph, &err) : NULL;
    *found = map;
    if (map)
        mean(meant, kind_find("deployment"), map->r.ns, thing);
    store_free(maps);
    return status;
}

static int find(struct app *app, struct meant *meant)
{
    const struct options *o = app->options;
    const char *word = o->args[0], *slash = strrchr(word, '/');
    if (o->arg_count == 1 && !slash) {
        mean(meant, &kind_pod, app->ns, word);
        return STATUS_DONE;
    }
    char *kind_word = o->arg_count == 1 ? xstrndup(word, (size_t)(slash - word)) : xstrdup(word), near[128];
    const char *name = o->arg_count == 1 ? slash + 1 : o->args[1];
    const struct kind *kind = NULL;
    bool thing = false;
    int status = app_kind(app, kind_word, &kind, near);
    if (status == STATUS_DONE && !kind && o->arg_count == 1)
        status = find_thing(app, kind_word, name, meant, &thing);
    if (kind)
        mean(meant, kind, app->ns, name);
    else if (status == STATUS_DONE && !thing && *near)
        status = app_failf(STATUS_FAULT, "the cluster has no kind '%s'; did you mean '%s'?", SHOWN(kind_word), near);
    else if (status == STATUS_DONE && !thing)
        status = app_failf(STATUS_FAULT, "the cluster has no kind '%s', and no graph of that name is deployed", SHOWN(kind_word));
    free(kind_word);
    return status;
}

/* The object. */

struct telling {
    bool over;
    bool bare; /* one word was given, and taken for a pod */
    int status;
};

static void on_gathered(void *data, struct gathered *got)
{
    struct telling *t = data;
    struct buf out;
    t->over = true;
    if (!got->object) {
        t->status = app_fail(got->status ? STATUS_FAULT : STATUS_UNREACHABLE, &got->why);
        if (got->status == 404 && t->bare)
            app_note("a thing of a graph is GRAPH/THING, an object of another kind KIND NAME");
        return;
    }
    buf_init(&out, TEXT_MAX);
    redact_shown(got->object);
    describe_text(&out, &(struct describe_of){.object = got->object,
                                              .events = got->events,
                                              .related = got->related,
                                              .events_why = got->events_why.text,
                                              .related_why = got->related_why.text,
                                              .now = time_wall()});
    app_print(&out);
}

static int run(struct app *app)
{
    static const struct gather_paths paths = {describe_events, describe_related};
    struct meant meant = {NULL, NULL, NULL};
    struct telling telling = {.bare = app->options->arg_count == 1 && !strchr(app->options->args[0], '/')};
    int status = app_connect(app);
    if (status == STATUS_DONE)
        status = find(app, &meant);
    if (status == STATUS_DONE) {
        struct buf path;
        buf_init(&path, 8192);
        kind_path(&path, meant.kind, meant.ns, meant.name);
        struct gather *gather = gather_start(app->client, path.data, &paths, on_gathered, &telling);
        status = app_wait_answer(app, &telling.over);
        if (!telling.over)
            gather_cancel(gather);
        status = status == STATUS_DONE ? telling.status : status;
        buf_release(&path);
    }
    free(meant.ns);
    free(meant.name);
    return status;
}

const struct command command_describe = {
    .name = "describe",
    .args = "POD|KIND NAME|KIND/NAME|GRAPH/THING",
    .summary = "an object in words, with its events",
    .help = "Describes an object of any kind that the cluster has, CRDs too: what it says, what belongs to it (the replica sets of a\n"
            "deployment, the pods of a node, the endpoints of a service) and its events. A kind is named as kubectl names it. Values of\n"
            "secrets are not shown.\n"
            "\n"
            "  patchbay describe camera-64fbc666f7-ksms9 -n media\n"
            "  patchbay describe node gpu-2\n"
            "  patchbay describe lobby/object-detect",
    .options = OPTS_CLUSTER,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
