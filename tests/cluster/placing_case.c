#include "tests/cluster/placing.h"

static uint64_t state;

/* splitmix64: the same on every machine. */
static uint64_t draw(void)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(size_t n)
{
    return draw() % n;
}

static bool chance(unsigned percent)
{
    return below(100) < percent;
}

#define ONE_OF(list) ((list)[below(ARRAY_SIZE(list))])

static void put(cJSON *map, const char *key, const char *value)
{
    json_put(map, key, cJSON_CreateString(value));
}

/* Nodes. */

static void amounts(cJSON *out)
{
    static const char *const cpu[] = {"500m", "1", "1500m", "2", "4"}, *const pods[] = {"1", "2", "3", "5", "110"};
    static const char *const memory[] = {"256Mi", "512Mi", "1Gi", "1G", "2048M"}, *const disk[] = {"1Gi", "10G"};
    static const char *const gpus[] = {"0", "1", "1", "2", "4"}, *const few[] = {"1", "2"}, *const pages[] = {"4Mi", "64Mi"};
    put(out, "cpu", ONE_OF(cpu));
    put(out, "memory", ONE_OF(memory));
    put(out, "pods", ONE_OF(pods));
    if (chance(70))
        put(out, "nvidia.com/gpu", ONE_OF(gpus));
    if (chance(25))
        put(out, "amd.com/gpu", ONE_OF(few));
    if (chance(40))
        put(out, "example.com/tuner", ONE_OF(few));
    if (chance(60))
        put(out, "ephemeral-storage", ONE_OF(disk));
    if (chance(40))
        put(out, "hugepages-2Mi", ONE_OF(pages));
}

static void labels(cJSON *out, const char *name)
{
    static const char *const disks[] = {"ssd", "hdd", ""}, *const zones[] = {"a", "b", ""};
    put(out, "placing", name);
    if (chance(70))
        put(out, "disk", ONE_OF(disks));
    if (chance(70))
        put(out, "zone", ONE_OF(zones));
}

static void taint(cJSON *list)
{
    static const char *const keys[] = {"dedicated", "gpu", "maintenance"}, *const values[] = {"video", "only", ""};
    static const char *const effects[] = {"NoSchedule", "NoSchedule", "PreferNoSchedule", "NoExecute"};
    const char *key = ONE_OF(keys), *value = ONE_OF(values), *effect = ONE_OF(effects);
    const cJSON *other;
    cJSON_ArrayForEach(other, list) if (str_eq(json_str(other, "key"), key) && str_eq(json_str(other, "effect"), effect)) return;
    cJSON *item = cJSON_CreateObject();
    put(item, "key", key);
    if (*value)
        put(item, "value", value);
    put(item, "effect", effect);
    cJSON_AddItemToArray(list, item);
}

static void make_node(struct placing_node *node, int number, const char *graph, size_t index)
{
    snprintf(node->name, sizeof node->name, "c%04d-n%zu", number, index);
    node->ready = chance(92) ? "True" : chance(50) ? "False" : "Unknown";
    node->cordoned = chance(12);
    node->pressure = chance(4);
    cJSON *o = node->object = cJSON_CreateObject();
    put(o, "apiVersion", "v1");
    put(o, "kind", "Node");
    json_set_str(o, "metadata.name", node->name);
    labels(json_ensure(o, "metadata.labels"), graph);
    amounts(json_ensure(o, "status.allocatable"));
    json_set(o, "status.capacity", cJSON_Duplicate(json_at(o, "status.allocatable"), true));
    cJSON *taints = cJSON_AddArrayToObject(json_ensure(o, "spec"), "taints");
    for (size_t i = chance(45) ? 1 + below(2) : 0; i; i--)
        taint(taints);
    if (node->cordoned)
        json_set_bool(o, "spec.unschedulable", true);
    cJSON *conditions = cJSON_AddArrayToObject(json_ensure(o, "status"), "conditions"), *ready = cJSON_CreateObject();
    put(ready, "type", "Ready");
    put(ready, "status", node->ready);
    cJSON_AddItemToArray(conditions, ready);
    if (node->pressure) {
        cJSON *condition = cJSON_CreateObject();
        put(condition, "type", "MemoryPressure");
        put(condition, "status", "True");
        cJSON_AddItemToArray(conditions, condition);
    }
}

/* The pods that are there. */

static const char *const devices[] = {"nvidia.com/gpu", "amd.com/gpu", "example.com/tuner"};

static cJSON *container(const char *name)
{
    static const char *const cpu[] = {"0", "50m", "100m", "250m", "0.5", "1"};
    static const char *const memory[] = {"0", "32Mi", "64Mi", "200M", "0.25Gi", "5e7"};
    static const char *const counts[] = {"1", "1", "2"};
    cJSON *c = cJSON_CreateObject();
    put(c, "name", name);
    put(c, "image", "none");
    cJSON *requests = json_ensure(c, "resources.requests"), *limits = json_ensure(c, "resources.limits");
    if (chance(80))
        put(chance(75) ? requests : limits, "cpu", ONE_OF(cpu));
    if (chance(80))
        put(chance(75) ? requests : limits, "memory", ONE_OF(memory));
    if (chance(30))
        put(limits, ONE_OF(devices), ONE_OF(counts));
    if (chance(15))
        put(requests, "ephemeral-storage", "300Mi");
    if (chance(10) && (json_get(requests, "cpu") || json_get(limits, "cpu")))
        put(limits, "hugepages-2Mi", "2Mi");
    return c;
}

static void make_pod(struct placing_pod *pod, int number, const char *node, size_t index)
{
    snprintf(pod->name, sizeof pod->name, "c%04d-p%zu", number, index);
    cJSON *o = pod->object = cJSON_CreateObject(), *toleration = cJSON_CreateObject();
    put(o, "apiVersion", "v1");
    put(o, "kind", "Pod");
    json_set_str(o, "metadata.name", pod->name);
    json_set_str(o, "spec.nodeName", node);
    put(toleration, "operator", "Exists"); /* what comes over the node later does not drive it away */
    cJSON_AddItemToArray(cJSON_AddArrayToObject(json_ensure(o, "spec"), "tolerations"), toleration);
    cJSON *containers = cJSON_AddArrayToObject(json_ensure(o, "spec"), "containers");
    for (size_t i = 0, count = 1 + below(2); i < count; i++)
        cJSON_AddItemToArray(containers, container(i ? "b" : "a"));
    if (chance(30)) {
        static const char *const names[] = {"i1", "i2", "i3"};
        cJSON *init = cJSON_AddArrayToObject(json_ensure(o, "spec"), "initContainers");
        for (size_t i = 0, count = 1 + below(3); i < count; i++) {
            cJSON *c = container(names[i]);
            if (chance(50))
                put(c, "restartPolicy", "Always");
            cJSON_AddItemToArray(init, c);
        }
    }
    unsigned fate = (unsigned)below(100);
    pod->phase = fate < 10 ? "Succeeded" : fate < 20 ? "Failed" : fate < 60 ? "Running" : NULL;
    pod->leaving = fate >= 50 && fate < 70;
}

/* The graph. */

static void wants(struct buf *out)
{
    static const char *const cpu[] = {"100m", "250m", "0.5", "1", "1.5", "0"};
    static const char *const memory[] = {"64Mi", "128Mi", "0.25Gi", "300M", "1e8", "0"};
    static const char *const counts[] = {"1", "1", "2", "0"};
    bool gpu = chance(55), tuner = chance(20), pages = chance(10);
    if (gpu)
        buf_addf(out, ", gpu: {count: %d%s}", chance(80) ? 1 : 2, chance(85) ? "" : ", resource: amd.com/gpu");
    buf_adds(out, ", resources: {requests: {");
    bool some = chance(70);
    if (some)
        buf_addf(out, "cpu: \"%s\"", ONE_OF(cpu));
    if (chance(70)) {
        buf_addf(out, "%smemory: %s", some ? ", " : "", ONE_OF(memory));
        some = true;
    }
    if (chance(15))
        buf_addf(out, "%sephemeral-storage: %s", some ? ", " : "", chance(50) ? "512Mi" : "2Gi");
    buf_adds(out, "}");
    if (tuner || pages)
        buf_addf(out, ", limits: {%s%s%s%s}", tuner ? "example.com/tuner: " : "", tuner ? ONE_OF(counts) : "",
                 tuner && pages ? ", " : "", pages ? chance(50) ? "hugepages-2Mi: 4Mi" : "hugepages-2Mi: 32Mi" : "");
    buf_adds(out, "}");
}

static void chooses(struct buf *out, const char *graph)
{
    static const char *const selectors[] = {", disk: ssd", ", disk: hdd", ", zone: a", ", zone: \"\"", ", disk: ssd, zone: a"};
    static const char *const tolerations[] = {
        "{key: dedicated, operator: Exists}",
        "{key: dedicated, value: video}",
        "{key: dedicated, operator: Equal, value: video, effect: NoSchedule}",
        "{key: gpu, operator: Exists, effect: NoSchedule}",
        "{key: gpu, value: only, effect: NoExecute, tolerationSeconds: 600}",
        "{key: maintenance}",
        "{key: maintenance, operator: Exists, effect: PreferNoSchedule}",
        "{operator: Exists, effect: NoExecute}",
        "{operator: Exists, effect: NoSchedule}",
        "{operator: Exists}",
        "{key: node.kubernetes.io/unschedulable, operator: Exists}",
        "{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoSchedule}",
        "{key: node.kubernetes.io/not-ready, operator: Exists}",
        "{key: node.kubernetes.io/not-ready, value: x, effect: NoExecute}",
        "{key: node.kubernetes.io/unreachable, value: \"\", effect: NoSchedule}",
        "{key: node.kubernetes.io/memory-pressure, operator: Exists}",
    };
    buf_addf(out, ", nodeSelector: {placing: %s%s}", graph, chance(30) ? ONE_OF(selectors) : "");
    size_t count = chance(55) ? 1 + below(3) : 0;
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s%s", i ? ", " : ", tolerations: [", ONE_OF(tolerations));
    buf_adds(out, count ? "]" : "");
}

static void make_things(struct placing_case *c)
{
    struct buf asks;
    buf_init(&asks, 4096);
    c->alike = chance(35);
    c->thing_count = 1 + below(THINGS_MOST);
    for (size_t i = 0; i < c->thing_count; i++) {
        struct placing_thing *thing = &c->things[i];
        if (!i || !c->alike) {
            buf_reset(&asks);
            wants(&asks);
            chooses(&asks, c->name);
        }
        snprintf(thing->name, sizeof thing->name, "%c", (char)('a' + i));
        thing->replicas = chance(50) ? 1 : (int)below(6);
        buf_init(&thing->text, 8192);
        buf_addf(&thing->text, "    - {name: %s, type: ip-camera, replicas: %d%s%s}\n", thing->name, thing->replicas,
                 chance(30) ? ", strategy: Recreate" : "", asks.data);
    }
    buf_release(&asks);
}

void placing_case_make(struct placing_case *out, uint64_t seed, int number)
{
    *out = (struct placing_case){.node_count = 0};
    state = seed ^ ((uint64_t)number * UINT64_C(0xd1342543de82ef95));
    snprintf(out->name, sizeof out->name, "c%04d", number);
    out->node_count = 2 + below(NODES_MOST - 1);
    for (size_t i = 0; i < out->node_count; i++) {
        make_node(&out->nodes[i], number, out->name, i);
        for (size_t left = below(4); left; left--, out->pod_count++)
            make_pod(&out->pods[out->pod_count], number, out->nodes[i].name, out->pod_count);
    }
    make_things(out);
}

void placing_case_release(struct placing_case *c)
{
    for (size_t i = 0; i < c->node_count; i++)
        cJSON_Delete(c->nodes[i].object);
    for (size_t i = 0; i < c->pod_count; i++)
        cJSON_Delete(c->pods[i].object);
    for (size_t i = 0; i < c->thing_count; i++)
        buf_release(&c->things[i].text);
}
