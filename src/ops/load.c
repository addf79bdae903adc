#include "ops/load.h"

static bool counts(const struct pod *pod)
{
    return pod && pod->node && !pod->terminal;
}

static void book(struct load_ledger *ledger, const struct pod *pod, int sign)
{
    struct load *load = map_get(&ledger->nodes, pod->node);
    if (!load) {
        load = xcalloc(1, sizeof *load);
        map_put(&ledger->nodes, pod->node, load);
    }
    load->cpu_milli += sign * MIN(pod->cpu_milli, INT64_MAX >> 20);
    load->memory += sign * MIN(pod->memory, INT64_MAX >> 20);
    load->pods += sign;
    if (!load->pods)
        free(map_del(&ledger->nodes, pod->node));
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
    if (changed && ledger->changed)
        ledger->changed(ledger->data);
}

struct load_ledger *load_ledger_new(struct store *nodes, struct store *pods, loop_fn changed, void *data)
{
    struct load_ledger *ledger = xcalloc(1, sizeof *ledger);
    ledger->node_store = nodes;
    ledger->changed = changed;
    ledger->data = data;
    STORE_EACH(struct pod, pod, pods)
        if (counts(pod))
            book(ledger, pod, 1);
    store_listen(pods, &ledger->on_pods, on_pods, ledger);
    return ledger;
}

void load_ledger_free(struct load_ledger *ledger)
{
    if (!ledger)
        return;
    store_unlisten(&ledger->on_pods);
    map_release(&ledger->nodes, free);
    free(ledger);
}

struct load load_of(const struct load_ledger *ledger, const char *node)
{
    const struct load *load = map_get(&ledger->nodes, node);
    return load ? *load : (struct load){0};
}

void load_total(const struct load_ledger *ledger, struct load *asked, struct load *of)
{
    *asked = *of = (struct load){0};
    STORE_EACH(struct node, node, ledger->node_store) {
        struct load load = load_of(ledger, node->r.name);
        asked->cpu_milli += load.cpu_milli;
        asked->memory += load.memory;
        asked->pods += load.pods;
        of->cpu_milli += node->cpu_milli;
        of->memory += node->memory;
        of->pods += node->pods;
    }
}
