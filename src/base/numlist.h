/* numlist: many numbers that only grow, a byte or two each, found by place and by value. The smallest may be given up. */
#ifndef BASE_NUMLIST_H
#define BASE_NUMLIST_H

#include "base/base.h"

struct numlist {
    struct numlist_chunk *chunks; /* each has as many, but for the last */
    size_t first, count, cap;     /* chunks before `first` were given up */
    uint64_t gone;                /* numbers that were */
    uint64_t last;
    uint64_t total;
};

void numlist_release(struct numlist *list); /* empty, to be used again */
void numlist_add(struct numlist *list, uint64_t number); /* greater than the last one */
static inline uint64_t numlist_count(const struct numlist *list)
{
    return list->total - list->gone;
}
uint64_t numlist_at(const struct numlist *list, uint64_t index);
/* The place of the first that is not less; the count where there is none. */
uint64_t numlist_find(const struct numlist *list, uint64_t number);
/* What is less than that may go; some of it may stay. */
void numlist_give_up(struct numlist *list, uint64_t number);

#endif
