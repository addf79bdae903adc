/* gpu_words: what GPUs are called, for how long they have been held for nothing, and what there is in all, in words. Pure. */
#ifndef OPS_GPU_WORDS_H
#define OPS_GPU_WORDS_H

#include "ops/devices.h"
#include "ops/gpu.h"
#include "ops/load.h"
#include "ops/metrics.h"
#include "ops/usage.h"

#define GPU_WORDS 160
#define GPU_IDLE_AFTER (10 * 60 * NSEC_PER_SEC) /* from then on a held GPU that does nothing is told of */

/* "NVIDIA-A100-SXM4-40GB", "MIG 1g.5gb of NVIDIA-A100-SXM4-40GB", "Tesla-T4-SHARED ×10" (each of its GPUs counts as ten),
 * "gpu.intel.com/i915" where the node does not say; resource NULL: "no GPU". */
void gpu_product(char out[GPU_WORDS], const struct node *node, const char *resource);
/* For how long a holder has made no use of its GPUs, as the exporter sees them (gpus may be NULL), else as long as frames have
 * neither come nor gone (traffic may be NULL). now: monotonic. 0: it makes use of them; -1: not known. */
int64_t gpu_idle(const struct dcgm_node *gpus, const struct pod *pod, const struct thing_traffic *traffic, int64_t now);

/* "nvidia.com/gpu: 4 cap, 3 alloc, 2 used, 1 free": of one that has a resource. */
void gpu_account_text(struct buf *out, const struct gpu_account *account);
/* " 97%  37.2/39.4Gi  71°C  388W  MIG 1g.5gb": what the exporter tells of it. */
void gpu_figures(struct buf *out, const struct dcgm_gpu *gpu);
/* "DRA 8 devices, 2 allocated, 6 free · GPUs 12 cap, 11 alloc, 9 used (1 idle), 2 free (1 unhealthy) · CPU 34% requested, 21% used · memory
 * 52% requested": all nodes on a line. What is not known is left out, and named at the end. devices and usage may be NULL. Of GPUs that are
 * simulated it says so. idle: how many of those that are used are held for nothing. */
void gpu_totals(struct buf *out, const struct gpu_ledger *gpus, struct device_ledger *devices, const struct load_ledger *load,
                const struct usage *usage, int idle);
/* Of a whole, in per cent; -1: there is none. */
int percent_of(int64_t part, int64_t whole);

#endif
