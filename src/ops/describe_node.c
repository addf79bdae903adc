#include "base/quantity.h"
#include "base/time.h"
#include "net/url.h"
#include "ops/describe_kinds.h"

bool describe_node_pods(struct buf *path, const cJSON *object)
{
    const char *name = json_str(object, "metadata.name");
    if (!name)
        return false;
    buf_adds(path, "/api/v1/pods?limit=1000&fieldSelector=");
    url_escape(path, "spec.nodeName=");
    url_escape(path, name);
    url_escape(path, ",status.phase!=Failed,status.phase!=Succeeded");
    return true;
}

/* Capacity beside what of it pods may have. */
static void resources(struct words *w, const cJSON *status)
{
    struct words_table table = {.columns = 3};
    const cJSON *capacity = json_object(status, "capacity"), *allocatable = json_object(status, "allocatable"), *item;
    char room[64];
    if (!capacity)
        return;
    words_begin(w, "Resources");
    words_cell(&table, "RESOURCE");
    words_cell(&table, "CAPACITY");
    words_cell(&table, "ALLOCATABLE");
    cJSON_ArrayForEach (item, capacity) {
        words_cell(&table, item->string);
        words_cell(&table, words_scalar(room, sizeof room, item));
        words_cell(&table, words_scalar(room, sizeof room, json_get(allocatable, item->string)));
    }
    words_table(w, &table);
    words_end(w);
}

static void taints(struct words *w, const cJSON *spec)
{
    const cJSON *taint;
    bool first = true;
    cJSON_ArrayForEach (taint, json_array(spec, "taints")) {
        const char *value = json_str(taint, "value");
        words_linef(w, first ? "Taints" : "", "%s%s%s:%s", json_str_or(taint, "key", ""), value && *value ? "=" : "", str_or_empty(value),
                    json_str_or(taint, "effect", ""));
        first = false;
    }
    if (first)
        words_line(w, "Taints", NULL);
}

/* What a pod asks for: of its containers together, or of the greatest of those that run before them. */
static int64_t asked(const cJSON *pod, const char *what, const char *resource)
{
    int64_t sum = 0, most = 0;
    const cJSON *c;
    bool cpu = str_eq(resource, "cpu");
    cJSON_ArrayForEach (c, json_array(pod, "spec.containers"))
        sum += quantity_at(json_object(c, what), resource, cpu, 0);
    cJSON_ArrayForEach (c, json_array(pod, "spec.initContainers")) {
        int64_t one = quantity_at(json_object(c, what), resource, cpu, 0);
        if (str_eq(json_str(c, "restartPolicy"), "Always"))
            sum += one;
        else
            most = MAX(most, one);
    }
    return MAX(sum, most);
}

static void amount(char *out, size_t size, const char *resource, int64_t value, int64_t of)
{
    char percent[24] = "";
    if (of > 0)
        snprintf(percent, sizeof percent, " (%d%%)", (int)(100.0 * (double)value / (double)of));
    if (str_eq(resource, "cpu"))
        snprintf(out, size, "%" PRId64 "m%s", value, percent);
    else if (str_eq(resource, "memory"))
        snprintf(out, size, "%" PRId64 "Mi%s", value >> 20, percent);
    else
        snprintf(out, size, "%" PRId64, value);
}

/* Devices that pods may ask for. */
static bool is_device(const char *resource)
{
    return strchr(resource, '/') && !str_starts(resource, "hugepages-");
}

#define DEVICES 2

static void pods(struct words *w, const struct describe_of *of)
{
    const cJSON *allocatable = json_object(of->object, "status.allocatable"), *pod, *item;
    const char *resources[2 + DEVICES] = {"cpu", "memory"};
    size_t count = 2;
    int64_t sums[2 + DEVICES] = {0}, limits[2 + DEVICES] = {0};
    char text[64], age[TIME_TEXT];
    if (of->related_why && *of->related_why)
        words_linef(w, "Pods", "not known: %s", of->related_why);
    cJSON_ArrayForEach (item, allocatable)
        if (is_device(item->string) && count < ARRAY_SIZE(resources))
            resources[count++] = item->string;
    struct words_table table = {.columns = 3 + count};
    words_cell(&table, "NAMESPACE");
    words_cell(&table, "NAME");
    for (size_t r = 0; r < count; r++)
        words_cell(&table, r == 0 ? "CPU" : r == 1 ? "MEMORY" : resources[r]);
    words_cell(&table, "AGE");
    cJSON_ArrayForEach (pod, json_array(of->related, "items")) {
        int64_t created = json_time(pod, "metadata.creationTimestamp");
        words_cell(&table, json_str(pod, "metadata.namespace"));
        words_cell(&table, json_str(pod, "metadata.name"));
        for (size_t r = 0; r < count; r++) {
            int64_t value = asked(pod, "resources.requests", resources[r]);
            sums[r] += value;
            limits[r] += asked(pod, "resources.limits", resources[r]);
            amount(text, sizeof text, resources[r], value, quantity_at(allocatable, resources[r], r == 0, 0));
            words_cell(&table, text);
        }
        words_cell(&table, created ? time_age(age, MAX(w->now - created, 0)) : "");
    }
    words_begin(w, "Pods, and what they ask for");
    words_table(w, &table);
    words_end(w);
    table = (struct words_table){.columns = 3};
    words_cell(&table, "RESOURCE");
    words_cell(&table, "REQUESTS");
    words_cell(&table, "LIMITS");
    for (size_t r = 0; r < count; r++) {
        int64_t all = quantity_at(allocatable, resources[r], r == 0, 0);
        words_cell(&table, resources[r]);
        amount(text, sizeof text, resources[r], sums[r], all);
        words_cell(&table, text);
        amount(text, sizeof text, resources[r], limits[r], all);
        words_cell(&table, text);
    }
    words_begin(w, "Allocated");
    words_table(w, &table);
    words_end(w);
}

void describe_node(struct words *w, const struct describe_of *of)
{
    const cJSON *spec = json_object(of->object, "spec"), *status = json_object(of->object, "status"), *item;
    struct words_table table = {.columns = 2};
    taints(w, spec);
    words_line(w, "Unschedulable", json_bool(spec, "unschedulable", false) ? "true" : "false");
    words_conditions(w, json_array(status, "conditions"));
    if (cJSON_GetArraySize(json_array(status, "addresses"))) {
        words_begin(w, "Addresses");
        cJSON_ArrayForEach (item, json_array(status, "addresses")) {
            words_cell(&table, json_str(item, "type"));
            words_cell(&table, json_str(item, "address"));
        }
        words_table(w, &table);
        words_end(w);
    }
    resources(w, status);
    if (json_object(status, "nodeInfo"))
        words_any(w, "systemInfo", json_object(status, "nodeInfo"));
    words_if(w, "Pod CIDR", json_str(spec, "podCIDR"));
    words_if(w, "Provider ID", json_str(spec, "providerID"));
    pods(w, of);
}
