/* queue: the keys ("NS/NAME") a controller has to look at again: each once, at the end of the loop's turn. */
#ifndef EDGE_QUEUE_H
#define EDGE_QUEUE_H

#include "base/loop.h"
#include "base/map.h"

typedef void (*edge_queue_fn)(void *data, const char *ns, const char *name);

struct edge_queue {
    struct loop *loop;
    edge_queue_fn fn;
    void *data;
    struct map keys, later; /* later: key → struct later */
    struct loop_task task;
};

void edge_queue_init(struct edge_queue *queue, struct loop *loop, edge_queue_fn fn, void *data);
void edge_queue_release(struct edge_queue *queue);
void edge_queue_add(struct edge_queue *queue, const char *ns, const char *name);
/* Once more after this long; of two the earlier counts. */
void edge_queue_add_after(struct edge_queue *queue, const char *ns, const char *name, int64_t after);

#endif
