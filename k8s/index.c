#include "k8s/index.h"

static void put(struct index *index, const struct record *record);

/* The slot's first entry. */
static uint32_t *slot_of(const struct index *index, uint32_t hash)
{
    return &index->slots[hash & (index->slot_count - 1)];
}

static void grow(struct index *index)
{
    size_t count = index->slot_count ? index->slot_count * 2 : 64;
    free(index->slots);
    index->slots = xcalloc(count, sizeof *index->slots);
    index->slot_count = count;
    for (size_t i = 0; i < index->used; i++) {
        struct index_entry *entry = &index->entries[i];
        if (!entry->record)
            continue;
        uint32_t *slot = slot_of(index, entry->hash);
        entry->next = *slot;
        *slot = (uint32_t)i + 1;
    }
}

void index_init(struct index *index, const struct store *store, index_key_fn key)
{
    *index = (struct index){.key = key};
    grow(index);
    for (size_t i = 0; store && i < store_count(store); i++)
        put(index, store_at(store, i));
}

void index_release(struct index *index)
{
    free(index->entries);
    free(index->slots);
    *index = (struct index){0};
}

/* Where the entry of a record hangs, or the end of its chain. */
static uint32_t *locate(const struct index *index, const struct record *record, uint32_t hash)
{
    uint32_t *at = slot_of(index, hash);
    while (*at && index->entries[*at - 1].record != record)
        at = &index->entries[*at - 1].next;
    return at;
}

static void put(struct index *index, const struct record *record)
{
    uint32_t hash;
    if (!index->key(record, &hash) || *locate(index, record, hash))
        return;
    if (index->count >= index->slot_count)
        grow(index);
    uint32_t place = index->free;
    if (place) {
        index->free = index->entries[place - 1].next;
    } else {
        GROW(index->entries, index->used, index->cap);
        place = (uint32_t)++index->used;
    }
    uint32_t *slot = slot_of(index, hash);
    index->entries[place - 1] = (struct index_entry){record, hash, *slot};
    *slot = place;
    index->count++;
}

static void drop(struct index *index, const struct record *record)
{
    uint32_t hash;
    if (!index->key(record, &hash))
        return;
    uint32_t *at = locate(index, record, hash), place = *at;
    if (!place)
        return;
    *at = index->entries[place - 1].next;
    index->entries[place - 1] = (struct index_entry){NULL, 0, index->free};
    index->free = place;
    index->count--;
}

void index_change(struct index *index, const struct change *change)
{
    if (change->before)
        drop(index, change->before);
    if (change->now)
        put(index, change->now);
}

static const struct index_entry *with_hash(const struct index *index, uint32_t at, uint32_t hash)
{
    while (at && index->entries[at - 1].hash != hash)
        at = index->entries[at - 1].next;
    return at ? &index->entries[at - 1] : NULL;
}

const struct index_entry *index_first(const struct index *index, uint32_t hash)
{
    return index->slot_count ? with_hash(index, *slot_of(index, hash), hash) : NULL;
}

const struct index_entry *index_next(const struct index *index, const struct index_entry *entry)
{
    return with_hash(index, entry->next, entry->hash);
}
