/* write: what the files that change objects share. */
#ifndef EDGE_WRITE_H
#define EDGE_WRITE_H

#include "edge/api.h"

/* The Scale of a workload (autoscaling/v1), the caller's. */
cJSON *edge_scale_of(const cJSON *object);
void edge_reply_scale(struct edge_req *r, int status, const cJSON *object);

/* After a write: an object on its way out that nothing holds any more goes. */
void edge_gc_released(struct edge_store *store, const struct edge_object *object);

/* propagation: "Background", "Foreground" or "Orphan". grace < 0: the object's own. Returns the object when it is still
 * there, on its way out, else NULL. */
const struct edge_object *edge_delete_with(struct edge_store *store, const struct edge_object *object,
                                           int64_t grace_seconds, const char *propagation);

#endif
