#include "k8s/watcher.h"

#include "base/digest.h"
#include "base/text.h"
#include "net/url.h"

#define LEAST 300                 /* s that a watch is asked to last, plus … */
#define MORE 301                  /* … a random part of this: not all of them end together */
#define SLACK (30 * NSEC_PER_SEC) /* beyond that it is ended here */

/* Events. */

/* An event of a Table is a Table with one row, whose object has its metadata. */
static const cJSON *row_of(const cJSON *object)
{
    const cJSON *row = cJSON_GetArrayItem(json_array(object, "rows"), 0);
    return row ? row : object;
}

static const cJSON *metadata_of(const cJSON *row)
{
    const cJSON *object = json_object(row, "object");
    return json_object(object ? object : row, "metadata");
}

static bool ends_list(const cJSON *row)
{
    const cJSON *mark = json_get(json_at(metadata_of(row), "annotations"), "k8s.io/initial-events-end");
    return cJSON_IsString(mark) && str_eq(mark->valuestring, "true");
}

/* Of a kind that only a later server has: what it means nobody here knows, but that it came is said. */
static void leave_out_event(struct watcher *w, const char *type)
{
    struct buf reason;
    buf_init(&reason, 256);
    buf_adds(&reason, "came with the unknown event '");
    text_sanitise(&reason, type, MIN(strlen(type), 40));
    buf_addc(&reason, '\'');
    w->events->left_out(w->data, reason.data);
    buf_release(&reason);
}

static void apply(struct watcher *w, const char *type, const cJSON *object)
{
    const struct kind *kind = w->scope->kind;
    const cJSON *metadata = metadata_of(object);
    if (strcmp(type, "ADDED") == 0 || strcmp(type, "MODIFIED") == 0) {
        struct record *record = record_new(kind, object);
        if (record)
            store_put(w->store, record);
        else
            w->events->left_out(w->data, "has no name");
    } else if (strcmp(type, "DELETED") == 0) {
        const char *ns = kind->namespaced ? json_str_or(metadata, "namespace", "") : NULL;
        const char *name = json_str_or(metadata, "name", ""), *uid = json_str(metadata, "uid");
        const struct record *there = store_find(w->store, ns, name);
        /* An older object's end, told again after a list, is not the end of the one that took its name. */
        if (there && (!uid || !there->uid || strcmp(uid, there->uid) == 0))
            store_del(w->store, ns, name);
    } else if (strcmp(type, "BOOKMARK") == 0) {
        w->complete |= w->streaming && ends_list(object);
    } else {
        leave_out_event(w, type);
    }
}

static void on_event(void *data, const char *json, size_t len)
{
    struct watcher *w = data;
    if (w->error || err_is_set(&w->feed.garbage))
        return;
    cJSON *event = json_parse(json, len, &w->feed.garbage);
    const char *type = json_str_or(event, "type", "");
    const cJSON *object = json_object(event, "object");
    if (event && (!*type || !object)) {
        err_set(&w->feed.garbage, "an event has no type or no object");
    } else if (event && strcmp(type, "ERROR") == 0) {
        w->error = cJSON_DetachItemFromObjectCaseSensitive(event, "object");
    } else if (event) {
        object = w->scope->kind->table ? row_of(object) : object;
        const char *rv = json_str(metadata_of(object), "resourceVersion");
        w->seen++;
        if (rv && *rv && !str_eq(rv, w->rv))
            watcher_from(w, rv);
        apply(w, type, object);
    }
    cJSON_Delete(event);
}

static void on_skipped(void *data, size_t bytes)
{
    struct watcher *w = data;
    char reason[FEED_TOO_LARGE];
    feed_too_large(reason, bytes);
    w->events->left_out(w->data, reason);
}

/* Its end. */

static void say_why(const struct watcher *w, const struct http_result *result, struct err *why)
{
    if (w->error) {
        char *status = cJSON_PrintUnformatted(w->error);
        kube_status_text((int)json_int(w->error, "code", 0), str_or_empty(status), strlen(str_or_empty(status)), why);
        cJSON_free(status);
    } else if (result->outcome == HTTP_DONE && w->feed.head.status == 200 && !err_is_set(&w->feed.garbage)) {
        err_set(why, w->streaming ? "the list ended in the middle" : "the server ended the watch at once");
    } else {
        feed_why(&w->feed, result, why);
    }
}

static void ended(struct watcher *w, const struct http_result *result)
{
    struct err why = ERR_INIT;
    cJSON *error = w->error;
    struct watch_end end = {
        .outcome = result->outcome,
        .status = w->feed.head.status,
        .error = error,
        .garbage = err_is_set(&w->feed.garbage),
        .lasted = loop_now(w->loop) - w->began,
        .events = w->seen,
    };
    int64_t asked = error               ? MIN(kube_status_retry_after(error), FEED_MAX_WAIT)
                    : end.status == 200 ? 0
                                        : feed_asked_to_wait(&w->feed);
    say_why(w, result, &why);
    w->error = NULL; /* the next watch may have begun when the callback is over */
    watcher_stop(w);
    w->events->ended(w->data, &end, asked, &why);
    cJSON_Delete(error);
}

static void on_deadline(void *data)
{
    struct watcher *w = data;
    ended(w, &(struct http_result){.outcome = HTTP_DONE, .status = 200});
}

/* Bytes. */

static void on_head(void *data)
{
    struct watcher *w = data;
    if (w->feed.head.status == 200)
        w->events->connected(w->data);
}

static void on_bytes(void *data, const char *bytes, size_t len)
{
    struct watcher *w = data;
    struct store *store = w->store;
    store_batch_begin(store);
    w->events->word(w->data);
    if (feed_split(&w->feed, bytes, len) < 0 || w->error) {
        ended(w, &(struct http_result){.outcome = HTTP_DONE, .status = 200});
    } else if (w->streaming && w->complete) {
        w->streaming = false;
        w->events->listed(w->data);
    }
    store_batch_end(store); /* last: a listener may free us */
}

static void on_end(void *data, const struct http_result *result)
{
    ended(data, result);
}

/* Its life. */

void watcher_init(struct watcher *w, struct kube_client *client, const struct scope *scope, struct store *store,
                  const struct watcher_events *events, void *data)
{
    static const struct feed_events feed_events = {
        .head = on_head, .bytes = on_bytes, .end = on_end, .objects = {on_event, on_skipped}};
    *w = (struct watcher){.events = events, .data = data, .scope = scope, .store = store};
    w->loop = kube_client_loop(client);
    feed_init(&w->feed, client, &feed_events, w);
    loop_timer_init(&w->deadline, w->loop, on_deadline, w);
}

void watcher_stop(struct watcher *w)
{
    feed_stop(&w->feed);
    loop_timer_stop(&w->deadline);
    cJSON_Delete(w->error);
    w->error = NULL;
}

void watcher_release(struct watcher *w)
{
    watcher_stop(w);
    feed_release(&w->feed);
    free(w->rv);
}

void watcher_from(struct watcher *w, const char *rv)
{
    char *copy = xstrdup(rv);
    free(w->rv);
    w->rv = copy;
}

void watcher_start(struct watcher *w, bool stream, bool fresh)
{
    uint32_t random;
    digest_random(&random, sizeof random);
    int64_t seconds = LEAST + random % MORE;
    struct buf query;
    buf_init(&query, 4096);
    if (stream) {
        buf_adds(&query, "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    } else {
        buf_adds(&query, "watch=1&resourceVersion=");
        url_escape(&query, w->rv);
    }
    buf_addf(&query, "&allowWatchBookmarks=true&timeoutSeconds=%" PRId64, seconds);
    watcher_stop(w);
    w->seen = 0;
    w->complete = false;
    w->streaming = stream;
    w->began = loop_now(w->loop);
    feed_start(&w->feed,
               &(struct feed_request){.scope = w->scope, .query = query.data, .shape = SPLIT_EVENTS, .fresh = fresh});
    loop_timer_start(&w->deadline, seconds * NSEC_PER_SEC + SLACK);
    buf_release(&query);
}
