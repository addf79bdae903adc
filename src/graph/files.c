#include "graph/files.h"

#include "base/digest.h"

#include <ctype.h>

#define PATH_MAX_LEN 250 /* a key of a ConfigMap has at most 253 characters */
#define DIGEST_SHOWN 5   /* bytes of it in a name */

/* "/etc/thing/config.yaml" → "etc_thing_config.yaml": no key holds a '/'. */
static char *key_of(const char *path)
{
    char *key = xstrdup(path + 1);
    for (char *c = key; *c; c++)
        if (*c == '/')
            *c = '_';
    return key;
}

static bool is_path(const char *path)
{
    size_t len = strlen(path);
    if (path[0] != '/' || len < 2 || len > PATH_MAX_LEN || path[len - 1] == '/' || strstr(path, "//"))
        return false;
    for (const char *c = path; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("/._-", *c))
            return false;
    /* Neither "." nor ".." stands between two slashes. */
    for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
        size_t dots = strspn(slash + 1, ".");
        if (dots && dots <= 2 && (slash[1 + dots] == '/' || !slash[1 + dots]))
            return false;
    }
    return true;
}

/* Whether a file would be a folder of the other, too. */
static bool is_above(const char *path, const char *other)
{
    size_t len = strlen(path);
    return strncmp(path, other, len) == 0 && other[len] == '/';
}

static void check_path(const struct reader *r, const struct yaml_node *at, const char *path,
                       const struct media_thing *thing)
{
    if (!is_path(path)) {
        read_fault(r, at,
                   "'%s' is no path for a file: it begins with '/' and names no folder above, of letters, digits, '/', '.', "
                   "'_' and '-', at most %d of them",
                   SHOWN(path), PATH_MAX_LEN);
        return;
    }
    char *key = key_of(path);
    size_t said = r->faults->errors;
    for (size_t i = 0; i < thing->file_count && r->faults->errors == said; i++) {
        const char *other = thing->files[i].path;
        char *its = key_of(other);
        if (strcmp(other, path) == 0)
            read_fault(r, at, "there are two files '%s'", SHOWN(path));
        else if (is_above(other, path) || is_above(path, other))
            read_fault(r, at, "of '%s' and '%s' one would be a file and a folder", SHOWN(other), SHOWN(path));
        else if (strcmp(its, key) == 0)
            read_fault(r, at, "'%s' and '%s' differ in nothing but '/' and '_', which a ConfigMap cannot tell apart",
                       SHOWN(other), SHOWN(path));
        free(its);
    }
    free(key);
}

static void read_file(const struct reader *r, const struct yaml_node *node, struct media_thing *thing, size_t *total)
{
    static const char *const keys[] = {"path", "content", NULL};
    read_keys(r, node, "a file", keys);
    const char *path = read_text(r, node, "path", true);
    const struct yaml_node *at = yaml_get(node, "content");
    const char *content = at ? read_scalar(r, at, "content") : NULL;
    if (!at)
        read_fault(r, node, "'content' is missing");
    if (path)
        check_path(r, yaml_get(node, "path"), path, thing);
    if (content) {
        template_check(r, at, content, thing);
        *total += strlen(content);
    }
    if (path && path[0] == '/')
        thing->files[thing->file_count++] = (struct file_template){xstrdup(path), xstrdup(str_or_empty(content))};
}

void files_read(const struct reader *r, const struct yaml_node *list, struct media_thing *thing)
{
    size_t total = 0;
    if (!read_list(r, list, "files"))
        return;
    thing->files = xcalloc(list->count, sizeof *thing->files);
    for (const struct yaml_node *n = list->child; n; n = n->next)
        if (read_map(r, n, "a file"))
            read_file(r, n, thing, &total);
    if (total > FILES_MAX_BYTES)
        read_fault(r, list, "the files have %zu KiB; a cluster keeps them in a ConfigMap, which has room for %u",
                   total >> 10, FILES_MAX_BYTES >> 10);
}

void files_release(struct media_thing *thing)
{
    for (size_t i = 0; i < thing->file_count; i++) {
        free(thing->files[i].path);
        free(thing->files[i].content);
    }
    free(thing->files);
}

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const struct file_template *const *)a)->path, (*(const struct file_template *const *)b)->path);
}

/* By path, whatever the order in the catalogue. The caller frees the list. */
static const struct file_template **sorted(const struct media_thing *entry)
{
    const struct file_template **files = xcalloc(entry->file_count, sizeof *files);
    for (size_t i = 0; i < entry->file_count; i++)
        files[i] = &entry->files[i];
    qsort(files, entry->file_count, sizeof *files, by_path);
    return files;
}

cJSON *files_data(const struct media_thing *entry, template_fn value, void *data, struct err *err)
{
    if (!entry->file_count)
        return NULL;
    const struct file_template **files = sorted(entry);
    cJSON *out = cJSON_CreateObject();
    size_t total = 0;
    for (size_t i = 0; i < entry->file_count; i++) {
        struct buf text;
        buf_init(&text, 2 * FILES_MAX_BYTES);
        template_expand(&text, files[i]->content, value, data, NULL);
        total += text.over ? FILES_MAX_BYTES + 1 : text.len;
        char *key = key_of(files[i]->path);
        cJSON_AddStringToObject(out, key, text.data);
        free(key);
        buf_release(&text);
    }
    free(files);
    if (total <= FILES_MAX_BYTES)
        return out;
    err_set(err, "the files of the type %s, filled in, are more than the %u KiB that a ConfigMap holds",
            SHOWN(entry->name), FILES_MAX_BYTES >> 10);
    cJSON_Delete(out);
    return NULL;
}

char *files_name(const char *thing, const cJSON *data)
{
    uint8_t sum[32];
    struct buf text;
    buf_init(&text, 8 * FILES_MAX_BYTES);
    json_print(&text, data);
    digest_sha256(text.data, text.len, sum);
    buf_release(&text);
    char shown[DIGEST_TEXT];
    digest_hex(shown, sum, DIGEST_SHOWN);
    return xasprintf("%s.files-%s", thing, shown);
}

void files_mount(cJSON *pod_spec, cJSON *container, const struct media_thing *entry, const char *name)
{
    const struct file_template **files = sorted(entry);
    cJSON *volumes = cJSON_GetObjectItemCaseSensitive(pod_spec, "volumes");
    cJSON *mounts = cJSON_GetObjectItemCaseSensitive(container, "volumeMounts");
    cJSON *volume = cJSON_CreateObject();
    json_set_str(volume, "configMap.name", name);
    json_set_str(volume, "name", "files");
    cJSON_AddItemToArray(volumes ? volumes : cJSON_AddArrayToObject(pod_spec, "volumes"), volume);
    if (!mounts)
        mounts = cJSON_AddArrayToObject(container, "volumeMounts");
    for (size_t i = 0; i < entry->file_count; i++) {
        char *key = key_of(files[i]->path);
        cJSON *mount = cJSON_CreateObject();
        json_set_str(mount, "mountPath", files[i]->path);
        json_set_str(mount, "name", "files");
        json_set_bool(mount, "readOnly", true);
        json_set_str(mount, "subPath", key);
        cJSON_AddItemToArray(mounts, mount);
        free(key);
    }
    free(files);
}
