/* The API server is killed, stays away, and comes back. */
#include <math.h>

#include "base/child.h"
#include "base/time.h"
#include "tests/bench/cluster/scale.h"

#define PATIENCE (120 * NSEC_PER_SEC)
#define LOOK (20 * NSEC_PER_MSEC)

struct away {
    struct samples noticed, fresh, lost;
};

static void on_end(void *data, int status)
{
    *(int *)data = status ? -1 : 1;
}

/* tests/cluster/part VERB apiserver */
static int part(const struct scale *scale, const char *verb, struct err *err)
{
    char *path = xasprintf("%s/tests/cluster/part", scale->bench.srcdir);
    struct child_options options = {
        .argv = (const char *const[]){path, verb, "apiserver", NULL}, .in = CHILD_NULL, .out = CHILD_NULL};
    int ended = 0;
    struct child *child = child_start(scale->cluster->loop, &options, on_end, &ended, err);
    while (child && !ended)
        loop_turn(scale->cluster->loop, NSEC_PER_SEC);
    free(path);
    return !child ? -1 : ended > 0 ? 0 : err_set(err, "tests/cluster/part %s apiserver failed", verb);
}

static int64_t await_server(const struct scale *scale)
{
    int64_t deadline = time_monotonic() + PATIENCE;
    do {
        struct err err = ERR_INIT;
        if (cluster_ask(scale->cluster, "GET", "/readyz", NULL, &err) == 0)
            return time_monotonic();
        usleep(LOOK / 1000);
    } while (time_monotonic() < deadline);
    return 0;
}

/* How long all pods are on the screen, up to `lasting`. */
static int64_t stay_whole(const struct shown *shown, struct screen *screen, int64_t lasting)
{
    int64_t began = time_monotonic();
    while (time_monotonic() - began < lasting && shown_until(screen, shown->full, 0))
        screen_run(screen, LOOK);
    return time_monotonic() - began;
}

static int go_away(const struct scale *scale, const struct shown *shown, struct away *away, struct err *err)
{
    static unsigned number = 900000;
    struct screen *screen = shown_whole(shown, scale, err);
    if (!screen)
        return -1;
    screen_run(screen, 3 * NSEC_PER_SEC);
    int64_t began = time_monotonic();
    int rc = part(scale, "kill", err);
    if (rc == 0 && str_eq(shown->name, "patchbay")) {
        int64_t noticed = shown_until(screen, "STALE", PATIENCE);
        samples_add(&away->noticed, noticed ? (double)(noticed - began) / 1e9 : INFINITY);
    }
    int64_t kept = stay_whole(shown, screen, scale->away);
    bool gone = kept < scale->away;
    if (part(scale, "start", err) < 0)
        rc = -1;
    int64_t back = await_server(scale);
    if (rc == 0 && !back)
        rc = err_set(err, "the API server did not come back");
    samples_add(&away->lost, gone ? (double)kept / 1e9 : 0);
    while (rc == 0 && !gone) {
        struct err refused = ERR_INIT; /* a server that is ready may still refuse to write */
        if (change_shown(scale, screen, number++, &refused) >= 0)
            break;
        if (time_monotonic() - back > PATIENCE)
            rc = err_set(err, "%s", refused.text);
    }
    if (rc == 0 && !gone)
        samples_add(&away->fresh, (double)(time_monotonic() - back) / 1e9);
    if (rc == 0 && !gone && !shown_until(screen, shown->full, PATIENCE))
        rc = err_set(err, "%s no longer shows all pods", shown->name);
    screen_free(screen);
    return rc;
}

static void print(const char *name, const struct away *away, int64_t lasting)
{
    char lost[80], noticed[80], fresh[80];
    snprintf(noticed, sizeof noticed, "  %s: the server is killed: STALE", name);
    snprintf(lost, sizeof lost, "  %s: rows gone, of %.0f s (0: never)", name, (double)lasting / 1e9);
    snprintf(fresh, sizeof fresh, "  %s: a change shown after the server is ready", name);
    if (away->noticed.count)
        bench_figure(&(struct figure){.name = noticed, .unit = "s", .samples = &away->noticed, .aim = 1});
    bench_figure(&(struct figure){.name = lost, .unit = "s", .samples = &away->lost});
    if (away->fresh.count)
        bench_figure(
            &(struct figure){.name = fresh, .unit = "s", .samples = &away->fresh, .aim = away->noticed.count ? 1 : 0});
}

static void measure(struct scale *scale, const struct shown *shown)
{
    struct away away = {0};
    struct err err = ERR_INIT;
    if (go_away(scale, shown, &away, &err) < 0)
        bench_missing(&scale->bench, "the server's absence", &err);
    else
        print(shown->name, &away, scale->away);
    samples_release(&away.noticed);
    samples_release(&away.fresh);
    samples_release(&away.lost);
}

void measure_away(struct scale *scale)
{
    struct shown shown;
    shown_patchbay(&shown, scale);
    measure(scale, &shown);
    if (scale->k9s) {
        shown_k9s(&shown, scale);
        measure(scale, &shown);
    }
}
