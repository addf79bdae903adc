#include "ops/load.h"

struct desk { /* a node by its name; it need not be known (yet) */
    struct load load;
    const struct node *node; /* NULL: not known */
};

/* So much that a million of them have a sum. */
static int64_t at_most(int64_t amount)
{
    return MIN(amount, INT64_MAX >> 20);
}

/* It enters the sums, or leaves them to be changed. */
static void sum(struct load_ledger *ledger, const struct desk *desk, int sign)
{
    if (!desk->node)
        return;
    ledger->asked.cpu_milli += sign * desk->load.cpu_milli;
    ledger->asked.memory += sign * desk->load.memory;
    ledger->asked.pods += sign * desk->load.pods;
    ledger->of.cpu_milli += sign * at_most(desk->node->cpu_milli);
    ledger->of.memory += sign * at_most(desk->node->memory);
    ledger->of.pods += sign * desk->node->pods;
}

static struct desk *desk_of(struct load_ledger *ledger, const char *name)
{
    struct desk *desk = map_get(&ledger->nodes, name);
    if (!desk) {
        desk = xcalloc(1, sizeof *desk);
        map_put(&ledger->nodes, name, desk);
    }
    return desk;
}

static bool counts(const struct pod *pod)
{
    return pod && pod->node && !pod->terminal;
}

static void book(struct load_ledger *ledger, const struct pod *pod, int sign)
{
    struct desk *desk = desk_of(ledger, pod->node);
    sum(ledger, desk, -1);
    desk->load.cpu_milli += sign * at_most(pod->cpu_milli);
    desk->load.memory += sign * at_most(pod->memory);
    desk->load.pods += sign;
    sum(ledger, desk, 1);
    if (!desk->load.pods && !desk->node)
        free(map_del(&ledger->nodes, pod->node));
}

static void take_node(struct load_ledger *ledger, const char *name, const struct node *node)
{
    struct desk *desk = desk_of(ledger, name);
    sum(ledger, desk, -1);
    desk->node = node;
    sum(ledger, desk, 1);
    if (!desk->load.pods && !desk->node)
        free(map_del(&ledger->nodes, name));
}

static void tell(const struct load_ledger *ledger)
{
    if (ledger->changed)
        ledger->changed(ledger->data);
}

static void on_pods(void *data, const struct change *changes, size_t count)
{
    struct load_ledger *ledger = data;
    bool changed = false;
    for (size_t i = 0; i < count; i++) {
        const struct pod *before = (const struct pod *)changes[i].before, *now = (const struct pod *)changes[i].now;
        if (counts(before) && counts(now) && before->node == now->node && before->cpu_milli == now->cpu_milli &&
            before->memory == now->memory)
            continue;
        if (counts(before))
            book(ledger, before, -1);
        if (counts(now))
            book(ledger, now, 1);
        changed |= counts(before) || counts(now);
    }
    if (changed)
        tell(ledger);
}

static void on_nodes(void *data, const struct change *changes, size_t count)
{
    struct load_ledger *ledger = data;
    for (size_t i = 0; i < count; i++) {
        const struct record *any = changes[i].now ? changes[i].now : changes[i].before;
        /* the one before goes when its successor is told of: its figures are taken out while it is there still */
        take_node(ledger, any->name, (const struct node *)changes[i].now);
    }
    tell(ledger);
}

struct load_ledger *load_ledger_new(struct store *nodes, struct store *pods, loop_fn changed, void *data)
{
    struct load_ledger *ledger = xcalloc(1, sizeof *ledger);
    ledger->node_store = nodes;
    ledger->changed = changed;
    ledger->data = data;
    STORE_EACH(struct node, node, nodes) take_node(ledger, node->r.name, node);
    STORE_EACH(struct pod, pod, pods)
        if (counts(pod))
            book(ledger, pod, 1);
    store_listen(nodes, &ledger->on_nodes, on_nodes, ledger);
    store_listen(pods, &ledger->on_pods, on_pods, ledger);
    return ledger;
}

void load_ledger_free(struct load_ledger *ledger)
{
    if (!ledger)
        return;
    store_unlisten(&ledger->on_nodes);
    store_unlisten(&ledger->on_pods);
    map_release(&ledger->nodes, free);
    free(ledger);
}

struct load load_of(const struct load_ledger *ledger, const char *node)
{
    const struct desk *desk = map_get(&ledger->nodes, node);
    return desk ? desk->load : (struct load){0};
}
