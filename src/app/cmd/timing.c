#include "app/commands.h"
#include "app/graphs.h"
#include "app/scrape.h"
#include "app/timings.h"
#include "base/text.h"
#include "base/time.h"
#include "graph/plan.h"
#include "graph/revisions.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"

/* What the history kept of a deployment; NULL, and it is said why. */
static const cJSON *kept(const cJSON *list, const char *revision, const char *graph)
{
    int64_t number = 0;
    const cJSON *entry = text_int(revision, &number) ? revisions_find(list, number) : NULL;
    if (!entry)
        app_failf(STATUS_FAULT, "graph %s has no revision '%s'; 'patchbay history %s' lists them", graph, SHOWN(revision), graph);
    else if (!json_array(entry, "timing"))
        app_failf(STATUS_FAULT, "no timing was kept of deployment %s of %s; 'patchbay deploy --wait' keeps it, and D in the dashboard",
                  revision, graph);
    return entry && json_array(entry, "timing") ? entry : NULL;
}

/* Of an earlier deployment without its text and what else the history says, or of `now`; beside another one where that is asked for. */
static int print(struct app *app, const struct configmap *map, const cJSON *now, enum table_format format)
{
    const char *revision = app->options->values[OPT_REVISION], *compare = app->options->values[OPT_COMPARE];
    cJSON *list = revisions_read(map_get(&map->data, PLAN_KEY_REVISIONS), map_get(&map->data, PLAN_KEY_TEXT));
    const cJSON *timings = revision ? kept(list, revision, map->graph) : now;
    const cJSON *before = compare && timings ? kept(list, compare, map->graph) : NULL;
    bool fine = timings && (!compare || before);
    struct buf out;
    buf_init(&out, 16u << 20);
    if (fine && before) {
        timings_compare(before, timings, format, &out);
    } else if (fine) {
        cJSON *shown = cJSON_Duplicate(timings, true);
        json_del(shown, "text");
        timings_print(shown, format, &out);
        cJSON_Delete(shown);
    }
    app_print(&out);
    cJSON_Delete(list);
    return fine ? STATUS_DONE : STATUS_FAULT;
}

static int64_t first_result(void *data, const char *pod_uid)
{
    return scrape_first_result(data, pod_uid);
}

/* When the deployment began that made the pod that was waited for, as far as the history tells; 0: not known. */
static int64_t began_of(const struct configmap *map, const struct course *course)
{
    struct course_step *steps;
    size_t count = course_path(course, 0, &steps);
    cJSON *list = revisions_read(map_get(&map->data, PLAN_KEY_REVISIONS), map_get(&map->data, PLAN_KEY_TEXT));
    const cJSON *last = revisions_last(list);
    int64_t began = json_time(last, "at"), took = MAX(json_seconds(last, "took"), 0);
    int64_t created = count ? steps[0].pod->timing.phases[PHASE_CREATED].at : 0;
    if (created + NSEC_PER_SEC < began || created > began + took + 10 * NSEC_PER_SEC)
        began = 0;
    cJSON_Delete(list);
    free(steps);
    return began;
}

/* A scrape of each pod tells when its first result came. */
static void make_course(struct app *app, struct course *course, struct course_of *of)
{
    struct scrape *scrape = scrape_new(app->client, (struct store *)of->pods, NULL, NULL);
    scrape_graph(scrape, of->ns, of->name);
    scrape_every(scrape, NSEC_PER_SEC);
    of->first_result = first_result;
    of->data = scrape;
    int64_t until = loop_now(app->loop) + 2 * NSEC_PER_SEC;
    course_make(course, of);
    while (!course_over(course) && loop_now(app->loop) < until && !app->interrupted) {
        loop_turn(app->loop, until - loop_now(app->loop));
        course_release(course);
        course_make(course, of);
    }
    scrape_free(scrape);
}

/* Of the pods that are there. */
static int print_now(struct app *app, const struct configmap *map, enum table_format format)
{
    struct store *pods = store_new(&kind_pod), *events = store_new(&kind_event), *nodes = store_new(&kind_node);
    struct err err = ERR_INIT; /* without the graph, what waits for what is not known: the rest is */
    struct graph *graph = graphs_parse(app, map, &err);
    int status = app_list(app, pods, map->r.ns, NULL, NULL);
    if (status == STATUS_DONE)
        status = app_list(app, events, map->r.ns, NULL, NULL);
    if (status == STATUS_DONE)
        status = app_list_if_allowed(app, nodes, NULL, NULL);
    if (status == STATUS_DONE) {
        struct index on_objects;
        struct course course;
        struct course_of of = {.ns = map->r.ns, .name = map->graph, .graph = graph, .pods = pods, .events = &on_objects};
        index_init(&on_objects, events, event_object_key);
        make_course(app, &course, &of);
        cJSON *now = timings_of(&course, nodes, began_of(map, &course), true);
        status = print(app, map, now, format);
        cJSON_Delete(now);
        course_release(&course);
        index_release(&on_objects);
    }
    graph_free(graph);
    store_free(pods);
    store_free(events);
    store_free(nodes);
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
        status = options_has(app->options, OPT_REVISION) ? print(app, map, NULL, format) : print_now(app, map, format);
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
            "'deploy --wait', and D in the dashboard, keep the timing in the graph's history: --revision shows an earlier deployment's, "
            "--compare puts one\n"
            "beside it, a thing a line.\n"
            "\n"
            "  patchbay timing lobby\n"
            "  patchbay timing lobby --compare 3",
    .options = OPTS_CLUSTER | OPT(OPT_OUTPUT) | OPT(OPT_REVISION) | OPT(OPT_COMPARE),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
