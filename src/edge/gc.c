/* Deletion and what follows from it: grace for pods, finalizers, dependents, namespaces. */
#include "edge/write.h"

#include "base/time.h"
#include "edge/object.h"

#define FOREGROUND "foregroundDeletion"

struct edge_gc {
    struct edge_store *store;
    struct edge_listener listener;
    struct loop_task task;
    struct map gone, sweeping; /* uids of what was removed since the last sweep, and before it */
};

static bool has_finalizer(const cJSON *json, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, json_array(json, "metadata.finalizers"))
        if (!name || (cJSON_IsString(item) && str_eq(item->valuestring, name)))
            return true;
    return false;
}

static void set_finalizer(cJSON *json, const char *name, bool on)
{
    cJSON *list = (cJSON *)json_array(json, "metadata.finalizers");
    if (!list) {
        list = cJSON_CreateArray();
        json_set(json, "metadata.finalizers", list);
    }
    for (int i = cJSON_GetArraySize(list) - 1; i >= 0; i--)
        if (str_eq(json_str(cJSON_GetArrayItem(list, i), ""), name))
            cJSON_DeleteItemFromArray(list, i);
    if (on)
        cJSON_AddItemToArray(list, cJSON_CreateString(name));
    if (!cJSON_GetArraySize(list))
        json_del(json, "metadata.finalizers");
}

static const struct edge_object *save(struct edge_store *store, const struct edge_kind *kind, cJSON *json)
{
    int status;
    struct err err = ERR_INIT;
    return edge_store_update(store, kind, json, &status, &err);
}

static void remove_object(struct edge_store *store, const struct edge_object *object)
{
    edge_store_remove(store, object->kind, json_str(object->json, "metadata.namespace"),
                      json_str(object->json, "metadata.name"));
}

/* On its way out since now, for `grace` seconds. */
static cJSON *leaving(struct edge_store *store, const struct edge_object *object, int64_t grace)
{
    char text[TIME_TEXT];
    cJSON *json = cJSON_Duplicate(object->json, true);
    json_set_str(json, "metadata.deletionTimestamp",
                 time_format(text, loop_wall(edge_store_loop(store)) + edge_seconds(grace), 0));
    json_set_int(json, "metadata.deletionGracePeriodSeconds", grace);
    return json;
}

static const struct edge_object *delete_pod(struct edge_store *store, const struct edge_object *pod, int64_t grace)
{
    if (grace < 0)
        grace = json_int(pod->json, "spec.terminationGracePeriodSeconds", 30);
    if (!*json_str_or(pod->json, "spec.nodeName", "") || edge_pod_finished(pod->json))
        grace = 0; /* nobody runs it */
    bool already = edge_deleting(pod->json);
    if (already && grace >= json_int(pod->json, "metadata.deletionGracePeriodSeconds", 0) && grace > 0)
        return pod;
    if (grace == 0 && !has_finalizer(pod->json, NULL)) {
        remove_object(store, pod);
        return NULL;
    }
    return save(store, pod->kind, leaving(store, pod, grace));
}

typedef void (*dependent_fn)(struct edge_store *store, const struct edge_object *object, void *data);

static bool owned_by(const cJSON *json, const char *uid)
{
    const cJSON *owner;
    cJSON_ArrayForEach (owner, json_array(json, "metadata.ownerReferences"))
        if (str_eq(json_str(owner, "uid"), uid))
            return true;
    return false;
}

static int each_dependent(struct edge_store *store, const char *uid, dependent_fn fn, void *data)
{
    int count = 0;
    for (size_t k = 0; k < edge_kind_count; k++) {
        const struct edge_object *next;
        for (const struct edge_object *o = edge_store_first(store, &edge_kinds[k], NULL); o; o = next) {
            next = edge_store_next(o, NULL);
            if (!owned_by(o->json, uid))
                continue;
            count++;
            if (fn)
                fn(store, o, data);
        }
    }
    return count;
}

static void disown(struct edge_store *store, const struct edge_object *object, void *data)
{
    const char *uid = data;
    cJSON *json = cJSON_Duplicate(object->json, true);
    cJSON *list = (cJSON *)json_array(json, "metadata.ownerReferences");
    for (int i = cJSON_GetArraySize(list) - 1; i >= 0; i--)
        if (str_eq(json_str(cJSON_GetArrayItem(list, i), "uid"), uid))
            cJSON_DeleteItemFromArray(list, i);
    if (!cJSON_GetArraySize(list))
        json_del(json, "metadata.ownerReferences");
    save(store, object->kind, json);
}

static void delete_in_foreground(struct edge_store *store, const struct edge_object *object, void *data)
{
    (void)data;
    if (!edge_deleting(object->json))
        edge_delete_with(store, object, -1, "Foreground");
}

static const struct edge_object *delete_namespace(struct edge_store *store, const struct edge_object *ns)
{
    if (edge_deleting(ns->json))
        return ns;
    cJSON *json = leaving(store, ns, 0);
    json_set_str(json, "status.phase", "Terminating");
    return save(store, ns->kind, json);
}

const struct edge_object *edge_delete_with(struct edge_store *store, const struct edge_object *object,
                                           int64_t grace_seconds, const char *propagation)
{
    if (str_eq(object->kind->kind, "Namespace"))
        return delete_namespace(store, object);
    if (object->kind == edge_pod_kind())
        return delete_pod(store, object, grace_seconds);
    char *uid = xstrdup(edge_uid(object->json));
    const struct edge_object *left = NULL;
    if (str_eq(propagation, "Orphan"))
        each_dependent(store, uid, disown, uid);
    bool wait = str_eq(propagation, "Foreground") && each_dependent(store, uid, NULL, NULL) > 0;
    if (wait || has_finalizer(object->json, NULL)) {
        cJSON *json = leaving(store, object, 0);
        if (wait)
            set_finalizer(json, FOREGROUND, true);
        if (edge_deleting(object->json))
            json_set_str(json, "metadata.deletionTimestamp", json_str(object->json, "metadata.deletionTimestamp"));
        left = save(store, object->kind, json);
        if (wait)
            each_dependent(store, uid, delete_in_foreground, NULL);
    } else {
        remove_object(store, object);
    }
    free(uid);
    return left;
}

void edge_delete(struct edge_store *store, const struct edge_object *object, int64_t grace_seconds)
{
    edge_delete_with(store, object, grace_seconds, "Background");
}

void edge_gc_released(struct edge_store *store, const struct edge_object *object)
{
    if (edge_deleting(object->json) && !has_finalizer(object->json, NULL) && object->kind != edge_pod_kind() &&
        !str_eq(object->kind->kind, "Namespace"))
        remove_object(store, object);
}

/* ---- the sweep after something was removed ---- */

static const struct edge_object *find_owner(struct edge_store *store, const cJSON *object, const cJSON *owner)
{
    const struct edge_kind *kind = edge_kind_by_name(json_str_or(owner, "kind", ""));
    const struct edge_object *found =
        kind ? edge_store_find(store, kind, edge_ns(object), json_str_or(owner, "name", "")) : NULL;
    return found && str_eq(edge_uid(found->json), json_str(owner, "uid")) ? found : NULL;
}

/* Nobody who owned it is left, and one of them went just now. */
static bool orphaned(struct edge_gc *gc, const cJSON *object)
{
    bool lost = false;
    const cJSON *owner;
    cJSON_ArrayForEach (owner, json_array(object, "metadata.ownerReferences")) {
        if (find_owner(gc->store, object, owner))
            return false;
        lost = lost || map_has(&gc->sweeping, json_str_or(owner, "uid", ""));
    }
    return lost;
}

static void sweep_object(struct edge_gc *gc, const struct edge_object *object)
{
    if (orphaned(gc, object->json)) {
        edge_delete_with(gc->store, object, -1, "Background");
        return;
    }
    if (edge_deleting(object->json) && has_finalizer(object->json, FOREGROUND) &&
        each_dependent(gc->store, edge_uid(object->json), NULL, NULL) == 0) {
        cJSON *json = cJSON_Duplicate(object->json, true);
        set_finalizer(json, FOREGROUND, false);
        const struct edge_object *saved = save(gc->store, object->kind, json);
        if (saved)
            edge_gc_released(gc->store, saved);
    }
}

/* Empties a namespace that ends; true when nothing is left in it. */
static bool empty_namespace(struct edge_gc *gc, const char *name)
{
    bool empty = true;
    for (size_t k = 0; k < edge_kind_count; k++) {
        const struct edge_object *next;
        if (!edge_kinds[k].namespaced)
            continue;
        for (const struct edge_object *o = edge_store_first(gc->store, &edge_kinds[k], name); o; o = next) {
            next = edge_store_next(o, name);
            if (edge_deleting(o->json) || edge_delete_with(gc->store, o, -1, "Background"))
                empty = false;
        }
    }
    return empty;
}

static void sweep(void *data)
{
    struct edge_gc *gc = data;
    const struct edge_object *next;
    gc->sweeping = gc->gone; /* what goes in this sweep has dependents of its own: the next one looks */
    gc->gone = (struct map)MAP_INIT;
    for (size_t k = 0; k < edge_kind_count; k++)
        for (const struct edge_object *o = edge_store_first(gc->store, &edge_kinds[k], NULL); o; o = next) {
            next = edge_store_next(o, NULL);
            sweep_object(gc, o);
        }
    map_release(&gc->sweeping, NULL);
    const struct edge_kind *namespaces = edge_kind_by_name("Namespace");
    for (const struct edge_object *o = edge_store_first(gc->store, namespaces, NULL); o; o = next) {
        next = edge_store_next(o, NULL);
        if (edge_deleting(o->json) && empty_namespace(gc, edge_name(o->json)))
            remove_object(gc->store, o);
    }
}

static void changed(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before)
{
    struct edge_gc *gc = data;
    if (str_eq(object->kind->kind, "Event"))
        return;
    if (change == EDGE_DELETED)
        map_put(&gc->gone, edge_uid(object->json), gc);
    else if (!edge_deleting(object->json) || (before && edge_deleting(before)))
        return;
    loop_task_start(&gc->task);
}

struct edge_gc *edge_gc_new(struct edge_store *store)
{
    struct edge_gc *gc = xcalloc(1, sizeof *gc);
    gc->store = store;
    loop_task_init(&gc->task, edge_store_loop(store), sweep, gc);
    edge_store_listen(store, &gc->listener, NULL, changed, gc);
    return gc;
}

void edge_gc_free(struct edge_gc *gc)
{
    if (!gc)
        return;
    edge_store_unlisten(&gc->listener);
    loop_task_stop(&gc->task);
    map_release(&gc->gone, NULL);
    free(gc);
}
