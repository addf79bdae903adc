#include "base/numlist.h"

#define EACH 256 /* numbers a chunk */

struct numlist_chunk {
    uint64_t first, last;
    uint16_t count, len, cap;
    uint8_t *bytes; /* how much greater each is than the one before, but for the first: seven bits a byte */
};

void numlist_release(struct numlist *list)
{
    for (size_t i = list->first; i < list->count; i++)
        free(list->chunks[i].bytes);
    free(list->chunks);
    *list = (struct numlist){0};
}

static struct numlist_chunk *new_chunk(struct numlist *list, uint64_t number)
{
    if (list->count == list->cap && list->first > list->cap / 2) {
        memmove(list->chunks, list->chunks + list->first, (list->count - list->first) * sizeof *list->chunks);
        list->count -= list->first;
        list->first = 0;
    }
    GROW(list->chunks, list->count, list->cap);
    struct numlist_chunk *chunk = &list->chunks[list->count++];
    *chunk = (struct numlist_chunk){.first = number, .last = number, .count = 1};
    return chunk;
}

void numlist_add(struct numlist *list, uint64_t number)
{
    struct numlist_chunk *chunk = list->count > list->first ? &list->chunks[list->count - 1] : NULL;
    if (chunk && number <= chunk->last)
        BUG("numlist: %" PRIu64 " after %" PRIu64, number, chunk->last);
    list->total++;
    if (!chunk || chunk->count == EACH) {
        new_chunk(list, number);
        return;
    }
    if (chunk->cap - chunk->len < 10) {
        chunk->cap = (uint16_t)(chunk->cap ? chunk->cap * 2 : 64);
        chunk->bytes = xrealloc(chunk->bytes, chunk->cap);
    }
    uint64_t more = number - chunk->last;
    for (; more >= 0x80; more >>= 7)
        chunk->bytes[chunk->len++] = (uint8_t)(more | 0x80);
    chunk->bytes[chunk->len++] = (uint8_t)more;
    chunk->last = number;
    chunk->count++;
    if (chunk->count == EACH) {
        chunk->bytes = xrealloc(chunk->bytes, chunk->len);
        chunk->cap = chunk->len;
    }
}

static const uint8_t *next(const uint8_t *at, uint64_t *number)
{
    unsigned shift = 0;
    uint64_t more = 0;
    do {
        more |= (uint64_t)(*at & 0x7f) << shift;
        shift += 7;
    } while (*at++ & 0x80);
    *number += more;
    return at;
}

uint64_t numlist_at(const struct numlist *list, uint64_t index)
{
    if (index >= numlist_count(list))
        BUG("numlist: no number %" PRIu64, index);
    const struct numlist_chunk *chunk = &list->chunks[list->first + index / EACH];
    uint64_t number = chunk->first;
    const uint8_t *at = chunk->bytes;
    for (uint64_t i = index % EACH; i > 0; i--)
        at = next(at, &number);
    return number;
}

uint64_t numlist_find(const struct numlist *list, uint64_t number)
{
    size_t low = list->first, high = list->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (list->chunks[mid].last < number)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == list->count)
        return numlist_count(list);
    const struct numlist_chunk *chunk = &list->chunks[low];
    uint64_t index = (low - list->first) * EACH, value = chunk->first;
    const uint8_t *at = chunk->bytes;
    for (; value < number; index++)
        at = next(at, &value);
    return index;
}

void numlist_give_up(struct numlist *list, uint64_t number)
{
    while (list->count > list->first && list->chunks[list->first].last < number) {
        list->gone += list->chunks[list->first].count;
        free(list->chunks[list->first++].bytes);
    }
}
