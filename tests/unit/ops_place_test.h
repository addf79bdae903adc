/* ops_place_test: a world of nodes, pods and a graph for the tests of place. */
#ifndef TESTS_OPS_PLACE_TEST_H
#define TESTS_OPS_PLACE_TEST_H

#include "ops/place.h"
#include "tests/unit/ops_test.h"

/* One line a case: which nodes and pods there are, the graph's things, and what is said of each thing and GPU. */
struct world {
    struct catalogue cat;
    struct faults faults;
    struct store *nodes, *pods;
    struct graph *graph;
    struct place place;
    const struct place_listener *listener;
    char text[4096];
};

extern struct world w;

void place_setup(void);
void place_teardown(void);
/* Ready or as told, with 4 CPUs, 8 Gi, room for 10 pods, and what `more` says of its allocatable. */
void node(const char *name, const char *labels, const char *spec, const char *ready, const char *more);
void plain(const char *name);
void gpus(int count);
void pod(const char *name, const char *on, const char *thing, const char *resources, const char *status);
/* "a 1/1 gpu-1 or gpu-2" a thing, its WHY behind it where it does not fit; "nvidia.com/gpu asks …" a GPU. */
const char *placed(const char *things);

#define GPU ",'nvidia.com/gpu':'1'"
#define ONE_GPU "'nvidia.com/gpu':'1','cpu':'50m','memory':'64Mi'"

#define A "    - {name: a, type: cam}\n"
#define A_GPU "    - {name: a, type: cam, gpu: {count: 1}}\n"
#define B_GPU "    - {name: b, type: cam, gpu: {count: 1}}\n"

#endif
