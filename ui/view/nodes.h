/* nodes: what the views of nodes share. */
#ifndef UI_VIEW_NODES_H
#define UI_VIEW_NODES_H

#include "k8s/kinds/pod.h"
#include "ui/dashboard.h"

/* For how long (ns) a pod has held its GPUs for nothing, where that is long enough to be told; 0: it does something, or nobody
 * knows. */
int64_t nodes_idle(struct dashboard *dash, const struct pod *pod);

#endif
