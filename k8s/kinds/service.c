#include "k8s/kinds/service.h"

#include "k8s/field.h"

static void parse(struct record *record, const cJSON *object)
{
    struct service *service = (struct service *)record;
    service->type = field_istr(object, "spec.type");
    service->cluster_ip = field_istr(object, "spec.clusterIP");
    service->graph = field_label(object, "patchbay.dev/graph");
    service->thing = field_label(object, "patchbay.dev/thing");
    const cJSON *ports = json_array(object, "spec.ports");
    int port = ports ? field_int(ports->child, "port", 0) : 0;
    service->port = port > 0 && port <= UINT16_MAX ? port : 0;
}

static void release(struct record *record)
{
    struct service *service = (struct service *)record;
    istr_unref(service->type);
    istr_unref(service->cluster_ip);
    istr_unref(service->graph);
    istr_unref(service->thing);
}

static const char *const skip[] = {
    "metadata.annotations", "metadata.ownerReferences", "spec.selector", "spec.clusterIPs", "spec.ipFamilies",
    "status", NULL,
};

const struct kind kind_service = {
    .group = "",
    .version = "v1",
    .plural = "services",
    .name = "Service",
    .shorts = "svc service",
    .namespaced = true,
    .size = sizeof(struct service),
    .skip = skip,
    .parse = parse,
    .release = release,
};
