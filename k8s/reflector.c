#include "k8s/reflector.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/digest.h"
#include "k8s/backoff.h"
#include "k8s/outcome.h"
#include "k8s/pager.h"
#include "k8s/pulse.h"
#include "net/url.h"

#define QUICK NSEC_PER_SEC /* watches that end sooner, one after the other … */
#define MAX_QUICK 3        /* … are begun no more often than that after so many */
#define SILENCE (100 * NSEC_PER_SEC)    /* bookmarks come about every minute */
#define DOUBT (800 * NSEC_PER_MSEC)     /* a watch that is not there again by then is news */
#define WATCH_SLACK (30 * NSEC_PER_SEC) /* beyond the time that a watch was asked to last */
#define REFUSED_WAIT (60 * NSEC_PER_SEC)
#define SPREAD (200 * NSEC_PER_MSEC) /* how far apart all of us come back to a server that is back */
#define LARGE 500                    /* a list of more leaves freed memory worth giving back */

enum doing {
    WAITING,   /* for the timer, then to do `then` */
    LISTING,   /* page by page */
    STREAMING, /* a list that comes as a watch, up to the bookmark that ends it */
    WATCHING,
};

struct reflector {
    struct kube_client *client;
    struct store *store;
    struct loop *loop;
    struct scope scope;
    reflector_fn on_state;
    void *data;

    enum reflector_state state;
    bool synced;
    int64_t since;
    struct err why, note;
    size_t left_out;

    enum doing doing, then;
    struct pages pager;
    struct feed feed; /* of the watch */
    struct pulse_member pulse;
    int refusal;        /* HTTP status of the last failure */
    int64_t not_before; /* what the server asked for: no next try sooner */
    char *rv;
    bool fresh;     /* connections from before are not to be trusted */
    bool replacing; /* between store_replace_begin and its end */
    bool anew;      /* versions from before are not to be trusted */

    int64_t watch_began;
    size_t events;
    unsigned quick; /* watches in a row that ended at once, though with events */
    cJSON *error;   /* the Status of an ERROR event */
    bool complete;  /* the bookmark that ends a streamed list has come */

    struct backoff backoff;
    struct loop_timer again, silence, doubt, deadline;
    struct loop_task tell;
};

static void start(struct reflector *r, enum doing what);

static const char *plural(const struct reflector *r)
{
    return r->scope.kind->plural;
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
    if (r->state == REFLECTOR_LIVE)
        r->since = reflector_since(r);
    r->state = state;
    err_clear(&r->why);
    if (why)
        r->why = *why;
    loop_task_start(&r->tell);
}

/* Something is wrong; the rows stay. */
static void set_wrong(struct reflector *r, bool refused, const struct err *why)
{
    set_state(r, refused ? REFLECTOR_REFUSED : r->synced ? REFLECTOR_STALE : REFLECTOR_LISTING, why);
}

static void leave_out(void *data, const char *reason)
{
    struct reflector *r = data;
    r->left_out++;
    err_set(&r->note, "%zu of the %s could not be read and %s left out: the last one %s", r->left_out, plural(r),
            r->left_out == 1 ? "is" : "are", reason);
    loop_task_start(&r->tell);
}

/* What was going on is over. */
static void stop(struct reflector *r)
{
    pages_stop(&r->pager);
    feed_stop(&r->feed);
    loop_timer_stop(&r->again);
    loop_timer_stop(&r->silence);
    loop_timer_stop(&r->doubt);
    loop_timer_stop(&r->deadline);
    if (r->replacing)
        store_replace_abort(r->store);
    r->replacing = false;
    r->doing = WAITING;
}

static void start_after(struct reflector *r, enum doing what, int64_t wait)
{
    stop(r);
    r->then = what;
    loop_timer_start(&r->again, wait);
}

static void on_again(void *data)
{
    struct reflector *r = data;
    start(r, r->then);
}

/* How lists come. The first one by pages, later ones as a stream where the server has that. Of 10,000 pods, 158 MB, the
 * whole table takes by pages PAGES_S, as a stream STREAM_S, its first rows PAGES_FIRST and STREAM_FIRST: whoever waits
 * before an empty screen is better served by pages. But a stream comes from the API server's memory and leaves etcd in
 * peace, which counts when all that watched list again at the same moment; and then the old rows are on the screen. */
static enum doing list_again(const struct reflector *r)
{
    return r->synced && pulse_streams(&r->pulse) ? STREAMING : LISTING;
}

static void fall_back(struct reflector *r, enum next_step next, int64_t at_least, const struct err *why)
{
    bool refused = next == NEXT_REFUSED;
    if (next != NEXT_WATCH_LATER)
        r->anew |= r->synced && r->refusal != 410;
    int64_t wait = refused ? REFUSED_WAIT : backoff_next(&r->backoff, loop_now(r->loop));
    r->not_before = loop_now(r->loop) + at_least;
    start_after(r, next == NEXT_WATCH_LATER ? WATCHING : list_again(r), MAX(wait, at_least));
    set_wrong(r, refused, why);
}

/* Whether the server is there is asked, where what happened may mean that it is not. */
static void doubt(struct reflector *r, enum http_outcome outcome, int status)
{
    if (outcome == HTTP_REFUSED || outcome == HTTP_BROKEN || status >= 502)
        pulse_doubt(&r->pulse);
}

/* The list is whole. */
static void listed(struct reflector *r)
{
    bool large = store_count(r->store) > LARGE;
    r->replacing = r->anew = false;
    r->synced = true;
    r->since = loop_now(r->loop);
    set_state(r, REFLECTOR_LIVE, NULL);
    struct store *store = r->store;
    store_replace_end(store); /* last: a listener may free us */
#ifdef __GLIBC__
    if (large)
        malloc_trim(0);
#endif
}

static void begin_replace(struct reflector *r)
{
    r->left_out = 0; /* what is left out now is counted anew */
    err_clear(&r->note);
    r->replacing = true;
    store_replace_begin(r->store);
    if (r->anew)
        store_replace_distrust(r->store);
}

/* Lists, by pages. */

static void on_list_begins(void *data)
{
    begin_replace(data);
}

static void on_list_word(void *data)
{
    struct reflector *r = data;
    loop_timer_start(&r->silence, SILENCE);
    pulse_heard(&r->pulse);
}

static void on_page(void *data, bool last)
{
    struct reflector *r = data;
    loop_timer_start(&r->silence, SILENCE);
    r->since = loop_now(r->loop);
    if (!last)
        return;
    free(r->rv);
    r->rv = xstrdup(pages_rv(&r->pager));
    r->replacing = false;
    start(r, WATCHING);
    r->replacing = true;
    listed(r);
}

static void on_list_waits(void *data, const struct err *why)
{
    struct reflector *r = data;
    struct err said = *why;
    loop_timer_stop(&r->silence);
    err_prefix(&said, "cannot list %s", plural(r));
    set_wrong(r, false, &said);
}

static void on_list_failed(void *data, enum http_outcome outcome, int status, int64_t at_least, const struct err *why)
{
    struct reflector *r = data;
    struct err said = *why;
    r->refusal = status == 200 ? 0 : status;
    err_prefix(&said, "cannot list %s", plural(r));
    fall_back(r, list_next(outcome, status), at_least, &said);
    doubt(r, outcome, status);
}

/* Watches, and lists that come as one. */

static bool ends_list(const cJSON *object)
{
    const cJSON *mark = json_get(json_at(object, "metadata.annotations"), "k8s.io/initial-events-end");
    return cJSON_IsString(mark) && str_eq(mark->valuestring, "true");
}

static void apply_event(struct reflector *r, const char *type, const cJSON *object)
{
    const struct kind *kind = r->scope.kind;
    if (strcmp(type, "ADDED") == 0 || strcmp(type, "MODIFIED") == 0) {
        struct record *record = record_new(kind, object);
        if (record)
            store_put(r->store, record);
        else
            leave_out(r, "has no name");
    } else if (strcmp(type, "DELETED") == 0) {
        const char *ns = kind->namespaced ? json_str_or(object, "metadata.namespace", "") : NULL;
        const char *name = json_str_or(object, "metadata.name", ""), *uid = json_str(object, "metadata.uid");
        const struct record *there = store_find(r->store, ns, name);
        /* An older object's end, told again after a list, is not the end of the one that took its name. */
        if (there && (!uid || !there->uid || strcmp(uid, there->uid) == 0))
            store_del(r->store, ns, name);
    } else if (strcmp(type, "BOOKMARK") == 0 && r->doing == STREAMING) {
        r->complete |= ends_list(object);
    }
}

static void on_event(void *data, const char *json, size_t len)
{
    struct reflector *r = data;
    if (r->error || err_is_set(&r->feed.garbage))
        return;
    cJSON *event = json_parse(json, len, &r->feed.garbage);
    const char *type = json_str_or(event, "type", "");
    const cJSON *object = json_object(event, "object");
    if (event && (!*type || !object)) {
        err_set(&r->feed.garbage, "an event has no type or no object");
    } else if (event && strcmp(type, "ERROR") == 0) {
        r->error = cJSON_DetachItemFromObjectCaseSensitive(event, "object");
    } else if (event) {
        const char *rv = json_str(object, "metadata.resourceVersion");
        r->events++;
        if (rv && *rv && !str_eq(rv, r->rv)) {
            free(r->rv);
            r->rv = xstrdup(rv);
        }
        apply_event(r, type, object);
    }
    cJSON_Delete(event);
}

static void on_skipped(void *data, size_t bytes)
{
    char reason[80];
    snprintf(reason, sizeof reason, "is too large or nested too deep (%.1f MiB)", (double)bytes / (1 << 20));
    leave_out(data, reason);
}

static void start_watch(struct reflector *r)
{
    uint32_t random;
    digest_random(&random, sizeof random);
    int64_t seconds = 300 + random % 301;
    struct buf query;
    buf_init(&query, 4096);
    if (r->doing == STREAMING) {
        buf_adds(&query, "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
        begin_replace(r);
    } else {
        buf_adds(&query, "watch=1&resourceVersion=");
        url_escape(&query, r->rv);
    }
    buf_addf(&query, "&allowWatchBookmarks=true&timeoutSeconds=%" PRId64, seconds);
    r->events = 0;
    r->complete = false;
    r->watch_began = loop_now(r->loop);
    cJSON_Delete(r->error);
    r->error = NULL;
    feed_start(&r->feed, &(struct feed_request){
                             .scope = &r->scope, .query = query.data, .shape = SPLIT_EVENTS, .fresh = r->fresh});
    loop_timer_start(&r->deadline, seconds * NSEC_PER_SEC + WATCH_SLACK);
    if (r->state == REFLECTOR_LIVE)
        loop_timer_start(&r->doubt, DOUBT);
    buf_release(&query);
}

static void say_why(struct reflector *r, const struct http_result *result, struct err *why)
{
    if (r->error) {
        char *status = cJSON_PrintUnformatted(r->error);
        kube_status_text((int)json_int(r->error, "code", 0), str_or_empty(status), strlen(str_or_empty(status)), why);
        cJSON_free(status);
    } else if (result->outcome == HTTP_DONE && r->feed.head.status == 200 && !err_is_set(&r->feed.garbage)) {
        err_set(why, r->doing == STREAMING ? "the list ended in the middle" : "the server ended the watch at once");
    } else {
        feed_why(&r->feed, result, why);
    }
    err_prefix(why, r->doing == STREAMING ? "cannot list %s" : "cannot watch %s", plural(r));
}

/* A server without streaming lists calls the request invalid; one whose etcd is too old for them says that. */
static bool cannot_stream(const struct reflector *r, const struct err *why)
{
    return r->doing == STREAMING &&
           (r->refusal == 400 || r->refusal == 422 || strstr(why->text, "RequestWatchProgress"));
}

static void watch_ended(struct reflector *r, const struct http_result *result)
{
    int status = r->feed.head.status;
    struct watch_end end = {
        .outcome = result->outcome,
        .status = status,
        .error = r->error,
        .garbage = err_is_set(&r->feed.garbage),
        .lasted = loop_now(r->loop) - r->watch_began,
        .events = r->events,
    };
    enum next_step next = watch_next(&end);
    r->quick = end.lasted < QUICK ? r->quick + 1 : 0;
    if (next == NEXT_WATCH && r->doing == WATCHING) {
        /* A server that ends each watch after an event must not be asked without a pause. */
        if (r->quick > MAX_QUICK)
            start_after(r, WATCHING, QUICK);
        else
            start(r, WATCHING);
        return;
    }
    struct err why = ERR_INIT;
    say_why(r, result, &why);
    r->refusal = r->error ? (int)json_int(r->error, "code", 0) : status == 200 ? 0 : status;
    if (cannot_stream(r, &why)) {
        pulse_no_streams(&r->pulse);
        stop(r);
        start(r, LISTING);
        return;
    }
    int64_t wait = r->error        ? MIN(kube_status_retry_after(r->error), FEED_MAX_WAIT)
                   : status == 200 ? 0
                                   : feed_asked_to_wait(&r->feed);
    if (r->doing == STREAMING)
        next = list_next(result->outcome, r->error ? 200 : status);
    fall_back(r, next, wait, &why);
    doubt(r, result->outcome, status);
}

static void on_watch_head(void *data)
{
    struct reflector *r = data;
    loop_timer_start(&r->silence, SILENCE);
    if (r->feed.head.status != 200)
        return;
    loop_timer_stop(&r->doubt);
    r->fresh = false;
    pulse_heard(&r->pulse);
    if (r->doing == WATCHING) {
        r->since = loop_now(r->loop);
        set_state(r, REFLECTOR_LIVE, NULL);
    }
}

static void on_watch_bytes(void *data, const char *bytes, size_t len)
{
    struct reflector *r = data;
    struct store *store = r->store;
    loop_timer_start(&r->silence, SILENCE);
    pulse_heard(&r->pulse);
    if (r->doing == WATCHING)
        r->since = loop_now(r->loop);
    store_batch_begin(store);
    if (feed_split(&r->feed, bytes, len) < 0 || r->error) {
        struct http_result result = {.outcome = HTTP_DONE, .status = 200};
        watch_ended(r, &result);
    } else if (r->complete && r->doing == STREAMING) {
        r->doing = WATCHING;
        listed(r);
    }
    store_batch_end(store); /* last: a listener may free us */
}

static void on_watch_end(void *data, const struct http_result *result)
{
    watch_ended(data, result);
}

/* Time. */

/* Nothing came for too long: this connection is dead, whatever TCP and the others believe. */
static void on_silence(void *data)
{
    struct reflector *r = data;
    struct err why = ERR_INIT;
    err_set(&why, "no word from the server for %d s", (int)(SILENCE / NSEC_PER_SEC));
    r->fresh = true;
    r->refusal = 0;
    if (r->doing == WATCHING) {
        set_state(r, REFLECTOR_STALE, &why);
        start(r, WATCHING);
        return;
    }
    err_prefix(&why, "cannot list %s", plural(r));
    fall_back(r, NEXT_LIST_LATER, 0, &why);
}

static void on_doubt(void *data)
{
    struct reflector *r = data;
    struct err why = ERR_INIT;
    err_set(&why, "the watch of the %s ended, and the server has not begun another yet", plural(r));
    set_state(r, REFLECTOR_STALE, &why);
    pulse_doubt(&r->pulse);
}

static void on_deadline(void *data)
{
    struct reflector *r = data;
    if (r->doing == WATCHING) {
        start(r, WATCHING);
        return;
    }
    struct err why = ERR_INIT;
    err_set(&why, "cannot list %s: the stream of them has no end", plural(r));
    r->refusal = 0;
    pulse_no_streams(&r->pulse);
    fall_back(r, NEXT_LIST_LATER, 0, &why);
}

static void on_pulse(void *data, enum pulse_news news)
{
    struct reflector *r = data;
    if (news == PULSE_LOST) {
        r->fresh = true;
        r->refusal = 0;
        if (r->doing != WAITING)
            fall_back(r, r->doing == WATCHING ? NEXT_WATCH_LATER : NEXT_LIST_LATER, 0, pulse_why(&r->pulse));
        else if (r->state == REFLECTOR_LIVE)
            set_wrong(r, false, pulse_why(&r->pulse));
    } else if (r->doing == WAITING) {
        uint32_t random;
        digest_random(&random, sizeof random);
        loop_timer_start(&r->again, MAX(random % SPREAD, r->not_before - loop_now(r->loop)));
    }
}

static void start(struct reflector *r, enum doing what)
{
    stop(r);
    r->doing = what;
    loop_timer_start(&r->silence, SILENCE);
    if (what == LISTING)
        pages_start(&r->pager, r->fresh);
    else
        start_watch(r);
}

/* Its life. */

static char *copy(const char *s)
{
    return s && *s ? xstrdup(s) : NULL;
}

struct reflector *reflector_new(struct kube_client *client, struct store *store,
                                const struct reflector_options *options, reflector_fn on_state, void *data)
{
    static const struct feed_events feed_events = {
        .head = on_watch_head, .bytes = on_watch_bytes, .end = on_watch_end, .objects = {on_event, on_skipped}};
    static const struct pages_events pages_events = {.left_out = leave_out,
                                                     .begins = on_list_begins,
                                                     .word = on_list_word,
                                                     .page = on_page,
                                                     .waits = on_list_waits,
                                                     .failed = on_list_failed};
    struct reflector *r = xcalloc(1, sizeof *r);
    r->client = client;
    r->store = store;
    r->loop = kube_client_loop(client);
    r->scope.kind = store_kind(store);
    if (options) {
        r->scope.ns = copy(options->ns);
        r->scope.label_selector = copy(options->label_selector);
        r->scope.field_selector = copy(options->field_selector);
    }
    r->on_state = on_state;
    r->data = data;
    backoff_init(&r->backoff, 800 * NSEC_PER_MSEC, 30 * NSEC_PER_SEC, 120 * NSEC_PER_SEC);
    loop_timer_init(&r->again, r->loop, on_again, r);
    loop_timer_init(&r->silence, r->loop, on_silence, r);
    loop_timer_init(&r->doubt, r->loop, on_doubt, r);
    loop_timer_init(&r->deadline, r->loop, on_deadline, r);
    loop_task_init(&r->tell, r->loop, tell, r);
    feed_init(&r->feed, client, &feed_events, r);
    pages_init(&r->pager, client, &r->scope, store, &pages_events, r);
    pulse_join(&r->pulse, client, on_pulse, r);
    start(r, LISTING);
    return r;
}

void reflector_free(struct reflector *r)
{
    if (!r)
        return;
    stop(r);
    pulse_leave(&r->pulse);
    loop_task_stop(&r->tell);
    pages_release(&r->pager);
    feed_release(&r->feed);
    cJSON_Delete(r->error);
    free(r->rv);
    free(r->scope.ns);
    free(r->scope.label_selector);
    free(r->scope.field_selector);
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

int reflector_refusal(const struct reflector *r)
{
    return r->state == REFLECTOR_REFUSED ? r->refusal : 0;
}

int64_t reflector_since(const struct reflector *r)
{
    return r->state == REFLECTOR_LIVE ? MAX(r->since, pulse_since(&r->pulse)) : r->since;
}

bool reflector_waits(const struct reflector *r)
{
    return pages_wait(&r->pager);
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
