#include "k8s/field.h"

static istr intern(const char *s)
{
    return s && *s ? istr_new(s) : NULL;
}

istr field_istr(const cJSON *object, const char *path)
{
    return intern(json_str(object, path));
}

istr field_key(const cJSON *object, const char *path, const char *key)
{
    const cJSON *value = json_get(json_at(object, path), key);
    return cJSON_IsString(value) ? intern(value->valuestring) : NULL;
}

istr field_label(const cJSON *object, const char *key)
{
    return field_key(object, "metadata.labels", key);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

istr field_labels(const cJSON *object)
{
    const cJSON *labels[FIELD_LABELS], *item;
    size_t count = 0;
    cJSON_ArrayForEach(item, json_object(object, "metadata.labels")) 
    {
        if (cJSON_IsString(item) && count < FIELD_LABELS && !strchr(item->string, '\n') && !strchr(item->valuestring, '\n'))
            labels[count++] = item;
    }
    if (!count)
        return NULL;
    qsort(labels, count, sizeof *labels, compare_keys);
    struct buf text;
    buf_init(&text, 1u << 16);
    for (size_t i = 0; i < count; i++)
        buf_addf(&text, "%s=%s\n", labels[i]->string, labels[i]->valuestring);
    istr out = text.over ? NULL : istr_newn(text.data, text.len);
    buf_release(&text);
    return out;
}

int field_int(const cJSON *object, const char *path, int other)
{
    int64_t value = json_int(object, path, other);
    return value > INT_MAX ? INT_MAX : value < INT_MIN ? INT_MIN : (int)value;
}

size_t field_count(const cJSON *array, size_t max)
{
    size_t count = 0;
    if (cJSON_IsArray(array))
        for (const cJSON *item = array->child; item && count < max; item = item->next)
            count++;
    return count;
}

bool field_is_device(const char *resource)
{
    return strchr(resource, '/') && !strstr(resource, "kubernetes.io/") && !str_starts(resource, "requests.");
}

bool field_is_other(const char *resource)
{
    return str_eq(resource, "ephemeral-storage") || str_starts(resource, "hugepages-") || strstr(resource, "kubernetes.io/");
}
