/* placing: random clusters and graphs for tests/cluster/suite/70-place.sh. A case is known by the seed and its number: nodes,
 * the pods that are there already, and a graph, all within what our documents and Kubernetes allow. */
#ifndef TESTS_CLUSTER_PLACING_H
#define TESTS_CLUSTER_PLACING_H

#include "base/buf.h"
#include "base/json.h"

#define NODES_MOST 6
#define THINGS_MOST 4
#define NAME_MAX_LEN 40

struct placing_node {
    char name[NAME_MAX_LEN];
    const char *ready; /* its condition */
    bool cordoned, pressure;
    cJSON *object;
};

struct placing_pod {
    char name[NAME_MAX_LEN];
    cJSON *object;
    const char *phase; /* that it is to be in; NULL: as it comes */
    bool leaving;      /* it is to be deleted, and stays for a while */
};

struct placing_thing {
    char name[8];
    int replicas;
    struct buf text; /* its item in the graph */
};

struct placing_case {
    char name[NAME_MAX_LEN]; /* the graph's, and a label of its nodes */
    struct placing_node nodes[NODES_MOST];
    struct placing_pod pods[NODES_MOST * 3];
    struct placing_thing things[THINGS_MOST];
    size_t node_count, pod_count, thing_count;
    bool alike;              /* its things ask for the same */
};

void placing_case_make(struct placing_case *out, uint64_t seed, int number);
void placing_case_release(struct placing_case *c);

#endif
