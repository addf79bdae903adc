/* 100,000 pods as a server sends them (bytes → records → store → view → canvas, 120×40), in a process of its own: its first
 * page, keys while others change, filters of all rows, its memory, a minute in which nothing happens. Of processor time, on
 * a clock that is the benchmark's. */
#include <malloc.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/vclock.h"
#include "k8s/kinds/pod.h"
#include "k8s/splitter.h"
#include "tests/bench/bench.h"
#include "tests/bench/intake.h"
#include "tests/screen/scene.h"
#include "ui/dashboard.h"

#define W 120
#define H 40
#define MANY 100000
#define FEW INTAKE_PAGE
#define PIECE 16384
#define KEYS 400
#define PER_FRAME 50 /* changes between two frames, at 1,000 a second */
#define NOW INT64_C(1740825000000000000) /* half an hour after the pods were made */

static const char *const filters[] = {"zq", "app-0", "app-001 !team-07", "/app-(00|99)[0-9]-.*7$/", "!~^app-0",
                                      "status!=Running", "node=node-077", "restarts>1", "label=app=app-042", "age<20m"};

/* What the process says: one side writes it, the other reads it. */
struct told {
    double first[9], keys[KEYS], passes[ARRAY_SIZE(filters)], rss, idle[3];
};

struct world {
    struct vclock clock;
    struct loop *loop;
    struct scene *scene;
    struct dashboard *dash;
    struct buf page;
};

static double spent(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void on_item(void *data, const char *json, size_t len)
{
    struct world *w = data;
    struct err ignored = ERR_INIT;
    cJSON *object = json_parse(json, len, &ignored);
    store_put(model_store(&w->scene->model, SOURCE_PODS), record_new(&kind_pod, object));
    cJSON_Delete(object);
}

static void take_page(struct world *w)
{
    static const struct splitter_events events = {on_item, NULL};
    struct err ignored = ERR_INIT;
    struct splitter *s = splitter_new(SPLIT_LIST, &events, w);
    struct store *pods = model_store(&w->scene->model, SOURCE_PODS);
    splitter_skip(s, kind_pod.skip);
    for (size_t at = 0; at < w->page.len; at += PIECE) {
        store_batch_begin(pods);
        splitter_feed(s, w->page.data + at, MIN((size_t)PIECE, w->page.len - at), &ignored);
        store_batch_end(pods);
    }
    splitter_free(s);
}

static void open_world(struct world *w)
{
    *w = (struct world){0};
    vclock_init(&w->clock, NOW);
    w->loop = loop_new(&w->clock.ops);
    w->scene = scene_new(w->loop, "empty", NOW);
    free(w->scene->model.ns);
    w->scene->model.ns = NULL;
    buf_init(&w->page, 64u << 20);
    w->dash = dashboard_new(&w->scene->model, &(struct dashboard_options){.view = "pods"}, W, H);
    dashboard_draw(w->dash);
}

static void close_world(struct world *w)
{
    dashboard_free(w->dash);
    scene_free(w->scene);
    loop_free(w->loop);
    buf_release(&w->page);
}

static void type(struct world *w, const char *name)
{
    struct key key;
    key_parse(name, &key);
    dashboard_key(w->dash, &key);
    dashboard_draw(w->dash);
}

/* All of it is there at once, which is worse than as it comes. */
static double first_page(void)
{
    struct world w;
    open_world(&w);
    intake_page(&w.page, 0);
    double then = spent();
    take_page(&w);
    dashboard_draw(w.dash);
    double took = spent() - then;
    close_world(&w);
    return took;
}

/* The changes that came since the last frame are taken in first: the key waits for them. */
static void keys(struct world *w, double *out, int pods)
{
    static const char *const pressed[] = {"j", "PgDn", "G", "k", "g", "PgUp"};
    static int version = 9000000;
    for (int i = 0; i < KEYS; i++) {
        buf_reset(&w->page);
        buf_adds(&w->page, "{\"items\":[");
        for (int c = 0; c < PER_FRAME; c++) {
            buf_adds(&w->page, c ? "," : "");
            intake_pod(&w->page, rand() % pods, ++version);
        }
        buf_adds(&w->page, "]}");
        double then = spent();
        take_page(w);
        type(w, pressed[i % (int)ARRAY_SIZE(pressed)]);
        out[i] = spent() - then;
    }
}

static double filter(struct world *w, const char *text)
{
    dashboard_filter(w->dash, NULL);
    dashboard_draw(w->dash);
    double then = spent();
    dashboard_filter(w->dash, text);
    dashboard_draw(w->dash);
    return spent() - then;
}

static double idle_minute(struct world *w)
{
    double then = spent();
    vclock_run(&w->clock, w->loop, 60 * NSEC_PER_SEC);
    return (spent() - then) / 1e3;
}

static void measure(struct told *out, int pods)
{
    struct world w;
    struct process_size size;
    struct err err = ERR_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(out->first); i++)
        out->first[i] = first_page();
    open_world(&w);
    for (int page = 0; page < pods / INTAKE_PAGE; page++) {
        intake_page(&w.page, page);
        take_page(&w);
    }
    dashboard_draw(w.dash);
    buf_release(&w.page); /* the text of a page is no part of what is kept */
    buf_init(&w.page, 64u << 20);
    malloc_trim(0);
    if (process_size(getpid(), &size, &err) == 0)
        out->rss = size.rss;
    keys(&w, out->keys, pods);
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
        out->passes[i] = filter(&w, filters[i]);
    dashboard_filter(w.dash, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(out->idle); i++)
        out->idle[i] = idle_minute(&w);
    close_world(&w);
}

static bool measured(struct told *out, int pods)
{
    int ends[2], status = 1;
    if (pipe(ends) < 0)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        measure(out, pods);
        bool all = write(ends[1], out, sizeof *out) == (ssize_t)sizeof *out;
        _exit(all ? 0 : 1);
    }
    close(ends[1]);
    size_t have = 0;
    ssize_t n = 1;
    while (pid > 0 && n > 0 && have < sizeof *out) {
        n = read(ends[0], (char *)out + have, sizeof *out - have);
        have += n > 0 ? (size_t)n : 0;
    }
    close(ends[0]);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 && have == sizeof *out;
}

static void tell(const char *name, const char *unit, double part, double aim, const double *many, const double *few, size_t count)
{
    struct samples a = {0}, b = {0};
    for (size_t i = 0; i < count; i++) {
        samples_add(&a, many[i]);
        samples_add(&b, few[i]);
    }
    bench_figure(&(struct figure){.name = name, .unit = unit, .samples = &a, .part = part, .aim = aim,
                                  .reference = "500 pods", .reference_samples = &b});
    samples_release(&a);
    samples_release(&b);
}

void bench_pods(struct bench *bench)
{
    struct told *many = xcalloc(1, sizeof *many), *few = xcalloc(1, sizeof *few);
    struct err err = ERR_INIT;
    if (measured(few, FEW) && measured(many, MANY)) {
        tell("100,000 pods: first page on the screen", "ms", 0, 50, many->first, few->first, ARRAY_SIZE(many->first));
        tell("  key to frame, 1,000 changes/s, p99", "ms", 0.99, 8, many->keys, few->keys, KEYS);
        tell("  a filter of all rows, the slowest", "ms", 1, 30, many->passes, few->passes, ARRAY_SIZE(filters));
        for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
            char name[64];
            snprintf(name, sizeof name, "    %s", filters[i]);
            tell(name, "ms", 0, 30, &many->passes[i], &few->passes[i], 1);
        }
        tell("  memory of the process (RSS)", "MiB", 0, 100e6 / (1 << 20), &many->rss, &few->rss, 1);
        tell("  processor of an idle minute", "s", 0, 0.05, many->idle, few->idle, ARRAY_SIZE(many->idle));
    } else {
        err_set(&err, "the process that measures ended");
        bench_missing(bench, "100,000 pods", &err);
    }
    free(many);
    free(few);
}
