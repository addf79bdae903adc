#include "k8s/entry.h"

#include "base/digest.h"
#include "base/file.h"
#include "k8s/pem.h"

static int wrong_kind(const struct config_entry *entry, const struct yaml_node *node, const char *key,
                      const char *kind, struct err *err)
{
    if (!err_is_set(err))
        err_set(err, "%s must be %s (%s:%d)", key, kind, entry->file, node->line);
    return -1;
}

static bool is_text(const struct yaml_node *node)
{
    return node->type == YAML_SCALAR && strlen(node->value) == node->value_len;
}

const char *entry_text(const struct config_entry *entry, const char *key, struct err *err)
{
    const struct yaml_node *node = entry->node ? yaml_get(entry->node, key) : NULL;
    if (!node || yaml_is_null(node))
        return NULL;
    if (!is_text(node)) {
        wrong_kind(entry, node, key, node->type == YAML_SCALAR ? "text without NUL bytes" : "text", err);
        return NULL;
    }
    return *node->value ? node->value : NULL;
}

bool entry_bool(const struct config_entry *entry, const char *key, struct err *err)
{
    const struct yaml_node *node = entry->node ? yaml_get(entry->node, key) : NULL;
    bool value = false;
    if (node && !yaml_is_null(node) && !yaml_bool(node, &value))
        wrong_kind(entry, node, key, "true or false", err);
    return value;
}

char *entry_resolve(const struct config_entry *entry, const char *path)
{
    bool whole = *path == '/';
    while (str_starts(path, "./"))
        path += 2;
    return whole ? xstrdup(path) : xasprintf("%s/%s", entry->dir, path);
}

char *entry_path(const struct config_entry *entry, const char *key, struct err *err)
{
    const char *path = entry_text(entry, key, err);
    return path ? entry_resolve(entry, path) : NULL;
}

char **entry_strings(const struct config_entry *entry, const char *key, struct err *err)
{
    const struct yaml_node *node = entry->node ? yaml_get(entry->node, key) : NULL;
    char **list = NULL;
    if (!node || yaml_is_null(node))
        return NULL;
    if (node->type != YAML_SEQ)
        wrong_kind(entry, node, key, "a list of texts", err);
    for (const struct yaml_node *item = node->type == YAML_SEQ ? node->child : NULL; item; item = item->next) {
        if (!is_text(item)) {
            wrong_kind(entry, item, key, "a list of texts", err);
            break;
        }
        strings_add(&list, xstrdup(item->value));
    }
    return list;
}

int entry_pem(const struct config_entry *entry, const char *key, char **pem, char **file, struct err *err)
{
    char data_key[64];
    snprintf(data_key, sizeof data_key, "%s-data", key);
    const char *data = entry_text(entry, data_key, err), *path = entry_text(entry, key, err);
    if (err_is_set(err))
        return -1;
    if (data && path)
        return err_set(err, "%s and %s are both given; one of them must go", key, data_key);
    if (!data && !path)
        return 0;
    struct buf text;
    buf_init(&text, PEM_MAX);
    int rc = 0;
    bool base64 = data && digest_unbase64(&text, data, strlen(data)) == 0;
    if (data && (text.over || strlen(data) > 2 * PEM_MAX)) {
        rc = err_set(err, "%s is larger than %u KiB", data_key, PEM_MAX >> 10);
    } else if (data && !base64) {
        rc = err_set(err, "%s is not base64", data_key);
    } else if (path) {
        *file = entry_resolve(entry, path);
        rc = file_read(*file, &text, err);
        if (rc < 0)
            err_prefix(err, "%s", key);
    }
    if (rc == 0 && pem_check(text.data, text.len, str_ends(key, "-key"), err) < 0)
        rc = data ? err_prefix(err, "%s", data_key) : err_prefix(err, "%s '%s'", key, *file);
    if (rc == 0)
        *pem = buf_take(&text);
    explicit_bzero(text.data, text.len);
    buf_release(&text);
    return rc;
}

size_t strings_count(char *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

void strings_add(char ***list, char *text)
{
    size_t count = strings_count(*list);
    *list = xreallocarray(*list, count + 2, sizeof **list);
    (*list)[count] = text;
    (*list)[count + 1] = NULL;
}

char **strings_copy(char *const *list)
{
    char **copy = NULL;
    for (size_t i = 0; list && list[i]; i++)
        strings_add(&copy, xstrdup(list[i]));
    return copy;
}

void strings_free(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

void secret_free(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}
