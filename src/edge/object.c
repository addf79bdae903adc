#include "edge/object.h"

#include "base/time.h"

const char *edge_name(const cJSON *json)
{
    return json_str_or(json, "metadata.name", "");
}

const char *edge_ns(const cJSON *json)
{
    return json_str_or(json, "metadata.namespace", "");
}

const char *edge_uid(const cJSON *json)
{
    return json_str_or(json, "metadata.uid", "");
}

char *edge_key(const cJSON *json)
{
    return xasprintf("%s/%s", edge_ns(json), edge_name(json));
}

const char *edge_key_split(const char *key, char *ns, size_t size)
{
    const char *slash = strchr(key, '/');
    if (!slash)
        BUG("key '%s' has no slash", key);
    snprintf(ns, size, "%.*s", (int)(slash - key), key);
    return slash + 1;
}

bool edge_deleting(const cJSON *json)
{
    return json_str(json, "metadata.deletionTimestamp") != NULL;
}

const struct edge_kind *edge_pod_kind(void)
{
    static const struct edge_kind *kind;
    if (!kind)
        kind = edge_kind_by_name("Pod");
    return kind;
}

const struct edge_kind *edge_node_kind(void)
{
    static const struct edge_kind *kind;
    if (!kind)
        kind = edge_kind_by_name("Node");
    return kind;
}

cJSON *edge_edit(const struct edge_object *object)
{
    cJSON *copy = cJSON_Duplicate(object->json, true);
    if (!copy)
        BUG("out of memory");
    return copy;
}

const struct edge_object *edge_save(struct edge_store *store, const struct edge_kind *kind, cJSON *json)
{
    struct err err = ERR_INIT;
    int status = 0;
    const struct edge_object *object = edge_store_update(store, kind, json, &status, &err);
    if (!object)
        fprintf(stderr, "patchbay-edge: cannot update a %s: %s\n", kind->singular, err.text);
    return object;
}

const struct edge_object *edge_make(struct edge_store *store, const struct edge_kind *kind, cJSON *json)
{
    struct err err = ERR_INIT;
    int status = 0;
    const struct edge_object *object = edge_store_create(store, kind, json, &status, &err);
    if (!object)
        fprintf(stderr, "patchbay-edge: cannot create a %s: %s\n", kind->singular, err.text);
    return object;
}

void edge_listen_all(struct edge_store *store, struct edge_listener *listener, const struct edge_kind *kind,
                     edge_listen_fn fn, void *data)
{
    edge_store_listen(store, listener, kind, fn, data);
    const struct edge_object *object = edge_store_first(store, kind, NULL);
    for (; object; object = edge_store_next(object, NULL))
        fn(data, EDGE_ADDED, object, NULL);
}

bool edge_labels_match(const cJSON *map, const cJSON *labels)
{
    if (!cJSON_IsObject(map) || !map->child)
        return false;
    const cJSON *want;
    cJSON_ArrayForEach (want, map) {
        const cJSON *have = json_get(labels, want->string);
        if (!cJSON_IsString(want) || !cJSON_IsString(have) || strcmp(want->valuestring, have->valuestring) != 0)
            return false;
    }
    return true;
}

static bool is_among(const cJSON *values, const char *text)
{
    const cJSON *value;
    cJSON_ArrayForEach (value, values) {
        if (cJSON_IsString(value) && str_eq(value->valuestring, text))
            return true;
    }
    return false;
}

bool edge_requirement_matches(const cJSON *requirement, const cJSON *labels)
{
    const char *key = json_str_or(requirement, "key", ""), *op = json_str_or(requirement, "operator", "");
    const cJSON *values = json_array(requirement, "values"), *label = json_get(labels, key);
    const char *have = cJSON_IsString(label) ? label->valuestring : NULL;
    if (str_eq(op, "In"))
        return have && is_among(values, have);
    if (str_eq(op, "NotIn"))
        return !have || !is_among(values, have);
    if (str_eq(op, "Exists"))
        return have != NULL;
    if (str_eq(op, "DoesNotExist"))
        return !have;
    const char *bound = values && cJSON_IsString(values->child) ? values->child->valuestring : NULL;
    if (!have || !bound)
        return false;
    long long a = strtoll(have, NULL, 10), b = strtoll(bound, NULL, 10);
    return str_eq(op, "Gt") ? a > b : str_eq(op, "Lt") ? a < b : false;
}

bool edge_selector_matches(const cJSON *selector, const cJSON *labels)
{
    const cJSON *map = json_object(selector, "matchLabels"), *list = json_array(selector, "matchExpressions");
    bool any = false;
    if (map && map->child) {
        if (!edge_labels_match(map, labels))
            return false;
        any = true;
    }
    const cJSON *requirement;
    cJSON_ArrayForEach (requirement, list) {
        if (!edge_requirement_matches(requirement, labels))
            return false;
        any = true;
    }
    return any;
}

const cJSON *edge_controller_of(const cJSON *json)
{
    const cJSON *ref;
    cJSON_ArrayForEach (ref, json_array(json, "metadata.ownerReferences")) {
        if (json_bool(ref, "controller", false))
            return ref;
    }
    return NULL;
}

bool edge_controlled_by(const cJSON *json, const char *uid)
{
    const cJSON *ref = edge_controller_of(json);
    return ref && str_eq(json_str(ref, "uid"), uid);
}

cJSON *edge_owner_refs(const struct edge_object *owner)
{
    cJSON *list = cJSON_CreateArray(), *ref = cJSON_CreateObject();
    json_set_str(ref, "apiVersion", json_str_or(owner->json, "apiVersion", "v1"));
    json_set_str(ref, "kind", owner->kind->kind);
    json_set_str(ref, "name", edge_name(owner->json));
    json_set_str(ref, "uid", edge_uid(owner->json));
    json_set_bool(ref, "controller", true);
    json_set_bool(ref, "blockOwnerDeletion", true);
    cJSON_AddItemToArray(list, ref);
    return list;
}

static const char *text_of(const cJSON *value)
{
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

const char *edge_annotation(const cJSON *json, const char *key)
{
    return text_of(json_get(json_object(json, "metadata.annotations"), key));
}

const char *edge_label(const cJSON *json, const char *key)
{
    return text_of(json_get(json_object(json, "metadata.labels"), key));
}

bool edge_annotate(cJSON *json, const char *key, const char *value)
{
    if (str_eq(edge_annotation(json, key), value))
        return false;
    cJSON *map = json_ensure(json, "metadata.annotations");
    cJSON_DeleteItemFromObjectCaseSensitive(map, key);
    cJSON_AddItemToObject(map, key, cJSON_CreateString(value));
    return true;
}

const cJSON *edge_condition(const cJSON *json, const char *type)
{
    const cJSON *condition;
    cJSON_ArrayForEach (condition, json_array(json, "status.conditions")) {
        if (str_eq(json_str(condition, "type"), type))
            return condition;
    }
    return NULL;
}

bool edge_condition_true(const cJSON *json, const char *type)
{
    return str_eq(json_str(edge_condition(json, type), "status"), "True");
}

/* Sets or takes away one text; true when that changed something. */
static bool put_text(cJSON *object, const char *key, const char *text)
{
    if (text ? str_eq(json_str(object, key), text) : !json_get(object, key))
        return false;
    if (text)
        json_set_str(object, key, text);
    else
        json_del(object, key);
    return true;
}

bool edge_condition_set(cJSON *json, const char *type, const char *status, const char *reason, const char *message,
                        int64_t now_wall)
{
    cJSON *list = (cJSON *)json_array(json, "status.conditions");
    if (!list) {
        list = cJSON_CreateArray();
        json_set(json, "status.conditions", list);
    }
    cJSON *condition = (cJSON *)edge_condition(json, type);
    bool changed = !condition;
    if (!condition) {
        condition = cJSON_CreateObject();
        json_set_str(condition, "type", type);
        cJSON_AddItemToArray(list, condition);
    }
    if (put_text(condition, "status", status)) {
        char text[TIME_TEXT];
        json_set_str(condition, "lastTransitionTime", time_format(text, now_wall, 0));
        changed = true;
    }
    changed |= put_text(condition, "reason", reason);
    changed |= put_text(condition, "message", message);
    return changed;
}

bool edge_pod_finished(const cJSON *pod)
{
    const char *phase = json_str(pod, "status.phase");
    return str_eq(phase, "Succeeded") || str_eq(phase, "Failed");
}

bool edge_pod_active(const cJSON *pod)
{
    return !edge_pod_finished(pod) && !edge_deleting(pod);
}

int64_t edge_seconds(int64_t seconds)
{
    const int64_t most = INT64_C(100) * 365 * 86400;
    return MIN(MAX(seconds, 0), most) * NSEC_PER_SEC;
}

bool edge_pod_ready(const cJSON *pod)
{
    return edge_condition_true(pod, "Ready");
}

bool edge_pod_available(const cJSON *pod, int64_t min_ready_seconds, int64_t now_wall, int64_t *left)
{
    const cJSON *ready = edge_condition(pod, "Ready");
    if (!str_eq(json_str(ready, "status"), "True"))
        return false;
    int64_t since = json_time(ready, "lastTransitionTime"), need = edge_seconds(min_ready_seconds);
    if (min_ready_seconds <= 0 || now_wall - since >= need)
        return true;
    if (left)
        *left = since + need - now_wall;
    return false;
}
