/* slices: each Endpoints again as an EndpointSlice, which is where newer clients look (kubectl describe service). */
#ifndef EDGE_SLICES_H
#define EDGE_SLICES_H

#include "edge/store.h"

struct edge_slices;
struct edge_slices *edge_slices_new(struct edge_store *store);
void edge_slices_free(struct edge_slices *slices);

#endif
