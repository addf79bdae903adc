#include "ops/gpu_words.h"

#include <math.h>

#include "base/text.h"

/* How many may share one of the node's GPUs, as its label says (time slicing, MPS); 1: they are not shared. */
static int gpu_replicas(const struct node *node)
{
    const char *text = node_label(node, "nvidia.com/gpu.replicas");
    int64_t replicas;
    return text && text_int(text, &replicas) && replicas > 1 && replicas < 10000 ? (int)replicas : 1;
}

void gpu_product(char out[GPU_WORDS], const struct node *node, const char *resource)
{
    const char *product = node->gpu_product;
    int replicas = gpu_replicas(node);
    if (!resource)
        snprintf(out, GPU_WORDS, "%s", product ? product : "no GPU");
    else if (str_starts(resource, "nvidia.com/mig-"))
        snprintf(out, GPU_WORDS, "MIG %.40s%s%.100s", resource + strlen("nvidia.com/mig-"), product ? " of " : "", str_or_empty(product));
    else if (str_starts(resource, "nvidia.com/gpu") && replicas > 1)
        snprintf(out, GPU_WORDS, "%.100s ×%d", product ? product : "GPU", replicas);
    else if (str_eq(resource, "nvidia.com/gpu") || (product && str_eq(resource, "amd.com/gpu")))
        snprintf(out, GPU_WORDS, "%s", product ? product : "GPU");
    else
        snprintf(out, GPU_WORDS, "%.60s", resource);
    if (node->simulated && resource && !strstr(out, "simulated"))
        snprintf(out + strlen(out), GPU_WORDS - strlen(out), " (simulated)");
}

/* The exporter sees each of its GPUs do nothing: since the last of them began to. */
static int64_t idle_by_exporter(const struct dcgm_node *gpus, const struct pod *pod, int64_t now)
{
    int64_t since = INT64_MIN;
    const struct dcgm_gpu *gpu = NULL;
    while ((gpu = dcgm_of_pod(gpus, str_or_empty(pod->r.ns), pod->r.name, gpu))) {
        if (isnan(gpu->util))
            return -1;
        if (!gpu->idle_since)
            return 0;
        since = MAX(since, gpu->idle_since);
    }
    return since == INT64_MIN ? -1 : now - since;
}

static int64_t idle_by_traffic(const struct thing_traffic *traffic, int64_t now)
{
    double youngest = -1;
    for (size_t i = 0; i < traffic->count; i++)
        if (traffic->ports[i].age >= 0 && (youngest < 0 || traffic->ports[i].age < youngest))
            youngest = traffic->ports[i].age;
    if (youngest < 0 || !traffic->at)
        return -1;
    return (int64_t)(MIN(youngest, 1e9) * 1e9) + (now - traffic->at);
}

int64_t gpu_idle(const struct dcgm_node *gpus, const struct pod *pod, const struct thing_traffic *traffic, int64_t now)
{
    int64_t idle = gpus ? idle_by_exporter(gpus, pod, now) : -1;
    return idle < 0 && traffic ? idle_by_traffic(traffic, now) : idle;
}

int percent_of(int64_t part, int64_t whole)
{
    return whole > 0 ? (int)MIN(llround((double)part * 100 / (double)whole), 999999) : -1;
}

/* What is used of the nodes that are told of, in per cent of those. */
static void used_of(const struct store *nodes, const struct usage *usage, int *cpu, int *memory)
{
    int64_t cpu_used = 0, cpu_of = 0, memory_used = 0, memory_of = 0;
    *cpu = *memory = -1;
    if (!usage || !usage->known[USAGE_NODES])
        return;
    STORE_EACH(struct node, node, nodes) {
        const struct usage_amount *amount = usage_of_node(usage, node->r.name);
        if (amount && amount->cpu_milli >= 0) {
            cpu_used += amount->cpu_milli;
            cpu_of += node->cpu_milli;
        }
        if (amount && amount->memory >= 0) {
            memory_used += amount->memory;
            memory_of += node->memory;
        }
    }
    *cpu = percent_of(cpu_used, cpu_of);
    *memory = percent_of(memory_used, memory_of);
}

static void add_amount(struct buf *out, const char *name, int asked, int used)
{
    if (asked < 0)
        return;
    buf_addf(out, "%s%s %d%% requested", out->len ? " · " : "", name, asked);
    if (used >= 0)
        buf_addf(out, ", %d%% used", used);
}

void gpu_account_text(struct buf *out, const struct gpu_account *a)
{
    buf_addf(out, "%s: %d cap, %d alloc, %d used, %d free", a->resource, a->capacity, a->allocatable, a->used, a->free);
}

static void add_figure(struct buf *out, int width, double value, const char *unit)
{
    if (!isnan(value))
        buf_addf(out, "%s%*.0f%s", out->len ? "  " : "", width, value, unit);
}

void gpu_figures(struct buf *out, const struct dcgm_gpu *gpu)
{
    if (isnan(gpu->util))
        buf_addf(out, "%s  ?%%", out->len ? "  " : "");
    add_figure(out, 3, gpu->util, "%");
    if (!isnan(gpu->used) && !isnan(gpu->free))
        buf_addf(out, "  %.1f/%.1fGi", gpu->used / 1024, (gpu->used + gpu->free) / 1024);
    add_figure(out, 0, gpu->temp, "°C");
    add_figure(out, 0, gpu->power, "W");
    if (gpu->profile[0])
        buf_addf(out, "  MIG %s", gpu->profile);
}

static void add_devices(struct buf *out, struct device_ledger *devices)
{
    size_t count, used;
    device_ledger_total(devices, &count, &used);
    if (count)
        buf_addf(out, "DRA %zu devices, %zu allocated, %zu free", count, used, count - used);
}

void gpu_totals(struct buf *out, const struct gpu_ledger *gpus, struct device_ledger *devices, const struct load_ledger *load,
                const struct usage *usage, int idle)
{
    const struct load asked = load->asked, of = load->of;
    int cpu, memory;
    int sick = gpus->capacity - gpus->allocatable;
    add_devices(out, devices);
    if (gpus->accounts)
        buf_addf(out, "%sGPUs %d cap, %d alloc, %d used", out->len ? " · " : "", gpus->capacity, gpus->allocatable, gpus->used);
    if (gpus->accounts && idle > 0)
        buf_addf(out, " (%d idle)", idle);
    if (gpus->accounts)
        buf_addf(out, ", %d free", gpus->free);
    if (sick > 0)
        buf_addf(out, " (%d unhealthy%s)", sick, gpus->simulated ? ", simulated" : "");
    else if (gpus->simulated)
        buf_adds(out, " (simulated)");
    used_of(load->node_store, usage, &cpu, &memory);
    add_amount(out, "CPU", percent_of(asked.cpu_milli, of.cpu_milli), cpu);
    add_amount(out, "memory", percent_of(asked.memory, of.memory), memory);
    if (cpu < 0 && usage && usage->why[USAGE_NODES][0])
        buf_addf(out, " · %s", usage->why[USAGE_NODES]);
}
