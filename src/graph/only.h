/* only: what is deployed, with some things as the draft has them and all else as it is deployed.
 *
 * A thing comes with its inputs: a link is a variable of its consumer's pods, so what a thing gives to others is theirs, and changes
 * with them. A name that only what is deployed has takes that thing away. What is deployed keeps its order and its comments. */
#ifndef GRAPH_ONLY_H
#define GRAPH_ONLY_H

#include "graph/edit.h"

/* The text; the caller frees. NULL with a sentence: a name that neither has, an input from what would not be there, what would be
 * taken from others, or faults. draft: faults of its other things do not matter. left (may be NULL): links of the things that are left as
 * they are deployed, one a line: "camera.video → keep.video". */
char *only_text(const char *deployed, const struct document *draft, const char *const *names, size_t count,
                const struct catalogue *cat, struct buf *left, struct err *err);

#endif
