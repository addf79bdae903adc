#include "ops/place.h"

#include "base/quantity.h"
#include "graph/pod.h"
#include "ops/place_rule.h"

struct desk { /* what is left on a node; less than nothing where more is held than there is */
    const struct node *node;
    int64_t cpu, memory, pods;
    int64_t devices, cpu_taken; /* devices of whatever kind */
    int64_t *free;   /* by device */
};

struct own { /* a pod of the graph */
    const struct pod *pod;
    struct desk *desk;
    size_t thing; /* SIZE_MAX: it left the graph */
    struct own *next; /* of the same thing */
    bool stays;
};

struct need { /* what a pod of a thing asks for */
    size_t rule;
    int64_t cpu, memory;
    struct { size_t device; int64_t count; } *devices;
    size_t device_count;
    struct own *own;
    int kept;
};

struct work {
    struct place *out;
    const struct graph *graph;
    struct desk *desks; /* by name */
    size_t desk_count;
    struct map by_name;
    istr *devices; /* what the graph asks for beside CPU and memory */
    size_t device_count, device_cap;
    int64_t *free; /* desks times devices */
    struct need *needs; /* by thing */
    struct place_rule *rules; /* different ones */
    size_t rule_count, rule_cap;
    struct place_reason *verdicts; /* rules times desks */
    struct own *owned;
    size_t own_count, own_cap;
};

static bool is_placed(const struct graph_thing *thing)
{
    return !thing->external && thing->entry;
}

/* What the cluster's objects say may be any number. */
static void move(int64_t *amount, int64_t by)
{
    if (__builtin_add_overflow(*amount, by, amount))
        *amount = by > 0 ? INT64_MAX : INT64_MIN;
}

/* What is asked for. */

static size_t device_index(struct work *w, const char *name)
{
    for (size_t i = 0; i < w->device_count; i++)
        if (strcmp(w->devices[i], name) == 0)
            return i;
    GROW(w->devices, w->device_count, w->device_cap);
    w->devices[w->device_count] = istr_new(name);
    return w->device_count++;
}

static void add_device(struct work *w, struct need *need, const char *name, int64_t count)
{
    size_t device = device_index(w, name);
    for (size_t i = 0; i < need->device_count; i++)
        if (need->devices[i].device == device)
            return;
    need->devices = xreallocarray(need->devices, need->device_count + 1, sizeof *need->devices);
    need->devices[need->device_count].device = device;
    need->devices[need->device_count++].count = count;
}

/* A limit alone is its own request. */
static int64_t request(const cJSON *resources, const char *name, bool milli)
{
    int64_t limit = quantity_at(json_get(resources, "limits"), name, milli, 0);
    return MAX(quantity_at(json_get(resources, "requests"), name, milli, limit), 0);
}

static size_t rule_index(struct work *w, const cJSON *extra)
{
    for (size_t i = 0; i < w->rule_count; i++)
        if (place_rule_is(&w->rules[i], extra))
            return i;
    GROW(w->rules, w->rule_count, w->rule_cap);
    place_rule_init(&w->rules[w->rule_count], extra);
    return w->rule_count++;
}

static void read_need(struct work *w, struct need *need, const struct graph_thing *thing)
{
    static const char *const where[] = {"requests", "limits"};
    cJSON *resources = pod_resources(thing);
    const cJSON *item;
    need->rule = rule_index(w, thing->extra);
    need->cpu = request(resources, "cpu", true);
    need->memory = request(resources, "memory", false);
    for (size_t i = 0; i < ARRAY_SIZE(where); i++)
        cJSON_ArrayForEach(item, json_object(resources, where[i])) if (strchr(item->string, '/'))
            add_device(w, need, item->string, request(resources, item->string, false));
    cJSON_Delete(resources);
}

/* The nodes' accounts. */

static void open_desk(struct work *w, struct desk *desk, const struct node *node)
{
    *desk = (struct desk){.node = node, .cpu = node->cpu_milli, .memory = node->memory, .pods = node->pods};
    desk->free = &w->free[(size_t)(desk - w->desks) * w->device_count];
    for (size_t d = 0; d < w->device_count; d++)
        for (size_t i = 0; i < node->resource_count; i++)
            if (node->resources[i].name == w->devices[d])
                desk->free[d] = node->resources[i].allocatable;
    map_put(&w->by_name, node->r.name, desk);
}

/* sign 1: a pod that is there takes its part; -1: it gives it back. */
static void book(const struct work *w, struct desk *desk, const struct pod *pod, int sign)
{
    move(&desk->cpu, -sign * pod->cpu_milli);
    move(&desk->cpu_taken, sign * pod->cpu_milli);
    move(&desk->memory, -sign * pod->memory);
    desk->pods -= sign;
    for (size_t g = 0; g < pod->gpu_count; g++) {
        desk->devices += sign * pod->gpus[g].count;
        for (size_t d = 0; d < w->device_count; d++)
            if (w->devices[d] == pod->gpus[g].resource)
                desk->free[d] -= sign * pod->gpus[g].count;
    }
}

static void take(struct desk *desk, const struct need *need, int sign)
{
    move(&desk->cpu, -sign * need->cpu);
    move(&desk->cpu_taken, sign * need->cpu);
    move(&desk->memory, -sign * need->memory);
    desk->pods -= sign;
    for (size_t i = 0; i < need->device_count; i++) {
        move(&desk->devices, sign * need->devices[i].count);
        move(&desk->free[need->devices[i].device], -sign * need->devices[i].count);
    }
}

/* As kube-scheduler: what is not asked for is not missing either. */
static bool lacks(int64_t asked, int64_t left)
{
    return asked > 0 && asked > left;
}

static bool has_room(const struct desk *desk, const struct need *need)
{
    bool room = desk->pods > 0 && !lacks(need->cpu, desk->cpu) && !lacks(need->memory, desk->memory);
    for (size_t i = 0; i < need->device_count && room; i++)
        room = !lacks(need->devices[i].count, desk->free[need->devices[i].device]);
    return room;
}

static bool may_run(const struct work *w, const struct desk *desk, const struct need *need)
{
    const struct place_reason *verdict = &w->verdicts[need->rule * w->desk_count + (size_t)(desk - w->desks)];
    return verdict->no == PLACE_MAY && has_room(desk, need);
}

static void book_pods(struct work *w, const struct store *pods)
{
    istr graph = istr_new(w->graph->name), ns = istr_new(w->graph->ns);
    STORE_EACH(struct pod, pod, pods) {
        struct desk *desk = pod->node && !pod->terminal ? map_get(&w->by_name, pod->node) : NULL;
        if (!desk)
            continue;
        book(w, desk, pod, 1);
        if (pod->graph != graph || pod->r.ns != ns || !pod->thing)
            continue;
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
    struct place *out = w->out;
    for (size_t i = 0; i < out->gpu_count; i++) {
        struct place_gpu *gpu = &out->gpus[i];
        size_t device = device_index(w, gpu->resource);
        for (size_t k = 0; k < w->desk_count; k++) {
            const struct node *node = w->desks[k].node;
            for (size_t r = 0; r < node->resource_count; r++)
                if (node->resources[r].name == w->devices[device]) {
                    gpu->allocatable += node->resources[r].allocatable;
                    gpu->simulated |= node->simulated;
                }
            gpu->free += MAX(w->desks[k].free[device], 0);
        }
        for (size_t k = 0; k < w->own_count; k++)
            for (size_t g = 0; g < w->owned[k].pod->gpu_count; g++)
                if (w->owned[k].pod->gpus[g].resource == w->devices[device])
                    gpu->held += w->owned[k].pod->gpus[g].count;
    }
}

/* Whether the thing asks for no more than its pod already has. */
static bool covers(const struct work *w, const struct pod *pod, const struct need *need)
{
    bool enough = need->cpu <= pod->cpu_milli && need->memory <= pod->memory;
    for (size_t i = 0; i < need->device_count && enough; i++) {
        int64_t has = 0;
        for (size_t g = 0; g < pod->gpu_count; g++)
            if (pod->gpus[g].resource == w->devices[need->devices[i].device])
                has = pod->gpus[g].count;
        enough = need->devices[i].count <= has;
    }
    return enough;
}

/* A cordon or a taint that came later does not move a pod, another nodeSelector does. */
static void keep_own(struct work *w)
{
    for (size_t i = 0; i < w->own_count; i++)
        book(w, w->owned[i].desk, w->owned[i].pod, -1);
    for (size_t i = 0; i < w->own_count; i++) {
        struct own *own = &w->owned[i];
        struct need *need = own->thing == SIZE_MAX ? NULL : &w->needs[own->thing];
        if (!need || own->pod->deleted || need->kept == w->graph->things[own->thing].replicas)
            continue;
        own->stays = place_rule_selects(&w->rules[need->rule], own->desk->node) &&
                     (covers(w, own->pod, need) || has_room(own->desk, need));
        if (!own->stays)
            continue;
        take(own->desk, need, 1);
        need->kept++;
        own->next = need->own;
        need->own = own;
    }
}

/* The answers. */

static void list_nodes(struct work *w, size_t thing)
{
    struct need *need = &w->needs[thing];
    struct place_thing *out = &w->out->things[thing];
    size_t most = MIN(w->desk_count, PLACE_NAMED);
    out->nodes = &w->out->nodes[thing * most];
    for (const struct own *own = need->own; own; own = own->next)
        take(own->desk, need, -1);
    for (size_t i = 0; i < w->desk_count; i++)
        if (may_run(w, &w->desks[i], need) && out->node_count++ < most)
            out->nodes[out->node_count - 1] = w->desks[i].node;
    for (const struct own *own = need->own; own; own = own->next)
        take(own->desk, need, 1);
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

static void explain(const struct work *w, const struct need *need, struct place_thing *out)
{
    struct place_tally tally = {.count = 0};
    for (size_t i = 0; i < w->desk_count; i++) {
        const struct desk *desk = &w->desks[i];
        const struct place_reason *verdict = &w->verdicts[need->rule * w->desk_count + i];
        if (verdict->no != PLACE_MAY) {
            place_tally_add(&tally, verdict->no, verdict->what);
            continue;
        }
        if (desk->pods <= 0)
            place_tally_add(&tally, PLACE_TOO_MANY, NULL);
        if (lacks(need->cpu, desk->cpu))
            place_tally_add(&tally, PLACE_INSUFFICIENT, "cpu");
        if (lacks(need->memory, desk->memory))
            place_tally_add(&tally, PLACE_INSUFFICIENT, "memory");
        for (size_t k = 0; k < need->device_count; k++)
            if (lacks(need->devices[k].count, desk->free[need->devices[k].device]))
                place_tally_add(&tally, PLACE_INSUFFICIENT, w->devices[need->devices[k].device]);
    }
    place_tally_words(out->why, sizeof out->why, &tally, w->desk_count);
}

/* The pods of a thing that are missing, each on the best node of those that still take one. */
static void settle(struct work *w, size_t thing, struct desk **heap)
{
    const struct need *need = &w->needs[thing];
    struct place_thing *out = &w->out->things[thing];
    size_t count = 0;
    out->wanted = w->graph->things[thing].replicas;
    out->fits = need->kept;
    for (size_t i = 0; i < w->desk_count && out->fits < out->wanted; i++)
        if (may_run(w, &w->desks[i], need))
            heap[count++] = &w->desks[i];
    if (count && out->fits + 1 == out->wanted) { /* as most are: the best one is all that is looked for */
        for (size_t i = 1; i < count; i++)
            if (is_better(heap[i], heap[0]))
                heap[0] = heap[i];
        take(heap[0], need, 1);
        out->fits++;
    }
    for (size_t i = count / 2; out->fits < out->wanted && i-- > 0;)
        sift(heap, count, i);
    for (; out->fits < out->wanted && count; out->fits++) {
        take(heap[0], need, 1);
        if (!has_room(heap[0], need))
            heap[0] = heap[--count];
        sift(heap, count, 0);
    }
    if (out->fits < out->wanted)
        explain(w, need, out);
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
    w->needs = xcalloc(w->graph->thing_count + 1, sizeof *w->needs);
    for (size_t i = 0; i < w->graph->thing_count; i++) {
        const struct graph_thing *thing = &w->graph->things[i];
        if (!is_placed(thing))
            continue;
        read_need(w, &w->needs[i], thing);
        if (thing->gpu_count > 0)
            gpu_of(w->out, thing->gpu_resource)->asked += (int64_t)thing->gpu_count * thing->replicas;
    }
}

static void read_nodes(struct work *w, const struct store *nodes)
{
    size_t count = store_count(nodes);
    w->desks = xcalloc(count + 1, sizeof *w->desks);
    w->free = xcalloc(count * w->device_count + 1, sizeof *w->free);
    STORE_EACH(struct node, node, nodes) open_desk(w, &w->desks[w->desk_count++], node);
    w->verdicts = xcalloc(w->rule_count * count + 1, sizeof *w->verdicts);
    for (size_t r = 0; r < w->rule_count; r++)
        for (size_t i = 0; i < count; i++)
            w->verdicts[r * count + i] = place_rule_check(&w->rules[r], w->desks[i].node);
}

static void end_work(struct work *w)
{
    for (size_t i = 0; i < w->graph->thing_count; i++)
        free(w->needs[i].devices);
    for (size_t i = 0; i < w->rule_count; i++)
        place_rule_release(&w->rules[i]);
    for (size_t i = 0; i < w->device_count; i++)
        istr_unref(w->devices[i]);
    map_release(&w->by_name, NULL);
    free(w->needs);
    free(w->rules);
    free(w->devices);
    free(w->desks);
    free(w->free);
    free(w->verdicts);
    free(w->owned);
}

void place_make(struct place *out, const struct graph *graph, const struct store *nodes, const struct store *pods)
{
    struct work w = {.out = out, .graph = graph, .by_name = MAP_INIT};
    *out = (struct place){.thing_count = graph->thing_count};
    out->things = xcalloc(graph->thing_count + 1, sizeof *out->things);
    read_graph(&w);
    read_nodes(&w, nodes);
    book_pods(&w, pods);
    sum_gpus(&w);
    keep_own(&w);
    out->nodes = xcalloc(graph->thing_count * MIN(w.desk_count, PLACE_NAMED) + 1, sizeof *out->nodes);
    for (size_t i = 0; i < graph->thing_count; i++)
        if (is_placed(&graph->things[i]))
            list_nodes(&w, i);
    struct desk **heap = xcalloc(w.desk_count + 1, sizeof *heap);
    for (size_t i = 0; i < graph->thing_count; i++)
        if (is_placed(&graph->things[i]))
            settle(&w, i, heap);
    free(heap);
    end_work(&w);
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
