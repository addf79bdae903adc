#include "k8s/reflector.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/digest.h"
#include "k8s/backoff.h"
#include "k8s/outcome.h"
#include "k8s/pages.h"
#include "k8s/pulse.h"
#include "k8s/watcher.h"

#define QUICK NSEC_PER_SEC           /* watches that end sooner, one after the other … */
#define MAX_QUICK 3                  /* … are begun no more often than that after so many */
#define SILENCE (100 * NSEC_PER_SEC) /* bookmarks come about every minute */
#define DOUBT (800 * NSEC_PER_MSEC)  /* a watch that is not there again by then is news */
#define REFUSED_WAIT (60 * NSEC_PER_SEC)
#define SPREAD (200 * NSEC_PER_MSEC) /* how far apart all of us come back to a server that is back */
#define PATIENT 10                   /* so often in a row a server's own word on when to come back is taken */
#define LARGE 500                    /* a list of more leaves freed memory worth giving back … */
#define TIDY NSEC_PER_SEC            /* … so long after, when the connections have let go of theirs */

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
    struct pages pages;
    struct watcher watcher;
    struct pulse_member pulse;
    int refusal;        /* HTTP status of the last failure */
    int64_t not_before; /* what the server asked for: no next try sooner */
    bool returning;     /* the server is just back: what it says now is no failure of before */
    bool fresh;         /* connections from before are not to be trusted */
    bool replacing;     /* between store_replace_begin and its end */
    bool anew;          /* versions from before are not to be trusted */

    unsigned quick; /* watches in a row that ended at once, though with events */
    unsigned asked; /* failures in a row that said when to come back */
    struct backoff backoff;
    struct loop_timer again, silence, doubt, tidy;
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
    err_set(&r->note, "%zu of the %s left out: %s %s", r->left_out, plural(r), r->left_out == 1 ? "it" : "the last one",
            reason);
    loop_task_start(&r->tell);
}

/* What was going on is over. */
static void stop(struct reflector *r)
{
    pages_stop(&r->pages);
    watcher_stop(&r->watcher);
    loop_timer_stop(&r->again);
    loop_timer_stop(&r->silence);
    loop_timer_stop(&r->doubt);
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

/* How lists come: the first one by pages, later ones as a stream where the server has that. With 10,000 pods of 16 KB,
 * a server 1.34 and us on the same two busy cores, medians of five: the whole table by pages 3.8 s, as a stream 4.2 s
 * (curl, one page after the other: 5.9 s); the first rows 16 ms and 78 ms. So whoever waits before an empty screen is
 * better served by pages. But a stream comes from the server's memory and leaves etcd in peace, which counts when all
 * that watched list again at the same moment; and then the old rows are on the screen. */
static enum doing list_again(const struct reflector *r)
{
    return r->synced && pulse_streams(&r->pulse) ? STREAMING : LISTING;
}

/* How long after each other those come that came together. */
static int64_t spread(void)
{
    uint32_t random;
    digest_random(&random, sizeof random);
    return random % SPREAD;
}

/* at_least: what the server asked for. One that is starting asks for a second until it is ready, and knows best. */
static void fall_back(struct reflector *r, enum next_step next, int64_t at_least, const struct err *why)
{
    bool refused = next == NEXT_REFUSED;
    bool soon = r->returning || (at_least && r->asked++ < PATIENT);
    if (next != NEXT_WATCH_LATER)
        r->anew |= r->synced && r->refusal != 410;
    int64_t wait = refused ? REFUSED_WAIT : soon ? at_least + spread() : backoff_next(&r->backoff, loop_now(r->loop));
    r->returning = false;
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
    if (store_count(r->store) > LARGE)
        loop_timer_start(&r->tidy, TIDY);
    r->asked = 0;
    r->replacing = r->anew = false;
    r->synced = true;
    r->since = loop_now(r->loop);
    set_state(r, REFLECTOR_LIVE, NULL);
    struct store *store = r->store;
    store_replace_end(store); /* last: a listener may free us */
}

static void tidy(void *data UNUSED)
{
#ifdef __GLIBC__
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

static void on_word(void *data)
{
    struct reflector *r = data;
    loop_timer_start(&r->silence, SILENCE);
    pulse_heard(&r->pulse);
}

/* Lists, by pages. */

static void on_list_begins(void *data)
{
    begin_replace(data);
}

static void on_page(void *data, bool last)
{
    struct reflector *r = data;
    loop_timer_start(&r->silence, SILENCE);
    r->since = loop_now(r->loop);
    if (!last)
        return;
    watcher_from(&r->watcher, pages_rv(&r->pages));
    r->replacing = false;
    start(r, WATCHING);
    r->replacing = true;
    listed(r);
}

static void on_list_waits(void *data, const struct err *why)
{
    struct reflector *r = data;
    struct err said = *why;
    loop_timer_start(&r->silence, FEED_MAX_WAIT + SILENCE); /* then the page that was asked for again is silent, too */
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

static void start_watch(struct reflector *r)
{
    if (r->doing == STREAMING)
        begin_replace(r);
    watcher_start(&r->watcher, r->doing == STREAMING, r->fresh);
    if (r->state == REFLECTOR_LIVE)
        loop_timer_start(&r->doubt, DOUBT);
}

/* A server without streaming lists calls the request invalid; one whose etcd is too old for them says that; one that
 * does not know the word begins a watch that never says that it is whole. */
static bool cannot_stream(const struct reflector *r, const struct watch_end *end, const struct err *why)
{
    return r->refusal == 400 || r->refusal == 422 || strstr(why->text, "RequestWatchProgress") ||
           (end->outcome == HTTP_DONE && end->status == 200 && !end->error && !end->garbage);
}

static void on_watch_ended(void *data, const struct watch_end *end, int64_t asked, const struct err *reason)
{
    struct reflector *r = data;
    struct err why = *reason;
    bool stream = r->doing == STREAMING;
    enum next_step next = stream ? list_next(end->outcome, end->status) : watch_next(end);
    r->quick = end->lasted < QUICK ? r->quick + 1 : 0;
    if (next == NEXT_WATCH) {
        /* A server that ends each watch after an event must not be asked without a pause. */
        if (r->quick > MAX_QUICK)
            start_after(r, WATCHING, QUICK);
        else
            start(r, WATCHING);
        return;
    }
    r->refusal = end->error ? (int)json_int(end->error, "code", 0) : end->status == 200 ? 0 : end->status;
    err_prefix(&why, stream ? "cannot list %s" : "cannot watch %s", plural(r));
    if (stream && cannot_stream(r, end, &why)) {
        pulse_no_streams(&r->pulse);
        start(r, LISTING);
        return;
    }
    fall_back(r, next, asked, &why);
    doubt(r, end->outcome, end->status);
}

static void on_connected(void *data)
{
    struct reflector *r = data;
    loop_timer_stop(&r->doubt);
    r->fresh = false;
    on_word(r);
    if (r->doing == WATCHING) {
        r->asked = 0;
        r->since = loop_now(r->loop);
        set_state(r, REFLECTOR_LIVE, NULL);
    }
}

static void on_watch_word(void *data)
{
    struct reflector *r = data;
    on_word(r);
    if (r->doing == WATCHING)
        r->since = loop_now(r->loop);
}

static void on_streamed(void *data)
{
    struct reflector *r = data;
    r->doing = WATCHING;
    listed(r);
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
        return;
    }
    /* A server that was restarted no longer knows our version, so that a list comes next: that must not wait either. */
    r->returning = true;
    backoff_reset(&r->backoff);
    if (r->doing == WAITING) {
        int64_t wait = spread(), asked = r->not_before - loop_now(r->loop);
        loop_timer_start(&r->again, MAX(wait, asked));
    }
}

static void start(struct reflector *r, enum doing what)
{
    stop(r);
    r->doing = what;
    loop_timer_start(&r->silence, SILENCE);
    if (what == LISTING)
        pages_start(&r->pages, r->fresh);
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
    static const struct watcher_events watcher_events = {.left_out = leave_out,
                                                         .connected = on_connected,
                                                         .word = on_watch_word,
                                                         .listed = on_streamed,
                                                         .ended = on_watch_ended};
    static const struct pages_events pages_events = {.left_out = leave_out,
                                                     .begins = on_list_begins,
                                                     .word = on_word,
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
    loop_timer_init(&r->tidy, r->loop, tidy, r);
    loop_task_init(&r->tell, r->loop, tell, r);
    watcher_init(&r->watcher, client, &r->scope, store, &watcher_events, r);
    pages_init(&r->pages, client, &r->scope, store, &pages_events, r);
    pulse_join(&r->pulse, client, on_pulse, r);
    start(r, LISTING);
    return r;
}

void reflector_free(struct reflector *r)
{
    if (!r)
        return;
    stop(r);
    loop_timer_stop(&r->tidy);
    pulse_leave(&r->pulse);
    loop_task_stop(&r->tell);
    pages_release(&r->pages);
    watcher_release(&r->watcher);
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
    return pages_wait(&r->pages);
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
