#include "app/scrape.h"

#include "base/map.h"
#include "k8s/kinds/pod.h"

#define TIME_OUT (2 * NSEC_PER_SEC)
#define EAGER (250 * NSEC_PER_MSEC)
#define BURST (20 * NSEC_PER_MSEC)

struct target { /* a pod */
    struct scrape *scrape;
    struct kube_call *call;
    struct thing_traffic traffic;
    int64_t due;
    bool present;
};

struct scrape {
    struct kube_client *client;
    struct loop *loop;
    struct store *pods;
    struct store_listener listener;
    struct loop_timer timer;
    struct map targets; /* pod uid → struct target */
    char *ns, *graph;
    int64_t every;
    int64_t look_at; /* when the pods are to be looked at anew, 0: as they are */
    loop_fn changed;
    void *data;
};

static void plan_next(struct scrape *scrape);

static void target_free(void *data)
{
    struct target *target = data;
    if (target->call)
        kube_cancel(target->call);
    free(target);
}

static int64_t first_of(const struct thing_traffic *t)
{
    double first = 0;
    for (size_t i = 0; i < t->count; i++)
        if (!t->ports[i].input && t->ports[i].first > 0 && (first == 0 || t->ports[i].first < first))
            first = t->ports[i].first;
    return (int64_t)(first * 1e9);
}

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct target *target = data;
    struct scrape *scrape = target->scrape;
    target->call = NULL;
    int64_t now = loop_now(scrape->loop);
    if (answer->status == 200)
        thing_traffic_update(&target->traffic, answer->body, answer->len, now);
    bool settled = first_of(&target->traffic) != 0;
    target->due = now + (settled ? scrape->every : MIN(scrape->every, EAGER));
    plan_next(scrape);
    if (scrape->changed)
        scrape->changed(scrape->data);
}

static bool wanted(const struct scrape *scrape, const struct pod *pod)
{
    return pod->graph && pod->r.uid && pod->port && pod->ip && !pod->terminal && !pod->deleted &&
           (!scrape->ns || str_eq(pod->r.ns, scrape->ns)) && (!scrape->graph || str_eq(pod->graph, scrape->graph));
}

static void ask(struct scrape *scrape, struct target *target, const struct pod *pod)
{
    struct buf path;
    buf_init(&path, 2048);
    kube_proxy_path(&path, "pods", str_or_empty(pod->r.ns), pod->r.name, pod->port, "/metrics");
    struct kube_request request = {.path = path.data, .accept = "text/plain", .total_timeout = TIME_OUT};
    target->call = kube_start(scrape->client, &request, on_answer, target);
    buf_release(&path);
}

static void look_round(void *data)
{
    struct scrape *scrape = data;
    int64_t now = loop_now(scrape->loop);
    scrape->look_at = 0;
    for (struct map_entry *e = map_first(&scrape->targets); e; e = map_next(&scrape->targets, e))
        ((struct target *)e->value)->present = false;
    STORE_EACH(struct pod, pod, scrape->pods) {
        if (!wanted(scrape, pod))
            continue;
        struct target *target = map_get(&scrape->targets, pod->r.uid);
        if (!target) {
            target = xcalloc(1, sizeof *target);
            target->scrape = scrape;
            target->traffic.latency = -1;
            map_put(&scrape->targets, pod->r.uid, target);
        }
        target->present = true;
        if (!target->call && target->due <= now && scrape->every)
            ask(scrape, target, pod);
    }
    for (struct map_entry *e = map_first(&scrape->targets), *next; e; e = next) {
        next = map_next(&scrape->targets, e);
        struct target *target = e->value;
        if (!target->present) {
            map_del(&scrape->targets, e->key);
            target_free(target);
        }
    }
    plan_next(scrape);
}

/* The timer stands at the first target that is due and not being asked, or where the pods are to be looked at. */
static void plan_next(struct scrape *scrape)
{
    int64_t first = scrape->look_at ? scrape->look_at : INT64_MAX, now = loop_now(scrape->loop);
    for (struct map_entry *e = map_first(&scrape->targets); e; e = map_next(&scrape->targets, e)) {
        struct target *target = e->value;
        if (!target->call)
            first = MIN(first, target->due);
    }
    if (!scrape->every || first == INT64_MAX)
        loop_timer_stop(&scrape->timer);
    else
        loop_timer_start(&scrape->timer, MAX(first - now, 0));
}

static void look_after(struct scrape *scrape, int64_t ns)
{
    scrape->look_at = loop_now(scrape->loop) + ns;
    plan_next(scrape);
}

static bool of_a_graph(const struct record *record)
{
    return record && ((const struct pod *)record)->graph;
}

/* Not at once for each: a burst of changes is one round. What goes on elsewhere in a large cluster is none. */
static void on_pods(void *data, const struct change *changes, size_t count)
{
    struct scrape *scrape = data;
    bool ours = false;
    for (size_t i = 0; i < count && !ours; i++)
        ours = of_a_graph(changes[i].before) || of_a_graph(changes[i].now);
    if (ours && !scrape->look_at) /* the first one sets it: changes that never end must not put it off for ever */
        look_after(scrape, BURST);
}

struct scrape *scrape_new(struct kube_client *client, struct store *pods, loop_fn changed, void *data)
{
    struct scrape *scrape = xcalloc(1, sizeof *scrape);
    scrape->client = client;
    scrape->loop = kube_client_loop(client);
    scrape->pods = pods;
    scrape->changed = changed;
    scrape->data = data;
    loop_timer_init(&scrape->timer, scrape->loop, look_round, scrape);
    store_listen(pods, &scrape->listener, on_pods, scrape);
    return scrape;
}

void scrape_free(struct scrape *scrape)
{
    if (!scrape)
        return;
    store_unlisten(&scrape->listener);
    loop_timer_stop(&scrape->timer);
    map_release(&scrape->targets, target_free);
    free(scrape->ns);
    free(scrape->graph);
    free(scrape);
}

void scrape_graph(struct scrape *scrape, const char *ns, const char *graph)
{
    free(scrape->ns);
    free(scrape->graph);
    scrape->ns = xstrdup_or_null(ns);
    scrape->graph = xstrdup_or_null(graph);
    look_after(scrape, 0);
}

void scrape_every(struct scrape *scrape, int64_t every)
{
    if (scrape->every == every)
        return;
    scrape->every = every;
    look_after(scrape, 0);
}

const struct thing_traffic *scrape_traffic(void *data, const char *pod_uid)
{
    const struct scrape *scrape = data;
    const struct target *target = pod_uid ? map_get(&scrape->targets, pod_uid) : NULL;
    return target && target->traffic.at ? &target->traffic : NULL;
}

int64_t scrape_first_result(struct scrape *scrape, const char *pod_uid)
{
    const struct thing_traffic *t = scrape_traffic(scrape, pod_uid);
    return t ? first_of(t) : 0;
}
