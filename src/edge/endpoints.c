#include "base/map.h"
#include "edge/controllers.h"
#include "edge/object.h"
#include "edge/queue.h"

struct edge_endpoints {
    struct edge_store *store;
    const struct edge_kind *services, *kind;
    struct edge_queue queue;
    struct edge_listener on_services, on_pods;
};

/* The number behind a Service's targetPort in this pod: a number as it is, a name by the containers' ports. */
static int64_t target_port(const cJSON *port, const cJSON *pod)
{
    const cJSON *target = json_get(port, "targetPort");
    if (cJSON_IsNumber(target) && target->valueint > 0)
        return target->valueint;
    if (!cJSON_IsString(target))
        return json_int(port, "port", 0);
    if (target->valuestring[0] >= '0' && target->valuestring[0] <= '9')
        return json_int(port, "targetPort", 0);
    const char *const lists[] = {"spec.containers", "spec.initContainers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        const cJSON *container, *have;
        cJSON_ArrayForEach (container, json_array(pod, lists[i]))
            cJSON_ArrayForEach (have, json_array(container, "ports"))
                if (str_eq(json_str(have, "name"), target->valuestring))
                    return json_int(have, "containerPort", 0);
    }
    return 0;
}

static cJSON *ports_for(const cJSON *service, const cJSON *pod)
{
    cJSON *ports = cJSON_CreateArray();
    const cJSON *port;
    cJSON_ArrayForEach (port, json_array(service, "spec.ports")) {
        int64_t number = target_port(port, pod);
        if (number <= 0)
            continue;
        cJSON *own = cJSON_CreateObject();
        json_set_str(own, "name", json_str(port, "name"));
        json_set_int(own, "port", number);
        json_set_str(own, "protocol", json_str_or(port, "protocol", "TCP"));
        cJSON_AddItemToArray(ports, own);
    }
    return ports;
}

/* Pods with the same port numbers share a subset; pods of one Service may differ where ports are named. */
static cJSON *subset_for(cJSON *subsets, cJSON *ports)
{
    cJSON *subset;
    cJSON_ArrayForEach (subset, subsets) {
        if (json_equal(json_get(subset, "ports"), ports)) {
            cJSON_Delete(ports);
            return subset;
        }
    }
    subset = cJSON_CreateObject();
    cJSON_AddItemToObject(subset, "ports", ports);
    cJSON_AddItemToArray(subsets, subset);
    return subset;
}

static void add_pod(cJSON *subsets, const cJSON *service, const cJSON *pod)
{
    const char *ip = json_str(pod, "status.podIP");
    cJSON *ports = ports_for(service, pod);
    if (!ports->child) {
        cJSON_Delete(ports);
        return;
    }
    cJSON *subset = subset_for(subsets, ports), *address = cJSON_CreateObject();
    bool ready = edge_pod_ready(pod) || json_bool(service, "spec.publishNotReadyAddresses", false);
    json_set_str(address, "ip", ip);
    json_set_str(address, "nodeName", json_str(pod, "spec.nodeName"));
    json_set_str(address, "targetRef.kind", "Pod");
    json_set_str(address, "targetRef.namespace", edge_ns(pod));
    json_set_str(address, "targetRef.name", edge_name(pod));
    json_set_str(address, "targetRef.uid", edge_uid(pod));
    const char *list = ready ? "addresses" : "notReadyAddresses";
    if (!json_get(subset, list))
        cJSON_AddItemToObject(subset, list, cJSON_CreateArray());
    cJSON_AddItemToArray((cJSON *)json_get(subset, list), address);
}

static int by_ip(const void *a, const void *b)
{
    return strcmp(json_str_or((*(const struct edge_object *const *)a)->json, "status.podIP", ""),
                  json_str_or((*(const struct edge_object *const *)b)->json, "status.podIP", ""));
}

static cJSON *build_subsets(struct edge_endpoints *e, const cJSON *service)
{
    const cJSON *selector = json_object(service, "spec.selector");
    const char *ns = edge_ns(service);
    const struct edge_object **pods = NULL, *pod = edge_store_first(e->store, edge_pod_kind(), ns);
    size_t count = 0, cap = 0;
    for (; pod; pod = edge_store_next(pod, ns)) {
        const char *ip = json_str(pod->json, "status.podIP");
        if (!ip || !*ip || !edge_pod_active(pod->json) ||
            !edge_labels_match(selector, json_object(pod->json, "metadata.labels")))
            continue;
        GROW(pods, count, cap);
        pods[count++] = pod;
    }
    cJSON *subsets = cJSON_CreateArray();
    if (count)
        qsort(pods, count, sizeof *pods, by_ip);
    for (size_t i = 0; i < count; i++)
        add_pod(subsets, service, pods[i]->json);
    free(pods);
    return subsets;
}

static void sync_service(void *data, const char *ns, const char *name)
{
    struct edge_endpoints *e = data;
    const struct edge_object *service = edge_store_find(e->store, e->services, ns, name);
    const struct edge_object *before = edge_store_find(e->store, e->kind, ns, name);
    if (!service) {
        if (before && edge_label(before->json, "endpoints.kubernetes.io/managed-by"))
            edge_store_remove(e->store, e->kind, ns, name);
        return;
    }
    const cJSON *selector = json_object(service->json, "spec.selector");
    if (!selector || !selector->child) /* whoever made it without one writes its Endpoints himself */
        return;
    cJSON *subsets = build_subsets(e, service->json);
    cJSON *json = before ? edge_edit(before) : cJSON_CreateObject();
    if (!before) {
        json_set_str(json, "apiVersion", "v1");
        json_set_str(json, "kind", "Endpoints");
        json_set_str(json, "metadata.name", name);
        json_set_str(json, "metadata.namespace", ns);
    }
    json_del(json, "metadata.labels");
    if (json_object(service->json, "metadata.labels"))
        json_set(json, "metadata.labels", cJSON_Duplicate(json_object(service->json, "metadata.labels"), true));
    cJSON *labels = json_ensure(json, "metadata.labels");
    cJSON_DeleteItemFromObjectCaseSensitive(labels, "endpoints.kubernetes.io/managed-by");
    cJSON_AddItemToObject(labels, "endpoints.kubernetes.io/managed-by", cJSON_CreateString("endpoint-controller"));
    if (subsets->child) {
        json_set(json, "subsets", subsets);
    } else {
        cJSON_Delete(subsets);
        json_del(json, "subsets");
    }
    if (before)
        edge_save(e->store, e->kind, json);
    else
        edge_make(e->store, e->kind, json);
}

static void on_service(void *data, enum edge_change change UNUSED, const struct edge_object *object,
                       const cJSON *before UNUSED)
{
    struct edge_endpoints *e = data;
    edge_queue_add(&e->queue, edge_ns(object->json), edge_name(object->json));
}

static bool selects(const cJSON *service, const cJSON *pod)
{
    return pod && edge_labels_match(json_object(service, "spec.selector"), json_object(pod, "metadata.labels"));
}

/* Only what an address is made of matters: probes and restarts write a pod's status far more often. */
static bool looks_the_same(const cJSON *pod, const cJSON *before)
{
    const char *const heeded[] = {"status.podIP", "metadata.labels", "spec.nodeName", "metadata.deletionTimestamp"};
    for (size_t i = 0; i < ARRAY_SIZE(heeded); i++) {
        const cJSON *now = json_at(pod, heeded[i]), *then = json_at(before, heeded[i]);
        if (now != then && !(now && then && json_equal(now, then)))
            return false;
    }
    return edge_pod_ready(pod) == edge_pod_ready(before) && edge_pod_finished(pod) == edge_pod_finished(before);
}

static void on_pod(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before)
{
    struct edge_endpoints *e = data;
    if (change == EDGE_MODIFIED && looks_the_same(object->json, before))
        return;
    const char *ns = edge_ns(object->json);
    const struct edge_object *service = edge_store_first(e->store, e->services, ns);
    for (; service; service = edge_store_next(service, ns))
        if (selects(service->json, object->json) || selects(service->json, before))
            edge_queue_add(&e->queue, ns, edge_name(service->json));
}

struct edge_endpoints *edge_endpoints_new(struct edge_store *store)
{
    struct edge_endpoints *e = xcalloc(1, sizeof *e);
    e->store = store;
    e->services = edge_kind_by_name("Service");
    e->kind = edge_kind_by_name("Endpoints");
    edge_queue_init(&e->queue, edge_store_loop(store), sync_service, e);
    edge_listen_all(store, &e->on_services, e->services, on_service, e);
    edge_listen_all(store, &e->on_pods, edge_pod_kind(), on_pod, e);
    return e;
}

void edge_endpoints_free(struct edge_endpoints *e)
{
    edge_store_unlisten(&e->on_services);
    edge_store_unlisten(&e->on_pods);
    edge_queue_release(&e->queue);
    free(e);
}
