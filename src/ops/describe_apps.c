#include "base/time.h"
#include "net/url.h"
#include "ops/describe_kinds.h"

/* "a=b,c in (d,e)": what a selector of the API is in a query. */
static void selector_text(struct buf *out, const cJSON *selector)
{
    const cJSON *item, *value;
    cJSON_ArrayForEach (item, json_object(selector, "matchLabels"))
        if (cJSON_IsString(item))
            buf_addf(out, "%s%s=%s", out->len ? "," : "", item->string, item->valuestring);
    cJSON_ArrayForEach (item, json_array(selector, "matchExpressions")) {
        const char *key = json_str_or(item, "key", ""), *operator= json_str_or(item, "operator", "");
        buf_adds(out, out->len ? "," : "");
        if (str_eq(operator, "Exists") || str_eq(operator, "DoesNotExist")) {
            buf_addf(out, "%s%s", str_eq(operator, "Exists") ? "" : "!", key);
            continue;
        }
        buf_addf(out, "%s %s (", key, str_eq(operator, "In") ? "in" : "notin");
        const cJSON *values = json_array(item, "values");
        cJSON_ArrayForEach (value, values)
            buf_addf(out, "%s%s", value == values->child ? "" : ",", cJSON_IsString(value) ? value->valuestring : "");
        buf_addc(out, ')');
    }
}

static bool selected(struct buf *path, const cJSON *object, const char *what)
{
    struct buf text;
    const char *ns = json_str(object, "metadata.namespace");
    buf_init(&text, 16u << 10);
    selector_text(&text, json_object(object, "spec.selector"));
    bool some = text.len && ns;
    if (some) {
        buf_adds(path, what);
        url_escape(path, ns);
        buf_addf(path, "/%s?limit=500&labelSelector=", str_starts(what, "/apis/apps") ? "replicasets" : "pods");
        url_escape(path, text.data);
    }
    buf_release(&text);
    return some;
}

bool describe_replica_sets(struct buf *path, const cJSON *object)
{
    return selected(path, object, "/apis/apps/v1/namespaces/");
}

bool describe_selected_pods(struct buf *path, const cJSON *object)
{
    return selected(path, object, "/api/v1/namespaces/");
}

static bool owned(const cJSON *item, const cJSON *object)
{
    const cJSON *owner;
    cJSON_ArrayForEach (owner, json_array(item, "metadata.ownerReferences"))
        if (str_eq(json_str(owner, "uid"), json_str(object, "metadata.uid")))
            return true;
    return false;
}

static void not_known(struct words *w, const char *key, const char *why)
{
    if (why && *why)
        words_linef(w, key, "not known: %s", why);
}

/* The pods that it keeps. */
void describe_pod_rows(struct words *w, const struct describe_of *of)
{
    static const char *const titles[] = {"NAME", "STATUS", "READY", "RESTARTS", "AGE", "NODE"};
    struct words_table table = {.columns = ARRAY_SIZE(titles)};
    const cJSON *pod, *status;
    size_t count = 0;
    not_known(w, "Pods", of->related_why);
    cJSON_ArrayForEach (pod, json_array(of->related, "items")) {
        char age[TIME_TEXT], text[64];
        int64_t created = json_time(pod, "metadata.creationTimestamp"), restarts = 0, ready = 0;
        const cJSON *statuses = json_array(pod, "status.containerStatuses");
        if (!owned(pod, of->object))
            continue;
        for (size_t t = 0; !count && t < ARRAY_SIZE(titles); t++)
            words_cell(&table, titles[t]);
        count++;
        cJSON_ArrayForEach (status, statuses) {
            restarts += json_int(status, "restartCount", 0);
            ready += json_bool(status, "ready", false);
        }
        words_cell(&table, json_str(pod, "metadata.name"));
        words_cell(&table, json_str(pod, "metadata.deletionTimestamp") ? "Terminating" : json_str_or(pod, "status.phase", ""));
        snprintf(text, sizeof text, "%" PRId64 "/%d", ready, cJSON_GetArraySize(json_array(pod, "spec.containers")));
        words_cell(&table, text);
        snprintf(text, sizeof text, "%" PRId64, restarts);
        words_cell(&table, text);
        words_cell(&table, created ? time_age(age, MAX(w->now - created, 0)) : "");
        words_cell(&table, json_str_or(pod, "spec.nodeName", "<none>"));
    }
    if (!count)
        return;
    words_begin(w, "Pods");
    words_table(w, &table);
    words_end(w);
}

static int by_revision(const void *a, const void *b)
{
    static const char key[] = "deployment.kubernetes.io/revision";
    const char *x = cJSON_GetStringValue(json_get(json_object(*(const cJSON *const *)a, "metadata.annotations"), key));
    const char *y = cJSON_GetStringValue(json_get(json_object(*(const cJSON *const *)b, "metadata.annotations"), key));
    long m = strtol(str_or_empty(x), NULL, 10), n = strtol(str_or_empty(y), NULL, 10);
    return (m < n) - (m > n);
}

static void replica_sets(struct words *w, const struct describe_of *of)
{
    static const char *const titles[] = {"REVISION", "NAME", "PODS", "READY", "AGE", "IMAGES"};
    const cJSON *items = json_array(of->related, "items"), *set, *c;
    const cJSON **sets = xcalloc((size_t)cJSON_GetArraySize(items) + 1, sizeof *sets);
    struct words_table table = {.columns = ARRAY_SIZE(titles)};
    size_t count = 0;
    not_known(w, "Replica Sets", of->related_why);
    cJSON_ArrayForEach (set, items)
        if (owned(set, of->object))
            sets[count++] = set;
    qsort(sets, count, sizeof *sets, by_revision);
    for (size_t t = 0; count && t < ARRAY_SIZE(titles); t++)
        words_cell(&table, titles[t]);
    for (size_t i = 0; i < count; i++) {
        char text[64], age[TIME_TEXT];
        struct buf images;
        int64_t created = json_time(sets[i], "metadata.creationTimestamp");
        buf_init(&images, 4096);
        cJSON_ArrayForEach (c, json_array(sets[i], "spec.template.spec.containers"))
            buf_addf(&images, "%s%s", images.len ? "," : "", json_str_or(c, "image", ""));
        words_cell(&table,
                   cJSON_GetStringValue(json_get(json_object(sets[i], "metadata.annotations"), "deployment.kubernetes.io/revision")));
        words_cell(&table, json_str(sets[i], "metadata.name"));
        snprintf(text, sizeof text, "%" PRId64 "/%" PRId64, json_int(sets[i], "status.replicas", 0), json_int(sets[i], "spec.replicas", 0));
        words_cell(&table, text);
        snprintf(text, sizeof text, "%" PRId64, json_int(sets[i], "status.readyReplicas", 0));
        words_cell(&table, text);
        words_cell(&table, created ? time_age(age, MAX(w->now - created, 0)) : "");
        words_cell(&table, images.data);
        buf_release(&images);
    }
    free(sets);
    if (!count)
        return;
    words_begin(w, "Replica Sets");
    words_table(w, &table);
    words_end(w);
}

void describe_deployment(struct words *w, const struct describe_of *of)
{
    const cJSON *spec = json_object(of->object, "spec"), *status = json_object(of->object, "status");
    struct buf selector;
    char most[32], surge[32];
    buf_init(&selector, 16u << 10);
    selector_text(&selector, json_object(spec, "selector"));
    words_line(w, "Selector", selector.data);
    buf_release(&selector);
    words_linef(w, "Replicas",
                "%" PRId64 " desired | %" PRId64 " updated | %" PRId64 " total | %" PRId64 " available | %" PRId64 " unavailable",
                json_int(spec, "replicas", 1), json_int(status, "updatedReplicas", 0), json_int(status, "replicas", 0),
                json_int(status, "availableReplicas", 0), json_int(status, "unavailableReplicas", 0));
    words_line(w, "Strategy", json_str(spec, "strategy.type"));
    if (json_object(spec, "strategy.rollingUpdate"))
        words_linef(w, "Rolling Update", "%s max unavailable, %s max surge",
                    words_scalar(most, sizeof most, json_at(spec, "strategy.rollingUpdate.maxUnavailable")),
                    words_scalar(surge, sizeof surge, json_at(spec, "strategy.rollingUpdate.maxSurge")));
    if (json_bool(spec, "paused", false))
        words_line(w, "Paused", "true: what is changed waits until it is resumed");
    if (json_get(spec, "minReadySeconds"))
        words_linef(w, "Min Ready Seconds", "%" PRId64, json_int(spec, "minReadySeconds", 0));
    if (json_int(of->object, "metadata.generation", 0) > json_int(status, "observedGeneration", 0))
        words_line(w, "Rollout", "not begun: its controller has not seen the last change yet");
    describe_pod_template(w, json_object(spec, "template"));
    words_conditions(w, json_array(status, "conditions"));
    replica_sets(w, of);
}
