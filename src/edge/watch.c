/* watch: what happens to the objects of a kind, as a stream of JSON documents.
 *
 * A watch keeps no queue: it holds its place in the store's history and makes the next event when the client has taken
 * the last one. Whoever is so slow that the history goes on without him is told 410 and lists again. */
#include "edge/api.h"

#include "base/text.h"
#include "edge/query.h"
#include "edge/table.h"

#define BOOKMARK_EVERY (45 * NSEC_PER_SEC)
#define CHUNK (64u << 10) /* events are made until this much is waiting */

struct edge_watch {
    struct edge_api *api;
    const struct edge_kind *kind;
    char ns[256], include[16];
    enum edge_form form;
    bool bookmarks, columns_told, ended, bookmark_due;
    struct edge_query query;
    uint64_t rv;    /* told up to here */
    uint64_t first; /* the oldest change of its kind that may not be told yet, 0: there is none */
    struct buf out;
    size_t sent;
    struct edge_listener listener;
    struct loop_timer end, bookmark;
    struct http_stream *stream;
};

static void put_event(struct edge_watch *w, const char *type, const cJSON *object)
{
    buf_addf(&w->out, "{\"type\":\"%s\",\"object\":", type);
    json_print(&w->out, object);
    buf_adds(&w->out, "}\n");
}

static void put_object(struct edge_watch *w, const char *type, const cJSON *object)
{
    cJSON *made = NULL;
    if (w->form == EDGE_FORM_TABLE) {
        made = edge_table(w->kind, &object, 1, w->include, !w->columns_told, loop_wall(w->api->loop));
        json_set_str(made, "metadata.resourceVersion", json_str(object, "metadata.resourceVersion"));
        w->columns_told = true;
    } else if (w->form == EDGE_FORM_METADATA) {
        made = edge_partial(object);
    }
    put_event(w, type, made ? made : object);
    cJSON_Delete(made);
}

static void put_bookmark(struct edge_watch *w, bool initial_end)
{
    cJSON *object = cJSON_CreateObject();
    char text[128];
    edge_kind_api_version(text, w->kind);
    json_set_str(object, "kind", w->kind->kind);
    json_set_str(object, "apiVersion", text);
    snprintf(text, sizeof text, "%" PRIu64, w->rv);
    json_set_str(object, "metadata.resourceVersion", text);
    json_set(object, "metadata.creationTimestamp", cJSON_CreateNull());
    if (initial_end) {
        cJSON *annotations = json_ensure(object, "metadata.annotations");
        cJSON_AddStringToObject(annotations, "k8s.io/initial-events-end", "true");
    }
    put_object(w, "BOOKMARK", object);
    cJSON_Delete(object);
}

static void put_error(struct edge_watch *w, int code, const char *message)
{
    cJSON *status = edge_status_json(code, edge_status_reason(code), message, NULL);
    put_event(w, "ERROR", status);
    cJSON_Delete(status);
    w->ended = true;
}

static bool selects(const struct edge_watch *w, const cJSON *object)
{
    return object && edge_query_matches(&w->query, object);
}

/* A selector makes its own adding and deleting of what begins and ceases to match. */
static void put_change(struct edge_watch *w, const struct edge_past *past)
{
    if (past->kind != w->kind)
        return;
    if (w->ns[0] && !str_eq(json_str(past->json, "metadata.namespace"), w->ns))
        return;
    bool was = past->before && selects(w, past->before);
    bool is = past->change != EDGE_DELETED && selects(w, past->json);
    if (is)
        put_object(w, was ? "MODIFIED" : "ADDED", past->json);
    if (is || !was)
        return;
    if (past->change == EDGE_DELETED) {
        put_object(w, "DELETED", past->json);
        return;
    }
    cJSON *last = cJSON_Duplicate(past->before, true);
    json_set_str(last, "metadata.resourceVersion", json_str(past->json, "metadata.resourceVersion"));
    put_object(w, "DELETED", last);
    cJSON_Delete(last);
}

static void make_events(struct edge_watch *w)
{
    struct edge_store *store = w->api->store;
    /* What happens to other kinds fills the history, too: to pass it over is no loss. */
    w->rv = w->first ? MAX(w->rv, w->first - 1) : edge_store_rv(store);
    if (!edge_store_remembers(store, w->rv)) {
        put_error(w, 410, "The resourceVersion for the provided watch is too old.");
        return;
    }
    const struct edge_past *past;
    while (w->out.len < CHUNK && (past = edge_store_after(store, w->rv))) {
        put_change(w, past);
        w->rv = past->rv;
    }
    w->first = w->rv < edge_store_rv(store) ? w->rv + 1 : 0;
    if (w->bookmark_due && w->out.len == 0) {
        put_bookmark(w, false);
        w->bookmark_due = false;
    }
}

static ssize_t give(void *data, char *out, size_t max)
{
    struct edge_watch *w = data;
    if (w->sent == w->out.len) {
        buf_reset(&w->out);
        w->sent = 0;
        if (!w->ended)
            make_events(w);
    }
    if (w->sent == w->out.len)
        return w->ended ? HTTP_STREAM_END : HTTP_STREAM_WAIT;
    size_t n = MIN(max, w->out.len - w->sent);
    memcpy(out, w->out.data + w->sent, n);
    w->sent += n;
    return (ssize_t)n;
}

static void changed(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before)
{
    struct edge_watch *w = data;
    (void)change, (void)before;
    if (!w->first)
        w->first = object->rv;
    http_stream_wake(w->stream);
}

static void time_out(void *data)
{
    struct edge_watch *w = data;
    if (w->bookmarks)
        put_bookmark(w, false);
    w->ended = true;
    http_stream_wake(w->stream);
}

static void bookmark_time(void *data)
{
    struct edge_watch *w = data;
    w->bookmark_due = true;
    loop_timer_start(&w->bookmark, BOOKMARK_EVERY);
    http_stream_wake(w->stream);
}

static void gone(void *data)
{
    struct edge_watch *w = data;
    edge_store_unlisten(&w->listener);
    loop_timer_stop(&w->end);
    loop_timer_stop(&w->bookmark);
    edge_query_release(&w->query);
    buf_release(&w->out);
    free(w);
}

static void put_all(struct edge_watch *w)
{
    const char *ns = w->ns[0] ? w->ns : NULL;
    for (const struct edge_object *o = edge_store_first(w->api->store, w->kind, ns); o; o = edge_store_next(o, ns))
        if (selects(w, o->json))
            put_object(w, "ADDED", o->json);
    w->rv = edge_store_rv(w->api->store);
}

/* Where it begins: -1 after a 400 or 422. */
static int begin(struct edge_watch *w, struct edge_req *r)
{
    const char *rv = http_query(r->x, "resourceVersion"), *match = http_query(r->x, "resourceVersionMatch");
    const char *initial = http_query(r->x, "sendInitialEvents");
    int64_t number = 0;
    if (initial && !str_eq(match, "NotOlderThan")) {
        edge_reply_error(r, 422,
                         "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents "
                         "requires setting resourceVersionMatch to NotOlderThan");
        return -1;
    }
    if (!initial && match && *match) {
        edge_reply_error(
            r, 422,
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is "
            "forbidden for watch unless sendInitialEvents is provided");
        return -1;
    }
    if (rv && *rv && (!text_int(rv, &number) || number < 0)) {
        edge_reply_error(r, 400, "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: invalid syntax", rv);
        return -1;
    }
    char message[160];
    if ((uint64_t)number > edge_store_rv(w->api->store)) {
        snprintf(message, sizeof message, "Too large resource version: %" PRId64 ", current: %" PRIu64, number,
                 edge_store_rv(w->api->store));
        put_error(w, 504, message);
    } else if (initial ? edge_query_flag(r, "sendInitialEvents") : number == 0) {
        put_all(w);
        if (initial && w->bookmarks)
            put_bookmark(w, true);
    } else if (number == 0) {
        w->rv = edge_store_rv(w->api->store);
    } else if (!edge_store_remembers(w->api->store, (uint64_t)number)) {
        snprintf(message, sizeof message, "too old resource version: %" PRId64 " (%" PRIu64 ")", number,
                 edge_store_rv(w->api->store));
        put_error(w, 410, message);
    } else {
        w->rv = (uint64_t)number;
        w->first = w->rv + 1;
    }
    return 0;
}

void edge_api_watch(struct edge_req *r)
{
    struct edge_query query;
    struct err err = ERR_INIT;
    if (edge_query_init(&query, r->kind, http_query(r->x, "labelSelector"), http_query(r->x, "fieldSelector"), &err) <
        0) {
        edge_reply_error(r, 400, "%s", err.text);
        return;
    }
    struct edge_watch *w = xcalloc(1, sizeof *w);
    w->api = r->api;
    w->kind = r->kind;
    w->form = r->form;
    w->query = query;
    w->bookmarks = edge_query_flag(r, "allowWatchBookmarks");
    snprintf(w->ns, sizeof w->ns, "%s", r->ns);
    snprintf(w->include, sizeof w->include, "%s", str_or_empty(http_query(r->x, "includeObject")));
    buf_init(&w->out, 1u << 30);
    loop_timer_init(&w->end, r->api->loop, time_out, w);
    loop_timer_init(&w->bookmark, r->api->loop, bookmark_time, w);
    if (begin(w, r) < 0) {
        gone(w);
        return;
    }
    int64_t seconds = 0;
    const char *limit = http_query(r->x, "timeoutSeconds");
    if (limit && text_int(limit, &seconds) && seconds > 0)
        loop_timer_start(&w->end, MIN(seconds, 86400) * NSEC_PER_SEC);
    else
        loop_timer_start(&w->end, 3600 * NSEC_PER_SEC);
    if (w->bookmarks)
        loop_timer_start(&w->bookmark, BOOKMARK_EVERY);
    edge_store_listen(w->api->store, &w->listener, w->kind, changed, w);
    w->stream = http_stream(r->x, 200, "application/json", give, gone, w);
}
