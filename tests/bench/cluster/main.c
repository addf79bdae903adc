/* The figures on a real control plane that tests/cluster/up brought up; see run. */
#include <locale.h>
#include <signal.h>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "tests/bench/cluster/scale.h"

static int64_t number_of(const char *variable, int64_t otherwise)
{
    const char *text = getenv(variable);
    int64_t value;
    if (!text || !*text)
        return otherwise;
    if (text_int(text, &value) && value > 0)
        return value;
    fprintf(stderr, "bench-cluster: %s is '%s', which is no number above 0\n", variable, text);
    exit(2);
}

static bool wanted(const char *part)
{
    const char *parts = getenv("BENCH");
    return !parts || !*parts || strstr(parts, part);
}

static char *program_in(const char *folder, const char *name)
{
    char *path = xasprintf("%s/%s", folder, name);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static void measure(struct scale *scale, size_t pods)
{
    struct err err = ERR_INIT;
    size_t had;
    int64_t began = time_monotonic();
    scale->pods = pods;
    if (fill_count(scale, &had, &err) == 0 && pods < had)
        err_set(&err, "there are %zu already", had);
    if (err_is_set(&err) || fill(scale, had, &err) < 0) {
        char what[32];
        snprintf(what, sizeof what, "%zu pods", pods);
        bench_missing(&scale->bench, what, &err);
        return;
    }
    double load = 0;
    getloadavg(&load, 1);
    printf("\n%zu pods of %.1f KB (%.0f s to make them); load %.1f\n", pods, (double)scale->bytes / 1e3,
           (double)(time_monotonic() - began) / 1e9, load);
    fflush(stdout);
    if (wanted("start"))
        measure_start(scale);
    if (wanted("stay"))
        measure_stay(scale);
    if (wanted("away"))
        measure_away(scale);
}

static int open_cluster(struct scale *scale, struct err *err)
{
    const char *bin = getenv("PATCHBAY_CLUSTER_BIN");
    scale->folder = getenv("PATCHBAY_CLUSTER_DIR");
    scale->etcd = getenv("PATCHBAY_CLUSTER_ETCD");
    if (!bin || !scale->folder || !scale->etcd)
        return err_set(err, "there is no cluster: tests/bench/cluster/run brings one up");
    scale->kubectl = program_in(bin, "kubectl");
    scale->k9s = str_eq(getenv("K9S"), "no") ? NULL : program_in(bin, "k9s");
    scale->home = xasprintf("%s/bench", scale->folder);
    if (file_mkdirs(scale->home, 0700, err) < 0)
        return -1;
    char *kubeconfig = xasprintf("%s/kubeconfig", scale->folder);
    scale->cluster = bench_cluster_open(&scale->bench, kubeconfig, err);
    free(kubeconfig);
    return scale->cluster ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct scale scale = {.bench = {.srcdir = TOP_SRCDIR, .builddir = TOP_BUILDDIR}};
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    if (argc > 1 && str_eq(argv[1], "churn"))
        return churn_main(argc, argv);
    scale.rounds = (int)number_of("ROUNDS", 3);
    scale.minute = number_of("SECONDS_LOOKED", 60) * NSEC_PER_SEC;
    scale.away = number_of("SECONDS_AWAY", 60) * NSEC_PER_SEC;
    if (open_cluster(&scale, &err) < 0) {
        fprintf(stderr, "bench-cluster: %s\n", err.text);
        return 1;
    }
    bench_head();
    if (wanted("deploy"))
        measure_deploy(&scale);
    const char *sizes = getenv("PODS");
    bool pods = wanted("start") || wanted("stay") || wanted("away");
    for (const char *at = !pods ? "" : sizes && *sizes ? sizes : "1000 10000"; *at; at += strspn(at, " "))
        measure(&scale, (size_t)strtoul(at, (char **)(uintptr_t)&at, 10));
    cluster_free(scale.cluster);
    free(scale.kubectl);
    free(scale.k9s);
    free(scale.home);
    return scale.bench.missing ? 1 : 0;
}
