#include "k8s/reflector.h"

#include "base/digest.h"
#include "k8s/backoff.h"
#include "k8s/intake.h"
#include "k8s/outcome.h"
#include "k8s/splitter.h"
#include "net/url.h"

#define PAGE 500
#define MAX_PAGE_TRIES 10
#define MAX_PAGES 4000 /* two million objects: a list that is longer has no end */
#define MAX_WAIT (60 * NSEC_PER_SEC) /* whatever the server asks for: rows of an hour ago help nobody */
#define QUICK NSEC_PER_SEC           /* watches that end sooner, one after the other … */
#define MAX_QUICK 3                  /* … are begun no more often than that after so many */
#define SILENCE (100 * NSEC_PER_SEC)    /* bookmarks come about every minute */
#define WATCH_SLACK (30 * NSEC_PER_SEC) /* beyond the time that a watch was asked to last */
#define REFUSED_WAIT (60 * NSEC_PER_SEC)
#define MAX_REFUSAL (64u << 10)

struct reflector {
    struct kube_client *client;
    struct store *store;
    struct loop *loop;
    char *ns, *label_selector, *field_selector;
    reflector_fn on_state;
    void *data;

    enum reflector_state state;
    bool synced;
    int64_t since;
    struct err why, note;
    size_t left_out;

    enum { IDLE, LISTING, WATCHING } doing;
    struct intake *intake;
    struct splitter *splitter;
    struct http_head head;
    struct buf refusal; /* the body of an answer that is not what was asked for */
    struct err garbage; /* set: why the bytes make no sense */
    char *rv, *cont;
    unsigned page, page_tries;
    bool replacing;
    bool unlimited;   /* one page for all: the pages expired on the way */
    bool same_page;   /* what the timer asks for: the page again, not the list */
    bool watch_again; /* … or the watch */

    int64_t watch_began;
    size_t events;
    unsigned quick; /* watches in a row that ended at once, though with events */
    cJSON *error; /* the Status of an ERROR event */

    struct backoff backoff;
    struct loop_timer again, silence, deadline;
    struct loop_task tell;
};

static void start_list(struct reflector *r);
static void start_watch(struct reflector *r);

static const struct kind *kind_of(const struct reflector *r)
{
    return store_kind(r->store);
}

/* The state, and why. */

static void tell(void *data)
{
    struct reflector *r = data;
    if (r->on_state)
        r->on_state(r->data, r); /* may free it */
}

static void set_state(struct reflector *r, enum reflector_state state, const struct err *why)
{
    if (r->state == state && strcmp(r->why.text, why ? why->text : "") == 0)
        return;
    r->state = state;
    err_clear(&r->why);
    if (why)
        r->why = *why;
    loop_task_start(&r->tell);
}

static void leave_out(struct reflector *r, const char *reason)
{
    r->left_out++;
    err_set(&r->note, "%zu of the %s could not be read and %s left out: the last one %s", r->left_out,
            kind_of(r)->plural, r->left_out == 1 ? "is" : "are", reason);
    loop_task_start(&r->tell);
}

/* What was going on is over; the rows stay. */
static void stop(struct reflector *r)
{
    intake_stop(r->intake);
    splitter_free(r->splitter);
    r->splitter = NULL;
    loop_timer_stop(&r->silence);
    loop_timer_stop(&r->deadline);
    r->doing = IDLE;
}

static void fall_back(struct reflector *r, bool refused, int64_t at_least, struct err *why)
{
    stop(r);
    set_state(r, refused ? REFLECTOR_REFUSED : r->synced ? REFLECTOR_STALE : REFLECTOR_LISTING, why);
    int64_t wait = refused ? REFUSED_WAIT : backoff_next(&r->backoff, loop_now(r->loop));
    loop_timer_start(&r->again, MAX(wait, at_least));
}

static void try_again(void *data)
{
    struct reflector *r = data;
    bool watch = r->watch_again;
    r->watch_again = false;
    if (watch)
        start_watch(r);
    else
        start_list(r);
}

/* Requests. */

static void begin(struct reflector *r, struct buf *query, enum splitter_shape shape,
                  const struct splitter_events *events)
{
    struct buf path;
    buf_init(&path, 128 << 10);
    kind_path(&path, kind_of(r), r->ns, NULL);
    buf_addf(&path, "?%s", query->data);
    if (r->label_selector) {
        buf_adds(&path, "&labelSelector=");
        url_escape(&path, r->label_selector);
    }
    if (r->field_selector) {
        buf_adds(&path, "&fieldSelector=");
        url_escape(&path, r->field_selector);
    }
    splitter_free(r->splitter);
    r->splitter = splitter_new(shape, events, r);
    splitter_skip(r->splitter, kind_of(r)->skip);
    r->head = (struct http_head){0};
    buf_reset(&r->refusal);
    err_clear(&r->garbage);
    cJSON_Delete(r->error);
    r->error = NULL;
    loop_timer_start(&r->silence, SILENCE);
    intake_start(r->intake, &(struct kube_request){.path = path.data});
    buf_release(&path);
}

/* Lists. */

static void list_item(void *data, const char *json, size_t len)
{
    struct reflector *r = data;
    struct err err = ERR_INIT;
    cJSON *object = json_parse(json, len, &err);
    struct record *record = object ? record_new(kind_of(r), object) : NULL;
    if (record)
        store_put(r->store, record);
    else
        leave_out(r, object ? "has no name" : "is not JSON");
    cJSON_Delete(object);
}

static void skipped(void *data, size_t bytes)
{
    char reason[80];
    snprintf(reason, sizeof reason, "is too large or nested too deep (%.1f MiB)", (double)bytes / (1 << 20));
    leave_out(data, reason);
}

static void ask_page(struct reflector *r)
{
    static const struct splitter_events events = {list_item, skipped};
    struct buf query;
    buf_init(&query, 100 << 10);
    if (!r->unlimited)
        buf_addf(&query, "limit=%d", PAGE);
    if (r->cont) {
        buf_adds(&query, "&continue=");
        url_escape(&query, r->cont);
    }
    r->doing = LISTING;
    begin(r, &query, SPLIT_LIST, &events);
    buf_release(&query);
}

static void start_list(struct reflector *r)
{
    if (r->same_page) {
        r->same_page = false;
        ask_page(r);
        return;
    }
    free(r->cont);
    r->cont = NULL;
    r->page = r->page_tries = 0;
    r->left_out = 0; /* what is left out now is counted anew */
    err_clear(&r->note);
    r->replacing = true;
    store_replace_begin(r->store);
    ask_page(r);
}

static void list_failed(struct reflector *r, enum next_step next, int64_t at_least, struct err *why)
{
    err_prefix(why, "cannot list %s", kind_of(r)->plural);
    if (r->replacing)
        store_replace_abort(r->store);
    r->replacing = r->unlimited = false;
    fall_back(r, next == NEXT_REFUSED, at_least, why);
}

/* What the answer's head and Status ask to wait. */
static int64_t asked_to_wait(struct reflector *r)
{
    if (r->head.retry_after)
        return MIN(r->head.retry_after, MAX_WAIT);
    struct err ignored = ERR_INIT;
    cJSON *status = r->refusal.len ? json_parse(r->refusal.data, r->refusal.len, &ignored) : NULL;
    int64_t wait = kube_status_retry_after(status);
    cJSON_Delete(status);
    return MIN(wait, MAX_WAIT);
}

static void page_refused(struct reflector *r)
{
    struct err why = ERR_INIT;
    int status = r->head.status;
    int64_t wait = asked_to_wait(r);
    kube_status_text(status, r->refusal.data, r->refusal.len, &why);
    if (status == 410 && r->page && !r->unlimited) {
        stop(r);
        r->unlimited = true;
        start_list(r);
    } else if ((status == 429 || status >= 500) && wait && r->page_tries++ < MAX_PAGE_TRIES) {
        stop(r);
        r->same_page = true;
        err_prefix(&why, "cannot list %s", kind_of(r)->plural);
        set_state(r, r->synced ? REFLECTOR_STALE : REFLECTOR_LISTING, &why);
        loop_timer_start(&r->again, wait);
    } else {
        list_failed(r, list_next(HTTP_DONE, status), wait, &why);
    }
}

/* A page has arrived whole. */
static void page_done(struct reflector *r)
{
    struct err why = ERR_INIT;
    if (!r->page) {
        free(r->rv);
        r->rv = xstrdup(splitter_rv(r->splitter));
    }
    bool endless = r->page >= MAX_PAGES || (r->cont && str_eq(r->cont, splitter_continue(r->splitter)));
    free(r->cont);
    r->cont = *splitter_continue(r->splitter) ? xstrdup(splitter_continue(r->splitter)) : NULL;
    r->page_tries = 0;
    if (!str_ends(splitter_kind(r->splitter), "List") || !*r->rv) {
        err_set(&why, "what answers is no Kubernetes API server: its list has no %s", *r->rv ? "kind" : "version");
        list_failed(r, NEXT_LIST_LATER, 0, &why);
        return;
    }
    r->since = loop_now(r->loop);
    if (r->cont && endless) {
        err_set(&why, "the server's list has no end: after %u pages it still goes on", r->page + 1);
        list_failed(r, NEXT_LIST_LATER, 0, &why);
        return;
    }
    if (r->cont) {
        r->page++;
        ask_page(r);
        return;
    }
    stop(r);
    r->replacing = r->unlimited = false;
    r->synced = true;
    start_watch(r);
    set_state(r, REFLECTOR_LIVE, NULL);
    store_replace_end(r->store); /* last: a listener may free us */
}

static void list_end(struct reflector *r, const struct http_result *result)
{
    struct err why = ERR_INIT;
    if (result->outcome != HTTP_DONE) {
        why = result->err;
        list_failed(r, list_next(result->outcome, 0), 0, &why);
    } else if (r->head.status != 200) {
        page_refused(r);
    } else if (splitter_end(r->splitter, &why) < 0) {
        list_failed(r, NEXT_LIST_LATER, 0, &why);
    } else {
        page_done(r);
    }
}

/* Watches. */

static void apply_event(struct reflector *r, const char *type, const cJSON *object)
{
    if (strcmp(type, "ADDED") == 0 || strcmp(type, "MODIFIED") == 0) {
        struct record *record = record_new(kind_of(r), object);
        if (record)
            store_put(r->store, record);
        else
            leave_out(r, "has no name");
    } else if (strcmp(type, "DELETED") == 0) {
        const char *ns = kind_of(r)->namespaced ? json_str(object, "metadata.namespace") : NULL;
        const char *name = json_str_or(object, "metadata.name", ""), *uid = json_str(object, "metadata.uid");
        const struct record *there = store_find(r->store, ns, name);
        /* An older object's end, told again after a list, is not the end of the one that took its name. */
        if (there && (!uid || !there->uid || strcmp(uid, there->uid) == 0))
            store_del(r->store, ns, name);
    }
}

static void watch_item(void *data, const char *json, size_t len)
{
    struct reflector *r = data;
    if (r->error || err_is_set(&r->garbage))
        return;
    cJSON *event = json_parse(json, len, &r->garbage);
    const char *type = json_str_or(event, "type", "");
    const cJSON *object = json_object(event, "object");
    if (event && (!*type || !object)) {
        err_set(&r->garbage, "an event has no type or no object");
    } else if (event && strcmp(type, "ERROR") == 0) {
        r->error = cJSON_DetachItemFromObjectCaseSensitive(event, "object");
    } else if (event) {
        const char *rv = json_str(object, "metadata.resourceVersion");
        r->events++;
        if (rv && *rv && strcmp(rv, r->rv) != 0) {
            free(r->rv);
            r->rv = xstrdup(rv);
        }
        apply_event(r, type, object);
    }
    cJSON_Delete(event);
}

static void start_watch(struct reflector *r)
{
    static const struct splitter_events events = {watch_item, skipped};
    uint32_t random;
    digest_random(&random, sizeof random);
    int64_t seconds = 300 + random % 301;
    struct buf query;
    buf_init(&query, 4096);
    buf_adds(&query, "watch=1&resourceVersion=");
    url_escape(&query, r->rv);
    buf_addf(&query, "&allowWatchBookmarks=true&timeoutSeconds=%" PRId64, seconds);
    r->events = 0;
    r->watch_began = loop_now(r->loop);
    r->doing = WATCHING;
    begin(r, &query, SPLIT_EVENTS, &events);
    loop_timer_start(&r->deadline, seconds * NSEC_PER_SEC + WATCH_SLACK);
    buf_release(&query);
}

static void say_why(struct reflector *r, const struct http_result *result, struct err *why)
{
    char *status = NULL;
    if (r->error) {
        status = cJSON_PrintUnformatted(r->error);
        kube_status_text((int)json_int(r->error, "code", 0), str_or_empty(status), strlen(str_or_empty(status)), why);
        cJSON_free(status);
    } else if (err_is_set(&r->garbage)) {
        *why = r->garbage;
    } else if (result->outcome != HTTP_DONE) {
        *why = result->err;
    } else if (r->head.status != 200) {
        kube_status_text(r->head.status, r->refusal.data, r->refusal.len, why);
    } else {
        err_set(why, "the server ended the watch at once");
    }
    err_prefix(why, "cannot watch %s", kind_of(r)->plural);
}

static void watch_end(struct reflector *r, const struct http_result *result)
{
    struct watch_end end = {
        .outcome = result->outcome,
        .status = r->head.status,
        .error = r->error,
        .garbage = err_is_set(&r->garbage),
        .lasted = loop_now(r->loop) - r->watch_began,
        .events = r->events,
    };
    enum next_step next = watch_next(&end);
    r->quick = end.lasted < QUICK ? r->quick + 1 : 0;
    if (next == NEXT_WATCH) {
        stop(r);
        r->watch_again = true;
        if (r->quick > MAX_QUICK) /* a server that ends each watch after an event must not be asked without a pause */
            loop_timer_start(&r->again, QUICK);
        else
            try_again(r);
        return;
    }
    struct err why = ERR_INIT;
    say_why(r, result, &why);
    int64_t wait = r->error ? MIN(kube_status_retry_after(r->error), MAX_WAIT) : r->head.status == 200 ? 0 : asked_to_wait(r);
    r->watch_again = next == NEXT_WATCH_LATER;
    fall_back(r, next == NEXT_REFUSED, wait, &why);
}

/* Nothing came for too long: the connection is dead, whatever TCP believes. */
static void on_silence(void *data)
{
    struct reflector *r = data;
    struct err why = ERR_INIT;
    err_set(&why, "no word from the server for %d s", (int)(SILENCE / NSEC_PER_SEC));
    if (r->doing == LISTING) {
        list_failed(r, NEXT_LIST_LATER, 0, &why);
        return;
    }
    stop(r);
    set_state(r, REFLECTOR_STALE, &why);
    start_watch(r);
}

static void on_deadline(void *data)
{
    struct reflector *r = data;
    stop(r);
    start_watch(r);
}

/* Bytes. */

static void on_head(void *data, const struct http_head *head)
{
    struct reflector *r = data;
    r->head = *head;
    r->head.content_type = NULL; /* borrowed */
    loop_timer_start(&r->silence, SILENCE);
    if (head->status == 200 && r->doing == WATCHING) {
        r->since = loop_now(r->loop);
        set_state(r, REFLECTOR_LIVE, NULL);
    }
}

static void on_bytes(void *data, const char *bytes, size_t len)
{
    struct reflector *r = data;
    loop_timer_start(&r->silence, SILENCE);
    if (r->head.status != 200) {
        buf_add(&r->refusal, bytes, MIN(len, MAX_REFUSAL - r->refusal.len));
        return;
    }
    if (r->doing == WATCHING)
        r->since = loop_now(r->loop);
    store_batch_begin(r->store);
    struct err why = ERR_INIT;
    if (splitter_feed(r->splitter, bytes, len, &r->garbage) < 0 && bytes[strspn(bytes, " \r\n\t")] == '<')
        kube_status_text(200, bytes, len, &r->garbage); /* a page: its words say more */
    struct store *store = r->store;
    if (r->doing == LISTING && err_is_set(&r->garbage)) {
        why = r->garbage;
        list_failed(r, NEXT_LIST_LATER, 0, &why);
    } else if (r->error || err_is_set(&r->garbage)) {
        struct http_result result = {.outcome = HTTP_DONE, .status = 200};
        watch_end(r, &result);
    }
    store_batch_end(store); /* last: a listener may free us */
}

static void on_end(void *data, const struct http_result *result)
{
    struct reflector *r = data;
    if (r->doing == LISTING)
        list_end(r, result);
    else if (r->doing == WATCHING)
        watch_end(r, result);
}

/* Its life. */

static char *copy(const char *s)
{
    return s && *s ? xstrdup(s) : NULL;
}

struct reflector *reflector_new(struct kube_client *client, struct store *store,
                                const struct reflector_options *options, reflector_fn on_state, void *data)
{
    static const struct intake_events events = {on_head, on_bytes, on_end};
    struct reflector *r = xcalloc(1, sizeof *r);
    r->client = client;
    r->store = store;
    r->loop = kube_client_loop(client);
    if (options) {
        r->ns = copy(options->ns);
        r->label_selector = copy(options->label_selector);
        r->field_selector = copy(options->field_selector);
    }
    r->on_state = on_state;
    r->data = data;
    buf_init(&r->refusal, MAX_REFUSAL);
    backoff_init(&r->backoff, 800 * NSEC_PER_MSEC, 30 * NSEC_PER_SEC, 120 * NSEC_PER_SEC);
    loop_timer_init(&r->again, r->loop, try_again, r);
    loop_timer_init(&r->silence, r->loop, on_silence, r);
    loop_timer_init(&r->deadline, r->loop, on_deadline, r);
    loop_task_init(&r->tell, r->loop, tell, r);
    r->intake = intake_new(client, &events, r);
    start_list(r);
    return r;
}

void reflector_free(struct reflector *r)
{
    if (!r)
        return;
    stop(r);
    if (r->replacing)
        store_replace_abort(r->store);
    loop_timer_stop(&r->again);
    loop_task_stop(&r->tell);
    intake_free(r->intake);
    cJSON_Delete(r->error);
    buf_release(&r->refusal);
    free(r->rv);
    free(r->cont);
    free(r->ns);
    free(r->label_selector);
    free(r->field_selector);
    free(r);
}

void reflector_tell(struct reflector *r, reflector_fn on_state, void *data)
{
    r->on_state = on_state;
    r->data = data;
}

enum reflector_state reflector_state(const struct reflector *r)
{
    return r->state;
}

int64_t reflector_since(const struct reflector *r)
{
    return r->since;
}

int reflector_refusal(const struct reflector *r)
{
    if (r->state != REFLECTOR_REFUSED)
        return 0;
    return r->error ? (int)json_int(r->error, "code", 0) : r->head.status;
}

bool reflector_waits(const struct reflector *r)
{
    return r->same_page;
}

const char *reflector_why(const struct reflector *r)
{
    return r->why.text;
}

const char *reflector_note(const struct reflector *r)
{
    return r->note.text;
}

bool reflector_synced(const struct reflector *r)
{
    return r->synced;
}
