#include "app/session_private.h"

#include "app/edge_process.h"
#include "app/entries.h"
#include "app/recovery.h"
#include "base/text.h"
#include "k8s/kinds/configmap.h"
#include "ui/config.h"

void session_set_string(char **field, const char *value)
{
    char *copy = value ? xstrdup(value) : NULL;
    free(*field);
    *field = copy;
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
    session_set_string(&s->model.context, context->name);
    s->model.protected_context = config_protects(s->model.config, context->name);
    s->model.unlocked = false;
    session_set_string(&s->ns, ns ? ns : context->ns);
    session_set_string(&s->model.ns, ns ? ns : str_eq(context->ns, "default") ? NULL : context->ns);
}

void session_watch(struct session *s)
{
    if (!s->cluster)
        return;
    cluster_watching(s->cluster, s->watch_detections, s->watch_traffic || session_timing_pending(s));
    cluster_measure(s->cluster, s->measured);
}

static void enter_cluster(struct session *s, const struct kube_context *context)
{
    s->cluster = cluster_open(s->app, &s->model, context, s->ns);
    session_watch(s);
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
    session_shell_end(s);
    session_forward_end(s);
    session_timing_give_up(s);
    session_end_trial(s);
    cluster_close(s->cluster);
    s->cluster = NULL;
    s->model.task = (struct model_task){0};
    session_forget_refusals(s);
    /* What was only looked at belongs to that cluster; what was composed or came from a file is the operator's. */
    if (s->model.document && !s->model.file && !document_dirty(s->model.document))
        session_close_graph(s);
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
    const char *note = session_replay_note(s);
    model_notice(&s->model, "%s", note ? note : entries_note(s->app));
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

static int set_namespace(void *data, const char *ns, struct err *err)
{
    (void)err;
    struct session *s = data;
    session_set_string(&s->model.ns, ns);
    if (s->cluster)
        cluster_follow_namespace(s->cluster);
    model_changed(&s->model, CHANGED_CONTEXT | CHANGED_PODS | CHANGED_DEPLOYMENTS | CHANGED_EVENTS | CHANGED_GRAPHS);
    return 0;
}

static void watching(void *data, bool detections, bool traffic_wanted)
{
    struct session *s = data;
    bool more = (detections && !s->watch_detections) || (traffic_wanted && !s->watch_traffic);
    s->watch_detections = detections;
    s->watch_traffic = traffic_wanted;
    keeper_watching(&s->keeper, traffic_wanted); /* where things are shown, the graph is */
    session_watch(s);
    if (more)
        session_replay_wanted(s);
}

static void measure(void *data, unsigned parts)
{
    struct session *s = data;
    s->measured = parts;
    session_watch(s);
}

static void look(void *data, const struct model_look *what)
{
    const struct session *s = data;
    if (s->cluster)
        cluster_look(s->cluster, what);
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
            session_read_graph(s, map->r.ns, map->graph, &err);
    }
    keeper_graphs(&s->keeper);
    session_holder_look(s);
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
        .config = app->dashboard_config,
        .ops = {.set_namespace = set_namespace,
                .read_contexts = read_contexts,
                .use_context = use_context,
                .traffic = traffic,
                .first_result = first_result,
                .watching = watching,
                .measure = measure,
                .look = look},
        .data = s,
    };
    session_graph_ops(&s->model.ops);
    session_task_ops(&s->model.ops);
    session_shell_ops(&s->model.ops);
    keeper_init(&s->keeper, &s->model);
    session_holder_init(s);
    session_timing_init(s);
    session_replay_init(s);
    session_record_init(s);
    for (int i = 0; i < SOURCE_COUNT; i++)
        s->model.sources[i].store = store_new(cluster_kind((enum model_source_id)i));
    s->model.slices = store_new(&kind_resourceslice);
    s->model.claims = store_new(&kind_resourceclaim);
    store_listen(model_store(&s->model, SOURCE_GRAPHS), &s->graphs, on_graphs, s);
    session_forward_init(s);
    loop_task_init(&s->begin, app->loop, begin, s);
    loop_task_init(&s->greet, app->loop, greet, s);
    if (entries_note(app) || session_replay_note(s))
        loop_task_start(&s->greet);
    s->open_first = !file;
    if ((file && session_open_file(s, file, err) < 0) || choose_cluster(s, err) < 0) {
        session_free(s);
        return NULL;
    }
    if (app->playback) /* drafts are of what goes on */
        return s;
    if (!file)
        recovery_offer(&s->model, false);
    recovery_mention(&s->model);
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    s->model.changed = NULL; /* nobody looks any more, and what the cluster takes with it is no edit */
    s->model.ops.edited = NULL;
    loop_task_stop(&s->begin);
    loop_task_stop(&s->greet);
    session_replay_release(s);
    session_record_release(s);
    if (s->app->edge)
        edge_process_tell(s->app->edge, NULL, NULL);
    session_warm_end(s);
    if (s->deployer)
        deployer_cancel(s->deployer);
    acting_cancel(s->acting);
    removing_cancel(s->removing);
    drain_cancel(s->drain);
    session_end_trial(s);
    if (s->call)
        kube_cancel(s->call);
    session_timing_give_up(s);
    session_shell_end(s);
    session_forward_end(s);
    cluster_close(s->cluster);
    keeper_release(&s->keeper);
    session_holder_release(s);
    recovery_release(&s->model);
    store_unlisten(&s->graphs);
    store_unlisten(&s->forward_pods);
    for (int i = 0; i < SOURCE_COUNT; i++)
        store_free(model_store(&s->model, (enum model_source_id)i));
    store_free(s->model.slices);
    store_free(s->model.claims);
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
    free(s->model.forwards);
    free(s->forwarded);
    free(s->ns);
    free(s->node);
    free(s);
}

struct model *session_model(struct session *s)
{
    return &s->model;
}
