#include "app/session.h"

#include <sys/stat.h>

#include "app/cluster.h"
#include "app/deployer.h"
#include "app/documents.h"
#include "app/edge_process.h"
#include "app/entries.h"
#include "app/keeper.h"
#include "app/recovery.h"
#include "base/file.h"
#include "base/text.h"
#include "graph/plan.h"
#include "k8s/kinds/configmap.h"

struct left { /* how a cluster was when it was left */
    enum reflector_state state;
    char why[256];
};

struct session {
    struct app *app;
    struct model model;
    struct cluster *cluster;      /* NULL: there is none yet */
    struct kube_config *config, *edge_config; /* the latter: the embedded cluster's own, once it is ready */
    struct map left;              /* context → struct left */
    char *ns;                     /* for new graphs */
    struct store_listener graphs; /* for the first one */
    struct loop_task begin, greet;
    struct kube_context *first;   /* to begin with; NULL: the embedded cluster's */
    struct kube_call *call;       /* a single deletion */
    struct deployer *deployer;
    struct keeper keeper;         /* of the document */
    bool open_first;              /* no document yet: the first deployed graph that is seen */
    bool watch_detections, watch_traffic;
};

/* The graph at hand. */

static void set_string(char **field, const char *value)
{
    char *copy = value ? xstrdup(value) : NULL;
    free(*field);
    *field = copy;
}

static void take_names_of_document(struct session *s)
{
    const struct graph *graph = s->model.document ? document_graph(s->model.document) : NULL;
    set_string(&s->model.graph_name, graph ? graph->name : NULL);
    set_string(&s->model.graph_ns, graph ? graph->ns : NULL);
    if (s->cluster)
        cluster_follow_graph(s->cluster);
}

/* before: the file as it was before it was read; NULL: it comes from none. */
static void take_document(struct session *s, struct document *document, const char *file, const struct stat *before,
                          bool from_cluster)
{
    map_release(&s->model.refused, free);
    s->open_first = false; /* what is being composed is never replaced unasked */
    document_free(s->model.document);
    s->model.document = document;
    set_string(&s->model.file, file);
    keeper_opened(&s->keeper, before, from_cluster);
    take_names_of_document(s);
    model_changed(&s->model, CHANGED_DOCUMENT | CHANGED_TRAFFIC | CHANGED_DETECTIONS);
}

static void edited(void *data)
{
    struct session *s = data;
    const struct graph *graph = s->model.document ? document_graph(s->model.document) : NULL;
    if (graph && (!str_eq(graph->name, s->model.graph_name) || !str_eq(graph->ns, s->model.graph_ns))) {
        take_names_of_document(s);
        keeper_other_graph(&s->keeper);
    }
    keeper_edited(&s->keeper);
}

static int read_file(struct session *s, const char *path, struct err *err)
{
    struct buf text;
    struct stat before = {0};
    bool stamped;
    if (stat(path, &before) < 0) /* then documents_load says why */
        before = (struct stat){0};
    int rc = documents_load(path, &text, &stamped, err);
    struct document *document = NULL;
    if (rc == 0)
        document = document_new(text.data, text.len, path, NULL, NULL, &s->app->catalogue, err);
    if (document) {
        take_document(s, document, path, &before, false);
        s->keeper.stamped = stamped;
    }
    buf_release(&text);
    return document ? 0 : -1;
}

static int open_file(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    if (read_file(s, path, err) < 0)
        return -1;
    recovery_offer(&s->model, true);
    return 0;
}

static int read_graph(struct session *s, const char *ns, const char *name, struct err *err)
{
    STORE_EACH(struct configmap, map, model_store(&s->model, SOURCE_GRAPHS)) {
        const char *text = map_get(&map->data, PLAN_KEY_TEXT);
        if (!text || !str_eq(map->graph, name) || (ns && !str_eq(map->r.ns, ns)))
            continue;
        struct document *document = document_new(text, strlen(text), name, NULL, NULL, &s->app->catalogue, err);
        if (document)
            take_document(s, document, NULL, NULL, true);
        return document ? 0 : -1;
    }
    return err_set(err, "no graph '%s' is deployed in %s%s", name, ns ? "namespace " : "any namespace", str_or_empty(ns));
}

static int open_graph(void *data, const char *ns, const char *name, struct err *err)
{
    struct session *s = data;
    if (read_graph(s, ns, name, err) < 0)
        return -1;
    recovery_offer(&s->model, true);
    return 0;
}

static int new_graph(void *data, const char *name, struct err *err)
{
    struct session *s = data;
    const char *ns = s->model.ns ? s->model.ns : s->ns;
    struct document *document = document_new(NULL, 0, name, name, ns, &s->app->catalogue, err);
    if (document)
        take_document(s, document, NULL, NULL, false);
    return document ? 0 : -1;
}

static int save(void *data, const char *path, bool force, struct err *err)
{
    struct session *s = data;
    if (!s->model.document)
        return err_set(err, "there is no graph to save");
    if (!path)
        path = s->model.file;
    if (!path)
        return err_set(err, "this graph has no file yet; name one: :w %s.yaml",
                       s->model.graph_name ? s->model.graph_name : "lobby");
    int stands = keeper_check(&s->keeper, path, force, err);
    if (stands != 0)
        return stands;
    size_t len;
    const char *text = document_text(s->model.document, &len);
    if (file_save(path, text, len, 0, err) < 0)
        return -1;
    document_saved(s->model.document);
    if (path != s->model.file)
        set_string(&s->model.file, path);
    keeper_saved(&s->keeper);
    model_changed(&s->model, CHANGED_DOCUMENT);
    return 0;
}

static int reload(void *data, struct err *err)
{
    struct session *s = data;
    return keeper_reload(&s->keeper, err);
}

/* Drafts of before. */

static int find_drafts(void *data, struct err *err)
{
    struct session *s = data;
    return recovery_find(&s->model, err);
}

static int discard_draft(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    return recovery_discard(&s->model, path, err);
}

static int open_empty(struct session *s, const char *name, const char *file, struct err *err)
{
    struct document *document = document_new(NULL, 0, name, name, NULL, &s->app->catalogue, err);
    if (document)
        take_document(s, document, file, NULL, false);
    return document ? 0 : -1;
}

/* What the draft is an edit of: its file, the deployed graph, or nothing any more. */
static int open_under(void *data, const struct draft_about *about, struct err *err)
{
    struct session *s = data;
    struct err gone = ERR_INIT;
    if (about->file && read_file(s, about->file, &gone) == 0)
        return 0;
    if (!about->file && str_eq(about->context, s->model.context) &&
        model_deployed_text(&s->model, about->ns, about->graph) && read_graph(s, about->ns, about->graph, &gone) == 0)
        return 0;
    const char *name = text_is_label(str_or_empty(about->graph), 40) ? about->graph : "recovered";
    return open_empty(s, name, about->file, err);
}

static int recover(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    return recovery_take(&s->model, &s->keeper, path, open_under, s, err);
}

static void keep(void *data)
{
    struct session *s = data;
    keeper_keep(&s->keeper);
}

static void give_up(void *data)
{
    struct session *s = data;
    s->keeper.given_up = true;
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

/* Which thing it was, so that its box can say so. */
static void take_refusals(struct session *s, const struct applyset_result *result)
{
    for (size_t i = 0; i < result->failure_count; i++) {
        const struct applyset_failure *failure = &result->failures[i];
        const cJSON *label = json_get(json_at(failure->object, "metadata.labels"), PLAN_LABEL_THING);
        const char *thing = cJSON_IsString(label) ? label->valuestring : NULL;
        if (thing && !map_get(&s->model.refused, thing))
            map_put(&s->model.refused, thing, xstrdup(failure->why));
    }
    model_changed(&s->model, CHANGED_DOCUMENT);
}

static void on_deployed(void *data, const struct applyset_result *result)
{
    struct session *s = data;
    take_refusals(s, result);
    s->deployer = NULL;
    keeper_deployed(&s->keeper, result->ok);
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
    if (!s->cluster)
        return err_set(err, "%s is not there yet", s->model.context);
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
    s->deployer = deployer_start(s->model.client, &options, on_progress, on_deployed, s, err);
    if (!s->deployer)
        return -1;
    s->model.task = (struct model_task){.running = true};
    map_release(&s->model.refused, free);
    keeper_deploying(&s->keeper);
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
    s->deployer = deployer_delete(s->model.client, ns, name, on_progress, on_graph_deleted, s);
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
    s->call = kube_start(s->model.client, &request, on_object_deleted, s);
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
    if (s->cluster)
        cluster_follow_namespace(s->cluster);
    model_changed(&s->model, CHANGED_CONTEXT | CHANGED_PODS | CHANGED_DEPLOYMENTS | CHANGED_EVENTS | CHANGED_GRAPHS);
    return 0;
}

/* Clusters. */

static void add_contexts(struct session *s, const struct kube_config *config)
{
    struct model *model = &s->model;
    size_t count = model->context_count;
    model->contexts = xreallocarray(model->contexts, count + config->context_count + 1, sizeof *model->contexts);
    for (size_t i = 0; i < config->context_count; i++) {
        const struct kube_context *context = config->contexts[i];
        bool there = false; /* the embedded cluster's is first */
        for (size_t k = 0; k < count; k++)
            there |= str_eq(model->contexts[k].context->name, context->name);
        if (there)
            continue;
        struct model_context *out = &model->contexts[model->context_count++];
        *out = (struct model_context){.context = context, .current = str_eq(context->name, model->context)};
        const struct left *left = map_get(&s->left, context->name);
        if (left) {
            out->known = true;
            out->state = left->state;
            snprintf(out->why, sizeof out->why, "%s", left->why);
        }
    }
}

/* As the files are now: who edits one need not start again. */
static int read_contexts(void *data, struct err *err)
{
    struct session *s = data;
    struct err why = ERR_INIT;
    struct kube_config *config = app_config(s->app, s->app->options->values[OPT_KUBECONFIG], &why);
    if (!config && !s->app->edge) {
        *err = why;
        return -1;
    }
    kube_config_free(s->config);
    s->config = config;
    s->model.context_count = 0;
    if (s->edge_config)
        add_contexts(s, s->edge_config);
    if (s->config)
        add_contexts(s, s->config);
    model_changed(&s->model, CHANGED_CONTEXT);
    return 0;
}

static const struct kube_context *find_context(struct session *s, const char *name, struct err *err)
{
    const char **names = xcalloc(s->model.context_count + 1, sizeof *names);
    const struct kube_context *found = NULL;
    for (size_t i = 0; i < s->model.context_count; i++) {
        names[i] = s->model.contexts[i].context->name;
        if (str_eq(names[i], name))
            found = s->model.contexts[i].context;
    }
    const char *near = found ? NULL : text_nearest(name, names);
    if (near)
        err_set(err, "there is no context '%s'; did you mean '%s'?", name, near);
    else if (!found)
        err_set(err, "there is no context '%s'; ':ctx' lists them", name);
    else if (found->fault)
        err_set(err, "%s", found->fault);
    free(names);
    return found && !found->fault ? found : NULL;
}

/* ns: what was asked for; NULL: the context's, where it names one. */
static void take_names(struct session *s, const struct kube_context *context, const char *ns)
{
    set_string(&s->model.context, context->name);
    set_string(&s->ns, ns ? ns : context->ns);
    set_string(&s->model.ns, ns ? ns : str_eq(context->ns, "default") ? NULL : context->ns);
}

static void enter_cluster(struct session *s, const struct kube_context *context)
{
    s->cluster = cluster_open(s->app, &s->model, context, s->ns);
    cluster_watching(s->cluster, s->watch_detections, s->watch_traffic);
    cluster_follow_graph(s->cluster);
    for (size_t i = 0; i < s->model.context_count; i++)
        s->model.contexts[i].current = str_eq(s->model.contexts[i].context->name, context->name);
    model_changed(&s->model, CHANGED_CONTEXT | CHANGED_FRESHNESS | CHANGED_TRAFFIC | CHANGED_DETECTIONS | CHANGED_TASK |
                                 CHANGED_PODS | CHANGED_NODES | CHANGED_DEPLOYMENTS | CHANGED_EVENTS | CHANGED_GRAPHS);
}

static void leave_cluster(struct session *s)
{
    int64_t age;
    const char *why;
    struct left *left = xcalloc(1, sizeof *left);
    left->state = model_freshness(&s->model, 0, loop_now(s->app->loop), &age, &why);
    snprintf(left->why, sizeof left->why, "%s", why);
    free(map_put(&s->left, s->model.context, left));
    model_changed(&s->model, CHANGED_CLIENT);
    cluster_close(s->cluster);
    s->cluster = NULL;
    s->model.task = (struct model_task){0};
    map_release(&s->model.refused, free);
    /* What was only looked at belongs to that cluster; what was composed or came from a file is the operator's. */
    if (s->model.document && !s->model.file && !document_dirty(s->model.document))
        take_document(s, NULL, NULL, NULL, false);
    keeper_other_graph(&s->keeper);
    s->open_first = !s->model.document;
}

static int use_context(void *data, const char *name, struct err *err)
{
    struct session *s = data;
    if (s->model.task.running) /* what is half done on one cluster is finished, or given up, by who began it there */
        return err_set(err, "something is under way on %s: %s; ':cancel' ends it", s->model.context, s->model.task.text);
    if (read_contexts(s, err) < 0)
        return -1;
    const struct kube_context *context = find_context(s, name, err);
    if (!context)
        return -1;
    loop_task_stop(&s->begin);
    leave_cluster(s);
    take_names(s, context, NULL);
    enter_cluster(s, context);
    return 0;
}

/* Once somebody listens. */
static void greet(void *data)
{
    struct session *s = data;
    model_notice(&s->model, "%s", entries_note(s->app));
}

static void begin(void *data)
{
    struct session *s = data;
    enter_cluster(s, s->first);
}

/* Nothing can be asked: that is as good as a connection that is down. */
static void say_unreachable(struct session *s, const struct err *err)
{
    for (int i = 0; i < SOURCE_COUNT; i++) {
        s->model.sources[i].state = REFLECTOR_STALE;
        snprintf(s->model.sources[i].why, sizeof s->model.sources[i].why, "%.250s", err->text);
    }
    model_changed(&s->model, CHANGED_FRESHNESS);
}

/* The embedded cluster is ready, or has ended by itself. */
static void on_edge(void *data, const struct err *err)
{
    struct session *s = data;
    struct err why = *err;
    if (s->edge_config) { /* the reflectors say what follows from it; this is why */
        model_notice(&s->model, "%s", err->text);
        return;
    }
    if (!err_is_set(&why))
        s->edge_config = app_config(s->app, edge_process_kubeconfig(s->app->edge), &why);
    const struct kube_context *context = s->edge_config ? kube_config_context(s->edge_config, NULL, &why) : NULL;
    if (s->cluster) /* another one was chosen meanwhile */
        return;
    if (context)
        enter_cluster(s, context);
    else
        say_unreachable(s, &why);
}

static void watching(void *data, bool detections, bool traffic_wanted)
{
    struct session *s = data;
    s->watch_detections = detections;
    s->watch_traffic = traffic_wanted;
    keeper_watching(&s->keeper, traffic_wanted); /* where things are shown, the graph is */
    if (s->cluster)
        cluster_watching(s->cluster, detections, traffic_wanted);
}

static const struct thing_traffic *traffic(void *data, const char *pod_uid)
{
    const struct session *s = data;
    return s->cluster ? cluster_traffic(s->cluster, pod_uid) : NULL;
}

static int64_t first_result(void *data, const char *pod_uid)
{
    const struct session *s = data;
    return s->cluster ? cluster_first_result(s->cluster, pod_uid) : 0;
}

static void on_graphs(void *data, const struct change *changes, size_t count)
{
    struct session *s = data;
    for (size_t i = 0; i < count && s->open_first; i++) {
        const struct configmap *map = (const struct configmap *)changes[i].now;
        struct err err = ERR_INIT; /* one that cannot be read is passed over: the next may be */
        if (map && map->graph && (!s->model.ns || str_eq(map->r.ns, s->model.ns)))
            read_graph(s, map->r.ns, map->graph, &err);
    }
    keeper_graphs(&s->keeper);
}

/* Its life. */

/* What to look at first: the embedded cluster, which has still to start, or a context. */
static int choose_cluster(struct session *s, struct err *err)
{
    const struct options *o = s->app->options;
    const char *ns = o->values[OPT_NAMESPACE];
    if (options_has(o, OPT_EDGE)) {
        static const struct kube_context edge = {.name = (char *)"edge", .ns = (char *)"default"};
        take_names(s, &edge, ns);
        s->app->edge = edge_process_start(s->app->loop, 0, NULL, on_edge, s, err);
        return s->app->edge ? 0 : -1;
    }
    if (read_contexts(s, err) < 0)
        return -1;
    const struct kube_context *context = kube_config_context(s->config, o->values[OPT_CONTEXT], err);
    if (!context)
        return -1;
    s->first = kube_context_copy(context); /* the files may be read again before it is begun */
    take_names(s, s->first, ns);
    loop_task_start(&s->begin);
    return 0;
}

struct session *session_new(struct app *app, const char *file, struct err *err)
{
    struct session *s = xcalloc(1, sizeof *s);
    s->app = app;
    s->model = (struct model){
        .loop = app->loop,
        .opened = loop_now(app->loop),
        .read_only = options_has(app->options, OPT_READ_ONLY),
        .catalogue = &app->catalogue,
        .ops = {.deploy = deploy,
                .cancel = cancel,
                .delete_graph = delete_graph,
                .delete_object = delete_object,
                .save = save,
                .open_file = open_file,
                .open_graph = open_graph,
                .new_graph = new_graph,
                .reload = reload,
                .find_drafts = find_drafts,
                .recover = recover,
                .discard_draft = discard_draft,
                .edited = edited,
                .keep = keep,
                .give_up = give_up,
                .set_namespace = set_namespace,
                .read_contexts = read_contexts,
                .use_context = use_context,
                .traffic = traffic,
                .first_result = first_result,
                .watching = watching},
        .data = s,
    };
    keeper_init(&s->keeper, &s->model);
    for (int i = 0; i < SOURCE_COUNT; i++)
        s->model.sources[i].store = store_new(cluster_kind((enum model_source_id)i));
    store_listen(model_store(&s->model, SOURCE_GRAPHS), &s->graphs, on_graphs, s);
    loop_task_init(&s->begin, app->loop, begin, s);
    loop_task_init(&s->greet, app->loop, greet, s);
    if (entries_note(app))
        loop_task_start(&s->greet);
    s->open_first = !file;
    if ((file && open_file(s, file, err) < 0) || choose_cluster(s, err) < 0) {
        session_free(s);
        return NULL;
    }
    if (!file)
        recovery_offer(&s->model, false);
    recovery_mention(&s->model);
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    s->model.changed = NULL;
    loop_task_stop(&s->begin);
    loop_task_stop(&s->greet);
    if (s->app->edge)
        edge_process_tell(s->app->edge, NULL, NULL);
    if (s->deployer)
        deployer_cancel(s->deployer);
    if (s->call)
        kube_cancel(s->call);
    keeper_release(&s->keeper);
    recovery_release(&s->model);
    cluster_close(s->cluster);
    store_unlisten(&s->graphs);
    for (int i = 0; i < SOURCE_COUNT; i++)
        store_free(model_store(&s->model, (enum model_source_id)i));
    document_free(s->model.document);
    kube_config_free(s->config);
    kube_config_free(s->edge_config);
    kube_context_free(s->first);
    map_release(&s->left, free);
    map_release(&s->model.refused, free);
    free(s->model.contexts);
    free(s->model.context);
    free(s->model.ns);
    free(s->model.graph_name);
    free(s->model.graph_ns);
    free(s->model.file);
    free(s->ns);
    free(s);
}

struct model *session_model(struct session *s)
{
    return &s->model;
}
