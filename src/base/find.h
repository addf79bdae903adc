/* find: a text in many bytes, as fast as the memory gives them: two of its bytes, the rarest, are looked for 16 places at a time.
 *
 * Smart case, as vim and less have it: a needle without capitals finds both. Case is ASCII's. */
#ifndef BASE_FIND_H
#define BASE_FIND_H

#include "base/base.h"

#define FIND_MAX 255

struct finder {
    char needle[FIND_MAX + 1]; /* in lower case where `fold` */
    size_t len;                /* 0: finds nothing */
    size_t rare[2];            /* the places of two of its bytes */
    bool fold;
};

/* Of what is longer only the beginning is looked for. */
void finder_init(struct finder *finder, const char *needle, size_t len);
/* The first from hay on; NULL: none. */
const char *finder_next(const struct finder *finder, const char *hay, const char *end);

#endif
