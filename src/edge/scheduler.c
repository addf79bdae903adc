#include "base/map.h"
#include "edge/controllers.h"
#include "edge/fit.h"
#include "edge/object.h"

#define COMPONENT "default-scheduler"

struct booking { /* a pod as the scheduler knows it */
    char *node;  /* NULL: waits for one */
    struct edge_amounts requests;
    bool tried; /* did not fit, and nothing was freed since */
};

struct desk { /* what is taken on one node */
    struct edge_amounts used;
    int pods;
};

struct edge_scheduler {
    struct edge_store *store;
    struct map bookings; /* "ns/name" of pods that are not finished */
    struct map desks;    /* node name → struct desk */
    struct edge_listener pods, nodes;
    struct loop_task task;
};

static struct desk *desk_of(struct edge_scheduler *s, const char *node)
{
    struct desk *desk = map_get(&s->desks, node);
    if (!desk) {
        desk = xcalloc(1, sizeof *desk);
        map_put(&s->desks, node, desk);
    }
    return desk;
}

static void free_desk(void *data)
{
    struct desk *desk = data;
    edge_amounts_release(&desk->used);
    free(desk);
}

static void free_booking(void *data)
{
    struct booking *booking = data;
    edge_amounts_release(&booking->requests);
    free(booking->node);
    free(booking);
}

static void take(struct edge_scheduler *s, struct booking *booking, const char *node)
{
    struct desk *desk = desk_of(s, node);
    booking->node = xstrdup(node);
    edge_amounts_add(&desk->used, &booking->requests, 1);
    desk->pods++;
}

/* Everybody who waits may try again. */
static void retry_all(struct edge_scheduler *s)
{
    for (struct map_entry *e = map_first(&s->bookings); e; e = map_next(&s->bookings, e))
        ((struct booking *)e->value)->tried = false;
    loop_task_start(&s->task);
}

static void give_up(struct edge_scheduler *s, const char *key)
{
    struct booking *booking = map_del(&s->bookings, key);
    if (!booking)
        return;
    if (booking->node) {
        struct desk *desk = desk_of(s, booking->node);
        edge_amounts_add(&desk->used, &booking->requests, -1);
        desk->pods--;
        retry_all(s);
    }
    free_booking(booking);
}

static const cJSON *best_node(struct edge_scheduler *s, const cJSON *pod, const struct edge_amounts *requests,
                              struct edge_misfit *misfit)
{
    const cJSON *best = NULL;
    int64_t best_score[4] = {0};
    const struct edge_object *node = edge_store_first(s->store, edge_node_kind(), NULL);
    for (; node; node = edge_store_next(node, NULL)) {
        const struct desk *desk = desk_of(s, edge_name(node->json));
        if (!edge_fit(pod, requests, node->json, &desk->used, desk->pods, misfit))
            continue;
        /* The smallest wins: preference, devices taken, CPU taken, pods; then the name. */
        int64_t devices = 0;
        for (size_t i = 0; i < desk->used.count; i++)
            if (strchr(desk->used.items[i].name, '/'))
                devices += desk->used.items[i].milli;
        int64_t score[4] = {-edge_fit_preference(pod, node->json), devices, edge_amounts_get(&desk->used, "cpu"),
                            desk->pods};
        int order = 0;
        for (size_t i = 0; i < ARRAY_SIZE(score) && order == 0; i++)
            order = score[i] < best_score[i] ? -1 : score[i] > best_score[i];
        if (!best || order < 0 || (order == 0 && strcmp(edge_name(node->json), edge_name(best)) < 0)) {
            best = node->json;
            memcpy(best_score, score, sizeof score);
        }
    }
    return best;
}

static void bind_pod(struct edge_scheduler *s, const struct edge_object *pod, const char *node)
{
    cJSON *json = edge_edit(pod);
    json_set_str(json, "spec.nodeName", node);
    edge_condition_set(json, "PodScheduled", "True", NULL, NULL, loop_wall(edge_store_loop(s->store)));
    const struct edge_object *saved = edge_save(s->store, edge_pod_kind(), json);
    if (saved)
        edge_event(s->store, saved->json, NULL, "Normal", "Scheduled", COMPONENT, NULL,
                   "Successfully assigned %s/%s to %s", edge_ns(saved->json), edge_name(saved->json), node);
}

static void set_waiting(struct edge_scheduler *s, const struct edge_object *pod, const char *reason,
                        const char *message)
{
    cJSON *json = edge_edit(pod);
    if (!json_str(json, "status.phase"))
        json_set_str(json, "status.phase", "Pending");
    bool changed =
        edge_condition_set(json, "PodScheduled", "False", reason, message, loop_wall(edge_store_loop(s->store)));
    const struct edge_object *saved = edge_save(s->store, edge_pod_kind(), json);
    if (saved && changed && str_eq(reason, "Unschedulable"))
        edge_event(s->store, saved->json, NULL, "Warning", "FailedScheduling", COMPONENT, NULL, "%s", message);
}

static void schedule(struct edge_scheduler *s, const struct edge_object *pod, struct booking *booking)
{
    const cJSON *gates = json_array(pod->json, "spec.schedulingGates");
    booking->tried = true;
    if (gates && gates->child) {
        set_waiting(s, pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates");
        return;
    }
    struct edge_misfit misfit = {.count = 0};
    const cJSON *node = best_node(s, pod->json, &booking->requests, &misfit);
    if (node) {
        bind_pod(s, pod, edge_name(node)); /* the listener books it */
        return;
    }
    struct buf text;
    buf_init(&text, 4096);
    edge_misfit_text(&misfit, &text);
    set_waiting(s, pod, "Unschedulable", text.data);
    buf_release(&text);
}

static void work(void *data)
{
    struct edge_scheduler *s = data;
    for (struct map_entry *e = map_first(&s->bookings); e; e = map_next(&s->bookings, e)) {
        struct booking *booking = e->value;
        if (booking->node || booking->tried)
            continue;
        char ns[256];
        const char *name = edge_key_split(e->key, ns, sizeof ns);
        const struct edge_object *pod = edge_store_find(s->store, edge_pod_kind(), ns, name);
        if (pod)
            schedule(s, pod, booking);
    }
}

static bool is_mine(const cJSON *pod)
{
    return str_eq(json_str_or(pod, "spec.schedulerName", COMPONENT), COMPONENT);
}

static void on_pod(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before)
{
    struct edge_scheduler *s = data;
    const cJSON *pod = object->json;
    const char *node = json_str(pod, "spec.nodeName");
    char *key = edge_key(pod);
    struct booking *booking = map_get(&s->bookings, key);
    if (change == EDGE_DELETED || edge_pod_finished(pod)) {
        give_up(s, key);
    } else if (node && *node) {
        if (booking && !booking->node) {
            take(s, booking, node);
        } else if (!booking) {
            booking = xcalloc(1, sizeof *booking);
            edge_pod_requests(&booking->requests, pod);
            map_put(&s->bookings, key, booking);
            take(s, booking, node);
        }
    } else if (edge_deleting(pod)) {
        give_up(s, key);
    } else if (is_mine(pod) && (!booking || !json_equal(json_get(pod, "spec"), json_get(before, "spec")))) {
        if (!booking) {
            booking = xcalloc(1, sizeof *booking);
            edge_pod_requests(&booking->requests, pod);
            map_put(&s->bookings, key, booking);
        }
        booking->tried = false;
        loop_task_start(&s->task);
    }
    free(key);
}

static void on_node(void *data, enum edge_change change UNUSED, const struct edge_object *object, const cJSON *before)
{
    const char *const heeded[] = {"spec", "metadata.labels", "status.allocatable"};
    for (size_t i = 0; i < ARRAY_SIZE(heeded); i++) {
        if (!before || change == EDGE_DELETED ||
            !json_equal(json_at(object->json, heeded[i]), json_at(before, heeded[i]))) {
            retry_all(data);
            return;
        }
    }
}

struct edge_scheduler *edge_scheduler_new(struct edge_store *store)
{
    struct edge_scheduler *s = xcalloc(1, sizeof *s);
    s->store = store;
    loop_task_init(&s->task, edge_store_loop(store), work, s);
    edge_listen_all(store, &s->pods, edge_pod_kind(), on_pod, s);
    edge_listen_all(store, &s->nodes, edge_node_kind(), on_node, s);
    return s;
}

void edge_scheduler_free(struct edge_scheduler *s)
{
    edge_store_unlisten(&s->pods);
    edge_store_unlisten(&s->nodes);
    loop_task_stop(&s->task);
    map_release(&s->bookings, free_booking);
    map_release(&s->desks, free_desk);
    free(s);
}
