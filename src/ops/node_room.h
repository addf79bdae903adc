/* node_room: why a node takes no pods, or only some: taints in words, a cordon, what it is full of. Pure. */
#ifndef OPS_NODE_ROOM_H
#define OPS_NODE_ROOM_H

#include "ops/gpu.h"
#include "ops/load.h"
#include "ops/status.h"

#define NODE_ROOM_LINES 24

struct node_room {
    struct {
        enum health health; /* HEALTH_BAD: it takes nothing; HEALTH_WARN: some only; HEALTH_UNKNOWN: said only */
        char text[300];
    } lines[NODE_ROOM_LINES]; /* the worst first */
    size_t count;
};

/* gpus: the node's accounts, load: of the node; either may be NULL. */
void node_room(struct node_room *out, const struct node *node, const struct gpu_account *gpus, const struct load *load);

#endif
