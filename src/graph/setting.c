#include "graph/setting.h"

#include "base/text.h"
#include "graph/graph_read.h"
#include "graph/secret.h"

const struct param_type_info setting_types[SETTING_COUNT] = {
    [SETTING_NAME] = {.name = (char *)"name", .help = (char *)"also its host name in the cluster; links follow it"},
    [SETTING_REPLICAS] = {.name = (char *)"replicas",
                          .help = (char *)"how many pods of it",
                          .type = PARAM_INTEGER,
                          .has_min = true,
                          .has_max = true,
                          .max = 1000},
    [SETTING_GPU] = {.name = (char *)"gpu",
                     .help = (char *)"GPUs for each of its pods",
                     .type = PARAM_INTEGER,
                     .has_min = true,
                     .has_max = true,
                     .max = 64},
    [SETTING_NODES] = {.name = (char *)"nodeSelector",
                       .help = (char *)"only nodes with these labels: disk=ssd, zone=a"},
    [SETTING_SECRETS] = {.name = (char *)"secrets",
                         .help = (char *)"from Secrets: NAME=SECRET/KEY, then write $(NAME)"},
    [SETTING_STORAGE] = {.name = (char *)"storage", .help = (char *)"a volume of its own, as in 10Gi"},
};

const char *setting_map(enum setting setting)
{
    return setting == SETTING_NODES ? "nodeSelector" : setting == SETTING_SECRETS ? "secrets" : NULL;
}

static void secrets_text(const cJSON *secrets, struct buf *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, secrets)
        buf_addf(out, "%s%s=%s/%s", out->len ? ", " : "", json_str_or(item, "name", ""),
                 json_str_or(item, "valueFrom.secretKeyRef.name", ""),
                 json_str_or(item, "valueFrom.secretKeyRef.key", ""));
}

static int check_password(const char *text, struct err *err)
{
    if (secret_in_url(text, strlen(text)) == SIZE_MAX)
        return 0;
    return err_set(err, "has a password: name a Secret in 'secrets', write $(NAME)");
}

int value_check(const struct param_type_info *param, const char *text, struct err *err)
{
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
    const struct yaml_node *said = yaml_get(thing->node, setting_types[setting].name);
    const cJSON *item;
    buf_reset(out);
    switch (setting) {
    case SETTING_NAME: buf_adds(out, str_or_empty(thing->name)); break;
    case SETTING_REPLICAS:
        if (said && !yaml_is_null(said))
            buf_addf(out, "%d", thing->replicas);
        break;
    case SETTING_GPU:
        if (yaml_get(said, "count"))
            buf_addf(out, "%d", thing->gpu_count);
        break;
    case SETTING_NODES:
        cJSON_ArrayForEach(item, json_object(thing->extra, "nodeSelector"))
            buf_addf(out, "%s%s=%s", out->len ? ", " : "", item->string, str_or_empty(cJSON_GetStringValue(item)));
        break;
    case SETTING_STORAGE: buf_adds(out, str_or_empty(yaml_str(said, "size"))); break;
    case SETTING_SECRETS: secrets_text(json_array(thing->extra, "secrets"), out); break;
    case SETTING_COUNT: break;
    }
}

void setting_fallback(const struct graph_thing *thing, enum setting setting, struct buf *out)
{
    buf_reset(out);
    if (setting == SETTING_REPLICAS)
        buf_adds(out, "1");
    else if (setting == SETTING_STORAGE && thing->entry)
        buf_adds(out, str_or_empty(thing->entry->storage_size));
    else if (setting == SETTING_GPU)
        buf_addf(out, "%d", thing->entry ? thing->entry->gpu_count : 0);
}

const char *setting_pair(const char *text, char **key, char **value)
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

static int check_pairs(enum setting setting, const char *text, struct err *err)
{
    char *key, *value;
    struct map seen = MAP_INIT;
    int rc = 0;
    while (rc == 0 && (text = setting_pair(text, &key, &value))) {
        bool fine = value && (setting == SETTING_NODES ? graph_legal_label(key, value) : graph_legal_secret(key, value));
        if (!fine)
            rc = setting == SETTING_NODES ? err_set(err, "is no list of labels such as disk=ssd, zone=a")
                                          : err_set(err, "must be NAME=SECRET/KEY, never the value itself");
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
    if (setting == SETTING_NAME && !text_is_label(text, THING_NAME_MAX))
        return err_set(err, "is no legal name: lower case letters, digits and hyphens, a letter first, at most %d",
                       THING_NAME_MAX);
    if (setting == SETTING_STORAGE && !graph_legal_size(text))
        return err_set(err, "is no amount of storage such as 10Gi");
    if (setting_map(setting))
        return check_pairs(setting, text, err);
    return param_check(&setting_types[setting], text, err);
}
