/* The deployment of the sample graph, as the cluster and the things tell it. */
#include "base/time.h"
#include "tests/bench/lobby.h"

#define RUNS 7

/* Asked again and again, for the answer is a point of time of theirs, not of ours. */
static int first_results(struct watch *watch, int64_t *at, struct err *err)
{
    int64_t until = time_monotonic() + PATIENCE;
    struct firsts firsts;
    do {
        if (watch_firsts(watch, &firsts, err) < 0)
            return -1;
        if (!firsts.all)
            loop_turn(watch->cluster->loop, 50 * NSEC_PER_MSEC);
    } while (!firsts.all && time_monotonic() < until);
    *at = firsts.last;
    return firsts.all ? 0 : err_set(err, "not every thing of " GRAPH " had a result within 60 s");
}

/* By the pods' own record, whose times are whole seconds. */
static double recorded(const struct watch *watch)
{
    int64_t created = INT64_MAX, ready = 0;
    STORE_EACH(struct pod, pod, watch->pods)
    {
        created = MIN(created, pod->r.created);
        ready = MAX(ready, pod->ready_at);
    }
    return (double)(ready - created) / 1e9;
}

struct deploys {
    struct samples recorded, ready, first, gone, exec;
};

static int deploy(struct bench *bench, struct watch *watch, struct deploys *out, struct err *err)
{
    char *file = xasprintf("%s/assets/graphs/" GRAPH ".yaml", bench->srcdir);
    int64_t began = time_wall(), at = 0;
    int rc = cluster_command(watch->cluster, (const char *const[]){"deploy", file, NULL}, err);
    free(file);
    if (rc == 0)
        rc = cluster_wait(watch->cluster, &watch->ready, PATIENCE, "ready pods of " GRAPH, err);
    if (rc == 0)
        rc = first_results(watch, &at, err);
    if (rc == 0) {
        samples_add(&out->recorded, recorded(watch));
        samples_add(&out->ready, (double)(watch->ready_at - began) / 1e9);
        samples_add(&out->first, (double)(at - began) / 1e9);
    }
    return rc;
}

static int delete (struct watch *watch, struct samples *out, struct err *err)
{
    int64_t began = time_monotonic();
    if (cluster_command(watch->cluster, (const char *const[]){"delete", GRAPH, "--yes", NULL}, err) < 0 ||
        cluster_wait(watch->cluster, &watch->none, PATIENCE, "the end of the pods of " GRAPH, err) < 0)
        return -1;
    samples_add(out, (double)(time_monotonic() - began) / 1e9);
    return 0;
}

/* A media thing's process that does nothing: what its libraries cost before it can begin. */
static double exec_thing(struct bench *bench)
{
    char *thing = bench_program(bench, "patchbay-thing");
    int64_t began = time_monotonic();
    struct screen *screen = screen_start((const char *const[]){thing, "--help", NULL}, NULL, 120, 40);
    screen_expect_end(screen, &(int){0});
    double took = (double)(time_monotonic() - began) / 1e9;
    screen_free(screen);
    free(thing);
    return took;
}

static void print_deploys(const struct deploys *d)
{
    const char *against = "exec of patchbay-thing --help";
    bench_figure(&(struct figure){.name = "deploy of " GRAPH ": every pod ready, by its conditions",
                                  .unit = "s",
                                  .samples = &d->recorded,
                                  .aim = 3});
    bench_figure(&(struct figure){.name = "  seen by a watch, from exec of patchbay deploy",
                                  .unit = "s",
                                  .samples = &d->ready,
                                  .aim = 3,
                                  .reference = against,
                                  .reference_samples = &d->exec});
    bench_figure(&(struct figure){.name = "  every thing's first result, by its own time",
                                  .unit = "s",
                                  .samples = &d->first,
                                  .aim = 4,
                                  .reference = against,
                                  .reference_samples = &d->exec});
    bench_figure(&(struct figure){.name = "  deleted, to the last pod's end", .unit = "s", .samples = &d->gone});
}

int measure_deploy(struct bench *bench, struct cluster *cluster)
{
    struct watch watch;
    struct deploys d = {0};
    struct err err = ERR_INIT;
    watch_begin(&watch, cluster);
    int rc = 0;
    for (int i = 0; i < RUNS && rc == 0; i++) {
        samples_add(&d.exec, exec_thing(bench));
        rc = deploy(bench, &watch, &d, &err);
        if (rc == 0 && i + 1 < RUNS)
            rc = delete (&watch, &d.gone, &err);
    }
    if (rc < 0)
        bench_missing(bench, "deploy of " GRAPH, &err);
    else
        print_deploys(&d);
    watch_end(&watch);
    samples_release(&d.recorded);
    samples_release(&d.ready);
    samples_release(&d.first);
    samples_release(&d.gone);
    samples_release(&d.exec);
    return rc;
}
