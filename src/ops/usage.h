/* usage: what is measured, beside what is asked for: the CPU and memory of nodes and pods, as metrics-server says
 * (metrics.k8s.io), and the GPUs of nodes, as a DCGM exporter says. What nobody says is not known, and never 0. Pure. */
#ifndef OPS_USAGE_H
#define OPS_USAGE_H

#include "base/json.h"
#include "base/map.h"
#include "k8s/kinds/pod.h"
#include "ops/dcgm.h"

enum usage_part { USAGE_NODES, USAGE_PODS, USAGE_GPUS, USAGE_PARTS };
#define USAGE_BIT(part) (1u << (part))

struct usage_amount {
    int64_t cpu_milli, memory; /* bytes; -1: not told */
};

struct usage {
    struct map amounts[USAGE_GPUS]; /* nodes by name, pods by "NAMESPACE/NAME" → struct usage_amount */
    struct map gpus;                /* node → struct dcgm_node */
    bool known[USAGE_PARTS];        /* there was an answer, and none has failed since for long */
    char why[USAGE_PARTS][256];     /* why it is not known; "" until that was asked */
};

void usage_release(struct usage *usage);
/* An answer of metrics.k8s.io: a NodeMetricsList (USAGE_NODES) or PodMetricsList (USAGE_PODS), all there are. */
void usage_read(struct usage *usage, enum usage_part part, const cJSON *list);
/* NULL: not known. usage may be NULL in all of these. */
const struct usage_amount *usage_of_node(const struct usage *usage, const char *node);
const struct usage_amount *usage_of(const struct usage *usage, const struct pod *pod);
const struct dcgm_node *usage_gpus(const struct usage *usage, const char *node);
/* The mean of the GPUs that are told of, in per cent; NAN: none. */
double usage_gpu_mean(const struct dcgm_node *node);

#endif
