/* resourceslice: what of a ResourceSlice is kept: the devices that a driver of dynamic resource allocation offers. */
#ifndef K8S_KINDS_RESOURCESLICE_H
#define K8S_KINDS_RESOURCESLICE_H

#include "k8s/record.h"

struct slice_device {
    istr name;
    istr product, type, uuid; /* attributes, as drivers of GPUs name them; NULL: not told */
    int64_t memory;           /* capacity, bytes; 0: not told */
    bool tainted;             /* it takes nothing, or only who tolerates that */
};

struct resourceslice {
    struct record r;
    istr driver, pool;
    istr node;          /* NULL: they are of no single node */
    int64_t generation; /* of the pool: the slices of an older one count no more */
    struct slice_device *devices;
    size_t count;
};

#endif
