#include "edge/fieldset.h"

/* ---- making elements ---- */

static char *field_element(const char *name)
{
    return xasprintf("f:%s", name);
}

static char *item_element(const struct schema *list, const cJSON *item)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    if (!list->keys[0]) {
        buf_adds(&text, "v:");
        json_print(&text, item);
        return buf_take(&text);
    }
    buf_adds(&text, "k:{");
    for (size_t i = 0; i < SCHEMA_KEYS && list->keys[i]; i++) {
        const cJSON *key = schema_key(item, list->keys[i]);
        buf_addf(&text, "%s\"%s\":", i ? "," : "", list->keys[i]);
        if (key)
            json_print(&text, key);
        else
            buf_adds(&text, "null");
    }
    buf_addc(&text, '}');
    return buf_take(&text);
}

/* The node for an element, made where it is missing. */
static cJSON *node_at(cJSON *node, char *element)
{
    cJSON *below = cJSON_GetObjectItemCaseSensitive(node, element);
    if (!below)
        below = cJSON_AddObjectToObject(node, element);
    free(element);
    return below;
}

static void mark(cJSON *node)
{
    if (node->child && !cJSON_GetObjectItemCaseSensitive(node, "."))
        cJSON_AddObjectToObject(node, ".");
}

static bool is_granular_list(const struct schema *schema, const cJSON *value)
{
    return schema->class == SCHEMA_LIST && !schema->atomic && cJSON_IsArray(value);
}

static bool is_granular_map(const struct schema *schema, const cJSON *value)
{
    return (schema->class == SCHEMA_STRUCT || schema->class == SCHEMA_MAP) && !schema->atomic && cJSON_IsObject(value);
}

/* A leaf stays as it was made: empty, which is the place itself. An empty list of items says nothing. places: maps and
 * lists are in the set themselves, too. */
static void add_value(const struct schema *schema, const cJSON *value, cJSON *node, bool places)
{
    const cJSON *child;
    if (is_granular_map(schema, value)) {
        cJSON_ArrayForEach (child, value) {
            const struct schema *below = schema_field(schema, child->string);
            if (is_granular_list(below, child) && !child->child)
                continue;
            add_value(below, child, node_at(node, field_element(child->string)), places);
        }
        if (places)
            mark(node);
    } else if (is_granular_list(schema, value)) {
        cJSON_ArrayForEach (child, value) {
            cJSON *item = node_at(node, item_element(schema, child));
            add_value(schema_element(schema), child, item, places);
            mark(item);
        }
        if (places)
            mark(node);
    }
}

cJSON *fieldset_of(const struct schema *schema, const cJSON *value)
{
    cJSON *set = cJSON_CreateObject();
    add_value(schema, value, set, false);
    return set;
}

/* ---- comparing ---- */

static const cJSON *same_item(const struct schema *list, const cJSON *items, const cJSON *item)
{
    const cJSON *other;
    cJSON_ArrayForEach (other, items)
        if (schema_same_item(list, other, item))
            return other;
    return NULL;
}

/* These stand in every object of their kind even when nothing was said of them: they are never new themselves. */
static bool always_there(const char *name)
{
    static const char *const names[] = {"metadata",   "spec",   "status", "template",       "strategy",
                                        "containers", "source", "series", "involvedObject", "loadBalancer"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

static bool changed_at(const struct schema *schema, const cJSON *before, const cJSON *after, cJSON *node);

/* Descends to one element; what turns out to be the same leaves no node. */
static bool descend(const struct schema *schema, const cJSON *before, const cJSON *after, cJSON *node, char *element,
                    bool is_new)
{
    cJSON *below = cJSON_CreateObject();
    bool any;
    if (is_new) {
        add_value(schema, after, below, true);
        any = true;
    } else {
        any = changed_at(schema, before, after, below);
    }
    if (any)
        cJSON_AddItemToObject(node, element, below);
    else
        cJSON_Delete(below);
    free(element);
    return any;
}

static bool changed_at(const struct schema *schema, const cJSON *before, const cJSON *after, cJSON *node)
{
    bool any = false;
    const cJSON *child;
    if (is_granular_map(schema, after) && (!before || is_granular_map(schema, before))) {
        if (!after->child)
            return !before;
        cJSON_ArrayForEach (child, after) {
            const cJSON *old = json_get(before, child->string);
            const struct schema *below = schema_field(schema, child->string);
            if (is_granular_list(below, child) && !child->child)
                continue;
            bool is_new = (!old || cJSON_IsNull(old)) && !always_there(child->string);
            any |= descend(below, old, child, node, field_element(child->string), is_new);
        }
        return any;
    }
    if (is_granular_list(schema, after) && (!before || is_granular_list(schema, before))) {
        cJSON_ArrayForEach (child, after) {
            const cJSON *old = same_item(schema, before, child);
            any |= descend(schema_element(schema), old, child, node, item_element(schema, child), !old);
        }
        return any;
    }
    return !before || !json_equal(before, after);
}

cJSON *fieldset_changed(const struct schema *schema, const cJSON *before, const cJSON *after)
{
    cJSON *set = cJSON_CreateObject();
    changed_at(schema, before, after, set);
    return set;
}

static void removed_at(const struct schema *schema, const cJSON *before, const cJSON *after, cJSON *node)
{
    const cJSON *child;
    bool list = is_granular_list(schema, before);
    if (!list && !is_granular_map(schema, before))
        return;
    cJSON_ArrayForEach (child, before) {
        const cJSON *now = list ? same_item(schema, after, child) : json_get(after, child->string);
        const struct schema *below = list ? schema_element(schema) : schema_field(schema, child->string);
        cJSON *gone = cJSON_CreateObject();
        if (!now)
            add_value(below, child, gone, true);
        else
            removed_at(below, child, now, gone);
        if (now && !gone->child) {
            cJSON_Delete(gone);
            continue;
        }
        char *element = list ? item_element(schema, child) : field_element(child->string);
        cJSON_AddItemToObject(node, element, gone);
        free(element);
    }
}

cJSON *fieldset_removed(const struct schema *schema, const cJSON *before, const cJSON *after)
{
    cJSON *set = cJSON_CreateObject();
    removed_at(schema, before, after, set);
    return set;
}

/* ---- sets ---- */

enum set_op { SET_UNION, SET_MINUS, SET_COMMON };

static bool is_dot(const cJSON *node)
{
    return str_eq(node->string, ".");
}

/* Whether the place itself is in the set. */
static bool is_member(const cJSON *node)
{
    return node && (!node->child || cJSON_GetObjectItemCaseSensitive(node, "."));
}

static cJSON *combine(const cJSON *a, const cJSON *b, enum set_op op, bool root)
{
    bool in_a = !root && is_member(a), in_b = !root && is_member(b);
    bool member = op == SET_UNION ? in_a || in_b : op == SET_MINUS ? in_a && !in_b : in_a && in_b;
    cJSON *out = cJSON_CreateObject();
    const cJSON *child;
    if (member)
        cJSON_AddObjectToObject(out, ".");
    cJSON_ArrayForEach (child, a) {
        cJSON *below = is_dot(child) ? NULL : combine(child, json_get(b, child->string), op, false);
        if (below)
            cJSON_AddItemToObject(out, child->string, below);
    }
    if (op == SET_UNION)
        cJSON_ArrayForEach (child, b)
            if (!is_dot(child) && !json_get(a, child->string))
                cJSON_AddItemToObject(out, child->string, cJSON_Duplicate(child, true));
    if (member && !out->child->next) /* alone: the empty form */
        cJSON_DeleteItemFromObjectCaseSensitive(out, ".");
    else if (!member && !root && !out->child) {
        cJSON_Delete(out);
        out = NULL;
    }
    return out;
}

cJSON *fieldset_union(const cJSON *a, const cJSON *b)
{
    return combine(a, b, SET_UNION, true);
}

cJSON *fieldset_minus(const cJSON *a, const cJSON *b)
{
    return combine(a, b, SET_MINUS, true);
}

cJSON *fieldset_common(const cJSON *a, const cJSON *b)
{
    return combine(a, b, SET_COMMON, true);
}

/* ---- paths ---- */

static void add_element(struct buf *path, const char *element)
{
    const char *rest = element + 2;
    if (str_starts(element, "f:")) {
        buf_addf(path, ".%s", rest);
        return;
    }
    if (str_starts(element, "v:")) {
        buf_addf(path, "[=%s]", rest);
        return;
    }
    struct err err = ERR_INIT;
    cJSON *keys = json_parse(rest, strlen(rest), &err);
    const cJSON *key;
    buf_addc(path, '[');
    cJSON_ArrayForEach (key, keys) {
        if (key != keys->child)
            buf_addc(path, ',');
        buf_addf(path, "%s=", key->string);
        json_print(path, key);
    }
    buf_addc(path, ']');
    cJSON_Delete(keys);
}

static void walk(const cJSON *node, struct buf *path, void (*fn)(void *data, const char *path), void *data)
{
    const cJSON *child;
    cJSON_ArrayForEach (child, node) {
        if (is_dot(child))
            continue;
        size_t len = path->len;
        add_element(path, child->string);
        if (is_member(child))
            fn(data, path->data);
        walk(child, path, fn, data);
        buf_truncate(path, len);
    }
}

void fieldset_paths(const cJSON *set, void (*fn)(void *data, const char *path), void *data)
{
    struct buf path;
    buf_init(&path, 1u << 16);
    walk(set, &path, fn, data);
    buf_release(&path);
}

/* ---- pruning ---- */

static bool has_keys(const cJSON *item, const cJSON *keys)
{
    const cJSON *key;
    cJSON_ArrayForEach (key, keys) {
        const cJSON *value = schema_key(item, key->string);
        if (cJSON_IsNull(key) ? value != NULL : !value || !json_equal(value, key))
            return false;
    }
    return true;
}

cJSON *fieldset_find(const cJSON *value, const char *element)
{
    if (str_starts(element, "f:"))
        return (cJSON *)json_get(value, element + 2);
    if (!cJSON_IsArray(value))
        return NULL;
    struct err err = ERR_INIT;
    const char *colon = strchr(element, ':'), *rest = colon ? colon + 1 : "";
    cJSON *wanted = json_parse(rest, strlen(rest), &err), *found = NULL;
    bool keys = element[0] == 'k';
    cJSON *item;
    cJSON_ArrayForEach (item, value)
        if (!found && wanted && (keys ? has_keys(item, wanted) : json_equal(item, wanted)))
            found = item;
    cJSON_Delete(wanted);
    return found;
}

static void prune_at(cJSON *value, const cJSON *gone, const cJSON *keep, int depth)
{
    const cJSON *element;
    cJSON_ArrayForEach (element, gone) {
        if (is_dot(element))
            continue;
        cJSON *child = fieldset_find(value, element->string);
        const cJSON *kept = json_get(keep, element->string);
        if (!child)
            continue;
        /* A field goes with all of it when nobody has anything in it; an item only when it was itself applied. */
        if (!kept && depth > 0 && (is_member(element) || str_starts(element->string, "f:")))
            cJSON_Delete(cJSON_DetachItemViaPointer(value, child));
        else
            prune_at(child, element, kept, depth + 1);
    }
}

void fieldset_prune(cJSON *value, const cJSON *gone, const cJSON *keep)
{
    prune_at(value, gone, keep, 0);
}
