#include "ops/usage.h"

#include <math.h>

#include "base/quantity.h"

static void free_gpus(void *data)
{
    dcgm_release(data);
    free(data);
}

void usage_release(struct usage *usage)
{
    map_release(&usage->amounts[USAGE_NODES], free);
    map_release(&usage->amounts[USAGE_PODS], free);
    map_release(&usage->gpus, free_gpus);
    *usage = (struct usage){0};
}

static void add(int64_t *sum, int64_t amount)
{
    if (amount >= 0)
        *sum = MAX(*sum, 0) + MIN(amount, INT64_MAX / 4096);
}

static void add_amounts(struct usage_amount *out, const cJSON *amounts)
{
    add(&out->cpu_milli, quantity_at(amounts, "cpu", true, -1));
    add(&out->memory, quantity_at(amounts, "memory", false, -1));
}

static void read_item(struct map *map, enum usage_part part, const cJSON *item)
{
    struct usage_amount *amount = xmalloc(sizeof *amount);
    const char *ns = json_str(item, "metadata.namespace"), *name = json_str(item, "metadata.name");
    *amount = (struct usage_amount){-1, -1};
    if (part == USAGE_NODES) {
        add_amounts(amount, json_object(item, "usage"));
    } else {
        const cJSON *container;
        cJSON_ArrayForEach(container, json_array(item, "containers")) add_amounts(amount, json_object(container, "usage"));
    }
    char *key = part == USAGE_PODS ? xasprintf("%s/%s", str_or_empty(ns), str_or_empty(name)) : xstrdup(str_or_empty(name));
    free(map_put(map, key, amount));
    free(key);
}

void usage_read(struct usage *usage, enum usage_part part, const cJSON *list)
{
    struct map *map = &usage->amounts[part];
    const cJSON *item;
    map_release(map, free);
    *map = (struct map)MAP_INIT;
    cJSON_ArrayForEach(item, json_array(list, "items")) read_item(map, part, item);
    usage->known[part] = true;
    usage->why[part][0] = '\0';
}

const struct usage_amount *usage_of_node(const struct usage *usage, const char *node)
{
    return usage && usage->known[USAGE_NODES] ? map_get(&usage->amounts[USAGE_NODES], node) : NULL;
}

const struct usage_amount *usage_of(const struct usage *usage, const struct pod *pod)
{
    char key[600];
    if (!usage || !usage->known[USAGE_PODS])
        return NULL;
    snprintf(key, sizeof key, "%s/%s", str_or_empty(pod->r.ns), pod->r.name);
    return map_get(&usage->amounts[USAGE_PODS], key);
}

const struct dcgm_node *usage_gpus(const struct usage *usage, const char *node)
{
    const struct dcgm_node *gpus = usage ? map_get(&usage->gpus, node) : NULL;
    return gpus && gpus->at ? gpus : NULL;
}

double usage_gpu_mean(const struct dcgm_node *node)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; node && i < node->count; i++)
        if (!isnan(node->gpus[i].util)) {
            sum += node->gpus[i].util;
            count++;
        }
    return count ? sum / (double)count : NAN;
}
