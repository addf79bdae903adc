#include "base/slab.h"

#define ALIGN 8
#define SPAN 16384        /* blocks begin at multiples of this: that is how a piece finds its block */
#define BLOCK (SPAN - 64) /* so that malloc can put them side by side */

struct piece {
    struct piece *next;
};

struct block {
    struct block *next, **prev; /* of those with room; prev NULL: it has none */
    struct piece *free;         /* given back */
    uint32_t used, fresh;       /* pieces that live; where those begin that never did */
};

static struct block *with_room[SLAB_MAX / ALIGN + 1]; /* by size */

#ifdef __SANITIZE_ADDRESS__
#define LARGEST 0 /* malloc's all, so that mistakes are seen */
#else
#define LARGEST SLAB_MAX
#endif

static size_t rounded(size_t size)
{
    return (size + ALIGN - 1) / ALIGN * ALIGN;
}

static void link_block(struct block *block, size_t size)
{
    struct block **head = &with_room[size / ALIGN];
    block->next = *head;
    block->prev = head;
    if (block->next)
        block->next->prev = &block->next;
    *head = block;
}

static void unlink_block(struct block *block)
{
    *block->prev = block->next;
    if (block->next)
        block->next->prev = block->prev;
    block->prev = NULL;
}

void *slab_new(size_t size)
{
    size = rounded(size);
    if (size > LARGEST)
        return xmalloc(size);
    struct block *block = with_room[size / ALIGN];
    if (!block) {
        void *room = NULL;
        if (posix_memalign(&room, SPAN, BLOCK) != 0)
            BUG("no memory for a block of small pieces");
        block = room;
        *block = (struct block){.fresh = (uint32_t)rounded(sizeof *block)};
        link_block(block, size);
    }
    struct piece *piece = block->free;
    if (piece) {
        block->free = piece->next;
    } else {
        piece = (struct piece *)(void *)((char *)block + block->fresh);
        block->fresh += (uint32_t)size;
    }
    block->used++;
    if (!block->free && block->fresh + size > BLOCK)
        unlink_block(block);
    return piece;
}

void slab_free(void *pointer, size_t size)
{
    size = rounded(size);
    if (size > LARGEST || !pointer) {
        free(pointer);
        return;
    }
    struct block *block = (struct block *)((uintptr_t)pointer & ~(uintptr_t)(SPAN - 1));
    struct piece *piece = pointer;
    piece->next = block->free;
    block->free = piece;
    if (!block->prev)
        link_block(block, size);
    if (--block->used == 0) {
        unlink_block(block);
        free(block);
    }
}
