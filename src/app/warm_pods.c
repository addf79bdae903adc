#include "app/warm_pods.h"

#include "app/holder.h"
#include "k8s/access.h"
#include "app/warm_others.h"
#include "graph/plan.h"
#include "graph/warmpod.h"
#include "k8s/kinds/event.h"
#include "net/url.h"
#include "ops/warm_outcome.h"

#define REQUEST_PATIENCE (30 * NSEC_PER_SEC)
#define AGAIN (500 * NSEC_PER_MSEC)
#define AGAIN_PATIENCE (15 * NSEC_PER_SEC)
#define BEAT (10 * NSEC_PER_SEC)

struct warm_pod {
    struct warm_pods *all;
    size_t thing;
    char *node, *name; /* name NULL: it is not made yet */
    int64_t seconds, since;
    istr uid;
    struct kube_call *call;
    struct loop_timer again;
    struct record *last;
    char *refused;
    bool unwanted, removed, gone;
    struct warm_pod *next;
};

struct warm_pods {
    struct kube_client *client;
    struct loop *loop;
    const struct graph *graph;
    struct warm_pods_events tell;
    void *data;
    struct store *pods, *events; /* events NULL: not looked at yet */
    struct store_listener on_pods, on_events;
    struct reflector *list, *event_list;
    struct index on_objects;
    struct warm_pod *first;
    struct map by_name;
    struct holder self;
    char *prefix;            /* of the names of our pods */
    unsigned beats;
    struct loop_timer beat;
    struct kube_call *beating;
    struct warm_others *others;
    struct kube_call *space; /* the namespace is being made … */
    bool space_made;         /* … or was */
};

static void create(void *data);

static void note(struct warm_pods *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void note(struct warm_pods *p, const char *fmt, ...)
{
    struct err sentence = ERR_INIT;
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        BUG("no memory for a sentence");
    va_end(ap);
    err_set(&sentence, "%s", text);
    free(text);
    p->tell.note(p->data, sentence.text);
}

/* What is there. */

static void see(struct warm_pod *pod, const struct record *record)
{
    record_unref(pod->last);
    pod->last = record_ref((struct record *)(uintptr_t)record);
}

static void on_pods(void *data, const struct change *changes, size_t count)
{
    struct warm_pods *p = data;
    for (size_t i = 0; i < count; i++) {
        const struct record *record = changes[i].now ? changes[i].now : changes[i].before;
        struct warm_pod *pod = map_get(&p->by_name, record->name);
        if (!pod)
            continue;
        see(pod, record);
        pod->gone |= changes[i].type == CHANGE_DELETED;
    }
    p->tell.change(p->data);
}

static void on_events(void *data, const struct change *changes, size_t count)
{
    struct warm_pods *p = data;
    for (size_t i = 0; i < count; i++)
        index_change(&p->on_objects, &changes[i]);
    p->tell.change(p->data);
}

static void on_event_list(void *data, struct reflector *reflector)
{
    (void)reflector; /* without events only the times are not known */
    struct warm_pods *p = data;
    p->tell.change(p->data);
}

static void listen_to_events(struct warm_pods *p)
{
    struct reflector_options options = {.ns = p->graph->ns, .field_selector = "involvedObject.kind=Pod"};
    p->events = store_new(&kind_event);
    index_init(&p->on_objects, p->events, event_object_key);
    store_listen(p->events, &p->on_events, on_events, p);
    p->event_list = reflector_new(p->client, p->events, &options, on_event_list, p);
}

static void on_beaten(void *data, const struct kube_answer *answer UNUSED)
{
    ((struct warm_pods *)data)->beating = NULL; /* the next one comes in any case */
}

static void write_holder(struct warm_pods *p, struct buf *out)
{
    holder_write(&p->self, p->beats++, out);
}

/* The oldest of our pods says it. */
static void on_beat(void *data)
{
    struct warm_pods *p = data;
    const struct warm_pod *oldest = NULL;
    loop_timer_start(&p->beat, BEAT);
    for (const struct warm_pod *pod = p->first; pod; pod = pod->next)
        if (pod->name && pod->node && !pod->removed && !pod->gone)
            oldest = pod;
    if (!oldest || p->beating)
        return;
    struct buf path, body, holder;
    buf_init(&path, 2048);
    buf_init(&body, 8192);
    buf_init(&holder, 2000);
    kind_path(&path, &kind_pod, p->graph->ns, oldest->name);
    write_holder(p, &holder);
    buf_adds(&body, "{\"metadata\":{\"annotations\":{\"" WARM_HOLDER "\":");
    json_quote(&body, holder.data);
    buf_adds(&body, "}}}");
    struct kube_request request = {.method = "PATCH", .path = path.data, .content_type = "application/merge-patch+json",
                                   .body = body.data, .body_len = body.len, .total_timeout = BEAT};
    p->beating = kube_start(p->client, &request, on_beaten, p);
    buf_release(&path);
    buf_release(&body);
    buf_release(&holder);
}

struct warm_pods *warm_pods_new(struct kube_client *client, const struct graph *graph,
                                const struct warm_pods_events *events, void *data)
{
    struct warm_pods *p = xcalloc(1, sizeof *p);
    char *selector = xasprintf(WARM_LABEL "=%s", graph->name);
    struct reflector_options options = {.ns = graph->ns, .label_selector = selector};
    p->client = client;
    p->loop = kube_client_loop(client);
    p->graph = graph;
    p->tell = *events;
    p->data = data;
    holder_new(&p->self, HOLDER_DEPLOYS, access_who(kube_client_context(client)), loop_wall(p->loop));
    p->prefix = warmpod_prefix(p->self.id);
    loop_timer_init(&p->beat, p->loop, on_beat, p);
    loop_timer_start(&p->beat, BEAT);
    p->others = warm_others_new(client, graph, events->change, events->note, data);
    p->pods = store_new(&kind_pod);
    store_listen(p->pods, &p->on_pods, on_pods, p);
    p->list = reflector_new(client, p->pods, &options, events->list, data);
    free(selector);
    return p;
}

static void free_pod(struct warm_pod *pod)
{
    if (pod->call)
        kube_cancel(pod->call);
    loop_timer_stop(&pod->again);
    record_unref(pod->last);
    istr_unref(pod->uid);
    free(pod->node);
    free(pod->name);
    free(pod->refused);
    free(pod);
}

void warm_pods_free(struct warm_pods *p)
{
    struct warm_pod *next;
    if (p->space)
        kube_cancel(p->space);
    if (p->beating)
        kube_cancel(p->beating);
    loop_timer_stop(&p->beat);
    warm_others_free(p->others);
    free(p->prefix);
    for (struct warm_pod *pod = p->first; pod; pod = next) {
        next = pod->next;
        free_pod(pod);
    }
    reflector_free(p->list);
    store_unlisten(&p->on_pods);
    store_free(p->pods);
    if (p->events) {
        reflector_free(p->event_list);
        store_unlisten(&p->on_events);
        index_release(&p->on_objects);
        store_free(p->events);
    }
    map_release(&p->by_name, NULL);
    free(p);
}

/* Requests. */

static struct warm_pod *add(struct warm_pods *p)
{
    struct warm_pod *pod = xcalloc(1, sizeof *pod);
    pod->all = p;
    loop_timer_init(&pod->again, p->loop, create, pod);
    pod->next = p->first;
    p->first = pod;
    return pod;
}

static struct kube_call *post(struct warm_pods *p, const char *path, cJSON *body, kube_done_fn done, void *data)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    json_print(&text, body);
    struct kube_request request = {.method = "POST", .path = path, .content_type = "application/json",
                                   .body = text.data, .body_len = text.len, .total_timeout = REQUEST_PATIENCE};
    struct kube_call *call = kube_start(p->client, &request, done, data);
    buf_release(&text);
    cJSON_Delete(body);
    return call;
}

static void create_those_that_wait(struct warm_pods *p)
{
    for (struct warm_pod *pod = p->first; pod; pod = pod->next)
        if (!pod->name && !pod->call && !pod->refused && !pod->unwanted && !loop_timer_active(&pod->again))
            create(pod);
}

static void on_space(void *data, const struct kube_answer *answer)
{
    struct warm_pods *p = data;
    p->space = NULL;
    p->space_made = true;
    if (answer->status == 201)
        note(p, "namespace %s is made, as the deployment would", p->graph->ns);
    for (struct warm_pod *pod = p->first; pod && answer->status != 201 && answer->status != 409; pod = pod->next)
        if (!pod->name && !pod->call && !pod->refused)
            pod->refused = xasprintf("cannot create the namespace '%s': %s", p->graph->ns, answer->err.text);
    create_those_that_wait(p);
    p->tell.change(p->data);
}

static void make_space(struct warm_pods *p)
{
    if (p->space)
        return;
    cJSON *body = cJSON_CreateObject();
    json_set_str(body, "apiVersion", "v1");
    json_set_str(body, "kind", "Namespace");
    json_set_str(body, "metadata.name", p->graph->ns);
    p->space = post(p, "/api/v1/namespaces?fieldManager=" PLAN_MANAGER, body, on_space, p);
}

/* A new namespace is not known at once everywhere, and gets its service account a moment later. */
static bool is_too_early(const struct warm_pod *pod, const struct kube_answer *answer)
{
    bool account = answer->status == 403 && strstr(answer->err.text, "service account") && strstr(answer->err.text, "not found");
    return (account || answer->status == 404) && loop_now(pod->all->loop) < pod->since + AGAIN_PATIENCE;
}

static void on_created(void *data, const struct kube_answer *answer)
{
    struct warm_pod *pod = data;
    struct warm_pods *p = pod->all;
    pod->call = NULL;
    if (answer->status == 201 && json_str(answer->json, "metadata.name")) {
        pod->name = xstrdup(json_str(answer->json, "metadata.name"));
        pod->uid = istr_new(json_str(answer->json, "metadata.uid"));
        map_put(&p->by_name, pod->name, pod);
        const struct record *there = store_find(p->pods, p->graph->ns, pod->name); /* the watch may have been faster */
        if (there)
            see(pod, there);
    } else if (pod->unwanted) {
        pod->refused = xstrdup("");
    } else if (answer->status == 404 && !p->space_made) { /* pods there are anywhere: it is the namespace */
        make_space(p);
    } else if (is_too_early(pod, answer)) {
        loop_timer_start(&pod->again, AGAIN);
    } else {
        pod->refused = xstrdup(answer->err.text);
    }
    p->tell.change(p->data);
}

static void create(void *data)
{
    struct warm_pod *pod = data;
    struct warm_pods *p = pod->all;
    struct buf path;
    buf_init(&path, 2048);
    kind_path(&path, &kind_pod, p->graph->ns, NULL);
    buf_adds(&path, "?fieldManager=" PLAN_MANAGER);
    struct buf holder;
    buf_init(&holder, 2000);
    write_holder(p, &holder);
    pod->call = post(p, path.data, warmpod_make(p->graph, pod->thing, pod->node, pod->seconds, p->self.id, holder.data), on_created,
                     pod);
    buf_release(&holder);
    buf_release(&path);
}

struct warm_pod *warm_pods_make(struct warm_pods *p, size_t thing, const char *node, int64_t seconds)
{
    struct warm_pod *pod = add(p);
    if (!p->events)
        listen_to_events(p);
    pod->thing = thing;
    pod->node = xstrdup(node);
    pod->seconds = seconds;
    pod->since = loop_now(p->loop);
    if (!p->space)
        create(pod);
    return pod;
}

static void on_removed(void *data, const struct kube_answer *answer)
{
    struct warm_pod *pod = data;
    pod->call = NULL;
    /* 409: another has its name */
    if (answer->status / 100 == 2 || answer->status == 404 || answer->status == 409)
        pod->gone = true;
    else
        note(pod->all, "the pod %s was not deleted: %s", pod->name, answer->err.text);
    pod->all->tell.change(pod->all->data);
}

void warm_pods_remove(struct warm_pods *p, struct warm_pod *pod)
{
    if (!pod || pod->removed)
        return;
    pod->unwanted = true;
    loop_timer_stop(&pod->again);
    if (!pod->name)
        return;
    pod->removed = true;
    struct buf path, body;
    buf_init(&path, 2048);
    buf_init(&body, 2048);
    kind_path(&path, &kind_pod, p->graph->ns, pod->name);
    buf_adds(&body, "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"gracePeriodSeconds\":0");
    if (pod->uid) {
        buf_adds(&body, ",\"preconditions\":{\"uid\":");
        json_quote(&body, pod->uid);
        buf_addc(&body, '}');
    }
    buf_addc(&body, '}');
    struct kube_request request = {.method = "DELETE", .path = path.data, .content_type = "application/json",
                                   .body = body.data, .body_len = body.len, .total_timeout = REQUEST_PATIENCE};
    pod->call = kube_start(p->client, &request, on_removed, pod);
    buf_release(&path);
    buf_release(&body);
}

/* One that is there and that no answer told us of. */
static void adopt(struct warm_pods *p, const struct pod *there)
{
    struct warm_pod *pod = add(p);
    pod->name = xstrdup(there->r.name);
    pod->uid = there->r.uid ? istr_new(there->r.uid) : NULL;
    map_put(&p->by_name, pod->name, pod);
}

void warm_pods_remove_all(struct warm_pods *p)
{
    bool creating = false; /* one that is there and whose answer is not */
    for (const struct warm_pod *pod = p->first; pod; pod = pod->next)
        creating |= !pod->name && pod->call;
    STORE_EACH(struct pod, there, p->pods)
        if (!creating && !map_get(&p->by_name, there->r.name) && str_starts(there->r.name, p->prefix))
            adopt(p, there);
    for (struct warm_pod *pod = p->first; pod; pod = pod->next)
        warm_pods_remove(p, pod);
}

/* It is not ours, as far as is known: then it is not looked at. */
static bool is_others(const struct warm_pods *p, const struct pod *there)
{
    return !map_get(&p->by_name, there->r.name) && !str_starts(there->r.name, p->prefix);
}

bool warm_pods_judged(struct warm_pods *p)
{
    bool any = false;
    STORE_EACH(struct pod, there, p->pods) any |= is_others(p, there);
    if (any)
        warm_others_look(p->others);
    return !any || warm_others_looked(p->others);
}

size_t warm_pods_remove_dead(struct warm_pods *p)
{
    size_t count = 0;
    STORE_EACH(struct pod, there, p->pods) {
        if (!is_others(p, there) || warm_others_judge(p->others, there->r.name) != OTHER_DEAD)
            continue;
        adopt(p, there);
        warm_pods_remove(p, p->first);
        count++;
    }
    return count;
}

bool warm_pods_listed(const struct warm_pods *p)
{
    return reflector_synced(p->list);
}

bool warm_pods_busy(const struct warm_pods *p)
{
    bool busy = p->space != NULL;
    for (const struct warm_pod *pod = p->first; pod; pod = pod->next)
        busy |= pod->call != NULL;
    return busy;
}

void warm_pods_close(struct warm_pods *p)
{
    size_t left = 0;
    for (const struct warm_pod *pod = p->first; pod; pod = pod->next)
        left += pod->call != NULL || (pod->removed && !pod->gone);
    if (left)
        note(p, "%zu pods may be left; each ends by itself, and the next run removes them: kubectl -n %s get pods -l " WARM_LABEL
                "=%s",
             left, p->graph->ns, p->graph->name);
}

/* What one says. */

const struct pod *warm_pods_record(const struct warm_pods *p, const struct warm_pod *pod)
{
    (void)p;
    return (const struct pod *)pod->last;
}

const char *warm_pods_refused(const struct warm_pods *p, const struct warm_pod *pod)
{
    (void)p;
    return pod->refused;
}

bool warm_pods_gone(const struct warm_pods *p, const struct warm_pod *pod)
{
    (void)p;
    return pod->gone;
}

static const struct event *event_of(const struct warm_pods *p, const struct warm_pod *pod, const char *reason)
{
    const struct event *found = NULL;
    if (p->events && pod->uid)
        INDEX_EACH(struct event, event, &p->on_objects, index_hash(pod->uid))
            if (event->on_uid == pod->uid && str_eq(event->reason, reason) && (!found || event->first > found->first))
                found = event;
    return found;
}

bool warm_pods_pulls(const struct warm_pods *p, const struct warm_pod *pod)
{
    return event_of(p, pod, "Pulling") != NULL;
}

bool warm_pods_timing(const struct warm_pods *p, const struct warm_pod *pod, struct pod_timing *out, int64_t *size)
{
    const struct event *pulled = event_of(p, pod, "Pulled");
    *size = pulled ? warm_pulled_size(pulled->message) : 0;
    pod_timing(out, (const struct pod *)pod->last, p->events ? &p->on_objects : NULL, 0);
    return p->event_list && reflector_state(p->event_list) != REFLECTOR_REFUSED;
}
