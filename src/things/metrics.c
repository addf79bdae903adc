#include "things/metrics.h"

#include <sys/resource.h>

void metrics_family(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_escaped(struct buf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '\\' || *s == '"')
            buf_addc(out, '\\');
        if (*s == '\n')
            buf_adds(out, "\\n");
        else
            buf_addc(out, *s);
    }
}

void metrics_sample(struct buf *out, const char *name, double value, const char *const *labels)
{
    buf_adds(out, name);
    for (size_t i = 0; labels && labels[i]; i += 2) {
        buf_addf(out, "%s%s=\"", i ? "," : "{", labels[i]);
        add_escaped(out, labels[i + 1]);
        buf_addc(out, '"');
    }
    /* 17 digits keep a point in time and a counter exact. */
    buf_addf(out, "%s %.17g\n", labels && labels[0] ? "}" : "", value);
}

static const char *const bounds[HISTOGRAM_BUCKETS + 1] = {"0.01", "0.025", "0.05", "0.1", "0.25", "0.5",
                                                          "1",    "2.5",   "5",    "10",  "+Inf"};

void histogram_add(struct histogram *h, double seconds)
{
    size_t i = 0;
    while (i < HISTOGRAM_BUCKETS && seconds > strtod(bounds[i], NULL))
        i++;
    h->counts[i]++;
    h->sum += seconds;
}

void metrics_histogram(struct buf *out, const char *name, const struct histogram *h, const char *const *labels)
{
    const char *all[13] = {NULL};
    char part[128];
    uint64_t count = 0;
    size_t n = 0;
    for (; labels && labels[n]; n++)
        if (n + 3 > ARRAY_SIZE(all) - 1)
            BUG("%s has too many labels", name);
        else
            all[n] = labels[n];
    snprintf(part, sizeof part, "%s_bucket", name);
    for (size_t i = 0; i <= HISTOGRAM_BUCKETS; i++) {
        count += h->counts[i];
        all[n] = "le";
        all[n + 1] = bounds[i];
        metrics_sample(out, part, (double)count, all);
    }
    snprintf(part, sizeof part, "%s_sum", name);
    metrics_sample(out, part, h->sum, labels);
    snprintf(part, sizeof part, "%s_count", name);
    metrics_sample(out, part, (double)count, labels);
}

void metrics_single(struct buf *out, const char *name, const char *type, const char *help, double value)
{
    metrics_family(out, name, type, help);
    metrics_sample(out, name, value, NULL);
}

static double resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long long total = 0, resident = 0;
    if (!f)
        return 0;
    char line[128];
    if (fgets(line, sizeof line, f)) {
        char *end;
        total = strtoll(line, &end, 10);
        resident = strtoll(end, NULL, 10);
    }
    fclose(f);
    return total > 0 ? (double)resident * (double)sysconf(_SC_PAGESIZE) : 0;
}

void metrics_process(struct buf *out, int64_t started_wall)
{
    struct rusage usage;
    double cpu = 0;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
              (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    metrics_single(out, "process_resident_memory_bytes", "gauge", "Memory of this process that is in RAM.",
                   resident_bytes());
    metrics_single(out, "process_cpu_seconds_total", "counter", "Processor time used, user and system.", cpu);
    metrics_single(out, "process_start_time_seconds", "gauge", "When this process started, seconds since 1970.",
                   (double)started_wall / 1e9);
}
