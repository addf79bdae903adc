#include "app/deploying.h"

#include "app/scrape.h"
#include "app/timings.h"
#include "base/time.h"
#include "graph/plan.h"
#include "k8s/kinds/configmap.h"
#include "k8s/kinds/deployment.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/nodeimages.h"
#include "k8s/kinds/pod.h"
#include "ops/eta.h"
#include "ops/status.h"

#define FIRST_RESULT_PATIENCE (10 * NSEC_PER_SEC)
#define STOP_PATIENCE (10 * NSEC_PER_SEC)

struct deploy {
    struct app *app;
    const char *ns, *graph;
    bool applied, changed, rolled_out, complete, failed;
    int status; /* of applying it */
    int64_t patience;
    const struct deployer_options *options;
    struct graph *graph_parsed; /* NULL: what waits for what is not known */
    struct store *pods, *deployments, *events, *nodes;
    struct reflector *reflectors[3]; /* of the first three */
    struct pasts pasts;      /* how pods of the same images came up before */
    int64_t eta;             /* as it was said last, ns since 1970; 0: not yet */
    int64_t began;           /* wall */
    struct scrape *scrape;
    struct map said; /* what it is of → the last line printed, owned */
};

static void on_progress(void *data, const struct applyset_progress *progress)
{
    (void)data;
    if (progress->total)
        app_note("  %zu/%zu %s", progress->done, progress->total, progress->what);
    else
        app_note("  %s", progress->what);
}

static void on_applied(void *data, const struct applyset_result *result)
{
    struct deploy *d = data;
    d->applied = true;
    d->changed = result->created + result->configured > 0;
    d->status = result->ok ? STATUS_DONE : result->unreachable ? STATUS_UNREACHABLE : STATUS_FAULT;
    if (result->stopped && !result->begun)
        app_note("%s: stopped before anything was changed", d->graph);
    else if (result->stopped)
        app_note("%s: stopped; what was applied stays. The same 'patchbay deploy' goes on, 'patchbay rollback %s' takes it back",
                 d->graph, d->graph);
    else if (result->ok)
        app_note("%s: %zu created, %zu configured, %zu unchanged, %zu pruned%s", d->graph, result->created,
                 result->configured, result->unchanged, result->pruned,
                 options_has(d->app->options, OPT_DRY_RUN) ? " (dry run: nothing was changed)" : "");
    else
        app_fail(d->status, &result->err);
    bool conflict = false;
    for (size_t i = 0; i < result->failure_count; i++) {
        if (result->failure_count > 1)
            app_note("  %s", result->failures[i].why);
        conflict = conflict || result->failures[i].conflict;
    }
    if (conflict)
        app_note("what others set is left alone: --take-over THING takes over what they set of a thing, --force-conflicts of all");
}

static bool mine(const struct deploy *d, istr ns, istr graph)
{
    return str_eq(ns, d->ns) && str_eq(graph, d->graph);
}

/* of: what it is said of, by a name of its own: two pods of a thing take no turns. */
static void say(struct deploy *d, const char *of, const char *name, const char *line)
{
    if (str_eq(map_get(&d->said, of), line))
        return;
    app_note("  %s: %s", name, line);
    free(map_put(&d->said, of, xstrdup(line)));
}

/* They come one by one: those that are there before the last are no sign that all are well. */
static bool is_known(const struct deploy *d)
{
    return d->reflectors[0] && reflector_synced(d->reflectors[0]) && d->reflectors[1] && reflector_synced(d->reflectors[1]);
}

static int64_t first_result(void *data, const char *pod_uid)
{
    return scrape_first_result(data, pod_uid);
}

static void make_course(const struct deploy *d, struct course *out)
{
    struct index on_objects;
    index_init(&on_objects, d->events, event_object_key);
    struct course_of of = {.ns = d->ns, .name = d->graph, .graph = d->graph_parsed, .pods = d->pods, .events = &on_objects,
                           .first_result = first_result, .data = d->scrape};
    course_make_since(out, of, d->began);
    index_release(&on_objects);
}

/* Said once, and again when it turns out quite otherwise. */
static void say_eta(struct deploy *d, const struct course *course)
{
    struct eta eta;
    char words[ETA_TEXT];
    int64_t now = time_wall();
    eta_make(&eta, course, &d->pasts, d->nodes, now);
    int64_t off = eta.at - d->eta, left = MAX(d->eta - now, 0);
    if (!eta.at || (d->eta && MAX(off, -off) < MAX(5 * NSEC_PER_SEC, left / 4)))
        return;
    d->eta = eta.at;
    say(d, "/eta", d->graph, eta_words(words, &eta, now));
}

/* Looked at after every change: has everything arrived? */
static void look(struct deploy *d)
{
    size_t count = 0, done = 0;
    STORE_EACH(struct deployment, deployment, d->deployments) {
        if (!mine(d, deployment->r.ns, deployment->graph))
            continue;
        char words[160];
        enum health health = deployment_words(words, deployment);
        count++;
        done += health == HEALTH_GOOD;
        d->failed |= health == HEALTH_BAD;
        if (health == HEALTH_BAD)
            say(d, deployment->r.uid, deployment->r.name, words);
    }
    STORE_EACH(struct pod, pod, d->pods) {
        if (!mine(d, pod->r.ns, pod->graph) || pod->deleted)
            continue;
        struct pod_words words;
        pod_words(&words, pod);
        char line[512];
        snprintf(line, sizeof line, "%s %d/%d%s%s", words.status, words.ready, words.total, pod->node ? " on " : "",
                 str_or_empty(pod->node));
        if (!pod->node && pod->unscheduled_message)
            snprintf(line, sizeof line, "%s: %s", words.status, pod->unscheduled_message);
        say(d, pod->r.uid, pod_called(pod), line);
    }
    d->rolled_out = is_known(d) && count && done == count;
    bool eta = d->changed && d->pasts.count && course_made(d->deployments, d->ns, d->graph);
    if (!d->rolled_out && !eta)
        return;
    struct course course;
    make_course(d, &course);
    d->complete = d->rolled_out && course_over(&course);
    if (!d->rolled_out)
        say_eta(d, &course);
    course_release(&course);
}

static void on_change(void *data, const struct change *changes, size_t count)
{
    (void)changes;
    (void)count;
    look(data);
}

static void on_scraped(void *data)
{
    look(data);
}

/* Silence would look as if nothing happened in the cluster. */
static void on_state(void *data, struct reflector *reflector)
{
    const char *why = reflector_why(reflector);
    if (*why)
        say(data, "/cluster", "the cluster", why);
    look(data); /* it may be whole now */
}

/* The pods or the deployments are not known any more: then the cluster is to blame, not the graph. */
static int too_late(const struct deploy *d, const char *patience)
{
    for (int i = 0; i < 2; i++)
        if (reflector_state(d->reflectors[i]) != REFLECTOR_LIVE && *reflector_why(d->reflectors[i]))
            return app_failf(reflector_state(d->reflectors[i]) == REFLECTOR_REFUSED ? STATUS_FAULT : STATUS_UNREACHABLE,
                             "whether graph %s is ready is not known: %s", d->graph, reflector_why(d->reflectors[i]));
    return app_failf(STATUS_FAULT, "graph %s is not ready after %s; 'patchbay status %s' says where it stands", d->graph,
                     patience, d->graph);
}

static int watch(struct deploy *d)
{
    struct app *app = d->app;
    struct store *stores[] = {d->pods, d->deployments, d->events};
    for (int i = 0; i < 3; i++) {
        struct reflector_options options = {.ns = d->ns};
        d->reflectors[i] = reflector_new(app->client, stores[i], &options, on_state, d);
    }
    int64_t until = time_monotonic() + d->patience;
    while (!d->rolled_out && !d->failed && !app->interrupted) {
        int64_t left = until - time_monotonic();
        if (left <= 0)
            return too_late(d, options_has(app->options, OPT_TIMEOUT) ? app->options->values[OPT_TIMEOUT] : "5m");
        loop_turn(app->loop, left);
    }
    if (app->interrupted)
        return 130;
    if (d->failed)
        return app_failf(STATUS_FAULT, "graph %s failed; 'patchbay status %s' says where it stands", d->graph, d->graph);
    /* Ready is what was asked for; the first results are waited for a little, because they are in the timing. */
    until = MIN(until, time_monotonic() + FIRST_RESULT_PATIENCE);
    return app_wait(app, &d->complete, until) == 130 ? 130 : STATUS_DONE;
}

/* What earlier deployments of any graph here tell; where that may not be read, there is no estimate. */
static void read_pasts(struct deploy *d)
{
    struct store *maps = store_new(&kind_configmap);
    if (app_list_if_allowed(d->app, d->nodes, NULL, NULL) == STATUS_DONE &&
        app_list_if_allowed(d->app, maps, d->ns, PLAN_LABEL_KIND "=graph") == STATUS_DONE)
        STORE_EACH(struct configmap, map, maps)
            pasts_read(&d->pasts, map_get(&map->data, PLAN_KEY_REVISIONS));
    store_free(maps);
}

struct keeping {
    bool over, kept;
};

static void on_kept(void *data, bool kept)
{
    *(struct keeping *)data = (struct keeping){true, kept};
}

static void keep(struct deploy *d, cJSON *timings)
{
    struct keeping k = {false, false};
    struct timings_keeper *keeper = timings_keep(d->app->client, d->ns, d->graph, d->options->text, d->options->len, timings, on_kept, &k);
    if (app_wait(d->app, &k.over, 0) != STATUS_DONE)
        timings_keep_cancel(keeper);
    else if (!k.kept)
        app_note("the timing could not be kept in the history of %s", d->graph);
}

static void print_timing(struct deploy *d)
{
    if (!d->changed) { /* no pod is of this deployment */
        app_note("%s is up; nothing was changed: 'patchbay timing %s' says how it came up", d->graph, d->graph);
        return;
    }
    struct course course;
    struct buf out;
    make_course(d, &course);
    cJSON *timings = timings_of(&course, d->nodes, course_began(&course, d->began, time_wall()), false);
    buf_init(&out, 1u << 20);
    timings_print(timings, TABLE_TABLE, &out);
    app_print(&out);
    course_release(&course);
    keep(d, timings);
}

static int wait_ready(struct deploy *d)
{
    struct faults faults = {0};
    d->graph_parsed = graph_parse(d->options->text, d->options->len, d->graph, d->options->catalogue, &faults);
    faults_release(&faults);
    d->nodes = store_new(&kind_nodeimages);
    read_pasts(d);
    d->pods = store_new(&kind_pod);
    d->deployments = store_new(&kind_deployment);
    d->events = store_new(&kind_event);
    struct store_listener on_pods, on_deployments;
    store_listen(d->pods, &on_pods, on_change, d);
    store_listen(d->deployments, &on_deployments, on_change, d);
    d->scrape = scrape_new(d->app->client, d->pods, on_scraped, d);
    scrape_graph(d->scrape, d->ns, d->graph);
    scrape_every(d->scrape, NSEC_PER_SEC);
    int status = watch(d);
    if (status == STATUS_DONE)
        print_timing(d);
    for (int i = 0; i < 3; i++)
        if (d->reflectors[i])
            reflector_free(d->reflectors[i]);
    scrape_free(d->scrape);
    store_unlisten(&on_pods);
    store_unlisten(&on_deployments);
    pasts_release(&d->pasts);
    graph_free(d->graph_parsed);
    store_free(d->pods);
    store_free(d->deployments);
    store_free(d->events);
    store_free(d->nodes);
    map_release(&d->said, free);
    return status;
}

/* Interrupted: the cluster is told so; a second interruption, or silence, ends that as well. */
static void stop(struct deploy *d, struct deployer *deployer)
{
    d->app->interrupted = false;
    deployer_stop(deployer);
    if (app_wait(d->app, &d->applied, time_monotonic() + STOP_PATIENCE) != STATUS_DONE)
        deployer_cancel(deployer);
    d->app->interrupted = true;
}

int deploying_run(struct app *app, const struct deployer_options *options, const char *ns, const char *graph)
{
    struct err err = ERR_INIT;
    struct deploy d = {.app = app, .ns = ns, .graph = graph, .options = options};
    const char *text = app->options->values[OPT_TIMEOUT];
    d.patience = text ? time_parse_duration(text) : 5 * 60 * NSEC_PER_SEC;
    if (d.patience < 0)
        return app_failf(STATUS_USAGE, "'%s' is no time; write 90s, 5m or 1h", text);
    app_note("deploying %s/%s on %s", d.ns, d.graph, app->context->name);
    d.began = time_wall();
    struct deployer *deployer = deployer_start(app->client, options, on_progress, on_applied, &d, &err);
    if (!deployer)
        return app_fail(STATUS_FAULT, &err);
    int status = app_wait(app, &d.applied, 0);
    if (status != STATUS_DONE)
        stop(&d, deployer);
    else if (d.status != STATUS_DONE)
        status = d.status;
    else if (options_has(app->options, OPT_WAIT) && !options->dry_run)
        status = wait_ready(&d);
    return status;
}
