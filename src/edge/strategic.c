/* Strategic merge patches. */
#include "edge/patch.h"

#define ORDER "$setElementOrder/"
#define DELETE_FROM "$deleteFromPrimitiveList/"

static bool is_directive(const char *key)
{
    return *key == '$';
}

static bool any_equal(const cJSON *list, const cJSON *value)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, list)
        if (json_equal(item, value))
            return true;
    return false;
}

static cJSON *item_by_key(const cJSON *list, const char *key, const cJSON *value)
{
    cJSON *item;
    cJSON_ArrayForEach (item, (cJSON *)list)
        if (value && json_get(item, key) && json_equal(json_get(item, key), value))
            return item;
    return NULL;
}

/* Whether a and b of a keyed or primitive list are the same one, by the merge key alone. */
static bool same(const char *key, const cJSON *a, const cJSON *b)
{
    if (!key)
        return json_equal(a, b);
    const cJSON *x = json_get(a, key), *y = json_get(b, key);
    return x && y && json_equal(x, y);
}

static const cJSON *in_list(const char *key, const cJSON *list, const cJSON *item)
{
    const cJSON *other;
    cJSON_ArrayForEach (other, list)
        if (same(key, other, item))
            return other;
    return NULL;
}

/* The items that `order` names in its order, the others where they stood between their neighbours. Takes list. */
static cJSON *reorder(const char *key, cJSON *list, const cJSON *order)
{
    cJSON *out = cJSON_CreateArray();
    const cJSON *l = list->child, *o = order->child;
    while (l || o) {
        if (l && !in_list(key, order, l)) {
            cJSON_AddItemToArray(out, cJSON_Duplicate(l, true));
            l = l->next;
            continue;
        }
        if (o) {
            const cJSON *item = in_list(key, list, o);
            if (item)
                cJSON_AddItemToArray(out, cJSON_Duplicate(item, true));
            o = o->next;
        }
        if (l)
            l = l->next;
    }
    cJSON_Delete(list);
    return out;
}

static cJSON *merge_items(const struct schema *schema, const cJSON *old, const cJSON *patch, struct err *err)
{
    const char *key = schema->keys[0];
    const cJSON *item;
    cJSON_ArrayForEach (item, patch)
        if (str_eq(json_str(item, "$patch"), "replace")) {
            cJSON *all = cJSON_CreateArray();
            cJSON_ArrayForEach (item, patch)
                if (!json_get(item, "$patch"))
                    cJSON_AddItemToArray(all, cJSON_Duplicate(item, true));
            return all;
        }
    cJSON *out = cJSON_IsArray(old) ? cJSON_Duplicate(old, true) : cJSON_CreateArray();
    cJSON_ArrayForEach (item, patch) {
        const cJSON *value = json_get(item, key);
        cJSON *there = item_by_key(out, key, value);
        if (!value) {
            err_set(err, "map: an item of a list does not contain declared merge key: %s", key);
            cJSON_Delete(out);
            return NULL;
        }
        if (str_eq(json_str(item, "$patch"), "delete")) {
            while ((there = item_by_key(out, key, value)))
                cJSON_Delete(cJSON_DetachItemViaPointer(out, there));
            continue;
        }
        if (!there) {
            there = cJSON_CreateObject();
            cJSON_AddItemToArray(out, there);
        }
        if (patch_strategic(schema_element(schema), there, item, err) < 0) {
            cJSON_Delete(out);
            return NULL;
        }
    }
    return out;
}

static cJSON *merge_set(const cJSON *old, const cJSON *patch)
{
    cJSON *out = cJSON_IsArray(old) ? cJSON_Duplicate(old, true) : cJSON_CreateArray();
    const cJSON *item;
    cJSON_ArrayForEach (item, patch)
        if (!any_equal(out, item))
            cJSON_AddItemToArray(out, cJSON_Duplicate(item, true));
    return out;
}

static void put(cJSON *object, const char *key, cJSON *value)
{
    if (cJSON_GetObjectItemCaseSensitive(object, key))
        cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
    else
        cJSON_AddItemToObject(object, key, value);
}

static int patch_field(const struct schema *schema, cJSON *object, const cJSON *value, struct err *err)
{
    cJSON *old = cJSON_GetObjectItemCaseSensitive(object, value->string);
    if (cJSON_IsNull(value)) {
        cJSON_DeleteItemFromObjectCaseSensitive(object, value->string);
        return 0;
    }
    if (cJSON_IsObject(value)) {
        if (str_eq(json_str(value, "$patch"), "delete")) {
            cJSON_DeleteItemFromObjectCaseSensitive(object, value->string);
            return 0;
        }
        if (!cJSON_IsObject(old) || str_eq(json_str(value, "$patch"), "replace")) {
            old = cJSON_CreateObject();
            put(object, value->string, old);
        }
        return patch_strategic(schema, old, value, err);
    }
    if (cJSON_IsArray(value) && schema->class == SCHEMA_LIST && (schema->keys[0] || schema->set)) {
        cJSON *merged = schema->set ? merge_set(old, value) : merge_items(schema, old, value, err);
        if (!merged)
            return -1;
        put(object, value->string, merged);
        return 0;
    }
    put(object, value->string, cJSON_Duplicate(value, true));
    return 0;
}

static void retain(cJSON *object, const cJSON *keys)
{
    cJSON *next;
    for (cJSON *child = object->child; child; child = next) {
        next = child->next;
        bool listed = false;
        const cJSON *key;
        cJSON_ArrayForEach (key, keys)
            listed = listed || (cJSON_IsString(key) && str_eq(key->valuestring, child->string));
        if (!listed)
            cJSON_Delete(cJSON_DetachItemViaPointer(object, child));
    }
}

static void delete_from(cJSON *list, const cJSON *values)
{
    cJSON *next;
    for (cJSON *item = cJSON_IsArray(list) ? list->child : NULL; item; item = next) {
        next = item->next;
        if (any_equal(values, item))
            cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
    }
}

int patch_strategic(const struct schema *schema, cJSON *object, const cJSON *patch, struct err *err)
{
    const cJSON *child;
    const cJSON *keys = json_get(patch, "$retainKeys");
    if (keys)
        retain(object, keys);
    cJSON_ArrayForEach (child, patch)
        if (str_starts(child->string, DELETE_FROM))
            delete_from(cJSON_GetObjectItemCaseSensitive(object, child->string + strlen(DELETE_FROM)), child);
    cJSON_ArrayForEach (child, patch)
        if (!is_directive(child->string) && patch_field(schema_field(schema, child->string), object, child, err) < 0)
            return -1;
    cJSON_ArrayForEach (child, patch) {
        if (!str_starts(child->string, ORDER) || !cJSON_IsArray(child))
            continue;
        const char *name = child->string + strlen(ORDER);
        cJSON *list = cJSON_DetachItemFromObjectCaseSensitive(object, name);
        if (cJSON_IsArray(list))
            list = reorder(schema_field(schema, name)->keys[0], list, child);
        if (list)
            cJSON_AddItemToObject(object, name, list);
    }
    return 0;
}
