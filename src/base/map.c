#include "base/map.h"

#define DELETED UINT32_MAX

uint32_t hash_bytes(const void *data, size_t len)
{
    const unsigned char *p = data;
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 16777619u;
    return h;
}

static void free_key(const struct map *map, struct map_entry *entry)
{
    if (!map->borrows)
        free((void *)(uintptr_t)entry->key);
    entry->key = NULL;
}

void map_release(struct map *map, void (*free_value)(void *))
{
    for (size_t i = 0; i < map->used; i++) {
        if (map->entries[i].key && free_value)
            free_value(map->entries[i].value);
        free_key(map, &map->entries[i]);
    }
    free(map->entries);
    free(map->slots);
    *map = (struct map){.borrows = map->borrows};
}

static uint32_t *find_slot(const struct map *map, const char *key, uint32_t hash)
{
    if (!map->slot_count)
        return NULL;
    size_t mask = map->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        uint32_t s = map->slots[i];
        if (s == 0)
            return NULL;
        if (s != DELETED && map->entries[s - 1].hash == hash && strcmp(map->entries[s - 1].key, key) == 0)
            return &map->slots[i];
    }
}

static void place(struct map *map, uint32_t index)
{
    size_t mask = map->slot_count - 1, i = map->entries[index].hash & mask;
    while (map->slots[i] != 0)
        i = (i + 1) & mask;
    map->slots[i] = index + 1;
}

/* Closes the holes and makes room for as many again. */
static void rebuild(struct map *map)
{
    size_t n = 0;
    for (size_t i = 0; i < map->used; i++)
        if (map->entries[i].key)
            map->entries[n++] = map->entries[i];
    map->used = n;
    size_t cap = 8;
    while (cap < n * 2)
        cap *= 2;
    map->entries = xreallocarray(map->entries, cap, sizeof *map->entries);
    map->cap = cap;
    free(map->slots);
    map->slot_count = cap * 2;
    map->slots = xcalloc(map->slot_count, sizeof *map->slots);
    for (size_t i = 0; i < n; i++)
        place(map, (uint32_t)i);
}

void *map_get(const struct map *map, const char *key)
{
    uint32_t *slot = find_slot(map, key, hash_bytes(key, strlen(key)));
    return slot ? map->entries[*slot - 1].value : NULL;
}

bool map_has(const struct map *map, const char *key)
{
    return find_slot(map, key, hash_bytes(key, strlen(key))) != NULL;
}

void *map_put(struct map *map, const char *key, void *value)
{
    uint32_t hash = hash_bytes(key, strlen(key));
    uint32_t *slot = find_slot(map, key, hash);
    if (slot) {
        void *old = map->entries[*slot - 1].value;
        map->entries[*slot - 1].value = value;
        return old;
    }
    if (map->used == map->cap)
        rebuild(map);
    map->entries[map->used] = (struct map_entry){map->borrows ? key : xstrdup(key), value, hash};
    place(map, (uint32_t)map->used++);
    map->count++;
    return NULL;
}

void *map_del(struct map *map, const char *key)
{
    uint32_t *slot = find_slot(map, key, hash_bytes(key, strlen(key)));
    if (!slot)
        return NULL;
    struct map_entry *entry = &map->entries[*slot - 1];
    void *old = entry->value;
    free_key(map, entry);
    entry->value = NULL;
    *slot = DELETED;
    map->count--;
    return old;
}

static struct map_entry *from(const struct map *map, size_t i)
{
    while (i < map->used && !map->entries[i].key)
        i++;
    return i < map->used ? &map->entries[i] : NULL;
}

struct map_entry *map_first(const struct map *map)
{
    return from(map, 0);
}

struct map_entry *map_next(const struct map *map, const struct map_entry *entry)
{
    return from(map, (size_t)(entry - map->entries) + 1);
}
