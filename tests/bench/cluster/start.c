/* From exec to the first row and to all of them, beside what curl takes for the same pages, thrown away. */
#include <signal.h>
#include <sys/resource.h>

#include "base/child.h"
#include "base/file.h"
#include "base/time.h"
#include "net/url.h"
#include "tests/bench/cluster/scale.h"

#define PAGE 500
#define PATIENCE (300 * NSEC_PER_SEC)

struct times {
    struct samples first, full, cpu;
};

static void add(struct times *times, int64_t began, int64_t first, int64_t full)
{
    samples_add(&times->first, (double)(first - began) / 1e9);
    samples_add(&times->full, (double)(full - began) / 1e9);
}

static void times_release(struct times *times)
{
    samples_release(&times->first);
    samples_release(&times->full);
    samples_release(&times->cpu);
}

/* On a terminal. */

static int start_shown(const struct shown *shown, const struct scale *scale, struct times *times, struct err *err)
{
    int64_t began = time_monotonic();
    struct screen *screen = shown_start(shown, scale);
    int64_t first = shown_until(screen, FIRST_POD, PATIENCE);
    int64_t full = first ? shown_until(screen, shown->full, PATIENCE) : 0;
    if (full) {
        add(times, began, first, full);
        samples_add(&times->cpu, (double)process_cpu(screen_pid(screen)) / 1e9);
    }
    screen_free(screen);
    return full ? 0 : err_set(err, "%s did not show %s", shown->name, first ? shown->full : FIRST_POD);
}

/* In a pipe. */

struct piped {
    bool over;
    int status;
    int64_t first, full;
};

static void on_end(void *data, int status)
{
    struct piped *piped = data;
    piped->over = true;
    piped->status = status;
    piped->full = time_monotonic();
}

static int64_t children_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NSEC_PER_SEC +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NSEC_PER_USEC;
}

static int start_piped(const struct scale *scale, const char *const *argv, struct times *times, struct err *err)
{
    struct child_options options = {.argv = argv, .in = CHILD_NULL, .out = CHILD_PIPE};
    struct piped piped = {0};
    char bytes[65536];
    int64_t began = time_monotonic(), cpu = children_cpu();
    struct child *child = child_start(scale->cluster->loop, &options, on_end, &piped, err);
    if (!child)
        return -1;
    int fd = child_out(child);
    while (!piped.over && time_monotonic() - began < PATIENCE) {
        struct pollfd out = {.fd = fd, .events = POLLIN};
        if (poll(&out, 1, 2) > 0 && read(fd, bytes, sizeof bytes) > 0 && !piped.first)
            piped.first = time_monotonic();
        loop_turn(scale->cluster->loop, 0);
    }
    close(fd);
    if (!piped.over) {
        child_kill(child, SIGKILL);
        child_forget(child);
    }
    if (!piped.over || piped.status)
        return err_set(err, "%s did not end well", argv[0]);
    add(times, began, piped.first ? piped.first : piped.full, piped.full);
    samples_add(&times->cpu, (double)(children_cpu() - cpu) / 1e9);
    return 0;
}

static int start_kubectl(const struct scale *scale, struct times *times, struct err *err)
{
    char *cache = xasprintf("--cache-dir=%s/kubectl", scale->home);
    char *config = xasprintf("--kubeconfig=%s", scale->cluster->kubeconfig);
    int rc =
        start_piped(scale, (const char *const[]){scale->kubectl, cache, config, "get", "pods", "-A", NULL}, times, err);
    free(cache);
    free(config);
    return rc;
}

/* The limit: what each page is called is known beforehand, so that one curl fetches them over one connection, one after
 * the other. */
static int write_curl_config(const struct scale *scale, const char *path, struct err *err)
{
    const struct kube_context *context = kube_client_context(scale->cluster->client);
    struct buf config, page;
    cJSON *list = NULL;
    int rc = 0;
    buf_init(&config, 4u << 20);
    buf_init(&page, 64u << 10);
    buf_addf(&config,
             "silent\nfail\ncacert = \"%s/ca.crt\"\nheader = \"@%s/admin.header\"\nuser-agent = \"patchbay-bench/1\"\n",
             scale->folder, scale->folder);
    do {
        buf_reset(&page);
        buf_addf(&page, "/api/v1/pods?limit=%d", PAGE);
        const char *next = json_str_or(list, "metadata.continue", "");
        if (*next) {
            buf_adds(&page, "&continue=");
            url_escape(&page, next);
        }
        buf_addf(&config, "url = \"%s%s\"\noutput = /dev/null\n", context->server, page.data);
        cJSON_Delete(list);
        list = cluster_get(scale->cluster, page.data, NULL, err);
        rc = list ? 0 : -1;
    } while (rc == 0 && *json_str_or(list, "metadata.continue", ""));
    cJSON_Delete(list);
    if (rc == 0)
        rc = file_save(path, config.data, config.len, 0600, err);
    buf_release(&config);
    buf_release(&page);
    return rc;
}

static int start_curl(const struct scale *scale, struct times *times, struct err *err)
{
    char *path = xasprintf("%s/curl", scale->home);
    int rc = write_curl_config(scale, path, err);
    if (rc == 0)
        rc = start_piped(scale, (const char *const[]){"curl", "--disable", "--config", path, NULL}, times, err);
    free(path);
    return rc;
}

static void print(const char *name, const struct times *times, const struct samples *limit, bool ours)
{
    char first[64], full[64], cpu[64];
    if (!times->full.count)
        return;
    snprintf(first, sizeof first, "  %s: the first pods", name);
    snprintf(full, sizeof full, "  %s: all pods", name);
    snprintf(cpu, sizeof cpu, "  %s: its processor time for that", name);
    if (limit)
        bench_figure(&(struct figure){.name = first, .unit = "s", .samples = &times->first, .aim = ours ? 0.3 : 0});
    bench_figure(&(struct figure){.name = full,
                                  .unit = "s",
                                  .samples = &times->full,
                                  .aim = ours ? 1.2 * samples_median(limit) : 0,
                                  .reference = limit ? "curl, the same pages" : NULL,
                                  .reference_samples = limit});
    bench_figure(&(struct figure){.name = cpu, .unit = "s", .samples = &times->cpu});
}

void measure_start(struct scale *scale)
{
    struct times curl = {0}, ours = {0}, kubectl = {0}, k9s = {0};
    struct shown patchbay, other;
    struct err err = ERR_INIT;
    shown_patchbay(&patchbay, scale);
    if (scale->k9s)
        shown_k9s(&other, scale);
    for (int i = 0; i < scale->rounds; i++) {
        start_curl(scale, &curl, &err);
        start_shown(&patchbay, scale, &ours, &err);
        if (scale->kubectl)
            start_kubectl(scale, &kubectl, &err);
        if (scale->k9s)
            start_shown(&other, scale, &k9s, &err);
    }
    if (err_is_set(&err))
        bench_missing(&scale->bench, "the time to all pods", &err);
    print("curl", &curl, NULL, false);
    print("patchbay", &ours, &curl.full, true);
    print("kubectl get pods -A", &kubectl, &curl.full, false);
    print("k9s", &k9s, &curl.full, false);
    times_release(&curl);
    times_release(&ours);
    times_release(&kubectl);
    times_release(&k9s);
}
