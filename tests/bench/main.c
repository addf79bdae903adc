/* The figures. bench [PART…]: some of them only. Exits 1 only when something could not be measured. */
#include <locale.h>
#include <signal.h>

#include "tests/bench/bench.h"

static const struct part {
    const char *name;
    void (*run)(struct bench *bench);
} parts[] = {
    {"draw", bench_draw},
    {"compose", bench_compose},
    {"intake", bench_intake},
    {"kinds", bench_kinds},
    {"replay", bench_replay},
    {"rows", bench_rows},
    {"nodes", bench_nodes},
    {"pods", bench_pods},
    {"why", bench_why},
    {"screen", bench_screen},
    {"picture", bench_picture},
    {"edge", bench_edge},
    {"lobby", bench_lobby},
    {"logs", bench_logs},
};

static bool known(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (str_eq(parts[i].name, name))
            return true;
    return false;
}

static bool wanted(const struct part *part, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (str_eq(argv[i], part->name))
            return true;
    return argc < 2;
}

int main(int argc, char **argv)
{
    struct bench bench = {.srcdir = TOP_SRCDIR, .builddir = TOP_BUILDDIR};
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i < argc; i++)
        if (!known(argv[i])) {
            fprintf(stderr, "bench: there is no part '%s'; there are:", argv[i]);
            for (size_t p = 0; p < ARRAY_SIZE(parts); p++)
                fprintf(stderr, " %s", parts[p].name);
            fputs("\n", stderr);
            return 2;
        }
    bench_head();
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (wanted(&parts[i], argc, argv))
            parts[i].run(&bench);
    return bench.missing ? 1 : 0;
}
