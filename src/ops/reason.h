/* reason: why a pod is not simply running, in so few words that they fit into its row; what why.h says at length. Pure. */
#ifndef OPS_REASON_H
#define OPS_REASON_H

#include "k8s/kinds/pod.h"

#define POD_REASON_TEXT 200
/* "0/4 nodes: 3 insufficient nvidia.com/gpu, 1 taint gpu", "exit 139, ×9, back-off 5m0s"; "" where there is nothing
 * to say. Returns out. */
char *pod_reason(char out[POD_REASON_TEXT], const struct pod *pod);

#endif
