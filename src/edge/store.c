#include "edge/store.h"

#include "base/digest.h"
#include "base/time.h"

/* A version of an object: the object, the history and deferred readers share it. */
struct tree {
    cJSON *json;
    unsigned refs;
    struct tree *next_dead;
};

struct item {
    struct edge_object pub; /* first: readers hold it */
    struct tree *tree;
    struct item *prev;
    struct item *next_dead;
};

struct shelf {         /* the objects of one kind */
    struct map by_key; /* "ns/name" */
    struct item *first, *last;
};

struct past_entry {
    struct edge_past past;
    struct tree *after, *prior;
};

struct cursor { /* a notification under way: its next listener may go meanwhile */
    struct edge_listener *next;
    struct cursor *up;
};

struct edge_store {
    struct loop *loop;
    struct shelf *shelves;
    uint64_t rv;
    struct past_entry history[EDGE_HISTORY]; /* of rv at rv % EDGE_HISTORY */
    size_t past_count;
    struct edge_listener *listeners;
    struct cursor *cursor;
    cJSON *causes;
    struct map events;       /* what an event says → the name of the Event that counts it */
    struct tree *dead_trees; /* freed when the loop turned: a reader may still hold them */
    struct item *dead_items;
    struct loop_task bury;
};

int edge_fault(struct edge_faults *faults, const char *reason, const char *field, const char *fmt, ...)
{
    char message[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (!faults->causes)
        faults->causes = cJSON_CreateArray();
    cJSON *cause = cJSON_CreateObject();
    json_set_str(cause, "reason", reason);
    json_set_str(cause, "message", message);
    json_set_str(cause, "field", field);
    cJSON_AddItemToArray(faults->causes, cause);
    return -1;
}

static struct tree *tree_new(cJSON *json)
{
    struct tree *tree = xcalloc(1, sizeof *tree);
    tree->json = json;
    tree->refs = 1;
    return tree;
}

static struct tree *tree_ref(struct tree *tree)
{
    tree->refs++;
    return tree;
}

static void tree_unref(struct edge_store *store, struct tree *tree)
{
    if (!tree || --tree->refs > 0)
        return;
    tree->next_dead = store->dead_trees;
    store->dead_trees = tree;
    loop_task_start(&store->bury);
}

static void bury(void *data)
{
    struct edge_store *store = data;
    while (store->dead_trees) {
        struct tree *tree = store->dead_trees;
        store->dead_trees = tree->next_dead;
        cJSON_Delete(tree->json);
        free(tree);
    }
    while (store->dead_items) {
        struct item *item = store->dead_items;
        store->dead_items = item->next_dead;
        free(item);
    }
}

struct edge_store *edge_store_new(struct loop *loop)
{
    struct edge_store *store = xcalloc(1, sizeof *store);
    store->loop = loop;
    store->shelves = xcalloc(edge_kind_count, sizeof *store->shelves);
    store->rv = 1;
    loop_task_init(&store->bury, loop, bury, store);
    return store;
}

void edge_store_free(struct edge_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < EDGE_HISTORY; i++) {
        tree_unref(store, store->history[i].after);
        tree_unref(store, store->history[i].prior);
    }
    for (size_t k = 0; k < edge_kind_count; k++) {
        struct item *next;
        for (struct item *item = store->shelves[k].first; item; item = next) {
            next = (struct item *)item->pub.next;
            tree_unref(store, item->tree);
            free(item);
        }
        map_release(&store->shelves[k].by_key, NULL);
    }
    bury(store);
    loop_task_stop(&store->bury);
    cJSON_Delete(store->causes);
    map_release(&store->events, free);
    free(store->shelves);
    free(store);
}

struct loop *edge_store_loop(struct edge_store *store)
{
    return store->loop;
}

struct map *edge_store_events(struct edge_store *store)
{
    return &store->events;
}

uint64_t edge_store_rv(const struct edge_store *store)
{
    return store->rv;
}

const cJSON *edge_store_causes(const struct edge_store *store)
{
    return store->causes;
}

static struct shelf *shelf_of(struct edge_store *store, const struct edge_kind *kind)
{
    return &store->shelves[kind - edge_kinds];
}

#define KEY_MAX 640
static const char *make_key(char key[KEY_MAX], const char *ns, const char *name)
{
    snprintf(key, KEY_MAX, "%s/%s", str_or_empty(ns), str_or_empty(name));
    return key;
}

const struct edge_object *edge_store_find(struct edge_store *store, const struct edge_kind *kind, const char *ns,
                                          const char *name)
{
    char key[KEY_MAX];
    struct item *item = map_get(&shelf_of(store, kind)->by_key, make_key(key, kind->namespaced ? ns : NULL, name));
    return item ? &item->pub : NULL;
}

static bool in_namespace(const struct edge_object *object, const char *ns)
{
    return !ns || !object->kind->namespaced || str_eq(json_str(object->json, "metadata.namespace"), ns);
}

const struct edge_object *edge_store_first(struct edge_store *store, const struct edge_kind *kind, const char *ns)
{
    struct item *item = shelf_of(store, kind)->first;
    const struct edge_object *object = item ? &item->pub : NULL;
    while (object && !in_namespace(object, ns))
        object = object->next;
    return object;
}

const struct edge_object *edge_store_next(const struct edge_object *object, const char *ns)
{
    do
        object = object->next;
    while (object && !in_namespace(object, ns));
    return object;
}

static void tell(struct edge_store *store, enum edge_change change, const struct edge_object *object,
                 const cJSON *before)
{
    struct cursor cursor = {store->listeners, store->cursor};
    store->cursor = &cursor;
    while (cursor.next) {
        struct edge_listener *listener = cursor.next;
        cursor.next = listener->next;
        if (!listener->kind || listener->kind == object->kind)
            listener->fn(listener->data, change, object, before);
    }
    store->cursor = cursor.up;
}

/* Every change has one rv, and every rv one change: the ring is indexed by it. */
static void remember(struct edge_store *store, enum edge_change change, const struct item *item, struct tree *prior)
{
    struct past_entry *entry = &store->history[store->rv % EDGE_HISTORY];
    tree_unref(store, entry->after);
    tree_unref(store, entry->prior);
    entry->after = tree_ref(item->tree);
    entry->prior = prior ? tree_ref(prior) : NULL;
    entry->past = (struct edge_past){.change = change,
                                     .kind = item->pub.kind,
                                     .rv = store->rv,
                                     .json = item->tree->json,
                                     .before = prior ? prior->json : NULL};
    if (store->past_count < EDGE_HISTORY)
        store->past_count++;
}

static void stamp_rv(struct edge_store *store, cJSON *json)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, store->rv);
    json_set_str(json, "metadata.resourceVersion", text);
}

static void stamp_kind(const struct edge_kind *kind, cJSON *json)
{
    char version[128];
    edge_kind_api_version(version, kind);
    json_set_str(json, "apiVersion", version);
    json_set_str(json, "kind", kind->kind);
    json_ensure(json, "metadata");
}

static void random_suffix(char out[6])
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    uint8_t bytes[5];
    digest_random(bytes, sizeof bytes);
    for (size_t i = 0; i < 5; i++)
        out[i] = letters[bytes[i] % (sizeof letters - 1)];
    out[5] = '\0';
}

static void make_uid(char out[37])
{
    uint8_t b[16];
    digest_random(b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3],
             b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Runs the kind's checks; -1 with 422 and the sentence a real server would say. */
static int admit(struct edge_store *store, const struct edge_kind *kind, cJSON *json, const cJSON *before, int *status,
                 struct err *err)
{
    struct edge_faults faults = {NULL};
    cJSON_Delete(store->causes);
    store->causes = NULL;
    if (kind->admit)
        kind->admit(store, json, before, &faults);
    if (!faults.causes)
        return 0;
    store->causes = faults.causes;
    struct buf text;
    buf_init(&text, 4096);
    int count = cJSON_GetArraySize(faults.causes);
    const cJSON *cause;
    cJSON_ArrayForEach (cause, faults.causes) {
        if (text.len)
            buf_adds(&text, ", ");
        buf_addf(&text, "%s: %s", json_str_or(cause, "field", ""), json_str_or(cause, "message", ""));
    }
    *status = 422;
    err_set(err, count > 1 ? "%s%s%s \"%s\" is invalid: [%s]" : "%s%s%s \"%s\" is invalid: %s", kind->kind,
            kind->group[0] ? "." : "", kind->group, json_str_or(json, "metadata.name", ""), text.data);
    buf_release(&text);
    return -1;
}

/* Everything of a creation but the storing. */
static int prepare_create(struct edge_store *store, const struct edge_kind *kind, cJSON *json, int *status,
                          struct err *err)
{
    stamp_kind(kind, json);
    const char *ns = json_str(json, "metadata.namespace");
    if (!kind->namespaced) {
        json_del(json, "metadata.namespace");
    } else if (!ns || !*ns) {
        *status = 400;
        return err_set(err, "an object of kind %s needs a namespace", kind->kind);
    }
    const char *name = json_str(json, "metadata.name");
    const char *generate = json_str(json, "metadata.generateName");
    if ((!name || !*name) && generate && *generate) {
        char suffix[6], made[320];
        do {
            random_suffix(suffix);
            snprintf(made, sizeof made, "%.58s%s", generate, suffix);
        } while (edge_store_find(store, kind, ns, made));
        json_set_str(json, "metadata.name", made);
        name = json_str(json, "metadata.name");
    }
    if (edge_store_find(store, kind, ns, name)) {
        char what[128];
        edge_kind_text(what, kind);
        *status = 409;
        return err_set(err, "%s \"%s\" already exists", what, name);
    }
    char uid[37], now[TIME_TEXT];
    make_uid(uid);
    json_set_str(json, "metadata.uid", uid);
    json_set_str(json, "metadata.creationTimestamp", time_format(now, loop_wall(store->loop), 0));
    json_del(json, "metadata.selfLink");
    json_del(json, "metadata.resourceVersion");
    json_del(json, "metadata.deletionTimestamp");
    json_del(json, "metadata.deletionGracePeriodSeconds");
    json_del(json, "metadata.generation");
    if (kind->has_generation)
        json_set_int(json, "metadata.generation", 1);
    return admit(store, kind, json, NULL, status, err);
}

/* *object: the one there; *same: the write changes nothing. */
static int prepare_update(struct edge_store *store, const struct edge_kind *kind, cJSON *json, struct item **found,
                          bool *same, int *status, struct err *err)
{
    char what[128];
    edge_kind_text(what, kind);
    const char *name = json_str_or(json, "metadata.name", "");
    const struct edge_object *object = edge_store_find(store, kind, json_str(json, "metadata.namespace"), name);
    if (!object) {
        *status = 404;
        return err_set(err, "%s \"%s\" not found", what, name);
    }
    *found = CONTAINER_OF(object, struct item, pub);
    const cJSON *before = object->json;
    const char *uid = json_str(json, "metadata.uid"), *old_uid = json_str(before, "metadata.uid");
    const char *rv = json_str(json, "metadata.resourceVersion"), *old_rv = json_str(before, "metadata.resourceVersion");
    if (uid && *uid && !str_eq(uid, old_uid)) {
        *status = 409;
        return err_set(
            err,
            "Operation cannot be fulfilled on %s \"%s\": Precondition failed: UID in precondition: %s, UID in "
            "object meta: %s",
            what, name, uid, old_uid);
    }
    if (rv && *rv && !str_eq(rv, old_rv)) {
        *status = 409;
        return err_set(err,
                       "Operation cannot be fulfilled on %s \"%s\": the object has been modified; please apply your "
                       "changes to the latest version and try again",
                       what, name);
    }
    stamp_kind(kind, json);
    if (!kind->namespaced)
        json_del(json, "metadata.namespace");
    json_set_str(json, "metadata.uid", old_uid);
    json_set_str(json, "metadata.creationTimestamp", json_str(before, "metadata.creationTimestamp"));
    json_del(json, "metadata.selfLink");
    json_set_str(json, "metadata.resourceVersion", old_rv);
    int64_t generation = json_int(before, "metadata.generation", 0);
    if (generation)
        json_set_int(json, "metadata.generation", generation);
    else
        json_del(json, "metadata.generation");
    if (admit(store, kind, json, before, status, err) < 0)
        return -1;
    *same = json_equal(json, before);
    const cJSON *spec = json_get(json, "spec"), *old_spec = json_get(before, "spec");
    bool going = json_str(json, "metadata.deletionTimestamp") && !json_str(before, "metadata.deletionTimestamp");
    if (kind->has_generation && (going || (spec != old_spec && !json_equal(spec, old_spec))))
        json_set_int(json, "metadata.generation", generation + 1);
    return 0;
}

const struct edge_object *edge_store_create(struct edge_store *store, const struct edge_kind *kind, cJSON *json,
                                            int *status, struct err *err)
{
    if (prepare_create(store, kind, json, status, err) < 0) {
        cJSON_Delete(json);
        return NULL;
    }
    store->rv++;
    stamp_rv(store, json);
    struct shelf *shelf = shelf_of(store, kind);
    struct item *item = xcalloc(1, sizeof *item);
    item->tree = tree_new(json);
    item->pub = (struct edge_object){.kind = kind, .json = json, .rv = store->rv};
    item->prev = shelf->last;
    if (shelf->last)
        shelf->last->pub.next = &item->pub;
    else
        shelf->first = item;
    shelf->last = item;
    char key[KEY_MAX];
    map_put(&shelf->by_key, make_key(key, json_str(json, "metadata.namespace"), json_str(json, "metadata.name")), item);
    remember(store, EDGE_ADDED, item, NULL);
    tell(store, EDGE_ADDED, &item->pub, NULL);
    *status = 201;
    return &item->pub;
}

const struct edge_object *edge_store_update(struct edge_store *store, const struct edge_kind *kind, cJSON *json,
                                            int *status, struct err *err)
{
    struct item *item;
    bool same;
    if (prepare_update(store, kind, json, &item, &same, status, err) < 0) {
        cJSON_Delete(json);
        return NULL;
    }
    *status = 200;
    if (same) {
        cJSON_Delete(json);
        return &item->pub;
    }
    store->rv++;
    stamp_rv(store, json);
    struct tree *prior = item->tree;
    item->tree = tree_new(json);
    item->pub.json = json;
    item->pub.rv = store->rv;
    remember(store, EDGE_MODIFIED, item, prior);
    tell(store, EDGE_MODIFIED, &item->pub, prior->json);
    tree_unref(store, prior);
    return &item->pub;
}

cJSON *edge_store_try(struct edge_store *store, const struct edge_kind *kind, cJSON *json, bool create, int *status,
                      struct err *err)
{
    struct item *item;
    bool same;
    *status = create ? 201 : 200;
    int rc = create ? prepare_create(store, kind, json, status, err)
                    : prepare_update(store, kind, json, &item, &same, status, err);
    if (rc == 0)
        return json;
    cJSON_Delete(json);
    return NULL;
}

void edge_store_remove(struct edge_store *store, const struct edge_kind *kind, const char *ns, const char *name)
{
    char key[KEY_MAX];
    struct shelf *shelf = shelf_of(store, kind);
    struct item *item = map_del(&shelf->by_key, make_key(key, kind->namespaced ? ns : NULL, name));
    if (!item)
        return;
    struct item *next = (struct item *)item->pub.next; /* kept in the item: whoever iterates goes on from it */
    if (item->prev)
        item->prev->pub.next = item->pub.next;
    else
        shelf->first = next;
    if (next)
        next->prev = item->prev;
    else
        shelf->last = item->prev;
    store->rv++;
    struct tree *prior = item->tree;
    cJSON *last = cJSON_Duplicate(prior->json, true);
    stamp_rv(store, last);
    item->tree = tree_new(last);
    item->pub.json = last;
    item->pub.rv = store->rv;
    remember(store, EDGE_DELETED, item, prior);
    tell(store, EDGE_DELETED, &item->pub, prior->json);
    tree_unref(store, prior);
    tree_unref(store, item->tree);
    item->next_dead = store->dead_items;
    store->dead_items = item;
    loop_task_start(&store->bury);
}

void edge_store_listen(struct edge_store *store, struct edge_listener *listener, const struct edge_kind *kind,
                       edge_listen_fn fn, void *data)
{
    *listener = (struct edge_listener){.store = store, .kind = kind, .fn = fn, .data = data};
    struct edge_listener **end = &store->listeners; /* told in the order they came */
    while (*end)
        end = &(*end)->next;
    listener->prev = end;
    *end = listener;
}

void edge_store_unlisten(struct edge_listener *listener)
{
    if (!listener->prev)
        return;
    for (struct cursor *c = listener->store->cursor; c; c = c->up)
        if (c->next == listener)
            c->next = listener->next;
    *listener->prev = listener->next;
    if (listener->next)
        listener->next->prev = listener->prev;
    listener->prev = NULL;
}

bool edge_store_remembers(const struct edge_store *store, uint64_t rv)
{
    return rv + store->past_count >= store->rv;
}

const struct edge_past *edge_store_after(struct edge_store *store, uint64_t rv)
{
    if (rv >= store->rv || !edge_store_remembers(store, rv))
        return NULL;
    return &store->history[(rv + 1) % EDGE_HISTORY].past;
}

int edge_store_since(struct edge_store *store, uint64_t rv, void (*fn)(void *data, const struct edge_past *past),
                     void *data)
{
    if (!edge_store_remembers(store, rv))
        return -1;
    const struct edge_past *past;
    for (; (past = edge_store_after(store, rv)); rv = past->rv)
        fn(data, past);
    return 0;
}
