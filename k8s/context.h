/* context: from the maps of a kubeconfig to one context, whole and checked. */
#ifndef K8S_CONTEXT_H
#define K8S_CONTEXT_H

#include "k8s/config.h"
#include "k8s/entry.h"

/* clusters, users: name → struct config_entry *. Never NULL; what is wrong is in its fault. */
struct kube_context *context_build(const char *name, const struct config_entry *entry, const struct map *clusters,
                                   const struct map *users);

/* From the environment and the folder of a pod's service account (rest.InClusterConfig); NULL when this is no pod. */
struct kube_context *context_in_cluster(const char *service_account);
/* Groups, a uid or more without a user are a fault. */
int context_check_impersonation(const struct kube_context *context, struct err *err);

#endif
