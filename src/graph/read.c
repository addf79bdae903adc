#include "graph/read.h"

#include "base/text.h"

#include <ctype.h>

static void PRINTF_LIKE(5, 0)
    fault_at(const struct reader *r, int line, int column, bool warning, const char *fmt, va_list ap)
{
    struct buf text;
    buf_init(&text, 1u << 24);
    buf_vaddf(&text, fmt, ap);
    faults_add(r->faults, r->file, line, column, warning, r->thing, "%s", text.data);
    buf_release(&text);
}

void read_fault(const struct reader *r, const struct yaml_node *node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fault_at(r, node ? node->line : 0, node ? node->column : 0, false, fmt, ap);
    va_end(ap);
}

void read_warning(const struct reader *r, const struct yaml_node *node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fault_at(r, node ? node->line : 0, node ? node->column : 0, true, fmt, ap);
    va_end(ap);
}

void read_key_fault(const struct reader *r, const struct yaml_node *node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fault_at(r, node->key_line, node->key_column, false, fmt, ap);
    va_end(ap);
}

const char *did_you_mean(struct shown *shown, const char *nearest)
{
    if (nearest)
        snprintf(shown->text, sizeof shown->text, "; did you mean '%.64s'?", nearest);
    return shown->text;
}

static const char *kind_of(const struct yaml_node *node)
{
    return node->type == YAML_MAP ? "a map" : node->type == YAML_SEQ ? "a list" : "a single value";
}

bool read_map(const struct reader *r, const struct yaml_node *node, const char *what)
{
    if (!node || yaml_is_null(node))
        return false;
    if (node->type == YAML_MAP)
        return true;
    read_fault(r, node, "%s must be a map of keys and values, not %s", what, kind_of(node));
    return false;
}

bool read_list(const struct reader *r, const struct yaml_node *node, const char *what)
{
    if (!node || yaml_is_null(node))
        return false;
    if (node->type == YAML_SEQ)
        return true;
    read_fault(r, node, "%s must be a list, not %s", what, kind_of(node));
    return false;
}

void read_keys(const struct reader *r, const struct yaml_node *map, const char *what, const char *const *known)
{
    for (const struct yaml_node *n = map->child; n; n = n->next) {
        const char *const *k = known;
        while (*k && (**k != *n->key || strcmp(*k, n->key) != 0))
            k++;
        if (!*k)
            read_key_fault(r, n, "%s has no key '%s'%s", what, SHOWN(n->key),
                           DID_YOU_MEAN(text_nearest(n->key, known)));
    }
}

const char *read_scalar(const struct reader *r, const struct yaml_node *node, const char *what)
{
    if (!node || yaml_is_null(node))
        return NULL;
    if (node->type != YAML_SCALAR) {
        read_fault(r, node, "%s must be a single value, not %s", what, kind_of(node));
        return NULL;
    }
    if (memchr(node->value, '\0', node->value_len)) {
        read_fault(r, node, "%s holds a NUL character, which no program can be given", what);
        return NULL;
    }
    return node->value;
}

const char *read_text(const struct reader *r, const struct yaml_node *map, const char *key, bool required)
{
    const struct yaml_node *node = yaml_get(map, key);
    const char *text = read_scalar(r, node, key);
    if (text && *text)
        return text;
    if (required && (!node || node->type == YAML_SCALAR))
        read_fault(r, node ? node : map, "'%s' is missing", key);
    return NULL;
}

bool read_int(const struct reader *r, const struct yaml_node *map, const char *key, int min, int max, int *out)
{
    const struct yaml_node *node = yaml_get(map, key);
    const char *text = read_scalar(r, node, key);
    if (!text)
        return false;
    int64_t value;
    if (!text_int(text, &value) || value < min || value > max) {
        read_fault(r, node, "'%s' must be a whole number from %d to %d, not '%s'", key, min, max, SHOWN(text));
        return false;
    }
    *out = (int)value;
    return true;
}

bool read_bool(const struct reader *r, const struct yaml_node *map, const char *key, bool *out)
{
    const struct yaml_node *node = yaml_get(map, key);
    const char *text = read_scalar(r, node, key);
    if (!text)
        return false;
    if (!yaml_bool(node, out)) {
        read_fault(r, node, "'%s' must be true or false, not '%s'", key, SHOWN(text));
        return false;
    }
    return true;
}

bool is_env_name(const char *s)
{
    if (!isalpha((unsigned char)*s) && *s != '_')
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_')
            return false;
    return true;
}

bool is_label1123(const char *s, size_t max)
{
    size_t n = strlen(s);
    if (!n || n > max || s[0] == '-' || s[n - 1] == '-')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '-')
            return false;
    return true;
}

bool is_resource_name(const char *s)
{
    const char *slash = strchr(s, '/');
    if (!slash || slash == s || !slash[1] || strlen(slash + 1) > 63 || strlen(s) > 253)
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr("-._", *s) && s != slash)
            return false;
    return isalnum((unsigned char)s[-1]);
}

static void env_one(const struct reader *r, const struct yaml_node *at, const char *name, const struct yaml_node *value,
                    read_env_fn fn, void *data)
{
    if (!is_env_name(name))
        read_key_fault(r, at,
                       "'%s' is no name for an environment variable: letters, digits and '_', and no digit "
                       "first",
                       SHOWN(name));
    else if (!value || yaml_is_null(value))
        fn(data, name, "", value ? value : at);
    else if (read_scalar(r, value, name))
        fn(data, name, value->value, value);
}

void read_env(const struct reader *r, const struct yaml_node *node, read_env_fn fn, void *data)
{
    static const char *const keys[] = {"name", "value", NULL};
    if (!node || yaml_is_null(node))
        return;
    if (node->type == YAML_SCALAR) {
        read_fault(r, node, "env must be a map of names and values, not a single value");
        return;
    }
    for (const struct yaml_node *n = node->child; n; n = n->next) {
        if (node->type == YAML_MAP) {
            env_one(r, n, n->key, n, fn, data);
        } else if (read_map(r, n, "an item of env")) {
            read_keys(r, n, "an item of env", keys);
            const char *name = read_text(r, n, "name", true);
            if (name)
                env_one(r, n, name, yaml_get(n, "value"), fn, data);
        }
    }
}
