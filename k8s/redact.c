#include "k8s/redact.h"

#include <ctype.h>

#include "base/secret.h"

/* What no view ever shows and where credentials are most often written in clear. */
static const char *const container_lists[] = {"containers", "initContainers", "ephemeralContainers"};
static const char *const container_keys[] = {"env", "envFrom", "command", "args"};

static bool ends_authority(char c)
{
    return c == '/' || c == '?' || c == '#' || c == '"' || c == '\'' || isspace((unsigned char)c);
}

void redact_text(struct buf *out, const char *text, size_t len)
{
    const char *at = text, *end = text + len, *scheme;
    while ((scheme = memmem(at, (size_t)(end - at), "://", 3))) {
        const char *host = scheme + 3, *user_end = NULL;
        for (const char *p = host; p < end && !ends_authority(*p); p++)
            if (*p == '@')
                user_end = p;
        buf_add(out, at, (size_t)(host - at));
        if (user_end)
            buf_adds(out, "…");
        at = user_end ? user_end : host;
    }
    buf_add(out, at, (size_t)(end - at));
}

/* Nesting is bounded by json_parse. */
static void mask_urls(cJSON *value)
{
    if (cJSON_IsString(value) && strstr(value->valuestring, "://") && strchr(value->valuestring, '@')) {
        struct buf clean;
        size_t len = strlen(value->valuestring);
        buf_init(&clean, len * 2 + 16);
        redact_text(&clean, value->valuestring, len);
        cJSON_SetValuestring(value, clean.data);
        buf_release(&clean);
    }
    if (cJSON_IsObject(value) || cJSON_IsArray(value))
        for (cJSON *child = value->child; child; child = child->next)
            mask_urls(child);
}

static void redact_pod_spec(cJSON *spec)
{
    for (size_t i = 0; i < ARRAY_SIZE(container_lists); i++) {
        cJSON *container;
        cJSON *list = cJSON_GetObjectItemCaseSensitive(spec, container_lists[i]);
        if (!cJSON_IsArray(list))
            continue;
        cJSON_ArrayForEach(container, list)
            for (size_t k = 0; k < ARRAY_SIZE(container_keys); k++)
                cJSON_DeleteItemFromObjectCaseSensitive(container, container_keys[k]);
    }
}

void redact_object(cJSON *object)
{
    cJSON *inner = cJSON_GetObjectItemCaseSensitive(object, "object");
    if (inner && !json_get(object, "metadata"))
        object = inner;
    json_del(object, "metadata.managedFields");
    cJSON *notes = (cJSON *)json_object(object, "metadata.annotations");
    if (notes)
        cJSON_DeleteItemFromObjectCaseSensitive(notes, "kubectl.kubernetes.io/last-applied-configuration");
    if (str_eq(json_str(object, "kind"), "Secret")) {
        json_del(object, "data");
        json_del(object, "stringData");
    }
    static const char *const pod_specs[] = {"spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"};
    for (size_t i = 0; i < ARRAY_SIZE(pod_specs); i++)
        redact_pod_spec((cJSON *)json_object(object, pod_specs[i]));
    mask_urls(object);
}

static void count_only(cJSON *values, bool encoded)
{
    for (cJSON *value = values ? values->child : NULL; value; value = value->next) {
        char text[64];
        size_t len = cJSON_IsString(value) ? strlen(value->valuestring) : 0, padding = 0;
        while (encoded && padding < 2 && padding < len && value->valuestring[len - 1 - padding] == '=')
            padding++;
        snprintf(text, sizeof text, "*** (%zu bytes)", encoded ? len / 4 * 3 - padding : len);
        if (cJSON_IsString(value))
            cJSON_SetValuestring(value, text);
    }
}

/* A variable, a parameter, a header: {name: …, value: …}. */
static void mask_shown(cJSON *value)
{
    const char *name = json_str(value, "name");
    cJSON *of = cJSON_GetObjectItemCaseSensitive(value, "value");
    if (name && cJSON_IsString(of) && secret_value(name, of->valuestring))
        cJSON_SetValuestring(of, "***");
    if (cJSON_IsString(value) && secret_in_url(value->valuestring, strlen(value->valuestring)) != SIZE_MAX) {
        struct buf clean;
        buf_init(&clean, strlen(value->valuestring) * 4 + 64);
        secret_mask(&clean, value->valuestring);
        cJSON_SetValuestring(value, clean.data);
        buf_release(&clean);
    }
    if (cJSON_IsObject(value) || cJSON_IsArray(value))
        for (cJSON *child = value->child; child; child = child->next)
            mask_shown(child);
}

void redact_shown(cJSON *object)
{
    json_del(object, "metadata.managedFields");
    cJSON *notes = (cJSON *)json_object(object, "metadata.annotations");
    if (notes) /* what it was applied from says again all that is masked here */
        cJSON_DeleteItemFromObjectCaseSensitive(notes, "kubectl.kubernetes.io/last-applied-configuration");
    if (str_eq(json_str(object, "kind"), "Secret")) {
        count_only((cJSON *)json_object(object, "data"), true);
        count_only((cJSON *)json_object(object, "stringData"), false);
    }
    mask_shown(object);
}
