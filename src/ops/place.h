/* place: where the things of a graph could run on the cluster as it is now, by what kube-scheduler filters by and
 * records know: Ready and cordoned nodes, taints, nodeSelector, room for CPU, memory, pods, devices, disk and hugepages. Pure.
 *
 * The graph's own pods are not in its way: one that runs stays where it is while its thing selects that node, and holds
 * there what the thing asks for now; those of things that left the graph, and those beyond a thing's replicas, are as
 * good as gone. What is missing is then placed one after the other in the document's order, each pod where the fewest
 * devices are taken, then the least CPU. Who does not know all nodes and all pods must not ask.
 *
 * Not known here, as no graph can say it: affinity and host ports. Nor are volumes and what a runtime class adds. */
#ifndef OPS_PLACE_H
#define OPS_PLACE_H

#include "graph/graph.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "k8s/store.h"

#define PLACE_NAMED 100          /* nodes that are named of each thing; the others are counted */
#define PLACE_TOLD 250           /* nodes of which a listener is told, of each thing */

struct place_thing {             /* external ones and those of an unknown type: all 0 */
    const struct node **nodes;   /* that would take one of its pods beside what runs now, by name */
    size_t node_count;           /* all of them */
    int wanted, fits;            /* replicas, and how many of them find a node when the whole graph is placed */
    char why[256];               /* fits < wanted: "0/4 nodes: 3 Insufficient nvidia.com/gpu, 1 not Ready" */
};

struct place_gpu {               /* a resource that a thing asks for as its GPU */
    char *resource;
    int64_t asked, held;         /* by the graph: replicas times count; by its pods now, which `free` does not count */
    int64_t free, allocatable;   /* of all nodes */
    bool simulated;
};

struct place {
    struct place_thing *things;  /* by index in the graph */
    size_t thing_count;
    struct place_gpu *gpus;      /* in the document's order */
    size_t gpu_count;
    const struct node **nodes;   /* what things[].nodes are parts of */
};

/* For whom the sums are not enough: a node each, by name, at most PLACE_TOLD a thing. */
struct place_listener {
    /* It is not among the thing's nodes, and why in kube-scheduler's words and order, whose first kind of reason is the last:
     * "Insufficient nvidia.com/gpu, Insufficient cpu". */
    void (*refused)(void *data, size_t thing, const struct node *node, const char *why);
    /* A pod of the thing stays Pending when the whole graph is placed, and all that keeps it from this node, in sentences:
     * "its GPU is held by media/other; taint dedicated=video:NoSchedule is not tolerated". */
    void (*full)(void *data, size_t thing, const struct node *node, const char *why);
    void *data;
};

/* Its records are borrowed: valid until the stores change. */
void place_make(struct place *out, const struct graph *graph, const struct store *nodes, const struct store *pods);
void place_make_told(struct place *out, const struct graph *graph, const struct store *nodes, const struct store *pods,
                     const struct place_listener *listener);
void place_release(struct place *place);

/* "gpu-1", "gpu-1 or gpu-2", "gpu-1, gpu-2 or 5 more": in at most `most` parts (1 < most <= PLACE_NAMED); "" for no node. */
void place_nodes_words(char *out, size_t size, const struct place_thing *thing, size_t most);
/* "would stay Pending: WHY", "2 of 4 would stay Pending: WHY"; "" when all find room. */
void place_pending_words(char *out, size_t size, const struct place_thing *thing);
/* "asks 2, holds 1, free 3 of 4 (simulated)". */
void place_gpu_words(char *out, size_t size, const struct place_gpu *gpu);
/* How many are asked for beyond what is held and free. */
int64_t place_gpu_short(const struct place_gpu *gpu);
/* What one pod asks for: "1 nvidia.com/gpu, 50m, 64Mi"; "external"; "" for an unknown type. */
void place_wants_words(char *out, size_t size, const struct graph_thing *thing);

#endif
