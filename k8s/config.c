#include "k8s/config.h"

#include "base/file.h"
#include "k8s/context.h"
#include "net/url.h"

#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

/* A file of the list. Relative paths in it are meant from where it lies. */
struct source {
    char *dir;
    struct yaml_doc *doc;
};

struct loader {
    struct source *sources;
    size_t count, cap;
    struct map clusters, users, contexts; /* name → struct config_entry *; the first file with a name wins whole */
    const char *current;
};

static void loader_release(struct loader *loader)
{
    for (size_t i = 0; i < loader->count; i++) {
        free(loader->sources[i].dir);
        yaml_doc_free(loader->sources[i].doc);
    }
    free(loader->sources);
    map_release(&loader->clusters, free);
    map_release(&loader->users, free);
    map_release(&loader->contexts, free);
}

static void collect(struct map *into, const struct yaml_node *list, const char *key, const char *dir)
{
    if (!list || list->type != YAML_SEQ)
        return;
    for (const struct yaml_node *item = list->child; item; item = item->next) {
        const char *name = yaml_str(item, "name");
        if (!name || map_has(into, name))
            continue;
        struct config_entry *entry = xmalloc(sizeof *entry);
        *entry = (struct config_entry){yaml_get(item, key), dir};
        map_put(into, name, entry);
    }
}

static char *dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? xstrdup(".") : slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

static int load_file(struct loader *loader, const char *path, struct err *err)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    if (file_read(path, &text, err) < 0) {
        buf_release(&text);
        return err_prefix(err, "kubeconfig");
    }
    struct yaml_fault fault = {0};
    struct yaml_doc *doc = yaml_parse(text.data, text.len, &fault);
    buf_release(&text);
    if (!doc && err_is_set(&fault.why))
        return err_set(err, "kubeconfig %s:%d:%d: %s", path, fault.line, fault.column, fault.why.text);
    GROW(loader->sources, loader->count, loader->cap);
    struct source *source = &loader->sources[loader->count++];
    *source = (struct source){dir_of(path), doc};
    const struct yaml_node *root = doc ? doc->root : NULL;
    if (!root || yaml_is_null(root))
        return 0; /* an empty file is an empty configuration */
    const char *kind = yaml_str(root, "kind");
    if (root->type != YAML_MAP || (kind && strcmp(kind, "Config") != 0))
        return err_set(err, "%s is no kubeconfig: its kind is not Config", path);
    collect(&loader->clusters, yaml_get(root, "clusters"), "cluster", source->dir);
    collect(&loader->users, yaml_get(root, "users"), "user", source->dir);
    collect(&loader->contexts, yaml_get(root, "contexts"), "context", source->dir);
    const char *current = yaml_str(root, "current-context");
    if (!loader->current && current && *current)
        loader->current = current;
    return 0;
}

/* A list of files as in $KUBECONFIG: those that are not there are passed over, the same one twice is read once. */
static int load_list(struct loader *loader, const char *list, struct err *err)
{
    struct map seen = MAP_INIT;
    int rc = 0;
    while (*list && rc == 0) {
        size_t len = strcspn(list, ":");
        char *path = xstrndup(list, len);
        list += len + (list[len] == ':');
        if (*path && !map_has(&seen, path) && file_exists(path)) {
            map_put(&seen, path, loader);
            rc = load_file(loader, path, err);
        }
        free(path);
    }
    map_release(&seen, NULL);
    return rc;
}

static struct kube_context *in_cluster(void)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    if (!host || !*host || !port || !*port || !file_exists(SERVICE_ACCOUNT "/token"))
        return NULL;
    struct kube_context *context = xcalloc(1, sizeof *context);
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, 1 << 20);
    context->name = xstrdup("in-cluster");
    context->cluster = xstrdup("in-cluster");
    context->user = xstrdup("in-cluster");
    context->server = xasprintf(strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
    context->token_file = xstrdup(SERVICE_ACCOUNT "/token");
    if (file_read(SERVICE_ACCOUNT "/ca.crt", &text, &err) == 0)
        context->ca_pem = buf_take(&text);
    else
        context->fault = xasprintf("in-cluster: %s", err.text);
    buf_reset(&text);
    if (file_read(SERVICE_ACCOUNT "/namespace", &text, &err) == 0 && text.len)
        context->ns = xstrndup(text.data, strcspn(text.data, "\r\n "));
    else
        context->ns = xstrdup("default");
    buf_release(&text);
    return context;
}

static void add(struct kube_config *config, struct kube_context *context)
{
    config->contexts = xreallocarray(config->contexts, config->context_count + 1, sizeof(struct kube_context *));
    config->contexts[config->context_count++] = context;
}

static int load(struct loader *loader, const char *explicit_path, struct err *err)
{
    if (explicit_path)
        return load_file(loader, explicit_path, err);
    const char *list = getenv("KUBECONFIG");
    if (list && *list)
        return load_list(loader, list, err);
    const char *home = getenv("HOME");
    if (!home || !*home)
        return 0;
    char *path = xasprintf("%s/.kube/config", home);
    int rc = file_exists(path) ? load_file(loader, path, err) : 0;
    free(path);
    return rc;
}

static int no_config(struct err *err)
{
    const char *list = getenv("KUBECONFIG");
    if (list && *list)
        return err_set(err,
                       "no kubeconfig: none of the files that $KUBECONFIG names is there (%s); name one with "
                       "--kubeconfig, or use --edge for the embedded cluster",
                       list);
    return err_set(err, "no kubeconfig: ~/.kube/config is not there and $KUBECONFIG is not set; name one with "
                        "--kubeconfig, or use --edge for the embedded cluster");
}

struct kube_config *kube_config_load(const char *explicit_path, struct err *err)
{
    struct loader loader = {0};
    struct kube_config *config = NULL;
    if (load(&loader, explicit_path, err) == 0) {
        config = xcalloc(1, sizeof *config);
        for (struct map_entry *e = map_first(&loader.contexts); e; e = map_next(&loader.contexts, e))
            add(config, context_build(e->key, e->value, &loader.clusters, &loader.users));
        if (loader.current)
            config->current = xstrdup(loader.current);
        struct kube_context *own = !explicit_path && !loader.contexts.count ? in_cluster() : NULL;
        if (own) {
            add(config, own);
            config->current = config->current ? config->current : xstrdup(own->name);
        }
        if (!config->context_count && !loader.count) {
            kube_config_free(config);
            config = NULL;
            no_config(err);
        }
    }
    loader_release(&loader);
    return config;
}

void kube_config_free(struct kube_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->context_count; i++)
        kube_context_free(config->contexts[i]);
    free(config->contexts);
    free(config->current);
    free(config);
}

static void list_names(struct buf *out, const struct kube_config *config)
{
    for (size_t i = 0; i < config->context_count; i++)
        if (buf_addf(out, "%s%s", i ? ", " : "", config->contexts[i]->name) < 0) {
            buf_adds(out, " …");
            break;
        }
}

const struct kube_context *kube_config_context(const struct kube_config *config, const char *name, struct err *err)
{
    const char *wanted = name ? name : config->current;
    for (size_t i = 0; i < config->context_count && wanted; i++) {
        if (strcmp(config->contexts[i]->name, wanted) != 0)
            continue;
        if (config->contexts[i]->fault) {
            err_set(err, "%s", config->contexts[i]->fault);
            return NULL;
        }
        return config->contexts[i];
    }
    struct buf names;
    buf_init(&names, 512);
    list_names(&names, config);
    if (!config->context_count)
        err_set(err, "the kubeconfig has no contexts");
    else if (wanted)
        err_set(err, "no context '%s' in the kubeconfig; there are: %s", wanted, names.data);
    else
        err_set(err, "the kubeconfig has no current-context; choose one with --context: %s", names.data);
    buf_release(&names);
    return NULL;
}
