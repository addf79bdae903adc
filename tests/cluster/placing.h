/* placing: random clusters and graphs for tests/cluster/suite/70-place.sh. A case is known by the seed and its number: nodes,
 * the pods that are there already, and a graph, all within what our documents and Kubernetes allow. */
#ifndef TESTS_CLUSTER_PLACING_H
#define TESTS_CLUSTER_PLACING_H

#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"

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

struct placing {
    uint64_t seed;
    int first, count;
    const char *folder, *space;
    struct map found; /* name → what was read, of whatever kind */
    cJSON *read[2];
    int faults, said; /* said: what was compared */
};

/* The cases, one after the other. */
#define EACH_CASE(p, c)                                                                                                \
    for (int number = (p)->first; number < (p)->first + (p)->count && (placing_case_make(&(c), (p)->seed, number), true); \
         placing_case_release(&(c)), number++)

/* A line of what is not as it should be. */
void placing_fault(struct placing *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The list in a file of the folder, or in the standard input ("-"); the caller's. */
cJSON *placing_read(const struct placing *p, const char *name);
/* Its objects by name, or patchbay's rows by graph/thing. */
void placing_remember(struct placing *p, cJSON *list);

#define POD_NAME_LEN 80

/* Of the pod for a thing on a node (by index), or of one of its replicas. */
void placing_pod_name(char *out, const struct placing_case *c, size_t thing, size_t number);

void placing_judge(struct placing *p, size_t round);
void placing_deployed(struct placing *p);
void placing_again(struct placing *p);

#endif
