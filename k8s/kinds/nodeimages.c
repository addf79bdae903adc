#include "k8s/kinds/nodeimages.h"

#include "k8s/field.h"

#define MAX_IMAGES 1024
#define MAX_NAMES 32

static void parse(struct record *record, const cJSON *object)
{
    struct nodeimages *node = (struct nodeimages *)record;
    kind_node.parse(record, object);
    const cJSON *list = json_array(object, "status.images"), *image = list ? list->child : NULL, *name;
    size_t cap = 0;
    for (size_t left = field_count(list, MAX_IMAGES); left; left--, image = image->next) {
        const cJSON *names = json_array(image, "names");
        int64_t size = MAX(json_int(image, "sizeBytes", 0), 0);
        name = names ? names->child : NULL;
        for (size_t n = field_count(names, MAX_NAMES); n; n--, name = name->next) {
            if (!cJSON_IsString(name) || !*name->valuestring)
                continue;
            GROW(node->images, node->image_count, cap);
            node->images[node->image_count++] = (struct node_image){istr_new(name->valuestring), size};
        }
    }
}

static void release(struct record *record)
{
    struct nodeimages *node = (struct nodeimages *)record;
    for (size_t i = 0; i < node->image_count; i++)
        istr_unref(node->images[i].name);
    free(node->images);
    kind_node.release(record);
}

static const char *const skip[] = {
    "spec.podCIDRs", "status.volumesInUse", "status.volumesAttached", "status.config", "status.features",
    "status.runtimeHandlers", NULL,
};

const struct kind kind_nodeimages = {
    .group = "",
    .version = "v1",
    .plural = "nodes",
    .name = "Node",
    .namespaced = false,
    .size = sizeof(struct nodeimages),
    .skip = skip,
    .parse = parse,
    .release = release,
};
