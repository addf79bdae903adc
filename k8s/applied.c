#include "k8s/applied.h"

/* fieldsV1 (structured-merge-diff): "f:NAME" a field, "k:{…}" the item of a list that has these keys, "v:VALUE" the item
 * that is this, "i:N" the one at that place, "." the thing itself. A field with nothing in it is owned whole. */

static bool is_leaf(const cJSON *fields)
{
    return !fields->child;
}

static const cJSON *only_itself(const cJSON *fields)
{
    return fields->child && !fields->child->next && str_eq(fields->child->string, ".") ? fields->child : NULL;
}

/* The keys of "k:{…}" are all among the item's. */
static bool has_keys(const cJSON *item, const char *text)
{
    struct err ignored = ERR_INIT;
    cJSON *keys = json_parse(text, strlen(text), &ignored);
    bool all = cJSON_IsObject(keys) && cJSON_IsObject(item);
    for (const cJSON *key = all ? keys->child : NULL; key && all; key = key->next)
        all = json_equal(json_get(item, key->string), key);
    cJSON_Delete(keys);
    return all;
}

static bool is_value(const cJSON *item, const char *text)
{
    struct err ignored = ERR_INIT;
    cJSON *value = json_parse(text, strlen(text), &ignored);
    bool same = value && json_equal(item, value);
    cJSON_Delete(value);
    return same;
}

/* What is owned of an item of a list; NULL: it is not. */
static const cJSON *fields_of_item(const cJSON *fields, const cJSON *item, int place)
{
    for (const cJSON *f = fields->child; f; f = f->next) {
        const char *name = str_or_empty(f->string);
        if ((str_starts(name, "k:") && has_keys(item, name + 2)) || (str_starts(name, "v:") && is_value(item, name + 2)) ||
            (str_starts(name, "i:") && strtol(name + 2, NULL, 10) == place))
            return f;
    }
    return NULL;
}

static cJSON *take(const cJSON *value, const cJSON *fields)
{
    if (is_leaf(fields) || (!cJSON_IsObject(value) && !cJSON_IsArray(value)))
        return cJSON_Duplicate(value, true);
    if (cJSON_IsObject(value)) {
        cJSON *out = cJSON_CreateObject();
        for (const cJSON *f = only_itself(fields) ? NULL : fields->child; f; f = f->next) {
            const cJSON *there = str_starts(f->string, "f:") ? json_get(value, f->string + 2) : NULL;
            if (there)
                cJSON_AddItemToObject(out, f->string + 2, take(there, f));
        }
        return out;
    }
    cJSON *out = cJSON_CreateArray();
    int place = 0;
    for (const cJSON *item = value->child; item; item = item->next, place++) {
        const cJSON *f = fields_of_item(fields, item, place);
        if (f)
            cJSON_AddItemToArray(out, take(item, f));
    }
    return out;
}

static const cJSON *fields_of(const cJSON *object, const char *manager)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, json_array(object, "metadata.managedFields"))
        if (str_eq(json_str(entry, "manager"), manager) && str_eq(json_str(entry, "operation"), "Apply") &&
            !*json_str_or(entry, "subresource", ""))
            return json_object(entry, "fieldsV1");
    return NULL;
}

cJSON *applied_extract(const cJSON *object, const char *manager)
{
    static const char *const always[] = {"apiVersion", "kind", "metadata.name", "metadata.namespace"};
    const cJSON *fields = fields_of(object, manager);
    cJSON *out = fields && fields->child ? take(object, fields) : cJSON_CreateObject();
    for (size_t i = 0; i < ARRAY_SIZE(always); i++)
        json_set_str(out, always[i], json_str(object, always[i]));
    return out;
}
