#include "k8s/owned.h"

#include "base/text.h"

/* fieldsV1 (structured-merge-diff): "f:NAME" is a field, "k:{"name":"camera"}" the item of a list that has these keys, "v:1" the one
 * that is that, "i:0" the first, "." the thing itself. What has nothing below it is owned whole. */

/* filled: what the server fills in, as a port's protocol, may be missing among an item's keys. */
static bool is_item(const char *key, const cJSON *item, int index, bool filled)
{
    struct err err = ERR_INIT;
    if (str_starts(key, "i:"))
        return strtol(key + 2, NULL, 10) == index;
    cJSON *wanted = str_starts(key, "k:") || str_starts(key, "v:") ? json_parse(key + 2, strlen(key + 2), &err) : NULL;
    bool is = wanted && (key[0] == 'v' || (cJSON_IsObject(wanted) && cJSON_IsObject(item)));
    const cJSON *part;
    if (key[0] == 'v')
        is = is && json_equal(wanted, item);
    else
        cJSON_ArrayForEach(part, wanted) {
            const cJSON *own = json_get(item, part->string);
            is = is && (own ? json_equal(own, part) : filled);
        }
    cJSON_Delete(wanted);
    return is;
}

/* What is owned of a child; NULL: nothing. */
static const cJSON *fields_of(const cJSON *fields, const cJSON *child, bool list, int index)
{
    const cJSON *field;
    cJSON_ArrayForEach(field, fields)
        if (list ? is_item(field->string, child, index, false)
                 : str_starts(field->string, "f:") && strcmp(field->string + 2, child->string) == 0)
            return field;
    return NULL;
}

/* No fields below: all of it. */
static cJSON *part_of(const cJSON *value, const cJSON *fields)
{
    bool list = cJSON_IsArray(value);
    if (!fields->child || (!list && !cJSON_IsObject(value)))
        return cJSON_Duplicate(value, true);
    cJSON *out = list ? cJSON_CreateArray() : cJSON_CreateObject();
    const cJSON *child;
    int index = 0;
    cJSON_ArrayForEach(child, value) {
        const cJSON *below = fields_of(fields, child, list, index++);
        if (below && list)
            cJSON_AddItemToArray(out, part_of(child, below));
        else if (below)
            cJSON_AddItemToObject(out, child->string, part_of(child, below));
    }
    return out;
}

static const cJSON *applied_by(const cJSON *object, const char *manager)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, json_array(object, "metadata.managedFields"))
        if (str_eq(json_str(entry, "manager"), manager) && str_eq(json_str(entry, "operation"), "Apply") &&
            !*json_str_or(entry, "subresource", ""))
            return json_object(entry, "fieldsV1");
    return NULL;
}

cJSON *owned_part(const cJSON *object, const char *manager)
{
    return applied_by(object, manager) ? owned_body(object, manager) : NULL;
}

cJSON *owned_body(const cJSON *object, const char *manager)
{
    static const char *const names[] = {"apiVersion", "kind", "metadata.name", "metadata.namespace"};
    const cJSON *fields = applied_by(object, manager);
    cJSON *out = fields && fields->child ? part_of(object, fields) : cJSON_CreateObject();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        json_set_str(out, names[i], json_str(object, names[i]));
    return out;
}

static bool holds(const cJSON *value, const cJSON *field)
{
    if (value == field)
        return true;
    const cJSON *child;
    cJSON_ArrayForEach(child, value) if (holds(child, field)) return true;
    return false;
}

static bool owns(const cJSON *value, const cJSON *fields, const cJSON *field)
{
    bool list = cJSON_IsArray(value);
    if (value == field)
        return true;
    if (!fields->child)
        return holds(value, field);
    const cJSON *child;
    int index = 0;
    cJSON_ArrayForEach(child, value) {
        const cJSON *below = fields_of(fields, child, list, index++);
        if (below && owns(child, below, field))
            return true;
    }
    return false;
}

char *owned_by_other(const cJSON *object, const cJSON *field, const char *manager)
{
    struct buf name;
    const cJSON *entry;
    buf_init(&name, 1024);
    cJSON_ArrayForEach(entry, json_array(object, "metadata.managedFields")) {
        const cJSON *fields = json_object(entry, "fieldsV1");
        const char *who = json_str_or(entry, "manager", "?"), *sub = json_str_or(entry, "subresource", "");
        if (!fields || !owns(object, fields, field))
            continue;
        if (strcmp(who, manager) == 0) {
            buf_release(&name);
            return NULL;
        }
        buf_reset(&name);
        text_sanitise(&name, who, MIN(strlen(who), 128));
        if (*sub) {
            buf_adds(&name, " (");
            text_sanitise(&name, sub, MIN(strlen(sub), 64));
            buf_addc(&name, ')');
        }
    }
    return buf_take(&name);
}

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

static const cJSON *child_of(const cJSON *value, const char *key)
{
    const cJSON *item;
    int index = 0;
    if (str_starts(key, "f:"))
        return json_get(value, key + 2);
    cJSON_ArrayForEach(item, value)
        if (is_item(key, item, index++, true))
            return item;
    return NULL;
}

/* All that the fields name is wanted still; of what is owned whole no more may be there than is wanted. */
static bool wants_all(const cJSON *want, const cJSON *there, const cJSON *fields)
{
    const cJSON *field;
    cJSON_ArrayForEach(field, fields) {
        if (strcmp(field->string, ".") == 0)
            continue;
        const cJSON *wanted = child_of(want, field->string), *is = child_of(there, field->string);
        if (!wanted || (field->child ? !wants_all(wanted, is, field) : !json_equal(wanted, is)))
            return false;
    }
    return true;
}

bool owned_same(const cJSON *want, const cJSON *there, const char *manager)
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
