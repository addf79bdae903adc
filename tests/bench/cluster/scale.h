/* scale: a real control plane with many pods in it, and what programs that show them take. `run` brings the one up and
 * starts the other. */
#ifndef TESTS_BENCH_CLUSTER_SCALE_H
#define TESTS_BENCH_CLUSTER_SCALE_H

#include "tests/bench/bench.h"
#include "tests/bench/cluster.h"

struct scale {
    struct bench bench;
    struct cluster *cluster; /* a client of it */
    const char *folder;      /* of tests/cluster/up */
    const char *etcd;        /* http://127.0.0.1:PORT */
    char *kubectl, *k9s;     /* NULL: not measured */
    char *home;              /* what the programs keep goes here */
    size_t pods;             /* so many there are now */
    size_t bytes;            /* of one, as the server sends it */
    int rounds;              /* of what is short */
    int64_t minute;          /* how long what lasts is looked at, ns */
    int64_t away;            /* how long the server goes away, ns */
};

/* A program on a terminal. */
struct shown {
    const char *name;
    const char *argv[8];
    char full[64]; /* on the screen when it has all pods */
};
void shown_patchbay(struct shown *shown, const struct scale *scale);
void shown_k9s(struct shown *shown, const struct scale *scale);
/* On its way to the pods. */
struct screen *shown_start(const struct shown *shown, const struct scale *scale);
/* Until the text stands on the screen: when that was noticed (monotonic), 0 when it did not come. */
int64_t shown_until(struct screen *screen, const char *text, int64_t patience);
/* The same, with all pods on it. NULL: err says what came instead. */
struct screen *shown_whole(const struct shown *shown, const struct scale *scale, struct err *err);

/* The pods are numbered; the first ones in order of their names stand on the first screen. */
#define POD_NAME 64
void pod_name(size_t number, char ns[POD_NAME], char name[POD_NAME]);
#define FIRST_POD "app-000-5b9f7c6d4-00000"
int fill_count(const struct scale *scale, size_t *count, struct err *err);
/* As many as scale->pods says, from those that are there. */
int fill(struct scale *scale, size_t had, struct err *err);

/* Changes a pod's restarts again and again, `rate` times a second for so many ns, as a process of its own. */
struct churn;
struct churn *churn_start(const struct scale *scale, int rate, int64_t lasting, struct err *err);
double churn_end(struct churn *churn); /* waits; how many a second were answered with 200 */
int churn_main(int argc, char **argv);
/* One pod on the first screen gets this word as its status, from when the server had answered until it was shown, ns;
 * -1: it did not come. */
int64_t change_shown(const struct scale *scale, struct screen *screen, unsigned number, struct err *err);

/* The parts, a file each. */
void measure_deploy(struct scale *scale); /* asks for no pods */
void measure_start(struct scale *scale);
void measure_stay(struct scale *scale);
void measure_away(struct scale *scale);

#endif
