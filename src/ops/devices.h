/* devices: what drivers of dynamic resource allocation (DRA) offer on each node, and which claims and pods have it. */
#ifndef OPS_DEVICES_H
#define OPS_DEVICES_H

#include "base/loop.h"
#include "base/map.h"
#include "k8s/kinds/resourceclaim.h"
#include "k8s/kinds/resourceslice.h"
#include "k8s/store.h"

struct device {
    const struct resourceslice *slice;
    const struct slice_device *device;
    const struct resourceclaim *claim; /* that has it; NULL: it is free */
};

struct device_node {
    struct device *devices; /* by driver, pool and name, as the slices have them */
    size_t count, cap;
    size_t used;
};

struct device_ledger {
    struct store *slices, *claims;
    struct store_listener on_slices, on_claims;
    struct map nodes; /* name → struct device_node; as the stores were when it was made */
    size_t count, used;
    bool stale;
    loop_fn changed;
    void *data;
};

/* changed (may be NULL): something in the stores did. Until it is freed, which must be before they are. */
struct device_ledger *device_ledger_new(struct store *slices, struct store *claims, loop_fn changed, void *data);
void device_ledger_free(struct device_ledger *ledger);
/* NULL: none on that node. Valid until the stores change. ledger may be NULL. */
const struct device_node *device_ledger_node(struct device_ledger *ledger, const char *node);
/* Of all nodes. */
void device_ledger_total(struct device_ledger *ledger, size_t *count, size_t *used);
/* "media/object-detect-1", or the claim's name where no pod uses it; "" for a free one. */
void device_user(char out[300], const struct device *device);
/* What it is called: its product, else its type, else its driver. */
const char *device_product(const struct device *device);

#endif
