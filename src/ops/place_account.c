#include "ops/place_account.h"

#include "base/quantity.h"
#include "graph/pod.h"
#include "k8s/field.h"

/* What the cluster's objects say may be any number. */
static void move(int64_t *amount, int64_t by)
{
    if (__builtin_add_overflow(*amount, by, amount))
        *amount = by > 0 ? INT64_MAX : INT64_MIN;
}

/* What is asked for. */

size_t accounts_device(struct accounts *a, const char *resource)
{
    for (size_t i = 0; i < a->device_count; i++)
        if (strcmp(a->devices[i], resource) == 0)
            return i;
    GROW(a->devices, a->device_count, a->device_cap);
    a->devices[a->device_count] = istr_new(resource);
    return a->device_count++;
}

static void add_device(struct need *need, size_t device, int64_t count, bool is_other)
{
    for (size_t i = 0; i < need->device_count; i++)
        if (need->devices[i].device == device)
            return;
    need->devices = xreallocarray(need->devices, need->device_count + 1, sizeof *need->devices);
    need->devices[need->device_count].device = device;
    need->devices[need->device_count].is_other = is_other;
    need->devices[need->device_count++].count = count;
}

/* A limit alone is its own request. */
static int64_t request(const cJSON *resources, const char *name, bool milli)
{
    int64_t limit = quantity_at(json_get(resources, "limits"), name, milli, 0);
    return MAX(quantity_at(json_get(resources, "requests"), name, milli, limit), 0);
}

static size_t rule_index(struct accounts *a, const cJSON *extra)
{
    for (size_t i = 0; i < a->rule_count; i++)
        if (place_rule_is(&a->rules[i], extra))
            return i;
    GROW(a->rules, a->rule_count, a->rule_cap);
    place_rule_init(&a->rules[a->rule_count], extra);
    return a->rule_count++;
}

static bool same_need(const struct need *x, const struct need *y)
{
    bool same = x->rule == y->rule && x->cpu == y->cpu && x->memory == y->memory && x->device_count == y->device_count;
    for (size_t i = 0; i < x->device_count && same; i++)
        same = x->devices[i].device == y->devices[i].device && x->devices[i].count == y->devices[i].count;
    return same;
}

size_t accounts_need(struct accounts *a, const struct graph_thing *thing)
{
    static const char *const where[] = {"requests", "limits"};
    cJSON *resources = pod_resources(thing);
    const cJSON *item;
    struct need need = {.rule = rule_index(a, thing->extra), .cpu = request(resources, "cpu", true),
                        .memory = request(resources, "memory", false)};
    for (size_t i = 0; i < ARRAY_SIZE(where); i++)
        cJSON_ArrayForEach(item, json_object(resources, where[i]))
        {
            const char *name = item->string;
            if (strcmp(name, "cpu") != 0 && strcmp(name, "memory") != 0)
                add_device(&need, accounts_device(a, name), request(resources, name, false), field_is_other(name));
        }
    cJSON_Delete(resources);
    for (size_t i = 0; i < a->need_count; i++)
        if (same_need(&a->needs[i], &need)) {
            free(need.devices);
            return i;
        }
    GROW(a->needs, a->need_count, a->need_cap);
    a->needs[a->need_count] = need;
    return a->need_count++;
}

static int64_t amount_of(const struct pod *pod, istr resource)
{
    for (size_t i = 0; i < pod->gpu_count; i++)
        if (pod->gpus[i].resource == resource)
            return pod->gpus[i].count;
    for (size_t i = 0; i < pod->other_count; i++)
        if (pod->others[i].resource == resource)
            return pod->others[i].amount;
    return 0;
}

bool need_is_covered(const struct accounts *a, const struct need *need, const struct pod *pod)
{
    bool enough = need->cpu <= pod->cpu_milli && need->memory <= pod->memory;
    for (size_t i = 0; i < need->device_count && enough; i++)
        enough = need->devices[i].count <= amount_of(pod, a->devices[need->devices[i].device]);
    return enough;
}

/* The nodes. */

int64_t desk_allocatable(const struct desk *desk, istr resource)
{
    const struct node *node = desk->node;
    for (size_t i = 0; i < node->resource_count; i++)
        if (node->resources[i].name == resource)
            return node->resources[i].allocatable;
    for (size_t i = 0; i < node->other_count; i++)
        if (node->others[i].name == resource)
            return node->others[i].allocatable;
    return 0;
}

static void open_desk(struct accounts *a, struct desk *desk, const struct node *node)
{
    size_t index = (size_t)(desk - a->desks);
    *desk = (struct desk){.node = node, .cpu = node->cpu_milli, .memory = node->memory, .pods = node->pods,
                          .free = &a->free[index * a->device_count]};
    for (size_t d = 0; d < a->device_count; d++)
        desk->free[d] = desk_allocatable(desk, a->devices[d]);
    for (size_t r = 0; r < a->rule_count; r++)
        a->verdicts[r * a->desk_count + index] = place_rule_check(&a->rules[r], node);
    map_put(&a->by_name, node->r.name, desk);
}

void accounts_open(struct accounts *a, const struct store *nodes)
{
    a->desk_count = store_count(nodes);
    a->desks = xcalloc(a->desk_count + 1, sizeof *a->desks);
    a->free = xcalloc(a->desk_count * a->device_count + 1, sizeof *a->free);
    a->verdicts = xcalloc(a->desk_count * a->rule_count + 1, sizeof *a->verdicts);
    struct desk *desk = a->desks;
    STORE_EACH(struct node, node, nodes) open_desk(a, desk++, node);
}

void accounts_release(struct accounts *a)
{
    for (size_t i = 0; i < a->need_count; i++)
        free(a->needs[i].devices);
    for (size_t i = 0; i < a->rule_count; i++)
        place_rule_release(&a->rules[i]);
    for (size_t i = 0; i < a->device_count; i++)
        istr_unref(a->devices[i]);
    map_release(&a->by_name, NULL);
    free(a->needs);
    free(a->rules);
    free(a->devices);
    free(a->desks);
    free(a->free);
    free(a->verdicts);
}

void desk_book(const struct accounts *a, struct desk *desk, const struct pod *pod, int sign)
{
    move(&desk->cpu, -sign * pod->cpu_milli);
    move(&desk->cpu_taken, sign * pod->cpu_milli);
    move(&desk->memory, -sign * pod->memory);
    desk->pods -= sign;
    for (size_t g = 0; g < pod->gpu_count; g++)
        desk->devices += sign * pod->gpus[g].count;
    for (size_t d = 0; d < a->device_count; d++)
        move(&desk->free[d], -sign * amount_of(pod, a->devices[d]));
}

void desk_take(struct desk *desk, const struct need *need, int sign)
{
    move(&desk->cpu, -sign * need->cpu);
    move(&desk->cpu_taken, sign * need->cpu);
    move(&desk->memory, -sign * need->memory);
    desk->pods -= sign;
    for (size_t i = 0; i < need->device_count; i++) {
        if (!need->devices[i].is_other)
            move(&desk->devices, sign * need->devices[i].count);
        move(&desk->free[need->devices[i].device], -sign * need->devices[i].count);
    }
}

bool desk_lacks(int64_t asked, int64_t left)
{
    return asked > 0 && asked > left;
}

const struct place_reason *desk_verdict(const struct accounts *a, const struct desk *desk, const struct need *need)
{
    return &a->verdicts[need->rule * a->desk_count + (size_t)(desk - a->desks)];
}

bool desk_has_room(const struct desk *desk, const struct need *need)
{
    bool room = desk->pods > 0 && !desk_lacks(need->cpu, desk->cpu) && !desk_lacks(need->memory, desk->memory);
    for (size_t i = 0; i < need->device_count && room; i++)
        room = !desk_lacks(need->devices[i].count, desk->free[need->devices[i].device]);
    return room;
}

void desk_explain(const struct accounts *a, const struct desk *desk, const struct need *need, struct place_tally *tally)
{
    const struct place_reason *verdict = desk_verdict(a, desk, need);
    if (verdict->no != PLACE_MAY) {
        place_tally_add(tally, verdict->no, verdict->what);
        return;
    }
    if (desk->pods <= 0)
        place_tally_add(tally, PLACE_TOO_MANY, NULL);
    if (desk_lacks(need->cpu, desk->cpu))
        place_tally_add(tally, PLACE_INSUFFICIENT, "cpu");
    if (desk_lacks(need->memory, desk->memory))
        place_tally_add(tally, PLACE_INSUFFICIENT, "memory");
    for (size_t i = 0; i < need->device_count; i++)
        if (desk_lacks(need->devices[i].count, desk->free[need->devices[i].device]))
            place_tally_add(tally, PLACE_INSUFFICIENT, a->devices[need->devices[i].device]);
}
