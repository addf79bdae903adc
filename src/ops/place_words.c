#include "ops/place.h"

#include "graph/pod.h"

void place_nodes_words(char *out, size_t size, const struct place_thing *thing, size_t most)
{
    struct buf text;
    buf_init(&text, size - 1);
    size_t count = thing->node_count, named = count <= most ? count : most - 1;
    for (size_t i = 0; i < named; i++)
        buf_addf(&text, "%s%s", !i ? "" : i + 1 == count ? " or " : ", ", thing->nodes[i]->r.name);
    if (named < count)
        buf_addf(&text, " or %zu more", count - named);
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

void place_pending_words(char *out, size_t size, const struct place_thing *thing)
{
    if (thing->fits == thing->wanted)
        *out = '\0';
    else if (thing->wanted == 1)
        snprintf(out, size, "would stay Pending: %s", thing->why);
    else
        snprintf(out, size, "%d of %d would stay Pending: %s", thing->wanted - thing->fits, thing->wanted, thing->why);
}

int64_t place_gpu_short(const struct place_gpu *gpu)
{
    return MAX(gpu->asked - gpu->held - gpu->free, 0);
}

void place_gpu_words(char *out, size_t size, const struct place_gpu *gpu)
{
    char holds[40] = "", lacks[40] = "";
    if (gpu->held)
        snprintf(holds, sizeof holds, ", holds %" PRId64, gpu->held);
    if (place_gpu_short(gpu))
        snprintf(lacks, sizeof lacks, ": %" PRId64 " short", place_gpu_short(gpu));
    snprintf(out, size, "asks %" PRId64 "%s, free %" PRId64 " of %" PRId64 "%s%s", gpu->asked, holds, gpu->free,
             gpu->allocatable, gpu->simulated ? " (simulated)" : "", lacks);
}

static const char *amount(const cJSON *resources, const char *name)
{
    const char *asked = json_str(json_get(resources, "requests"), name);
    return asked ? asked : json_str_or(json_get(resources, "limits"), name, "0");
}

static bool is_usual(const char *resource)
{
    return strcmp(resource, "cpu") == 0 || strcmp(resource, "memory") == 0;
}

void place_wants_words(char *out, size_t size, const struct graph_thing *thing)
{
    snprintf(out, size, "%s", thing->external ? "external" : "");
    if (thing->external || !thing->entry)
        return;
    static const char *const where[] = {"limits", "requests"};
    cJSON *resources = pod_resources(thing);
    const cJSON *item;
    struct buf text;
    buf_init(&text, size - 1);
    for (size_t i = 0; i < ARRAY_SIZE(where); i++)
        cJSON_ArrayForEach(item, json_object(resources, where[i]))
            if (!is_usual(item->string) && !(i && json_get(json_get(resources, "limits"), item->string)))
                buf_addf(&text, "%s %s, ", item->valuestring, item->string);
    buf_addf(&text, "%s, %s", amount(resources, "cpu"), amount(resources, "memory"));
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
    cJSON_Delete(resources);
}
