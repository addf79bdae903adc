/* compare: what a draft changes of what is deployed, thing by thing and link by link. Where boxes stand is no change, nor is
 * saying a default, the order of things, or a comment. */
#ifndef GRAPH_COMPARE_H
#define GRAPH_COMPARE_H

#include "graph/graph.h"

enum differs { DIFFERS_NOT, DIFFERS_ADDED, DIFFERS_CHANGED, DIFFERS_REMOVED };

struct comparison {
    /* The draft's things and links at their own indexes, then those that are only deployed. Borrows from both graphs, so it goes
     * before they do, and has no document; where nothing is deployed it is the draft itself. */
    const struct graph *both;
    struct graph *joined; /* the same, unless it is the draft */
    enum differs *things, *links; /* by index in `both` */
    size_t added, changed, removed; /* things */
    size_t links_added, links_removed;
};

/* deployed NULL: nothing is marked. A thing whose links come from elsewhere now is changed: its pods are made anew. */
void comparison_make(struct comparison *out, const struct graph *draft, const struct graph *deployed);
void comparison_release(struct comparison *comparison);
/* "fps 10 → 5, GPU 0 → 1, inputs": what differs between two states of one thing. Passwords are masked. */
void compare_words(const struct graph_thing *deployed, const struct graph_thing *draft, struct buf *out);
/* "camera: fps 10 → 5; + gate; - monitor": what differs between two graphs in one line, without passwords; "" where nothing
 * does. Of many things the first are named. */
void compare_summary(const struct graph *deployed, const struct graph *draft, struct buf *out);

#endif
