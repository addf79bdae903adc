#include "app/unified.h"

#include "base/diff.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/yaml.h"

#define AROUND 3 /* lines, as diff -u */
#define YAML_MAX (64u << 20)

static int by_key(const void *a, const void *b)
{
    return strcmp(str_or_empty((*(cJSON *const *)a)->string), str_or_empty((*(cJSON *const *)b)->string));
}

/* The same order in both, and kubectl's. */
static void sort_keys(cJSON *value)
{
    size_t count = 0, n = (size_t)cJSON_GetArraySize(value);
    cJSON *child, **keys = cJSON_IsObject(value) && n ? xcalloc(n, sizeof(cJSON *)) : NULL;
    cJSON_ArrayForEach(child, value) sort_keys(child);
    while (keys && value->child)
        keys[count++] = cJSON_DetachItemViaPointer(value, value->child);
    if (count)
        qsort(keys, count, sizeof *keys, by_key);
    for (size_t i = 0; i < count; i++) {
        char *key = xstrdup(keys[i]->string);
        cJSON_AddItemToObject(value, key, keys[i]);
        free(key);
    }
    free(keys);
}

/* What changes by itself, or is not ours to say, is left out. */
static cJSON *settled(const cJSON *object)
{
    static const char *const unsettled[] = {"status",
                                            "metadata.managedFields",
                                            "metadata.resourceVersion",
                                            "metadata.generation",
                                            "metadata.creationTimestamp",
                                            "metadata.uid"};
    if (!object)
        return NULL;
    cJSON *copy = cJSON_Duplicate(object, true);
    for (size_t i = 0; i < ARRAY_SIZE(unsettled); i++)
        json_del(copy, unsettled[i]);
    sort_keys(copy);
    return copy;
}

static cJSON *counterpart(const cJSON *other, const cJSON *child, int index)
{
    const char *name = json_str(child, "name");
    cJSON *item;
    if (!cJSON_IsArray(other))
        return (cJSON *)(uintptr_t)json_get(other, str_or_empty(child->string));
    if (!name)
        return cJSON_GetArrayItem(other, index);
    cJSON_ArrayForEach(item, other) if (str_eq(json_str(item, "name"), name)) return item;
    return NULL;
}

static void set_text(cJSON *value, const char *text, const char *mark)
{
    char *whole = xasprintf("%s%s", text, mark);
    cJSON_SetValuestring(value, whole);
    free(whole);
}

/* The value, with what must not be seen taken out; whole: all of it. The caller frees. */
static char *masked(const char *value, bool whole)
{
    struct buf out;
    buf_init(&out, YAML_MAX);
    if (whole)
        buf_adds(&out, "***");
    else
        secret_mask(&out, value);
    return buf_take(&out);
}

/* Two secrets that differ still do so: as kubectl marks them. */
static void mask_text(cJSON *before, cJSON *after, bool whole)
{
    const char *a = before ? before->valuestring : NULL, *b = cJSON_IsString(after) ? after->valuestring : NULL;
    char *from = a ? masked(a, whole) : NULL, *to = b ? masked(b, whole) : NULL;
    bool marked = a && b && strcmp(a, b) != 0 && strcmp(from, to) == 0;
    if (a && strcmp(a, from) != 0)
        set_text(before, from, marked ? " (before)" : "");
    if (b && strcmp(b, to) != 0)
        set_text(after, to, marked ? " (after)" : "");
    free(from);
    free(to);
}

static bool is_secret(const cJSON *parent, const cJSON *child)
{
    const char *key = str_or_empty(child->string), *name = json_str(parent, "name");
    if (!cJSON_IsString(child))
        return false;
    return secret_value(key, child->valuestring) || str_eq(key, "kubectl.kubernetes.io/last-applied-configuration") ||
           (str_eq(key, "value") && name && secret_value(name, child->valuestring));
}

/* before may be NULL: then `after` alone. all: every text in it. */
static void mask(cJSON *before, cJSON *after, bool all)
{
    cJSON *lead = before ? before : after, *child;
    int index = 0;
    cJSON_ArrayForEach(child, lead) {
        cJSON *other = before ? counterpart(after, child, index) : NULL;
        index++;
        if (cJSON_IsString(child))
            mask_text(before ? child : NULL, before ? other : child,
                      all || is_secret(lead, child) || (other && is_secret(after, other)));
        else
            mask(before ? child : NULL, before ? other : child, all);
    }
    for (index = 0, child = before && after ? after->child : NULL; child; child = child->next, index++)
        if (!counterpart(before, child, index)) {
            if (cJSON_IsString(child))
                mask_text(NULL, child, all || is_secret(after, child));
            else
                mask(NULL, child, all);
        }
}

static void mask_object(cJSON *before, cJSON *after)
{
    static const char *const data[] = {"data", "stringData"};
    bool secret = str_eq(json_str(before ? before : after, "kind"), "Secret");
    for (size_t i = 0; secret && i < ARRAY_SIZE(data); i++) {
        cJSON *a = (cJSON *)(uintptr_t)json_object(before, data[i]), *b = (cJSON *)(uintptr_t)json_object(after, data[i]);
        if (a || b)
            mask(a, b, true);
    }
    mask(before, after, false);
}

/* "apps.v1.Deployment.media.camera", as kubectl calls its files. */
static char *file_name(const cJSON *object)
{
    char *api = xstrdup(json_str_or(object, "apiVersion", ""));
    for (char *c = api; *c; c++)
        *c = *c == '/' ? '.' : *c;
    char *name = xasprintf("%s.%s.%s.%s", api, json_str_or(object, "kind", ""), json_str_or(object, "metadata.namespace", ""),
                           json_str_or(object, "metadata.name", ""));
    free(api);
    return name;
}

/* Its lines are for a terminal, too. */
static void add_yaml(struct buf *out, const cJSON *object)
{
    struct buf text;
    buf_init(&text, YAML_MAX);
    if (object)
        yaml_emit(&text, object);
    for (const char *at = text.data, *end; (end = strchr(at, '\n')); at = end + 1) {
        text_sanitise(out, at, (size_t)(end - at));
        buf_addc(out, '\n');
    }
    buf_release(&text);
}

bool unified_object(struct buf *out, const cJSON *before, const cJSON *after)
{
    struct buf from, to;
    struct diff diff;
    cJSON *a = settled(before), *b = settled(after);
    char *name = file_name(a ? a : b);
    buf_init(&from, YAML_MAX);
    buf_init(&to, YAML_MAX);
    mask_object(a, b);
    add_yaml(&from, a);
    add_yaml(&to, b);
    diff_make(&diff, from.data, from.len, to.data, to.len);
    bool differs = diff.changed > 0;
    if (differs) {
        buf_addf(out, "diff -u -N LIVE/%s MERGED/%s\n--- LIVE/%s\n+++ MERGED/%s\n", name, name, name, name);
        diff_unified(out, &diff, AROUND);
    }
    diff_release(&diff);
    buf_release(&from);
    buf_release(&to);
    cJSON_Delete(a);
    cJSON_Delete(b);
    free(name);
    return differs;
}
