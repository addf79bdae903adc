/* place_full: all that keeps a pod from a node, in sentences for people, with who holds what is missing: "its GPU is held by
 * media/other; taint dedicated=video:NoSchedule is not tolerated". Internal to place. */
#ifndef OPS_PLACE_FULL_H
#define OPS_PLACE_FULL_H

#include "ops/place_account.h"

struct place_holder { /* somebody who has room on a node */
    const struct desk *desk;
    const struct pod *pod;   /* another's; NULL: a thing of the graph, with what it asks for */
    const char *thing;
    const struct need *need;
};

struct place_holders {
    struct place_holder *items;
    size_t count, cap;
};

/* "" for a node that would take it. */
void place_full_words(struct buf *out, const struct accounts *a, const struct desk *desk, const struct need *need,
                      const struct place_holders *holders);

#endif
