/* warm: which image is to be on which node before a graph is deployed. Pure. */
#ifndef OPS_WARM_H
#define OPS_WARM_H

#include "graph/graph.h"
#include "k8s/kinds/nodeimages.h"
#include "k8s/store.h"

struct warm_need {
    const struct node *node; /* borrowed from the store */
    size_t thing;            /* one that may run there: of several with the same image the first that names pull secrets */
    bool present;            /* the node says that it holds the image; that it does not say so is no news */
    int64_t size;            /* bytes, as the node says; 0: it does not */
};

struct warm_needs {
    struct warm_need *items; /* by node, then in the document's order */
    size_t count, cap;
};

/* Each image with each node that may run a thing of it, whatever is taken there at present: what an empty node has room for
 * counts. nodes: of kind_nodeimages. */
void warm_choose(struct warm_needs *out, const struct graph *graph, const struct store *nodes);
void warm_needs_release(struct warm_needs *needs);

/* "12 kB", "3.4 GB". */
#define WARM_SIZE_TEXT 24
char *warm_size(char out[WARM_SIZE_TEXT], int64_t bytes);

#endif
