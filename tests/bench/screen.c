/* From exec to the first complete screen, as a user at a terminal has it. */
#include "tests/screen/screen.h"

#include <sys/wait.h>

#include "base/time.h"
#include "tests/bench/bench.h"

#define RUNS 9

static double since(int64_t began)
{
    return (double)(time_monotonic() - began) / 1e6;
}

/* Until it ends by itself: a process on a terminal, and nothing else. */
static double time_of(const char *const *argv)
{
    int64_t began = time_monotonic();
    struct screen *screen = screen_start(argv, NULL, 120, 40);
    screen_expect_end(screen, &(int){0});
    double took = since(began);
    screen_free(screen);
    return took;
}

/* Complete: the GPUs are counted and the header says that what is seen is live. */
static int first_screen(const char *patchbay, struct samples *out, struct err *err)
{
    int64_t began = time_monotonic();
    struct screen *screen = screen_start((const char *const[]){patchbay, "--edge", NULL}, NULL, 120, 40);
    bool came = screen_expect_text(screen, "GPU 4/4 free") && screen_expect_text(screen, "live");
    if (came)
        samples_add(out, since(began));
    else
        err_set(err, "patchbay --edge did not show its GPUs and 'live' within 10 s");
    screen_type(screen, "q");
    if (came && !screen_expect_end(screen, &(int){0})) {
        err_set(err, "patchbay --edge did not end after 'q'");
        came = false;
    }
    screen_free(screen);
    return came ? 0 : -1;
}

void bench_screen(struct bench *bench)
{
    char *patchbay = bench_program(bench, "patchbay");
    struct samples is = {0}, version = {0}, none = {0};
    struct err err = ERR_INIT;
    for (int i = 0; i < RUNS && !err_is_set(&err); i++) {
        samples_add(&none, time_of((const char *const[]){"/bin/true", NULL}));
        samples_add(&version, time_of((const char *const[]){patchbay, "--version", NULL}));
        first_screen(patchbay, &is, &err);
    }
    bench_figure(&(struct figure){.name = "exec of /bin/true on a terminal", .unit = "ms", .samples = &none});
    bench_figure(&(struct figure){.name = "exec of patchbay --version",
                                  .unit = "ms",
                                  .samples = &version,
                                  .reference = "/bin/true",
                                  .reference_samples = &none});
    if (err_is_set(&err))
        bench_missing(bench, "patchbay --edge to the first complete screen", &err);
    else
        bench_figure(&(struct figure){.name = "patchbay --edge to the first complete screen",
                                      .unit = "ms",
                                      .samples = &is,
                                      .aim = 300,
                                      .reference = "patchbay --version",
                                      .reference_samples = &version});
    samples_release(&is);
    samples_release(&version);
    samples_release(&none);
    free(patchbay);
}
