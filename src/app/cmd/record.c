#include "k8s/recorder.h"

#include "app/cluster.h"
#include "app/commands.h"
#include "app/entries.h"
#include "app/follow.h"
#include "app/graphs.h"
#include "app/scrape.h"
#include "base/quantity.h"
#include "base/time.h"
#include "k8s/kinds/pod.h"
#include "k8s/logs.h"

#define DEFAULT_LIMIT (INT64_C(256) << 20)
#define SCRAPE_EVERY (1 * NSEC_PER_SEC)

/* A container's log that is followed, until it ends. */
struct recorded_log {
    struct log_follow *follow;
    bool over;
};

/* The same lists and watches as the dashboard's, so that a replay finds them. */
struct recording {
    struct app *app;
    bool over;
    struct store *stores[SOURCE_COUNT];
    struct reflector *reflectors[SOURCE_COUNT];
    struct graph *graph; /* whose logs, detections and traffic are wanted too; NULL: none */
    struct store_listener pods;
    struct map logs; /* "UID/CONTAINER" → struct recorded_log * */
    struct follow *follow;
    struct scrape *scrape;
    struct kube_call *entries;
    struct loop_timer tick;
};

/* The logs of the graph's pods. The recorder has what passes; nobody here needs it. */

static void on_log_line(void *data, int64_t time, const char *line, size_t len, bool cut)
{
    (void)data, (void)time, (void)line, (void)len, (void)cut;
}

static void on_log_state(void *data, const char *why)
{
    (void)data, (void)why;
}

static void on_log_done(void *data, const struct err *err)
{
    (void)err;
    ((struct recorded_log *)data)->over = true;
}

static void free_log(void *data)
{
    struct recorded_log *log = data;
    if (log->follow)
        log_follow_free(log->follow);
    free(log);
}

/* Those that have ended; their names stay, so that they are not begun again. */
static void drop_logs(struct recording *r)
{
    for (struct map_entry *e = map_first(&r->logs); e; e = map_next(&r->logs, e)) {
        struct recorded_log *log = e->value;
        if (log->over && log->follow)
            log_follow_free(log->follow), log->follow = NULL;
    }
}

static void follow_logs(struct recording *r, const struct pod *pod)
{
    static const struct log_events events = {.line = on_log_line, .state = on_log_state, .done = on_log_done};
    if (!str_eq(pod->graph, r->graph->name) || !str_eq(pod->r.ns, r->graph->ns))
        return;
    for (size_t i = 0; i < pod->container_count; i++) {
        char *key = xasprintf("%s/%s", pod->r.uid, pod->containers[i].name);
        if (pod->containers[i].started && !map_get(&r->logs, key)) {
            struct log_options options = {.ns = pod->r.ns, .pod = pod->r.name, .container = pod->containers[i].name,
                                          .follow = true, .timestamps = true, .tail = -1};
            struct recorded_log *log = xcalloc(1, sizeof *log);
            log->follow = log_follow_new(r->app->client, &options, &events, log);
            map_put(&r->logs, key, log);
        }
        free(key);
    }
}

static void on_pods(void *data, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (changes[i].now)
            follow_logs(data, (const struct pod *)changes[i].now);
}

/* Its detections and its traffic. */

static const char *thing_type(void *data, const char *thing)
{
    const struct graph_thing *t = graph_find(((struct recording *)data)->graph, thing);
    return t ? t->type : NULL;
}

static void on_detection(void *data, const char *thing, const char *line, size_t len)
{
    (void)data, (void)thing, (void)line, (void)len;
}

static void on_scraped(void *data)
{
    (void)data;
}

static int take_graph(struct recording *r, const char *word)
{
    struct app *app = r->app;
    struct err err = ERR_INIT;
    struct store *maps = NULL;
    int status = graphs_list(app, word, &maps);
    if (status == STATUS_DONE) {
        const struct configmap *map = graphs_find(app, maps, word, &err);
        r->graph = map ? graphs_parse(app, map, &err) : NULL;
        if (!r->graph)
            status = app_fail(STATUS_FAULT, &err);
    }
    store_free(maps);
    if (status != STATUS_DONE)
        return status;
    struct follow_options options = {.ns = r->graph->ns, .graph = r->graph->name, .catalogue = &app->catalogue,
                                     .thing_type = thing_type};
    store_listen(r->stores[SOURCE_PODS], &r->pods, on_pods, r);
    r->follow = follow_new(app->client, r->stores[SOURCE_PODS], &options, on_detection, r);
    r->scrape = scrape_new(app->client, r->stores[SOURCE_PODS], on_scraped, r);
    scrape_graph(r->scrape, r->graph->ns, r->graph->name);
    scrape_every(r->scrape, SCRAPE_EVERY);
    return STATUS_DONE;
}

/* Saying how it goes. */

static void print_count(const struct recording *r, const char *before, const char *after)
{
    const struct recorder_count *count = recorder_count(r->app->transport);
    fprintf(stderr, "%s%" PRIu64 " objects, %" PRIu64 " changes, %" PRIu64 " lines, %.1f MiB%s", before, count->items,
            count->events, count->lines, (double)count->bytes / (1 << 20), after);
}

static void on_tick(void *data)
{
    struct recording *r = data;
    struct err err = ERR_INIT;
    drop_logs(r);
    if (recorder_flush(r->app->transport, &err) < 0)
        r->over = true;
    if (isatty(STDERR_FILENO))
        print_count(r, "\rrecording: ", "; Ctrl-C ends it ");
    loop_timer_start(&r->tick, NSEC_PER_SEC);
}

static void on_reflector(void *data, struct reflector *reflector)
{
    (void)data;
    if (*reflector_why(reflector))
        app_note("patchbay: %s; this is recorded too, and it goes on", reflector_why(reflector));
}

/* The cluster's part of the catalogue: the dashboard asks for it once, so a replay has to have it. */
static void on_entries(void *data, const struct kube_answer *answer UNUSED)
{
    ((struct recording *)data)->entries = NULL;
}

static void ask_entries(struct recording *r)
{
    struct buf path;
    buf_init(&path, 1024);
    entries_path(&path, NULL);
    r->entries = kube_start(r->app->client, &(struct kube_request){.path = path.data}, on_entries, r);
    buf_release(&path);
}

static int record(struct recording *r, const char *word, int64_t patience)
{
    struct app *app = r->app;
    struct err err = ERR_INIT;
    for (size_t i = 0; i < SOURCE_COUNT; i++)
        r->stores[i] = store_new(cluster_kind((enum model_source_id)i));
    int status = word ? take_graph(r, word) : STATUS_DONE;
    for (size_t i = 0; status == STATUS_DONE && i < SOURCE_COUNT; i++) {
        const struct kind *kind = cluster_kind((enum model_source_id)i);
        struct reflector_options options = {.ns = kind->namespaced ? app->options->values[OPT_NAMESPACE] : NULL,
                                            .label_selector = cluster_selector((enum model_source_id)i)};
        r->reflectors[i] = reflector_new(app->client, r->stores[i], &options, on_reflector, r);
    }
    if (status == STATUS_DONE) {
        ask_entries(r);
        on_tick(r);
        status = app_wait(app, &r->over, patience ? loop_now(app->loop) + patience : 0);
        if (status != STATUS_DONE) /* an interrupt, or --timeout: that is how a recording ends */
            status = STATUS_DONE;
        if (recorder_flush(app->transport, &err) < 0)
            app_note("patchbay: %s", err.text);
        if (recorder_failed(app->transport))
            status = STATUS_USAGE;
        print_count(r, isatty(STDERR_FILENO) ? "\rrecorded: " : "recorded: ", "                     \n");
        bool refused = false;
        for (size_t i = 0; i < SOURCE_COUNT; i++)
            refused |= reflector_state(r->reflectors[i]) == REFLECTOR_REFUSED;
        if (status == STATUS_DONE && !recorder_count(app->transport)->items)
            status = app_failf(refused ? STATUS_FAULT : STATUS_UNREACHABLE,
                               "the cluster said nothing that could be recorded%s",
                               refused ? "; with -n NAMESPACE only what is in that one is asked for" : "");
    }
    return status;
}

static int run(struct app *app)
{
    const struct options *o = app->options;
    int64_t limit = DEFAULT_LIMIT, patience = 0;
    if (o->values[OPT_LIMIT] && (!quantity_whole(o->values[OPT_LIMIT], &limit) || limit < 1))
        return app_failf(STATUS_USAGE, "'%s' is no size; write 64Mi or 1Gi", o->values[OPT_LIMIT]);
    if (o->values[OPT_TIMEOUT] && (patience = time_parse_duration(o->values[OPT_TIMEOUT])) <= 0)
        return app_failf(STATUS_USAGE, "'%s' is no time; write 90s, 5m or 1h", o->values[OPT_TIMEOUT]);
    app->record_file = o->args[0];
    app->record_limit = (uint64_t)limit;
    int status = app_connect(app);
    if (status != STATUS_DONE)
        return status;
    struct recording r = {.app = app};
    loop_timer_init(&r.tick, app->loop, on_tick, &r);
    status = record(&r, o->arg_count > 1 ? o->args[1] : NULL, patience);
    loop_timer_stop(&r.tick);
    if (r.entries)
        kube_cancel(r.entries);
    map_release(&r.logs, free_log);
    follow_free(r.follow);
    scrape_free(r.scrape);
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        if (r.reflectors[i])
            reflector_free(r.reflectors[i]);
        if (i == SOURCE_PODS && r.graph)
            store_unlisten(&r.pods);
        store_free(r.stores[i]);
    }
    graph_free(r.graph);
    return status;
}

const struct command command_record = {
    .name = "record",
    .args = "FILE [GRAPH]",
    .summary = "what the cluster says, with times, into a file",
    .help = "Writes down lists, changes and events as the dashboard would hear them; of a graph also its logs, detections and\n"
            "traffic. Ends with Ctrl-C, after --timeout, or at --limit (256Mi). No Secrets, no environment or arguments of\n"
            "containers and no credentials in URLs are written; what containers print is, so look before you share it.\n"
            "\n"
            "  patchbay record night.ndjson lobby\n"
            "  patchbay record all.ndjson --timeout 10m --limit 1Gi",
    .options = OPTS_CLUSTER | OPT(OPT_TIMEOUT) | OPT(OPT_LIMIT),
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
