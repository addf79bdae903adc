#include "k8s/kinds/deployment.h"

#include "base/text.h"
#include "k8s/field.h"
#include "k8s/kinds/pod.h"
#include "k8s/store.h"

static int count_at(const cJSON *object, const char *path, int other)
{
    return MIN(MAX(field_int(object, path, other), 0), FIELD_MOST);
}

/* A key may hold dots; a quantity of devices is a whole number, as text or not. */
static int number_of(const cJSON *map, const char *key, int other)
{
    const cJSON *value = json_get(map, key);
    int64_t number = other;
    if (cJSON_IsString(value) && !text_int(value->valuestring, &number))
        number = other;
    else if (cJSON_IsNumber(value))
        number = (int64_t)MIN(MAX(value->valuedouble, -1), FIELD_MOST);
    return (int)MIN(MAX(number, -1), FIELD_MOST);
}

/* Devices stand in limits; whatever has a "/" in its name and is not Kubernetes' own is one. */
static int count_devices(const cJSON *containers)
{
    const cJSON *c, *resource;
    int count = 0;
    cJSON_ArrayForEach(c, containers)
    {
        const cJSON *limits = json_object(c, "resources.limits");
        cJSON_ArrayForEach(resource, limits)
            if (resource->string && strchr(resource->string, '/') && !strstr(resource->string, "kubernetes.io/"))
                count = MIN(count + MAX(number_of(limits, resource->string, 0), 0), FIELD_MOST);
    }
    return count;
}

/* As patchbay makes them: one that only one node can use (ReadWriteOnce), named after the deployment. */
static bool claims_volume(const cJSON *object)
{
    const cJSON *volume;
    cJSON_ArrayForEach(volume, json_array(object, "spec.template.spec.volumes"))
        if (str_eq(json_str(volume, "persistentVolumeClaim.claimName"), json_str(object, "metadata.name")))
            return true;
    return false;
}

static void parse(struct record *record, const cJSON *object)
{
    struct deployment *d = (struct deployment *)record;
    d->graph = field_label(object, "patchbay.dev/graph");
    d->thing = field_label(object, "patchbay.dev/thing");
    const cJSON *containers = json_array(object, "spec.template.spec.containers");
    d->image = containers ? field_istr(containers->child, "image") : NULL;
    d->generation = json_int(object, "metadata.generation", 0);
    d->observed_generation = json_int(object, "status.observedGeneration", 0);
    d->wanted = count_at(object, "spec.replicas", 1); /* the API's own default */
    d->replicas = count_at(object, "status.replicas", 0);
    d->updated = count_at(object, "status.updatedReplicas", 0);
    d->ready = count_at(object, "status.readyReplicas", 0);
    d->available = count_at(object, "status.availableReplicas", 0);
    d->stopped_from = number_of(json_object(object, "metadata.labels"), "patchbay.dev/stopped-from", -1);
    d->gpus = count_devices(containers);
    d->recreate = str_eq(json_str(object, "spec.strategy.type"), "Recreate");
    d->volume = claims_volume(object);
    d->paused = json_bool(object, "spec.paused", false);
    d->deleted = json_time(object, "metadata.deletionTimestamp");
    const cJSON *condition;
    cJSON_ArrayForEach(condition, json_array(object, "status.conditions"))
    {
        const char *type = json_str_or(condition, "type", "");
        if (strcmp(type, "Progressing") == 0)
            d->deadline_exceeded = str_eq(json_str(condition, "reason"), "ProgressDeadlineExceeded");
        else if (strcmp(type, "ReplicaFailure") == 0 && str_eq(json_str(condition, "status"), "True") && !d->failure)
            d->failure = field_istr(condition, "message");
    }
}

static void release(struct record *record)
{
    struct deployment *d = (struct deployment *)record;
    istr_unref(d->graph);
    istr_unref(d->thing);
    istr_unref(d->image);
    istr_unref(d->failure);
}

static const char *const skip[] = {
    "metadata.annotations", "spec.selector", "spec.strategy.rollingUpdate", "spec.template.metadata",
    "spec.template.spec.volumes.configMap", "spec.template.spec.volumes.projected", "spec.template.spec.volumes.csi",
    "spec.template.spec.initContainers", "spec.template.spec.affinity", "spec.template.spec.tolerations",
    "spec.template.spec.topologySpreadConstraints", "spec.template.spec.containers.env",
    "spec.template.spec.containers.envFrom", "spec.template.spec.containers.command",
    "spec.template.spec.containers.args", "spec.template.spec.containers.volumeMounts",
    "spec.template.spec.containers.livenessProbe", "spec.template.spec.containers.readinessProbe",
    "spec.template.spec.containers.startupProbe", "spec.template.spec.containers.lifecycle",
    "spec.template.spec.containers.resources.requests", "spec.template.spec.containers.securityContext", NULL,
};

const struct deployment *deployment_of_pod(const struct store *deployments, const struct pod *pod)
{
    char name[256];
    size_t len = pod_family(pod);
    if (!len || len >= sizeof name || !deployments)
        return NULL;
    snprintf(name, sizeof name, "%.*s", (int)len, pod->owner);
    return (const struct deployment *)store_find(deployments, pod->r.ns, name);
}

const struct kind kind_deployment = {
    .group = "apps",
    .version = "v1",
    .plural = "deployments",
    .name = "Deployment",
    .shorts = "dp deploy deployment",
    .namespaced = true,
    .size = sizeof(struct deployment),
    .skip = skip,
    .parse = parse,
    .release = release,
};
