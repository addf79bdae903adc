#include "graph/setting.h"

#include "base/text.h"
#include "graph/graph_read.h"
#include "base/secret.h"

static void one_pod(const struct media_thing *entry, struct buf *out)
{
    (void)entry;
    buf_addc(out, '1');
}

static void gpus_of(const struct media_thing *entry, struct buf *out)
{
    buf_addf(out, "%d", entry ? entry->gpu_count : 0);
}

static void storage_of(const struct media_thing *entry, struct buf *out)
{
    buf_adds(out, entry ? str_or_empty(entry->storage_size) : "");
}

#define WORDS(named, helps) .name = (char *)(uintptr_t)(named), .help = (char *)(uintptr_t)(helps)
#define NUMBER_TO(most) .type = PARAM_INTEGER, .has_min = true, .has_max = true, .max = (most)

const struct setting_type setting_types[SETTING_COUNT] = {
    [SETTING_NAME] = {.info = {WORDS("name", "also its host name in the cluster; links follow it")},
                      .kind = SETTING_IS_NAME,
                      .path = "name"},
    [SETTING_GPU] = {.info = {WORDS("gpu", "GPUs for each of its pods"), NUMBER_TO(64)},
                     .kind = SETTING_IS_NUMBER,
                     .path = "gpu.count",
                     .fallback = gpus_of},
    [SETTING_REPLICAS] = {.info = {WORDS("replicas", "how many pods of it"), NUMBER_TO(1000)},
                          .kind = SETTING_IS_NUMBER,
                          .path = "replicas",
                          .fallback = one_pod},
    [SETTING_STORAGE] = {.info = {WORDS("storage", "a volume of its own, as in 10Gi")},
                         .kind = SETTING_IS_SIZE,
                         .path = "storage.size",
                         .fallback = storage_of},
    [SETTING_NODES] = {.info = {WORDS("nodeSelector", "only nodes with these labels: disk=ssd, zone=a")},
                       .kind = SETTING_IS_PAIRS,
                       .path = "nodeSelector",
                       .legal = graph_legal_label,
                       .expected = "is no list of labels such as disk=ssd, zone=a"},
    [SETTING_SECRETS] = {.info = {WORDS("secrets", "from Secrets: NAME=SECRET/KEY, then write $(NAME)")},
                         .kind = SETTING_IS_PAIRS,
                         .path = "secrets",
                         .legal = graph_legal_secret,
                         .expected = "must be NAME=SECRET/KEY, never the value itself",
                         .parts = {"name", "key"}},
};

/* What the thing's item has at the path. */
static const struct yaml_node *node_at(const struct yaml_node *item, const char *path)
{
    const char *dot = strchr(path, '.');
    char *first = dot ? xstrndup(path, (size_t)(dot - path)) : xstrdup(path);
    const struct yaml_node *node = yaml_get(item, first);
    free(first);
    return dot ? yaml_get(node, dot + 1) : node;
}

static void add_pairs(const struct yaml_node *map, const struct setting_type *type, struct buf *out)
{
    for (const struct yaml_node *n = map->child; n && map->type == YAML_MAP; n = n->next) {
        buf_addf(out, "%s%s=", out->len ? ", " : "", n->key);
        if (type->parts[0])
            buf_addf(out, "%s/%s", str_or_empty(yaml_str(n, type->parts[0])), str_or_empty(yaml_str(n, type->parts[1])));
        else
            buf_adds(out, n->type == YAML_SCALAR && !yaml_is_null(n) ? n->value : "");
    }
}

static int check_password(const char *text, struct err *err)
{
    if (secret_in_url(text, strlen(text)) == SIZE_MAX)
        return 0;
    return err_set(err, "has a password: name a Secret in 'secrets', write $(NAME)");
}

int value_check(const struct param_type_info *param, const char *name, const char *text, struct err *err)
{
    if (!utf8_valid(text, strlen(text)))
        return err_set(err, "is not UTF-8");
    if (secret_value(name, text))
        return err_set(err, "is a password: name a Secret in 'secrets', write $(NAME)");
    return param_check(param, text, err) < 0 ? -1 : check_password(text, err);
}

int address_check(const char *url, struct err *err)
{
    const char *scheme = strstr(url, "://");
    if (!scheme || scheme == url || !scheme[3] || strpbrk(url, " \t\r\n"))
        return err_set(err, "is no URL such as rtsp://host/stream");
    return check_password(url, err);
}

void setting_text(const struct graph_thing *thing, enum setting setting, struct buf *out)
{
    const struct setting_type *type = &setting_types[setting];
    const struct yaml_node *node = node_at(thing->node, type->path);
    buf_reset(out);
    if (node && type->kind == SETTING_IS_PAIRS)
        add_pairs(node, type, out);
    else if (node && node->type == YAML_SCALAR && !yaml_is_null(node))
        buf_adds(out, node->value);
}

void setting_fallback(const struct graph_thing *thing, enum setting setting, struct buf *out)
{
    buf_reset(out);
    if (setting_types[setting].fallback)
        setting_types[setting].fallback(thing->entry, out);
}

/* The first pair of a list; the rest of the text, or NULL at its end. *value is NULL where there is no "=". The caller frees
 * both. */
static const char *next_pair(const char *text, char **key, char **value)
{
    text += strspn(text, ", ");
    size_t n = strcspn(text, ","), end = n;
    while (end && text[end - 1] == ' ')
        end--;
    const char *eq = memchr(text, '=', end);
    *key = *value = NULL;
    if (!n)
        return NULL;
    *key = eq ? xstrndup(text, (size_t)(eq - text)) : xstrndup(text, end);
    *value = eq ? xstrndup(eq + 1, end - (size_t)(eq - text) - 1) : NULL;
    return text + n;
}

static int check_pairs(const struct setting_type *type, const char *text, struct err *err)
{
    char *key, *value;
    struct map seen = MAP_INIT;
    int rc = 0;
    while (rc == 0 && (text = next_pair(text, &key, &value))) {
        if (!value || !type->legal(key, value))
            rc = err_set(err, "%s", type->expected);
        else if (map_put(&seen, key, &seen))
            rc = err_set(err, "names %s twice", SHOWN(key));
        free(key);
        free(value);
    }
    map_release(&seen, NULL);
    return rc;
}

int setting_check(enum setting setting, const char *text, struct err *err)
{
    const struct setting_type *type = &setting_types[setting];
    switch (type->kind) {
    case SETTING_IS_NAME:
        if (!text_is_label(text, THING_NAME_MAX))
            return err_set(err, "is no legal name: lower case letters, digits and hyphens, a letter first, at most %d",
                           THING_NAME_MAX);
        break;
    case SETTING_IS_SIZE:
        if (!graph_legal_size(text))
            return err_set(err, "is no amount of storage such as 10Gi");
        break;
    case SETTING_IS_PAIRS: return check_pairs(type, text, err);
    case SETTING_IS_NUMBER: break;
    }
    return param_check(&type->info, text, err);
}

static cJSON *pairs(const struct setting_type *type, const char *text)
{
    cJSON *map = cJSON_CreateObject();
    char *key, *value;
    while ((text = next_pair(text, &key, &value))) {
        char *slash = type->parts[0] ? strchr(value, '/') : NULL;
        if (slash) {
            cJSON *parts = cJSON_AddObjectToObject(map, key);
            *slash = '\0';
            cJSON_AddStringToObject(parts, type->parts[0], value);
            cJSON_AddStringToObject(parts, type->parts[1], slash + 1);
        } else {
            cJSON_AddStringToObject(map, key, value);
        }
        free(key);
        free(value);
    }
    if (map->child)
        return map;
    cJSON_Delete(map);
    return NULL;
}

cJSON *setting_value(enum setting setting, const char *text)
{
    const struct setting_type *type = &setting_types[setting];
    if (!*text)
        return NULL;
    if (type->kind == SETTING_IS_PAIRS)
        return pairs(type, text);
    return type->kind == SETTING_IS_NUMBER ? cJSON_CreateNumber(strtol(text, NULL, 10)) : cJSON_CreateString(text);
}
