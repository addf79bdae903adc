/* pages: one list of a kind's objects, page by page, into a store.
 *
 * Pages of 500 without a resourceVersion. A page says where the next one begins before it brings its own objects, so
 * the next is asked for while this one still arrives: the server works on one while we read the other. A `continue`
 * that has expired makes the list begin again, whole and in one. */
#ifndef K8S_PAGES_H
#define K8S_PAGES_H

#include "k8s/feed.h"
#include "k8s/store.h"

struct pages_events {
    /* An object could not be read and is left out. */
    void (*left_out)(void *data, const char *reason);
    void (*begins)(void *data);          /* from its beginning, once or twice: what was left out is counted anew */
    void (*word)(void *data);            /* something came */
    void (*page)(void *data, bool last); /* a page is whole; pages_rv is the list's then. May free it if last */
    /* It waits because the server asked for that, and goes on by itself. */
    void (*waits)(void *data, const struct err *why);
    /* It is over. status: of HTTP, 0 without an answer. May start it again, or free it. */
    void (*failed)(void *data, enum http_outcome outcome, int status, int64_t at_least, const struct err *why);
};

struct pages {
    const struct pages_events *events;
    void *data;
    const struct scope *scope;
    struct store *store;
    struct feed feeds[2]; /* the page that is read, and the one that comes after it */
    unsigned at;          /* which of them is read */
    bool listing, ahead;  /* the other one is under way */
    bool fresh, unlimited /* one page for all: the pages expired on the way */;
    char *rv, *cont; /* of the list; where the page that is read began */
    unsigned page, tries;
    struct loop_timer again;
};

void pages_init(struct pages *pages, struct kube_client *client, const struct scope *scope, struct store *store,
                const struct pages_events *events, void *data);
void pages_release(struct pages *pages);
/* fresh: over a new connection. */
void pages_start(struct pages *pages, bool fresh);
void pages_stop(struct pages *pages);
/* Whether the server asked to wait and the same page is asked for again after that. */
bool pages_wait(const struct pages *pages);
/* The resourceVersion to watch from, once a page was whole: the first page's, so that nothing is missed. */
const char *pages_rv(const struct pages *pages);

#endif
