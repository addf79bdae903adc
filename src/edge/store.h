/* store: the edge's objects, their resourceVersions and what changed lately: what etcd and the watch cache are to a
 * real API server. Objects are whole cJSON trees with apiVersion, kind and
 * metadata.{name,namespace,uid,resourceVersion, creationTimestamp,generation} kept here.
 *
 * One thread; a reader may hold a `const struct edge_object *` until it returns to the loop. */
#ifndef EDGE_STORE_H
#define EDGE_STORE_H

#include "base/json.h"
#include "base/loop.h"
#include "base/map.h"

struct edge_store;

/* What is wrong with an object, gathered while it is checked: a Status' causes. */
struct edge_faults {
    cJSON *causes; /* an array of {reason, message, field}; NULL while all is well */
};
/* reason: "FieldValueRequired", "FieldValueInvalid", "FieldValueNotSupported", "FieldValueForbidden",
 * "FieldValueDuplicate". The message is the server's: "Required value: …". Always returns -1. */
int edge_fault(struct edge_faults *faults, const char *reason, const char *field, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* A resource the edge serves: one row of the table in kinds.c; discovery, routes, OpenAPI and Tables are read from it.
 */
struct edge_kind {
    const char *group, *version, *plural, *singular, *kind; /* "" group: core */
    const char *const *shorts;                              /* NULL-terminated */
    const char *category;                                   /* "all" or NULL */
    bool namespaced;
    bool has_generation; /* spec changes count metadata.generation */
    bool has_status;     /* a status subresource: spec writes leave status alone, and the other way round */
    /* Fills defaults and checks an object before it is stored; faults make a 422. before: NULL when it is created. May
     * be NULL. */
    void (*admit)(struct edge_store *store, cJSON *object, const cJSON *before, struct edge_faults *faults);
    /* Table columns and one row's cells: see table.h. */
    const struct edge_column *columns; /* ends with a row without a name */
    void (*cells)(const cJSON *object, int64_t now_wall, cJSON *cells);
};
extern const struct edge_kind edge_kinds[];
extern const size_t edge_kind_count;
const struct edge_kind *edge_kind_by_plural(const char *group, const char *version, const char *plural);
const struct edge_kind *edge_kind_by_name(const char *kind); /* "Pod" */
/* "pods", "deployments.apps": how messages name it. */
void edge_kind_text(char out[128], const struct edge_kind *kind);
/* "v1", "apps/v1". */
void edge_kind_api_version(char out[128], const struct edge_kind *kind);

struct edge_object {
    const struct edge_kind *kind;
    cJSON *json;
    uint64_t rv;
    struct edge_object *next; /* in the order of creation within its kind */
};

enum edge_change { EDGE_ADDED, EDGE_MODIFIED, EDGE_DELETED };
/* object: as it is after the change (DELETED: as it was last, with the deletion's rv). `before`: the tree it had, NULL
 * when ADDED. Called at once, inside the write: a listener that wants to write starts a loop_task. */
typedef void (*edge_listen_fn)(void *data, enum edge_change change, const struct edge_object *object,
                               const cJSON *before);

struct edge_store *edge_store_new(struct loop *loop);
void edge_store_free(struct edge_store *store);
struct loop *edge_store_loop(struct edge_store *store);
uint64_t edge_store_rv(const struct edge_store *store);

const struct edge_object *edge_store_find(struct edge_store *store, const struct edge_kind *kind, const char *ns,
                                          const char *name);
/* ns NULL: all. Iterate: for (o = edge_store_first(s, k, ns); o; o = edge_store_next(o, ns)). */
const struct edge_object *edge_store_first(struct edge_store *store, const struct edge_kind *kind, const char *ns);
const struct edge_object *edge_store_next(const struct edge_object *object, const char *ns);

/* Writes. They take `json` whatever happens. On failure NULL, with *status the HTTP status and err the message. The
 * controllers use these directly; the API's handlers come through api.c, which adds managed fields and admission of
 * requests. */
const struct edge_object *edge_store_create(struct edge_store *store, const struct edge_kind *kind, cJSON *json,
                                            int *status,
                                            struct err *err); /* 409 when it is there; generateName works */
/* Replaces the tree. metadata.resourceVersion in json, when there, must match (409). A write that changes nothing keeps
 * the rv and tells nobody. */
const struct edge_object *edge_store_update(struct edge_store *store, const struct edge_kind *kind, cJSON *json,
                                            int *status, struct err *err);
/* The causes of the last write that was refused with 422, or NULL. */
const cJSON *edge_store_causes(const struct edge_store *store);
/* The write that would be made, without making it: the object as it would be stored (the caller's), or NULL. */
cJSON *edge_store_try(struct edge_store *store, const struct edge_kind *kind, cJSON *json, bool create, int *status,
                      struct err *err);
/* Removes it now (finalizers and grace are the callers' business: see edge_delete in edge.h). */
void edge_store_remove(struct edge_store *store, const struct edge_kind *kind, const char *ns, const char *name);

/* Listeners of one kind, or of all (NULL). */
struct edge_listener {
    struct edge_store *store;
    const struct edge_kind *kind;
    edge_listen_fn fn;
    void *data;
    struct edge_listener *next, **prev;
};
void edge_store_listen(struct edge_store *store, struct edge_listener *listener, const struct edge_kind *kind,
                       edge_listen_fn fn, void *data);
void edge_store_unlisten(struct edge_listener *listener);

/* The history for watches: changes after rv, oldest first, kept for the last EDGE_HISTORY. -1: rv is too old (410). */
#define EDGE_HISTORY 4096
struct edge_past {
    enum edge_change change;
    const struct edge_kind *kind;
    uint64_t rv;
    const cJSON *json;   /* the object after it; for DELETED the last one with the rv of the deletion */
    const cJSON *before; /* NULL when ADDED: selectors need it */
};
int edge_store_since(struct edge_store *store, uint64_t rv, void (*fn)(void *data, const struct edge_past *past),
                     void *data);
/* One step: the first change after rv, NULL when there is none yet. Ask edge_store_remembers(rv) before. */
const struct edge_past *edge_store_after(struct edge_store *store, uint64_t rv);
bool edge_store_remembers(const struct edge_store *store, uint64_t rv);

/* Which Event counts which repetition: for events.c alone. */
struct map *edge_store_events(struct edge_store *store);

/* An event on an object, repeated ones counted as the kubelet's and the scheduler's recorders do. */
void edge_event(struct edge_store *store, const cJSON *on, const char *field_path /* NULL */, const char *type,
                const char *reason, const char *component, const char *host /* NULL */, const char *fmt, ...)
    PRINTF_LIKE(8, 9);

#endif
