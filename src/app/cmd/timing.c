#include "app/commands.h"
#include "app/graphs.h"
#include "app/report.h"
#include "app/timings.h"
#include "base/text.h"
#include "base/time.h"
#include "graph/plan.h"
#include "graph/revisions.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/pod.h"

/* What the history kept of a deployment; NULL, and it is said why. */
static const cJSON *kept(const cJSON *list, const char *revision, const char *graph)
{
    int64_t number = 0;
    const cJSON *entry = text_int(revision, &number) ? revisions_find(list, number) : NULL;
    const cJSON *timing = entry ? json_array(entry, "timing") : NULL;
    if (!entry)
        app_failf(STATUS_FAULT, "graph %s has no revision '%s'; 'patchbay history %s' lists them", graph, SHOWN(revision), graph);
    else if (!timing)
        app_failf(STATUS_FAULT, "no timing was kept of deployment %s of %s; 'patchbay deploy --wait' keeps it", revision, graph);
    return timing;
}

/* Of an earlier deployment, or of `now`; beside another one where that is asked for. */
static int print_kept(struct app *app, const struct configmap *map, cJSON *now, enum table_format format)
{
    const char *revision = app->options->values[OPT_REVISION], *compare = app->options->values[OPT_COMPARE];
    cJSON *list = revisions_read(map_get(&map->data, PLAN_KEY_REVISIONS), map_get(&map->data, PLAN_KEY_TEXT));
    const cJSON *timings = revision ? kept(list, revision, map->graph) : now;
    const cJSON *before = compare && timings ? kept(list, compare, map->graph) : NULL;
    bool fine = timings && (!compare || before);
    struct buf out;
    buf_init(&out, 16u << 20);
    if (fine && before)
        timings_compare(before, timings, format, &out);
    else if (fine)
        timings_print(timings, format, &out);
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    cJSON_Delete(list);
    return fine ? STATUS_DONE : STATUS_FAULT;
}

/* One scrape of each pod tells when its first result came. */
static struct scrape *first_results(struct app *app, struct store *pods, const struct configmap *map)
{
    struct scrape *scrape = scrape_new(app->client, pods, NULL, NULL);
    scrape_graph(scrape, map->r.ns, map->graph);
    scrape_every(scrape, NSEC_PER_SEC);
    int64_t until = time_monotonic() + 2 * NSEC_PER_SEC;
    while (!report_complete(pods, scrape, map->r.ns, map->graph) && time_monotonic() < until && !app->interrupted)
        loop_turn(app->loop, until - time_monotonic());
    return scrape;
}

static void print_pods(const struct store *pods, const struct store *events, const struct scrape *scrape,
                       const struct configmap *map, enum table_format format)
{
    struct buf out;
    buf_init(&out, 16u << 20);
    if (format == TABLE_TABLE || format == TABLE_WIDE)
        report_totals(pods, events, scrape, map->r.ns, map->graph, &out);
    report_timing(pods, events, scrape, map->r.ns, map->graph, format, &out);
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
}

/* Of the pods that are there. */
static int print_now(struct app *app, const struct configmap *map, enum table_format format)
{
    struct store *pods = store_new(&kind_pod), *events = store_new(&kind_event);
    int status = app_list(app, pods, map->r.ns, NULL, NULL);
    if (status == STATUS_DONE)
        status = app_list(app, events, map->r.ns, NULL, NULL);
    if (status == STATUS_DONE) {
        struct scrape *scrape = first_results(app, pods, map);
        cJSON *now = timings_of(pods, events, scrape, map->r.ns, map->graph);
        if (options_has(app->options, OPT_COMPARE))
            status = print_kept(app, map, now, format);
        else
            print_pods(pods, events, scrape, map, format);
        cJSON_Delete(now);
        scrape_free(scrape);
    }
    store_free(pods);
    store_free(events);
    return status;
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    enum table_format format;
    if (table_format_parse(&format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    struct store *maps = NULL;
    const struct configmap *map = NULL;
    int status = app_connect(app);
    if (status == STATUS_DONE)
        status = graphs_open(app, app->options->args[0], &maps, &map);
    if (status == STATUS_DONE)
        status = options_has(app->options, OPT_REVISION) ? print_kept(app, map, NULL, format) : print_now(app, map, format);
    store_free(maps);
    return status;
}

const struct command command_timing = {
    .name = "timing",
    .args = "GRAPH",
    .summary = "where the time of a deployment went",
    .help = "For each pod of a deployed graph: how long it took from its creation until it was scheduled, had its sandbox and\n"
            "image, was started and ready, and until its first result. A '?' is what the cluster does not tell: it is never\n"
            "shown as zero.\n"
            "\n"
            "'deploy --wait' keeps the timing in the graph's history: --revision shows an earlier deployment's, --compare puts one\n"
            "beside it, a thing a line.\n"
            "\n"
            "  patchbay timing lobby\n"
            "  patchbay timing lobby --compare 3",
    .options = OPTS_CLUSTER | OPT(OPT_OUTPUT) | OPT(OPT_REVISION) | OPT(OPT_COMPARE),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
