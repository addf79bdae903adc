#include "k8s/drain.h"

#include "k8s/evict.h"
#include "k8s/kind.h"
#include "net/url.h"

#define PATIENCE (30 * NSEC_PER_SEC)
#define LOOK_EVERY NSEC_PER_SEC
#define AGAIN (5 * NSEC_PER_SEC) /* as kubectl, after a budget's refusal */
#define IN_FLIGHT 10
#define MIRROR "kubernetes.io/config.mirror"

/* What is on a node. */

static const cJSON *controller_of(const cJSON *pod)
{
    const cJSON *owner;
    cJSON_ArrayForEach(owner, json_array(pod, "metadata.ownerReferences"))
        if (json_bool(owner, "controller", false))
            return owner;
    return NULL;
}

static bool has_local_data(const cJSON *pod)
{
    const cJSON *volume;
    cJSON_ArrayForEach(volume, json_array(pod, "spec.volumes"))
        if (json_object(volume, "emptyDir"))
            return true;
    return false;
}

static enum drain_fate fate_of(const cJSON *pod)
{
    const char *phase = json_str_or(pod, "status.phase", "");
    const char *owner = json_str(controller_of(pod), "kind");
    if (json_get(json_object(pod, "metadata.annotations"), MIRROR))
        return DRAIN_MIRROR;
    if (str_eq(phase, "Succeeded") || str_eq(phase, "Failed"))
        return DRAIN_ENDED;
    return str_eq(owner, "DaemonSet") ? DRAIN_DAEMON : DRAIN_EVICT;
}

static void plan_release(struct drain_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        free(plan->pods[i].ns);
        free(plan->pods[i].name);
        free(plan->pods[i].uid);
    }
    free(plan->pods);
    *plan = (struct drain_plan){0};
}

static void plan_read(struct drain_plan *plan, const cJSON *items)
{
    const cJSON *pod;
    *plan = (struct drain_plan){.pods = xcalloc((size_t)cJSON_GetArraySize(items) + 1, sizeof *plan->pods)};
    cJSON_ArrayForEach(pod, items)
    {
        const char *ns = json_str(pod, "metadata.namespace"), *name = json_str(pod, "metadata.name");
        if (!ns || !name)
            continue;
        struct drain_pod *out = &plan->pods[plan->count++];
        *out = (struct drain_pod){.ns = xstrdup(ns),
                                  .name = xstrdup(name),
                                  .uid = xstrdup_or_null(json_str(pod, "metadata.uid")),
                                  .fate = fate_of(pod),
                                  .bare = !controller_of(pod),
                                  .local = has_local_data(pod),
                                  .asked = json_str(pod, "metadata.deletionTimestamp")};
        plan->of[out->fate]++;
    }
}

static struct kube_call *list_pods(struct kube_client *client, const char *node, kube_done_fn done, void *data)
{
    struct buf path;
    buf_init(&path, 1024);
    buf_adds(&path, "/api/v1/pods?fieldSelector=spec.nodeName%3D");
    url_escape(&path, node);
    struct kube_call *call = kube_start(client, &(struct kube_request){.path = path.data, .total_timeout = PATIENCE}, done, data);
    buf_release(&path);
    return call;
}

static int check_list(const char *node, const struct kube_answer *answer, struct err *err)
{
    if (!err_is_set(&answer->err) && json_array(answer->json, "items"))
        return 0;
    return err_set(err, "cannot list the pods of node %s: %s", node,
                   err_is_set(&answer->err) ? answer->err.text : "the answer is no list");
}

struct drain_look {
    struct kube_call *call;
    char *node;
    drain_look_fn done;
    void *data;
};

void drain_look_cancel(struct drain_look *look)
{
    if (!look)
        return;
    if (look->call)
        kube_cancel(look->call);
    free(look->node);
    free(look);
}

static void on_looked(void *data, const struct kube_answer *answer)
{
    struct drain_look *look = data;
    struct drain_plan plan = {0};
    struct err err = ERR_INIT;
    look->call = NULL;
    bool ok = check_list(look->node, answer, &err) == 0;
    if (ok)
        plan_read(&plan, json_array(answer->json, "items"));
    look->done(look->data, ok ? &plan : NULL, &err, answer->outcome != HTTP_DONE);
    plan_release(&plan);
    drain_look_cancel(look);
}

struct drain_look *drain_look(struct kube_client *client, const char *node, drain_look_fn done, void *data)
{
    struct drain_look *look = xcalloc(1, sizeof *look);
    *look = (struct drain_look){.node = xstrdup(node), .done = done, .data = data};
    look->call = list_pods(client, node, on_looked, look);
    return look;
}

/* The drain: what is on the node is looked at again and again; whatever has to leave and was not asked to, is. */

struct leaving {
    struct drain *drain;
    struct evict *evict; /* it is being asked */
    char *uid, *name;    /* "media/camera-1" */
    int64_t again;       /* a budget refused: not before */
    bool asked;
};

struct drain {
    struct kube_client *client;
    struct kube_call *call;
    struct loop_timer timer;
    char *node;
    int grace;
    struct leaving **pods; /* all that ever had to leave */
    size_t count, cap, in_flight, gone;
    struct drain_plan plan; /* the last look */
    char text[512];
    drain_progress_fn progress;
    drain_done_fn done;
    void *data;
};

void drain_cancel(struct drain *drain)
{
    if (!drain)
        return;
    loop_timer_stop(&drain->timer);
    if (drain->call)
        kube_cancel(drain->call);
    for (size_t i = 0; i < drain->count; i++) {
        evict_cancel(drain->pods[i]->evict);
        free(drain->pods[i]->uid);
        free(drain->pods[i]->name);
        free(drain->pods[i]);
    }
    free(drain->pods);
    plan_release(&drain->plan);
    free(drain->node);
    free(drain);
}

static void finish(struct drain *drain, const struct err *err, bool unreachable)
{
    drain->done(drain->data, drain->gone, err, unreachable);
    drain_cancel(drain);
}

static void say(struct drain *drain, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct drain *drain, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(drain->text, sizeof drain->text, fmt, ap);
    va_end(ap);
    if (drain->progress)
        drain->progress(drain->data, drain->gone, drain->count, drain->text);
}

static struct leaving *leaving_of(struct drain *drain, const struct drain_pod *pod)
{
    for (size_t i = 0; i < drain->count; i++)
        if (str_eq(drain->pods[i]->uid, pod->uid))
            return drain->pods[i];
    struct leaving *leaving = xcalloc(1, sizeof *leaving);
    *leaving = (struct leaving){.drain = drain, .uid = xstrdup(str_or_empty(pod->uid)),
                                .name = xasprintf("%s/%s", pod->ns, pod->name), .asked = pod->asked};
    GROW(drain->pods, drain->count, drain->cap);
    drain->pods[drain->count++] = leaving;
    return leaving;
}

static void ask_some(struct drain *drain);

static void on_evicted(void *data, enum evict_end end, const struct err *err, bool unreachable)
{
    struct leaving *leaving = data;
    struct drain *drain = leaving->drain;
    leaving->evict = NULL;
    drain->in_flight--;
    if (end == EVICT_FAILED) {
        finish(drain, err, unreachable);
        return;
    }
    leaving->asked = end != EVICT_BUDGET;
    if (end == EVICT_BUDGET) {
        leaving->again = loop_now(kube_client_loop(drain->client)) + AGAIN;
        say(drain, "%s; asking again", err->text);
    }
    ask_some(drain);
}

/* Each of the last look that has to leave. */
static void ask_some(struct drain *drain)
{
    int64_t now = loop_now(kube_client_loop(drain->client));
    for (size_t i = 0; i < drain->plan.count && drain->in_flight < IN_FLIGHT; i++) {
        const struct drain_pod *pod = &drain->plan.pods[i];
        struct leaving *leaving = pod->fate == DRAIN_EVICT ? leaving_of(drain, pod) : NULL;
        if (!leaving || leaving->asked || leaving->evict || leaving->again > now)
            continue;
        struct evict_options options = {.ns = pod->ns, .name = pod->name, .uid = pod->uid, .grace = drain->grace};
        drain->in_flight++;
        leaving->evict = evict_start(drain->client, &options, on_evicted, leaving);
        if (!leaving->again)
            say(drain, "evicting %s", leaving->name);
    }
}

static bool is_there(const struct drain_plan *plan, const struct leaving *leaving)
{
    for (size_t i = 0; i < plan->count; i++)
        if (str_eq(plan->pods[i].uid, leaving->uid))
            return true;
    return false;
}

static void count_gone(struct drain *drain)
{
    size_t gone = 0;
    for (size_t i = 0; i < drain->count; i++)
        gone += !is_there(&drain->plan, drain->pods[i]);
    if (gone == drain->gone)
        return;
    drain->gone = gone;
    if (gone < drain->count)
        say(drain, "%zu of %zu pods have left %s", gone, drain->count, drain->node);
}

static void on_pods(void *data, const struct kube_answer *answer)
{
    struct drain *drain = data;
    struct err err = ERR_INIT;
    drain->call = NULL;
    if (check_list(drain->node, answer, &err) < 0) {
        finish(drain, &err, answer->outcome != HTTP_DONE);
        return;
    }
    plan_release(&drain->plan);
    plan_read(&drain->plan, json_array(answer->json, "items"));
    for (size_t i = 0; i < drain->plan.count; i++) /* how many there are is known before the first is asked */
        if (drain->plan.pods[i].fate == DRAIN_EVICT)
            leaving_of(drain, &drain->plan.pods[i]);
    count_gone(drain);
    if (!drain->plan.of[DRAIN_EVICT] && !drain->in_flight) {
        finish(drain, &err, false);
        return;
    }
    ask_some(drain);
    loop_timer_start(&drain->timer, LOOK_EVERY);
}

static void look_again(void *data)
{
    struct drain *drain = data;
    drain->call = list_pods(drain->client, drain->node, on_pods, drain);
}

static void on_cordoned(void *data, const struct kube_answer *answer)
{
    struct drain *drain = data;
    drain->call = NULL;
    if (err_is_set(&answer->err)) {
        struct err err = answer->err;
        err_prefix(&err, "cannot cordon node %s", drain->node);
        finish(drain, &err, answer->outcome != HTTP_DONE);
        return;
    }
    say(drain, "cordoned %s", drain->node);
    look_again(drain);
}

struct drain *drain_start(struct kube_client *client, const struct drain_options *options, drain_progress_fn progress,
                          drain_done_fn done, void *data)
{
    struct drain *drain = xcalloc(1, sizeof *drain);
    drain->client = client;
    drain->node = xstrdup(options->node);
    drain->grace = options->grace;
    drain->progress = progress;
    drain->done = done;
    drain->data = data;
    loop_timer_init(&drain->timer, kube_client_loop(client), look_again, drain);
    drain->call = drain_cordon(client, drain->node, true, on_cordoned, drain);
    return drain;
}

struct kube_call *drain_cordon(struct kube_client *client, const char *node, bool cordoned, kube_done_fn done, void *data)
{
    struct buf path;
    /* as kubectl: the field goes away again */
    const char *body = cordoned ? "{\"spec\":{\"unschedulable\":true}}" : "{\"spec\":{\"unschedulable\":null}}";
    buf_init(&path, 1024);
    kind_path(&path, &kind_node, NULL, node);
    struct kube_call *call = kube_start(client,
                                        &(struct kube_request){.method = "PATCH",
                                                               .path = path.data,
                                                               .content_type = "application/strategic-merge-patch+json",
                                                               .body = body,
                                                               .body_len = strlen(body),
                                                               .repeatable = true,
                                                               .total_timeout = PATIENCE},
                                        done, data);
    buf_release(&path);
    return call;
}
