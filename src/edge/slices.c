#include "edge/slices.h"

#include "edge/object.h"
#include "edge/queue.h"

struct edge_slices {
    struct edge_store *store;
    struct edge_listener listener;
    struct edge_queue queue;
    const struct edge_kind *kind;
};

static void add_endpoints(cJSON *list, const cJSON *addresses, bool ready)
{
    const cJSON *address;
    cJSON_ArrayForEach (address, addresses) {
        cJSON *endpoint = cJSON_CreateObject();
        cJSON_AddItemToArray(cJSON_AddArrayToObject(endpoint, "addresses"),
                             cJSON_CreateString(json_str_or(address, "ip", "")));
        json_set_bool(endpoint, "conditions.ready", ready);
        json_set_bool(endpoint, "conditions.serving", ready);
        json_set_bool(endpoint, "conditions.terminating", false);
        const cJSON *target = json_object(address, "targetRef");
        if (target)
            cJSON_AddItemToObject(endpoint, "targetRef", cJSON_Duplicate(target, true));
        json_set_str(endpoint, "nodeName", json_str(address, "nodeName"));
        cJSON_AddItemToArray(list, endpoint);
    }
}

/* One slice for all subsets: they differ in their ports only, of which ours have one set. */
static cJSON *slice_of(const cJSON *endpoints, const char *name)
{
    cJSON *slice = cJSON_CreateObject(), *labels, *list = cJSON_CreateArray();
    const cJSON *subset, *ports = NULL;
    json_set_str(slice, "metadata.name", name);
    json_set_str(slice, "metadata.namespace", edge_ns(endpoints));
    labels = json_ensure(slice, "metadata.labels");
    cJSON_AddStringToObject(labels, "kubernetes.io/service-name", edge_name(endpoints));
    cJSON_AddStringToObject(labels, "endpointslice.kubernetes.io/managed-by",
                            "endpointslicemirroring-controller.k8s.io");
    json_set_str(slice, "addressType", "IPv4");
    cJSON_ArrayForEach (subset, json_array(endpoints, "subsets")) {
        add_endpoints(list, json_array(subset, "addresses"), true);
        add_endpoints(list, json_array(subset, "notReadyAddresses"), false);
        if (!ports)
            ports = json_array(subset, "ports");
    }
    cJSON_AddItemToObject(slice, "endpoints", list);
    cJSON *copy = ports ? cJSON_Duplicate(ports, true) : cJSON_CreateArray(), *port;
    cJSON_ArrayForEach (port, copy)
        if (!json_get(port, "name")) /* kubectl 1.34 does not survive a port without one */
            json_set_str(port, "name", "");
    cJSON_AddItemToObject(slice, "ports", copy);
    return slice;
}

static void sync_slice(void *data, const char *ns, const char *name)
{
    struct edge_slices *s = data;
    char slice_name[300];
    snprintf(slice_name, sizeof slice_name, "%.253s-edge", name);
    const struct edge_object *endpoints = edge_store_find(s->store, edge_kind_by_name("Endpoints"), ns, name);
    const struct edge_object *there = edge_store_find(s->store, s->kind, ns, slice_name);
    if (!endpoints) {
        edge_store_remove(s->store, s->kind, ns, slice_name);
    } else if (!there) {
        edge_make(s->store, s->kind, slice_of(endpoints->json, slice_name));
    } else {
        edge_save(s->store, s->kind, slice_of(endpoints->json, slice_name));
    }
}

static void changed(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before)
{
    struct edge_slices *s = data;
    (void)change, (void)before;
    edge_queue_add(&s->queue, edge_ns(object->json), edge_name(object->json));
}

struct edge_slices *edge_slices_new(struct edge_store *store)
{
    struct edge_slices *s = xcalloc(1, sizeof *s);
    s->store = store;
    s->kind = edge_kind_by_name("EndpointSlice");
    edge_queue_init(&s->queue, edge_store_loop(store), sync_slice, s);
    edge_store_listen(store, &s->listener, edge_kind_by_name("Endpoints"), changed, s);
    return s;
}

void edge_slices_free(struct edge_slices *s)
{
    if (!s)
        return;
    edge_store_unlisten(&s->listener);
    edge_queue_release(&s->queue);
    free(s);
}
