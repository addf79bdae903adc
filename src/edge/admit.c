/* What holds for every kind: names, labels, annotations. */
#include "edge/admit.h"

#include <ctype.h>

static bool is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_label(const char *s, size_t len, bool letter_first)
{
    if (!len || len > 63 || !is_lower_alnum(s[0]) || !is_lower_alnum(s[len - 1]))
        return false;
    if (letter_first && !(s[0] >= 'a' && s[0] <= 'z'))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_lower_alnum(s[i]) && s[i] != '-')
            return false;
    return true;
}

static bool is_subdomain(const char *s, size_t len)
{
    for (const char *end = s + len;;) {
        const char *dot = memchr(s, '.', (size_t)(end - s));
        size_t n = (size_t)((dot ? dot : end) - s);
        /* Unlike a label, a part of a subdomain has no length of its own. */
        if (!n || !is_lower_alnum(s[0]) || !is_lower_alnum(s[n - 1]))
            return false;
        for (size_t i = 0; i < n; i++)
            if (!is_lower_alnum(s[i]) && s[i] != '-')
                return false;
        if (!dot)
            return true;
        s = dot + 1;
    }
}

static void check_name(const char *name, const char *field, enum edge_name_rule rule, struct edge_faults *faults)
{
    size_t len = strlen(name), max = rule == EDGE_NAME_1123_SUBDOMAIN ? 253 : 63;
    if (len > max) {
        edge_fault(faults, "FieldValueInvalid", field, "Invalid value: \"%.80s...\": must be no more than %zu characters",
                   name, max);
        return;
    }
    switch (rule) {
    case EDGE_NAME_1123_SUBDOMAIN:
        if (!is_subdomain(name, len))
            edge_fault(faults, "FieldValueInvalid", field,
                       "Invalid value: \"%s\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
                       "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. "
                       "'example.com')",
                       name);
        break;
    case EDGE_NAME_1123_LABEL:
        if (!is_label(name, len, false))
            edge_fault(faults, "FieldValueInvalid", field,
                       "Invalid value: \"%s\": a lowercase RFC 1123 label must consist of lower case alphanumeric "
                       "characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or "
                       "'123-abc')",
                       name);
        break;
    case EDGE_NAME_1035_LABEL:
        if (!is_label(name, len, true))
            edge_fault(faults, "FieldValueInvalid", field,
                       "Invalid value: \"%s\": a DNS-1035 label must consist of lower case alphanumeric characters or "
                       "'-', start with an alphabetic character, and end with an alphanumeric character (e.g. "
                       "'my-name', or 'abc-123')",
                       name);
        break;
    }
}

/* "name" or "prefix.example.com/name"; the name of at most 63 letters, digits, '-', '_', '.'. */
static bool is_qualified_name(const char *key)
{
    const char *slash = strchr(key, '/');
    if (slash && !is_subdomain(key, (size_t)(slash - key)))
        return false;
    const char *name = slash ? slash + 1 : key;
    size_t len = strlen(name);
    if (!len || len > 63 || !isalnum((unsigned char)name[0]) || !isalnum((unsigned char)name[len - 1]))
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == len;
}

static bool is_label_value(const char *value)
{
    return !*value || (is_qualified_name(value) && !strchr(value, '/'));
}

void edge_admit_labels(const cJSON *labels, const char *field, struct edge_faults *faults)
{
    const cJSON *label;
    cJSON_ArrayForEach (label, labels) {
        if (!is_qualified_name(label->string))
            edge_fault(
                faults, "FieldValueInvalid", field,
                "Invalid value: \"%.200s\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
                "must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc')",
                label->string);
        if (!cJSON_IsString(label) || !is_label_value(label->valuestring))
            edge_fault(faults, "FieldValueInvalid", field,
                       "Invalid value: \"%.200s\": a valid label must be an empty string or consist of alphanumeric "
                       "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
                       "'MyValue', or 'my_value', or '12345')",
                       cJSON_IsString(label) ? label->valuestring : "");
    }
}

static void check_annotations(const cJSON *annotations, struct edge_faults *faults)
{
    size_t total = 0;
    const cJSON *item;
    cJSON_ArrayForEach (item, annotations) {
        char *lower = xstrdup(item->string);
        for (char *c = lower; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (!is_qualified_name(lower))
            edge_fault(
                faults, "FieldValueInvalid", "metadata.annotations",
                "Invalid value: \"%.200s\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
                "must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc')",
                item->string);
        free(lower);
        total += strlen(item->string) + (cJSON_IsString(item) ? strlen(item->valuestring) : 0);
    }
    if (total > 256u << 10)
        edge_fault(faults, "FieldValueTooLong", "metadata.annotations", "Too long: may not be more than 262144 bytes");
}

void edge_admit_meta(const struct edge_kind *kind, const cJSON *object, const cJSON *before, enum edge_name_rule rule,
                     struct edge_faults *faults)
{
    const char *name = json_str(object, "metadata.name"), *ns = json_str(object, "metadata.namespace");
    if (!name || !*name)
        edge_fault(faults, "FieldValueRequired", "metadata.name", "Required value: name or generateName is required");
    else if (!before)
        check_name(name, "metadata.name", rule, faults);
    if (kind->namespaced && ns && !before)
        check_name(ns, "metadata.namespace", EDGE_NAME_1123_LABEL, faults);
    edge_admit_labels(json_object(object, "metadata.labels"), "metadata.labels", faults);
    check_annotations(json_object(object, "metadata.annotations"), faults);
}

void edge_default_str(cJSON *object, const char *path, const char *value)
{
    const cJSON *there = json_at(object, path);
    if (!there || cJSON_IsNull(there) || (cJSON_IsString(there) && !*there->valuestring))
        json_set_str(object, path, value);
}

void edge_default_int(cJSON *object, const char *path, int64_t value)
{
    const cJSON *there = json_at(object, path);
    if (!there || cJSON_IsNull(there))
        json_set_int(object, path, value);
}

void edge_default_bool(cJSON *object, const char *path, bool value)
{
    const cJSON *there = json_at(object, path);
    if (!there || cJSON_IsNull(there))
        json_set_bool(object, path, value);
}
