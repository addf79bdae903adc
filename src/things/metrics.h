/* metrics: what a thing says of itself, as Prometheus text.
 *
 * The names are a contract: the dashboard reads them (src/ops/metrics.h). Ages are -1 before the first frame. */
#ifndef THINGS_METRICS_H
#define THINGS_METRICS_H

#include "base/buf.h"

#define HISTOGRAM_BUCKETS 10 /* s, from 0.01 to 10; one more for what is slower */

struct histogram { /* zeros are an empty one */
    uint64_t counts[HISTOGRAM_BUCKETS + 1];
    double sum;
};

void histogram_add(struct histogram *h, double seconds);

/* "# HELP" and "# TYPE" of the samples that follow; type is "counter", "gauge" or "histogram". */
void metrics_family(struct buf *out, const char *name, const char *type, const char *help);
/* labels: name, value, name, value …, NULL. */
void metrics_sample(struct buf *out, const char *name, double value, const char *const *labels);
/* NAME_bucket, NAME_sum and NAME_count; at most 5 labels. */
void metrics_histogram(struct buf *out, const char *name, const struct histogram *h, const char *const *labels);
/* A family of one sample without labels. */
void metrics_single(struct buf *out, const char *name, const char *type, const char *help, double value);
/* process_resident_memory_bytes, process_cpu_seconds_total, process_start_time_seconds. */
void metrics_process(struct buf *out, int64_t started_wall);

#endif
