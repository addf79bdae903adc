#include "ops/node_room.h"

#include "base/text.h"

static void add(struct node_room *out, enum health health, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void add(struct node_room *out, enum health health, const char *fmt, ...)
{
    va_list ap;
    if (out->count == NODE_ROOM_LINES)
        return;
    out->lines[out->count].health = health;
    va_start(ap, fmt);
    vsnprintf(out->lines[out->count].text, sizeof out->lines[0].text, fmt, ap);
    va_end(ap);
    out->count++;
}

/* Taints that Kubernetes and GPU operators set themselves: what they mean. */
static const struct {
    const char *key, *words;
    enum health health;
} known[] = {
    {"node.kubernetes.io/unschedulable", NULL, HEALTH_BAD}, /* the cordon says it */
    {"node.kubernetes.io/not-ready", "not ready: it takes no pods, and those that wait too long for it leave", HEALTH_BAD},
    {"node.kubernetes.io/unreachable", "unreachable: its kubelet has gone silent, and its pods leave after a while", HEALTH_BAD},
    {"node.kubernetes.io/out-of-service", "out of service: its pods are ended without waiting for it", HEALTH_BAD},
    {"node.kubernetes.io/memory-pressure", "short of memory: it takes no pods without a memory request", HEALTH_BAD},
    {"node.kubernetes.io/disk-pressure", "short of disk: it takes no pods, and evicts some", HEALTH_BAD},
    {"node.kubernetes.io/pid-pressure", "short of process ids: it takes no pods", HEALTH_BAD},
    {"node.kubernetes.io/network-unavailable", "its network is not set up: it takes no pods", HEALTH_BAD},
    {"node.cloudprovider.kubernetes.io/uninitialized", "not set up by the cloud provider yet: it takes no pods", HEALTH_BAD},
    {"node-role.kubernetes.io/control-plane", "a control plane's node: it takes only pods that tolerate that", HEALTH_WARN},
    {"node-role.kubernetes.io/master", "a control plane's node: it takes only pods that tolerate that", HEALTH_WARN},
    {"nvidia.com/gpu", "kept for GPU work: it takes only pods that tolerate nvidia.com/gpu", HEALTH_WARN},
    {"amd.com/gpu", "kept for GPU work: it takes only pods that tolerate amd.com/gpu", HEALTH_WARN},
    {"ToBeDeletedByClusterAutoscaler", "about to be removed by the cluster autoscaler: it takes no pods", HEALTH_BAD},
    {"DeletionCandidateOfClusterAutoscaler", "hardly used: the cluster autoscaler may remove it", HEALTH_UNKNOWN},
};

static void say_taint(struct node_room *out, const struct node_taint *taint)
{
    const char *key = str_or_empty(taint->key), *effect = str_or_empty(taint->effect);
    char what[160];
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (str_eq(key, known[i].key) && (!str_eq(effect, "PreferNoSchedule") || known[i].health == HEALTH_UNKNOWN)) {
            if (known[i].words)
                add(out, known[i].health, "%s", known[i].words);
            return;
        }
    snprintf(what, sizeof what, "%.80s%s%.60s", key, taint->value ? "=" : "", str_or_empty(taint->value));
    if (str_eq(effect, "PreferNoSchedule"))
        add(out, HEALTH_UNKNOWN, "taint %s: pods that do not tolerate it come here last", what);
    else if (str_eq(effect, "NoExecute"))
        add(out, HEALTH_WARN, "taint %s: it takes only pods that tolerate it, and the others leave", what);
    else
        add(out, HEALTH_WARN, "taint %s: it takes only pods that tolerate it", what);
}

static void say_full(struct node_room *out, const struct node *node, const struct load *load)
{
    if (node->pods > 0 && load->pods >= node->pods)
        add(out, HEALTH_BAD, "full: %d of %d pods", load->pods, node->pods);
    if (node->cpu_milli > 0 && load->cpu_milli >= node->cpu_milli)
        add(out, HEALTH_WARN, "all CPU is requested: only pods that ask for none fit");
    if (node->memory > 0 && load->memory >= node->memory)
        add(out, HEALTH_WARN, "all memory is requested: only pods that ask for none fit");
}

static void say_gpus(struct node_room *out, const struct gpu_account *account)
{
    for (; account; account = account->next) {
        int sick = account->capacity - account->allocatable;
        if (!account->node || !account->resource)
            continue;
        if (sick > 0)
            add(out, HEALTH_WARN, "%d of %d %s %s unhealthy: the device plugin has withdrawn %s", sick, account->capacity,
                account->resource, sick == 1 ? "is" : "are", sick == 1 ? "it" : "them");
        if (!account->free && account->allocatable > 0)
            add(out, HEALTH_UNKNOWN, "no %s free: %d of %d are held", account->resource, account->used, account->allocatable);
    }
}

static void to_front(struct node_room *out, enum health health, size_t *at)
{
    for (size_t i = *at; i < out->count; i++) {
        if (out->lines[i].health != health)
            continue;
        struct node_room one = {.count = 1};
        one.lines[0] = out->lines[i];
        memmove(&out->lines[*at + 1], &out->lines[*at], (i - *at) * sizeof out->lines[0]);
        out->lines[(*at)++] = one.lines[0];
    }
}

void node_room(struct node_room *out, const struct node *node, const struct gpu_account *gpus, const struct load *load)
{
    size_t at = 0;
    out->count = 0;
    if (node->unschedulable)
        add(out, HEALTH_BAD, "cordoned: it takes no new pods until it is uncordoned");
    if (!str_eq(node->ready_status, "True"))
        add(out, HEALTH_BAD, "not ready%s%s", node->ready_message ? ": " : "", str_or_empty(node->ready_message));
    if (node->pressure)
        add(out, HEALTH_WARN, "%s", node->pressure);
    for (size_t i = 0; i < node->taint_count; i++)
        if (str_eq(node->ready_status, "True") || (!str_eq(node->taints[i].key, "node.kubernetes.io/not-ready") &&
                                                   !str_eq(node->taints[i].key, "node.kubernetes.io/unreachable")))
            say_taint(out, &node->taints[i]);
    if (load)
        say_full(out, node, load);
    say_gpus(out, gpus);
    to_front(out, HEALTH_BAD, &at);
    to_front(out, HEALTH_WARN, &at);
}
