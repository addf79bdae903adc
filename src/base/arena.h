/* arena: memory that is given back together. Pieces lie one after the other in large blocks, so that thousands of small ones cost
 * little to take and nothing to give back. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"

struct arena {
    struct arena_block *last;
    size_t taken; /* bytes, in all */
};
/* How far it was taken. */
struct arena_mark {
    struct arena_block *last;
    size_t used, taken;
};

#define ARENA_INIT {0}

/* Room for `size` bytes, whatever they hold; aligned for pointers and numbers of 64 bits. */
void *arena_take(struct arena *arena, size_t size);
/* Room for `count` things of `size` bytes, zeroed. */
void *arena_zeroed(struct arena *arena, size_t count, size_t size);
struct arena_mark arena_mark(const struct arena *arena);
/* Gives back what was taken since. */
void arena_back(struct arena *arena, struct arena_mark mark);
/* Gives back all; empty, to be used again. */
void arena_release(struct arena *arena);

#endif
