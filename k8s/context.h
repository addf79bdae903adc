/* context: from the maps of a kubeconfig to one context, whole and checked. */
#ifndef K8S_CONTEXT_H
#define K8S_CONTEXT_H

#include "base/yaml.h"
#include "k8s/config.h"

struct config_entry {
    const struct yaml_node *node; /* may be NULL */
    const char *dir;              /* what its relative paths start from */
};

/* clusters, users: name → struct config_entry *. Never NULL; what is wrong is in its fault. */
struct kube_context *context_build(const char *name, const struct config_entry *entry, const struct map *clusters,
                                   const struct map *users);

#endif
