#include "app/commands.h"
#include "app/deploying.h"
#include "app/documents.h"
#include "app/only.h"
#include "base/text.h"

/* A name that nobody has takes nothing over, which is not what was meant. */
static int check_take_over(const struct app *app, const struct graph *graph)
{
    for (size_t i = 0; i < app->options->take_over_count; i++) {
        const char *name = app->options->take_overs[i];
        if (graph_find(graph, name))
            continue;
        const char **names = xcalloc(graph->thing_count + 1, sizeof *names);
        for (size_t t = 0; t < graph->thing_count; t++)
            names[t] = graph->things[t].name;
        const char *near = text_nearest(name, names);
        free(names);
        return app_failf(STATUS_USAGE, "--take-over %s: graph %s has no thing of that name%s%s%s", SHOWN(name), graph->name,
                         near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return STATUS_DONE;
}

static int deploy_one(struct app *app, const struct source_text *text, bool alone)
{
    size_t errors;
    struct graph *graph = documents_graph(app, text, stderr, true, &errors);
    if (!graph)
        return STATUS_FAULT;
    const char *ns = app->options->values[OPT_NAMESPACE];
    if (ns && !str_eq(ns, graph->ns)) {
        int refused =
            app_failf(STATUS_USAGE, "%s: the graph's namespace is %s, not %s; change its metadata or leave -n away",
                      text->name, graph->ns, ns);
        graph_free(graph);
        return refused;
    }
    struct only only = {0};
    int status = alone ? check_take_over(app, graph) : STATUS_DONE; /* of several, another may have the thing */
    if (status == STATUS_DONE)
        status = only_make(&only, app, text, graph);
    if (only.deployed)
        text = &only.text;
    struct deployer_options options = {.text = text->text.data,
                                       .len = text->text.len,
                                       .over = only.deployed,
                                       .file = text->name,
                                       .catalogue = &app->catalogue,
                                       .force = options_has(app->options, OPT_FORCE),
                                       .dry_run = options_has(app->options, OPT_DRY_RUN),
                                       .take_over = app->options->take_overs,
                                       .take_over_count = app->options->take_over_count};
    if (status == STATUS_DONE)
        status = deploying_run(app, &options, graph->ns, graph->name);
    only_release(&only);
    graph_free(graph);
    return status;
}

static int run(struct app *app)
{
    struct source_texts texts = {0};
    int status = app_catalogue(app);
    if (status == STATUS_DONE)
        status = documents_on_cluster(app, &texts);
    for (size_t i = 0; i < texts.count && status == STATUS_DONE; i++)
        status = deploy_one(app, &texts.items[i], texts.count == 1);
    documents_release(&texts);
    return status;
}

const struct command command_deploy = {
    .name = "deploy",
    .args = "FILE",
    .summary = "a graph onto the cluster",
    .help = "Applies a graph with server-side apply and removes what left it since the last time. With --wait it shows how the\n"
            "pods come up, and prints where the time went.\n"
            "\n"
            "Only what differs is written. While somebody else deploys the graph it is refused, and says who that is; what was cut\n"
            "short (Ctrl-C, a killed program, a lost network) goes on with the same command, or is taken back by 'rollback'.\n"
            "A field that another manager set is left alone and named; --take-over THING takes those of a thing over,\n"
            "--force-conflicts all.\n"
            "--only deploys some things, with what goes into them: the others stay as they are deployed, and what these things give\n"
            "to them changes when they are named as well. A name that is no longer in FILE takes that thing away.\n"
            "\n"
            "  patchbay deploy lobby.yaml --wait\n"
            "  patchbay deploy lobby.yaml --overlay site.yaml --set camera.fps=5 --set camera.replicas=2 --dry-run\n"
            "  patchbay deploy lobby.yaml --only object-detect,monitoring",
    .options = OPTS_CLUSTER | OPT(OPT_FILE) | OPT(OPT_SET) | OPT(OPT_OVERLAY) | OPT(OPT_WAIT) | OPT(OPT_TIMEOUT) | OPT(OPT_DRY_RUN) |
               OPT(OPT_FORCE) | OPT(OPT_TAKE_OVER) | OPT(OPT_ONLY),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
