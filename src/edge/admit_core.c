/* Namespaces, nodes, services, endpoints, config maps, secrets, claims of volumes, leases and events. */
#include "edge/admit.h"

#include "base/digest.h"

static const struct edge_kind *core(const char *plural)
{
    return edge_kind_by_plural("", "v1", plural);
}

void edge_admit_namespace(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(core("namespaces"), object, before, EDGE_NAME_1123_LABEL, faults);
    const char *name = json_str(object, "metadata.name");
    if (!name)
        return;
    json_ensure(object, "metadata.labels");
    cJSON *labels = (cJSON *)json_at(object, "metadata.labels");
    cJSON_DeleteItemFromObjectCaseSensitive(labels, "kubernetes.io/metadata.name");
    cJSON_AddStringToObject(labels, "kubernetes.io/metadata.name", name);
    if (!before && !json_array(object, "spec.finalizers")) {
        json_set(object, "spec.finalizers", cJSON_CreateArray());
        cJSON_AddItemToArray((cJSON *)json_array(object, "spec.finalizers"), cJSON_CreateString("kubernetes"));
    }
    edge_default_str(object, "status.phase", "Active");
}

void edge_admit_node(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(core("nodes"), object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
    json_ensure(object, "spec");
    json_ensure(object, "status");
}

void edge_admit_endpoints(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(core("endpoints"), object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
}

void edge_admit_configmap(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(core("configmaps"), object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
    size_t total = 0;
    static const char *const parts[] = {"data", "binaryData"};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        const cJSON *item;
        cJSON_ArrayForEach (item, json_object(object, parts[i])) {
            char field[320];
            snprintf(field, sizeof field, "%s[%.253s]", parts[i], item->string);
            total += cJSON_IsString(item) ? strlen(item->valuestring) : 0;
            size_t len = strlen(item->string);
            if (!len || len > 253 || str_eq(item->string, ".") || str_starts(item->string, "..") ||
                strspn(item->string, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != len)
                edge_fault(
                    faults, "FieldValueInvalid", field,
                    "Invalid value: \"%.100s\": a valid config key must consist of alphanumeric characters, '-', '_' "
                    "or '.' (e.g. 'key.name', or 'KEY_NAME', or 'key-name')",
                    item->string);
        }
    }
    if (total > 1u << 20)
        edge_fault(faults, "FieldValueTooLong", "", "Too long: may not be more than 1048576 bytes");
    if (before && json_bool(before, "immutable", false) &&
        !json_equal(json_get(object, "data"), json_get(before, "data")))
        edge_fault(faults, "FieldValueForbidden", "data", "Forbidden: field is immutable when `immutable` is set");
}

/* stringData is written into data, as base64. */
static void fold_strings(cJSON *object)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, json_object(object, "stringData")) {
        struct buf text;
        buf_init(&text, 4u << 20);
        if (cJSON_IsString(item))
            digest_base64(&text, item->valuestring, strlen(item->valuestring));
        cJSON *data = json_ensure(object, "data");
        cJSON_DeleteItemFromObjectCaseSensitive(data, item->string);
        cJSON_AddStringToObject(data, item->string, text.data);
        buf_release(&text);
    }
    json_del(object, "stringData");
}

void edge_admit_secret(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(core("secrets"), object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
    edge_default_str(object, "type", "Opaque");
    fold_strings(object);
    const cJSON *item;
    cJSON_ArrayForEach (item, json_object(object, "data")) {
        char field[320];
        struct buf plain;
        buf_init(&plain, 4u << 20);
        snprintf(field, sizeof field, "data[%.253s]", item->string);
        if (!cJSON_IsString(item) || digest_unbase64(&plain, item->valuestring, strlen(item->valuestring)) < 0)
            edge_fault(faults, "FieldValueInvalid", field, "Invalid value: \"<redacted>\": this is no base64");
        buf_release(&plain);
    }
    if (before && !str_eq(json_str(object, "type"), json_str(before, "type")))
        edge_fault(faults, "FieldValueInvalid", "type", "Invalid value: \"%.100s\": field is immutable",
                   json_str_or(object, "type", ""));
}

/* There are no volumes here (container.c says so in an event): a claim is kept, and nothing waits for it. */
void edge_admit_persistentvolumeclaim(struct edge_store *store, cJSON *object, const cJSON *before,
                                      struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(core("persistentvolumeclaims"), object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
    if (!cJSON_GetArraySize(json_array(object, "spec.accessModes")))
        edge_fault(faults, "FieldValueRequired", "spec.accessModes", "Required value: at least 1 access mode is required");
    if (!json_at(object, "spec.resources.requests.storage"))
        edge_fault(faults, "FieldValueRequired", "spec.resources[storage]", "Required value");
    edge_default_str(object, "spec.volumeMode", "Filesystem");
    edge_default_str(object, "status.phase", "Pending");
}

void edge_admit_lease(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(edge_kind_by_name("Lease"), object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
}

void edge_admit_endpointslice(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(edge_kind_by_name("EndpointSlice"), object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
}

void edge_admit_event(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults)
{
    (void)store;
    edge_admit_meta(core("events"), object, before, EDGE_NAME_1123_SUBDOMAIN, faults);
    const char *ns = json_str_or(object, "involvedObject.namespace", "");
    if (*ns && !str_eq(ns, json_str(object, "metadata.namespace")))
        edge_fault(faults, "FieldValueInvalid", "involvedObject.namespace",
                   "Invalid value: \"%.63s\": does not match event.namespace", ns);
}

/* A virtual address of 10.96.0.0/16 that no service has. It is a name for people: the pods' way to a service is the
 * proxy. */
static void give_address(struct edge_store *store, cJSON *service)
{
    char address[32];
    uint32_t at =
        hash_bytes(json_str_or(service, "metadata.uid", ""), strlen(json_str_or(service, "metadata.uid", "")));
    for (bool taken = true; taken; at++) {
        snprintf(address, sizeof address, "10.96.%u.%u", (at >> 8) & 255, 1 + (at & 255) % 254);
        taken = false;
        for (const struct edge_object *o = edge_store_first(store, core("services"), NULL); o && !taken;
             o = edge_store_next(o, NULL))
            taken = str_eq(json_str(o->json, "spec.clusterIP"), address);
    }
    json_set_str(service, "spec.clusterIP", address);
}

static int64_t free_node_port(struct edge_store *store)
{
    for (int64_t port = 30000;; port++) {
        bool taken = false;
        const cJSON *p;
        for (const struct edge_object *o = edge_store_first(store, core("services"), NULL); o;
             o = edge_store_next(o, NULL))
            cJSON_ArrayForEach (p, json_array(o->json, "spec.ports"))
                taken = taken || json_int(p, "nodePort", 0) == port;
        if (!taken)
            return port;
    }
}

static void admit_ports(struct edge_store *store, cJSON *service, bool node_ports, struct edge_faults *faults)
{
    int index = 0, count = cJSON_GetArraySize(json_array(service, "spec.ports"));
    cJSON *p;
    cJSON_ArrayForEach (p, (cJSON *)json_array(service, "spec.ports")) {
        char field[96];
        int64_t port = json_int(p, "port", 0);
        edge_default_str(p, "protocol", "TCP");
        if (!json_get(p, "targetPort"))
            json_set_int(p, "targetPort", port);
        if (node_ports && !json_int(p, "nodePort", 0))
            json_set_int(p, "nodePort", free_node_port(store));
        snprintf(field, sizeof field, "spec.ports[%d].port", index);
        if (port < 1 || port > 65535)
            edge_fault(faults, "FieldValueInvalid", field,
                       "Invalid value: %" PRId64 ": must be between 1 and 65535, inclusive", port);
        snprintf(field, sizeof field, "spec.ports[%d].name", index);
        if (count > 1 && !*json_str_or(p, "name", ""))
            edge_fault(faults, "FieldValueRequired", field, "Required value");
        const cJSON *other;
        int other_index = 0;
        cJSON_ArrayForEach (other, json_array(service, "spec.ports"))
            if (other_index++ < index && json_int(other, "port", 0) == port &&
                str_eq(json_str(other, "protocol"), json_str(p, "protocol"))) {
                snprintf(field, sizeof field, "spec.ports[%d]", index);
                edge_fault(faults, "FieldValueDuplicate", field, "Duplicate value: {\"port\":%" PRId64 "}", port);
            }
        index++;
    }
}

static void admit_addresses(struct edge_store *store, cJSON *service, const cJSON *before, struct edge_faults *faults)
{
    const char *old = json_str(before, "spec.clusterIP");
    if (old)
        edge_default_str(service, "spec.clusterIP", old);
    if (!*json_str_or(service, "spec.clusterIP", ""))
        give_address(store, service);
    const char *address = json_str(service, "spec.clusterIP");
    if (old && *old && !str_eq(address, old))
        edge_fault(faults, "FieldValueInvalid", "spec.clusterIPs[0]",
                   "Invalid value: [\"%.64s\"]: may not change once set", address);
    json_set(service, "spec.clusterIPs", cJSON_CreateArray());
    cJSON_AddItemToArray((cJSON *)json_array(service, "spec.clusterIPs"), cJSON_CreateString(address));
    if (!json_array(service, "spec.ipFamilies")) {
        json_set(service, "spec.ipFamilies", cJSON_CreateArray());
        cJSON_AddItemToArray((cJSON *)json_array(service, "spec.ipFamilies"), cJSON_CreateString("IPv4"));
    }
    edge_default_str(service, "spec.ipFamilyPolicy", "SingleStack");
    edge_default_str(service, "spec.internalTrafficPolicy", "Cluster");
}

void edge_admit_service(struct edge_store *store, cJSON *service, const cJSON *before, struct edge_faults *faults)
{
    edge_admit_meta(core("services"), service, before, EDGE_NAME_1035_LABEL, faults);
    json_ensure(service, "spec");
    edge_default_str(service, "spec.type", "ClusterIP");
    edge_default_str(service, "spec.sessionAffinity", "None");
    const char *type = json_str_or(service, "spec.type", "");
    bool node_ports = str_eq(type, "NodePort") || str_eq(type, "LoadBalancer");
    if (!node_ports && strcmp(type, "ClusterIP") && strcmp(type, "ExternalName"))
        edge_fault(faults, "FieldValueNotSupported", "spec.type",
                   "Unsupported value: \"%.80s\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", "
                   "\"NodePort\"",
                   type);
    if (strcmp(type, "ExternalName")) {
        admit_addresses(store, service, before, faults);
        if (!cJSON_GetArraySize(json_array(service, "spec.ports")) &&
            strcmp(json_str_or(service, "spec.clusterIP", ""), "None"))
            edge_fault(faults, "FieldValueRequired", "spec.ports", "Required value");
    }
    admit_ports(store, service, node_ports, faults);
    edge_admit_labels(json_object(service, "spec.selector"), "spec.selector", faults);
    json_ensure(service, "status.loadBalancer");
}
