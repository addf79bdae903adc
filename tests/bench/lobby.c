/* The sample graph: how long its deployment takes by its own record, and what the dashboard costs while it runs. */
#include "tests/bench/cluster.h"

#include "base/time.h"
#include "k8s/kinds/pod.h"
#include "k8s/reflector.h"
#include "ops/metrics.h"

#define GRAPH "lobby"
#define NS "media"
#define RUNS 5
#define PATIENCE (60 * NSEC_PER_SEC)
#define SETTLE (5 * NSEC_PER_SEC)
#define WINDOWS 6 /* of 5 s: 30 s of the dashboard */
#define WINDOW (5 * NSEC_PER_SEC)

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

static void look(void *data, const struct change *changes UNUSED, size_t count UNUSED)
{
    struct watch *watch = data;
    size_t ready = 0;
    STORE_EACH(struct pod, pod, watch->pods)
        ready += pod->ready && !pod->deleted;
    if (ready == watch->wanted && !watch->ready)
        watch->ready_at = loop_wall(watch->cluster->loop);
    watch->ready = ready == watch->wanted;
    watch->none = store_count(watch->pods) == 0;
}

static void watch_begin(struct watch *watch, struct cluster *cluster)
{
    *watch = (struct watch){.cluster = cluster, .wanted = 3, .none = true};
    watch->pods = store_new(&kind_pod);
    store_listen(watch->pods, &watch->listener, look, watch);
    watch->reflector = reflector_new(cluster->client, watch->pods, &(struct reflector_options){.ns = NS}, NULL, NULL);
}

static void watch_end(struct watch *watch)
{
    reflector_free(watch->reflector);
    store_unlisten(&watch->listener);
    store_free(watch->pods);
}

/* When the things say that their first results came: the last of them, 0 while one has none. */
struct firsts {
    bool over;
    int64_t last;
    bool all;
};

static void on_metrics(void *data, const struct kube_answer *answer)
{
    struct firsts *firsts = data;
    struct thing_traffic traffic = {0};
    firsts->over = true;
    if (answer->status != 200) {
        firsts->all = false;
        return;
    }
    thing_traffic_update(&traffic, answer->body, answer->len, 1);
    for (size_t i = 0; i < traffic.count; i++)
        if (!traffic.ports[i].input) {
            firsts->all &= traffic.ports[i].first > 0;
            firsts->last = MAX(firsts->last, (int64_t)(traffic.ports[i].first * 1e9));
        }
}

static int ask_firsts(struct watch *watch, struct firsts *firsts, struct err *err)
{
    *firsts = (struct firsts){.all = true};
    for (size_t i = 0; i < store_count(watch->pods); i++) {
        const struct pod *pod = (const struct pod *)store_at(watch->pods, i);
        struct buf path;
        buf_init(&path, 4096);
        kube_proxy_path(&path, "pods", NS, pod->r.name, pod->port, "/metrics");
        struct kube_request request = {.path = path.data, .accept = "text/plain"};
        firsts->over = false;
        struct kube_call *call = kube_start(watch->cluster->client, &request, on_metrics, firsts);
        buf_release(&path);
        if (cluster_wait(watch->cluster, &firsts->over, PATIENCE, "a thing's metrics", err) < 0) {
            kube_cancel(call);
            return -1;
        }
    }
    return 0;
}

/* Asked again and again, for the answer is a point of time of theirs, not of ours. */
static int first_results(struct watch *watch, int64_t *at, struct err *err)
{
    int64_t until = time_monotonic() + PATIENCE;
    struct firsts firsts;
    do {
        if (ask_firsts(watch, &firsts, err) < 0)
            return -1;
        if (!firsts.all)
            loop_turn(watch->cluster->loop, 50 * NSEC_PER_MSEC);
    } while (!firsts.all && time_monotonic() < until);
    *at = firsts.last;
    return firsts.all ? 0 : err_set(err, "not every thing of " GRAPH " had a result within 60 s");
}

static int deploy(struct bench *bench, struct watch *watch, struct samples *ready, struct samples *first, struct err *err)
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
        samples_add(ready, (double)(watch->ready_at - began) / 1e9);
        samples_add(first, (double)(at - began) / 1e9);
    }
    return rc;
}

static int delete(struct watch *watch, struct samples *out, struct err *err)
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

/* Leaves the graph deployed. */
static int measure_deploy(struct bench *bench, struct cluster *cluster)
{
    struct watch watch;
    struct samples ready = {0}, first = {0}, gone = {0}, exec = {0};
    struct err err = ERR_INIT;
    watch_begin(&watch, cluster);
    int rc = 0;
    for (int i = 0; i < RUNS && rc == 0; i++) {
        samples_add(&exec, exec_thing(bench));
        rc = deploy(bench, &watch, &ready, &first, &err);
        if (rc == 0 && i + 1 < RUNS)
            rc = delete(&watch, &gone, &err);
    }
    if (rc < 0) {
        bench_missing(bench, "deploy of " GRAPH, &err);
    } else {
        const char *against = "exec of patchbay-thing --help";
        bench_figure(&(struct figure){.name = "deploy of " GRAPH ": from exec to every pod ready", .unit = "s",
                                      .samples = &ready, .aim = 3, .reference = against, .reference_samples = &exec});
        bench_figure(&(struct figure){.name = "  to every thing's first result", .unit = "s", .samples = &first, .aim = 4,
                                      .reference = against, .reference_samples = &exec});
        bench_figure(&(struct figure){.name = "  and its deletion, to the last pod's end", .unit = "s", .samples = &gone});
    }
    watch_end(&watch);
    samples_release(&ready);
    samples_release(&first);
    samples_release(&gone);
    samples_release(&exec);
    return rc;
}

/* What one process used in a while, in parts of a core. */
struct use {
    pid_t pid;
    int64_t cpu;
    struct samples share;
};

static void use_add(struct use *use, int64_t took)
{
    int64_t now = process_cpu(use->pid);
    if (took && now >= 0 && use->cpu >= 0)
        samples_add(&use->share, 100.0 * (double)(now - use->cpu) / (double)took);
    use->cpu = now;
}

/* Our own three requests a second, as the dashboard asks the three things: the least that it can use. */
static int ask_like_dashboard(struct watch *watch, struct samples *share, struct err *err)
{
    struct firsts firsts;
    int64_t before = process_cpu(getpid());
    const int seconds = 30;
    for (int i = 0; i < seconds; i++)
        if (ask_firsts(watch, &firsts, err) < 0)
            return -1;
    samples_add(share, 100.0 * (double)(process_cpu(getpid()) - before) / 1e9 / seconds);
    return 0;
}

struct cost {
    struct samples rss, pss, anon, waits, bytes, requests;
    struct use dashboard;
};

static int watch_dashboard(struct watch *watch, struct screen *screen, struct cost *cost, struct err *err)
{
    struct process_size size;
    cost->dashboard.pid = screen_pid(screen);
    screen_run(screen, SETTLE);
    if (process_size(cost->dashboard.pid, &size, err) < 0)
        return -1;
    uint64_t waits = size.waits;
    for (int i = 0; i < WINDOWS; i++) {
        size_t written = screen_written(screen);
        int64_t began = time_monotonic();
        use_add(&cost->dashboard, 0);
        screen_run(screen, WINDOW);
        int64_t took = time_monotonic() - began;
        use_add(&cost->dashboard, took);
        if (process_size(cost->dashboard.pid, &size, err) < 0)
            return -1;
        samples_add(&cost->rss, size.rss);
        samples_add(&cost->pss, size.pss);
        samples_add(&cost->anon, size.anon);
        samples_add(&cost->waits, (double)(size.waits - waits) / ((double)took / 1e9));
        samples_add(&cost->bytes, (double)(screen_written(screen) - written) / ((double)took / 1e9));
        waits = size.waits;
        if (ask_like_dashboard(watch, &cost->requests, err) < 0)
            return -1;
    }
    return 0;
}

static void print_cost(const struct cost *cost)
{
    bench_figure(&(struct figure){.name = "dashboard on " GRAPH ", Graph shown: processor", .unit = "%",
                                  .samples = &cost->dashboard.share, .aim = 1,
                                  .reference = "our own 3 requests a second", .reference_samples = &cost->requests});
    bench_figure(&(struct figure){.name = "  wakes", .unit = "/s", .samples = &cost->waits});
    bench_figure(&(struct figure){.name = "  writes to the terminal", .unit = "B/s", .samples = &cost->bytes});
    bench_figure(&(struct figure){.name = "  memory: VmRSS", .unit = "MiB", .samples = &cost->rss, .aim = 16});
    bench_figure(&(struct figure){.name = "  memory: Pss", .unit = "MiB", .samples = &cost->pss, .aim = 16});
    bench_figure(&(struct figure){.name = "  memory: of no file", .unit = "MiB", .samples = &cost->anon});
}

static void measure_dashboard(struct bench *bench, struct cluster *cluster)
{
    struct cost cost = {0};
    struct watch watch;
    struct err err = ERR_INIT;
    watch_begin(&watch, cluster);
    struct screen *screen = screen_start((const char *const[]){cluster->patchbay, "--kubeconfig", cluster->kubeconfig, NULL},
                                         NULL, 120, 40);
    int rc = cluster_wait(cluster, &watch.ready, PATIENCE, "ready pods of " GRAPH, &err);
    if (rc == 0 && !(screen_expect_text(screen, "GPU 3/4 free") && screen_expect_text(screen, "live") &&
                     screen_expect_text(screen, "fps")))
        rc = err_set(&err, "the Graph view did not show frames on the wires within 10 s");
    if (rc == 0)
        rc = watch_dashboard(&watch, screen, &cost, &err);
    if (rc < 0)
        bench_missing(bench, "the dashboard on " GRAPH, &err);
    else
        print_cost(&cost);
    screen_type(screen, "q");
    screen_expect_end(screen, &(int){0});
    screen_free(screen);
    watch_end(&watch);
    struct samples *all[] = {&cost.rss, &cost.pss, &cost.anon, &cost.waits, &cost.bytes, &cost.requests, &cost.dashboard.share};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        samples_release(all[i]);
}

void bench_lobby(struct bench *bench)
{
    struct err err = ERR_INIT;
    struct cluster *cluster = cluster_start(bench, &err);
    if (!cluster)
        bench_missing(bench, "the embedded cluster", &err);
    else if (measure_deploy(bench, cluster) == 0)
        measure_dashboard(bench, cluster);
    if (cluster)
        cluster_free(cluster);
}
