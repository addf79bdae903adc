#include "ops/flowing.h"

#include <math.h>

#include "app/commands.h"
#include "app/graphs.h"
#include "app/scrape.h"
#include "app/table.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/kinds/event.h"
#include "ops/timing.h"
#include "ops/why.h"

#define WINDOW NSEC_PER_SEC                  /* what a rate is measured over … */
#define PATIENCE (1800 * NSEC_PER_MSEC)      /* … as long as it takes to know that no more answers */
#define SCRAPE_EVERY (450 * NSEC_PER_MSEC)
#define MAX_AGE 10.0

struct asserting {
    struct app *app;
    struct flow_wish wish;
    enum table_format format;
    bool sentences; /* no -o: what fails, a line each, and nothing else */
    const struct configmap *map;
    struct graph *graph;
    size_t only; /* SIZE_MAX: all */
    struct store *maps, *pods, *deployments, *events, *nodes;
    struct reflector *pod_watch, *deployment_watch;
    struct scrape *scrape;
    struct map firsts; /* pod uid → struct thing_traffic *, as it was when measuring began */
    bool measured;     /* every pod was scraped twice, a window apart */
    bool failed;
};

/* Measuring. */

static bool of_graph(const struct asserting *a, const struct pod *pod)
{
    return str_eq(pod->graph, a->graph->name) && str_eq(pod->r.ns, a->graph->ns) && !pod->terminal && !pod->deleted;
}

static void on_scraped(void *data)
{
    struct asserting *a = data;
    a->measured = true;
    STORE_EACH(struct pod, pod, a->pods) {
        if (!of_graph(a, pod))
            continue;
        const struct thing_traffic *now = scrape_traffic(a->scrape, pod->r.uid), *first = map_get(&a->firsts, pod->r.uid);
        if (now && !first)
            map_put(&a->firsts, pod->r.uid, xmemdup(now, sizeof *now));
        a->measured &= now && first && now->at - first->at >= WINDOW;
    }
}

static int measure(struct asserting *a)
{
    map_release(&a->firsts, free);
    a->firsts = (struct map)MAP_INIT;
    a->measured = false;
    int status = app_wait(a->app, &a->measured, time_monotonic() + PATIENCE);
    return status == 130 ? status : STATUS_DONE;
}

/* The worst of its pods. */
static void judge(struct asserting *a, const struct live *live, size_t thing, struct flow_verdict *out)
{
    bool any = false;
    STORE_EACH(struct pod, pod, a->pods) {
        struct flow_verdict one;
        if (!of_graph(a, pod) || !str_eq(pod->thing, a->graph->things[thing].name))
            continue;
        flow_judge(&one, a->graph, live, thing, map_get(&a->firsts, pod->r.uid), scrape_traffic(a->scrape, pod->r.uid), &a->wish,
                   loop_now(a->app->loop));
        if (!any || (out->fine && !one.fine))
            *out = one;
        any = true;
    }
    if (!any)
        flow_judge(out, a->graph, live, thing, NULL, NULL, &a->wish, loop_now(a->app->loop));
}

/* What why says of it, in its first sentence; "" when it knows nothing. */
static char *cause_of(struct asserting *a, const struct live *live, size_t thing, const struct index *events)
{
    struct why why;
    why_make(&why, &(struct why_of){.graph = a->graph, .live = live, .thing = thing, .nodes = a->nodes,
                                    .deployments = a->deployments, .events = events, .now = time_wall()});
    char *cause = xstrdup(why.count && !str_eq(why.causes[0].rule, "unknown") ? why.causes[0].sentence : "");
    why_release(&why);
    return cause;
}

/* Printing. */

static void say(const struct asserting *a, const char *thing, const char *why, const char *cause)
{
    struct buf line, clean;
    buf_init(&line, 4096);
    buf_init(&clean, 16384);
    buf_addf(&line, "%s/%s: %s%s%s", a->graph->name, thing, why, *cause ? "; " : "", cause);
    text_sanitise(&clean, line.data, line.len);
    puts(clean.data);
    buf_release(&line);
    buf_release(&clean);
}

static void print(struct asserting *a)
{
    static const struct table_column columns[] = {
        {"THING"}, {"STATE"}, {"FPS", .number = true}, {"AGE", .number = true}, {"WHY"}, {"CAUSE", .wide = true}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "thing");
    struct index on_objects;
    struct live live;
    index_init(&on_objects, a->events, event_object_key);
    live_make(&live, a->graph, a->deployments, a->pods, scrape_traffic, a->scrape, loop_now(a->app->loop));
    for (size_t i = 0; i < a->graph->thing_count; i++) {
        const char *name = a->graph->things[i].name;
        struct flow_verdict verdict;
        char age[TIME_TEXT], fps[32] = "";
        if (a->graph->things[i].external || (a->only != SIZE_MAX && a->only != i))
            continue;
        judge(a, &live, i, &verdict);
        char *cause = verdict.fine ? xstrdup("") : cause_of(a, &live, i, &on_objects);
        if (a->sentences && !verdict.fine)
            say(a, name, verdict.why, cause);
        table_row(table, name);
        table_cell(table, "%s", name);
        table_cell(table, "%s", verdict.fine ? "flows" : "fails");
        if (verdict.fps >= 0)
            snprintf(fps, sizeof fps, "%.1f", verdict.fps);
        table_number(table, verdict.fps < 0 ? NAN : verdict.fps, "%s", fps);
        table_number(table, verdict.age < 0 ? NAN : verdict.age, "%s", verdict.age < 0 ? "" : time_age(age, (int64_t)(verdict.age * 1e9)));
        table_cell(table, "%s", verdict.why);
        table_cell(table, "%s", cause);
        free(cause);
    }
    if (a->sentences)
        table_free(table);
    else
        table_finish(table, a->format, true);
    live_release(&live);
    index_release(&on_objects);
}

static bool all_fine(struct asserting *a)
{
    struct live live;
    bool fine = true;
    live_make(&live, a->graph, a->deployments, a->pods, scrape_traffic, a->scrape, loop_now(a->app->loop));
    for (size_t i = 0; i < a->graph->thing_count; i++) {
        struct flow_verdict verdict;
        if (a->only != SIZE_MAX && a->only != i)
            continue;
        judge(a, &live, i, &verdict);
        fine &= verdict.fine;
    }
    live_release(&live);
    return fine;
}

/* What is asked. */

static int read_options(struct asserting *a, int64_t *timeout)
{
    const struct options *o = a->app->options;
    const char *fps = o->values[OPT_MIN_FPS], *age = o->values[OPT_MAX_AGE], *until = o->values[OPT_TIMEOUT];
    struct err err = ERR_INIT;
    a->sentences = !o->values[OPT_OUTPUT];
    if (table_format_parse(&a->format, o->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    if (fps && (!text_number(fps, &a->wish.min_fps) || !(a->wish.min_fps >= 0)))
        return app_failf(STATUS_USAGE, "'%s' is no number of frames a second; write --min-fps 5", fps);
    int64_t most = age ? time_parse_duration(age) : (int64_t)(MAX_AGE * 1e9);
    *timeout = until ? time_parse_duration(until) : 0;
    if (most <= 0)
        return app_failf(STATUS_USAGE, "'%s' is no time; write --max-age 10s", age);
    if (*timeout < 0)
        return app_failf(STATUS_USAGE, "'%s' is no time; write --timeout 1m", until);
    a->wish.max_age = (double)most / 1e9;
    return STATUS_DONE;
}

static int find_thing(struct asserting *a)
{
    const char *name = a->app->options->values[OPT_THING];
    a->only = SIZE_MAX;
    if (!name)
        return STATUS_DONE;
    a->only = graph_index(a->graph, name);
    const char **names = xcalloc(a->graph->thing_count + 1, sizeof *names);
    for (size_t i = 0; i < a->graph->thing_count; i++)
        names[i] = a->graph->things[i].name;
    const char *near = text_nearest(name, names);
    free(names);
    if (a->only == SIZE_MAX && near)
        return app_failf(STATUS_USAGE, "graph %s has no thing '%s'; did you mean '%s'?", a->graph->name, name, near);
    return a->only == SIZE_MAX ? app_failf(STATUS_USAGE, "graph %s has no thing '%s'", a->graph->name, name) : STATUS_DONE;
}

/* The cluster's part: what is deployed, and what goes on in it. */
static int look(struct asserting *a)
{
    struct err err = ERR_INIT;
    struct app *app = a->app;
    int status = graphs_open(app, app->options->args[0], &a->maps, &a->map);
    if (status != STATUS_DONE)
        return status;
    a->graph = graphs_parse(app, a->map, &err);
    if (!a->graph)
        return app_fail(STATUS_FAULT, &err);
    status = find_thing(a);
    if (status == STATUS_DONE)
        status = app_list(app, a->deployments, a->graph->ns, NULL, &a->deployment_watch);
    if (status == STATUS_DONE)
        status = app_list(app, a->pods, a->graph->ns, "patchbay.dev/graph", &a->pod_watch);
    return status;
}

static int wait_for_it(struct asserting *a, int64_t until)
{
    int status = STATUS_DONE;
    a->scrape = scrape_new(a->app->client, a->pods, on_scraped, a);
    scrape_graph(a->scrape, a->graph->ns, a->graph->name);
    scrape_every(a->scrape, SCRAPE_EVERY);
    do {
        status = measure(a);
        a->failed = !all_fine(a);
    } while (status == STATUS_DONE && a->failed && time_monotonic() < until);
    return status;
}

static int run(struct app *app)
{
    struct asserting a = {.app = app, .pods = store_new(&kind_pod), .deployments = store_new(&kind_deployment),
                          .events = store_new(&kind_event), .nodes = store_new(&kind_node), .firsts = MAP_INIT};
    int64_t timeout = 0;
    int status = read_options(&a, &timeout);
    if (status == STATUS_DONE)
        status = app_connect(app);
    if (status == STATUS_DONE)
        status = look(&a);
    if (status == STATUS_DONE)
        status = wait_for_it(&a, time_monotonic() + timeout);
    if (status == STATUS_DONE && a.failed) { /* they only tell more of the cause */
        status = app_list_if_allowed(app, a.events, a.graph->ns, NULL);
        status = status == STATUS_DONE ? app_list_if_allowed(app, a.nodes, NULL, NULL) : status;
    }
    if (status == STATUS_DONE) {
        print(&a);
        status = a.failed ? STATUS_FAULT : STATUS_DONE;
    }
    scrape_free(a.scrape);
    reflector_free(a.pod_watch);
    reflector_free(a.deployment_watch);
    map_release(&a.firsts, free);
    graph_free(a.graph);
    store_free(a.maps);
    store_free(a.pods);
    store_free(a.deployments);
    store_free(a.events);
    store_free(a.nodes);
    return status;
}

const struct command command_assert = {
    .name = "assert",
    .args = "GRAPH",
    .summary = "for cron and alerts: whether frames and results flow",
    .help =
        "Measures a deployed graph for a second and says of each thing that is not as it should be what is the matter, with the\n"
        "cause as far as it is known; says nothing when all is well. Every thing must be ready, and on each of its wires a frame or\n"
        "a result must have passed within --max-age (10s), and --min-fps of them a second, to a frame. With --timeout it is asked again\n"
        "until that is so. Exits 0 when it is, 1 when it is not, 3 when the cluster cannot be reached.\n"
        "\n"
        "  patchbay assert lobby --min-fps 5 --max-age 10s\n"
        "  patchbay assert lobby --thing object-detect -o json\n"
        "  patchbay assert lobby --timeout 1m && echo it flows",
    .options = OPTS_CLUSTER | OPT(OPT_OUTPUT) | OPT(OPT_MIN_FPS) | OPT(OPT_MAX_AGE) | OPT(OPT_THING) | OPT(OPT_TIMEOUT),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
