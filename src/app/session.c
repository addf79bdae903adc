#include "app/session.h"

#include "app/deployer.h"
#include "app/follow.h"
#include "app/scrape.h"
#include "base/file.h"
#include "graph/plan.h"
#include "k8s/kinds/configmap.h"
#include "k8s/kinds/node.h"

#define DETECTIONS_KEPT 300
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
    struct session *session;
    struct reflector *reflector;
    struct store_listener listener;
    enum model_source_id id;
};

struct session {
    struct app *app;
    struct model model;
    struct source sources[SOURCE_COUNT];
    struct scrape *scrape;
    struct follow *follow;
    struct kube_call *call;    /* a single deletion */
    struct deployer *deployer;
    bool open_first;           /* no document yet: the first deployed graph that is seen */
    bool watch_detections;
};

/* The graph at hand. */

static void set_string(char **field, const char *value)
{
    char *copy = value ? xstrdup(value) : NULL;
    free(*field);
    *field = copy;
}

static const char *thing_type(void *data, const char *thing)
{
    struct session *s = data;
    const struct graph *graph = s->model.document ? document_graph(s->model.document) : NULL;
    const struct graph_thing *t = graph ? graph_find(graph, thing) : NULL;
    return t ? t->type : NULL;
}

static void on_line(void *data, const char *thing, const char *line, size_t len)
{
    (void)thing;
    struct session *s = data;
    struct detection detection;
    struct err err = ERR_INIT;
    if (detection_parse(&detection, line, len, &err) == 0 && !detection.heartbeat) {
        detection_log_add(s->model.detections, &detection, loop_wall(s->app->loop));
        model_changed(&s->model, CHANGED_DETECTIONS);
    }
}

static void follow_graph(struct session *s)
{
    follow_free(s->follow);
    s->follow = NULL;
    if (!s->watch_detections || !s->model.graph_name)
        return;
    struct follow_options options = {.ns = s->model.graph_ns,
                                     .graph = s->model.graph_name,
                                     .catalogue = &s->app->catalogue,
                                     .thing_type = thing_type};
    s->follow = follow_new(s->app->client, model_store(&s->model, SOURCE_PODS), &options, on_line, s);
}

static void take_document(struct session *s, struct document *document, const char *file)
{
    s->open_first = false; /* what is being composed is never replaced unasked */
    document_free(s->model.document);
    s->model.document = document;
    const struct graph *graph = document ? document_graph(document) : NULL;
    set_string(&s->model.graph_name, graph ? graph->name : NULL);
    set_string(&s->model.graph_ns, graph ? graph->ns : NULL);
    set_string(&s->model.file, file);
    scrape_graph(s->scrape, s->model.graph_ns, s->model.graph_name);
    follow_graph(s);
    model_changed(&s->model, CHANGED_DOCUMENT | CHANGED_TRAFFIC | CHANGED_DETECTIONS);
}

static int open_file(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    int rc = file_read(path, &text, err);
    struct document *document = NULL;
    if (rc == 0)
        document = document_new(text.data, text.len, path, NULL, NULL, &s->app->catalogue, err);
    if (document)
        take_document(s, document, path);
    buf_release(&text);
    return document ? 0 : -1;
}

static int open_graph(void *data, const char *ns, const char *name, struct err *err)
{
    struct session *s = data;
    STORE_EACH(struct configmap, map, model_store(&s->model, SOURCE_GRAPHS)) {
        const char *text = map_get(&map->data, PLAN_KEY_TEXT);
        if (!text || !str_eq(map->graph, name) || (ns && !str_eq(map->r.ns, ns)))
            continue;
        struct document *document = document_new(text, strlen(text), name, NULL, NULL, &s->app->catalogue, err);
        if (document)
            take_document(s, document, NULL);
        return document ? 0 : -1;
    }
    return err_set(err, "no graph '%s' is deployed in %s%s", name, ns ? "namespace " : "any namespace", str_or_empty(ns));
}

static int new_graph(void *data, const char *name, struct err *err)
{
    struct session *s = data;
    const char *ns = s->model.ns ? s->model.ns : s->app->ns;
    struct document *document = document_new(NULL, 0, name, name, ns, &s->app->catalogue, err);
    if (document)
        take_document(s, document, NULL);
    return document ? 0 : -1;
}

static int save(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    if (!s->model.document)
        return err_set(err, "there is no graph to save");
    if (!path)
        path = s->model.file;
    if (!path)
        return err_set(err, "this graph has no file yet; name one: :w %s.yaml",
                       s->model.graph_name ? s->model.graph_name : "lobby");
    size_t len;
    const char *text = document_text(s->model.document, &len);
    if (file_save(path, text, len, 0, err) < 0)
        return -1;
    document_saved(s->model.document);
    if (path != s->model.file)
        set_string(&s->model.file, path);
    model_changed(&s->model, CHANGED_DOCUMENT);
    return 0;
}

/* What changes the cluster. */

static void task_say(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void task_say(struct session *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->model.task.text, sizeof s->model.task.text, fmt, ap);
    va_end(ap);
    model_changed(&s->model, CHANGED_TASK);
}

static void on_progress(void *data, const struct applyset_progress *progress)
{
    struct session *s = data;
    s->model.task.done = progress->done;
    s->model.task.total = progress->total;
    task_say(s, "%s", progress->what);
}

static void on_deployed(void *data, const struct applyset_result *result)
{
    struct session *s = data;
    s->deployer = NULL;
    s->model.task.running = false;
    s->model.task.failed = !result->ok;
    if (result->ok)
        task_say(s, "deployed: %zu created, %zu configured, %zu unchanged, %zu pruned", result->created,
                 result->configured, result->unchanged, result->pruned);
    else
        task_say(s, "%s", result->err.text);
}

static void on_graph_deleted(void *data, const struct applyset_result *result)
{
    struct session *s = data;
    s->deployer = NULL;
    s->model.task.running = false;
    s->model.task.failed = !result->ok;
    if (result->ok)
        task_say(s, "deleted: %zu objects are gone", result->pruned);
    else
        task_say(s, "%s", result->err.text);
}

static int may_begin(struct session *s, struct err *err)
{
    if (s->model.task.running)
        return err_set(err, "something is under way: %s; ':cancel' ends it", s->model.task.text);
    return 0;
}

static int deploy(void *data, struct err *err)
{
    struct session *s = data;
    if (may_begin(s, err) < 0)
        return -1;
    if (!s->model.document)
        return err_set(err, "there is no graph to deploy");
    size_t len;
    const char *text = document_text(s->model.document, &len);
    struct deployer_options options = {
        .text = text, .len = len, .file = s->model.file, .catalogue = &s->app->catalogue};
    s->deployer = deployer_start(s->app->client, &options, on_progress, on_deployed, s, err);
    if (!s->deployer)
        return -1;
    s->model.task = (struct model_task){.running = true};
    task_say(s, "deploying %s", str_or_empty(s->model.graph_name));
    return 0;
}

static int cancel(void *data, struct err *err)
{
    struct session *s = data;
    if (!s->deployer)
        return err_set(err, "nothing is under way");
    deployer_cancel(s->deployer);
    s->deployer = NULL;
    s->model.task.running = false;
    s->model.task.failed = true;
    task_say(s, "cancelled after %zu of %zu; what was applied stays, and D goes on with the rest", s->model.task.done,
             s->model.task.total);
    return 0;
}

static int delete_graph(void *data, const char *ns, const char *name, struct err *err)
{
    struct session *s = data;
    if (may_begin(s, err) < 0)
        return -1;
    s->model.task = (struct model_task){.running = true};
    s->deployer = deployer_delete(s->app->client, ns, name, on_progress, on_graph_deleted, s);
    task_say(s, "deleting graph %s", name);
    return 0;
}

static void on_object_deleted(void *data, const struct kube_answer *answer)
{
    struct session *s = data;
    s->call = NULL;
    s->model.task.running = false;
    s->model.task.failed = answer->status < 200 || answer->status >= 300;
    task_say(s, "%s", s->model.task.failed ? answer->err.text : "deleted");
}

static int delete_object(void *data, const struct kind *kind, const char *ns, const char *name, const char *uid,
                         struct err *err)
{
    struct session *s = data;
    if (may_begin(s, err) < 0)
        return -1;
    struct buf path, body;
    buf_init(&path, 2048);
    buf_init(&body, 2048);
    kind_path(&path, kind, ns, name);
    buf_adds(&body, "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\"");
    if (uid) {
        buf_adds(&body, ",\"preconditions\":{\"uid\":");
        json_quote(&body, uid);
        buf_addc(&body, '}');
    }
    buf_adds(&body, "}");
    struct kube_request request = {.method = "DELETE", .path = path.data, .content_type = "application/json",
                                   .body = body.data, .body_len = body.len, .total_timeout = 30 * NSEC_PER_SEC};
    s->model.task = (struct model_task){.running = true, .total = 1};
    s->call = kube_start(s->app->client, &request, on_object_deleted, s);
    task_say(s, "deleting %s %s", kind->plural, name);
    buf_release(&path);
    buf_release(&body);
    return 0;
}

static int set_namespace(void *data, const char *ns, struct err *err)
{
    (void)err;
    struct session *s = data;
    set_string(&s->model.ns, ns);
    model_changed(&s->model, CHANGED_CONTEXT | CHANGED_PODS | CHANGED_DEPLOYMENTS | CHANGED_EVENTS | CHANGED_GRAPHS);
    return 0;
}

/* What is measured. */

static const struct thing_traffic *traffic(void *data, const char *pod_uid)
{
    return scrape_traffic(((struct session *)data)->scrape, pod_uid);
}

static int64_t first_result(void *data, const char *pod_uid)
{
    return scrape_first_result(((struct session *)data)->scrape, pod_uid);
}

static void watching(void *data, bool detections, bool traffic_wanted)
{
    struct session *s = data;
    scrape_every(s->scrape, traffic_wanted ? SCRAPE_VISIBLE : 0);
    if (s->watch_detections != detections) {
        s->watch_detections = detections;
        follow_graph(s);
    }
}

static void on_scraped(void *data)
{
    struct session *s = data;
    model_changed(&s->model, CHANGED_TRAFFIC);
}

/* What the cluster says. */

static void on_store(void *data, const struct change *changes, size_t count)
{
    struct source *source = data;
    struct session *s = source->session;
    for (size_t i = 0; i < count; i++) {
        if (source->id == SOURCE_NODES && changes[i].now)
            s->model.simulated |= ((const struct node *)changes[i].now)->simulated;
        if (source->id != SOURCE_GRAPHS || !s->open_first || !changes[i].now)
            continue;
        const struct configmap *map = (const struct configmap *)changes[i].now;
        struct err err = ERR_INIT; /* one that cannot be read is passed over: the next may be */
        if (map->graph && (!s->model.ns || str_eq(map->r.ns, s->model.ns)))
            open_graph(s, map->r.ns, map->graph, &err);
    }
}

static void on_state(void *data, struct reflector *reflector)
{
    struct source *source = data;
    struct model *model = &source->session->model;
    struct model_source *out = &model->sources[source->id];
    out->state = reflector_state(reflector);
    out->since = reflector_since(reflector);
    snprintf(out->why, sizeof out->why, "%.250s", reflector_why(reflector));
    snprintf(out->note, sizeof out->note, "%.250s", reflector_note(reflector));
    model_changed(model, CHANGED_FRESHNESS);
}

struct session *session_new(struct app *app, const char *ns, const char *file, struct err *err)
{
    struct session *s = xcalloc(1, sizeof *s);
    s->app = app;
    s->model = (struct model){
        .loop = app->loop,
        .client = app->client,
        .context = xstrdup(app->context->name),
        .ns = ns ? xstrdup(ns) : NULL,
        .read_only = options_has(app->options, OPT_READ_ONLY),
        .detections = detection_log_new(DETECTIONS_KEPT),
        .catalogue = &app->catalogue,
        .ops = {deploy, cancel, delete_graph, delete_object, save, open_file, open_graph, new_graph, set_namespace,
                traffic, first_result, watching},
        .data = s,
    };
    for (int i = 0; i < SOURCE_COUNT; i++) {
        struct source *source = &s->sources[i];
        source->session = s;
        source->id = (enum model_source_id)i;
        struct store *store = store_new(source_rows[i].kind);
        s->model.sources[i].store = store;
        store_listen(store, &source->listener, on_store, source);
    }
    s->scrape = scrape_new(app->client, model_store(&s->model, SOURCE_PODS), on_scraped, s);
    s->open_first = !file;
    if (file && open_file(s, file, err) < 0) {
        session_free(s);
        return NULL;
    }
    for (int i = 0; i < SOURCE_COUNT; i++) {
        /* All namespaces, whatever is shown: who holds a GPU may be in any of them. */
        struct reflector_options options = {.label_selector = source_rows[i].selector};
        s->sources[i].reflector =
            reflector_new(app->client, model_store(&s->model, (enum model_source_id)i), &options, on_state, &s->sources[i]);
    }
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    s->model.changed = NULL;
    if (s->deployer)
        deployer_cancel(s->deployer);
    if (s->call)
        kube_cancel(s->call);
    follow_free(s->follow);
    scrape_free(s->scrape);
    for (int i = 0; i < SOURCE_COUNT; i++) {
        if (s->sources[i].reflector)
            reflector_free(s->sources[i].reflector);
        store_unlisten(&s->sources[i].listener);
        store_free(model_store(&s->model, (enum model_source_id)i));
    }
    document_free(s->model.document);
    detection_log_free(s->model.detections);
    free(s->model.context);
    free(s->model.ns);
    free(s->model.graph_name);
    free(s->model.graph_ns);
    free(s->model.file);
    free(s);
}

struct model *session_model(struct session *s)
{
    return &s->model;
}
