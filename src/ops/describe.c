#include "ops/describe.h"

#include "base/time.h"
#include "net/url.h"
#include "ops/describe_kinds.h"

static const struct describe_kind kinds[] = {
    {"", "Pod", describe_pod, NULL, NULL},
    {"", "Node", describe_node, describe_node_pods, NULL},
    {"", "Service", describe_service, describe_slices, NULL},
    {"apps", "Deployment", describe_deployment, describe_replica_sets, NULL},
    {"apps", "ReplicaSet", NULL, describe_selected_pods, describe_pod_rows},
    {"apps", "StatefulSet", NULL, describe_selected_pods, describe_pod_rows},
    {"apps", "DaemonSet", NULL, describe_selected_pods, describe_pod_rows},
    {"batch", "Job", NULL, describe_selected_pods, describe_pod_rows},
};

/* NULL: none of those that have sections of their own. */
static const struct describe_kind *describe_kind_of(const cJSON *object)
{
    const char *version = json_str_or(object, "apiVersion", ""), *slash = strchr(version, '/');
    size_t len = slash ? (size_t)(slash - version) : 0;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (str_eq(kinds[i].kind, json_str(object, "kind")) && strlen(kinds[i].group) == len &&
            strncmp(kinds[i].group, version, len) == 0)
            return &kinds[i];
    return NULL;
}

bool describe_related(struct buf *path, const cJSON *object)
{
    const struct describe_kind *kind = describe_kind_of(object);
    return kind && kind->related && kind->related(path, object);
}

/* A kubelet writes its node's name as the uid. */
void describe_events(struct buf *path, const cJSON *object)
{
    const char *ns = json_str(object, "metadata.namespace"), *uid = json_str_or(object, "metadata.uid", "");
    bool node = str_eq(json_str(object, "kind"), "Node");
    struct buf selector;
    buf_init(&selector, 4096);
    if (node)
        buf_addf(&selector, "involvedObject.kind=Node,involvedObject.name=%s", json_str_or(object, "metadata.name", ""));
    else
        buf_addf(&selector, "involvedObject.uid=%s", uid);
    buf_adds(path, "/api/v1/");
    if (ns) {
        buf_adds(path, "namespaces/");
        url_escape(path, ns);
        buf_addc(path, '/');
    }
    buf_adds(path, "events?limit=500&fieldSelector=");
    url_escape(path, selector.data);
    buf_release(&selector);
}

/* What every object begins with. */
static void head(struct words *w, const cJSON *object)
{
    const cJSON *metadata = json_object(object, "metadata"), *owner, *finalizer;
    words_line(w, "Name", json_str(metadata, "name"));
    words_if(w, "Namespace", json_str(metadata, "namespace"));
    words_linef(w, "Kind", "%s, %s", json_str_or(object, "kind", ""), json_str_or(object, "apiVersion", ""));
    words_time(w, "Created", json_str(metadata, "creationTimestamp"));
    words_time(w, "Deleted", json_str(metadata, "deletionTimestamp"));
    words_map(w, "Labels", json_object(metadata, "labels"), "=");
    words_map(w, "Annotations", json_object(metadata, "annotations"), ": ");
    cJSON_ArrayForEach (owner, json_array(metadata, "ownerReferences"))
        words_linef(w, json_bool(owner, "controller", false) ? "Controlled By" : "Owned By", "%s/%s", json_str_or(owner, "kind", ""),
                    json_str_or(owner, "name", ""));
    cJSON_ArrayForEach (finalizer, json_array(metadata, "finalizers"))
        words_if(w, "Finalizer", cJSON_IsString(finalizer) ? finalizer->valuestring : NULL);
}

static void all_fields(struct words *w, const cJSON *object)
{
    const cJSON *field;
    cJSON_ArrayForEach (field, object)
        if (!str_eq(field->string, "metadata") && !str_eq(field->string, "kind") && !str_eq(field->string, "apiVersion"))
            words_any(w, field->string, field);
}

/* Events. */

static int64_t last_of(const cJSON *event)
{
    int64_t last = json_time(event, "series.lastObservedTime");
    last = last ? last : json_time(event, "lastTimestamp");
    last = last ? last : json_time(event, "eventTime");
    last = last ? last : json_time(event, "firstTimestamp");
    return last ? last : json_time(event, "metadata.creationTimestamp");
}

static int by_time(const void *a, const void *b)
{
    int64_t x = last_of(*(const cJSON *const *)a), y = last_of(*(const cJSON *const *)b);
    return (x > y) - (x < y);
}

static void event_row(struct words *w, struct words_table *table, const cJSON *event)
{
    char age[TIME_TEXT], since[TIME_TEXT], text[128];
    int64_t last = last_of(event), first = json_time(event, "firstTimestamp"), count = json_int(event, "series.count", 0);
    first = first ? first : json_time(event, "eventTime");
    count = count ? count : json_int(event, "count", 1);
    time_age(age, MAX(w->now - last, 0));
    if (count > 1 && first)
        snprintf(text, sizeof text, "%s (x%" PRId64 " over %s)", age, count, time_age(since, MAX(w->now - first, 0)));
    else
        snprintf(text, sizeof text, "%s", last ? age : "<unknown>");
    words_cell(table, json_str(event, "type"));
    words_cell(table, json_str(event, "reason"));
    words_cell(table, text);
    words_cell(table, json_str_or(event, "source.component", json_str_or(event, "reportingComponent", "")));
    words_cell(table, json_str(event, "message"));
}

static void events(struct words *w, const struct describe_of *of)
{
    static const char *const titles[] = {"TYPE", "REASON", "AGE", "FROM", "MESSAGE"};
    const cJSON *items = json_array(of->events, "items"), *event;
    size_t count = (size_t)cJSON_GetArraySize(items), n = 0;
    if (of->events_why && *of->events_why) {
        words_linef(w, "Events", "not known: %s", of->events_why);
        return;
    }
    if (!count) {
        words_line(w, "Events", NULL);
        return;
    }
    const cJSON **sorted = xcalloc(count, sizeof *sorted);
    struct words_table table = {.columns = ARRAY_SIZE(titles)};
    cJSON_ArrayForEach (event, items)
        sorted[n++] = event;
    qsort(sorted, count, sizeof *sorted, by_time);
    words_begin(w, "Events");
    for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
        words_cell(&table, titles[i]);
    for (size_t i = 0; i < count; i++)
        event_row(w, &table, sorted[i]);
    words_table(w, &table);
    words_end(w);
    free(sorted);
}

void describe_text(struct buf *out, const struct describe_of *of)
{
    const struct describe_kind *kind = describe_kind_of(of->object);
    struct words words = {.out = out, .now = of->now};
    head(&words, of->object);
    if (kind && kind->sections)
        kind->sections(&words, of);
    else
        all_fields(&words, of->object);
    if (kind && kind->others)
        kind->others(&words, of);
    events(&words, of);
}
