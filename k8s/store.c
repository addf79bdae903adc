#include "k8s/store.h"

/* A sorted array in pieces: a put or a removal moves at most one piece, and the index of a piece's first record is
 * counted anew only when somebody asks by index. 100,000 rows are some 400 pieces. */
#define CHUNK 256

struct chunk {
    size_t count;
    struct record *records[CHUNK];
    uint32_t pass[CHUNK]; /* the relist that saw it last */
};

struct store {
    const struct kind *kind;
    struct chunk **chunks;
    size_t *starts; /* index of each chunk's first record … */
    size_t counted; /* … right for this many chunks */
    size_t chunk_count, chunk_cap, count;
    uint32_t pass;
    bool replacing, anew, telling;
    unsigned batch;
    struct change *changes; /* not told yet; each holds a reference on both its records */
    size_t change_count, change_cap;
    struct store_listener *listeners;
};

struct store *store_new(const struct kind *kind)
{
    struct store *store = xcalloc(1, sizeof *store);
    store->kind = kind;
    return store;
}

static void release_changes(struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        record_unref((struct record *)(uintptr_t)changes[i].before);
        record_unref((struct record *)(uintptr_t)changes[i].now);
    }
}

void store_free(struct store *store)
{
    if (!store)
        return;
    if (store->telling)
        BUG("a store was freed by one of its listeners");
    while (store->listeners)
        store_unlisten(store->listeners);
    for (size_t c = 0; c < store->chunk_count; c++) {
        for (size_t i = 0; i < store->chunks[c]->count; i++)
            record_unref(store->chunks[c]->records[i]);
        free(store->chunks[c]);
    }
    release_changes(store->changes, store->change_count);
    free(store->changes);
    free(store->chunks);
    free(store->starts);
    free(store);
}

const struct kind *store_kind(const struct store *store)
{
    return store->kind;
}

size_t store_count(const struct store *store)
{
    return store->count;
}

/* Listeners. */

void store_listen(struct store *store, struct store_listener *listener, store_fn fn, void *data)
{
    /* At the head: who begins to listen while a batch is told has seen its rows already. */
    *listener = (struct store_listener){.fn = fn, .data = data, .next = store->listeners, .prev = &store->listeners};
    if (listener->next)
        listener->next->prev = &listener->next;
    store->listeners = listener;
}

void store_unlisten(struct store_listener *listener)
{
    if (!listener->prev)
        return;
    *listener->prev = listener->next;
    if (listener->next)
        listener->next->prev = listener->prev;
    listener->next = NULL;
    listener->prev = NULL;
}

static void tell_all(struct store *store, const struct change *changes, size_t count)
{
    /* A mark of ours walks down the list, so that a listener may take out itself or any other. */
    struct store_listener mark;
    store_listen(store, &mark, NULL, NULL);
    while (mark.next) {
        struct store_listener *at = mark.next;
        *mark.prev = at; /* swap the mark and its neighbour */
        at->prev = mark.prev;
        mark.next = at->next;
        if (mark.next)
            mark.next->prev = &mark.next;
        at->next = &mark;
        mark.prev = &at->next;
        if (at->fn)
            at->fn(at->data, changes, count);
    }
    store_unlisten(&mark);
}

static void tell(struct store *store)
{
    if (store->batch || store->telling)
        return;
    store->telling = true;
    while (store->change_count) {
        struct change *changes = store->changes;
        size_t count = store->change_count;
        store->changes = NULL;
        store->change_count = store->change_cap = 0;
        tell_all(store, changes, count);
        release_changes(changes, count);
        free(changes);
    }
    store->telling = false;
}

/* Takes the references of both records. */
static void note(struct store *store, enum change_type type, struct record *before, struct record *now)
{
    GROW(store->changes, store->change_count, store->change_cap);
    store->changes[store->change_count++] = (struct change){type, before, now};
}

void store_batch_begin(struct store *store)
{
    store->batch++;
}

void store_batch_end(struct store *store)
{
    if (!store->batch)
        BUG("store_batch_end without a beginning");
    store->batch--;
    tell(store);
}

/* Where things are. */

static int compare(const struct record *record, const char *ns, const char *name)
{
    int order = record->ns == ns ? 0 : strcmp(str_or_empty(record->ns), str_or_empty(ns));
    return order ? order : strcmp(record->name, name);
}

struct place {
    size_t chunk, at;
    bool found;
};

static struct place locate(const struct store *store, const char *ns, const char *name)
{
    size_t low = 0, high = store->chunk_count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (compare(store->chunks[middle]->records[0], ns, name) <= 0)
            low = middle;
        else
            high = middle;
    }
    struct place place = {.chunk = low};
    if (!store->chunk_count)
        return place;
    const struct chunk *chunk = store->chunks[low];
    size_t end = chunk->count;
    while (place.at < end) {
        size_t middle = (place.at + end) / 2;
        int order = compare(chunk->records[middle], ns, name);
        if (order == 0)
            return (struct place){low, middle, true};
        if (order < 0)
            place.at = middle + 1;
        else
            end = middle;
    }
    return place;
}

static void count_starts(struct store *store)
{
    for (size_t c = store->counted; c < store->chunk_count; c++)
        store->starts[c] = c ? store->starts[c - 1] + store->chunks[c - 1]->count : 0;
    store->counted = store->chunk_count;
}

const struct record *store_at(const struct store *store, size_t index)
{
    if (index >= store->count)
        return NULL;
    count_starts((struct store *)(uintptr_t)store); /* a cache: nothing that can be seen changes */
    size_t low = 0, high = store->chunk_count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (store->starts[middle] <= index)
            low = middle;
        else
            high = middle;
    }
    return store->chunks[low]->records[index - store->starts[low]];
}

const struct record *store_find(const struct store *store, const char *ns, const char *name)
{
    struct place place = locate(store, ns, name);
    return place.found ? store->chunks[place.chunk]->records[place.at] : NULL;
}

/* Changes. */

static struct chunk *insert_chunk(struct store *store, size_t at)
{
    if (store->chunk_count == store->chunk_cap) {
        store->chunk_cap = store->chunk_cap ? store->chunk_cap * 2 : 8;
        store->chunks = xreallocarray(store->chunks, store->chunk_cap, sizeof *store->chunks);
        store->starts = xreallocarray(store->starts, store->chunk_cap, sizeof *store->starts);
    }
    memmove(store->chunks + at + 1, store->chunks + at, (store->chunk_count - at) * sizeof *store->chunks);
    store->chunk_count++;
    return store->chunks[at] = xcalloc(1, sizeof **store->chunks);
}

static void remove_chunk(struct store *store, size_t at)
{
    free(store->chunks[at]);
    store->chunk_count--;
    memmove(store->chunks + at, store->chunks + at + 1, (store->chunk_count - at) * sizeof *store->chunks);
}

static void move_records(struct chunk *to, size_t to_at, struct chunk *from, size_t from_at, size_t count)
{
    memmove(to->records + to_at, from->records + from_at, count * sizeof *to->records);
    memmove(to->pass + to_at, from->pass + from_at, count * sizeof *to->pass);
}

static void insert(struct store *store, struct place place, struct record *record)
{
    if (!store->chunk_count)
        insert_chunk(store, 0);
    struct chunk *chunk = store->chunks[place.chunk];
    store->counted = MIN(store->counted, place.chunk + 1);
    if (chunk->count == CHUNK) {
        /* Lists arrive in order: at the very end a new piece is begun and the full one stays full. */
        bool append = place.chunk + 1 == store->chunk_count && place.at == CHUNK;
        size_t keep = append ? CHUNK : CHUNK / 2;
        struct chunk *next = insert_chunk(store, place.chunk + 1);
        move_records(next, 0, chunk, keep, CHUNK - keep);
        next->count = CHUNK - keep;
        chunk->count = keep;
        if (place.at > keep || append) {
            chunk = next;
            place.at -= keep;
        }
    }
    move_records(chunk, place.at + 1, chunk, place.at, chunk->count - place.at);
    chunk->records[place.at] = record;
    chunk->pass[place.at] = store->pass;
    chunk->count++;
    store->count++;
}

static void delete_at(struct store *store, struct place place)
{
    struct chunk *chunk = store->chunks[place.chunk];
    note(store, CHANGE_DELETED, chunk->records[place.at], NULL);
    store->counted = MIN(store->counted, place.chunk + 1);
    chunk->count--;
    store->count--;
    move_records(chunk, place.at, chunk, place.at + 1, chunk->count - place.at);
    if (!chunk->count) {
        remove_chunk(store, place.chunk);
        store->counted = MIN(store->counted, place.chunk);
    }
}

void store_put(struct store *store, struct record *record)
{
    struct place place = locate(store, record->ns, record->name);
    if (!place.found) {
        insert(store, place, record);
        note(store, CHANGE_ADDED, NULL, record_ref(record));
        tell(store);
        return;
    }
    struct chunk *chunk = store->chunks[place.chunk];
    struct record *before = chunk->records[place.at];
    chunk->pass[place.at] = store->pass;
    if (before->uid == record->uid && before->version == record->version && record->version && !store->anew) {
        record_unref(record);
        return;
    }
    chunk->records[place.at] = record;
    if (before->uid != record->uid) {
        note(store, CHANGE_DELETED, before, NULL);
        note(store, CHANGE_ADDED, NULL, record_ref(record));
    } else {
        note(store, CHANGE_MODIFIED, before, record_ref(record));
    }
    tell(store);
}

void store_del(struct store *store, const char *ns, const char *name)
{
    struct place place = locate(store, ns, name);
    if (!place.found)
        return;
    delete_at(store, place);
    tell(store);
}

void store_replace_begin(struct store *store)
{
    store->pass++;
    store->replacing = true;
    store->anew = false;
}

void store_replace_distrust(struct store *store)
{
    store->anew = true;
}

void store_replace_end(struct store *store)
{
    if (!store->replacing)
        BUG("store_replace_end without a beginning");
    store->replacing = store->anew = false;
    size_t kept = 0;
    for (size_t c = 0; c < store->chunk_count; c++) {
        struct chunk *chunk = store->chunks[c];
        size_t to = 0;
        for (size_t i = 0; i < chunk->count; i++) {
            if (chunk->pass[i] != store->pass) {
                note(store, CHANGE_DELETED, chunk->records[i], NULL);
                store->count--;
                continue;
            }
            chunk->records[to] = chunk->records[i];
            chunk->pass[to++] = chunk->pass[i];
        }
        chunk->count = to;
        if (to)
            store->chunks[kept++] = chunk;
        else
            free(chunk);
    }
    store->chunk_count = kept;
    store->counted = 0;
    tell(store);
}

void store_replace_abort(struct store *store)
{
    store->replacing = store->anew = false;
}
