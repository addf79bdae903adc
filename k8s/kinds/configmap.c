#include "k8s/kinds/configmap.h"

#include "k8s/field.h"

static void parse(struct record *record, const cJSON *object)
{
    struct configmap *map = (struct configmap *)record;
    map->graph = field_label(object, "patchbay.dev/graph");
    const cJSON *value;
    cJSON_ArrayForEach(value, json_object(object, "data"))
    {
        if (cJSON_IsString(value) && value->string)
            free(map_put(&map->data, value->string, xstrdup(value->valuestring)));
    }
}

static void release(struct record *record)
{
    struct configmap *map = (struct configmap *)record;
    istr_unref(map->graph);
    map_release(&map->data, free);
}

static const char *const skip[] = {
    "metadata.annotations", "metadata.ownerReferences", NULL,
};

const struct kind kind_configmap = {
    .group = "",
    .version = "v1",
    .plural = "configmaps",
    .name = "ConfigMap",
    .shorts = "cm configmap",
    .namespaced = true,
    .size = sizeof(struct configmap),
    .skip = skip,
    .parse = parse,
    .release = release,
};
