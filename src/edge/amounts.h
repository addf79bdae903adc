/* amounts: how much of each resource: what a pod asks for, what a node has left; in whole thousandths. */
#ifndef EDGE_AMOUNTS_H
#define EDGE_AMOUNTS_H

#include "base/json.h"

struct edge_amount {
    char *name; /* "cpu", "nvidia.com/gpu" */
    int64_t milli;
};
struct edge_amounts {
    struct edge_amount *items;
    size_t count, cap;
};
void edge_amounts_release(struct edge_amounts *amounts);
int64_t edge_amounts_get(const struct edge_amounts *amounts, const char *name); /* 0 when missing */
/* Adds (factor 1) or takes away (-1) all of other. */
void edge_amounts_add(struct edge_amounts *amounts, const struct edge_amounts *other, int factor);
/* Each amount of a resource list, added. */
void edge_amounts_add_list(struct edge_amounts *amounts, const cJSON *list);
/* What a pod holds by the scheduler's rule: max(containers + sidecars, each init container + the sidecars before it),
 * pod-level requests over that, plus overhead. A limit stands in for a missing request. */
void edge_pod_requests(struct edge_amounts *out, const cJSON *pod);

#endif
