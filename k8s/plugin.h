/* plugin: what a kubeconfig says about a credential program (exec plugin, client.authentication.k8s.io v1 and v1beta1;
 * client-go's plugin/pkg/client/auth/exec is the model). Running it is plugin_run's. */
#ifndef K8S_PLUGIN_H
#define K8S_PLUGIN_H

#include "k8s/entry.h"

enum plugin_mode { PLUGIN_NEVER, PLUGIN_IF_AVAILABLE, PLUGIN_ALWAYS };

struct kube_plugin {
    char *command; /* a path when it has a slash, else looked up in $PATH */
    char **args;   /* without the command */
    char **env;    /* "NAME=VALUE", over our own */
    char *api;     /* "client.authentication.k8s.io/v1" */
    char *hint;    /* how to install it; NULL: not said */
    char *cluster; /* JSON for spec.cluster; NULL: it is not told about the cluster */
    enum plugin_mode mode;
    bool wants_cluster;
};

/* NULL and the error: it could not be run. */
struct kube_plugin *plugin_read(const struct config_entry *exec, struct err *err);
struct kube_plugin *plugin_copy(const struct kube_plugin *plugin); /* NULL gives NULL */
void plugin_free(struct kube_plugin *plugin);

#endif
