/* What the dashboard costs while the sample graph runs and its view shows it. */
#include "base/time.h"
#include "tests/bench/lobby.h"

#define KEYS 20
#define SETTLE (5 * NSEC_PER_SEC)
#define WINDOWS 6 /* 30 s in all */
#define WINDOW (5 * NSEC_PER_SEC)

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
        if (watch_firsts(watch, &firsts, err) < 0)
            return -1;
    samples_add(share, 100.0 * (double)(process_cpu(getpid()) - before) / 1e9 / seconds);
    return 0;
}

/* From a key to the screen that it asks for, through the terminal. */
static double key_to_screen(struct screen *screen, const char *key, const char *then)
{
    int64_t began = time_monotonic();
    screen_type(screen, key);
    return screen_expect_text(screen, then) ? (double)(time_monotonic() - began) / 1e6 : -1;
}

/* Another view and back; and what a terminal's own echo takes. */
static int measure_keys(struct screen *screen, struct samples *keys, struct samples *echo, struct err *err)
{
    struct screen *cat = screen_start((const char *const[]){"/bin/cat", NULL}, NULL, 120, 40);
    double took = 0;
    for (int i = 0; i < KEYS && took >= 0; i++) {
        char text[2] = {(char)('a' + i), '\0'};
        samples_add(echo, key_to_screen(cat, text, text));
        took = key_to_screen(screen, i % 2 ? "1" : "4", i % 2 ? "o append" : "Enter logs");
        samples_add(keys, took);
    }
    screen_free(cat);
    return took < 0 ? err_set(err, "a key did not lead to its view within 10 s") : 0;
}

struct cost {
    struct samples keys, echo;
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
    bench_figure(&(struct figure){.name = "dashboard on " GRAPH ": from a key to another view",
                                  .unit = "ms",
                                  .samples = &cost->keys,
                                  .reference = "the echo of a key",
                                  .reference_samples = &cost->echo});
    bench_figure(&(struct figure){.name = "  processor, Graph shown",
                                  .unit = "%",
                                  .samples = &cost->dashboard.share,
                                  .aim = 1,
                                  .reference = "our own 3 requests a second",
                                  .reference_samples = &cost->requests});
    bench_figure(&(struct figure){.name = "  wakes", .unit = "/s", .samples = &cost->waits});
    bench_figure(&(struct figure){.name = "  writes to the terminal", .unit = "B/s", .samples = &cost->bytes});
    bench_figure(&(struct figure){.name = "  memory: VmRSS", .unit = "MiB", .samples = &cost->rss, .aim = 16});
    bench_figure(&(struct figure){.name = "  memory: Pss", .unit = "MiB", .samples = &cost->pss, .aim = 16});
    bench_figure(&(struct figure){.name = "  memory: of no file", .unit = "MiB", .samples = &cost->anon});
}

void measure_dashboard(struct bench *bench, struct cluster *cluster)
{
    struct cost cost = {0};
    struct watch watch;
    struct err err = ERR_INIT;
    watch_begin(&watch, cluster);
    struct screen *screen = screen_start(
        (const char *const[]){cluster->patchbay, "--kubeconfig", cluster->kubeconfig, NULL}, NULL, 120, 40);
    int rc = cluster_wait(cluster, &watch.ready, PATIENCE, "ready pods of " GRAPH, &err);
    if (rc == 0 && !(screen_expect_text(screen, "GPU 3/4 free") && screen_expect_text(screen, "live") &&
                     screen_expect_text(screen, "10/s")))
        rc = err_set(&err, "the Graph view did not show frames on the wires within 10 s");
    if (rc == 0)
        rc = measure_keys(screen, &cost.keys, &cost.echo, &err);
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
    struct samples *all[] = {&cost.keys,  &cost.echo,     &cost.rss,
                             &cost.pss,   &cost.anon,     &cost.waits,
                             &cost.bytes, &cost.requests, &cost.dashboard.share};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        samples_release(all[i]);
}
