#include "edge/controllers.h"
#include "edge/queue.h"
#include "edge/rollout.h"

struct edge_deployments {
    struct edge_store *store;
    const struct edge_kind *kind, *set_kind;
    struct edge_queue queue;
    struct edge_listener deployments, sets, pods;
};

/* A paused deployment only keeps its size: nothing new is rolled out. */
static void keep_size(struct rollout *r)
{
    if (r->current && rollout_old_size(r) == 0) {
        rollout_scale(r, -1, r->replicas);
        return;
    }
    if (r->current)
        return;
    for (size_t i = r->old_count; i-- > 0;) {
        if (json_int(r->old[i]->json, "spec.replicas", 0) > 0) {
            rollout_scale(r, (int)i, r->replicas);
            return;
        }
    }
}

static void sync_deployment(void *data, const char *ns, const char *name)
{
    struct edge_deployments *d = data;
    const struct edge_object *deployment = edge_store_find(d->store, d->kind, ns, name);
    if (!deployment || edge_deleting(deployment->json))
        return;
    struct rollout r;
    rollout_init(&r, d->store, deployment);
    if (json_bool(deployment->json, "spec.paused", false))
        keep_size(&r);
    else if (str_eq(json_str(deployment->json, "spec.strategy.type"), "Recreate"))
        rollout_recreate(&r);
    else
        rollout_rolling(&r);
    int64_t again = rollout_status(&r);
    if (again)
        edge_queue_add_after(&d->queue, ns, name, again);
    if (rollout_complete(r.deployment->json, json_get(r.deployment->json, "status")))
        rollout_trim_history(&r);
    rollout_release(&r);
}

static void on_deployment(void *data, enum edge_change change, const struct edge_object *object,
                          const cJSON *before UNUSED)
{
    struct edge_deployments *d = data;
    if (change != EDGE_DELETED)
        edge_queue_add(&d->queue, edge_ns(object->json), edge_name(object->json));
}

static void add_owner(struct edge_deployments *d, const cJSON *set)
{
    const cJSON *owner = edge_controller_of(set);
    if (str_eq(json_str(owner, "kind"), "Deployment"))
        edge_queue_add(&d->queue, edge_ns(set), json_str_or(owner, "name", ""));
}

static void on_set(void *data, enum edge_change change UNUSED, const struct edge_object *object,
                   const cJSON *before UNUSED)
{
    add_owner(data, object->json);
}

/* Recreate waits for the last old pod to be gone, which no ReplicaSet's status tells. */
static void on_pod(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before UNUSED)
{
    struct edge_deployments *d = data;
    const cJSON *owner = edge_controller_of(object->json);
    if ((change != EDGE_DELETED && !edge_pod_finished(object->json)) || !str_eq(json_str(owner, "kind"), "ReplicaSet"))
        return;
    const struct edge_object *set =
        edge_store_find(d->store, d->set_kind, edge_ns(object->json), json_str_or(owner, "name", ""));
    if (set)
        add_owner(d, set->json);
}

struct edge_deployments *edge_deployments_new(struct edge_store *store)
{
    struct edge_deployments *d = xcalloc(1, sizeof *d);
    d->store = store;
    d->kind = edge_kind_by_name("Deployment");
    d->set_kind = edge_kind_by_name("ReplicaSet");
    edge_queue_init(&d->queue, edge_store_loop(store), sync_deployment, d);
    edge_listen_all(store, &d->deployments, d->kind, on_deployment, d);
    edge_listen_all(store, &d->sets, d->set_kind, on_set, d);
    edge_listen_all(store, &d->pods, edge_pod_kind(), on_pod, d);
    return d;
}

void edge_deployments_free(struct edge_deployments *d)
{
    edge_store_unlisten(&d->deployments);
    edge_store_unlisten(&d->sets);
    edge_store_unlisten(&d->pods);
    edge_queue_release(&d->queue);
    free(d);
}
