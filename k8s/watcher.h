/* watcher: one watch of a kind's objects, into a store; from a version on, or as a stream that begins with all there
 * is.
 *
 * A streamed list is what `sendInitialEvents` asks for: an event for each object, then a bookmark that says so, then
 * what happens. It is put into the store as it comes. */
#ifndef K8S_WATCHER_H
#define K8S_WATCHER_H

#include "k8s/feed.h"
#include "k8s/outcome.h"
#include "k8s/store.h"

struct watcher_events {
    void (*left_out)(void *data, const char *reason); /* an object could not be read */
    void (*connected)(void *data);                    /* the server answers 200 */
    void (*word)(void *data);                         /* something came */
    void (*listed)(void *data);                       /* a streamed list is whole; a watch from here on */
    /* It is over. asked: what the server asked to wait. May start it again. */
    void (*ended)(void *data, const struct watch_end *end, int64_t asked, const struct err *why);
};

struct watcher {
    const struct watcher_events *events;
    void *data;
    const struct scope *scope;
    struct store *store;
    struct loop *loop;
    struct feed feed;
    char *rv;
    bool streaming, complete; /* until the bookmark that ends the list; it has come */
    int64_t began;
    size_t seen;  /* events, bookmarks included */
    cJSON *error; /* the Status of an ERROR event */
    struct loop_timer deadline;
};

void watcher_init(struct watcher *watcher, struct kube_client *client, const struct scope *scope, struct store *store,
                  const struct watcher_events *events, void *data);
void watcher_release(struct watcher *watcher);
/* The version that the next watch goes on from; each event moves it. */
void watcher_from(struct watcher *watcher, const char *rv);
/* stream: the list first, whatever the version. fresh: over a new connection. */
void watcher_start(struct watcher *watcher, bool stream, bool fresh);
void watcher_stop(struct watcher *watcher);

#endif
