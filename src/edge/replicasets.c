#include "edge/controllers.h"
#include "edge/object.h"
#include "edge/queue.h"

#define BURST 50   /* pods made at one go: then others have a turn */
#define MOST 1000  /* pods of the whole edge: its nodes hold 440, and a slip of the finger must not fill the memory */

struct edge_replicasets {
    struct edge_store *store;
    const struct edge_kind *kind;
    struct edge_queue queue;
    struct edge_listener sets, pods;
};

struct pod_list {
    const struct edge_object **items;
    size_t count, cap;
};

static void collect(struct edge_replicasets *r, const struct edge_object *set, struct pod_list *pods)
{
    const char *ns = edge_ns(set->json), *uid = edge_uid(set->json);
    const struct edge_object *pod = edge_store_first(r->store, edge_pod_kind(), ns);
    for (; pod; pod = edge_store_next(pod, ns)) {
        if (!edge_pod_active(pod->json) || !edge_controlled_by(pod->json, uid))
            continue;
        GROW(pods->items, pods->count, pods->cap);
        pods->items[pods->count++] = pod;
    }
}

static bool create_pod(struct edge_replicasets *r, const struct edge_object *set)
{
    const cJSON *template = json_object(set->json, "spec.template");
    cJSON *pod = cJSON_CreateObject();
    json_set_str(pod, "apiVersion", "v1");
    json_set_str(pod, "kind", "Pod");
    char *prefix = xasprintf("%s-", edge_name(set->json));
    json_set_str(pod, "metadata.generateName", prefix);
    free(prefix);
    json_set_str(pod, "metadata.namespace", edge_ns(set->json));
    const char *const copied[] = {"metadata.labels", "metadata.annotations", "spec"};
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++)
        if (json_object(template, copied[i]))
            json_set(pod, copied[i], cJSON_Duplicate(json_object(template, copied[i]), true));
    json_set(pod, "metadata.ownerReferences", edge_owner_refs(set));

    struct err err = ERR_INIT;
    int status = 0;
    const struct edge_object *made = edge_store_create(r->store, edge_pod_kind(), pod, &status, &err);
    if (!made)
        edge_event(r->store, set->json, NULL, "Warning", "FailedCreate", "replicaset-controller", NULL,
                   "Error creating: %s", err.text);
    else
        edge_event(r->store, set->json, NULL, "Normal", "SuccessfulCreate", "replicaset-controller", NULL,
                   "Created pod: %s", edge_name(made->json));
    return made != NULL;
}

/* How many pods there may be beside those that there are. */
static int64_t room_for_pods(struct edge_replicasets *r)
{
    int64_t count = 0;
    const struct edge_object *pod = edge_store_first(r->store, edge_pod_kind(), NULL);
    for (; pod; pod = edge_store_next(pod, NULL))
        count++;
    return MOST - count;
}

static void create_pods(struct edge_replicasets *r, const struct edge_object *set, int64_t count)
{
    char *ns = xstrdup(edge_ns(set->json)), *name = xstrdup(edge_name(set->json));
    int64_t room = room_for_pods(r), now = MIN(MIN(count, BURST), room), again = 0;
    for (int64_t i = 0; i < now && !again; i++)
        if (!create_pod(r, set)) /* a quota, a webhook's no: tried again later */
            again = 5 * NSEC_PER_SEC;
    if (!again && count > now && now == room) {
        edge_event(r->store, set->json, NULL, "Warning", "FailedCreate", "replicaset-controller", NULL,
                   "Error creating: pods \"%s-\" is forbidden: exceeded quota: embedded-cluster, requested: pods=1, "
                   "used: pods=%d, limited: pods=%d",
                   name, MOST, MOST);
        again = 5 * NSEC_PER_SEC;
    } else if (!again && count > now) {
        again = NSEC_PER_MSEC;
    }
    if (again)
        edge_queue_add_after(&r->queue, ns, name, again);
    free(ns);
    free(name);
}

static int phase_rank(const cJSON *pod)
{
    const char *phase = json_str(pod, "status.phase");
    return str_eq(phase, "Running") ? 2 : str_eq(phase, "Pending") ? 0 : 1;
}

static int64_t pod_restarts(const cJSON *pod)
{
    int64_t most = 0;
    const cJSON *status;
    cJSON_ArrayForEach (status, json_array(pod, "status.containerStatuses")) {
        most = MAX(most, json_int(status, "restartCount", 0));
    }
    return most;
}

/* The first to go come first: not assigned, not running, not ready, ready for the shortest time, more restarts, newest.
 */
static int by_worth(const void *a, const void *b)
{
    const struct edge_object *x = *(const struct edge_object *const *)a, *y = *(const struct edge_object *const *)b;
    int order = (json_str(x->json, "spec.nodeName") != NULL) - (json_str(y->json, "spec.nodeName") != NULL);
    if (order == 0)
        order = phase_rank(x->json) - phase_rank(y->json);
    if (order == 0)
        order = edge_pod_ready(x->json) - edge_pod_ready(y->json);
    if (order != 0)
        return order;
    int64_t s = json_time(edge_condition(x->json, "Ready"), "lastTransitionTime");
    int64_t t = json_time(edge_condition(y->json, "Ready"), "lastTransitionTime");
    if (s != t)
        return s > t ? -1 : 1;
    s = pod_restarts(x->json), t = pod_restarts(y->json);
    if (s != t)
        return s > t ? -1 : 1;
    return x->rv > y->rv ? -1 : x->rv < y->rv;
}

static void delete_pods(struct edge_replicasets *r, const struct edge_object *set, struct pod_list *pods, int64_t count)
{
    qsort(pods->items, pods->count, sizeof *pods->items, by_worth);
    for (int64_t i = 0; i < count; i++) {
        char *name = xstrdup(edge_name(pods->items[i]->json));
        edge_delete(r->store, pods->items[i], -1);
        edge_event(r->store, set->json, NULL, "Normal", "SuccessfulDelete", "replicaset-controller", NULL,
                   "Deleted pod: %s", name);
        free(name);
    }
}

static void set_count(cJSON *json, const char *path, int64_t count)
{
    if (count)
        json_set_int(json, path, count);
    else
        json_del(json, path);
}

static void write_status(struct edge_replicasets *r, const struct edge_object *set)
{
    struct pod_list pods = {0};
    collect(r, set, &pods);
    int64_t min_ready = json_int(set->json, "spec.minReadySeconds", 0), now = loop_wall(edge_store_loop(r->store));
    int64_t ready = 0, available = 0, labelled = 0, soonest = INT64_MAX;
    for (size_t i = 0; i < pods.count; i++) {
        const cJSON *pod = pods.items[i]->json;
        int64_t left = INT64_MAX;
        ready += edge_pod_ready(pod);
        available += edge_pod_available(pod, min_ready, now, &left);
        labelled += edge_labels_match(json_object(set->json, "spec.template.metadata.labels"),
                                      json_object(pod, "metadata.labels"));
        soonest = MIN(soonest, left);
    }
    cJSON *json = edge_edit(set);
    json_set_int(json, "status.replicas", (int64_t)pods.count);
    set_count(json, "status.fullyLabeledReplicas", labelled);
    set_count(json, "status.readyReplicas", ready);
    set_count(json, "status.availableReplicas", available);
    json_set_int(json, "status.observedGeneration", json_int(json, "metadata.generation", 0));
    if (soonest != INT64_MAX)
        edge_queue_add_after(&r->queue, edge_ns(json), edge_name(json), soonest);
    edge_save(r->store, r->kind, json);
    free(pods.items);
}

static void sync_set(void *data, const char *ns, const char *name)
{
    struct edge_replicasets *r = data;
    const struct edge_object *set = edge_store_find(r->store, r->kind, ns, name);
    if (!set)
        return;
    if (!edge_deleting(set->json)) {
        struct pod_list pods = {0};
        collect(r, set, &pods);
        int64_t want = MAX(json_int(set->json, "spec.replicas", 1), 0), have = (int64_t)pods.count;
        if (have < want)
            create_pods(r, set, want - have);
        else if (have > want)
            delete_pods(r, set, &pods, have - want);
        free(pods.items);
    }
    set = edge_store_find(r->store, r->kind, ns, name);
    if (set)
        write_status(r, set);
}

static void on_set(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before UNUSED)
{
    struct edge_replicasets *r = data;
    if (change != EDGE_DELETED)
        edge_queue_add(&r->queue, edge_ns(object->json), edge_name(object->json));
}

static void on_pod(void *data, enum edge_change change UNUSED, const struct edge_object *object,
                   const cJSON *before UNUSED)
{
    struct edge_replicasets *r = data;
    const cJSON *owner = edge_controller_of(object->json);
    if (str_eq(json_str(owner, "kind"), "ReplicaSet"))
        edge_queue_add(&r->queue, edge_ns(object->json), json_str_or(owner, "name", ""));
}

struct edge_replicasets *edge_replicasets_new(struct edge_store *store)
{
    struct edge_replicasets *r = xcalloc(1, sizeof *r);
    r->store = store;
    r->kind = edge_kind_by_name("ReplicaSet");
    edge_queue_init(&r->queue, edge_store_loop(store), sync_set, r);
    edge_listen_all(store, &r->sets, r->kind, on_set, r);
    edge_listen_all(store, &r->pods, edge_pod_kind(), on_pod, r);
    return r;
}

void edge_replicasets_free(struct edge_replicasets *r)
{
    edge_store_unlisten(&r->sets);
    edge_store_unlisten(&r->pods);
    edge_queue_release(&r->queue);
    free(r);
}
