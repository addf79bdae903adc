/* bench: what the figures share: samples, the table, and what the machine and a process say of themselves.
 *
 * A figure is several runs and the median counts; beside it stands a reference measured between the same runs, because
 * a busy machine slows both and leaves their ratio. Nothing here judges by failing: what is over its aim is said so. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include "base/err.h"

struct samples {
    double *values;
    size_t count, cap;
};

void samples_add(struct samples *samples, double value);
void samples_release(struct samples *samples); /* empty, to be used again */
/* The value below which `part` (0 … 1) of them lie; 0.5 is the median, 0 the least. NAN when there are none. */
double samples_at(const struct samples *samples, double part);
double samples_median(const struct samples *samples);

/* A line of the table. */
struct figure {
    const char *name;
    const char *unit; /* of the values and the aim */
    const struct samples *samples;
    double part;                             /* which of them counts: 0 the median, 0.99 … */
    double aim;                              /* at most this; 0: none */
    const char *reference;                   /* what the ratio is to; NULL: none */
    const struct samples *reference_samples; /* in the same unit; its median counts */
    bool rate;                               /* more is better: the ratio is turned over */
};

struct bench {
    const char *srcdir, *builddir;
    int missing; /* figures that could not be measured */
};

void bench_head(void); /* the machine, and the titles */
void bench_figure(const struct figure *figure);
/* A part that could not be measured: `what: why`. Counted. */
void bench_missing(struct bench *bench, const char *what, const struct err *err);
char *bench_program(const struct bench *bench, const char *name);

/* A process. */
struct process_size {
    double rss, pss, anon; /* MiB: VmRSS, Pss, and what of it is its own and no file */
    double peak;           /* MiB: the most VmRSS was */
    uint64_t waits;        /* how often it has gone to sleep */
    uint64_t switches;     /* how often any of its threads has left a processor, of itself or not */
};
int process_size(pid_t pid, struct process_size *out, struct err *err);
/* Its processor time so far, ns; -1 when it is no more. */
int64_t process_cpu(pid_t pid);

struct store;
/* 1,000 nodes with 8 GPUs each, and 10,000 pods, a third of which hold one. */
void bench_put_cluster(struct store *nodes, struct store *pods);

/* The parts, a file each. */
void bench_draw(struct bench *bench);
void bench_compose(struct bench *bench);
void bench_intake(struct bench *bench);
void bench_kinds(struct bench *bench);
void bench_pods(struct bench *bench);
void bench_replay(struct bench *bench);
void bench_rows(struct bench *bench);
void bench_nodes(struct bench *bench);
void bench_why(struct bench *bench);
void bench_screen(struct bench *bench);
void bench_picture(struct bench *bench);
void bench_edge(struct bench *bench);
void bench_lobby(struct bench *bench);
void bench_logs(struct bench *bench);

#endif
