#include "app/commands.h"
#include "app/deployer.h"
#include "app/graphs.h"
#include "base/time.h"
#include "graph/plan.h"
#include "k8s/kinds/pod.h"

#define STOP_PATIENCE (10 * NSEC_PER_SEC)

struct deletion {
    struct app *app;
    bool over, gone;
    int status; /* of deleting it */
    size_t pruned;
    const char *ns, *graph;
    struct store *pods;
};

static void on_progress(void *data, const struct applyset_progress *progress)
{
    (void)data;
    app_note("  %s", progress->what);
}

static void on_done(void *data, const struct applyset_result *result)
{
    struct deletion *d = data;
    d->over = true;
    d->status = result->ok ? STATUS_DONE : result->unreachable ? STATUS_UNREACHABLE : STATUS_FAULT;
    d->pruned = result->pruned;
    if (result->stopped && result->begun)
        app_note("%s: stopped; 'patchbay delete %s' goes on, 'patchbay rollback %s' brings back what is gone", d->graph, d->graph,
                 d->graph);
    else if (!result->ok)
        app_fail(d->status, &result->err);
}

static void look(void *data, const struct change *changes, size_t count)
{
    (void)changes;
    (void)count;
    struct deletion *d = data;
    d->gone = true;
    STORE_EACH(struct pod, pod, d->pods)
        if (str_eq(pod->graph, d->graph))
            d->gone = false;
}

/* "deployment camera", a line each, as its record has them: "apps/Deployment/camera". */
static void say_what_goes(const struct configmap *map)
{
    char *members = xstrdup(str_or_empty(map_get(&map->data, PLAN_KEY_MEMBERS)));
    for (char *save = NULL, *line = strtok_r(members, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *name = strrchr(line, '/'), *kind = line;
        if (!name)
            continue;
        *name = '\0';
        if (strrchr(line, '/'))
            kind = strrchr(line, '/') + 1;
        app_note("  %s %s", kind, name + 1);
    }
    free(members);
}

static bool confirmed(const struct app *app, const struct configmap *map)
{
    if (options_has(app->options, OPT_YES))
        return true;
    if (!isatty(STDIN_FILENO)) /* nobody to ask: No is the default */
        return false;
    say_what_goes(map);
    app_note("delete graph %s/%s from %s, with their pods? [y/N]", map->r.ns, map->graph, app->context->name);
    char answer[16] = "";
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* In the foreground: done when the last pod is gone. */
static int wait_gone(struct deletion *d)
{
    d->pods = store_new(&kind_pod);
    struct reflector *reflector = NULL;
    int status = app_list(d->app, d->pods, d->ns, NULL, &reflector);
    if (status == STATUS_DONE) {
        struct store_listener listener;
        store_listen(d->pods, &listener, look, d);
        look(d, NULL, 0);
        status = app_wait(d->app, &d->gone, 0);
        store_unlisten(&listener);
        reflector_free(reflector);
    }
    store_free(d->pods);
    return status;
}

/* Interrupted: the cluster is told so; a second interruption, or silence, ends that as well. */
static void stop(struct deletion *d, struct deployer *deployer)
{
    d->app->interrupted = false;
    deployer_stop(deployer);
    if (app_wait(d->app, &d->over, loop_now(d->app->loop) + STOP_PATIENCE) != STATUS_DONE)
        deployer_cancel(deployer);
}

static int run(struct app *app)
{
    struct store *maps = NULL;
    const struct configmap *map = NULL;
    int status = app_connect(app);
    if (status == STATUS_DONE)
        status = graphs_open(app, app->options->args[0], &maps, &map);
    if (status == STATUS_DONE && !confirmed(app, map))
        status = isatty(STDIN_FILENO)
                     ? app_failf(STATUS_FAULT, "nothing was deleted")
                     : app_failf(STATUS_USAGE, "nothing was deleted: there is no terminal to ask on; give --yes");
    if (status == STATUS_DONE) {
        struct deletion d = {.app = app, .ns = map->r.ns, .graph = map->graph};
        struct deployer *deployer = deployer_delete(app->client, d.ns, d.graph, on_progress, on_done, &d);
        status = app_wait(app, &d.over, 0);
        if (status != STATUS_DONE)
            stop(&d, deployer);
        else
            status = d.status == STATUS_DONE ? wait_gone(&d) : d.status;
        if (status == STATUS_DONE)
            printf("graph %s/%s is deleted: %zu objects and their pods are gone\n", d.ns, d.graph, d.pruned);
    }
    store_free(maps);
    return status;
}

const struct command command_delete = {
    .name = "delete",
    .args = "GRAPH",
    .summary = "a deployed graph from the cluster, with all its objects",
    .help = "Deletes what a graph's deployment made, and nothing else, and waits until its pods are gone. It asks\n"
            "first, unless --yes is given. What was cut short goes on when it is run again; 'patchbay rollback' takes it back.\n"
            "\n"
            "  patchbay delete lobby -n media --yes",
    .options = OPTS_CLUSTER | OPT(OPT_YES),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
