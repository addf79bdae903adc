#include "k8s/config.h"

#include "base/file.h"
#include "k8s/context.h"

#define SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

/* A file of the list. Relative paths in it are meant from where it lies. */
struct source {
    char *path, *dir;
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
        free(loader->sources[i].path);
        free(loader->sources[i].dir);
        yaml_doc_free(loader->sources[i].doc);
    }
    free(loader->sources);
    map_release(&loader->clusters, free);
    map_release(&loader->users, free);
    map_release(&loader->contexts, free);
}

static int misplaced(const struct source *source, const struct yaml_node *node, const char *what, struct err *err)
{
    return err_set(err, "kubeconfig %s:%d: %s", source->path, node->line, what);
}

/* One of the three lists: `key` is what its items hold, "cluster" in "clusters". */
static int collect(struct map *into, const struct source *source, const char *list_key, const char *key,
                   struct err *err)
{
    const struct yaml_node *list = yaml_get(source->doc->root, list_key);
    struct map own = MAP_INIT;
    int rc = 0;
    if (!list || yaml_is_null(list))
        return 0;
    if (list->type != YAML_SEQ)
        return misplaced(source, list, "it must be a list of names and what they stand for", err);
    for (const struct yaml_node *item = list->child; item && rc == 0; item = item->next) {
        const struct yaml_node *name = item->type == YAML_MAP ? yaml_get(item, "name") : NULL;
        if (!name || name->type != YAML_SCALAR || strlen(name->value) != name->value_len) {
            rc = err_set(err, "kubeconfig %s:%d: a %s without a name", source->path, item->line, key);
        } else if (map_has(&own, name->value)) {
            rc = err_set(err, "kubeconfig %s:%d: the %s '%s' is there twice", source->path, item->line, key,
                         name->value);
        } else {
            map_put(&own, name->value, into);
            if (!map_has(into, name->value)) {
                struct config_entry *entry = xmalloc(sizeof *entry);
                *entry = (struct config_entry){yaml_get(item, key), source->dir, source->path};
                map_put(into, name->value, entry);
            }
        }
    }
    map_release(&own, NULL);
    return rc;
}

/* Whole, as clientcmd has it: what is found from it stays found, and sentences name it so. */
static char *dir_of(const char *path)
{
    char *dir = file_folder(path), *whole = realpath(dir, NULL);
    if (!whole)
        return dir;
    free(dir);
    return whole;
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
    *source = (struct source){xstrdup(path), dir_of(path), doc};
    const struct yaml_node *root = doc ? doc->root : NULL;
    if (!root || yaml_is_null(root))
        return 0; /* an empty file is an empty configuration */
    const char *kind = yaml_str(root, "kind");
    if (root->type != YAML_MAP || (kind && strcmp(kind, "Config") != 0))
        return err_set(err, "%s is no kubeconfig: its kind is not Config", path);
    const struct yaml_node *current = yaml_get(root, "current-context");
    if (current && current->type != YAML_SCALAR)
        return misplaced(source, current, "current-context must be a name", err);
    if (!loader->current && current && *current->value && !yaml_is_null(current))
        loader->current = current->value;
    if (collect(&loader->clusters, source, "clusters", "cluster", err) < 0 ||
        collect(&loader->users, source, "users", "user", err) < 0)
        return -1;
    return collect(&loader->contexts, source, "contexts", "context", err);
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
    return kube_config_load_from(explicit_path, SERVICE_ACCOUNT, err);
}

struct kube_config *kube_config_load_from(const char *explicit_path, const char *service_account, struct err *err)
{
    struct loader loader = {0};
    struct kube_config *config = NULL;
    if (load(&loader, explicit_path, err) == 0) {
        config = xcalloc(1, sizeof *config);
        for (struct map_entry *e = map_first(&loader.contexts); e; e = map_next(&loader.contexts, e))
            add(config, context_build(e->key, e->value, &loader.clusters, &loader.users));
        if (loader.current)
            config->current = xstrdup(loader.current);
        struct kube_context *own = !explicit_path && !loader.contexts.count ? context_in_cluster(service_account) : NULL;
        if (own) {
            add(config, own);
            free(config->current);
            config->current = xstrdup(own->name);
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

void kube_config_impersonate(struct kube_config *config, const char *user, const char *uid, const char *const *groups)
{
    for (size_t i = 0; i < config->context_count; i++) {
        struct kube_context *context = config->contexts[i];
        if (user) {
            free(context->as);
            context->as = xstrdup(user);
        }
        if (uid) {
            free(context->as_uid);
            context->as_uid = xstrdup(uid);
        }
        if (groups && *groups) {
            strings_free(context->as_groups);
            context->as_groups = NULL;
            for (const char *const *group = groups; *group; group++)
                strings_add(&context->as_groups, xstrdup(*group));
        }
        struct err err = ERR_INIT;
        if (!context->fault && context_check_impersonation(context, &err) < 0)
            context->fault = xstrdup(err.text);
    }
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
