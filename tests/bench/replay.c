/* A night of 8 hours with 100,000 changes of 1,000 pods: how long it takes to open, and to jump in it until the screen is right.
 * Beside reading the file once: less would be the least without an index. */
#include <fcntl.h>

#include "app/app.h"
#include "app/playback.h"
#include "app/session.h"
#include "base/time.h"
#include "tests/bench/bench.h"
#include "ui/dashboard.h"

#define PODS 1000
#define CHANGES 100000
#define HOURS 8
#define JUMPS 15

static void add_pod(FILE *file, int number, int version)
{
    fprintf(file,
            "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"app-%03d-5b9f7c6d4-%04d\",\"namespace\":\"team-%02d\","
            "\"uid\":\"%08x-1111-4222-8333-000000000000\",\"resourceVersion\":\"%d\",\"creationTimestamp\":\"2026-11-30T10:00:00Z\","
            "\"labels\":{\"app\":\"app-%03d\",\"pod-template-hash\":\"5b9f7c6d4\"}},\"spec\":{\"nodeName\":\"node-%02d\",\"containers\":["
            "{\"name\":\"main\",\"image\":\"registry.example.com/platform/app-%03d:v1.2.3\",\"resources\":{\"requests\":{\"cpu\":\"100m\","
            "\"memory\":\"128Mi\"}}}]},\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.%d.%d\",\"conditions\":[{\"type\":\"Ready\",\"status\":"
            "\"%s\",\"lastTransitionTime\":\"2026-11-30T10:00:00Z\"},{\"type\":\"PodScheduled\",\"status\":\"True\",\"lastTransitionTime\":"
            "\"2026-11-30T10:00:00Z\"}],\"containerStatuses\":[{\"name\":\"main\",\"ready\":%s,\"started\":true,\"restartCount\":%d,"
            "\"state\":{\"running\":{\"startedAt\":\"2026-11-30T10:00:00Z\"}}}]}}",
            number / 4, number, number % 20, number, version, number / 4, number % 40, number / 4, number / 250, number % 250,
            version % 2 ? "True" : "False", version % 2 ? "true" : "false", version / PODS);
}

static int write_night(const char *path, struct err *err)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return err_set_errno(err, "cannot write '%s'", path);
    fputs("{\"recording\":1,\"started\":\"2026-12-01T00:00:00Z\",\"server\":\"https://test:6443\"}\n"
          "{\"t\":0,\"call\":1,\"get\":\"/api/v1/pods?limit=500\"}\n"
          "{\"t\":0.1,\"call\":1,\"status\":200,\"type\":\"application/json\"}\n"
          "{\"t\":0.1,\"call\":1,\"list\":{\"kind\":\"PodList\",\"rv\":\"1\",\"continue\":\"\"}}\n", file);
    for (int i = 0; i < PODS; i++) {
        fputs("{\"t\":0.1,\"call\":1,\"item\":", file);
        add_pod(file, i, 1);
        fputs("}\n", file);
    }
    fputs("{\"t\":0.1,\"call\":1,\"end\":\"done\"}\n{\"t\":0.1,\"call\":2,\"get\":\"/api/v1/pods?watch=1\"}\n"
          "{\"t\":0.1,\"call\":2,\"status\":200,\"type\":\"application/json\"}\n", file);
    for (int i = 0; i < CHANGES; i++) {
        fprintf(file, "{\"t\":%.6f,\"call\":2,\"event\":{\"type\":\"MODIFIED\",\"object\":", 1 + (double)i * HOURS * 3600 / CHANGES);
        add_pod(file, (int)((long)i * 7919 % PODS), i + 2);
        fputs("}}\n", file);
    }
    return fclose(file) == 0 ? 0 : err_set_errno(err, "cannot write '%s'", path);
}

static double ms_since(int64_t then)
{
    return (double)(time_monotonic() - then) / 1e6;
}

static double read_once(const char *path)
{
    static char bytes[1 << 16];
    int64_t then = time_monotonic();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, bytes, sizeof bytes) > 0)
        ;
    close(fd);
    return ms_since(then);
}

/* Until it is there and drawn. */
static double jump(struct app *app, struct dashboard *dash, double part)
{
    struct playback *playback = app->playback;
    int64_t then = time_monotonic();
    playback_to(playback, playback->from + (int64_t)(part * (double)(playback->to - playback->from)));
    while (playback->seeking)
        loop_turn(app->loop, -1);
    dashboard_draw(dash);
    return ms_since(then);
}

static int measure(const char *path, struct samples *opens, struct samples *reads, struct samples *jumps, struct err *err)
{
    struct options options = {0};
    struct app app;
    for (int i = 0; i < 3; i++) {
        samples_add(reads, read_once(path));
        app_init(&app, &options);
        int64_t then = time_monotonic();
        app.playback = playback_new(app.loop, path, err);
        if (!app.playback) {
            app_release(&app);
            return -1;
        }
        samples_add(opens, ms_since(then));
        if (i < 2) {
            app_begin(&app);
            app_release(&app);
        }
    }
    app.quiet = true;
    app_catalogue(&app);
    app_begin(&app);
    app.playback->clock.paused = true;
    struct session *session = session_new(&app, NULL, err);
    if (session) {
        struct dashboard *dash = dashboard_new(session_model(session), &(struct dashboard_options){.view = "pods"}, 120, 40);
        jump(&app, dash, 0.5);
        for (int i = 0; i < JUMPS; i++)
            samples_add(jumps, jump(&app, dash, i * 11 % JUMPS / (double)JUMPS));
        dashboard_free(dash);
        session_free(session);
    }
    app_release(&app);
    return session ? 0 : -1;
}

void bench_replay(struct bench *bench)
{
    struct samples opens = {0}, reads = {0}, jumps = {0};
    struct err err = ERR_INIT;
    char path[] = "/tmp/bench-replay-XXXXXX";
    int fd = mkstemp(path);
    close(fd);
    if (fd < 0 || write_night(path, &err) < 0 || measure(path, &opens, &reads, &jumps, &err) < 0) {
        bench_missing(bench, "a recording", &err);
    } else {
        bench_figure(&(struct figure){.name = "opening a recording of 8 h, 100,000 changes of 1,000 pods", .unit = "ms", .samples = &opens,
                                      .reference = "reading the file once", .reference_samples = &reads});
        bench_figure(&(struct figure){.name = "a jump in it, back or forth, until the screen is right", .unit = "ms", .samples = &jumps,
                                      .aim = 200, .reference = "reading the file once", .reference_samples = &reads});
        bench_figure(&(struct figure){.name = "… the slowest of 15", .unit = "ms", .samples = &jumps, .part = 1, .aim = 200});
    }
    unlink(path);
    samples_release(&opens);
    samples_release(&reads);
    samples_release(&jumps);
}
