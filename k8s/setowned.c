#include "k8s/setowned.h"

static bool covers(const cJSON *there, const cJSON *want);

/* Items of most lists have keys, and others may have put theirs in between. */
static bool has_item(const cJSON *list, const cJSON *want)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
        if (covers(item, want))
            return true;
    return false;
}

static bool covers_list(const cJSON *there, const cJSON *want)
{
    const cJSON *item, *other = there->child;
    if (want->child && !cJSON_IsObject(want->child)) /* of plain values the order counts */
        return json_equal(there, want);
    cJSON_ArrayForEach(item, want) {
        if (!(other && covers(other, item)) && !has_item(there, item))
            return false;
        other = other ? other->next : NULL;
    }
    return want->child || !there->child;
}

static bool covers(const cJSON *there, const cJSON *want)
{
    const cJSON *item;
    if (cJSON_IsArray(want))
        return cJSON_IsArray(there) && covers_list(there, want);
    if (!cJSON_IsObject(want))
        return there && json_equal(there, want);
    if (!cJSON_IsObject(there))
        return false;
    cJSON_ArrayForEach(item, want)
        if (!covers(json_get(there, item->string), item))
            return false;
    return true;
}

/* What a list's item is found by: the keys that "k:{…}" names. */
static const cJSON *keyed_item(const cJSON *list, const char *key)
{
    struct err err = ERR_INIT;
    cJSON *keys = json_parse(key, strlen(key), &err);
    const cJSON *found = NULL, *item, *field;
    cJSON_ArrayForEach(item, list) {
        bool same = keys != NULL;
        cJSON_ArrayForEach(field, keys)
            /* a key that the server fills in, as a port's protocol, may be left out */
            same = same && (!json_get(item, field->string) || json_equal(json_get(item, field->string), field));
        if (same && !found)
            found = item;
    }
    cJSON_Delete(keys);
    return found;
}

static bool has_value(const cJSON *list, const char *text)
{
    struct err err = ERR_INIT;
    cJSON *value = json_parse(text, strlen(text), &err);
    const cJSON *item;
    bool found = false;
    cJSON_ArrayForEach(item, list)
        found = found || json_equal(item, value);
    cJSON_Delete(value);
    return found;
}

/* fields: a FieldsV1; all that it names is wanted still. What has nothing below it is owned whole: there, no more than what is
 * wanted may be. */
static bool wants_all(const cJSON *want, const cJSON *there, const cJSON *fields)
{
    const cJSON *field;
    cJSON_ArrayForEach(field, fields) {
        const char *name = field->string;
        if (strncmp(name, "v:", 2) == 0) {
            if (!has_value(want, name + 2))
                return false;
            continue;
        }
        bool key = strncmp(name, "k:", 2) == 0;
        if (!key && strncmp(name, "f:", 2) != 0)
            continue; /* ".": the item itself */
        const cJSON *below = key ? keyed_item(want, name + 2) : json_get(want, name + 2);
        const cJSON *is = key ? keyed_item(there, name + 2) : json_get(there, name + 2);
        if (!below || (field->child ? !wants_all(below, is, field) : !json_equal(below, is)))
            return false;
    }
    return true;
}

static const cJSON *applied_by(const cJSON *there, const char *manager)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, json_array(there, "metadata.managedFields"))
        if (str_eq(json_str(entry, "manager"), manager) && str_eq(json_str(entry, "operation"), "Apply") &&
            !json_str(entry, "subresource"))
            return json_object(entry, "fieldsV1");
    return NULL;
}

bool setowned_same(const cJSON *want, const cJSON *there, const char *manager)
{
    const cJSON *fields = applied_by(there, manager), *item;
    if (!fields)
        return false;
    cJSON_ArrayForEach(item, want) {
        bool type = str_eq(item->string, "apiVersion") || str_eq(item->string, "kind"); /* a list's items have neither */
        if (!type && !covers(json_get(there, item->string), item))
            return false;
    }
    return wants_all(want, there, fields);
}
