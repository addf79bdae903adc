#include "base/slab.h"

#include <sys/mman.h>

#define ALIGN 8
#define BLOCK 16384         /* blocks begin at multiples of this: that is how a piece finds its block */
#define REGION (64 * BLOCK) /* what malloc is asked for: single blocks would have gaps between each other */
#define WARM 8              /* so many empty blocks keep their pages */

struct piece {
    struct piece *next;
};

struct block {
    struct block *next, **prev; /* of those with room; prev NULL: it has none */
    struct piece *free;         /* given back */
    uint32_t used, fresh;       /* pieces that live; where those begin that never did */
};

static struct block *with_room[SLAB_MAX / ALIGN + 1]; /* by size */
static struct block **empty; /* of no size at present */
static size_t empty_count, empty_cap;
static char *region; /* the rest of the last one */
static size_t region_left;

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

static struct block *block_new(void)
{
    if (empty_count)
        return empty[--empty_count];
    if (!region_left) {
        void *room = NULL;
        if (posix_memalign(&room, BLOCK, REGION) != 0)
            BUG("no memory for a block of small pieces");
        region = room;
        region_left = REGION;
    }
    struct block *block = (struct block *)(void *)region;
    region += BLOCK;
    region_left -= BLOCK;
    return block;
}

/* But for a few, which will be wanted again soon, its pages go back to the system. */
static void block_free(struct block *block)
{
    if (empty_count >= WARM)
        madvise(block, BLOCK, MADV_DONTNEED);
    GROW(empty, empty_count, empty_cap);
    empty[empty_count++] = block;
}

void *slab_new(size_t size)
{
    size = rounded(size);
    if (size > LARGEST)
        return xmalloc(size);
    struct block *block = with_room[size / ALIGN];
    if (!block) {
        block = block_new();
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
    struct block *block = (struct block *)((uintptr_t)pointer & ~(uintptr_t)(BLOCK - 1));
    struct piece *piece = pointer;
    piece->next = block->free;
    block->free = piece;
    if (!block->prev)
        link_block(block, size);
    if (--block->used == 0) {
        unlink_block(block);
        block_free(block);
    }
}
