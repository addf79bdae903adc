#include "ui/notices.h"

#include "k8s/kinds/pod.h"
#include "ops/status.h"
#include "ui/dashboard_private.h"

#define SILENCE (2 * NSEC_PER_SEC) /* after one: a node that dies takes forty pods with it */

const struct notice_kind notice_kinds[NOTICE_KINDS] = {
    [NOTICE_POD] = {"pod", NULL, "a pod's STATUS, as CrashLoopBackOff or OOMKilled"},
    [NOTICE_NODE] = {"node", NULL, "a node's STATUS, as NotReady"},
    [NOTICE_DEPLOYMENT] = {"deployment", "finished failed", "of what is deployed, deleted, restarted here"},
    [NOTICE_WIRE] = {"wire", "dead flowing", "of the graph at hand: NO FRAMES where there should be some, and frames again"},
    [NOTICE_CLUSTER] = {"cluster", "live STALE REFUSED", "how fresh what is shown is"},
};

struct notices {
    struct dashboard *dash;
    const struct notice_wish *wishes;
    size_t count;
    struct store_listener pods, nodes;
    struct map dead; /* names of wires */
    bool running; /* a task was, when it was looked at last */
    enum reflector_state freshness;
    int64_t rung;
};

static void come_into(struct notices *notices, enum notice_of of, const char *name, const char *before, const char *now)
{
    struct dashboard *dash = notices->dash;
    for (size_t i = 0; i < notices->count; i++) {
        const struct notice_wish *wish = &notices->wishes[i];
        if (wish->of != of || !str_eq(wish->state, now) || str_eq(before, now))
            continue;
        int64_t at = dashboard_now(dash);
        char text[400];
        snprintf(text, sizeof text, "%s%s%.200s: %.100s", notice_kinds[of].name, *name ? " " : "", name, now);
        dashboard_say(dash, ROLE_WARNING, "%s", text);
        if (!dash->term || (notices->rung && at - notices->rung < SILENCE))
            continue;
        notices->rung = at;
        if (wish->bell)
            term_bell(dash->term);
        if (wish->desktop)
            term_notify(dash->term, text);
    }
}

static void on_pods(void *data, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pod_words before, now;
        if (!changes[i].before || !changes[i].now) /* it was so when it was first seen */
            continue;
        pod_words(&before, (const struct pod *)changes[i].before);
        pod_words(&now, (const struct pod *)changes[i].now);
        come_into(data, NOTICE_POD, changes[i].now->name, before.status, now.status);
    }
}

static void on_nodes(void *data, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char before[64], now[64];
        if (!changes[i].before || !changes[i].now)
            continue;
        node_words(before, (const struct node *)changes[i].before);
        node_words(now, (const struct node *)changes[i].now);
        come_into(data, NOTICE_NODE, changes[i].now->name, before, now);
    }
}

static const struct thing_traffic *traffic(void *data, const char *pod_uid)
{
    return model_traffic(data, pod_uid);
}

static void look_at_wire(struct notices *notices, const struct graph *graph, const struct graph_link *link, enum wire_state state)
{
    char name[300];
    if (!link->valid)
        return;
    snprintf(name, sizeof name, "%.90s.%.40s → %.90s.%.40s", graph->things[link->from].name, link->from_port,
             graph->things[link->to].name, link->to_port);
    bool was = map_has(&notices->dead, name);
    if (state == WIRE_NO_FRAMES && !was) {
        map_put(&notices->dead, name, notices);
        come_into(notices, NOTICE_WIRE, name, "", "dead");
    } else if (state == WIRE_FLOWING && was) {
        map_del(&notices->dead, name);
        come_into(notices, NOTICE_WIRE, name, "dead", "flowing");
    }
}

static void look_at_wires(struct notices *notices)
{
    struct model *model = notices->dash->model;
    const struct graph *graph = model->document ? document_graph(model->document) : NULL;
    struct store *deployments = model_store(model, SOURCE_DEPLOYMENTS), *pods = model_store(model, SOURCE_PODS);
    struct live live = {NULL};
    if (!graph || !deployments || !pods)
        return;
    live_make(&live, graph, deployments, pods, traffic, model, dashboard_now(notices->dash));
    for (size_t i = 0; i < live.wire_count && i < graph->link_count; i++)
        look_at_wire(notices, graph, &graph->links[i], live.wires[i].state);
    live_release(&live);
}

static bool wants(const struct notices *notices, enum notice_of of)
{
    for (size_t i = 0; i < notices->count; i++)
        if (notices->wishes[i].of == of)
            return true;
    return false;
}

bool notices_want_traffic(const struct notices *notices)
{
    return notices && wants(notices, NOTICE_WIRE);
}

void notices_changed(struct notices *notices, unsigned mask)
{
    static const char *const words[] = {
        [REFLECTOR_LISTING] = "loading", [REFLECTOR_LIVE] = "live", [REFLECTOR_STALE] = "STALE", [REFLECTOR_REFUSED] = "REFUSED"};
    const struct model *model = notices->dash->model;
    int64_t age;
    if ((mask & CHANGED_TASK) && notices->running && !model->task.running)
        come_into(notices, NOTICE_DEPLOYMENT, str_or_empty(model->graph_name), "", model->task.failed ? "failed" : "finished");
    notices->running = model->task.running;
    if ((mask & CHANGED_TRAFFIC) && notices_want_traffic(notices))
        look_at_wires(notices);
    if (!(mask & CHANGED_FRESHNESS))
        return;
    enum reflector_state now = model_freshness(model, 0, dashboard_now(notices->dash), &age, NULL);
    if (notices->freshness != REFLECTOR_LISTING)
        come_into(notices, NOTICE_CLUSTER, str_or_empty(model->context), words[notices->freshness], words[now]);
    notices->freshness = now;
}

struct notices *notices_new(struct dashboard *dash, const struct notice_wish *wishes, size_t count)
{
    struct notices *notices = xcalloc(1, sizeof *notices);
    *notices = (struct notices){.dash = dash, .wishes = wishes, .count = count, .freshness = REFLECTOR_LISTING};
    struct store *pods = model_store(dash->model, SOURCE_PODS), *nodes = model_store(dash->model, SOURCE_NODES);
    if (pods && wants(notices, NOTICE_POD))
        store_listen(pods, &notices->pods, on_pods, notices);
    if (nodes && wants(notices, NOTICE_NODE))
        store_listen(nodes, &notices->nodes, on_nodes, notices);
    return notices;
}

void notices_free(struct notices *notices)
{
    if (!notices)
        return;
    store_unlisten(&notices->pods);
    store_unlisten(&notices->nodes);
    map_release(&notices->dead, NULL);
    free(notices);
}
