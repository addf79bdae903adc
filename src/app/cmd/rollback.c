#include "app/commands.h"
#include "app/deploying.h"
#include "app/graphs.h"
#include "base/text.h"
#include "graph/plan.h"
#include "graph/revisions.h"

/* The deployment that is meant, NULL with the reason. */
static const cJSON *find(const struct app *app, const cJSON *list, const char *graph, struct err *err)
{
    const char *to = app->options->values[OPT_TO];
    int64_t number = 0;
    const cJSON *entry = !to                    ? revisions_back(list)
                         : text_int(to, &number) ? revisions_find(list, number)
                                                 : NULL;
    if (entry)
        return entry;
    if (to)
        err_set(err, "graph %s has no revision '%s'; 'patchbay history %s' lists them", graph, SHOWN(to), graph);
    else
        err_set(err, "graph %s was deployed only once, so there is nothing to go back to; 'patchbay delete %s' takes it away",
                graph, graph);
    return NULL;
}

static int go_back(struct app *app, const struct configmap *map)
{
    struct err err = ERR_INIT;
    cJSON *list = revisions_read(map_get(&map->data, PLAN_KEY_REVISIONS), map_get(&map->data, PLAN_KEY_TEXT));
    const cJSON *entry = find(app, list, map->graph, &err);
    int status;
    if (entry) {
        const char *text = json_str(entry, "text");
        char *what = xasprintf("rollback to %" PRId64, json_int(entry, "revision", 0));
        struct deployer_options options = {.text = text,
                                           .len = strlen(text),
                                           .file = what,
                                           .back = json_int(entry, "revision", 0),
                                           .catalogue = &app->catalogue,
                                           .force = options_has(app->options, OPT_FORCE),
                                           .dry_run = options_has(app->options, OPT_DRY_RUN),
                                           .take_over = app->options->take_overs,
                                           .take_over_count = app->options->take_over_count};
        status = deploying_run(app, &options, map->r.ns, map->graph);
        free(what);
    } else {
        status = app_fail(STATUS_FAULT, &err);
    }
    cJSON_Delete(list);
    return status;
}

static int run(struct app *app)
{
    struct store *maps = NULL;
    const struct configmap *map = NULL;
    int status = app_connect(app);
    if (status == STATUS_DONE)
        status = app_catalogue(app);
    if (status == STATUS_DONE)
        status = graphs_open(app, app->options->args[0], &maps, &map);
    if (status == STATUS_DONE)
        status = go_back(app, map);
    store_free(maps);
    return status;
}

const struct command command_rollback = {
    .name = "rollback",
    .args = "GRAPH",
    .summary = "a graph back to an earlier deployment",
    .help = "Deploys the graph as it was deployed before, byte by byte, as a new revision: the last one that was deployed whole\n"
            "and is another, or the one that --to names. What a deployment or a deletion that was cut short has begun is taken\n"
            "back so; a rollback that was cut short goes on.\n"
            "\n"
            "  patchbay rollback lobby\n"
            "  patchbay rollback lobby --to 3 --wait",
    .options = OPTS_CLUSTER | OPT(OPT_TO) | OPT(OPT_WAIT) | OPT(OPT_TIMEOUT) | OPT(OPT_DRY_RUN) | OPT(OPT_FORCE) | OPT(OPT_TAKE_OVER),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
