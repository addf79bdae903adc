/* metrics: what a thing says of itself, as Prometheus text.
 *
 * The names are a contract: the dashboard reads them (src/ops/metrics.h). Ages are -1 before the first frame. */
#ifndef THINGS_METRICS_H
#define THINGS_METRICS_H

#include "base/buf.h"

/* "# HELP" and "# TYPE" of the samples that follow; type is "counter" or "gauge". */
void metrics_family(struct buf *out, const char *name, const char *type, const char *help);
/* labels: name, value, name, value …, NULL. */
void metrics_sample(struct buf *out, const char *name, double value, const char *const *labels);
/* A family of one sample without labels. */
void metrics_single(struct buf *out, const char *name, const char *type, const char *help, double value);
/* process_resident_memory_bytes, process_cpu_seconds_total, process_start_time_seconds. */
void metrics_process(struct buf *out, int64_t started_wall);

#endif
