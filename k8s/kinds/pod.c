#include "k8s/kinds/pod.h"

#include "base/quantity.h"
#include "base/slab.h"
#include "k8s/field.h"

#define MAX_CONTAINERS 256
#define MAX_GPUS 32

/* A container's request; devices may stand in limits alone. */
static int64_t request(const cJSON *container, const char *resource, bool milli)
{
    int64_t limit = quantity_at(json_at(container, "resources.limits"), resource, milli, 0);
    return MAX(quantity_at(json_at(container, "resources.requests"), resource, milli, limit), 0);
}

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static bool is_sidecar(const cJSON *init)
{
    return str_eq(json_str(init, "restartPolicy"), "Always");
}

/* What the scheduler counts: init containers run one after the other, sidecars beside all that come after them. */
static int64_t effective(const cJSON *spec, const char *resource, bool milli)
{
    int64_t together = 0, sidecars = 0, most = 0;
    const cJSON *c;
    cJSON_ArrayForEach(c, json_array(spec, "initContainers"))
    {
        int64_t own = request(c, resource, milli);
        most = MAX(most, plus(own, sidecars));
        if (is_sidecar(c))
            sidecars = plus(sidecars, own);
    }
    cJSON_ArrayForEach(c, json_array(spec, "containers")) together = plus(together, request(c, resource, milli));
    int64_t sum = MAX(plus(together, sidecars), most);
    sum = MAX(quantity_at(json_at(spec, "resources.requests"), resource, milli, sum), 0);
    return plus(sum, MAX(quantity_at(json_at(spec, "overhead"), resource, milli, 0), 0));
}

static void add_gpu(struct pod *pod, const cJSON *spec, const char *resource)
{
    for (size_t i = 0; i < pod->gpu_count; i++)
        if (strcmp(pod->gpus[i].resource, resource) == 0)
            return;
    int64_t count = effective(spec, resource, false);
    if (count <= 0 || pod->gpu_count == MAX_GPUS)
        return;
    pod->gpus = xreallocarray(pod->gpus, pod->gpu_count + 1, sizeof *pod->gpus);
    pod->gpus[pod->gpu_count++] = (struct pod_gpu){istr_new(resource), (int)MIN(count, FIELD_MOST)};
}

static void add_other(struct pod *pod, const cJSON *spec, const char *resource)
{
    for (size_t i = 0; i < pod->other_count; i++)
        if (strcmp(pod->others[i].resource, resource) == 0)
            return;
    int64_t amount = effective(spec, resource, false);
    if (amount <= 0 || pod->other_count == MAX_GPUS)
        return;
    pod->others = xreallocarray(pod->others, pod->other_count + 1, sizeof *pod->others);
    pod->others[pod->other_count++] = (struct pod_amount){istr_new(resource), amount};
}

/* CPU and memory aside, of a container, or of the pod as a whole (its hugepages). */
static void read_asked(struct pod *pod, const cJSON *spec, const cJSON *owner)
{
    static const char *const where[] = {"resources.limits", "resources.requests"};
    const cJSON *resource;
    for (size_t i = 0; i < ARRAY_SIZE(where); i++)
        cJSON_ArrayForEach(resource, json_object(owner, where[i]))
        {
            if (resource->string && field_is_device(resource->string))
                add_gpu(pod, spec, resource->string);
            else if (resource->string && field_is_other(resource->string))
                add_other(pod, spec, resource->string);
        }
}

static int16_t small(const cJSON *object, const char *path)
{
    int value = field_int(object, path, 0);
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

static void read_state(struct container *c, const cJSON *status)
{
    const cJSON *at;
    if ((at = json_object(status, "state.running"))) {
        c->state = CONTAINER_RUNNING;
        c->started = json_time(at, "startedAt");
    } else if ((at = json_object(status, "state.terminated"))) {
        c->state = CONTAINER_TERMINATED;
        c->started = json_time(at, "startedAt");
        c->exit_code = small(at, "exitCode");
        c->signal = small(at, "signal");
    } else if ((at = json_object(status, "state.waiting"))) {
        c->state = CONTAINER_WAITING;
    }
    c->reason = field_istr(at, "reason");
    c->message = field_istr(at, "message");
    c->last_reason = field_istr(status, "lastState.terminated.reason");
    c->last_message = field_istr(status, "lastState.terminated.message");
    c->last_finished = json_time(status, "lastState.terminated.finishedAt");
    c->last_exit_code = small(status, "lastState.terminated.exitCode");
    c->restarts = MIN(MAX(field_int(status, "restartCount", 0), 0), FIELD_MOST);
    c->ready = json_bool(status, "ready", false);
    c->passed_startup = json_bool(status, "started", false);
}

static size_t count_containers(const cJSON *object, bool init)
{
    return field_count(json_array(object, init ? "spec.initContainers" : "spec.containers"), MAX_CONTAINERS);
}

static void read_containers(struct pod *pod, const cJSON *object, bool init)
{
    const cJSON *list = json_array(object, init ? "spec.initContainers" : "spec.containers");
    const cJSON *statuses = json_array(object, init ? "status.initContainerStatuses" : "status.containerStatuses");
    const cJSON *spec = list ? list->child : NULL;
    for (size_t room = count_containers(object, init); room; room--, spec = spec->next) {
        struct container *c = &pod->containers[pod->container_count++];
        *c = (struct container){.name = field_istr(spec, "name"), .image = field_istr(spec, "image"), .init = init};
        c->name = c->name ? c->name : istr_new("");
        c->sidecar = init && is_sidecar(spec);
        c->memory_limit = MAX(quantity_at(json_at(spec, "resources.limits"), "memory", false, 0), 0);
        const cJSON *status;
        unsigned place = 1;
        cJSON_ArrayForEach(status, statuses)
        {
            if (str_eq(json_str(status, "name"), c->name)) {
                c->place = (uint8_t)MIN(place, UINT8_MAX);
                read_state(c, status);
                break;
            }
            place++;
        }
    }
}

/* What most pods are, said once, so that whoever goes through 100,000 of them need not look at each container. */
static void see_running(struct pod *pod)
{
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *c = &pod->containers[i];
        if (c->init && !c->sidecar && c->place && c->state == CONTAINER_TERMINATED && c->exit_code == 0)
            continue;
        if (c->init || !c->place || c->state != CONTAINER_RUNNING || !c->ready) {
            pod->running = 0;
            return;
        }
        pod->running++;
        pod->restarts += c->restarts;
        pod->last_finished = MAX(pod->last_finished, c->last_finished);
    }
}

static void read_condition(struct pod *pod, const cJSON *condition)
{
    const char *type = json_str_or(condition, "type", "");
    bool is_true = str_eq(json_str(condition, "status"), "True");
    int64_t at = is_true ? json_time(condition, "lastTransitionTime") : 0;
    if (strcmp(type, "PodScheduled") == 0) {
        pod->scheduled_at = at;
        if (!is_true && !pod->unscheduled_why && !pod->unscheduled_message) {
            pod->unscheduled_why = field_istr(condition, "reason");
            pod->unscheduled_message = field_istr(condition, "message");
        }
    } else if (strcmp(type, "PodReadyToStartContainers") == 0) {
        pod->sandbox_at = at;
    } else if (strcmp(type, "Initialized") == 0) {
        pod->initialized = is_true;
    } else if (strcmp(type, "Ready") == 0) {
        pod->ready_at = at;
        pod->ready = is_true;
    }
}

static bool condition_is_true(const cJSON *conditions, const char *type)
{
    const cJSON *condition;
    cJSON_ArrayForEach(condition, conditions) if (str_eq(json_str(condition, "type"), type)) return str_eq(
        json_str(condition, "status"), "True");
    return false;
}

static void read_gates(struct pod *pod, const cJSON *gates, const cJSON *conditions)
{
    const cJSON *gate;
    cJSON_ArrayForEach(gate, gates)
    {
        if (pod->gates == UINT8_MAX)
            return;
        pod->gates++;
        pod->gates_true += condition_is_true(conditions, json_str_or(gate, "conditionType", ""));
    }
}

static void read_owner(struct pod *pod, const cJSON *object)
{
    const cJSON *owner;
    cJSON_ArrayForEach(owner, json_array(object, "metadata.ownerReferences"))
    {
        if (json_bool(owner, "controller", false)) {
            pod->owner = field_istr(owner, "name");
            pod->owner_kind = field_istr(owner, "kind");
            return;
        }
    }
}

static void parse(struct record *record, const cJSON *object)
{
    struct pod *pod = (struct pod *)record;
    const cJSON *spec = json_object(object, "spec"), *item;
    pod->phase = field_istr(object, "status.phase");
    pod->reason = field_istr(object, "status.reason");
    pod->message = field_istr(object, "status.message");
    pod->node = field_istr(spec, "nodeName");
    pod->ip = field_istr(object, "status.podIP");
    pod->nominated = field_istr(object, "status.nominatedNodeName");
    pod->graph = field_label(object, "patchbay.dev/graph");
    pod->thing = field_label(object, "patchbay.dev/thing");
    pod->deleted = json_time(object, "metadata.deletionTimestamp");
    pod->finalizers = field_count(json_array(object, "metadata.finalizers"), 1);
    pod->terminal = str_eq(pod->phase, "Succeeded") || str_eq(pod->phase, "Failed");
    read_owner(pod, object);
    size_t room = count_containers(object, true) + count_containers(object, false);
    pod->containers = room ? slab_new(room * sizeof *pod->containers) : NULL;
    read_containers(pod, object, true);
    read_containers(pod, object, false);
    see_running(pod);
    cJSON_ArrayForEach(item, json_array(object, "status.conditions")) read_condition(pod, item);
    read_gates(pod, json_array(spec, "readinessGates"), json_array(object, "status.conditions"));
    cJSON_ArrayForEach(item, json_array(spec, "containers")) read_asked(pod, spec, item);
    cJSON_ArrayForEach(item, json_array(spec, "initContainers")) read_asked(pod, spec, item);
    read_asked(pod, spec, spec);
    pod->cpu_milli = effective(spec, "cpu", true);
    pod->memory = effective(spec, "memory", false);
    const cJSON *containers = json_array(spec, "containers");
    const cJSON *ports = containers ? json_array(containers->child, "ports") : NULL;
    int port = ports ? field_int(ports->child, "containerPort", 0) : 0;
    pod->port = (uint16_t)(port > 0 && port <= UINT16_MAX ? port : 0);
}

static void release(struct record *record)
{
    struct pod *pod = (struct pod *)record;
    const istr texts[] = {pod->phase, pod->reason,        pod->message,         pod->node,
                          pod->ip,    pod->owner,         pod->owner_kind,      pod->graph,
                          pod->thing, pod->unscheduled_why, pod->unscheduled_message,
                          pod->nominated};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        istr_unref(texts[i]);
    for (size_t i = 0; i < pod->container_count; i++) {
        istr_unref(pod->containers[i].name);
        istr_unref(pod->containers[i].image);
        istr_unref(pod->containers[i].reason);
        istr_unref(pod->containers[i].message);
        istr_unref(pod->containers[i].last_reason);
        istr_unref(pod->containers[i].last_message);
    }
    for (size_t i = 0; i < pod->gpu_count; i++)
        istr_unref(pod->gpus[i].resource);
    for (size_t i = 0; i < pod->other_count; i++)
        istr_unref(pod->others[i].resource);
    slab_free(pod->containers, pod->container_count * sizeof *pod->containers);
    free(pod->gpus);
    free(pod->others);
}

size_t pod_family(const struct pod *pod)
{
    const char *dash = str_eq(pod->owner_kind, "ReplicaSet") && pod->owner ? strrchr(pod->owner, '-') : NULL;
    return dash ? (size_t)(dash - pod->owner) : 0;
}

bool pod_is_of(const struct pod *pod, const char *ns, const char *deployment)
{
    size_t len = pod_family(pod);
    return len && str_eq(pod->r.ns, ns) && strlen(deployment) == len && memcmp(pod->owner, deployment, len) == 0;
}

const char *pod_called(const struct pod *pod)
{
    return pod->thing ? pod->thing : pod->r.name;
}

static const char *const skip[] = {
    "metadata.annotations", "spec.volumes", "spec.tolerations", "spec.affinity", "spec.topologySpreadConstraints",
    "spec.securityContext", "spec.ephemeralContainers", "spec.hostAliases", "spec.dnsConfig", "spec.containers.env",
    "spec.containers.envFrom", "spec.containers.command", "spec.containers.args", "spec.containers.volumeMounts",
    "spec.containers.volumeDevices", "spec.containers.livenessProbe", "spec.containers.readinessProbe",
    "spec.containers.startupProbe", "spec.containers.lifecycle", "spec.containers.securityContext",
    "spec.initContainers.env", "spec.initContainers.envFrom", "spec.initContainers.command",
    "spec.initContainers.args", "spec.initContainers.volumeMounts", "spec.initContainers.volumeDevices",
    "spec.initContainers.livenessProbe", "spec.initContainers.readinessProbe", "spec.initContainers.startupProbe",
    "spec.initContainers.lifecycle", "spec.initContainers.securityContext", "status.hostIPs", "status.podIPs",
    "status.ephemeralContainerStatuses", "status.containerStatuses.volumeMounts",
    "status.initContainerStatuses.volumeMounts", "status.containerStatuses.resources",
    "status.initContainerStatuses.resources", NULL,
};

const struct kind kind_pod = {
    .group = "",
    .version = "v1",
    .plural = "pods",
    .name = "Pod",
    .shorts = "po pod",
    .namespaced = true,
    .size = sizeof(struct pod),
    .skip = skip,
    .parse = parse,
    .release = release,
};
