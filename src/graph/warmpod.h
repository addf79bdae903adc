/* warmpod: the short pod that makes one node pull one thing's image. Deterministic. */
#ifndef GRAPH_WARMPOD_H
#define GRAPH_WARMPOD_H

#include "graph/graph.h"

#define WARM_HOLDER "patchbay.dev/warm-holder" /* an annotation: who made it (app/holder.h) */
#define WARM_LABEL "patchbay.dev/warm" /* = the graph's name; never PLAN_LABEL_GRAPH: it is none of the graph's pods */

/* "patchbay-warm-RUN-": how the pods of a run are called. The caller's. */
char *warmpod_prefix(const char *run);
/* The thing must have an entry. The cluster itself ends the pod `seconds` after it was started. run: who makes it; holder: the same
 * as it is written down. The caller's. */
cJSON *warmpod_make(const struct graph *graph, size_t index, const char *node, int64_t seconds, const char *run,
                    const char *holder);

#endif
