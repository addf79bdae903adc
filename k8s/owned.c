#include "k8s/owned.h"

#include "base/text.h"

/* "k:{"name":"camera"}" is the item that has all of it, "v:1" one that is that, "i:0" the first. */
static bool is_item(const char *key, const cJSON *item, int index)
{
    struct err err = ERR_INIT;
    if (str_starts(key, "i:"))
        return strtol(key + 2, NULL, 10) == index;
    cJSON *wanted = str_starts(key, "k:") || str_starts(key, "v:") ? json_parse(key + 2, strlen(key + 2), &err) : NULL;
    bool is = wanted != NULL;
    const cJSON *part;
    if (key[0] == 'v')
        is = is && json_equal(wanted, item);
    else
        cJSON_ArrayForEach(part, wanted) is = is && json_equal(json_get(item, part->string), part);
    cJSON_Delete(wanted);
    return is;
}

/* What is owned of a child; NULL: nothing. */
static const cJSON *fields_of(const cJSON *fields, const cJSON *child, bool list, int index)
{
    const cJSON *field;
    cJSON_ArrayForEach(field, fields)
        if (list ? is_item(field->string, child, index)
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

cJSON *owned_part(const cJSON *object, const char *manager)
{
    static const char *const names[] = {"apiVersion", "kind", "metadata.name", "metadata.namespace"};
    const cJSON *entry;
    cJSON_ArrayForEach(entry, json_array(object, "metadata.managedFields")) {
        const cJSON *fields = json_object(entry, "fieldsV1");
        if (!fields || !str_eq(json_str(entry, "manager"), manager) || !str_eq(json_str(entry, "operation"), "Apply"))
            continue;
        cJSON *out = part_of(object, fields);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
            json_set_str(out, names[i], json_str(object, names[i]));
        return out;
    }
    return NULL;
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
