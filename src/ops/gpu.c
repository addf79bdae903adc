#include "ops/gpu.h"

#include "base/map.h"

bool gpu_is_resource(const char *name)
{
    static const char *const exact[] = {"nvidia.com/gpu", "nvidia.com/gpu.shared", "amd.com/gpu", NULL};
    for (size_t i = 0; exact[i]; i++)
        if (str_eq(name, exact[i]))
            return true;
    return str_starts(name, "nvidia.com/mig-") || str_starts(name, "gpu.intel.com/");
}

static void hold(struct gpu_account *account, const struct pod *pod, int count)
{
    account->holders = xreallocarray(account->holders, account->holder_count + 1, sizeof *account->holders);
    account->holders[account->holder_count++] = (struct gpu_holder){pod, count};
    account->used += count;
}

void gpu_report(struct gpu_report *out, const struct store *nodes, const struct store *pods)
{
    *out = (struct gpu_report){0};
    struct map first = MAP_INIT; /* node → 1 + the index of its first account: the others stand behind it */
    size_t cap = 0;
    STORE_EACH(struct node, node, nodes)
        for (size_t i = 0; i < node->resource_count; i++) {
            const struct node_resource *r = &node->resources[i];
            if (!gpu_is_resource(r->name))
                continue;
            if (!out->count || out->accounts[out->count - 1].node != node)
                map_put(&first, node->r.name, (void *)(uintptr_t)(out->count + 1));
            GROW(out->accounts, out->count, cap);
            out->accounts[out->count++] = (struct gpu_account){
                .node = node, .resource = r->name, .capacity = r->capacity, .allocatable = r->allocatable};
            out->simulated |= node->simulated;
        }
    STORE_EACH(struct pod, pod, pods) {
        size_t at = pod->terminal || !pod->node || !pod->gpu_count ? 0 : (size_t)(uintptr_t)map_get(&first, pod->node);
        /* names are interned: the same text is the same pointer */
        for (; at && at <= out->count && out->accounts[at - 1].node->r.name == pod->node; at++)
            for (size_t g = 0; g < pod->gpu_count; g++)
                if (out->accounts[at - 1].resource == pod->gpus[g].resource)
                    hold(&out->accounts[at - 1], pod, pod->gpus[g].count);
    }
    map_release(&first, NULL);
    for (size_t i = 0; i < out->count; i++) {
        struct gpu_account *a = &out->accounts[i];
        a->free = MAX(a->allocatable - a->used, 0);
        out->capacity += a->capacity;
        out->allocatable += a->allocatable;
        out->used += a->used;
        out->free += a->free;
    }
}

void gpu_report_release(struct gpu_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        free(report->accounts[i].holders);
    free(report->accounts);
    *report = (struct gpu_report){0};
}
