#include "ops/dcgm.h"

#include <math.h>

#include "ops/metrics.h"

#define MAX_GPUS 512
/* DCGM's "no value" of any type (0x7ffffff0 and above, 2^47, 2^63 - 16) is more than any figure here can be. */
#define BLANK 2147483632.0

/* Each gauge by its field; the engine's share of the time stands for the utilisation, which MIG instances do not have. */
static const struct gauge {
    const char *name;
    size_t field; /* of struct dcgm_gpu, a double */
    double scale;
    bool second; /* only where nothing better was told */
} gauges[] = {
    {"DCGM_FI_DEV_GPU_UTIL", offsetof(struct dcgm_gpu, util), 1, false},
    {"DCGM_FI_PROF_GR_ENGINE_ACTIVE", offsetof(struct dcgm_gpu, util), 100, true},
    {"DCGM_FI_DEV_FB_USED", offsetof(struct dcgm_gpu, used), 1, false},
    {"DCGM_FI_DEV_FB_FREE", offsetof(struct dcgm_gpu, free), 1, false},
    {"DCGM_FI_DEV_GPU_TEMP", offsetof(struct dcgm_gpu, temp), 1, false},
    {"DCGM_FI_DEV_POWER_USAGE", offsetof(struct dcgm_gpu, power), 1, false},
};

static const struct {
    int xid;
    const char *words;
} xids[] = {
    {13, "graphics engine exception"},
    {31, "GPU memory page fault"},
    {43, "a program's channel was reset"},
    {45, "preemptive cleanup after an earlier error"},
    {48, "double-bit ECC error"},
    {61, "internal micro-controller breakpoint"},
    {62, "internal micro-controller halt"},
    {63, "memory row remapped or page retired"},
    {64, "memory row or page could not be retired"},
    {74, "NVLink error"},
    {79, "the GPU has fallen off the bus"},
    {92, "many single-bit ECC errors"},
    {94, "contained ECC error"},
    {95, "uncontained ECC error"},
    {119, "the GPU's system processor does not answer"},
    {120, "error of the GPU's system processor"},
};

const char *dcgm_xid_words(int xid)
{
    for (size_t i = 0; i < ARRAY_SIZE(xids); i++)
        if (xids[i].xid == xid)
            return xids[i].words;
    return "";
}

static struct dcgm_gpu *find(const struct dcgm_node *node, const char *index, const char *uuid, const char *instance)
{
    for (size_t i = 0; i < node->count; i++) {
        struct dcgm_gpu *gpu = &node->gpus[i];
        if (str_eq(gpu->index, index) && str_eq(gpu->uuid, uuid) && str_eq(gpu->instance, instance))
            return gpu;
    }
    return NULL;
}

static void add_pod(struct dcgm_gpu *gpu, const char *labels, size_t len)
{
    struct dcgm_pod pod = {"", ""};
    metrics_label(labels, len, "namespace", pod.ns, sizeof pod.ns);
    if (!metrics_label(labels, len, "pod", pod.name, sizeof pod.name) || !pod.name[0] || gpu->pod_count == DCGM_PODS)
        return;
    for (size_t i = 0; i < gpu->pod_count; i++)
        if (str_eq(gpu->pods[i].ns, pod.ns) && str_eq(gpu->pods[i].name, pod.name))
            return;
    gpu->pods[gpu->pod_count++] = pod;
}

static struct dcgm_gpu *gpu_of(struct dcgm_node *node, const char *labels, size_t len)
{
    struct dcgm_gpu gpu = {.util = NAN, .used = NAN, .free = NAN, .temp = NAN, .power = NAN, .xid = -1};
    metrics_label(labels, len, "gpu", gpu.index, sizeof gpu.index);
    metrics_label(labels, len, "UUID", gpu.uuid, sizeof gpu.uuid);
    metrics_label(labels, len, "modelName", gpu.model, sizeof gpu.model);
    metrics_label(labels, len, "GPU_I_PROFILE", gpu.profile, sizeof gpu.profile);
    metrics_label(labels, len, "GPU_I_ID", gpu.instance, sizeof gpu.instance);
    if (!gpu.index[0] && !gpu.uuid[0])
        return NULL;
    struct dcgm_gpu *there = find(node, gpu.index, gpu.uuid, gpu.instance);
    if (there || node->count == MAX_GPUS)
        return there;
    node->gpus = xreallocarray(node->gpus, node->count + 1, sizeof *node->gpus);
    node->gpus[node->count] = gpu;
    return &node->gpus[node->count++];
}

static void on_sample(void *data, const char *name, const char *labels, size_t labels_len, double value)
{
    const struct gauge *gauge = NULL;
    bool xid = str_eq(name, "DCGM_FI_DEV_XID_ERRORS");
    for (size_t i = 0; i < ARRAY_SIZE(gauges) && !gauge; i++)
        gauge = str_eq(name, gauges[i].name) ? &gauges[i] : NULL;
    if ((!gauge && !xid) || !(value >= 0) || value >= BLANK)
        return;
    struct dcgm_gpu *gpu = gpu_of(data, labels, labels_len);
    if (!gpu)
        return;
    add_pod(gpu, labels, labels_len);
    if (xid) {
        gpu->xid = (int)value;
        return;
    }
    double *field = (double *)(void *)((char *)gpu + gauge->field);
    if (!gauge->second || isnan(*field))
        *field = value * gauge->scale;
}

/* "9" before "10": texts of digits. */
static int compare_numbers(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    return n != m ? (n < m ? -1 : 1) : strcmp(a, b);
}

static int compare(const void *a, const void *b)
{
    const struct dcgm_gpu *x = a, *y = b;
    int order = compare_numbers(x->index, y->index);
    return order ? order : compare_numbers(x->instance, y->instance);
}

void dcgm_read(struct dcgm_node *node, const char *text, size_t len, int64_t now, int64_t gap)
{
    struct dcgm_node before = *node;
    *node = (struct dcgm_node){.at = now};
    metrics_parse(text, len, on_sample, node);
    if (node->count)
        qsort(node->gpus, node->count, sizeof *node->gpus, compare);
    bool goes_on = before.at && now - before.at <= gap;
    for (size_t i = 0; i < node->count; i++) {
        struct dcgm_gpu *gpu = &node->gpus[i];
        const struct dcgm_gpu *old = find(&before, gpu->index, gpu->uuid, gpu->instance);
        if (isnan(gpu->util) || gpu->util > 0)
            continue;
        gpu->idle_since = old && old->idle_since && goes_on ? old->idle_since : now;
    }
    free(before.gpus);
}

void dcgm_release(struct dcgm_node *node)
{
    free(node->gpus);
    *node = (struct dcgm_node){0};
}

const struct dcgm_gpu *dcgm_of_pod(const struct dcgm_node *node, const char *ns, const char *pod, const struct dcgm_gpu *after)
{
    for (size_t i = after ? (size_t)(after - node->gpus) + 1 : 0; i < node->count; i++)
        for (size_t k = 0; k < node->gpus[i].pod_count; k++)
            if (str_eq(node->gpus[i].pods[k].name, pod) && str_eq(node->gpus[i].pods[k].ns, ns))
                return &node->gpus[i];
    return NULL;
}
