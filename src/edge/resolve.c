#include "base/digest.h"
#include "base/text.h"
#include "edge/edge.h"
#include "edge/object.h"

/* The port of the Service that is meant: by name or number; without either, the first. */
static const cJSON *service_port(const cJSON *service, const char *port)
{
    const cJSON *list = json_array(service, "spec.ports"), *item;
    if (!port || !*port)
        return list ? list->child : NULL;
    int64_t number;
    bool is_number = text_int(port, &number);
    cJSON_ArrayForEach (item, list)
        if (str_eq(json_str(item, "name"), port) || (is_number && json_int(item, "port", 0) == number))
            return item;
    return NULL;
}

static const cJSON *endpoint_port(const cJSON *subset, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, json_array(subset, "ports"))
        if (strcmp(json_str_or(item, "name", ""), name) == 0)
            return item;
    return NULL;
}

int edge_resolve(struct edge_store *store, const char *ns, const char *service, const char *port, char address[64],
                 uint16_t *out_port, struct err *err)
{
    const struct edge_object *found = edge_store_find(store, edge_kind_by_name("Service"), ns, service);
    if (!found)
        return err_set(err, "services \"%s\" not found", service);
    const cJSON *wanted = service_port(found->json, port);
    if (!wanted)
        return err_set(err, "no service port \"%s\" found for service \"%s\"", str_or_empty(port), service);
    const char *name = json_str_or(wanted, "name", "");
    const struct edge_object *endpoints = edge_store_find(store, edge_kind_by_name("Endpoints"), ns, service);
    const cJSON *subset, *ready, *chosen = NULL;
    uint32_t seen = 0;
    cJSON_ArrayForEach (subset, json_array(endpoints ? endpoints->json : NULL, "subsets")) {
        const cJSON *target = endpoint_port(subset, name);
        if (!target)
            continue;
        cJSON_ArrayForEach (ready, json_array(subset, "addresses")) {
            uint32_t dice;
            digest_random(&dice, sizeof dice);
            if (dice % ++seen != 0) /* each of n is taken with probability 1/n */
                continue;
            chosen = ready;
            *out_port = (uint16_t)json_int(target, "port", 0);
        }
    }
    if (!chosen)
        return err_set(err, "no endpoints available for service \"%s\"", service);
    snprintf(address, 64, "%s", json_str_or(chosen, "ip", ""));
    return 0;
}

static int64_t container_port(const cJSON *pod, const char *name)
{
    const cJSON *container, *port;
    cJSON_ArrayForEach (container, json_array(pod, "spec.containers")) {
        cJSON_ArrayForEach (port, json_array(container, "ports"))
            if (!name || !*name || str_eq(json_str(port, "name"), name))
                return json_int(port, "containerPort", 0);
    }
    return 0;
}

int edge_resolve_pod(struct edge_store *store, const char *ns, const char *pod, const char *port, char address[64],
                     uint16_t *out_port, struct err *err)
{
    const struct edge_object *found = edge_store_find(store, edge_pod_kind(), ns, pod);
    if (!found)
        return err_set(err, "pods \"%s\" not found", pod);
    int64_t number;
    if (!port || !text_int(port, &number))
        number = container_port(found->json, port);
    if (number <= 0 && (!port || !*port))
        number = 80;
    if (number <= 0 || number > 65535)
        return err_set(err, "pod \"%s\" has no port \"%s\"", pod, str_or_empty(port));
    const char *ip = json_str(found->json, "status.podIP");
    if (!ip || !*ip || edge_pod_finished(found->json))
        return err_set(err, "address not allowed: pod \"%s\" does not have an IP address now", pod);
    snprintf(address, 64, "%s", ip);
    *out_port = (uint16_t)number;
    return 0;
}
