#include "k8s/kinds/resourceclaim.h"

#include "k8s/field.h"

#define MAX_DEVICES 32 /* the API's own bound */
#define MAX_PODS 256

static void parse(struct record *record, const cJSON *object)
{
    struct resourceclaim *claim = (struct resourceclaim *)record;
    const cJSON *devices = json_array(object, "status.allocation.devices.results"), *item = devices ? devices->child : NULL;
    const cJSON *users = json_array(object, "status.reservedFor");
    size_t count = field_count(devices, MAX_DEVICES);
    claim->devices = count ? xcalloc(count, sizeof *claim->devices) : NULL;
    for (; claim->device_count < count; item = item->next)
        claim->devices[claim->device_count++] =
            (struct claim_device){field_istr(item, "driver"), field_istr(item, "pool"), field_istr(item, "device"),
                                  json_bool(item, "adminAccess", false)};
    count = field_count(users, MAX_PODS);
    claim->pods = count ? xcalloc(count, sizeof *claim->pods) : NULL;
    for (item = users ? users->child : NULL; count; count--, item = item->next)
        if (str_eq(json_str(item, "resource"), "pods"))
            claim->pods[claim->pod_count++] = field_istr(item, "name");
}

static void release(struct record *record)
{
    struct resourceclaim *claim = (struct resourceclaim *)record;
    for (size_t i = 0; i < claim->device_count; i++) {
        istr_unref(claim->devices[i].driver);
        istr_unref(claim->devices[i].pool);
        istr_unref(claim->devices[i].device);
    }
    for (size_t i = 0; i < claim->pod_count; i++)
        istr_unref(claim->pods[i]);
    free(claim->devices);
    free(claim->pods);
}

static const char *const skip[] = {"metadata.annotations", "metadata.ownerReferences", "spec", "status.devices", NULL};

const struct kind kind_resourceclaim = {
    .group = "resource.k8s.io",
    .version = "v1",
    .plural = "resourceclaims",
    .name = "ResourceClaim",
    .namespaced = true,
    .size = sizeof(struct resourceclaim),
    .skip = skip,
    .parse = parse,
    .release = release,
};
