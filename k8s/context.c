#include "k8s/context.h"

#include <strings.h>

#include "base/digest.h"
#include "k8s/plugin.h"
#include "net/url.h"

static int read_server(struct kube_context *context, const struct config_entry *cluster, struct err *err)
{
    const char *server = entry_text(cluster, "server", err);
    if (err_is_set(err))
        return -1;
    if (!server)
        return err_set(err, "no server is given");
    /* http even where a certificate authority is named: so does clientcmd, and no credentials go there */
    char *whole = strstr(server, "://") ? xstrdup(server) : xasprintf("http://%s", server);
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

static int check_proxy(const char *proxy, struct err *err)
{
    static const char *const schemes[] = {"http://", "https://", "socks5://"};
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
        if (strncasecmp(proxy, schemes[i], strlen(schemes[i])) == 0)
            return proxy[strlen(schemes[i])] ? 0 : err_set(err, "proxy-url names no host");
    return err_set(err, "proxy-url must begin with http://, https:// or socks5://");
}

static int read_cluster(struct kube_context *context, const struct config_entry *cluster, struct err *err)
{
    if (entry_pem(cluster, "certificate-authority", &context->ca_pem, &context->ca_file, err) < 0)
        return -1;
    context->insecure = entry_bool(cluster, "insecure-skip-tls-verify", err);
    context->no_compression = entry_bool(cluster, "disable-compression", err);
    context->server_name = xstrdup_or_null(entry_text(cluster, "tls-server-name", err));
    context->proxy_url = xstrdup_or_null(entry_text(cluster, "proxy-url", err));
    if (err_is_set(err))
        return -1;
    if (context->insecure && context->ca_pem)
        return err_set(err, "insecure-skip-tls-verify and a certificate authority are both given; one of them must go");
    if (context->proxy_url && check_proxy(context->proxy_url, err) < 0)
        return -1;
    return read_server(context, cluster, err);
}

/* The name of a header must be of RFC 7230's token characters; the others, and "%", are percent-encoded, as client-go
 * does and the API server undoes. */
static void add_extra(struct kube_context *context, const char *key, const char *value)
{
    struct buf line;
    buf_init(&line, PEM_MAX);
    buf_adds(&line, "Impersonate-Extra-");
    for (const char *p = key; *p; p++) {
        bool letter = (*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z');
        if (letter || strchr("!#$&'*+-.^_`|~", *p))
            buf_addc(&line, *p);
        else
            buf_addf(&line, "%%%02X", (unsigned char)*p);
    }
    buf_addf(&line, ": %s", value);
    strings_add(&context->as_extra, buf_take(&line));
    buf_release(&line);
}

int context_check_impersonation(const struct kube_context *context, struct err *err)
{
    if (!context->as && (context->as_uid || context->as_groups || context->as_extra))
        return err_set(err, "a group, a uid or more is to be acted as, but no user (--as, or 'as' in the kubeconfig)");
    bool one_line = !context->as || !strpbrk(context->as, "\r\n");
    one_line = one_line && (!context->as_uid || !strpbrk(context->as_uid, "\r\n"));
    for (size_t i = 0; context->as_groups && context->as_groups[i]; i++)
        one_line = one_line && !strpbrk(context->as_groups[i], "\r\n");
    for (size_t i = 0; context->as_extra && context->as_extra[i]; i++)
        one_line = one_line && !strpbrk(context->as_extra[i], "\r\n");
    return one_line ? 0 : err_set(err, "who is to be acted as holds a line break, which no request can carry");
}

static int read_impersonation(struct kube_context *context, const struct config_entry *user, struct err *err)
{
    context->as = xstrdup_or_null(entry_text(user, "as", err));
    context->as_uid = xstrdup_or_null(entry_text(user, "as-uid", err));
    context->as_groups = entry_strings(user, "as-groups", err);
    const struct yaml_node *extra = yaml_get(user->node, "as-user-extra");
    if (extra && extra->type != YAML_MAP && !yaml_is_null(extra))
        return err_set(err, "as-user-extra must be a map of lists (%s:%d)", user->file, extra->line);
    struct config_entry map = {extra, user->dir, user->file};
    for (const struct yaml_node *item = extra ? extra->child : NULL; item; item = item->next) {
        char **values = entry_strings(&map, item->key, err);
        for (size_t i = 0; values && values[i]; i++)
            add_extra(context, item->key, values[i]);
        strings_free(values);
    }
    return err_is_set(err) ? -1 : 0;
}

/* What a credential program is told about its cluster (clientauthentication's Cluster). */
static char *describe_cluster(const struct kube_context *context, const struct config_entry *cluster)
{
    struct err ignored = ERR_INIT;
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "server", entry_text(cluster, "server", &ignored));
    json_set_str(json, "tls-server-name", context->server_name);
    if (context->insecure)
        json_set_bool(json, "insecure-skip-tls-verify", true);
    if (context->ca_pem) {
        struct buf base64;
        buf_init(&base64, 2 * PEM_MAX);
        digest_base64(&base64, context->ca_pem, strlen(context->ca_pem));
        json_set_str(json, "certificate-authority-data", base64.data);
        buf_release(&base64);
    }
    json_set_str(json, "proxy-url", context->proxy_url);
    if (context->no_compression)
        json_set_bool(json, "disable-compression", true);
    const struct yaml_node *extensions = yaml_get(cluster->node, "extensions");
    for (const struct yaml_node *item = extensions ? extensions->child : NULL; item; item = item->next)
        if (str_eq(yaml_str(item, "name"), "client.authentication.k8s.io/exec") && yaml_get(item, "extension"))
            json_set(json, "config", yaml_to_json(yaml_get(item, "extension")));
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    json_print(&text, json);
    cJSON_Delete(json);
    char *out = buf_take(&text);
    buf_release(&text);
    return out;
}

static int read_plugin(struct kube_context *context, const struct config_entry *user,
                       const struct config_entry *cluster, struct err *err)
{
    const struct yaml_node *exec = yaml_get(user->node, "exec"), *provider = yaml_get(user->node, "auth-provider");
    if (provider && !yaml_is_null(provider))
        return err_set(err, "auth-provider is no longer part of Kubernetes; put a token, a tokenFile, a client "
                            "certificate or an exec program there");
    if (!exec || yaml_is_null(exec))
        return 0;
    if (exec->type != YAML_MAP)
        return err_set(err, "exec must be a map (%s:%d)", user->file, exec->line);
    context->plugin = plugin_read(&(struct config_entry){exec, user->dir, user->file}, err);
    if (!context->plugin)
        return -1;
    if (context->plugin->wants_cluster)
        context->plugin->cluster = describe_cluster(context, cluster);
    return 0;
}

static int read_user(struct kube_context *context, const struct config_entry *user, const struct config_entry *cluster,
                     struct err *err)
{
    if (entry_pem(user, "client-certificate", &context->cert_pem, &context->cert_file, err) < 0 ||
        entry_pem(user, "client-key", &context->key_pem, &context->key_file, err) < 0)
        return -1;
    if (!context->cert_pem != !context->key_pem)
        return err_set(err, context->cert_pem ? "client-certificate is given without client-key"
                                              : "client-key is given without client-certificate");
    context->token = xstrdup_or_null(entry_text(user, "token", err));
    context->token_file = entry_path(user, "tokenFile", err);
    context->username = xstrdup_or_null(entry_text(user, "username", err));
    context->password = xstrdup_or_null(entry_text(user, "password", err));
    if (err_is_set(err))
        return -1;
    if ((context->token || context->token_file) && (context->username || context->password))
        return err_set(err, "a token and a username with password are both given; one of them must go");
    if (context->token && strpbrk(context->token, "\r\n"))
        return err_set(err, "the token holds a line break, which no request can carry");
    if (read_impersonation(context, user, err) < 0 || context_check_impersonation(context, err) < 0)
        return -1;
    return read_plugin(context, user, cluster, err);
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
    else if (user && user->node && read_user(context, user, cluster, err) < 0)
        err_prefix(err, "context '%s', user '%s'", context->name, context->user);
}

struct kube_context *context_build(const char *name, const struct config_entry *entry, const struct map *clusters,
                                   const struct map *users)
{
    struct kube_context *context = xcalloc(1, sizeof *context);
    struct err err = ERR_INIT;
    const char *ns = entry_text(entry, "namespace", &err);
    context->name = xstrdup(name);
    context->cluster = xstrdup_or_null(entry_text(entry, "cluster", &err));
    context->user = xstrdup_or_null(entry_text(entry, "user", &err));
    context->ns = xstrdup(ns ? ns : "default");
    if (err_is_set(&err))
        err_prefix(&err, "context '%s'", name);
    else
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
    to->ca_file = xstrdup_or_null(from->ca_file);
    to->cert_file = xstrdup_or_null(from->cert_file);
    to->key_file = xstrdup_or_null(from->key_file);
    to->as = xstrdup_or_null(from->as);
    to->as_uid = xstrdup_or_null(from->as_uid);
    to->as_groups = strings_copy(from->as_groups);
    to->as_extra = strings_copy(from->as_extra);
    to->plugin = plugin_copy(from->plugin);
    to->insecure = from->insecure;
    to->no_compression = from->no_compression;
    to->fault = xstrdup_or_null(from->fault);
    return to;
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
    secret_free(context->key_pem);
    secret_free(context->token);
    free(context->token_file);
    free(context->server_name);
    free(context->proxy_url);
    free(context->username);
    secret_free(context->password);
    free(context->ca_file);
    free(context->cert_file);
    free(context->key_file);
    free(context->as);
    free(context->as_uid);
    strings_free(context->as_groups);
    strings_free(context->as_extra);
    plugin_free(context->plugin);
    free(context->fault);
    free(context);
}
