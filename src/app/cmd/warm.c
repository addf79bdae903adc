#include <math.h>

#include "app/commands.h"
#include "app/documents.h"
#include "app/table.h"
#include "app/warm.h"
#include "base/text.h"
#include "base/time.h"
#include "ops/warm.h"

#define PARALLEL 8
#define TIMEOUT "15m"

static const struct table_column columns[] = {
    {"GRAPH", .wide = true}, {"NODE"}, {"IMAGE"}, {"STATE"}, {"PULL", .number = true}, {"PLUS MINUS", .number = true},
    {"SOURCE"}, {"SIZE", .number = true}, {"WHY"}, {"MESSAGE", .wide = true}};

struct warming {
    struct app *app;
    const struct graph *graph;
    bool over;
};

static void on_item(void *data, const struct warm_item *item)
{
    (void)data;
    char words[2048];
    warm_item_words(words, sizeof words, item);
    if (item->state > WARM_ASKING)
        app_note("  %s", words);
}

static void on_note(void *data, const char *sentence)
{
    (void)data;
    app_note("  %s", sentence);
}

static void on_done(void *data)
{
    ((struct warming *)data)->over = true;
}

/* Seconds for machines; a time that is not known is "?" and null, never 0. */
static void add_seconds(struct table *table, int64_t time, bool known)
{
    char text[TIME_TEXT];
    table_number(table, known ? (double)time / NSEC_PER_SEC : NAN, "%s", known ? time_span(text, time) : "?");
}

static void add_row(struct table *table, const struct graph *graph, const struct warm_item *item)
{
    char size[WARM_SIZE_TEXT];
    bool known = item->pull >= 0;
    table_row(table, item->node);
    table_cell(table, "%s/%s", graph->ns, graph->name);
    table_cell(table, "%s", item->node);
    table_cell(table, "%s", item->image);
    table_cell(table, "%s", warm_state_names[item->state]);
    if (item->state == WARM_PRESENT)
        table_number(table, 0, "present");
    else
        add_seconds(table, item->pull, known);
    if (item->state == WARM_PRESENT)
        table_number(table, 0, "%s", "");
    else
        add_seconds(table, item->plus_minus, known);
    table_cell(table, "%s", known && item->source ? item->source : "?");
    table_number(table, item->size ? (double)item->size : NAN, "%s", item->size ? warm_size(size, item->size) : "?");
    table_cell(table, "%s", str_or_empty(item->words ? item->words : item->state == WARM_LOST ? item->message : NULL));
    table_cell(table, "%s", str_or_empty(item->message));
}

/* What no node may run is warmed nowhere. */
static int check_places(const struct warming *run, const struct warm *warm)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < run->graph->thing_count; i++) {
        const struct graph_thing *thing = &run->graph->things[i];
        const struct warm_item *item;
        size_t k = 0;
        while ((item = warm_item(warm, k)) && thing->entry && !str_eq(item->image, thing->entry->image))
            k++;
        if (!item && thing->entry && !thing->external && thing->replicas > 0)
            status = app_failf(STATUS_FAULT, "no node may run %s, so its image is pulled nowhere; 'patchbay place' says why",
                               thing->name);
    }
    return status;
}

static int report(const struct warming *run, const struct warm *warm, struct table *table)
{
    bool unreachable;
    const char *why = warm_why(warm, &unreachable);
    if (*why)
        return app_failf(unreachable ? STATUS_UNREACHABLE : STATUS_FAULT, "%s", why);
    char total[120];
    size_t lost = warm_total_words(total, sizeof total, warm);
    const struct warm_item *item;
    for (size_t i = 0; (item = warm_item(warm, i)); i++)
        add_row(table, run->graph, item);
    if (warm_is_simulated(warm))
        app_note("these nodes are simulated: the embedded cluster runs programs of this machine and pulls no images%s",
                 lost ? "" : "; nothing has to be pulled");
    app_note("%s/%s: %s", run->graph->ns, run->graph->name, total);
    int status = check_places(run, warm);
    return lost ? app_failf(STATUS_FAULT, "%zu image%s could not be had; the lines above say where and why", lost,
                            lost == 1 ? "" : "s")
                : status;
}

static int warm_graph(struct app *app, const struct graph *graph, const struct warm_options *options, struct table *table)
{
    static const struct warm_events events = {on_item, on_note, on_done};
    struct warming run = {.app = app, .graph = graph};
    app_note("warming %s/%s on %s", graph->ns, graph->name, app->context->name);
    struct warm *warm = warm_new(app->client, options, &events, &run);
    int status = app_wait(app, &run.over, 0);
    if (status != STATUS_DONE) { /* the pods are deleted in any case */
        warm_stop(warm, "interrupted");
        while (!run.over)
            loop_turn(app->loop, -1);
    }
    int found = report(&run, warm, table);
    warm_free(warm);
    return status != STATUS_DONE ? status : found;
}

static int read_options(const struct app *app, struct warm_options *out)
{
    const char *text = app->options->values[OPT_TIMEOUT], *parallel = app->options->values[OPT_PARALLEL];
    int64_t number = PARALLEL;
    out->timeout = time_parse_duration(text ? text : TIMEOUT);
    if (out->timeout <= 0)
        return app_failf(STATUS_USAGE, "'%s' is no time; write 90s, 5m or 1h", text);
    if (parallel && (!text_int(parallel, &number) || number < 1 || number > 1000))
        return app_failf(STATUS_USAGE, "--parallel takes a number from 1 to 1000, not '%s'", parallel);
    out->parallel = (int)number;
    return STATUS_DONE;
}

static int warm_all(struct app *app, const struct source_texts *texts, struct warm_options *options, struct table *table)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < texts->count && status <= STATUS_FAULT; i++) {
        size_t errors;
        struct graph *graph = documents_graph(app, &texts->items[i], stderr, false, &errors);
        options->graph = graph;
        int one = graph ? warm_graph(app, graph, options, table) : STATUS_FAULT;
        status = one != STATUS_DONE ? one : status;
        graph_free(graph);
    }
    return status;
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    struct source_texts texts = {0};
    struct warm_options options = {0};
    enum table_format format;
    if (table_format_parse(&format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    int status = read_options(app, &options);
    if (status == STATUS_DONE)
        status = app_catalogue(app);
    if (status == STATUS_DONE)
        status = documents_on_cluster(app, &texts);
    if (status == STATUS_DONE) {
        struct table_column shown[ARRAY_SIZE(columns)];
        memcpy(shown, columns, sizeof shown);
        shown[0].wide = texts.count < 2;
        struct table *table = table_new(shown, ARRAY_SIZE(shown), "node");
        status = warm_all(app, &texts, &options, table);
        table_finish(table, format, true);
    }
    documents_release(&texts);
    return status;
}

const struct command command_warm = {
    .name = "warm",
    .args = "FILE",
    .summary = "the images of a graph onto the nodes where it may run, before they are needed",
    .help = "Has every node that may run a thing of the graph pull the thing's image, so that the deployment after it pulls\n"
            "nothing. Whether a GPU is free at the moment does not matter for this; taints, selectors and cordons do. A node\n"
            "that does not list the image is asked by a short pod, which holds nothing, runs nothing and is deleted at once; its\n"
            "command exists in no image, and so it leaves a Warning event 'Failed' behind.\n"
            "Prints how long each pull took and how that is known; '?' is what the cluster does not tell. What cannot be\n"
            "pulled is named with its reason, the others are still pulled, and it exits 1. At most two pods at a time are on a\n"
            "node and eight in all, or --parallel; --timeout is 15m unless given.\n"
            "\n"
            "  patchbay warm lobby.yaml\n"
            "  patchbay warm lobby.yaml --parallel 20 --timeout 1h -o csv",
    .options = OPTS_CLUSTER | OPT(OPT_FILE) | OPT(OPT_SET) | OPT(OPT_OVERLAY) | OPT(OPT_OUTPUT) | OPT(OPT_TIMEOUT) |
               OPT(OPT_PARALLEL),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
