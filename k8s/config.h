/* config: kubeconfig files (clientcmd's rules) and what one context says about reaching a cluster. */
#ifndef K8S_CONFIG_H
#define K8S_CONFIG_H

#include "base/map.h"
#include "base/err.h"
#include "net/client.h"

struct kube_plugin;

struct kube_context {
    char *name, *cluster, *user, *ns; /* ns: "default" unless said */
    char *server;                     /* "https://127.0.0.1:6443" without a slash at the end */
    char *ca_pem, *cert_pem, *key_pem, *token, *token_file, *server_name, *proxy_url, *username, *password;
    char *ca_file, *cert_file, *key_file; /* where the PEM came from, when it was files */
    char *as, *as_uid;                    /* who to act as; NULL: oneself */
    char **as_groups;                     /* NULL-terminated, or NULL */
    char **as_extra;                      /* header lines, ready to be sent */
    struct kube_plugin *plugin;           /* a program that gives the credentials, or NULL */
    bool insecure, no_compression;
    char *fault; /* NULL: usable; else the sentence that says why it is not */
};

struct kube_config {
    char *current;
    struct kube_context **contexts; /* whole and valid, or with `fault` */
    size_t context_count;
};

/* explicit_path: --kubeconfig, or NULL for $KUBECONFIG, ~/.kube/config, in-cluster. */
struct kube_config *kube_config_load(const char *explicit_path, struct err *err);
void kube_config_free(struct kube_config *config);
/* The same, with the folder that a pod's service account is mounted in. */
struct kube_config *kube_config_load_from(const char *explicit_path, const char *service_account, struct err *err);
/* What --as, --as-uid and --as-group say goes before what the file says, in every context, as kubectl's flags do. NULL
 * (groups too: NULL-terminated): not said. */
void kube_config_impersonate(struct kube_config *config, const char *user, const char *uid, const char *const *groups);
/* name NULL: the current one. The error lists the contexts there are, or is the context's fault. */
const struct kube_context *kube_config_context(const struct kube_config *config, const char *name, struct err *err);
struct kube_context *kube_context_copy(const struct kube_context *context);
void kube_context_free(struct kube_context *context);

#endif
