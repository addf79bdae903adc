/* seed: what a fresh cluster has: its namespaces and four nodes with a simulated GPU each. */
#ifndef EDGE_SEED_H
#define EDGE_SEED_H

#include "edge/edge.h"

#define EDGE_NODES 4
#define EDGE_GPU_PRODUCT "Simulated-GPU"

int edge_seed(struct edge_store *store, const struct edge_net *net, struct err *err);

/* The nodes' leases, renewed: kubectl describe node shows them. */
void edge_seed_renew(struct edge_store *store);

/* The kubeconfig for it, 0600, atomically. A file that is there and is not one of ours is left alone (-1). */
int edge_kubeconfig_save(const char *path, uint16_t port, const char *ca_pem, const char *token, struct err *err);

#endif
