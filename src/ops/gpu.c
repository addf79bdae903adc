#include "ops/gpu.h"

bool gpu_is_resource(const char *name)
{
    static const char *const exact[] = {"nvidia.com/gpu", "nvidia.com/gpu.shared", "amd.com/gpu", NULL};
    for (size_t i = 0; exact[i]; i++)
        if (str_eq(name, exact[i]))
            return true;
    return str_starts(name, "nvidia.com/mig-") || str_starts(name, "gpu.intel.com/");
}

/* An account enters the sums, or leaves them to be changed. */
static void sum(struct gpu_ledger *ledger, const struct gpu_account *account, int sign)
{
    if (!account->node || !account->resource)
        return;
    ledger->capacity += sign * account->capacity;
    ledger->allocatable += sign * account->allocatable;
    ledger->used += sign * account->used;
    ledger->free += sign * account->free;
    ledger->accounts += (size_t)sign;
    ledger->simulated += sign * account->node->simulated;
}

static void tell(const struct gpu_ledger *ledger, const struct gpu_account *account, bool now)
{
    if (ledger->changed && account->node)
        ledger->changed(ledger->data, account, now);
}

/* resource NULL: the account of a node without GPUs. */
static struct gpu_account *find(const struct gpu_ledger *ledger, const char *node, const char *resource)
{
    struct gpu_account *account = map_get(&ledger->nodes, node);
    while (account && account->resource != resource && !str_eq(account->resource, resource))
        account = account->next;
    return account;
}

/* Not told of: it is empty still. */
static struct gpu_account *add(struct gpu_ledger *ledger, const char *node, istr resource)
{
    struct gpu_account *account = xcalloc(1, sizeof *account), *first = map_get(&ledger->nodes, node), **at = &first;
    account->resource = istr_ref(resource);
    while (*at && resource && strcmp(str_or_empty((*at)->resource), resource) < 0)
        at = &(*at)->next;
    account->next = *at;
    *at = account;
    map_put(&ledger->nodes, node, first);
    return account;
}

/* One that is in no sum and that nobody holds anything of. */
static void remove_account(struct gpu_ledger *ledger, const char *node, struct gpu_account *account)
{
    struct gpu_account *first = map_get(&ledger->nodes, node), **at = &first;
    while (*at != account)
        at = &(*at)->next;
    *at = account->next;
    if (first)
        map_put(&ledger->nodes, node, first);
    else
        map_del(&ledger->nodes, node);
    istr_unref(account->resource);
    free(account->holders);
    free(account);
}

static void count_free(struct gpu_account *account)
{
    account->free = MAX(account->allocatable - account->used, 0);
}

/* Nodes. */

static size_t resources(const struct node *node)
{
    size_t count = 0;
    for (size_t i = 0; i < node->resource_count; i++)
        count += gpu_is_resource(node->resources[i].name);
    return count;
}

static void open_account(struct gpu_ledger *ledger, const struct node *node, const struct node_resource *r)
{
    istr resource = r ? r->name : NULL;
    struct gpu_account *account = find(ledger, node->r.name, resource);
    if (!account)
        account = add(ledger, node->r.name, resource);
    sum(ledger, account, -1);
    account->node = node;
    account->capacity = r ? r->capacity : 0;
    account->allocatable = r ? r->allocatable : 0;
    count_free(account);
    sum(ledger, account, 1);
    tell(ledger, account, true);
}

/* Accounts of resources that the node no longer has (node NULL: that it is gone) are closed; they stay, unknown, while
 * something is held on them. */
static void close_accounts(struct gpu_ledger *ledger, const char *name, const struct node *node)
{
    struct gpu_account *next, *account = map_get(&ledger->nodes, name);
    for (; account; account = next) {
        next = account->next;
        bool has = node && !account->resource && !resources(node);
        for (size_t i = 0; node && i < node->resource_count && !has; i++)
            has = str_eq(node->resources[i].name, account->resource) && gpu_is_resource(account->resource);
        if (has || !account->node)
            continue;
        tell(ledger, account, false);
        sum(ledger, account, -1);
        account->node = NULL;
        account->capacity = account->allocatable = 0;
        count_free(account);
        if (!account->holder_count)
            remove_account(ledger, name, account);
    }
}

static void take_node(struct gpu_ledger *ledger, const struct node *node)
{
    close_accounts(ledger, node->r.name, node);
    for (size_t i = 0; i < node->resource_count; i++)
        if (gpu_is_resource(node->resources[i].name))
            open_account(ledger, node, &node->resources[i]);
    if (!resources(node))
        open_account(ledger, node, NULL);
}

static void on_nodes(void *data, const struct change *changes, size_t count)
{
    struct gpu_ledger *ledger = data;
    for (size_t i = 0; i < count; i++) {
        if (changes[i].now)
            take_node(ledger, (const struct node *)changes[i].now);
        else
            close_accounts(ledger, changes[i].before->name, NULL);
    }
}

/* Pods. */

static bool holds(const struct pod *pod)
{
    return pod && pod->gpu_count && pod->node && !pod->terminal;
}

static bool comes_before(const struct pod *a, const struct pod *b)
{
    int order = strcmp(str_or_empty(a->r.ns), str_or_empty(b->r.ns));
    return order ? order < 0 : strcmp(a->r.name, b->r.name) < 0;
}

static void hold(struct gpu_ledger *ledger, const struct pod *pod, const struct pod_gpu *gpu)
{
    struct gpu_account *account = find(ledger, pod->node, gpu->resource);
    if (!account)
        account = add(ledger, pod->node, gpu->resource);
    for (size_t i = 0; i < account->holder_count; i++)
        if (account->holders[i].pod == pod)
            return; /* it began to listen while this change was being told */
    sum(ledger, account, -1);
    GROW(account->holders, account->holder_count, account->holder_cap);
    size_t at = account->holder_count++;
    for (; at && comes_before(pod, account->holders[at - 1].pod); at--)
        account->holders[at] = account->holders[at - 1];
    account->holders[at] = (struct gpu_holder){pod, gpu->count};
    account->used += gpu->count;
    count_free(account);
    sum(ledger, account, 1);
    tell(ledger, account, true);
}

static void let_go(struct gpu_ledger *ledger, const struct pod *pod, const struct pod_gpu *gpu)
{
    struct gpu_account *account = find(ledger, pod->node, gpu->resource);
    size_t i = 0;
    while (account && i < account->holder_count && account->holders[i].pod != pod)
        i++;
    if (!account || i == account->holder_count)
        return;
    sum(ledger, account, -1);
    account->used -= account->holders[i].count;
    account->holder_count--;
    memmove(&account->holders[i], &account->holders[i + 1], (account->holder_count - i) * sizeof *account->holders);
    count_free(account);
    sum(ledger, account, 1);
    if (!account->node && !account->holder_count)
        remove_account(ledger, pod->node, account);
    else
        tell(ledger, account, true);
}

/* The same pod with the same GPUs on the same node: only the record is another. */
static bool handed_over(struct gpu_ledger *ledger, const struct pod *before, const struct pod *now)
{
    if (before->node != now->node || before->gpu_count != now->gpu_count)
        return false;
    for (size_t g = 0; g < now->gpu_count; g++)
        if (before->gpus[g].resource != now->gpus[g].resource || before->gpus[g].count != now->gpus[g].count)
            return false;
    for (size_t g = 0; g < now->gpu_count; g++) {
        struct gpu_account *account = find(ledger, now->node, now->gpus[g].resource);
        for (size_t i = 0; account && i < account->holder_count; i++)
            if (account->holders[i].pod == before)
                account->holders[i].pod = now;
    }
    return true;
}

static void take_pod(struct gpu_ledger *ledger, const struct pod *before, const struct pod *now)
{
    if (holds(before) && holds(now) && handed_over(ledger, before, now))
        return;
    for (size_t g = 0; holds(before) && g < before->gpu_count; g++)
        if (gpu_is_resource(before->gpus[g].resource))
            let_go(ledger, before, &before->gpus[g]);
    for (size_t g = 0; holds(now) && g < now->gpu_count; g++)
        if (gpu_is_resource(now->gpus[g].resource))
            hold(ledger, now, &now->gpus[g]);
}

static void on_pods(void *data, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        take_pod(data, (const struct pod *)changes[i].before, (const struct pod *)changes[i].now);
}

struct gpu_ledger *gpu_ledger_new(struct store *nodes, struct store *pods)
{
    struct gpu_ledger *ledger = xcalloc(1, sizeof *ledger);
    ledger->node_store = nodes;
    ledger->pod_store = pods;
    STORE_EACH(struct node, node, nodes) take_node(ledger, node);
    STORE_EACH(struct pod, pod, pods) take_pod(ledger, NULL, pod);
    store_listen(nodes, &ledger->on_nodes, on_nodes, ledger);
    store_listen(pods, &ledger->on_pods, on_pods, ledger);
    return ledger;
}

void gpu_ledger_free(struct gpu_ledger *ledger)
{
    if (!ledger)
        return;
    store_unlisten(&ledger->on_nodes);
    store_unlisten(&ledger->on_pods);
    for (struct map_entry *e = map_first(&ledger->nodes); e; e = map_next(&ledger->nodes, e))
        for (struct gpu_account *next, *account = e->value; account; account = next) {
            next = account->next;
            istr_unref(account->resource);
            free(account->holders);
            free(account);
        }
    map_release(&ledger->nodes, NULL);
    free(ledger);
}

void gpu_ledger_listen(struct gpu_ledger *ledger, gpu_fn changed, void *data)
{
    ledger->changed = changed;
    ledger->data = data;
}

const struct gpu_account *gpu_ledger_node(const struct gpu_ledger *ledger, const char *node)
{
    return map_get(&ledger->nodes, node);
}
