/* load: what the pods on each node ask for, of its CPU and memory: sums that are kept while nodes and pods change. As
 * kubectl describe has it: of pods that have not ended, those that are being deleted among them. */
#ifndef OPS_LOAD_H
#define OPS_LOAD_H

#include "base/loop.h"
#include "base/map.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "k8s/store.h"

struct load {
    int64_t cpu_milli, memory;
    int pods;
};

struct load_ledger {
    struct load asked, of; /* of all nodes that are known: what is asked for, and of what (its pods: how many there may be) */
    struct map nodes;      /* name → its sums */
    struct store *node_store;
    struct store_listener on_nodes, on_pods;
    loop_fn changed; /* something here did; may be NULL */
    void *data;
};

/* Until it is freed, which must be before the stores are. */
struct load_ledger *load_ledger_new(struct store *nodes, struct store *pods, loop_fn changed, void *data);
void load_ledger_free(struct load_ledger *ledger);
/* All 0 where nothing is. */
struct load load_of(const struct load_ledger *ledger, const char *node);

#endif
