/* controllers: the parts behind edge_controllers_new, one struct each; all are fed by the store's listeners. */
#ifndef EDGE_CONTROLLERS_H
#define EDGE_CONTROLLERS_H

#include "edge/edge.h"

struct edge_deployments;
struct edge_deployments *edge_deployments_new(struct edge_store *store);
void edge_deployments_free(struct edge_deployments *deployments);

struct edge_replicasets;
struct edge_replicasets *edge_replicasets_new(struct edge_store *store);
void edge_replicasets_free(struct edge_replicasets *replicasets);

struct edge_endpoints;
struct edge_endpoints *edge_endpoints_new(struct edge_store *store);
void edge_endpoints_free(struct edge_endpoints *endpoints);

struct edge_scheduler;
struct edge_scheduler *edge_scheduler_new(struct edge_store *store);
void edge_scheduler_free(struct edge_scheduler *scheduler);

#endif
