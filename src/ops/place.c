#include "ops/place.h"

#include "ops/place_full.h"

struct own { /* a pod of the graph */
    const struct pod *pod;
    struct desk *desk;
    size_t thing;     /* SIZE_MAX: it left the graph */
    struct own *next; /* of those that stay: of the same thing */
};

struct seat { /* a thing */
    size_t need;
    struct own *own; /* what stays */
    int kept;
};

struct work {
    struct place *out;
    const struct graph *graph;
    struct accounts accounts;
    struct seat *seats; /* by thing */
    struct own *owned;
    size_t own_count, own_cap;
    bool *open;         /* scratch: by desk, whether it takes a pod */
    struct desk **heap; /* scratch */
    const struct place_listener *listener;
    struct place_holders holders; /* kept while somebody listens */
};

static bool is_placed(const struct graph_thing *thing)
{
    return !thing->external && thing->entry;
}

static bool may_run(const struct work *w, const struct desk *desk, const struct need *need)
{
    return desk_verdict(&w->accounts, desk, need)->no == PLACE_MAY && desk_has_room(desk, need);
}

static void add_holder(struct work *w, const struct desk *desk, const struct pod *pod, size_t thing)
{
    struct place_holders *h = &w->holders;
    if (!w->listener)
        return;
    GROW(h->items, h->count, h->cap);
    h->items[h->count++] = (struct place_holder){.desk = desk, .pod = pod};
    if (!pod) {
        h->items[h->count - 1].thing = w->graph->things[thing].name;
        h->items[h->count - 1].need = &w->accounts.needs[w->seats[thing].need];
    }
}

static struct place_gpu *gpu_of(struct place *out, const char *resource)
{
    for (size_t i = 0; i < out->gpu_count; i++)
        if (strcmp(out->gpus[i].resource, resource) == 0)
            return &out->gpus[i];
    out->gpus = xreallocarray(out->gpus, out->gpu_count + 1, sizeof *out->gpus);
    out->gpus[out->gpu_count] = (struct place_gpu){.resource = xstrdup(resource)};
    return &out->gpus[out->gpu_count++];
}

static void read_graph(struct work *w)
{
    for (size_t i = 0; i < w->graph->thing_count; i++) {
        const struct graph_thing *thing = &w->graph->things[i];
        w->seats[i].need = SIZE_MAX;
        if (!is_placed(thing))
            continue;
        w->seats[i].need = accounts_need(&w->accounts, thing);
        if (thing->gpu_count > 0)
            gpu_of(w->out, thing->gpu_resource)->asked += (int64_t)thing->gpu_count * thing->replicas;
    }
}

static void book_pods(struct work *w, const struct store *pods)
{
    istr graph = istr_new(w->graph->name), ns = istr_new(w->graph->ns);
    STORE_EACH(struct pod, pod, pods) {
        struct desk *desk = pod->node && !pod->terminal ? map_get(&w->accounts.by_name, pod->node) : NULL;
        if (!desk)
            continue;
        desk_book(&w->accounts, desk, pod, 1);
        if (pod->graph != graph || pod->r.ns != ns || !pod->thing) {
            add_holder(w, desk, pod, SIZE_MAX);
            continue;
        }
        GROW(w->owned, w->own_count, w->own_cap);
        size_t thing = graph_index(w->graph, pod->thing);
        bool placed = thing != SIZE_MAX && is_placed(&w->graph->things[thing]);
        w->owned[w->own_count++] = (struct own){.pod = pod, .desk = desk, .thing = placed ? thing : SIZE_MAX};
    }
    istr_unref(graph);
    istr_unref(ns);
}

/* The sums, while all that runs is in the accounts. */
static void sum_gpus(struct work *w)
{
    const struct accounts *a = &w->accounts;
    for (size_t i = 0; i < w->out->gpu_count; i++) {
        struct place_gpu *gpu = &w->out->gpus[i];
        size_t device = accounts_device(&w->accounts, gpu->resource);
        for (size_t k = 0; k < a->desk_count; k++) {
            const struct node *node = a->desks[k].node;
            for (size_t r = 0; r < node->resource_count; r++)
                if (node->resources[r].name == a->devices[device]) {
                    gpu->allocatable += node->resources[r].allocatable;
                    gpu->simulated |= node->simulated;
                }
            gpu->free += MAX(a->desks[k].free[device], 0);
        }
        for (size_t k = 0; k < w->own_count; k++)
            for (size_t g = 0; g < w->owned[k].pod->gpu_count; g++)
                if (w->owned[k].pod->gpus[g].resource == a->devices[device])
                    gpu->held += w->owned[k].pod->gpus[g].count;
    }
}

/* A cordon or a taint that came later does not move a pod, another nodeSelector does. */
static void keep_own(struct work *w)
{
    for (size_t i = 0; i < w->own_count; i++)
        desk_book(&w->accounts, w->owned[i].desk, w->owned[i].pod, -1);
    for (size_t i = 0; i < w->own_count; i++) {
        struct own *own = &w->owned[i];
        struct seat *seat = own->thing == SIZE_MAX ? NULL : &w->seats[own->thing];
        if (!seat || own->pod->deleted || seat->kept == w->graph->things[own->thing].replicas)
            continue;
        const struct need *need = &w->accounts.needs[seat->need];
        if (!place_rule_selects(&w->accounts.rules[need->rule], own->desk->node) ||
            !(need_is_covered(&w->accounts, need, own->pod) || desk_has_room(own->desk, need)))
            continue;
        desk_take(own->desk, need, 1);
        seat->kept++;
        own->next = seat->own;
        seat->own = own;
        add_holder(w, own->desk, NULL, own->thing);
    }
}

/* Of the nodes that do not take one more. */
static void tell_refused(struct work *w, size_t thing, const struct need *need)
{
    const struct accounts *a = &w->accounts;
    for (size_t i = 0, told = 0; i < a->desk_count && told < PLACE_TOLD; i++) {
        if (w->open[i])
            continue;
        struct place_tally tally = {.count = 0};
        struct buf why;
        buf_init(&why, 4096);
        desk_explain(a, &a->desks[i], need, &tally);
        place_reasons_words(&why, &tally);
        w->listener->refused(w->listener->data, thing, a->desks[i].node, why.data);
        buf_release(&why);
        told++;
    }
}

/* The nodes that take one more beside all that stays; what the thing itself has there is not in its way. */
static void list_nodes(struct work *w, size_t thing, const struct need *need)
{
    const struct accounts *a = &w->accounts;
    struct place_thing *out = &w->out->things[thing];
    size_t most = MIN(a->desk_count, PLACE_NAMED);
    const struct own *first = w->seats[thing].own;
    out->nodes = &w->out->nodes[thing * most];
    for (const struct own *own = first; own; own = own->next)
        desk_take(own->desk, need, -1);
    for (const struct own *own = first; own; own = own->next)
        w->open[own->desk - a->desks] = may_run(w, own->desk, need);
    for (size_t i = 0; i < a->desk_count; i++)
        if (w->open[i] && out->node_count++ < most)
            out->nodes[out->node_count - 1] = a->desks[i].node;
    if (w->listener)
        tell_refused(w, thing, need);
    for (const struct own *own = first; own; own = own->next)
        desk_take(own->desk, need, 1);
    for (const struct own *own = first; own; own = own->next)
        w->open[own->desk - a->desks] = may_run(w, own->desk, need);
}

/* Many things ask for the same: each need goes through the nodes once. */
static void list_all_nodes(struct work *w)
{
    const struct accounts *a = &w->accounts;
    for (size_t n = 0; n < a->need_count; n++) {
        for (size_t i = 0; i < a->desk_count; i++)
            w->open[i] = may_run(w, &a->desks[i], &a->needs[n]);
        for (size_t i = 0; i < w->graph->thing_count; i++)
            if (w->seats[i].need == n)
                list_nodes(w, i, &a->needs[n]);
    }
}

static bool is_better(const struct desk *a, const struct desk *b)
{
    if (a->devices != b->devices)
        return a->devices < b->devices;
    return a->cpu_taken != b->cpu_taken ? a->cpu_taken < b->cpu_taken : a < b;
}

static void sift(struct desk **heap, size_t count, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_better(heap[child + 1], heap[child]))
            child++;
        if (!is_better(heap[child], heap[at]))
            return;
        struct desk *desk = heap[at];
        heap[at] = heap[child];
        heap[child] = desk;
    }
}

/* Up to `missing` pods, each on the best node of those that still take one; how many there was room for. */
static int settle(struct work *w, size_t thing, int missing)
{
    struct accounts *a = &w->accounts;
    const struct need *need = &a->needs[w->seats[thing].need];
    struct desk **heap = w->heap;
    size_t count = 0;
    int settled = 0;
    for (size_t i = 0; i < a->desk_count; i++) {
        struct desk *desk = &a->desks[i];
        bool only_best = missing == 1 && count; /* as it is with most things */
        if ((only_best && !is_better(desk, heap[0])) || !may_run(w, desk, need))
            continue;
        heap[only_best ? 0 : count++] = desk;
    }
    for (size_t i = count / 2; i-- > 0;)
        sift(heap, count, i);
    for (; settled < missing && count; settled++) {
        desk_take(heap[0], need, 1);
        add_holder(w, heap[0], NULL, thing);
        if (!desk_has_room(heap[0], need))
            heap[0] = heap[--count];
        sift(heap, count, 0);
    }
    return settled;
}

/* Room only gets less: where a need found none, the next thing with the same finds none either, and if nothing was taken
 * in between, for the same reasons. */
struct failure {
    bool found;
    unsigned taken;
    const char *why;
};

static void explain(const struct work *w, const struct need *need, struct place_thing *out)
{
    const struct accounts *a = &w->accounts;
    struct place_tally tally = {.count = 0};
    for (size_t i = 0; i < a->desk_count; i++)
        desk_explain(a, &a->desks[i], need, &tally);
    place_tally_words(out->why, sizeof out->why, &tally, a->desk_count);
}

static void tell_full(struct work *w, size_t thing, const struct need *need)
{
    const struct accounts *a = &w->accounts;
    for (size_t i = 0; i < a->desk_count && i < PLACE_TOLD; i++) {
        struct buf why;
        buf_init(&why, 4096);
        place_full_words(&why, a, &a->desks[i], need, &w->holders);
        w->listener->full(w->listener->data, thing, a->desks[i].node, why.data);
        buf_release(&why);
    }
}

static void settle_all(struct work *w)
{
    struct failure *failures = xcalloc(w->accounts.need_count + 1, sizeof *failures);
    unsigned taken = 0;
    for (size_t i = 0; i < w->graph->thing_count; i++) {
        const struct seat *seat = &w->seats[i];
        if (seat->need == SIZE_MAX)
            continue;
        const struct need *need = &w->accounts.needs[seat->need];
        struct failure *failure = &failures[seat->need];
        struct place_thing *out = &w->out->things[i];
        out->wanted = w->graph->things[i].replicas;
        int missing = out->wanted - seat->kept, settled = missing && !failure->found ? settle(w, i, missing) : 0;
        out->fits = seat->kept + settled;
        taken += settled > 0;
        if (settled == missing)
            continue;
        if (failure->found && failure->taken == taken)
            memcpy(out->why, failure->why, sizeof out->why);
        else
            explain(w, need, out);
        *failure = (struct failure){true, taken, out->why};
        if (w->listener)
            tell_full(w, i, need);
    }
    free(failures);
}

void place_make_told(struct place *out, const struct graph *graph, const struct store *nodes, const struct store *pods,
                     const struct place_listener *listener)
{
    struct work w = {.out = out, .graph = graph, .listener = listener};
    *out = (struct place){.thing_count = graph->thing_count};
    out->things = xcalloc(graph->thing_count + 1, sizeof *out->things);
    w.seats = xcalloc(graph->thing_count + 1, sizeof *w.seats);
    read_graph(&w);
    accounts_open(&w.accounts, nodes);
    book_pods(&w, pods);
    sum_gpus(&w);
    keep_own(&w);
    size_t desks = w.accounts.desk_count;
    out->nodes = xcalloc(graph->thing_count * MIN(desks, PLACE_NAMED) + 1, sizeof *out->nodes);
    w.open = xcalloc(desks + 1, sizeof *w.open);
    w.heap = xcalloc(desks + 1, sizeof *w.heap);
    list_all_nodes(&w);
    settle_all(&w);
    accounts_release(&w.accounts);
    free(w.seats);
    free(w.owned);
    free(w.open);
    free(w.heap);
    free(w.holders.items);
}

void place_make(struct place *out, const struct graph *graph, const struct store *nodes, const struct store *pods)
{
    place_make_told(out, graph, nodes, pods, NULL);
}

void place_release(struct place *place)
{
    for (size_t i = 0; i < place->gpu_count; i++)
        free(place->gpus[i].resource);
    free(place->things);
    free(place->gpus);
    free(place->nodes);
    *place = (struct place){0};
}
