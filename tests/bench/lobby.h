/* lobby: the sample graph on the embedded cluster, and what its pods say of themselves. */
#ifndef TESTS_BENCH_LOBBY_H
#define TESTS_BENCH_LOBBY_H

#include "k8s/kinds/pod.h"
#include "k8s/reflector.h"
#include "tests/bench/cluster.h"

#define GRAPH "lobby"
#define NS "media"
#define PATIENCE (60 * NSEC_PER_SEC)

/* The pods of the graph, as a watch tells of them. */
struct watch {
    struct cluster *cluster;
    struct store *pods;
    struct store_listener listener;
    struct reflector *reflector;
    size_t wanted;
    int64_t ready_at; /* wall: when the last of them was seen to be ready */
    bool ready, none;
};

void watch_begin(struct watch *watch, struct cluster *cluster);
void watch_end(struct watch *watch);

/* When the things say that their first results came: the last of them, 0 while one has none. */
struct firsts {
    bool over;
    int64_t last;
    bool all;
};

/* Asks each pod once. */
int watch_firsts(struct watch *watch, struct firsts *firsts, struct err *err);

/* -1: it could not be measured, and was said; otherwise the graph is left deployed. */
int measure_deploy(struct bench *bench, struct cluster *cluster);
void measure_dashboard(struct bench *bench, struct cluster *cluster);
void measure_playing(struct bench *bench, struct cluster *cluster);

#endif
