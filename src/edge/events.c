/* Events as the kubelet's and the scheduler's recorders write them: one Event for what is said again and again. */
#include "edge/store.h"

#include "base/time.h"

#define EVENT_TTL (3600 * NSEC_PER_SEC)
#define EVENT_KEYS 4096

static const struct edge_kind *event_kind(void)
{
    return edge_kind_by_plural("", "v1", "events");
}

static int64_t last_said(const cJSON *event)
{
    int64_t at = json_time(event, "series.lastObservedTime");
    if (!at)
        at = json_time(event, "lastTimestamp");
    if (!at)
        at = json_time(event, "eventTime");
    return at ? at : json_time(event, "metadata.creationTimestamp");
}

/* Events live an hour; the oldest few are looked at whenever one is written. */
static void expire(struct edge_store *store, int64_t now)
{
    const struct edge_object *event = edge_store_first(store, event_kind(), NULL);
    for (int i = 0; event && i < 8; i++) {
        const struct edge_object *next = edge_store_next(event, NULL);
        if (last_said(event->json) < now - EVENT_TTL)
            edge_store_remove(store, event->kind, json_str(event->json, "metadata.namespace"),
                              json_str(event->json, "metadata.name"));
        event = next;
    }
}

/* The scheduler uses the new recorder (events.k8s.io: eventTime, series), everybody else the old one. */
static bool is_new_style(const char *component)
{
    return str_eq(component, "default-scheduler");
}

static int count_again(struct edge_store *store, const struct edge_object *object, bool new_style, int64_t now)
{
    char text[TIME_TEXT];
    cJSON *json = cJSON_Duplicate(object->json, true);
    if (new_style) {
        json_set_int(json, "series.count", json_int(json, "series.count", 1) + 1);
        json_set_str(json, "series.lastObservedTime", time_format(text, now, 6));
    } else {
        json_set_int(json, "count", json_int(json, "count", 1) + 1);
        json_set_str(json, "lastTimestamp", time_format(text, now, 0));
    }
    int status;
    struct err err = ERR_INIT;
    return edge_store_update(store, event_kind(), json, &status, &err) ? 0 : -1;
}

static cJSON *involved(const cJSON *on, const char *field_path)
{
    cJSON *ref = cJSON_CreateObject();
    json_set_str(ref, "kind", json_str(on, "kind"));
    json_set_str(ref, "namespace", json_str(on, "metadata.namespace"));
    json_set_str(ref, "name", json_str(on, "metadata.name"));
    json_set_str(ref, "uid", json_str(on, "metadata.uid"));
    json_set_str(ref, "apiVersion", json_str(on, "apiVersion"));
    json_set_str(ref, "resourceVersion", json_str(on, "metadata.resourceVersion"));
    json_set_str(ref, "fieldPath", field_path);
    return ref;
}

static void first_time(struct edge_store *store, cJSON *ref, const char *type, const char *reason,
                       const char *component, const char *host, const char *message, const char *key)
{
    int64_t now = loop_wall(edge_store_loop(store));
    const char *ns = json_str_or(ref, "namespace", "default");
    for (int64_t nano = now;; nano++) {
        char name[320], text[TIME_TEXT];
        snprintf(name, sizeof name, "%.236s.%" PRIx64, json_str_or(ref, "name", ""), (uint64_t)nano);
        if (edge_store_find(store, event_kind(), ns, name))
            continue;
        cJSON *event = cJSON_CreateObject();
        json_set_str(event, "metadata.name", name);
        json_set_str(event, "metadata.namespace", ns);
        cJSON_AddItemToObject(event, "involvedObject", cJSON_Duplicate(ref, true));
        json_set_str(event, "reason", reason);
        json_set_str(event, "message", message);
        json_set_str(event, "type", type);
        json_set_str(event, "reportingComponent", component);
        if (is_new_style(component)) {
            json_set_str(event, "action", str_eq(reason, "Scheduled") ? "Binding" : "Scheduling");
            json_set_str(event, "eventTime", time_format(text, now, 6));
            json_set_str(event, "reportingInstance", host ? host : component);
            json_ensure(event, "source");
            json_set(event, "firstTimestamp", cJSON_CreateNull());
            json_set(event, "lastTimestamp", cJSON_CreateNull());
        } else {
            json_set_str(event, "source.component", component);
            json_set_str(event, "source.host", host);
            json_set_str(event, "reportingInstance", host ? host : "");
            json_set_str(event, "firstTimestamp", time_format(text, now, 0));
            json_set_str(event, "lastTimestamp", text);
            json_set_int(event, "count", 1);
            json_set(event, "eventTime", cJSON_CreateNull());
        }
        int status;
        struct err err = ERR_INIT;
        if (edge_store_create(store, event_kind(), event, &status, &err)) {
            struct map *known = edge_store_events(store);
            if (known->count >= EVENT_KEYS)
                map_release(known, free);
            free(map_put(known, key, xstrdup(name)));
        }
        return;
    }
}

/* A namespace that ends takes nothing new. */
static bool is_ending(struct edge_store *store, const char *ns)
{
    const struct edge_object *object = ns ? edge_store_find(store, edge_kind_by_name("Namespace"), NULL, ns) : NULL;
    return object && json_str(object->json, "metadata.deletionTimestamp");
}

void edge_event(struct edge_store *store, const cJSON *on, const char *field_path, const char *type, const char *reason,
                const char *component, const char *host, const char *fmt, ...)
{
    char message[1025]; /* the API's bound on a note */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    int64_t now = loop_wall(edge_store_loop(store));
    expire(store, now);
    if (is_ending(store, json_str(on, "metadata.namespace")))
        return;
    cJSON *ref = involved(on, field_path);
    char *key = xasprintf("%s|%s|%s|%s|%s|%s|%s|%s", json_str_or(ref, "uid", ""), json_str_or(ref, "name", ""),
                          str_or_empty(field_path), type, reason, component, str_or_empty(host), message);
    const char *name = map_get(edge_store_events(store), key);
    const struct edge_object *known =
        name ? edge_store_find(store, event_kind(), json_str_or(ref, "namespace", "default"), name) : NULL;
    if (!known || count_again(store, known, is_new_style(component), now) < 0)
        first_time(store, ref, type, reason, component, host, message, key);
    free(key);
    cJSON_Delete(ref);
}
