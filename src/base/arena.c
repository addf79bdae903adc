#include "base/arena.h"

#define BLOCK_MIN (4u << 10)
#define BLOCK_MAX (256u << 10)
#define ALIGN _Alignof(int64_t)

struct arena_block {
    struct arena_block *before;
    size_t used, size;
    _Alignas(max_align_t) char data[];
};

static void add_block(struct arena *arena, size_t want)
{
    size_t next = arena->last ? MIN(arena->last->size * 2, BLOCK_MAX) : BLOCK_MIN;
    struct arena_block *block = xmalloc(sizeof *block + MAX(next, want));
    *block = (struct arena_block){.before = arena->last, .size = MAX(next, want)};
    arena->last = block;
}

void *arena_take(struct arena *arena, size_t size)
{
    size_t want = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (want < size)
        BUG("a piece of %zu bytes", size);
    if (!arena->last || arena->last->size - arena->last->used < want)
        add_block(arena, want);
    void *piece = arena->last->data + arena->last->used;
    arena->last->used += want;
    arena->taken += want;
    return piece;
}

void *arena_zeroed(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        BUG("%zu pieces of %zu bytes", count, size);
    return memset(arena_take(arena, count * size), 0, count * size);
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->last, arena->last ? arena->last->used : 0, arena->taken};
}

void arena_back(struct arena *arena, struct arena_mark mark)
{
    while (arena->last != mark.last) {
        struct arena_block *before = arena->last->before;
        free(arena->last);
        arena->last = before;
    }
    if (arena->last)
        arena->last->used = mark.used;
    arena->taken = mark.taken;
}

void arena_release(struct arena *arena)
{
    arena_back(arena, (struct arena_mark){0});
}
