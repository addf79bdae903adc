#include "k8s/context.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "net/url.h"

/* The text at key, NULL when it is not given or empty. */
static const char *text_at(const struct config_entry *entry, const char *key)
{
    const char *text = entry->node ? yaml_str(entry->node, key) : NULL;
    return text && *text && !yaml_is_null(yaml_get(entry->node, key)) ? text : NULL;
}

static bool bool_at(const struct config_entry *entry, const char *key)
{
    bool value = false;
    return entry->node && yaml_bool(yaml_get(entry->node, key), &value) && value;
}

static char *resolve(const struct config_entry *entry, const char *path)
{
    return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", entry->dir, path);
}

/* PEM from KEY-data (base64) or from the file that KEY names. */
static int read_pem(const struct config_entry *entry, const char *key, char **out, struct err *err)
{
    char data_key[64];
    snprintf(data_key, sizeof data_key, "%s-data", key);
    const char *data = text_at(entry, data_key), *path = text_at(entry, key);
    if (data && path)
        return err_set(err, "%s and %s are both given; one of them must go", key, data_key);
    if (!data && !path)
        return 0;
    struct buf pem;
    buf_init(&pem, 1 << 20);
    int rc = 0;
    if (data && (digest_unbase64(&pem, data, strlen(data)) < 0 || pem.over)) {
        rc = err_set(err, "%s is not base64", data_key);
    } else if (path) {
        char *full = resolve(entry, path);
        rc = file_read(full, &pem, err);
        if (rc < 0)
            err_prefix(err, "%s", key);
        free(full);
    }
    if (rc == 0 && !strstr(pem.data, "-----BEGIN "))
        rc = err_set(err, "%s is no PEM text (it has no -----BEGIN line)", data ? data_key : key);
    if (rc == 0)
        *out = buf_take(&pem);
    buf_release(&pem);
    return rc;
}

static int read_server(struct kube_context *context, const struct config_entry *cluster, struct err *err)
{
    const char *server = text_at(cluster, "server");
    if (!server)
        return err_set(err, "no server is given");
    bool tls = context->ca_pem || context->insecure;
    char *whole = strstr(server, "://") ? xstrdup(server) : xasprintf("%s://%s", tls ? "https" : "http", server);
    while (str_ends(whole, "/"))
        whole[strlen(whole) - 1] = '\0';
    struct url url;
    if (url_parse(&url, whole, err) < 0) {
        free(whole);
        return err_prefix(err, "server");
    }
    bool http = str_eq(url.scheme, "http") || str_eq(url.scheme, "https"), credentials = url.credentials;
    url_release(&url);
    if (!http || credentials) {
        free(whole);
        return err_set(err, http ? "the server's URL must not hold a user or password"
                                 : "the server's URL must begin with https:// or http://");
    }
    context->server = whole;
    return 0;
}

static int read_cluster(struct kube_context *context, const struct config_entry *cluster, struct err *err)
{
    if (read_pem(cluster, "certificate-authority", &context->ca_pem, err) < 0)
        return -1;
    context->insecure = bool_at(cluster, "insecure-skip-tls-verify");
    if (context->insecure && context->ca_pem)
        return err_set(err, "insecure-skip-tls-verify and a certificate authority are both given; one of them must go");
    context->server_name = xstrdup_or_null(text_at(cluster, "tls-server-name"));
    context->proxy_url = xstrdup_or_null(text_at(cluster, "proxy-url"));
    return read_server(context, cluster, err);
}

/* Ways to log in that are programs or plug-ins. */
static int refuse_programs(const struct config_entry *user, struct err *err)
{
    const struct yaml_node *exec = yaml_get(user->node, "exec");
    if (exec && exec->type == YAML_MAP) {
        struct buf command;
        buf_init(&command, 256);
        const char *name = yaml_str(exec, "command");
        text_sanitise(&command, str_or_empty(name), strlen(str_or_empty(name)));
        err_set(err,
                "the credentials come from the program '%s' (exec), and patchbay does not run credential programs; "
                "put a token, a tokenFile or a client certificate there",
                command.data);
        buf_release(&command);
        return -1;
    }
    if (yaml_get(user->node, "auth-provider"))
        return err_set(err, "auth-provider is no longer part of Kubernetes; put a token, a tokenFile or a client "
                            "certificate there");
    const char *impersonate = text_at(user, "as");
    if (impersonate)
        return err_set(err, "it acts as '%s' (impersonation), which patchbay cannot do", impersonate);
    return 0;
}

static int read_user(struct kube_context *context, const struct config_entry *user, struct err *err)
{
    if (refuse_programs(user, err) < 0 || read_pem(user, "client-certificate", &context->cert_pem, err) < 0 ||
        read_pem(user, "client-key", &context->key_pem, err) < 0)
        return -1;
    if (!context->cert_pem != !context->key_pem)
        return err_set(err, context->cert_pem ? "client-certificate is given without client-key"
                                              : "client-key is given without client-certificate");
    context->token = xstrdup_or_null(text_at(user, "token"));
    const char *token_file = text_at(user, "tokenFile");
    context->token_file = token_file ? resolve(user, token_file) : NULL;
    context->username = xstrdup_or_null(text_at(user, "username"));
    context->password = xstrdup_or_null(text_at(user, "password"));
    if ((context->token || context->token_file) && (context->username || context->password))
        return err_set(err, "a token and a username with password are both given; one of them must go");
    return 0;
}

static void build(struct kube_context *context, const struct map *clusters, const struct map *users, struct err *err)
{
    const struct config_entry *cluster = context->cluster ? map_get(clusters, context->cluster) : NULL;
    const struct config_entry *user = context->user ? map_get(users, context->user) : NULL;
    if (!context->cluster)
        err_set(err, "context '%s' names no cluster", context->name);
    else if (!cluster)
        err_set(err, "context '%s' names the cluster '%s', which the kubeconfig does not have", context->name,
                context->cluster);
    else if (context->user && !user)
        err_set(err, "context '%s' names the user '%s', which the kubeconfig does not have", context->name,
                context->user);
    else if (read_cluster(context, cluster, err) < 0)
        err_prefix(err, "context '%s', cluster '%s'", context->name, context->cluster);
    else if (user && user->node && read_user(context, user, err) < 0)
        err_prefix(err, "context '%s', user '%s'", context->name, context->user);
}

struct kube_context *context_build(const char *name, const struct config_entry *entry, const struct map *clusters,
                                   const struct map *users)
{
    struct kube_context *context = xcalloc(1, sizeof *context);
    struct err err = ERR_INIT;
    const char *ns = text_at(entry, "namespace");
    context->name = xstrdup(name);
    context->cluster = xstrdup_or_null(text_at(entry, "cluster"));
    context->user = xstrdup_or_null(text_at(entry, "user"));
    context->ns = xstrdup(ns ? ns : "default");
    build(context, clusters, users, &err);
    if (err_is_set(&err))
        context->fault = xstrdup(err.text);
    return context;
}

struct kube_context *kube_context_copy(const struct kube_context *from)
{
    struct kube_context *to = xcalloc(1, sizeof *to);
    to->name = xstrdup_or_null(from->name);
    to->cluster = xstrdup_or_null(from->cluster);
    to->user = xstrdup_or_null(from->user);
    to->ns = xstrdup_or_null(from->ns);
    to->server = xstrdup_or_null(from->server);
    to->ca_pem = xstrdup_or_null(from->ca_pem);
    to->cert_pem = xstrdup_or_null(from->cert_pem);
    to->key_pem = xstrdup_or_null(from->key_pem);
    to->token = xstrdup_or_null(from->token);
    to->token_file = xstrdup_or_null(from->token_file);
    to->server_name = xstrdup_or_null(from->server_name);
    to->proxy_url = xstrdup_or_null(from->proxy_url);
    to->username = xstrdup_or_null(from->username);
    to->password = xstrdup_or_null(from->password);
    to->insecure = from->insecure;
    to->fault = xstrdup_or_null(from->fault);
    return to;
}

static void wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void kube_context_free(struct kube_context *context)
{
    if (!context)
        return;
    free(context->name);
    free(context->cluster);
    free(context->user);
    free(context->ns);
    free(context->server);
    free(context->ca_pem);
    free(context->cert_pem);
    wipe(context->key_pem);
    wipe(context->token);
    free(context->token_file);
    free(context->server_name);
    free(context->proxy_url);
    free(context->username);
    wipe(context->password);
    free(context->fault);
    free(context);
}
