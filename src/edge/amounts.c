#include "edge/amounts.h"

#include "base/quantity.h"

void edge_amounts_release(struct edge_amounts *amounts)
{
    for (size_t i = 0; i < amounts->count; i++)
        free(amounts->items[i].name);
    free(amounts->items);
    *amounts = (struct edge_amounts){0};
}

static struct edge_amount *find(const struct edge_amounts *amounts, const char *name)
{
    for (size_t i = 0; i < amounts->count; i++)
        if (strcmp(amounts->items[i].name, name) == 0)
            return &amounts->items[i];
    return NULL;
}

int64_t edge_amounts_get(const struct edge_amounts *amounts, const char *name)
{
    const struct edge_amount *amount = find(amounts, name);
    return amount ? amount->milli : 0;
}

static struct edge_amount *slot(struct edge_amounts *amounts, const char *name)
{
    struct edge_amount *amount = find(amounts, name);
    if (amount)
        return amount;
    GROW(amounts->items, amounts->count, amounts->cap);
    amount = &amounts->items[amounts->count++];
    *amount = (struct edge_amount){xstrdup(name), 0};
    return amount;
}

static void add(struct edge_amounts *amounts, const char *name, int64_t milli)
{
    struct edge_amount *amount = slot(amounts, name);
    if (__builtin_add_overflow(amount->milli, milli, &amount->milli))
        amount->milli = INT64_MAX;
}

void edge_amounts_add(struct edge_amounts *amounts, const struct edge_amounts *other, int factor)
{
    for (size_t i = 0; i < other->count; i++)
        add(amounts, other->items[i].name, other->items[i].milli * factor);
}

void edge_amounts_add_list(struct edge_amounts *amounts, const cJSON *list)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, list) {
        int64_t milli;
        if (quantity_json_milli(item, &milli) && milli > 0)
            add(amounts, item->string, milli);
    }
}

/* requests, and limits where a request is missing. */
static void add_resources(struct edge_amounts *amounts, const cJSON *resources)
{
    const cJSON *requests = json_object(resources, "requests"), *item;
    edge_amounts_add_list(amounts, requests);
    cJSON_ArrayForEach (item, json_object(resources, "limits")) {
        int64_t milli;
        if (!json_get(requests, item->string) && quantity_json_milli(item, &milli) && milli > 0)
            add(amounts, item->string, milli);
    }
}

static void raise_to(struct edge_amounts *amounts, const struct edge_amounts *other)
{
    for (size_t i = 0; i < other->count; i++) {
        struct edge_amount *amount = slot(amounts, other->items[i].name);
        amount->milli = MAX(amount->milli, other->items[i].milli);
    }
}

void edge_pod_requests(struct edge_amounts *out, const cJSON *pod)
{
    struct edge_amounts sidecars = {0}, peak = {0};
    const cJSON *container, *item;
    *out = (struct edge_amounts){0};
    cJSON_ArrayForEach (container, json_array(pod, "spec.initContainers")) {
        struct edge_amounts here = {0};
        add_resources(&here, json_get(container, "resources"));
        if (str_eq(json_str(container, "restartPolicy"), "Always"))
            edge_amounts_add(&sidecars, &here, 1);
        else
            edge_amounts_add(&here, &sidecars, 1);
        raise_to(&peak, str_eq(json_str(container, "restartPolicy"), "Always") ? &sidecars : &here);
        edge_amounts_release(&here);
    }
    cJSON_ArrayForEach (container, json_array(pod, "spec.containers")) {
        add_resources(out, json_get(container, "resources"));
    }
    edge_amounts_add(out, &sidecars, 1);
    raise_to(out, &peak);
    cJSON_ArrayForEach (item, json_object(pod, "spec.resources.requests")) {
        int64_t milli;
        if (quantity_json_milli(item, &milli))
            slot(out, item->string)->milli = milli;
    }
    edge_amounts_add_list(out, json_object(pod, "spec.overhead"));
    edge_amounts_release(&sidecars);
    edge_amounts_release(&peak);
}
