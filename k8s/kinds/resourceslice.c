#include "k8s/kinds/resourceslice.h"

#include "base/quantity.h"
#include "k8s/field.h"

#define MAX_DEVICES 128 /* the API's own bound */

/* An attribute by its name, with the driver's domain before it or without: {"string": "…"}. */
static istr attribute(const cJSON *device, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, json_object(device, "attributes"))
    {
        const char *slash = strrchr(item->string, '/');
        if (str_eq(slash ? slash + 1 : item->string, name))
            return field_istr(item, "string");
    }
    return NULL;
}

static int64_t memory_of(const cJSON *device)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, json_object(device, "capacity"))
    {
        const char *slash = strrchr(item->string, '/');
        if (str_eq(slash ? slash + 1 : item->string, "memory"))
            return MAX(quantity_at(item, "value", false, 0), 0);
    }
    return 0;
}

static void parse(struct record *record, const cJSON *object)
{
    struct resourceslice *slice = (struct resourceslice *)record;
    const cJSON *devices = json_array(object, "spec.devices"), *device = devices ? devices->child : NULL;
    size_t count = field_count(devices, MAX_DEVICES);
    slice->driver = field_istr(object, "spec.driver");
    slice->pool = field_istr(object, "spec.pool.name");
    slice->generation = json_int(object, "spec.pool.generation", 0);
    slice->node = field_istr(object, "spec.nodeName");
    slice->devices = count ? xcalloc(count, sizeof *slice->devices) : NULL;
    for (; slice->count < count; device = device->next)
        slice->devices[slice->count++] = (struct slice_device){.name = field_istr(device, "name"),
                                                               .product = attribute(device, "productName"),
                                                               .type = attribute(device, "type"),
                                                               .uuid = attribute(device, "uuid"),
                                                               .memory = memory_of(device),
                                                               .tainted = field_count(json_array(device, "taints"), 1)};
}

static void release(struct record *record)
{
    struct resourceslice *slice = (struct resourceslice *)record;
    istr_unref(slice->driver);
    istr_unref(slice->pool);
    istr_unref(slice->node);
    for (size_t i = 0; i < slice->count; i++) {
        istr_unref(slice->devices[i].name);
        istr_unref(slice->devices[i].product);
        istr_unref(slice->devices[i].type);
        istr_unref(slice->devices[i].uuid);
    }
    free(slice->devices);
}

static const char *const skip[] = {"metadata.annotations", "metadata.ownerReferences", "spec.sharedCounters",
                                   "spec.devices.consumesCounters", NULL};

const struct kind kind_resourceslice = {
    .group = "resource.k8s.io",
    .version = "v1",
    .plural = "resourceslices",
    .name = "ResourceSlice",
    .namespaced = false,
    .size = sizeof(struct resourceslice),
    .skip = skip,
    .parse = parse,
    .release = release,
};
