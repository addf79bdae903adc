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
