/* resourceclaim: what of a ResourceClaim is kept: which devices it was given, and the pods that use it. */
#ifndef K8S_KINDS_RESOURCECLAIM_H
#define K8S_KINDS_RESOURCECLAIM_H

#include "k8s/record.h"

struct claim_device {
    istr driver, pool, device;
    bool admin; /* looked at only: it takes nothing from others */
};

struct resourceclaim {
    struct record r;
    struct claim_device *devices; /* none: it was given nothing yet */
    size_t device_count;
    istr *pods; /* names of those it is reserved for */
    size_t pod_count;
};

#endif
