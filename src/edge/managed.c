#include "edge/managed.h"

#include "base/time.h"
#include "edge/fieldset.h"

/* These belong to nobody: the server keeps them, or they are the object's name. */
static const char unowned_text[] =
    "{\"f:apiVersion\":{},\"f:kind\":{},\"f:metadata\":{\".\":{},\"f:name\":{},\"f:namespace\":{},\"f:generateName\":{}"
    ","
    "\"f:creationTimestamp\":{},\"f:selfLink\":{},\"f:uid\":{},\"f:generation\":{},\"f:managedFields\":{},"
    "\"f:resourceVersion\":{},\"f:deletionTimestamp\":{},\"f:deletionGracePeriodSeconds\":{}}}";
/* A service's addresses are given by the server. */
static const char given_text[] =
    "{\"f:spec\":{\"f:clusterIP\":{},\"f:clusterIPs\":{},\"f:ipFamilies\":{},\"f:ipFamilyPolicy\":{}}}";

static cJSON *subtract(cJSON *set, const char *text)
{
    struct err err = ERR_INIT;
    cJSON *other = json_parse(text, strlen(text), &err);
    cJSON *out = fieldset_minus(set, other);
    cJSON_Delete(set);
    cJSON_Delete(other);
    return out;
}

/* What of a set a write to this subresource can own. Takes the set. */
static cJSON *ownable(const struct edge_kind *kind, cJSON *set, const char *subresource)
{
    set = subtract(set, unowned_text);
    bool status = str_eq(subresource, "status");
    if (status)
        cJSON_DeleteItemFromObjectCaseSensitive(set, "f:spec");
    else if (kind->has_status && !str_eq(kind->kind, "Node"))
        cJSON_DeleteItemFromObjectCaseSensitive(set, "f:status");
    return set;
}

static bool same_writer(const cJSON *entry, const char *operation, const char *version,
                        const struct edge_writer *writer)
{
    return str_eq(json_str(entry, "manager"), writer->manager) && str_eq(json_str(entry, "operation"), operation) &&
           str_eq(json_str_or(entry, "subresource", ""), str_or_empty(writer->subresource)) &&
           (str_eq(operation, "Apply") || str_eq(json_str(entry, "apiVersion"), version));
}

static cJSON *entries_of(const cJSON *object)
{
    const cJSON *entries = json_array(object, "metadata.managedFields");
    return entries ? cJSON_Duplicate(entries, true) : cJSON_CreateArray();
}

static cJSON *find_entry(cJSON *entries, const char *operation, const char *version, const struct edge_writer *writer)
{
    cJSON *entry;
    cJSON_ArrayForEach (entry, entries)
        if (same_writer(entry, operation, version, writer))
            return entry;
    return NULL;
}

static cJSON *new_entry(const char *operation, const char *version, const struct edge_writer *writer)
{
    cJSON *entry = cJSON_CreateObject();
    json_set_str(entry, "manager", writer->manager);
    json_set_str(entry, "operation", operation);
    json_set_str(entry, "apiVersion", version);
    json_set_str(entry, "time", "");
    json_set_str(entry, "fieldsType", "FieldsV1");
    json_set(entry, "fieldsV1", cJSON_CreateObject());
    if (writer->subresource && *writer->subresource)
        json_set_str(entry, "subresource", writer->subresource);
    return entry;
}

/* Takes `set` from every entry but `but`; whoever has nothing left goes. */
static void take_from_others(cJSON *entries, const cJSON *but, const cJSON *set)
{
    cJSON *next;
    for (cJSON *entry = entries->child; entry; entry = next) {
        next = entry->next;
        if (entry == but)
            continue;
        cJSON *left = fieldset_minus(json_get(entry, "fieldsV1"), set);
        if (fieldset_empty(left)) {
            cJSON_Delete(left);
            cJSON_Delete(cJSON_DetachItemViaPointer(entries, entry));
        } else {
            json_set(entry, "fieldsV1", left);
        }
    }
}

/* Puts the entries into the object; the writer's gets the time unless nothing at all changed. */
static void finish(cJSON *object, const cJSON *before, cJSON *entries, cJSON *mine, int64_t now)
{
    if (mine && fieldset_empty(json_get(mine, "fieldsV1"))) {
        cJSON_Delete(cJSON_DetachItemViaPointer(entries, mine));
        mine = NULL;
    }
    if (cJSON_GetArraySize(entries))
        json_set(object, "metadata.managedFields", entries);
    else {
        cJSON_Delete(entries);
        json_del(object, "metadata.managedFields");
    }
    char text[TIME_TEXT];
    if (mine && (!before || !*json_str_or(mine, "time", "") || !json_equal(object, before)))
        json_set_str(mine, "time", time_format(text, now, 0));
}

void edge_managed_update(const struct edge_kind *kind, cJSON *object, const cJSON *before,
                         const struct edge_writer *writer)
{
    const struct schema *schema = schema_of(kind->kind);
    char version[128];
    edge_kind_api_version(version, kind);
    const cJSON *given = json_array(object, "metadata.managedFields");
    /* Who sends an empty list wants to begin anew. */
    bool reset = before && given && (!given->child || (cJSON_IsObject(given->child) && !given->child->child));
    cJSON *entries = reset ? cJSON_CreateArray() : entries_of(before);
    json_del(object, "metadata.managedFields");
    cJSON *changed = ownable(kind, fieldset_changed(schema, before, object), writer->subresource);
    if (!before && str_eq(kind->kind, "Service"))
        changed = subtract(changed, given_text);
    cJSON *removed = before ? fieldset_removed(schema, before, object) : cJSON_CreateObject();
    if (reset || (fieldset_empty(changed) && fieldset_empty(removed))) {
        finish(object, before, entries, NULL, writer->now);
        cJSON_Delete(changed);
        cJSON_Delete(removed);
        return;
    }
    cJSON *mine = find_entry(entries, "Update", version, writer);
    if (!mine) {
        mine = new_entry("Update", version, writer);
        cJSON_AddItemToArray(entries, mine);
    }
    cJSON *all = fieldset_union(json_get(mine, "fieldsV1"), changed);
    json_set(mine, "fieldsV1", fieldset_minus(all, removed));
    cJSON_Delete(all);
    take_from_others(entries, mine, changed);
    take_from_others(entries, mine, removed);
    finish(object, before, entries, mine, writer->now);
    cJSON_Delete(changed);
    cJSON_Delete(removed);
}

/* ---- apply ---- */

static void merge(const struct schema *schema, cJSON *into, const cJSON *from);

static const cJSON *counterpart(const struct schema *list, const cJSON *items, const cJSON *item)
{
    const cJSON *other;
    cJSON_ArrayForEach (other, items)
        if (schema_same_item(list, other, item))
            return other;
    return NULL;
}

/* The applied items in their order; the others stay between the neighbours that they had. */
static cJSON *merge_list(const struct schema *schema, const cJSON *live, const cJSON *applied)
{
    cJSON *out = cJSON_CreateArray();
    const cJSON *l = live->child, *a = applied->child;
    while (l || a) {
        if (l && !counterpart(schema, applied, l)) {
            cJSON_AddItemToArray(out, cJSON_Duplicate(l, true));
            l = l->next;
            continue;
        }
        if (a) {
            const cJSON *old = counterpart(schema, live, a);
            cJSON *item = cJSON_Duplicate(old && !schema->set ? old : a, true);
            if (old && cJSON_IsObject(item))
                merge(schema_element(schema), item, a);
            cJSON_AddItemToArray(out, item);
            a = a->next;
        }
        if (l)
            l = l->next;
    }
    return out;
}

static void merge(const struct schema *schema, cJSON *into, const cJSON *from)
{
    const cJSON *child;
    cJSON_ArrayForEach (child, from) {
        const struct schema *below = schema_field(schema, child->string);
        cJSON *old = cJSON_GetObjectItemCaseSensitive(into, child->string);
        bool granular = !below->atomic && below->class >= SCHEMA_STRUCT;
        if (granular && cJSON_IsObject(old) && cJSON_IsObject(child)) {
            merge(below, old, child);
            continue;
        }
        cJSON *value = granular && cJSON_IsArray(old) && cJSON_IsArray(child) ? merge_list(below, old, child)
                                                                              : cJSON_Duplicate(child, true);
        if (old)
            cJSON_ReplaceItemInObjectCaseSensitive(into, child->string, value);
        else
            cJSON_AddItemToObject(into, child->string, value);
    }
}

/* A null says nothing here. */
static void drop_nulls(cJSON *value)
{
    cJSON *next;
    for (cJSON *child = cJSON_IsObject(value) || cJSON_IsArray(value) ? value->child : NULL; child; child = next) {
        next = child->next;
        if (cJSON_IsNull(child) && cJSON_IsObject(value))
            cJSON_Delete(cJSON_DetachItemViaPointer(value, child));
        else
            drop_nulls(child);
    }
}

/* The same key twice in a list could not be owned. */
static int check_keys(const struct schema *schema, const cJSON *value, const char *path, struct err *err)
{
    if (schema->atomic || schema->class < SCHEMA_STRUCT)
        return 0;
    const cJSON *child;
    cJSON_ArrayForEach (child, value) {
        char *where = xasprintf("%s%s%s", path, child->string ? "." : "", str_or_empty(child->string));
        const struct schema *below = child->string ? schema_field(schema, child->string) : schema_element(schema);
        int rc = check_keys(below, child, where, err);
        free(where);
        if (rc < 0)
            return -1;
        if (schema->class != SCHEMA_LIST)
            continue;
        for (const cJSON *later = child->next; later; later = later->next)
            if (schema_same_item(schema, child, later)) {
                struct buf key;
                buf_init(&key, 256);
                const cJSON *name = schema->keys[0] ? schema_key(child, schema->keys[0]) : child;
                if (name)
                    json_print(&key, name);
                err_set(err, "errors:\n  %s: duplicate entries for key [%s=%s]", path, str_or_empty(schema->keys[0]),
                        key.data);
                buf_release(&key);
                return -1;
            }
    }
    return 0;
}

struct conflict_list {
    cJSON *causes;
    const cJSON *entry;
    struct buf text; /* "- .path" lines under their managers */
    char *first;
    int count;
};

static void entry_text(char out[400], const cJSON *entry)
{
    const char *sub = json_str_or(entry, "subresource", "");
    int n = snprintf(out, 400, "\"%.128s\"", json_str_or(entry, "manager", ""));
    if (*sub)
        n += snprintf(out + n, 400 - (size_t)n, " with subresource \"%.32s\"", sub);
    if (str_eq(json_str(entry, "operation"), "Update"))
        snprintf(out + n, 400 - (size_t)n, " using %.64s", json_str_or(entry, "apiVersion", ""));
}

static void add_conflict(void *data, const char *path)
{
    struct conflict_list *list = data;
    char who[400];
    entry_text(who, list->entry);
    cJSON *cause = cJSON_CreateObject();
    char *message = xasprintf("conflict with %s", who);
    json_set_str(cause, "reason", "FieldManagerConflict");
    json_set_str(cause, "message", message);
    json_set_str(cause, "field", path);
    cJSON_AddItemToArray(list->causes, cause);
    if (!list->count++)
        list->first = xasprintf("%s: %s", message, path);
    free(message);
    buf_addf(&list->text, "\n- %s", path);
}

/* The fields that others wrote and that this apply would change; with force they are only taken. */
static int resolve(cJSON *entries, const cJSON *mine, const cJSON *changed, bool force, cJSON **causes, struct err *err)
{
    struct conflict_list list = {.causes = cJSON_CreateArray()};
    buf_init(&list.text, 4096);
    const cJSON *entry;
    cJSON_ArrayForEach (entry, entries) {
        cJSON *both = entry == mine ? NULL : fieldset_common(json_get(entry, "fieldsV1"), changed);
        if (!force && !fieldset_empty(both)) {
            char who[400];
            entry_text(who, entry);
            buf_addf(&list.text, "%sconflicts with %s:", list.text.len ? "\n" : "", who);
            list.entry = entry;
            fieldset_paths(both, add_conflict, &list);
        }
        cJSON_Delete(both);
    }
    int rc = 0;
    if (list.count == 1)
        rc = err_set(err, "Apply failed with 1 conflict: %s", list.first);
    else if (list.count)
        rc = err_set(err, "Apply failed with %d conflicts: %s", list.count, list.text.data);
    if (rc < 0)
        *causes = list.causes;
    else
        cJSON_Delete(list.causes);
    free(list.first);
    buf_release(&list.text);
    return rc;
}

/* All that anybody owns, and what is applied now. */
static cJSON *owned_by_all(const cJSON *entries, const cJSON *mine, const cJSON *applied)
{
    cJSON *all = cJSON_Duplicate(applied, true);
    const cJSON *entry;
    cJSON_ArrayForEach (entry, entries) {
        if (entry == mine)
            continue;
        cJSON *sum = fieldset_union(all, json_get(entry, "fieldsV1"));
        cJSON_Delete(all);
        all = sum;
    }
    return all;
}

cJSON *edge_managed_apply(const struct edge_kind *kind, const cJSON *live, const cJSON *applied,
                          const struct edge_writer *writer, bool force, cJSON **causes, struct err *err)
{
    const struct schema *schema = schema_of(kind->kind);
    char version[128];
    edge_kind_api_version(version, kind);
    *causes = NULL;
    cJSON *config = cJSON_Duplicate(applied, true);
    drop_nulls(config);
    if (check_keys(schema, config, "", err) < 0) {
        cJSON_Delete(config);
        return NULL;
    }
    cJSON *object = live ? cJSON_Duplicate(live, true) : cJSON_CreateObject();
    cJSON *set = ownable(kind, fieldset_of(schema, config), writer->subresource);
    cJSON *entries = entries_of(live);
    json_del(object, "metadata.managedFields");
    cJSON *mine = find_entry(entries, "Apply", version, writer);
    merge(schema, object, config);
    if (mine) {
        cJSON *keep = owned_by_all(entries, mine, set);
        fieldset_prune(object, json_get(mine, "fieldsV1"), keep);
        cJSON_Delete(keep);
    }
    cJSON *changed = ownable(kind, fieldset_changed(schema, live, object), writer->subresource);
    cJSON *removed = live ? fieldset_removed(schema, live, object) : cJSON_CreateObject();
    json_del(removed, "f:metadata.f:managedFields");
    if (resolve(entries, mine, changed, force, causes, err) < 0) {
        cJSON_Delete(entries);
        cJSON_Delete(object);
        cJSON_Delete(set);
        object = NULL;
    } else {
        if (!mine) {
            mine = new_entry("Apply", version, writer);
            cJSON_InsertItemInArray(entries, 0, mine);
        }
        json_set_str(mine, "apiVersion", version);
        json_set(mine, "fieldsV1", set);
        take_from_others(entries, mine, changed);
        take_from_others(entries, mine, removed);
        finish(object, live, entries, mine, writer->now);
    }
    cJSON_Delete(config);
    cJSON_Delete(changed);
    cJSON_Delete(removed);
    return object;
}
