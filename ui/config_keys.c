#include "ui/config.h"

#include "base/text.h"
#include "base/yaml.h"
#include "ui/dashboard_private.h"
#include "ui/pager.h"

/* keys: {pods: {logs: F3, "Y": "^Y"}, everywhere: {…}}: of a table of bindings, what a binding's hint calls it, or the key that
 * it has as delivered; its keys from now on. */

const struct binding *config_bindings(size_t i, const char **name, const struct binding **with)
{
    static const struct {
        const char *name;
        const struct binding *table;
    } shared[] = {{"everywhere", dashboard_bindings}, {"list", list_bindings}, {"pager", pager_bindings}};
    *with = NULL;
    if (i < ARRAY_SIZE(shared)) {
        *name = shared[i].name;
        return shared[i].table;
    }
    i -= ARRAY_SIZE(shared);
    for (size_t v = 0; view_table[v]; v++)
        if (view_table[v]->bindings && i-- == 0) {
            *name = view_table[v]->name;
            *with = view_table[v]->more_bindings;
            return view_table[v]->bindings;
        }
    return NULL;
}

/* "F3", "F3 ^X", [F3, ^X] as names with blanks between; false: a fault is told. */
static bool read_keys(struct config *config, const struct yaml_node *node, struct buf *out)
{
    const struct yaml_node *item = node->type == YAML_SEQ ? node->child : node;
    for (; item; item = node->type == YAML_SEQ ? item->next : NULL) {
        if (item->type != YAML_SCALAR) {
            config_fault(config, item->line, item->column, "a key's name belongs here, as F3, ^X, S-Tab, M-x or Space");
            return false;
        }
        for (const char *at = item->value + strspn(item->value, " "); *at; at += strspn(at, " ")) {
            char name[32];
            struct key key;
            size_t len = strcspn(at, " ");
            snprintf(name, sizeof name, "%.*s", (int)MIN(len, sizeof name - 1), at);
            if (key_parse(name, &key) < 0 || (key.code >= K_PASTE && key.code >= K_FIRST)) {
                config_fault(config, item->line, item->column,
                             "'%s' is no key; keys are called as F3, ^X, S-Tab, M-x, PgDn or Space", name);
                return false;
            }
            if (key.code >= '1' && key.code <= '9' && !key.mods) {
                config_fault(config, item->line, item->column, "'%s' opens a view: it is not to be had", name);
                return false;
            }
            buf_addf(out, "%s%s", out->len ? " " : "", name);
            at += len;
        }
    }
    return true;
}

/* Which of the tables that views share it is in, besides. */
static const char *shared_section(const struct binding *with)
{
    const char *name;
    const struct binding *none, *table;
    for (size_t i = 0; i < 3 && (table = config_bindings(i, &name, &none)); i++)
        if (table == with)
            return name;
    return NULL;
}

static void rebind(struct config *config, const char *section, const struct binding *table, const struct binding *with,
                   const struct yaml_node *node)
{
    const struct binding *binding = binding_named(table, str_or_empty(node->key));
    struct buf keys;
    buf_init(&keys, 256);
    if (!binding && binding_named(with, str_or_empty(node->key)) && shared_section(with)) {
        config_fault(config, node->key_line, node->key_column, "'%s' is what %s shares with other views: it is set under '%s'",
                     str_or_empty(node->key), section, shared_section(with));
    } else if (!binding) {
        const char *names[64];
        size_t count = 0;
        for (const struct binding *b = table; b && b->keys && count < 63; b++)
            if (b->command && b->hint)
                names[count++] = b->hint;
        names[count] = NULL;
        const char *near = text_nearest(str_or_empty(node->key), names);
        config_fault(config, node->key_line, node->key_column, "%s has nothing called '%s'; %s%s%s",
                     section, str_or_empty(node->key), near ? "did you mean '" : "'?' lists its keys, by which all can be named",
                     str_or_empty(near), near ? "'?" : "");
    } else if (read_keys(config, node, &keys)) {
        binding_rebind(binding, keys.data);
    }
    buf_release(&keys);
}

/* What two bindings of a view's tables both want: the later one would never be reached, so it keeps what it had. */
static void check_table(struct config *config, const struct yaml_node *section, const struct binding *table,
                        const struct binding *with)
{
    for (const struct binding *b = table; b && b->keys; b++) {
        struct key key;
        char name[24];
        for (const char *at = binding_keys(b); b->command && key_next(&at, &key);) {
            const struct binding *first = binding_find(table, &key), *other = binding_find(with, &key);
            const struct binding *against = first != b ? first : other;
            bool own = against && binding_keys(b) == b->keys && binding_keys(against) == against->keys;
            if (!against || own)
                continue;
            key_text(name, sizeof name, &key);
            const struct binding *asked = binding_keys(b) != b->keys ? b : against;
            const struct yaml_node *node = section->child;
            while (node->next && binding_named(table, str_or_empty(node->key)) != asked)
                node = node->next;
            config_fault(config, node->key_line, node->key_column, "in %s '%s' would mean two things: '%s' and '%s'", section->key, name,
                         str_or_empty(b->help ? b->help : b->hint), str_or_empty(against->help ? against->help : against->hint));
            binding_rebind(asked, asked->keys);
            at = ""; /* its keys are others now */
        }
    }
}

/* A view has its keys before those that are everywhere: such a key would do nothing there. */
static const struct binding *hidden_by(const struct key *key, const char **view)
{
    const struct binding *table, *with, *found;
    for (size_t i = 1; (table = config_bindings(i, view, &with)); i++)
        if ((found = binding_find(table, key)))
            return found;
    return NULL;
}

static void check_everywhere(struct config *config, const struct yaml_node *section)
{
    for (const struct yaml_node *node = section->child; node; node = node->next) {
        const struct binding *b = binding_named(dashboard_bindings, str_or_empty(node->key)), *other;
        struct key key;
        char name[24];
        const char *view;
        for (const char *at = b ? binding_keys(b) : ""; key_next(&at, &key);) {
            if (binding_keys(b) == b->keys || !(other = hidden_by(&key, &view)))
                continue;
            key_text(name, sizeof name, &key);
            config_fault(config, node->key_line, node->key_column, "'%s' cannot be everywhere: in %s it is '%s'", name, view,
                         str_or_empty(other->help ? other->help : other->hint));
            binding_rebind(b, b->keys);
            break;
        }
    }
}

static void read_table(struct config *config, const struct yaml_node *node)
{
    const char *name, *names[40];
    const struct binding *table, *with;
    size_t count = 0;
    for (size_t i = 0; (table = config_bindings(i, &name, &with)) && count < 39; i++) {
        names[count++] = name;
        if (!str_eq(name, node->key))
            continue;
        for (const struct yaml_node *child = node->child; child; child = child->next)
            rebind(config, name, table, with, child);
        check_table(config, node, table, with);
        if (table == dashboard_bindings)
            check_everywhere(config, node);
        return;
    }
    names[count] = NULL;
    const char *near = text_nearest(str_or_empty(node->key), names);
    config_fault(config, node->key_line, node->key_column, "there is no view '%s'%s%s%s", str_or_empty(node->key),
                 near ? "; did you mean '" : "; 'everywhere', 'list' and 'pager' are the keys that views share", str_or_empty(near),
                 near ? "'?" : "");
}

void config_read_keys(struct config *config, const struct yaml_node *map)
{
    for (const struct yaml_node *node = map->child; node; node = node->next)
        read_table(config, node);
}
