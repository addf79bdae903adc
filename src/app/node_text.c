#include "app/node_text.h"

#include "base/text.h"
#include "base/time.h"
#include "ops/node_room.h"
#include "ops/status.h"

void node_resources_text(struct buf *out, const struct gpu_account *account)
{
    for (; account; account = account->next)
        if (account->node && account->resource)
            buf_addf(out, "%s%s %d/%d of %d", out->len ? "," : "", account->resource, account->used, account->allocatable,
                     account->capacity);
}

static void add_amount(struct buf *out, const char *name, int64_t asked, int64_t used, int64_t of)
{
    buf_addf(out, "  %-10s %d%% requested", name, MAX(percent_of(asked, of), 0));
    if (used >= 0)
        buf_addf(out, ", %d%% used", MAX(percent_of(used, of), 0));
    buf_addc(out, '\n');
}

static void add_gpu(struct buf *out, const struct dcgm_gpu *gpu)
{
    buf_addf(out, "  GPU %s%s%s", gpu->index, gpu->instance[0] ? "/" : "", gpu->instance);
    gpu_figures(out, gpu);
    if (gpu->xid > 0)
        buf_addf(out, "  XID %d%s%s", gpu->xid, *dcgm_xid_words(gpu->xid) ? ": " : "", dcgm_xid_words(gpu->xid));
    for (size_t i = 0; i < gpu->pod_count; i++)
        buf_addf(out, "  %s/%s", gpu->pods[i].ns, gpu->pods[i].name);
    buf_addc(out, '\n');
}

static void add_gpus(struct buf *out, const struct node *node, const struct gpu_account *account, const struct usage *usage)
{
    const struct dcgm_node *gpus = usage_gpus(usage, node->r.name);
    bool has = false;
    for (; account; account = account->next) {
        if (!account->node || !account->resource)
            continue;
        has = true;
        buf_adds(out, "  ");
        gpu_account_text(out, account);
        for (size_t i = 0; i < account->holder_count; i++)
            buf_addf(out, "%s%s/%s", i ? ", " : "; held by ", str_or_empty(account->holders[i].pod->r.ns),
                     account->holders[i].pod->r.name);
        buf_addc(out, '\n');
    }
    for (size_t i = 0; gpus && i < gpus->count; i++)
        add_gpu(out, &gpus->gpus[i]);
    if (has && !gpus && usage->why[USAGE_GPUS][0])
        buf_addf(out, "  %s\n", usage->why[USAGE_GPUS]);
}

static void add_devices(struct buf *out, const struct device_node *devices)
{
    char user[300];
    for (size_t i = 0; devices && i < devices->count; i++) {
        const struct device *device = &devices->devices[i];
        device_user(user, device);
        buf_addf(out, "  DRA %s  %s%s  %s\n", str_or_empty(device->device->name), device_product(device),
                 device->device->tainted ? "  tainted" : "", *user ? user : "free");
    }
}

static void add_pod(struct buf *out, const struct pod *pod, int64_t now_wall)
{
    struct pod_words words;
    char age[TIME_TEXT];
    int gpus = 0;
    for (size_t i = 0; i < pod->gpu_count; i++)
        gpus += pod->gpus[i].count;
    pod_words(&words, pod);
    buf_addf(out, "  %s/%s  %s  cpu %" PRId64 "m  memory %" PRId64 "Mi", str_or_empty(pod->r.ns), pod->r.name, words.status,
             pod->cpu_milli, pod->memory >> 20);
    if (gpus)
        buf_addf(out, "  GPU %d", gpus);
    buf_addf(out, "  %s\n", pod->r.created ? time_age(age, now_wall - pod->r.created) : "<unknown>");
}

void node_text(struct buf *out, const struct node *node, const struct gpu_ledger *gpus, const struct load_ledger *load,
               const struct store *pods, struct device_ledger *devices, const struct usage *usage, int64_t now_wall)
{
    struct load asked = load_of(load, node->r.name);
    const struct usage_amount *used = usage_of_node(usage, node->r.name);
    const struct gpu_account *account = gpu_ledger_node(gpus, node->r.name);
    struct node_room room;
    char words[64];
    node_words(words, node);
    buf_addf(out, "%s: %s", node->r.name, words);
    const char *const facts[] = {node->roles, node->version, node->internal_ip, node->gpu_product};
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
        if (facts[i])
            buf_addf(out, " · %s", facts[i]);
    buf_addc(out, '\n');
    node_room(&room, node, account, &asked);
    for (size_t i = 0; i < room.count; i++)
        buf_addf(out, "  %s\n", room.lines[i].text);
    add_amount(out, "CPU", asked.cpu_milli, used ? used->cpu_milli : -1, node->cpu_milli);
    add_amount(out, "memory", asked.memory, used ? used->memory : -1, node->memory);
    if (!used && usage->why[USAGE_NODES][0])
        buf_addf(out, "  %s\n", usage->why[USAGE_NODES]);
    add_gpus(out, node, account, usage);
    add_devices(out, device_ledger_node(devices, node->r.name));
    size_t ended = 0;
    STORE_EACH(struct pod, pod, pods) ended += pod->node == node->r.name && pod->terminal;
    buf_addf(out, "pods (%d", asked.pods);
    if (ended)
        buf_addf(out, ", and %zu that ended", ended);
    buf_adds(out, "):\n");
    STORE_EACH(struct pod, pod, pods)
        if (pod->node == node->r.name)
            add_pod(out, pod, now_wall);
}
