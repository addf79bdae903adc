/* store: the records of one kind, as the cluster has them now, and what changes. The one source of truth of every view.
 *
 * Records are found by index in the order of namespace, then name. They are immutable: a change puts a new one in the
 * old one's place. Listeners hear of a change after it was made. A listener may read and change the store (what it
 * changes is told afterwards) and unlisten anybody, but not free the store. */
#ifndef K8S_STORE_H
#define K8S_STORE_H

#include "k8s/record.h"

struct store;

enum change_type { CHANGE_ADDED, CHANGE_MODIFIED, CHANGE_DELETED };

struct change {
    enum change_type type;
    const struct record *before; /* NULL when added; valid during the call */
    const struct record *now;    /* NULL when deleted */
};

/* Several changes at once (a page, a relist): `changes` are all of them. */
typedef void (*store_fn)(void *data, const struct change *changes, size_t count);

struct store *store_new(const struct kind *kind);
void store_free(struct store *store);
const struct kind *store_kind(const struct store *store);

size_t store_count(const struct store *store);
const struct record *store_at(const struct store *store, size_t index);
const struct record *store_find(const struct store *store, const char *ns, const char *name);

/* Takes the reference. The same namespace and name with another uid is a deletion and an addition. */
void store_put(struct store *store, struct record *record);
void store_del(struct store *store, const char *ns, const char *name);
/* Changes between the two are told to the listeners together, at the end. They nest. */
void store_batch_begin(struct store *store);
void store_batch_end(struct store *store);
/* A relist: puts between the two; what was not put by the end is deleted. Old rows stay readable meanwhile,
 * and a put of the same uid and version changes nothing. An abort keeps all that is there. */
void store_replace_begin(struct store *store);
/* After its beginning: the versions from before may mean something else (the server's state was restored), so every put
 * is a change. */
void store_replace_distrust(struct store *store);
void store_replace_end(struct store *store);
void store_replace_abort(struct store *store);

struct store_listener {
    store_fn fn;
    void *data;
    struct store_listener *next, **prev;
};
void store_listen(struct store *store, struct store_listener *listener, store_fn fn, void *data);
void store_unlisten(struct store_listener *listener);

/* STORE_EACH(struct pod, p, store) { … }: typed iteration in order; break and continue work as in any loop. */
#define STORE_EACH(type, var, store)                                                                                   \
    for (size_t var##_i = 0, var##_on = 1; var##_on && var##_i < store_count(store); var##_i++)                        \
        for (const type *var = (var##_on = 0, (const type *)store_at(store, var##_i)); var; var = NULL, var##_on = 1)

#endif
