/* gpu: which GPUs there are, who holds them, what is free: accounts that are kept while nodes and pods change, so that
 * no figure means going through all pods.
 *
 * Terminating pods still hold; Succeeded and Failed ones do not. What a pod holds on a node that is not known (yet) waits
 * in an account without a node and counts in no sum. */
#ifndef OPS_GPU_H
#define OPS_GPU_H

#include "base/map.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "k8s/store.h"

bool gpu_is_resource(const char *name); /* of NVIDIA (MIG too), AMD or Intel */

struct gpu_holder {
    const struct pod *pod;
    int count;
};

struct gpu_account { /* one resource on one node; a node without GPUs has one account, with nothing in it */
    const struct node *node; /* NULL: not known */
    istr resource;           /* NULL: none */
    int capacity, allocatable, used, free;
    struct gpu_holder *holders; /* by namespace and name */
    size_t holder_count, holder_cap;
    struct gpu_account *next; /* the node's next one, in the order of the resources' names */
};

/* An account is there (now true) or is about to go (false); or something in it changed (both times true). */
typedef void (*gpu_fn)(void *data, const struct gpu_account *account, bool now);

struct gpu_ledger {
    int capacity, allocatable, used, free; /* of all nodes that are known */
    size_t accounts;                       /* with GPUs, of known nodes */
    int simulated;                         /* accounts among them whose GPUs are simulated */
    struct map nodes;                      /* name → the first struct gpu_account */
    struct store *node_store, *pod_store;
    struct store_listener on_nodes, on_pods;
    gpu_fn changed;
    void *data;
};

/* Counts what is there and listens to both stores until it is freed, which must be before they are. */
struct gpu_ledger *gpu_ledger_new(struct store *nodes, struct store *pods);
void gpu_ledger_free(struct gpu_ledger *ledger);
/* There is one who listens, or none (NULL). */
void gpu_ledger_listen(struct gpu_ledger *ledger, gpu_fn changed, void *data);
/* The node's accounts by `next`; NULL for a node that nobody knows. Valid until its changes. */
const struct gpu_account *gpu_ledger_node(const struct gpu_ledger *ledger, const char *node);

#endif
