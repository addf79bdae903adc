/* fit: whether a node takes a pod, and in the scheduler's own words why not. Pure. */
#ifndef EDGE_FIT_H
#define EDGE_FIT_H

#include "edge/amounts.h"

struct edge_misfit { /* of one pod on all nodes: reasons with how many nodes gave them */
    struct {
        char text[96];
        int count;
    } reasons[32], preemption[2];
    size_t count, preemption_count;
    int nodes;
};

/* What the node holds already: `used` and `pods`. True when it fits; otherwise its reasons are added. */
bool edge_fit(const cJSON *pod, const struct edge_amounts *requests, const cJSON *node, const struct edge_amounts *used,
              int pods, struct edge_misfit *misfit);
/* "0/4 nodes are available: 4 Insufficient nvidia.com/gpu. preemption: …". */
void edge_misfit_text(const struct edge_misfit *misfit, struct buf *out);
/* Σ weights of the pod's preferred node affinities that the node has. */
int64_t edge_fit_preference(const cJSON *pod, const cJSON *node);

#endif
