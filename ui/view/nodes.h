/* nodes: what the views of nodes share. */
#ifndef UI_VIEW_NODES_H
#define UI_VIEW_NODES_H

#include "ops/devices.h"
#include "ops/load.h"
#include "ui/dashboard.h"

/* For how long (ns) a pod has held its GPUs for nothing, where that is long enough to be told; 0: it does something, or nobody
 * knows. */
int64_t nodes_idle(struct dashboard *dash, const struct pod *pod);
/* Pods, of that node alone. */
unsigned nodes_pods(struct dashboard *dash, const char *node);
/* "250m", "4", "41.2"; "128Mi", "1.5Gi", "512Gi". */
#define NODES_AMOUNT 32
const char *nodes_cpu(char out[NODES_AMOUNT], int64_t milli);
const char *nodes_memory(char out[NODES_AMOUNT], int64_t bytes);
/* The upper part of a node's own view: what it is, why it takes nothing, what it has and does. Drawn from the area's top on, as far
 * as it reaches; returns how many rows it would take. */
int node_head_draw(struct dashboard *dash, const struct node *node, const struct load_ledger *load, struct device_ledger *devices,
                   struct area area);

#endif
