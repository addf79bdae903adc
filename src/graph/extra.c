/* extra: the keys of a thing that go to Kubernetes, checked as its API server would, and put into its own form. */
#include "base/quantity.h"
#include "base/text.h"
#include "graph/graph_read.h"
#include "base/secret.h"

#include <ctype.h>

static cJSON *extra_of(struct graph_thing *thing)
{
    if (!thing->extra)
        thing->extra = cJSON_CreateObject();
    return thing->extra;
}

/* Thousandths of "100m", "1.5", "64Mi", "2e3"; a sign would be one too many here. */
static bool quantity(const char *s, int64_t *milli)
{
    return isdigit((unsigned char)s[0]) && quantity_milli(s, milli);
}

static bool is_qualified(const char *s)
{
    const char *slash = strchr(s, '/'), *name = slash ? slash + 1 : s;
    if (!*name || strlen(name) > 63 || (slash && (slash == s || slash - s > 253 || strchr(name, '/'))))
        return false;
    for (const char *p = s; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.", *p) && p != slash)
            return false;
    return isalnum((unsigned char)name[0]) && isalnum((unsigned char)name[strlen(name) - 1]) &&
           isalnum((unsigned char)s[0]);
}

static bool is_label_value(const char *s)
{
    return !*s || (is_qualified(s) && !strchr(s, '/'));
}

/* A key in a Secret. */
static bool is_secret_key(const char *s)
{
    size_t n = strlen(s);
    return n && n <= 253 && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 &&
           strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._") == n;
}

static bool is_subdomain(const char *s)
{
    size_t n = strlen(s);
    if (!n || n > 253 || !isalnum((unsigned char)s[n - 1]) || !isalnum((unsigned char)s[0]))
        return false;
    for (; *s; s++)
        if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '-' && *s != '.')
            return false;
    return true;
}

bool graph_legal_size(const char *size)
{
    int64_t milli;
    return quantity(size, &milli) && milli >= (INT64_C(1000) << 20); /* less than 1Mi is a unit forgotten */
}

bool graph_legal_path(const char *path)
{
    return path[0] == '/' && path[1] && !strchr(path, ':');
}

bool graph_legal_label(const char *key, const char *value)
{
    return is_qualified(key) && is_label_value(value);
}

bool graph_legal_secret(const char *variable, const char *place)
{
    const char *slash = strchr(place, '/');
    char *name = xstrndup(place, slash ? (size_t)(slash - place) : 0);
    bool legal = slash && is_env_name(variable) && is_subdomain(name) && is_secret_key(slash + 1);
    free(name);
    return legal;
}

/* What every node has; everything else is a device, counted in whole ones and never promised twice. */
static const char *const native[] = {"cpu", "memory", "ephemeral-storage", NULL};

static bool is_native(const char *name)
{
    for (size_t i = 0; native[i]; i++)
        if (strcmp(native[i], name) == 0)
            return true;
    return str_starts(name, "hugepages-");
}

static void check_request(const struct reader *r, const struct yaml_node *request, const struct yaml_node *limits)
{
    const struct yaml_node *limit = limits && limits->type == YAML_MAP ? yaml_get(limits, request->key) : NULL;
    int64_t asked, most;
    bool known = limit && limit->type == YAML_SCALAR && quantity(limit->value, &most);
    if (!quantity(request->value, &asked))
        return;
    if (known && asked > most)
        read_fault(r, request, "the request of %s, %s, is above its limit %s", SHOWN(request->key),
                   SHOWN(request->value), SHOWN(limit->value));
    else if (strchr(request->key, '/') && !(known && asked == most))
        read_fault(r, request, "a request of %s must have a limit of the same number", SHOWN(request->key));
}

static void read_amounts(const struct reader *r, const struct yaml_node *map, const struct yaml_node *limits,
                         const char *gpu_resource, cJSON *out)
{
    for (const struct yaml_node *n = map->child; n; n = n->next) {
        int64_t value;
        const char *text = read_scalar(r, n, n->key);
        if (!is_qualified(n->key) || (!strchr(n->key, '/') && !is_native(n->key))) {
            read_key_fault(r, n, "'%s' is no resource such as cpu or memory%s", SHOWN(n->key),
                           DID_YOU_MEAN(text_nearest(n->key, native)));
        } else if (strcmp(n->key, gpu_resource) == 0) {
            read_key_fault(r, n, "GPUs are asked for by gpu: {count: N, resource: %s}", SHOWN(n->key));
        } else if (!text || !quantity(text, &value)) {
            if (text || yaml_is_null(n))
                read_fault(r, n, "'%s' is no quantity such as 100m, 0.5 or 64Mi", SHOWN(str_or_empty(text)));
        } else if (strchr(n->key, '/') && value % 1000 != 0) {
            read_fault(r, n, "%s comes in whole numbers, not '%s'", SHOWN(n->key), SHOWN(text));
        } else {
            if (limits)
                check_request(r, n, limits);
            cJSON_AddStringToObject(out, n->key, text);
        }
    }
}

static void read_resources(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    static const char *const keys[] = {"requests", "limits", NULL};
    if (!read_map(r, node, "resources"))
        return;
    read_keys(r, node, "resources", keys);
    const struct yaml_node *limits = yaml_get(node, "limits");
    static const struct yaml_node no_limits = {.type = YAML_MAP};
    for (size_t k = 0; keys[k]; k++) {
        const struct yaml_node *map = yaml_get(node, keys[k]);
        if (read_map(r, map, keys[k]))
            read_amounts(r, map,
                         k        ? NULL
                         : limits ? limits
                                  : &no_limits,
                         thing->gpu_resource, json_ensure(json_ensure(extra_of(thing), "resources"), keys[k]));
    }
}

struct env_reading {
    const struct reader *r;
    struct graph_thing *thing;
    struct map seen;
};

/* Whether the program sets that variable itself; says which way, for the sentence. */
static const char *taken_by(const struct env_reading *e, const char *name)
{
    static const char *const own[] = {"POD_IP", "POD_NAME", "PATCHBAY_GRAPH", "PATCHBAY_THING", NULL};
    for (size_t i = 0; own[i]; i++)
        if (strcmp(own[i], name) == 0)
            return "patchbay for every thing";
    const struct media_thing *entry = e->thing->entry;
    for (size_t i = 0; entry && i < entry->input_count; i++)
        if (str_eq(entry->inputs[i].env, name))
            return "the links of an input";
    return NULL;
}

static bool take_env_name(struct env_reading *e, const struct yaml_node *at, const char *name)
{
    const char *by = taken_by(e, name);
    if (by)
        read_fault(e->r, at, "%s is set by %s", SHOWN(name), by);
    else if (map_put(&e->seen, name, e))
        read_fault(e->r, at, "the variable %s is set twice", SHOWN(name));
    else
        return true;
    return false;
}

static void add_env(void *data, const char *name, const char *text, const struct yaml_node *at)
{
    struct env_reading *e = data;
    if (secret_value(name, text)) {
        read_fault(e->r, at,
                   "%s looks like a credential, and a graph is kept as plain text: keep it in a Secret and "
                   "write secrets: {%s: {name: SECRET, key: KEY}}",
                   SHOWN(name), SHOWN(name));
        return;
    }
    if (!take_env_name(e, at, name))
        return;
    cJSON *list = json_get(extra_of(e->thing), "env") ? cJSON_GetObjectItemCaseSensitive(e->thing->extra, "env")
                                                      : cJSON_AddArrayToObject(e->thing->extra, "env");
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", name);
    cJSON_AddStringToObject(item, "value", text);
    cJSON_AddItemToArray(list, item);
}

/* secrets: {VARIABLE: {name: SECRET, key: KEY}}, or "SECRET/KEY" for short. */
static void read_secrets(const struct reader *r, const struct yaml_node *node, struct env_reading *e)
{
    static const char *const keys[] = {"name", "key", NULL};
    if (!read_map(r, node, "secrets"))
        return;
    cJSON *list = cJSON_AddArrayToObject(extra_of(e->thing), "secrets");
    for (const struct yaml_node *n = node->child; n; n = n->next) {
        char *name = NULL, *key = NULL;
        if (n->type == YAML_MAP) {
            read_keys(r, n, "a secret", keys);
            const char *a = read_text(r, n, "name", true), *b = read_text(r, n, "key", true);
            name = xstrdup_or_null(a);
            key = xstrdup_or_null(b);
            if (!name || !key)
                goto next;
        } else if (n->type == YAML_SCALAR && strchr(n->value, '/')) {
            const char *slash = strchr(n->value, '/');
            name = xstrndup(n->value, (size_t)(slash - n->value));
            key = xstrdup(slash + 1);
        }
        /* The value is not shown: somebody may have put the secret itself here. */
        if (!name || !is_subdomain(name) || !is_secret_key(key))
            read_fault(r, n,
                       "a secret is named by its Secret and the key in it: {name: SECRET, key: KEY} or SECRET/KEY; "
                       "its value never stands in a graph");
        else if (!is_env_name(n->key))
            read_key_fault(r, n, "'%s' is no name for an environment variable", SHOWN(n->key));
        else if (take_env_name(e, n, n->key)) {
            cJSON *item = cJSON_CreateObject();
            cJSON_AddStringToObject(item, "name", n->key);
            json_set_str(item, "valueFrom.secretKeyRef.name", name);
            json_set_str(item, "valueFrom.secretKeyRef.key", key);
            cJSON_AddItemToArray(list, item);
        }
    next:
        free(name);
        free(key);
    }
}

static void read_node_selector(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    if (!read_map(r, node, "nodeSelector"))
        return;
    cJSON *out = json_ensure(extra_of(thing), "nodeSelector");
    for (const struct yaml_node *n = node->child; n; n = n->next) {
        const char *text = read_scalar(r, n, n->key);
        if (!is_qualified(n->key))
            read_key_fault(r, n, "'%s' is no legal label", SHOWN(n->key));
        else if (text && !is_label_value(text))
            read_fault(r, n, "'%s' is no legal value of a label", SHOWN(text));
        else if (n->type == YAML_SCALAR)
            cJSON_AddStringToObject(out, n->key, str_or_empty(text));
    }
}

static void copy_word(const struct reader *r, const struct yaml_node *node, const char *key, const char *const *allowed,
                      cJSON *out)
{
    const char *text = read_text(r, node, key, false);
    if (!text)
        return;
    for (size_t i = 0; allowed[i]; i++) {
        if (strcmp(allowed[i], text) == 0) {
            cJSON_AddStringToObject(out, key, text);
            return;
        }
    }
    read_fault(r, yaml_get(node, key), "'%s' is no %s%s", SHOWN(text), key, DID_YOU_MEAN(text_nearest(text, allowed)));
}

static void read_tolerations(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    static const char *const keys[] = {"key", "operator", "value", "effect", "tolerationSeconds", NULL};
    static const char *const operators[] = {"Exists", "Equal", NULL};
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
    if (!read_list(r, node, "tolerations"))
        return;
    cJSON *list = cJSON_AddArrayToObject(extra_of(thing), "tolerations");
    for (const struct yaml_node *n = node->child; n; n = n->next) {
        if (!read_map(r, n, "a toleration"))
            continue;
        cJSON *out = cJSON_CreateObject();
        read_keys(r, n, "a toleration", keys);
        const char *key = read_text(r, n, "key", false), *value = read_text(r, n, "value", false);
        const char *operator= read_text(r, n, "operator", false), *effect = read_text(r, n, "effect", false);
        if (key && !is_qualified(key))
            read_fault(r, yaml_get(n, "key"), "'%s' is no legal key of a taint", SHOWN(key));
        if (!key && !str_eq(operator, "Exists"))
            read_fault(r, n, "a toleration without a key tolerates everything: say so with operator: Exists");
        if (value && str_eq(operator, "Exists"))
            read_fault(r, yaml_get(n, "value"), "a toleration with operator Exists has no value");
        json_set_str(out, "key", key);
        copy_word(r, n, "operator", operators, out);
        json_set_str(out, "value", value);
        copy_word(r, n, "effect", effects, out);
        int seconds;
        if (read_int(r, n, "tolerationSeconds", 0, INT_MAX, &seconds)) {
            if (!str_eq(effect, "NoExecute"))
                read_fault(r, yaml_get(n, "tolerationSeconds"), "tolerationSeconds is for the effect NoExecute only");
            json_set_int(out, "tolerationSeconds", seconds);
        }
        cJSON_AddItemToArray(list, out);
    }
}

static void read_pull_secrets(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    static const char *const keys[] = {"name", NULL};
    if (!read_list(r, node, "imagePullSecrets"))
        return;
    cJSON *list = cJSON_AddArrayToObject(extra_of(thing), "imagePullSecrets");
    for (const struct yaml_node *n = node->child; n; n = n->next) {
        if (n->type == YAML_MAP)
            read_keys(r, n, "an image pull secret", keys);
        const char *name =
            n->type == YAML_MAP ? read_text(r, n, "name", true) : read_scalar(r, n, "the name of a Secret");
        if (!name)
            continue;
        if (!is_subdomain(name))
            read_fault(r, n, "'%s' is no legal name of a Secret", SHOWN(name));
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", name);
        cJSON_AddItemToArray(list, item);
    }
}

/* A count or a percentage: 1, "25%". */
static void read_amount(const struct reader *r, const struct yaml_node *map, const char *key, cJSON *out)
{
    const char *text = read_text(r, map, key, false);
    if (!text)
        return;
    size_t digits = strspn(text, "0123456789");
    if (digits && digits < 6 && !text[digits])
        cJSON_AddNumberToObject(out, key, strtol(text, NULL, 10));
    else if (digits && digits < 4 && strcmp(text + digits, "%") == 0)
        cJSON_AddStringToObject(out, key, text);
    else
        read_fault(r, yaml_get(map, key), "'%s' is neither a number nor a percentage", SHOWN(text));
}

static bool is_zero(const cJSON *amount)
{
    return cJSON_IsNumber(amount) ? amount->valuedouble == 0
                                  : cJSON_IsString(amount) && strtol(amount->valuestring, NULL, 10) == 0;
}

static void read_strategy(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    static const char *const keys[] = {"type", "rollingUpdate", NULL};
    static const char *const rolling_keys[] = {"maxSurge", "maxUnavailable", NULL};
    static const char *const types[] = {"Recreate", "RollingUpdate", NULL};
    if (!node || yaml_is_null(node))
        return;
    cJSON *out = json_ensure(extra_of(thing), "strategy");
    if (node->type == YAML_SCALAR) {
        for (size_t i = 0; types[i]; i++)
            if (strcmp(types[i], node->value) == 0)
                cJSON_AddStringToObject(out, "type", node->value);
        if (!out->child)
            read_fault(r, node, "'%s' is no strategy: Recreate or RollingUpdate%s", SHOWN(node->value),
                       DID_YOU_MEAN(text_nearest(node->value, types)));
        return;
    }
    if (!read_map(r, node, "strategy"))
        return;
    read_keys(r, node, "strategy", keys);
    const char *type = read_text(r, node, "type", true);
    if (type)
        copy_word(r, node, "type", types, out);
    const struct yaml_node *rolling = yaml_get(node, "rollingUpdate");
    if (!read_map(r, rolling, "rollingUpdate"))
        return;
    if (str_eq(type, "Recreate"))
        read_fault(r, rolling, "rollingUpdate has no meaning with Recreate");
    read_keys(r, rolling, "rollingUpdate", rolling_keys);
    cJSON *amounts = json_ensure(out, "rollingUpdate");
    read_amount(r, rolling, "maxSurge", amounts);
    read_amount(r, rolling, "maxUnavailable", amounts);
    if (is_zero(json_get(amounts, "maxSurge")) && is_zero(json_get(amounts, "maxUnavailable")))
        read_fault(r, rolling, "maxSurge and maxUnavailable cannot both be 0: nothing could ever be replaced");
}

static void read_storage(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    static const char *const keys[] = {"size", "class", "path", NULL};
    const char *usual = thing->entry ? thing->entry->storage_size : NULL, *at = usual ? thing->entry->storage_path : NULL;
    if (read_map(r, node, "storage"))
        read_keys(r, node, "storage", keys);
    else if (!usual || (node && !yaml_is_null(node)))
        return;
    cJSON *out = json_ensure(extra_of(thing), "storage");
    const char *size = read_text(r, node, "size", !usual), *class = read_text(r, node, "class", false);
    const char *path = read_text(r, node, "path", false);
    if (size && !graph_legal_size(size))
        read_fault(r, yaml_get(node, "size"), "'%s' is no amount of storage such as 10Gi", SHOWN(size));
    if (class && !is_subdomain(class))
        read_fault(r, yaml_get(node, "class"), "'%s' is no legal name of a storage class", SHOWN(class));
    if (path && !graph_legal_path(path))
        read_fault(r, yaml_get(node, "path"), "'%s' is no absolute path", SHOWN(path));
    if (thing->replicas > 1)
        read_warning(r, node ? node : thing->node, "%d replicas share one volume that only one node can use at a time", thing->replicas);
    json_set_str(out, "size", size ? size : usual);
    json_set_str(out, "class", class);
    json_set_str(out, "path", path ? path : at ? at : "/data");
}

void graph_read_extra(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing)
{
    struct env_reading env = {r, thing, MAP_INIT};
    read_resources(r, yaml_get(node, "resources"), thing);
    read_secrets(r, yaml_get(node, "secrets"), &env);
    read_env(r, yaml_get(node, "env"), add_env, &env);
    map_release(&env.seen, NULL);
    read_node_selector(r, yaml_get(node, "nodeSelector"), thing);
    read_tolerations(r, yaml_get(node, "tolerations"), thing);
    const char *class = read_text(r, node, "runtimeClassName", false);
    if (class) {
        if (!is_subdomain(class))
            read_fault(r, yaml_get(node, "runtimeClassName"), "'%s' is no legal name of a runtime class", SHOWN(class));
        json_set_str(extra_of(thing), "runtimeClassName", class);
    }
    read_pull_secrets(r, yaml_get(node, "imagePullSecrets"), thing);
    read_strategy(r, yaml_get(node, "strategy"), thing);
    read_storage(r, yaml_get(node, "storage"), thing);
}
