/* pod: a thing's pod template. It changes only when the thing or what is wired to it changes. */
#ifndef GRAPH_POD_H
#define GRAPH_POD_H

#include "graph/graph.h"

/* Takes labels. NULL: a link of it is broken, or its files are too large; err says which. *files: the data of the ConfigMap
 * that the pod mounts, the caller's; NULL: it mounts none. */
cJSON *pod_template(const struct graph *graph, size_t index, cJSON *labels, cJSON **files, struct err *err);
/* {"requests": …, "limits": …} of its container, defaults included; thing must have an entry. The caller's. */
cJSON *pod_resources(const struct graph_thing *thing);
/* What the Pod Security Standard `restricted` asks for of a pod and of its container, and a root that nobody writes to. */
void pod_restrict(cJSON *spec);
void pod_restrict_container(cJSON *container);
/* A key of the thing's that a pod's spec has, too ("tolerations"), where it says one. */
void pod_copy(cJSON *spec, const struct graph_thing *thing, const char *key);

#endif
