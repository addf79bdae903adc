#include "app/commands.h"
#include "app/graphs.h"
#include "app/report.h"
#include "base/time.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/pod.h"

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    enum table_format format;
    if (table_format_parse(&format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    int status = app_connect(app);
    if (status != STATUS_DONE)
        return status;
    struct store *maps = NULL, *pods = store_new(&kind_pod), *events = store_new(&kind_event);
    const struct configmap *map = NULL;
    status = graphs_list(app, app->options->args[0], &maps);
    if (status == STATUS_DONE && !(map = graphs_find(app, maps, app->options->args[0], &err)))
        status = app_fail(STATUS_FAULT, &err);
    if (status == STATUS_DONE)
        status = app_list(app, pods, map->r.ns, NULL, NULL);
    if (status == STATUS_DONE)
        status = app_list(app, events, map->r.ns, NULL, NULL);
    if (status == STATUS_DONE) {
        /* one scrape of each pod tells when its first result came */
        struct scrape *scrape = scrape_new(app->client, pods, NULL, NULL);
        scrape_graph(scrape, map->r.ns, map->graph);
        scrape_every(scrape, NSEC_PER_SEC);
        int64_t until = time_monotonic() + 2 * NSEC_PER_SEC;
        while (!report_complete(pods, scrape, map->r.ns, map->graph) && time_monotonic() < until && !app->interrupted)
            loop_turn(app->loop, until - time_monotonic());
        struct buf out;
        buf_init(&out, 16u << 20);
        if (format == TABLE_TABLE || format == TABLE_WIDE)
            report_totals(pods, events, scrape, map->r.ns, map->graph, &out);
        report_timing(pods, events, scrape, map->r.ns, map->graph, format, &out);
        fwrite(out.data, 1, out.len, stdout);
        buf_release(&out);
        scrape_free(scrape);
    }
    store_free(maps);
    store_free(pods);
    store_free(events);
    return status;
}

const struct command command_timing = {
    .name = "timing",
    .args = "GRAPH",
    .summary = "where the time of a deployment went",
    .help = "For each pod of a deployed graph: how long it took from its creation until it was scheduled, had its sandbox and\n"
            "image, was started and ready, and until its first result. A '?' is what the cluster does not tell: it is never\n"
            "shown as zero.",
    .options = OPTS_CLUSTER | OPT(OPT_OUTPUT),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
