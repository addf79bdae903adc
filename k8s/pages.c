#include "k8s/pages.h"

#include "net/url.h"

#define PAGE 500
#define MAX_TRIES 10
#define MAX_PAGES 4000 /* two million objects: a list that is longer has no end */

static struct feed *reading(struct pages *p)
{
    return &p->feeds[p->at];
}

static void ask(struct pages *p, struct feed *feed, const char *cont)
{
    struct buf query;
    buf_init(&query, 100 << 10);
    if (!p->unlimited)
        buf_addf(&query, "limit=%d", PAGE);
    if (cont) {
        buf_adds(&query, "&continue=");
        url_escape(&query, cont);
    }
    /* A page that waits for the one before must not hold up the watches beside it: no stream of a shared connection. */
    feed_start(feed,
               &(struct feed_request){
                   .scope = p->scope, .query = query.data, .shape = SPLIT_LIST, .http1 = true, .fresh = p->fresh});
    buf_release(&query);
}

static void ask_page(void *data)
{
    struct pages *p = data;
    ask(p, reading(p), p->cont);
}

void pages_start(struct pages *p, bool fresh)
{
    bool unlimited = p->unlimited;
    pages_stop(p);
    p->unlimited = unlimited;
    p->fresh = fresh;
    p->listing = true;
    free(p->cont);
    p->cont = NULL;
    p->page = p->tries = 0;
    if (p->events->begins)
        p->events->begins(p->data);
    ask_page(p);
}

void pages_stop(struct pages *p)
{
    feed_stop(&p->feeds[0]);
    feed_stop(&p->feeds[1]);
    intake_read_ahead(p->feeds[0].intake, false);
    intake_read_ahead(p->feeds[1].intake, false);
    loop_timer_stop(&p->again);
    p->listing = p->ahead = p->unlimited = false;
}

static void fail(struct pages *p, enum http_outcome outcome, int status, int64_t at_least, const struct err *why)
{
    pages_stop(p);
    p->events->failed(p->data, outcome, status, at_least, why);
}

/* Objects. */

static void on_item(void *data, const char *json, size_t len)
{
    struct pages *p = data;
    struct err err = ERR_INIT;
    cJSON *object = json_parse(json, len, &err);
    struct record *record = object ? record_new(p->scope->kind, object) : NULL;
    if (record)
        store_put(p->store, record);
    else
        p->events->left_out(p->data, object ? "has no name" : "is not JSON");
    cJSON_Delete(object);
}

static void on_skipped(void *data, size_t bytes)
{
    struct pages *p = data;
    char reason[FEED_TOO_LARGE];
    feed_too_large(reason, bytes);
    p->events->left_out(p->data, reason);
}

/* Pages. */

static void look_ahead(struct pages *p)
{
    const char *cont = splitter_continue(reading(p)->splitter);
    struct feed *next = &p->feeds[!p->at];
    if (p->ahead || !*cont || str_eq(cont, p->cont) || p->page >= MAX_PAGES)
        return;
    p->ahead = true;
    intake_read_ahead(next->intake, true);
    ask(p, next, cont);
}

static void on_bytes(void *data, const char *bytes, size_t len)
{
    struct pages *p = data;
    struct store *store = p->store;
    store_batch_begin(store);
    p->fresh = false; /* the connection carries: the pages to come need no other */
    p->events->word(p->data);
    if (feed_split(reading(p), bytes, len) < 0) {
        struct err why = reading(p)->garbage;
        fail(p, HTTP_DONE, 200, 0, &why);
    } else {
        look_ahead(p);
    }
    store_batch_end(store); /* last: a listener may free us */
}

static void refused(struct pages *p)
{
    struct feed *feed = reading(p);
    struct http_result done = {.outcome = HTTP_DONE};
    struct err why = ERR_INIT;
    int status = feed->head.status;
    int64_t wait = feed_asked_to_wait(feed);
    feed_why(feed, &done, &why);
    if (status == 410 && p->page && !p->unlimited) {
        p->unlimited = true;
        pages_start(p, p->fresh);
    } else if ((status == 429 || status >= 500) && wait && p->tries++ < MAX_TRIES) {
        feed_stop(feed);
        loop_timer_start(&p->again, wait);
        p->events->waits(p->data, &why);
    } else {
        fail(p, HTTP_DONE, status, wait, &why);
    }
}

static void page_done(struct pages *p)
{
    struct err why = ERR_INIT;
    const struct splitter *splitter = reading(p)->splitter;
    const char *cont = splitter_continue(splitter);
    if (!p->page) {
        free(p->rv);
        p->rv = xstrdup(splitter_rv(splitter));
    }
    bool table = p->scope->kind->table && str_eq(splitter_kind(splitter), "Table");
    if ((!table && !str_ends(splitter_kind(splitter), "List")) || !*p->rv)
        err_set(&why, "what answers is no Kubernetes API server: its list has no %s", *p->rv ? "kind" : "version");
    else if (*cont && !p->ahead)
        err_set(&why, "the server's list has no end: after %u pages it still goes on", p->page + 1);
    if (err_is_set(&why)) {
        fail(p, HTTP_DONE, 200, 0, &why);
        return;
    }
    bool last = !*cont;
    free(p->cont);
    p->cont = last ? NULL : xstrdup(cont);
    p->tries = 0;
    if (last) {
        pages_stop(p);
        p->events->page(p->data, true);
        return;
    }
    p->events->page(p->data, false);
    feed_stop(reading(p));
    p->page++;
    p->at = !p->at;
    p->ahead = false;
    intake_read_ahead(reading(p)->intake, false);
}

static void on_end(void *data, const struct http_result *result)
{
    struct pages *p = data;
    struct feed *feed = reading(p);
    struct err why = ERR_INIT;
    if (result->outcome != HTTP_DONE) {
        why = result->err;
        fail(p, result->outcome, 0, 0, &why);
    } else if (feed->head.status != 200) {
        refused(p);
    } else if (splitter_end(feed->splitter, &why) < 0) {
        fail(p, HTTP_DONE, 200, 0, &why);
    } else {
        look_ahead(p); /* a page that came in one piece */
        page_done(p);
    }
}

void pages_init(struct pages *p, struct kube_client *client, const struct scope *scope, struct store *store,
                const struct pages_events *events, void *data)
{
    static const struct feed_events feed_events = {.bytes = on_bytes, .end = on_end, .objects = {on_item, on_skipped}};
    *p = (struct pages){.events = events, .data = data, .scope = scope, .store = store};
    feed_init(&p->feeds[0], client, &feed_events, p);
    feed_init(&p->feeds[1], client, &feed_events, p);
    loop_timer_init(&p->again, kube_client_loop(client), ask_page, p);
}

void pages_release(struct pages *p)
{
    pages_stop(p);
    feed_release(&p->feeds[0]);
    feed_release(&p->feeds[1]);
    free(p->rv);
    free(p->cont);
}

bool pages_wait(const struct pages *p)
{
    return loop_timer_active(&p->again);
}

const char *pages_rv(const struct pages *p)
{
    return p->rv;
}
