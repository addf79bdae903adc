/* node_text: a node for people who read it in a terminal: what it is, why it takes nothing, what it has, what its GPUs do, and the
 * pods on it. */
#ifndef APP_NODE_TEXT_H
#define APP_NODE_TEXT_H

#include "ops/devices.h"
#include "ops/gpu_words.h"

void node_text(struct buf *out, const struct node *node, const struct gpu_ledger *gpus, const struct load_ledger *load,
               const struct store *pods, struct device_ledger *devices, const struct usage *usage, int64_t now_wall);
/* The resources of a node with what is used of each: "nvidia.com/gpu 2/3 of 4". */
void node_resources_text(struct buf *out, const struct gpu_account *account);

#endif
