#include "app/cluster.h"

#include "app/entries.h"
#include "app/follow.h"
#include "app/meter.h"
#include "app/scrape.h"
#include "app/snapshots.h"
#include "graph/plan.h"
#include "k8s/kinds/node.h"
#include "k8s/memory.h"

#define DETECTIONS_KEPT 300
#define EVENTS_KEPT 5000 /* that the server has forgotten */
#define SCRAPE_VISIBLE (1 * NSEC_PER_SEC)

static const struct source_row {
    const struct kind *kind;
    const char *selector;
} source_rows[SOURCE_COUNT] = {
    [SOURCE_PODS] = {&kind_pod, NULL},
    [SOURCE_NODES] = {&kind_node, NULL},
    [SOURCE_DEPLOYMENTS] = {&kind_deployment, NULL},
    [SOURCE_EVENTS] = {&kind_event, NULL},
    [SOURCE_GRAPHS] = {&kind_configmap, PLAN_LABEL_KIND "=graph"},
};

struct source {
    struct cluster *cluster;
    struct reflector *reflector;
    enum model_source_id id;
    char *only; /* the namespace that is listed; NULL: all, for who holds a GPU may be in any of them */
};

struct cluster {
    struct app *app;
    struct model *model;
    struct kube_client *client;
    char *ns;
    struct source sources[SOURCE_COUNT];
    struct store_listener nodes;
    struct store *heard;    /* the events that the server has; the model's store has those of before, too. NULL in a replay, */
    struct memory *memory;  /* where time goes back as well */
    struct kube_call *entries; /* its part of the catalogue is being asked for */
    bool entries_asked;
    struct scrape *scrape;
    struct follow *follow;
    struct meter *meter;
    struct usage usage;
    unsigned measured;
    struct reflector *slices, *claims; /* NULL: nobody looks */
    struct snapshots *snapshots;
    bool watch_detections, watch_traffic;
};

const struct kind *cluster_kind(enum model_source_id id)
{
    return source_rows[id].kind;
}

const char *cluster_selector(enum model_source_id id)
{
    return source_rows[id].selector;
}

/* What is listed. */

static void source_note(const struct source *source, char *out, size_t size)
{
    if (source->cluster->model->replay.on)
        snprintf(out, size, "only namespace %.64s: of the others nothing was recorded", source->only);
    else
        snprintf(out, size, "only namespace %.64s: %.64s may not list %s in all namespaces", source->only,
                 access_who(kube_client_context(source->cluster->client)), source_rows[source->id].kind->plural);
}

static void publish(struct source *source)
{
    struct model *model = source->cluster->model;
    struct model_source *out = &model->sources[source->id];
    const struct reflector *reflector = source->reflector;
    out->state = reflector_state(reflector);
    out->since = reflector_since(reflector);
    out->partial = source->only != NULL;
    snprintf(out->why, sizeof out->why, "%.250s", reflector_why(reflector));
    snprintf(out->note, sizeof out->note, "%.250s", reflector_note(reflector));
    if (source->only && !out->note[0])
        source_note(source, out->note, sizeof out->note);
    model_changed(model, CHANGED_FRESHNESS);
}

static void empty(struct store *store)
{
    store_replace_begin(store);
    store_replace_end(store);
}

static void forget(struct cluster *c)
{
    memory_free(c->memory);
    c->memory = NULL;
    empty(model_store(c->model, SOURCE_EVENTS));
}

static struct store *listed_into(struct cluster *c, enum model_source_id id)
{
    return id == SOURCE_EVENTS && c->heard ? c->heard : model_store(c->model, id);
}

static void on_state(void *data, struct reflector *reflector);

static void start(struct source *source, const char *only)
{
    struct cluster *c = source->cluster;
    struct store *store = listed_into(c, source->id);
    char *ns = xstrdup_or_null(only);
    free(source->only);
    source->only = ns;
    if (source->reflector) {
        reflector_free(source->reflector);
        if (store == c->heard)
            forget(c);
        empty(store); /* its rows are of another namespace */
    }
    if (store == c->heard && !c->memory)
        c->memory = memory_new(c->heard, model_store(c->model, SOURCE_EVENTS), EVENTS_KEPT);
    struct reflector_options options = {.ns = ns, .label_selector = source_rows[source->id].selector};
    source->reflector = reflector_new(c->client, store, &options, on_state, source);
    publish(source);
}

/* Who may not list all namespaces is shown the one that is looked at. */
static void fall_back(struct source *source)
{
    struct cluster *c = source->cluster;
    bool all = !c->model->ns;
    start(source, all ? c->ns : c->model->ns);
    if (!all || source->id != SOURCE_PODS)
        return; /* what else is only of one namespace says so in its view */
    c->model->ns = xstrdup(c->ns);
    model_changed(c->model, CHANGED_CONTEXT);
    model_notice(c->model, "%s", c->model->sources[source->id].note);
}

/* Its part of the catalogue: once, for who writes one waits for no screen. */

static void take_entries(struct cluster *c, const cJSON *list)
{
    if (!entries_reload(c->app, list))
        return;
    if (c->model->document)
        document_reparse(c->model->document);
    c->model->catalogue_version++;
    if (list && entries_note(c->app))
        model_notice(c->model, "%s", entries_note(c->app));
    model_changed(c->model, CHANGED_DOCUMENT);
}

static void on_entries(void *data, const struct kube_answer *answer)
{
    struct cluster *c = data;
    c->entries = NULL;
    if (answer->status == 200)
        take_entries(c, answer->json);
}

/* After the graphs' list, which knows by then whose ConfigMaps may be seen. */
static void ask_entries(struct cluster *c)
{
    struct buf path;
    if (c->entries_asked)
        return;
    c->entries_asked = true;
    buf_init(&path, 1024);
    entries_path(&path, c->sources[SOURCE_GRAPHS].only);
    struct kube_request request = {.path = path.data};
    c->entries = kube_start(c->client, &request, on_entries, c);
    buf_release(&path);
}

static void on_state(void *data, struct reflector *reflector)
{
    struct source *source = data;
    if (!source->only && source_rows[source->id].kind->namespaced && reflector_refusal(reflector) == 403)
        fall_back(source);
    else
        publish(source);
    if (source->id == SOURCE_GRAPHS && reflector_synced(source->reflector))
        ask_entries(source->cluster);
}

void cluster_follow_namespace(struct cluster *c)
{
    const char *ns = c->model->ns;
    for (int i = 0; i < SOURCE_COUNT; i++)
        if (c->sources[i].only && !str_eq(c->sources[i].only, ns))
            start(&c->sources[i], ns); /* all of them is asked for again: what is allowed may have changed */
    cluster_measure(c, c->measured);
}

static void on_nodes(void *data, const struct change *changes, size_t count)
{
    struct cluster *c = data;
    for (size_t i = 0; i < count; i++)
        if (changes[i].now)
            c->model->simulated |= ((const struct node *)changes[i].now)->simulated;
}

/* What is measured. */

static const char *thing_type(void *data, const char *thing)
{
    struct cluster *c = data;
    const struct graph *graph = c->model->document ? document_graph(c->model->document) : NULL;
    const struct graph_thing *t = graph ? graph_find(graph, thing) : NULL;
    return t ? t->type : NULL;
}

static void on_line(void *data, const char *thing, const char *line, size_t len)
{
    (void)thing;
    struct cluster *c = data;
    struct detection detection;
    struct err err = ERR_INIT;
    if (detection_parse(&detection, line, len, &err) == 0 && !detection.heartbeat) {
        detection_log_add(c->model->detections, &detection, loop_wall(c->app->loop));
        model_changed(c->model, CHANGED_DETECTIONS);
    }
}

/* One that flows is enough: then there is something to look at. */
static void on_follow(void *data)
{
    struct cluster *c = data;
    const char *why = c->follow && !follow_open(c->follow) ? follow_why(c->follow) : "";
    if (str_eq(c->model->detections_why, why))
        return;
    snprintf(c->model->detections_why, sizeof c->model->detections_why, "%.250s", why);
    model_changed(c->model, CHANGED_DETECTIONS);
}

static void on_scraped(void *data)
{
    model_changed(((struct cluster *)data)->model, CHANGED_TRAFFIC);
}

void cluster_follow_graph(struct cluster *c)
{
    struct model *model = c->model;
    scrape_graph(c->scrape, model->graph_ns, model->graph_name);
    follow_free(c->follow);
    c->follow = NULL;
    if (c->watch_detections && model->graph_name) {
        struct follow_options options = {.ns = model->graph_ns,
                                         .graph = model->graph_name,
                                         .catalogue = model->catalogue,
                                         .thing_type = thing_type,
                                         .changed = on_follow};
        c->follow = follow_new(c->client, model_store(model, SOURCE_PODS), &options, on_line, c);
    }
    on_follow(c);
}

void cluster_watching(struct cluster *c, bool detections, bool traffic)
{
    c->watch_traffic = traffic;
    scrape_every(c->scrape, traffic ? SCRAPE_VISIBLE : 0);
    if (c->watch_detections == detections)
        return;
    c->watch_detections = detections;
    cluster_follow_graph(c);
}

static void on_measured(void *data)
{
    model_changed(((struct cluster *)data)->model, CHANGED_USAGE);
}

/* What drivers of dynamic resource allocation offer. Where there is no such API they stay empty. */
static void list_devices(struct cluster *c, bool wanted)
{
    if (wanted == (c->slices != NULL))
        return;
    reflector_free(c->slices);
    reflector_free(c->claims);
    c->slices = wanted ? reflector_new(c->client, c->model->slices, NULL, NULL, NULL) : NULL;
    c->claims = wanted ? reflector_new(c->client, c->model->claims, NULL, NULL, NULL) : NULL;
}

void cluster_measure(struct cluster *c, unsigned parts)
{
    c->measured = parts;
    meter_watch(c->meter, parts, c->model->ns);
    list_devices(c, parts & USAGE_BIT(USAGE_GPUS));
}

void cluster_look(struct cluster *c, const struct model_look *look)
{
    snapshots_look(c->snapshots, look);
}

void cluster_measure_anew(struct cluster *c)
{
    struct model *model = c->model;
    scrape_free(c->scrape);
    c->scrape = scrape_new(c->client, model_store(model, SOURCE_PODS), on_scraped, c);
    scrape_every(c->scrape, c->watch_traffic ? SCRAPE_VISIBLE : 0);
    detection_log_free(model->detections);
    model->detections = detection_log_new(DETECTIONS_KEPT);
    cluster_follow_graph(c);
    model_changed(model, CHANGED_TRAFFIC | CHANGED_DETECTIONS);
}

const struct thing_traffic *cluster_traffic(const struct cluster *c, const char *pod_uid)
{
    return scrape_traffic(c->scrape, pod_uid);
}

int64_t cluster_first_result(const struct cluster *c, const char *pod_uid)
{
    return scrape_first_result(c->scrape, pod_uid);
}

/* Its life. */

static void on_access(void *data)
{
    model_changed(((struct cluster *)data)->model, CHANGED_CONTEXT);
}

static bool lend_terminal(void *data, bool lent, const char *program)
{
    struct model *model = data;
    return model->lend_terminal && model->lend_terminal(model->changed_data, lent, program);
}

struct cluster *cluster_open(struct app *app, struct model *model, const struct kube_context *context, const char *ns)
{
    struct cluster *c = xcalloc(1, sizeof *c);
    c->app = app;
    c->model = model;
    c->ns = xstrdup(ns);
    c->client = app_client(app, context);
    kube_client_on_terminal(c->client, lend_terminal, model);
    model->client = c->client;
    model->access = access_new(c->client, on_access, c);
    model->opened = loop_now(app->loop);
    model->detections = detection_log_new(DETECTIONS_KEPT);
    store_listen(model_store(model, SOURCE_NODES), &c->nodes, on_nodes, c);
    c->heard = app->playback ? NULL : store_new(&kind_event);
    model->heard = c->heard;
    c->scrape = scrape_new(c->client, model_store(model, SOURCE_PODS), on_scraped, c);
    c->meter = meter_new(c->client, model_store(model, SOURCE_PODS), &c->usage, on_measured, c);
    model->usage = &c->usage;
    c->snapshots = snapshots_new(c->client, model);
    for (int i = 0; i < SOURCE_COUNT; i++) {
        c->sources[i].cluster = c;
        c->sources[i].id = (enum model_source_id)i;
        start(&c->sources[i], NULL);
    }
    return c;
}

void cluster_close(struct cluster *c)
{
    if (!c)
        return;
    struct model *model = c->model;
    if (c->entries)
        kube_cancel(c->entries);
    take_entries(c, NULL);
    follow_free(c->follow);
    scrape_free(c->scrape);
    meter_free(c->meter);
    list_devices(c, false);
    empty(model->slices);
    empty(model->claims);
    usage_release(&c->usage);
    snapshots_free(c->snapshots);
    store_unlisten(&c->nodes);
    for (int i = 0; i < SOURCE_COUNT; i++) {
        struct model_source *source = &model->sources[i];
        reflector_free(c->sources[i].reflector);
        free(c->sources[i].only);
        empty(source->store);
        *source = (struct model_source){.store = source->store};
    }
    memory_free(c->memory);
    store_free(c->heard);
    model->heard = NULL;
    access_free(model->access);
    detection_log_free(model->detections);
    model->access = NULL;
    model->client = NULL;
    model->detections = NULL;
    model->usage = NULL;
    model->detections_why[0] = '\0';
    model->simulated = false;
    kube_client_free(c->client);
    free(c->ns);
    free(c);
}
