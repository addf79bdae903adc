#include "app/commands.h"
#include "app/graphs.h"
#include "app/holder.h"
#include "app/table.h"
#include "base/text.h"
#include "base/time.h"
#include "graph/plan.h"
#include "graph/revisions.h"

static void add_row(struct table *table, const cJSON *entry, int64_t now)
{
    char number[32], took[TIME_TEXT];
    int64_t span = json_seconds(entry, "took");
    snprintf(number, sizeof number, "%" PRId64, json_int(entry, "revision", 0));
    table_row(table, number);
    table_number(table, (double)json_int(entry, "revision", 0), "%s", number);
    table_cell_age(table, json_time(entry, "at"), now);
    table_cell(table, "%s", json_str_or(entry, "at", ""));
    table_cell(table, "%s", json_str_or(entry, "by", ""));
    table_cell(table, "%s", json_str_or(entry, "host", ""));
    if (span >= 0)
        table_number(table, (double)span / 1e9, "%s", time_span(took, span));
    else
        table_cell(table, "%s", revision_untimed(entry));
    table_cell(table, "%s", json_str_or(entry, "what", ""));
}

/* first: there is nothing before it. */
static void say_holder(const struct holder *holder, bool first)
{
    static const char *const ways_on[] = {
        [HOLDER_DEPLOYS] = "'patchbay deploy' of the same file goes on with it, 'patchbay rollback' takes it back",
        [HOLDER_DELETES] = "'patchbay delete' goes on with it, 'patchbay rollback' takes it back",
        [HOLDER_ROLLS_BACK] = "'patchbay rollback' goes on with it, with --to it goes elsewhere",
    };
    struct buf who;
    buf_init(&who, 400);
    holder_words(holder, &who);
    if (holder_ended(holder))
        app_note("the %s of %s was cut short: %s", holder_noun(holder), who.data,
                 first && holder->does == HOLDER_DEPLOYS
                     ? "'patchbay deploy' of the same file goes on with it, 'patchbay delete' takes it away"
                     : ways_on[holder->does]);
    else
        app_note("%s is %s it, or was cut short", who.data, holder_doing(holder));
    buf_release(&who);
}

static int print_history(const struct app *app, const cJSON *list, const struct configmap *map)
{
    static const struct table_column columns[] = {
        {"REVISION", .number = true}, {"AGE"}, {"DEPLOYED", .wide = true}, {"BY"}, {"HOST", .wide = true}, {"TOOK"}, {"CHANGES"},
    };
    struct err err = ERR_INIT;
    enum table_format format;
    if (table_format_parse(&format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "revision");
    if (!revisions_readable(map_get(&map->data, PLAN_KEY_REVISIONS)))
        app_note("patchbay: the history of %s cannot be read: '" PLAN_KEY_REVISIONS "' in configmap %s is none", map->graph, map->r.name);
    for (const cJSON *entry = list->child; entry; entry = entry->next)
        add_row(table, entry, loop_wall(app->loop));
    table_finish(table, format, true);
    struct holder holder;
    if (holder_read(&holder, map_get(&map->data, PLAN_KEY_HOLDER)))
        say_holder(&holder, revisions_back(list) == NULL);
    return STATUS_DONE;
}

static int print_text(const cJSON *list, const char *revision, const char *graph)
{
    int64_t number = 0;
    const cJSON *entry = text_int(revision, &number) ? revisions_find(list, number) : NULL;
    if (!entry)
        return app_failf(STATUS_FAULT, "graph %s has no revision '%s'; 'patchbay history %s' lists them", graph, SHOWN(revision),
                         graph);
    fputs(json_str_or(entry, "text", ""), stdout);
    return STATUS_DONE;
}

static int run(struct app *app)
{
    struct store *maps = NULL;
    const struct configmap *map = NULL;
    int status = app_connect(app);
    if (status == STATUS_DONE)
        status = graphs_open(app, app->options->args[0], &maps, &map);
    if (status == STATUS_DONE) {
        cJSON *list = revisions_read(map_get(&map->data, PLAN_KEY_REVISIONS), map_get(&map->data, PLAN_KEY_TEXT));
        const char *revision = app->options->values[OPT_REVISION];
        status = revision ? print_text(list, revision, map->graph) : print_history(app, list, map);
        cJSON_Delete(list);
    }
    store_free(maps);
    return status;
}

const struct command command_history = {
    .name = "history",
    .args = "GRAPH",
    .summary = "who deployed a graph when, what changed and how long it took",
    .help = "The deployments of a graph that the cluster remembers: the last 20 at most, as far as they find room in the graph's\n"
            "ConfigMap. With --revision the graph as it was deployed then, byte by byte.\n"
            "\n"
            "  patchbay history lobby\n"
            "  patchbay history lobby --revision 3 > lobby-3.yaml",
    .options = OPTS_CLUSTER | OPT(OPT_OUTPUT) | OPT(OPT_REVISION),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
