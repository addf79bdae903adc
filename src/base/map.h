/* map: strings to pointers, in the order of insertion. Keys are copied, or the caller's; values belong to the caller. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/base.h"

struct map_entry {
    const char *key; /* NULL: removed */
    void *value;
    uint32_t hash;
};

struct map {
    struct map_entry *entries;
    size_t used, cap; /* entries with holes, and room for them */
    size_t count;     /* entries without holes */
    uint32_t *slots;  /* 0: free, UINT32_MAX: deleted, else index + 1 */
    size_t slot_count;
    bool borrows;     /* keys are not copied: they outlive the map */
};

#define MAP_INIT                                                                                                       \
    {                                                                                                                  \
        0                                                                                                              \
    }
#define MAP_BORROWS                                                                                                    \
    {                                                                                                                  \
        .borrows = true                                                                                                \
    }

/* Frees the keys; values too when free_value is given. */
void map_release(struct map *map, void (*free_value)(void *));
void *map_get(const struct map *map, const char *key);
bool map_has(const struct map *map, const char *key);
/* Sets or replaces; returns the value that was there, or NULL. */
void *map_put(struct map *map, const char *key, void *value);
/* Removes; returns the value that was there, or NULL. */
void *map_del(struct map *map, const char *key);

/* for (struct map_entry *e = map_first(m); e; e = map_next(m, e)): the entry at hand may be deleted meanwhile, nothing
 * may be added. */
struct map_entry *map_first(const struct map *map);
struct map_entry *map_next(const struct map *map, const struct map_entry *entry);

uint32_t hash_bytes(const void *data, size_t len); /* FNV-1a */

#endif
