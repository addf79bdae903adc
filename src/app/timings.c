#include "app/timings.h"

#include "base/time.h"
#include "graph/plan.h"
#include "graph/revisions.h"
#include "k8s/kinds/configmap.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/pod.h"
#include "ops/timing.h"

#define TRIES 3 /* somebody may change the record at the same moment */

static const struct {
    const char *key, *title;
    enum phase phase;
} spans[] = {
    {"scheduled", "SCHEDULED", PHASE_SCHEDULED}, {"sandbox", "SANDBOX", PHASE_SANDBOX}, {"pull", "PULL", PHASE_PULLED},
    {"start", "START", PHASE_STARTED},           {"ready", "READY", PHASE_READY},       {"firstResult", "FIRST RESULT", PHASE_FIRST_RESULT},
};

static void put_seconds(cJSON *entry, const char *key, int64_t span)
{
    if (span >= 0)
        json_put(entry, key, cJSON_CreateNumber((double)(span / NSEC_PER_MSEC) / 1e3));
}

static cJSON *timing_of(const struct pod *pod, const struct index *events, int64_t first_result)
{
    struct pod_timing t;
    cJSON *entry = cJSON_CreateObject();
    pod_timing(&t, pod, events, first_result);
    json_set_str(entry, "thing", pod->thing ? pod->thing : pod->r.name);
    json_set_str(entry, "pod", pod->r.name);
    json_set_str(entry, "node", pod->node);
    if (pod->container_count)
        json_set_str(entry, "image", pod->containers[pod->container_count - 1].image);
    for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
        put_seconds(entry, spans[i].key, spans[i].phase == PHASE_PULLED && t.pull >= 0 ? t.pull : pod_timing_span(&t, spans[i].phase));
    put_seconds(entry, "total", pod_timing_total(&t));
    return entry;
}

cJSON *timings_of(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                  const char *graph)
{
    cJSON *list = cJSON_CreateArray();
    struct index on_objects;
    index_init(&on_objects, events, event_object_key);
    STORE_EACH(struct pod, pod, pods)
        if (str_eq(pod->r.ns, ns) && str_eq(pod->graph, graph) && !pod->deleted)
            cJSON_AddItemToArray(list, timing_of(pod, &on_objects, scrape_first_result(scrape, pod->r.uid)));
    index_release(&on_objects);
    return list;
}

/* "1.3s"; an image that was there already was not pulled. */
static const char *span_text(char out[TIME_TEXT], const cJSON *entry, const char *key)
{
    double seconds = json_num(entry, key, -1);
    if (seconds < 0)
        return "?";
    return seconds == 0 && str_eq(key, "pull") ? "present" : time_span(out, (int64_t)(seconds * 1e9 + 0.5));
}

static void cell(struct table *table, const cJSON *entry, const char *key)
{
    char text[TIME_TEXT];
    table_cell(table, "%s", span_text(text, entry, key));
}

void timings_print(const cJSON *timings, enum table_format format, struct buf *out)
{
    static const struct table_column columns[] = {
        {"THING"}, {"NODE"}, {"TOTAL", .number = true}, {"SCHEDULED", .number = true}, {"SANDBOX", .number = true},
        {"PULL", .number = true}, {"START", .number = true}, {"READY", .number = true}, {"FIRST RESULT", .number = true}, {"POD"}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "pod");
    const cJSON *entry;
    cJSON_ArrayForEach(entry, timings) {
        table_row(table, json_str_or(entry, "pod", "?"));
        table_cell(table, "%s", json_str_or(entry, "thing", "?"));
        table_cell(table, "%s", json_str_or(entry, "node", ""));
        cell(table, entry, "total");
        for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
            cell(table, entry, spans[i].key);
        table_cell(table, "%s", json_str_or(entry, "pod", "?"));
    }
    table_print(table, format, true, out);
    table_free(table);
}

static const cJSON *slowest(const cJSON *timings, const char *thing)
{
    const cJSON *entry, *found = NULL;
    cJSON_ArrayForEach(entry, timings)
        if (str_eq(json_str(entry, "thing"), thing) && (!found || json_num(entry, "total", -1) > json_num(found, "total", -1)))
            found = entry;
    return found;
}

/* "12.3s -11.9s": now, and how much more or less than then; "=" where that is under 10 ms. */
static void compare_cell(struct table *table, const cJSON *before, const cJSON *after, const char *key)
{
    char now[TIME_TEXT], by[TIME_TEXT];
    double then = json_num(before, key, -1), is = json_num(after, key, -1), more = is - then, size = more < 0 ? -more : more;
    const char *text = span_text(now, after, key);
    if (is < 0 || then < 0)
        table_cell(table, "%s", text);
    else if (size < 0.01)
        table_cell(table, "%s =", text);
    else
        table_cell(table, "%s %s%s", text, more < 0 ? "-" : "+", time_span(by, (int64_t)(size * 1e9 + 0.5)));
}

void timings_compare(const cJSON *before, const cJSON *after, enum table_format format, struct buf *out)
{
    static const struct table_column columns[] = {
        {"THING"}, {"NODE"}, {"TOTAL", .number = true}, {"SCHEDULED", .number = true}, {"SANDBOX", .number = true},
        {"PULL", .number = true}, {"START", .number = true}, {"READY", .number = true}, {"FIRST RESULT", .number = true}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "thing");
    const cJSON *entry;
    cJSON_ArrayForEach(entry, after) {
        const char *thing = json_str_or(entry, "thing", "?");
        if (slowest(after, thing) != entry)
            continue;
        const cJSON *was = slowest(before, thing);
        const char *node = json_str_or(entry, "node", "?"), *old_node = json_str_or(was, "node", node);
        table_row(table, thing);
        table_cell(table, "%s", thing);
        table_cell(table, str_eq(node, old_node) ? "%s" : "%s, was %s", node, old_node);
        compare_cell(table, was, entry, "total");
        for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
            compare_cell(table, was, entry, spans[i].key);
    }
    table_print(table, format, true, out);
    table_free(table);
}

/* Keeping. */

struct keeping {
    bool over;
    int status;
    cJSON *map;
};

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct keeping *k = data;
    k->over = true;
    k->status = answer->status;
    cJSON_Delete(k->map);
    k->map = answer->status == 200 ? cJSON_Duplicate(answer->json, true) : NULL;
}

static bool ask(struct app *app, struct keeping *k, const struct kube_request *request)
{
    k->over = false;
    struct kube_call *call = kube_start(app->client, request, on_answer, k);
    if (app_wait(app, &k->over, time_monotonic() + 10 * NSEC_PER_SEC) == STATUS_DONE)
        return true;
    if (!k->over)
        kube_cancel(call);
    return false;
}

/* The patch that puts them into the newest entry; only what is there is changed, and only if it is still as it was read. */
static char *patch_of(const cJSON *map, const char *deployed, size_t len, const cJSON *timings)
{
    const cJSON *data = json_object(map, "data"), *revisions = json_get(data, PLAN_KEY_REVISIONS);
    const char *text = cJSON_GetStringValue(json_get(data, PLAN_KEY_TEXT));
    cJSON *list = revisions_read(cJSON_GetStringValue(revisions), text), *last = revisions_last(list);
    int count = cJSON_GetArraySize(list);
    struct buf out;
    buf_init(&out, 4u << 20);
    if (last && revision_whole(last) && strlen(text) == len && memcmp(text, deployed, len) == 0)
        json_put(last, "timing", cJSON_Duplicate(timings, true));
    if (json_get(last, "timing"))
        revisions_write(list, REVISIONS_ROOM, &out);
    if (out.len && cJSON_GetArraySize(list) == count) { /* it pushes no text out that one could go back to */
        cJSON *patch = cJSON_CreateObject();
        json_set_str(patch, "metadata.resourceVersion", json_str(map, "metadata.resourceVersion"));
        json_put(json_ensure(patch, "data"), PLAN_KEY_REVISIONS, cJSON_CreateString(out.data));
        buf_reset(&out);
        json_print(&out, patch);
        cJSON_Delete(patch);
    } else {
        buf_reset(&out);
    }
    cJSON_Delete(list);
    char *patch = out.len ? xstrdup(out.data) : NULL;
    buf_release(&out);
    return patch;
}

void timings_keep(struct app *app, const char *ns, const char *graph, const char *text, size_t len, cJSON *timings)
{
    struct keeping k = {0};
    struct buf path;
    buf_init(&path, 1024);
    char *name = plan_parent_name(graph), *patch = NULL;
    kind_path(&path, &kind_configmap, ns, name);
    bool kept = false;
    for (int i = 0; i < TRIES && !kept; i++) {
        struct kube_request read = {.path = path.data};
        if (!ask(app, &k, &read) || !k.map)
            break;
        free(patch);
        patch = patch_of(k.map, text, len, timings);
        char *url = xasprintf("%s?fieldManager=" PLAN_MANAGER, path.data);
        struct kube_request write = {.method = "PATCH", .path = url, .content_type = "application/merge-patch+json",
                                     .body = patch, .body_len = patch ? strlen(patch) : 0};
        bool asked = patch && ask(app, &k, &write);
        free(url);
        kept = !patch || (asked && k.status == 200);
        if (!kept && k.status != 409)
            break;
    }
    if (!kept && !app->interrupted)
        app_note("the timing could not be kept in the history of %s", graph);
    free(patch);
    free(name);
    cJSON_Delete(k.map);
    cJSON_Delete(timings);
    buf_release(&path);
}
