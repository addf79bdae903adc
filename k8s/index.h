/* index: the records of a store by a key of theirs, kept while the store changes: the events on an object, the pods of a
 * deployment. Records are borrowed from the store.
 *
 * Whoever keeps an index hears the store's changes and hands each one on (index_change), before looking anything up that
 * the change is about. */
#ifndef K8S_INDEX_H
#define K8S_INDEX_H

#include "k8s/store.h"

/* The hash of a record's key; false: it has none, and is not in the index. */
typedef bool (*index_key_fn)(const struct record *record, uint32_t *hash);

struct index_entry {
    const struct record *record;
    uint32_t hash, next; /* 1 + the place of the next one with this slot, or 0 */
};

struct index {
    index_key_fn key;
    struct index_entry *entries;
    size_t count; /* records in it */
    size_t used, cap;
    uint32_t *slots, free;
    size_t slot_count;
};

/* Takes in what the store holds now. */
void index_init(struct index *index, const struct store *store, index_key_fn key);
void index_release(struct index *index);
/* What is there already is not put in twice, and what is not there is not missed. */
void index_change(struct index *index, const struct change *change);

/* INDEX_EACH(struct event, e, index, hash) { … }: those whose key has this hash, in no order; the key itself must be looked
 * at, for others may share the hash. Nothing may be changed meanwhile. */
const struct index_entry *index_first(const struct index *index, uint32_t hash);
const struct index_entry *index_next(const struct index *index, const struct index_entry *entry);
#define INDEX_EACH(type, var, index, hash)                                                                             \
    for (const struct index_entry *var##_e = index_first((index), (hash)); var##_e;                                    \
         var##_e = index_next((index), var##_e))                                                                       \
        for (const type *var = (const type *)var##_e->record; var; var = NULL)

/* For keys that are interned strings: equal texts are one pointer. */
static inline uint32_t index_hash(istr s)
{
    return (uint32_t)(((uint64_t)(uintptr_t)s >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

#endif
