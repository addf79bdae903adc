/* A container's arguments and environment, as the kubelet works them out. */
#include "base/digest.h"
#include "base/quantity.h"
#include "edge/agent.h"
#include "edge/reaper.h"

struct vars {
    struct map map; /* name → value (owned) */
};

static void put(struct vars *vars, const char *name, const char *value)
{
    free(map_put(&vars->map, name, xstrdup(value)));
}

/* $(NAME) becomes its value where it has one, $$ becomes $; everything else stays as it is. */
static char *expand(const struct vars *vars, const char *text)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    for (const char *p = text; *p; p++) {
        if (p[0] == '$' && p[1] == '$') {
            buf_addc(&out, '$');
            p++;
            continue;
        }
        const char *end = p[0] == '$' && p[1] == '(' ? strchr(p, ')') : NULL;
        if (!end) {
            buf_addc(&out, *p);
            continue;
        }
        char *name = xstrndup(p + 2, (size_t)(end - p - 2));
        const char *value = map_get(&vars->map, name);
        if (value)
            buf_adds(&out, value);
        else
            buf_add(&out, p, (size_t)(end - p) + 1);
        free(name);
        p = end;
    }
    return buf_take(&out);
}

/* metadata.labels['key'] */
static const char *subscript(const cJSON *map, const char *path)
{
    const char *open = strstr(path, "['"), *close = open ? strstr(open, "']") : NULL;
    if (!close)
        return NULL;
    char *key = xstrndup(open + 2, (size_t)(close - open - 2));
    const cJSON *value = json_get(map, key);
    free(key);
    return cJSON_IsString(value) ? value->valuestring : "";
}

static const char *field(const struct agent_container *c, const cJSON *pod, const char *path)
{
    if (str_eq(path, "status.podIP") || str_eq(path, "status.podIPs"))
        return c->pod->ip;
    if (str_eq(path, "status.hostIP") || str_eq(path, "status.hostIPs"))
        return c->pod->node->host_ip;
    if (str_starts(path, "metadata.labels['"))
        return subscript(json_object(pod, "metadata.labels"), path);
    if (str_starts(path, "metadata.annotations['"))
        return subscript(json_object(pod, "metadata.annotations"), path);
    const char *const plain[] = {"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
                                 "spec.serviceAccountName"};
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        if (str_eq(path, plain[i]))
            return json_str_or(pod, path, "");
    return NULL;
}

/* limits.cpu, requests.memory …, divided and rounded up. */
static char *resource(const struct agent_container *c, const cJSON *pod, const cJSON *ref)
{
    const char *what = json_str_or(ref, "resource", ""), *name = strchr(what, '.');
    const cJSON *spec = container_spec(c, pod);
    if (!name)
        return xstrdup("0");
    char *list = xasprintf("resources.%.*s", (int)(name - what), what);
    int64_t milli = 0, divisor = 1000;
    const cJSON *value = json_get(json_object(spec, list), name + 1);
    free(list);
    const struct edge_object *node = edge_store_find(c->pod->agents->store, edge_node_kind(), NULL, c->pod->node->name);
    if (!value && node && str_starts(what, "limits."))
        value = json_get(json_object(node->json, "status.allocatable"), name + 1);
    if (!value || !quantity_json_milli(value, &milli))
        milli = 0;
    if (json_get(ref, "divisor") && (!quantity_json_milli(json_get(ref, "divisor"), &divisor) || divisor <= 0))
        divisor = 1000;
    return xasprintf("%" PRId64, milli / divisor + (milli % divisor != 0));
}

static const cJSON *config_of(const struct agent_container *c, const char *kind_name, const char *name, struct err *err)
{
    const struct edge_kind *kind = edge_kind_by_name(kind_name);
    const struct edge_object *found = kind ? edge_store_find(c->pod->agents->store, kind, c->pod->ns, name) : NULL;
    if (!found) {
        err_set(err, "%s \"%s\" not found", str_eq(kind_name, "Secret") ? "secret" : "configmap", name);
        return NULL;
    }
    return found->json;
}

/* One key of a ConfigMap or Secret. 0: put, 1: not there and need not be, -1: err. */
static int put_key(struct vars *vars, const char *name, const struct agent_container *c, const cJSON *ref,
                   const char *kind)
{
    struct err err = ERR_INIT;
    const cJSON *config = config_of(c, kind, json_str_or(ref, "name", ""), &err);
    const cJSON *value = json_get(json_object(config, "data"), json_str_or(ref, "key", ""));
    if (!cJSON_IsString(value))
        return json_bool(ref, "optional", false) ? 1 : -1;
    if (!str_eq(kind, "Secret")) {
        put(vars, name, value->valuestring);
        return 0;
    }
    struct buf plain;
    buf_init(&plain, 1u << 20);
    if (digest_unbase64(&plain, value->valuestring, strlen(value->valuestring)) == 0)
        put(vars, name, plain.data);
    buf_release(&plain);
    return 0;
}

static int put_from(struct vars *vars, const char *name, const struct agent_container *c, const cJSON *pod,
                    const cJSON *from, struct err *err)
{
    const cJSON *ref;
    if ((ref = json_object(from, "fieldRef"))) {
        const char *path = json_str_or(ref, "fieldPath", ""), *value = field(c, pod, path);
        if (!value)
            return err_set(err, "unsupported fieldPath: %s", path);
        put(vars, name, value);
    } else if ((ref = json_object(from, "resourceFieldRef"))) {
        char *value = resource(c, pod, ref);
        put(vars, name, value);
        free(value);
    } else if ((ref = json_object(from, "configMapKeyRef")) || (ref = json_object(from, "secretKeyRef"))) {
        const char *kind = json_object(from, "configMapKeyRef") ? "ConfigMap" : "Secret";
        if (put_key(vars, name, c, ref, kind) >= 0)
            return 0;
        if (!config_of(c, kind, json_str_or(ref, "name", ""), err))
            return -1;
        return err_set(err, "couldn't find key %s in %s %s/%s", json_str_or(ref, "key", ""), kind, c->pod->ns,
                       json_str_or(ref, "name", ""));
    }
    return 0;
}

static int put_all_from(struct vars *vars, const struct agent_container *c, const cJSON *source, struct err *err)
{
    const cJSON *ref = json_object(source, "configMapRef"), *item;
    const char *kind = ref ? "ConfigMap" : "Secret", *prefix = json_str_or(source, "prefix", "");
    if (!ref)
        ref = json_object(source, "secretRef");
    const cJSON *config = config_of(c, kind, json_str_or(ref, "name", ""), err);
    if (!config)
        return json_bool(ref, "optional", false) ? 0 : -1;
    cJSON_ArrayForEach (item, json_object(config, "data")) {
        char *name = xasprintf("%s%s", prefix, item->string);
        cJSON *one = cJSON_CreateObject();
        json_set_str(one, "name", json_str(ref, "name"));
        json_set_str(one, "key", item->string);
        if (!strchr(item->string, '.') && cJSON_IsString(item))
            put_key(vars, name, c, one, kind);
        cJSON_Delete(one);
        free(name);
    }
    return 0;
}

/* What every container gets: little of ours, and how to reach Services. */
static void put_basics(struct vars *vars, const struct agent_container *c)
{
    const struct agent_pod *pod = c->pod;
    const char *path = getenv("PATH");
    put(vars, "PATH", path && *path ? path : "/usr/local/bin:/usr/bin:/bin");
    put(vars, "HOSTNAME", pod->name);
    put(vars, "POD_IP", pod->ip);
    put(vars, "LANG", "C.UTF-8");
    char *home = container_home(c);
    put(vars, "HOME", home);
    free(home);
    /* http://camera:8080/ as on a cluster: the proxy knows the Services, and by the user name the namespace. */
    if (pod->agents->proxy_url && str_starts(pod->agents->proxy_url, "http://")) {
        char *proxy = xasprintf("http://%s@%s", pod->ns, pod->agents->proxy_url + strlen("http://"));
        put(vars, "http_proxy", proxy);
        put(vars, "no_proxy", "localhost,127.0.0.1,::1");
        free(proxy);
    }
    /* Settings of sanitizers and of patchbay's own programs go through. */
    for (char **e = environ; *e; e++) {
        if (!str_starts(*e, "PATCHBAY_") && !str_starts(*e, "ASAN_OPTIONS=") && !str_starts(*e, "UBSAN_OPTIONS=") &&
            !str_starts(*e, "LSAN_OPTIONS="))
            continue;
        char *name = xstrndup(*e, strcspn(*e, "="));
        put(vars, name, str_or_empty(strchr(*e, '=') + 1));
        free(name);
    }
    const char *mark = pod->agents->reaper ? edge_reaper_mark(pod->agents->reaper) : NULL;
    if (mark) {
        char *name = xstrndup(mark, strcspn(mark, "="));
        put(vars, name, strchr(mark, '=') + 1);
        free(name);
    }
}

static int fill(struct vars *vars, const struct agent_container *c, const cJSON *pod, const cJSON *spec,
                struct err *err)
{
    const cJSON *item;
    put_basics(vars, c);
    cJSON_ArrayForEach (item, json_array(spec, "envFrom"))
        if (put_all_from(vars, c, item, err) < 0)
            return -1;
    cJSON_ArrayForEach (item, json_array(spec, "env")) {
        const char *name = json_str(item, "name");
        if (!name)
            continue;
        if (json_object(item, "valueFrom")) {
            if (put_from(vars, name, c, pod, json_object(item, "valueFrom"), err) < 0)
                return -1;
            continue;
        }
        char *value = expand(vars, json_str_or(item, "value", ""));
        put(vars, name, value);
        free(value);
    }
    return 0;
}

static char **make_argv(const struct vars *vars, const cJSON *spec, const char *program)
{
    const cJSON *command = json_array(spec, "command"), *args = json_array(spec, "args"), *item;
    size_t n = 0, room = (size_t)cJSON_GetArraySize(command) + (size_t)cJSON_GetArraySize(args) + 2;
    char **argv = xcalloc(room, sizeof *argv);
    cJSON_ArrayForEach (item, command)
        if (cJSON_IsString(item))
            argv[n++] = expand(vars, item->valuestring);
    if (n == 0)
        argv[n++] = xstrdup(program);
    cJSON_ArrayForEach (item, args)
        if (cJSON_IsString(item))
            argv[n++] = expand(vars, item->valuestring);
    return argv;
}

static char **make_env(const struct vars *vars)
{
    char **env = xcalloc(vars->map.count + 1, sizeof *env);
    size_t n = 0;
    for (struct map_entry *e = map_first(&vars->map); e; e = map_next(&vars->map, e))
        env[n++] = xasprintf("%s=%s", e->key, (const char *)e->value);
    return env;
}

int container_args(struct container_args *out, const struct agent_container *c, const cJSON *pod, const char *program,
                   struct err *err)
{
    struct vars vars = {MAP_INIT};
    const cJSON *spec = container_spec(c, pod);
    *out = (struct container_args){NULL};
    int rc = fill(&vars, c, pod, spec, err);
    if (rc == 0) {
        const char *cwd = json_str(spec, "workingDir");
        out->argv = make_argv(&vars, spec, program);
        out->env = make_env(&vars);
        out->cwd = cwd && *cwd ? xstrdup(cwd) : NULL;
    }
    map_release(&vars.map, free);
    return rc;
}

static void free_list(char **list)
{
    for (char **s = list; s && *s; s++)
        free(*s);
    free(list);
}

void container_args_release(struct container_args *args)
{
    free_list(args->argv);
    free_list(args->env);
    free(args->cwd);
}
