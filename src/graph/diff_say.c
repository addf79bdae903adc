#include "graph/diff_say.h"

bool say_is_told(const struct say *say, const char *what)
{
    return map_has(&say->told, what);
}

/* The volume that a thing has of its own comes and goes with its claim. */
static bool claim_comes_or_goes(const struct say *say)
{
    return !say->before->claim != !say->after->claim;
}

static const char *storage_path(const struct diff_state *state)
{
    const cJSON *mount;
    cJSON_ArrayForEach(mount, json_array(diff_container(state->deployment), "volumeMounts"))
        if (str_eq(json_str(mount, "name"), "storage"))
            return json_str(mount, "mountPath");
    return NULL;
}

static bool say_mount(struct say *say, const struct leaf *leaf)
{
    const char *name = json_str(leaf->before ? leaf->before : leaf->after, "name");
    const char *from = storage_path(say->before), *to = storage_path(say->after);
    if (str_eq(name, "files") || (str_eq(name, "storage") && claim_comes_or_goes(say)))
        return true;
    if (!str_eq(name, "storage") || !from || !to)
        return false;
    say_field(say, "storage path", from, to);
    return true;
}

/* The pod's. */

static bool say_volume(struct say *say, const struct leaf *leaf)
{
    return str_starts(leaf->rest, "files") || (str_starts(leaf->rest, "storage") && claim_comes_or_goes(say));
}

static bool say_group(struct say *say, UNUSED const struct leaf *leaf)
{
    return claim_comes_or_goes(say);
}

static bool say_selector(struct say *say, const struct leaf *leaf)
{
    const cJSON *item, *all = leaf->before ? leaf->before : leaf->after;
    if (*leaf->rest) {
        char *name = xasprintf("nodeSelector %s", leaf->rest + 1);
        say_value(say, name, leaf->before, leaf->after);
        free(name);
        return true;
    }
    cJSON_ArrayForEach(item, all) {
        char *name = xasprintf("nodeSelector %s", item->string);
        say_value(say, name, leaf->before ? item : NULL, leaf->before ? NULL : item);
        free(name);
    }
    return true;
}

/* "gpu=yes:NoSchedule, disk" */
static char *list_text(const struct diff_state *state, const char *key)
{
    struct buf out;
    const cJSON *item, *list = json_array(json_at(state->deployment, "spec.template.spec"), key);
    buf_init(&out, 1u << 16);
    cJSON_ArrayForEach(item, list) {
        const char *value = json_str(item, "value"), *effect = json_str(item, "effect");
        buf_addf(&out, "%s%s", out.len ? ", " : "", json_str_or(item, "name", json_str_or(item, "key", "everything")));
        if (value)
            buf_addf(&out, "=%s", value);
        if (effect)
            buf_addf(&out, ":%s", effect);
    }
    if (out.len)
        return buf_take(&out);
    buf_release(&out);
    return NULL;
}

static void say_list(struct say *say, const char *key)
{
    char *from = list_text(say->before, key), *to = list_text(say->after, key);
    say_field(say, key, from, to);
    free(from);
    free(to);
}

static bool say_tolerations(struct say *say, UNUSED const struct leaf *leaf)
{
    say_list(say, "tolerations");
    return true;
}

static bool say_pull_secrets(struct say *say, UNUSED const struct leaf *leaf)
{
    say_list(say, "imagePullSecrets");
    return true;
}

static bool say_runtime(struct say *say, const struct leaf *leaf)
{
    say_value(say, "runtimeClassName", leaf->before, leaf->after);
    return true;
}

/* The Deployment's. */

static bool say_replicas(struct say *say, const struct leaf *leaf)
{
    if (!say_is_told(say, "replicas"))
        say_value(say, "replicas", leaf->before, leaf->after);
    return true;
}

static bool say_strategy(struct say *say, const struct leaf *leaf)
{
    const char *from = json_str(say->before->deployment, "spec.strategy.type");
    const char *to = json_str(say->after->deployment, "spec.strategy.type");
    if (from && to && strcmp(from, to) != 0)
        say_field(say, "strategy", from, to);
    else if (str_starts(leaf->rest, ".rollingUpdate."))
        say_value(say, strrchr(leaf->rest, '.') + 1, leaf->before, leaf->after);
    else
        return false;
    return true;
}

static bool say_label(struct say *say, const struct leaf *leaf)
{
    return say_is_told(say, "type") && (str_eq(leaf->rest, "name") || str_eq(leaf->rest, "component"));
}

static bool say_storage_class(struct say *say, const struct leaf *leaf)
{
    say_value(say, "storage class", leaf->before, leaf->after);
    return true;
}

static bool say_storage(struct say *say, const struct leaf *leaf)
{
    say_value(say, "storage", leaf->before, leaf->after);
    return true;
}

static void say_whole(struct say *say, const cJSON *before, const cJSON *after)
{
    static const char size[] = "spec.resources.requests.storage";
    if (str_eq(say->object, "claim.")) {
        struct diff_field *field = say_field(say, "storage", json_str(before, size), json_str(after, size));
        if (field && before)
            say_note(field, ": the volume goes, with all that is on it");
    } else if (str_eq(say->object, "service.")) {
        say_field(say, "service", before ? "there" : NULL, after ? "there" : NULL);
    }
}

static const struct say_row rows[] = {
    {"", "volumeMounts.", say_mount},
    {"", "volumes.", say_volume},
    {"", "securityContext.fsGroup", say_group},
    {"", "securityContext.fsGroupChangePolicy", say_group},
    {"", "nodeSelector", say_selector},
    {"", "tolerations", say_tolerations},
    {"", "imagePullSecrets", say_pull_secrets},
    {"", "runtimeClassName", say_runtime},
    {"", "replicas", say_replicas},
    {"", "strategy", say_strategy},
    {"", "metadata.labels.app.kubernetes.io/", say_label},
    {"service.", "metadata.labels.app.kubernetes.io/", say_label},
    {"claim.", "metadata.labels.app.kubernetes.io/", say_label},
    {"claim.", "resources.requests.storage", say_storage},
    {"claim.", "storageClassName", say_storage_class},
    {0},
};

static bool is_at(const char *path, const char *row)
{
    size_t len = strlen(row);
    return strncmp(path, row, len) == 0 && (strchr("./", row[len - 1]) || strchr(".[", path[len])); /* or "" */
}

/* The long way to the only container says nothing. */
static const char *shorten(const char *path)
{
    static const char *const prefixes[] = {"spec.template.spec.containers.", "spec.template.spec.", "spec.template.",
                                           "spec."};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (str_starts(path, prefixes[i])) {
            path += strlen(prefixes[i]);
            return i == 0 && strchr(path, '.') ? strchr(path, '.') + 1 : path; /* it has the thing's name */
        }
    return path;
}

static bool say_by_rows(struct say *say, const struct say_row *row, const char *path, const cJSON *before, const cJSON *after)
{
    for (; row->path; row++)
        if (str_eq(row->object, say->object) && is_at(path, row->path) &&
            row->say(say, &(struct leaf){path + strlen(row->path), before, after}))
            return true;
    return false;
}

void say_leaf(struct say *say, const char *path, const cJSON *before, const cJSON *after)
{
    path = shorten(path);
    if (!*path)
        say_whole(say, before, after);
    else if (!say_by_rows(say, say_container_rows, path, before, after) && !say_by_rows(say, rows, path, before, after))
        say_path(say, path, before, after);
}
