#include "edge/controllers.h"

struct edge_controllers {
    struct edge_deployments *deployments;
    struct edge_replicasets *replicasets;
    struct edge_endpoints *endpoints;
    struct edge_scheduler *scheduler;
};

struct edge_controllers *edge_controllers_new(struct edge_store *store)
{
    struct edge_controllers *controllers = xcalloc(1, sizeof *controllers);
    controllers->deployments = edge_deployments_new(store);
    controllers->replicasets = edge_replicasets_new(store);
    controllers->scheduler = edge_scheduler_new(store);
    controllers->endpoints = edge_endpoints_new(store);
    return controllers;
}

void edge_controllers_free(struct edge_controllers *controllers)
{
    if (!controllers)
        return;
    edge_endpoints_free(controllers->endpoints);
    edge_scheduler_free(controllers->scheduler);
    edge_replicasets_free(controllers->replicasets);
    edge_deployments_free(controllers->deployments);
    free(controllers);
}
