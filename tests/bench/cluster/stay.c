/* What a program takes that shows all pods and goes on: memory, an idle minute, one with 50 changes a second, keys, and
 * how soon a change is on the screen. */
#include "base/digest.h"
#include "base/time.h"
#include "tests/bench/cluster/scale.h"

#define RATE 50 /* changes a second */
#define KEYS 200
#define CHANGES 60
#define PAUSE (30 * NSEC_PER_MSEC) /* between keys */

struct stay {
    struct samples settled, peak, idle, idle_switches, idle_bytes, busy, busy_switches, busy_rss, keys, busy_keys,
        shown;
    double rate;
};

/* A minute's worth of a stretch. */
static int look(const struct scale *scale, struct screen *screen, struct samples *cpu, struct samples *switches,
                struct samples *bytes, struct err *err)
{
    struct process_size before, after;
    pid_t pid = screen_pid(screen);
    double parts = (double)scale->minute / (60.0 * NSEC_PER_SEC);
    size_t written = screen_written(screen);
    int64_t spent = process_cpu(pid);
    if (process_size(pid, &before, err) < 0)
        return -1;
    screen_run(screen, scale->minute);
    if (process_size(pid, &after, err) < 0)
        return -1;
    samples_add(cpu, (double)(process_cpu(pid) - spent) / 1e9 / parts);
    samples_add(switches, (double)(after.switches - before.switches) / parts);
    if (bytes)
        samples_add(bytes, (double)(screen_written(screen) - written) / parts);
    return 0;
}

/* From a key to the bytes that answer it. */
static int press(struct screen *screen, struct samples *keys, struct err *err)
{
    for (int i = 0; i < KEYS; i++) {
        screen_run(screen, PAUSE);
        int64_t began = time_monotonic();
        screen_type(screen, i / 20 % 2 ? "k" : "j");
        if (!screen_wait(screen, 10 * NSEC_PER_SEC))
            return err_set(err, "a key was not answered within 10 s");
        samples_add(keys, (double)(time_monotonic() - began) / 1e6);
    }
    return 0;
}

static int be_busy(const struct scale *scale, struct screen *screen, struct stay *stay, struct err *err)
{
    struct process_size size;
    struct churn *churn = churn_start(scale, RATE, scale->minute, err);
    if (!churn)
        return -1;
    int rc = look(scale, screen, &stay->busy, &stay->busy_switches, NULL, err);
    stay->rate = churn_end(churn);
    if (rc == 0 && (rc = process_size(screen_pid(screen), &size, err)) == 0)
        samples_add(&stay->busy_rss, size.rss);
    churn = rc == 0 ? churn_start(scale, RATE, 10 * NSEC_PER_SEC, err) : NULL;
    if (churn) {
        rc = press(screen, &stay->busy_keys, err);
        churn_end(churn);
    }
    return churn ? rc : -1;
}

static int measure(const struct scale *scale, struct screen *screen, struct stay *stay, struct err *err)
{
    struct process_size size;
    screen_run(screen, scale->minute);
    int rc = process_size(screen_pid(screen), &size, err);
    samples_add(&stay->settled, size.rss);
    samples_add(&stay->peak, size.peak);
    if (rc == 0)
        rc = look(scale, screen, &stay->idle, &stay->idle_switches, &stay->idle_bytes, err);
    for (unsigned i = 0; rc == 0 && i < CHANGES; i++) {
        uint32_t random;
        digest_random(&random, sizeof random); /* not in step with anybody's beat */
        screen_run(screen, (50 + random % 200) * NSEC_PER_MSEC);
        int64_t took = change_shown(scale, screen, i, err);
        rc = took < 0 ? -1 : 0;
        samples_add(&stay->shown, (double)took / 1e6);
    }
    if (rc == 0)
        rc = press(screen, &stay->keys, err);
    if (rc == 0)
        rc = be_busy(scale, screen, stay, err);
    return rc;
}

static void line(const char *name, const char *what, const char *unit, const struct samples *samples, double part,
                 double aim, const struct samples *against)
{
    char *text = xasprintf("  %s: %s", name, what);
    bench_figure(&(struct figure){.name = text,
                                  .unit = unit,
                                  .samples = samples,
                                  .part = part,
                                  .aim = aim,
                                  .reference = against ? "patchbay" : NULL,
                                  .reference_samples = against});
    free(text);
}

static double memory_aim(size_t pods)
{
    return pods <= 10000 ? 20 : 12.5 + 7.5 * (double)pods / 1e4; /* 50 for 50,000 */
}

static void print(const char *name, const struct scale *scale, const struct stay *s, const struct stay *to)
{
    bool ours = s == to;
    char busy[64];
    snprintf(busy, sizeof busy, "one with %.0f changes a second", s->rate);
#define TO(what) (ours ? NULL : &to->what)
    line(name, "VmRSS, settled", "MiB", &s->settled, 0, ours ? memory_aim(scale->pods) : 0, TO(settled));
    line(name, "VmHWM", "MiB", &s->peak, 0, 0, TO(peak));
    line(name, "an idle minute", "CPU s", &s->idle, 0, ours ? 0.05 : 0, TO(idle));
    line(name, "… context switches", "", &s->idle_switches, 0, 0, TO(idle_switches));
    line(name, "… bytes to the terminal", "B", &s->idle_bytes, 0, 0, TO(idle_bytes));
    line(name, busy, "CPU s", &s->busy, 0, 0, TO(busy));
    line(name, "… context switches", "", &s->busy_switches, 0, 0, TO(busy_switches));
    line(name, "… VmRSS after it", "MiB", &s->busy_rss, 0, 0, TO(busy_rss));
    line(name, "a key answered, p50", "ms", &s->keys, 0, 0, TO(keys));
    line(name, "a key answered, p99", "ms", &s->keys, 0.99, 0, NULL);
    line(name, "… among the changes, p99", "ms", &s->busy_keys, 0.99, 0, NULL);
    line(name, "a change on the screen, p50", "ms", &s->shown, 0, ours ? 50 : 0, TO(shown));
    line(name, "a change on the screen, p99", "ms", &s->shown, 0.99, ours ? 50 : 0, NULL);
#undef TO
}

static void stay_release(struct stay *s)
{
    struct samples *all[] = {&s->settled,       &s->peak,     &s->idle, &s->idle_switches, &s->idle_bytes, &s->busy,
                             &s->busy_switches, &s->busy_rss, &s->keys, &s->busy_keys,     &s->shown};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        samples_release(all[i]);
}

static bool stay_with(struct scale *scale, const struct shown *shown, struct stay *stay)
{
    struct err err = ERR_INIT;
    struct screen *screen = shown_whole(shown, scale, &err);
    bool good = screen && measure(scale, screen, stay, &err) == 0;
    if (!good)
        bench_missing(&scale->bench, shown->name, &err);
    if (screen)
        screen_free(screen);
    return good;
}

void measure_stay(struct scale *scale)
{
    struct stay ours = {0}, theirs = {0};
    struct shown patchbay, k9s;
    shown_patchbay(&patchbay, scale);
    shown_k9s(&k9s, scale);
    if (stay_with(scale, &patchbay, &ours)) {
        print("patchbay", scale, &ours, &ours);
        if (scale->k9s && stay_with(scale, &k9s, &theirs))
            print("k9s", scale, &theirs, &ours);
    }
    stay_release(&ours);
    stay_release(&theirs);
}
