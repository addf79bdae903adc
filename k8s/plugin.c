#include "k8s/plugin.h"

#define GROUP "client.authentication.k8s.io/"

static int read_api(struct kube_plugin *plugin, const struct config_entry *exec, struct err *err)
{
    const char *api = entry_text(exec, "apiVersion", err);
    if (err_is_set(err))
        return -1;
    if (!api)
        return err_set(err, "exec: apiVersion is not given; it is " GROUP "v1 or v1beta1, as the program wants it");
    if (strcmp(api, GROUP "v1") != 0 && strcmp(api, GROUP "v1beta1") != 0)
        return err_set(err,
                       "exec: its apiVersion '%s' is not spoken here (nor by kubectl of these days); renew the program "
                       "and write " GROUP "v1 or v1beta1",
                       api);
    plugin->api = xstrdup(api);
    return 0;
}

static int read_mode(struct kube_plugin *plugin, const struct config_entry *exec, struct err *err)
{
    static const char *const names[] = {
        [PLUGIN_NEVER] = "Never", [PLUGIN_IF_AVAILABLE] = "IfAvailable", [PLUGIN_ALWAYS] = "Always"};
    const char *mode = entry_text(exec, "interactiveMode", err);
    plugin->mode = PLUGIN_IF_AVAILABLE; /* v1beta1's default; v1 has none */
    if (!mode && !err_is_set(err) && str_ends(plugin->api, "/v1"))
        return err_set(err, "exec: interactiveMode is not given; it is Never, IfAvailable or Always");
    bool known = !mode;
    for (size_t i = 0; i < ARRAY_SIZE(names) && mode; i++)
        if (strcmp(mode, names[i]) == 0) {
            plugin->mode = (enum plugin_mode)i;
            known = true;
        }
    return known ? 0 : err_set(err, "exec: interactiveMode is '%s'; it is Never, IfAvailable or Always", mode);
}

static int read_env(struct kube_plugin *plugin, const struct config_entry *exec, struct err *err)
{
    const struct yaml_node *list = yaml_get(exec->node, "env");
    if (!list || yaml_is_null(list))
        return 0;
    if (list->type != YAML_SEQ)
        return err_set(err, "exec: env must be a list of names and values (%s:%d)", exec->file, list->line);
    for (const struct yaml_node *item = list->child; item; item = item->next) {
        struct config_entry pair = {item->type == YAML_MAP ? item : NULL, exec->dir, exec->file};
        const char *name = entry_text(&pair, "name", err), *value = entry_text(&pair, "value", err);
        if (err_is_set(err))
            return err_prefix(err, "exec: env");
        if (!name || strchr(name, '='))
            return err_set(err, "exec: env: a name is missing or holds '=' (%s:%d)", exec->file, item->line);
        strings_add(&plugin->env, xasprintf("%s=%s", name, str_or_empty(value)));
    }
    return 0;
}

struct kube_plugin *plugin_read(const struct config_entry *exec, struct err *err)
{
    struct kube_plugin *plugin = xcalloc(1, sizeof *plugin);
    const char *command = entry_text(exec, "command", err);
    if (command)
        plugin->command = strchr(command, '/') ? entry_resolve(exec, command) : xstrdup(command);
    else if (!err_is_set(err))
        err_set(err, "exec: command is not given");
    plugin->args = entry_strings(exec, "args", err);
    plugin->hint = xstrdup_or_null(entry_text(exec, "installHint", err));
    plugin->wants_cluster = entry_bool(exec, "provideClusterInfo", err);
    if (!err_is_set(err) && read_api(plugin, exec, err) == 0 && read_mode(plugin, exec, err) == 0 &&
        read_env(plugin, exec, err) == 0)
        return plugin;
    plugin_free(plugin);
    return NULL;
}

struct kube_plugin *plugin_copy(const struct kube_plugin *from)
{
    if (!from)
        return NULL;
    struct kube_plugin *to = xcalloc(1, sizeof *to);
    to->command = xstrdup_or_null(from->command);
    to->args = strings_copy(from->args);
    to->env = strings_copy(from->env);
    to->api = xstrdup_or_null(from->api);
    to->hint = xstrdup_or_null(from->hint);
    to->cluster = xstrdup_or_null(from->cluster);
    to->mode = from->mode;
    to->wants_cluster = from->wants_cluster;
    return to;
}

void plugin_free(struct kube_plugin *plugin)
{
    if (!plugin)
        return;
    free(plugin->command);
    strings_free(plugin->args);
    for (size_t i = 0; plugin->env && plugin->env[i]; i++) /* may well hold secrets */
        explicit_bzero(plugin->env[i], strlen(plugin->env[i]));
    strings_free(plugin->env);
    free(plugin->api);
    free(plugin->hint);
    free(plugin->cluster);
    free(plugin);
}
