#include "graph/pod.h"

#include "graph/files.h"

struct wiring {
    const struct graph *graph;
    const struct graph_thing *thing;
    char **urls; /* by input: one a line, "" where nothing is linked */
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *producer_url(const struct graph *graph, const struct graph_link *link)
{
    const struct graph_thing *from = &graph->things[link->from];
    const char *address = from->external ? graph_address(from, link->from_port) : NULL;
    if (address)
        return xstrdup(address);
    const struct port_type *out = media_thing_output(from->entry, link->from_port);
    return out ? xasprintf("http://%s:%d%s", from->name, from->entry->port, out->path) : NULL;
}

/* Sorted, so that the order of links in the document restarts nothing. */
static int find_urls(struct wiring *w, size_t index, struct err *err)
{
    const struct graph *graph = w->graph;
    const struct media_thing *entry = w->thing->entry;
    char **found = xcalloc(graph->link_count, sizeof *found);
    int rc = 0;
    w->urls = xcalloc(entry->input_count, sizeof *w->urls);
    for (size_t p = 0; p < entry->input_count; p++) {
        size_t count = 0;
        for (size_t i = 0; i < graph->link_count && rc == 0; i++) {
            const struct graph_link *link = &graph->links[i];
            if (link->to != index || !str_eq(link->to_port, entry->inputs[p].name))
                continue;
            char *url = link->valid && link->from < graph->thing_count ? producer_url(graph, link) : NULL;
            if (url)
                found[count++] = url;
            else
                rc = err_set(err, "the link to '%s.%s' has faults", SHOWN(w->thing->name), SHOWN(link->to_port));
        }
        if (count)
            qsort(found, count, sizeof *found, by_text);
        struct buf lines;
        buf_init(&lines, 1u << 20);
        for (size_t i = 0; i < count; i++) {
            buf_addf(&lines, "%s%s", i ? "\n" : "", found[i]);
            free(found[i]);
        }
        w->urls[p] = buf_take(&lines);
    }
    free(found);
    return rc;
}

static const char *value_of(void *data, const char *name)
{
    const struct wiring *w = data;
    if (strcmp(name, "thing") == 0)
        return w->thing->name;
    if (strcmp(name, "graph") == 0)
        return w->graph->name;
    if (str_starts(name, "param."))
        return str_or_empty(graph_param(w->thing, name + 6));
    for (size_t p = 0; str_starts(name, "in.") && p < w->thing->entry->input_count; p++)
        if (str_eq(w->thing->entry->inputs[p].name, name + 3))
            return w->urls[p];
    return NULL;
}

static char *expand(const struct wiring *w, const char *text)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    template_expand(&out, text, value_of, (void *)(uintptr_t)w, NULL);
    return buf_take(&out);
}

static void add_env(cJSON *list, const char *name, const char *value)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", name);
    cJSON_AddStringToObject(item, "value", value);
    cJSON_AddItemToArray(list, item);
}

static void add_field_env(cJSON *list, const char *name, const char *field)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", name);
    json_set_str(item, "valueFrom.fieldRef.apiVersion", "v1");
    json_set_str(item, "valueFrom.fieldRef.fieldPath", field);
    cJSON_AddItemToArray(list, item);
}

static bool names(const cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list) if (str_eq(json_str(item, "name"), name)) return true;
    return false;
}

/* Secrets come before what may refer to them by $(NAME). What a thing says wins over what its type says. */
static cJSON *environment(const struct wiring *w)
{
    cJSON *list = cJSON_CreateArray();
    const struct media_thing *entry = w->thing->entry;
    const cJSON *item, *secrets = json_array(w->thing->extra, "secrets"), *own = json_array(w->thing->extra, "env");
    add_field_env(list, "POD_IP", "status.podIP");
    add_field_env(list, "POD_NAME", "metadata.name");
    add_env(list, "PATCHBAY_GRAPH", w->graph->name);
    add_env(list, "PATCHBAY_THING", w->thing->name);
    cJSON_ArrayForEach(item, secrets) cJSON_AddItemToArray(list, cJSON_Duplicate(item, 1));
    for (size_t p = 0; p < entry->input_count; p++)
        if (entry->inputs[p].env && *w->urls[p])
            add_env(list, entry->inputs[p].env, w->urls[p]);
    for (size_t i = 0; i < entry->env_count; i++) {
        if (names(list, entry->env[i].name) || names(own, entry->env[i].name))
            continue;
        char *value = expand(w, entry->env[i].value);
        add_env(list, entry->env[i].name, value);
        free(value);
    }
    cJSON_ArrayForEach(item, own) cJSON_AddItemToArray(list, cJSON_Duplicate(item, 1));
    return list;
}

static void ask_default(cJSON *requests, const cJSON *limits, const char *resource, const char *amount)
{
    /* A limit alone is its own request: a default above it would be refused. */
    if (!json_get(requests, resource) && !json_get(limits, resource))
        cJSON_AddStringToObject(requests, resource, amount);
}

cJSON *pod_resources(const struct graph_thing *t)
{
    const cJSON *said = json_get(t->extra, "resources");
    cJSON *out = said ? cJSON_Duplicate(said, 1) : cJSON_CreateObject();
    cJSON *requests = json_ensure(out, "requests");
    ask_default(requests, json_get(out, "limits"), "cpu", "50m");
    ask_default(requests, json_get(out, "limits"), "memory", "64Mi");
    if (t->gpu_count > 0) {
        char count[16];
        snprintf(count, sizeof count, "%d", t->gpu_count);
        cJSON_AddStringToObject(json_ensure(out, "limits"), t->gpu_resource, count);
        cJSON_AddStringToObject(requests, t->gpu_resource, count);
    }
    if (!requests->child)
        json_del(out, "requests");
    return out;
}

static void add_probe(cJSON *container, const char *key, const char *path, int port, int period, int failures)
{
    if (!path)
        return;
    cJSON *probe = json_ensure(container, key);
    json_set_int(probe, "failureThreshold", failures);
    json_set_str(probe, "httpGet.path", path);
    json_set_int(probe, "httpGet.port", port);
    json_set_str(probe, "httpGet.scheme", "HTTP");
    json_set_int(probe, "periodSeconds", period);
}

void pod_restrict_container(cJSON *container)
{
    json_set_bool(container, "securityContext.allowPrivilegeEscalation", false);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(json_ensure(container, "securityContext.capabilities"), "drop"),
                         cJSON_CreateString("ALL"));
    json_set_bool(container, "securityContext.readOnlyRootFilesystem", true);
}

void pod_restrict(cJSON *spec)
{
    json_set_bool(spec, "securityContext.runAsNonRoot", true);
    json_set_str(spec, "securityContext.seccompProfile.type", "RuntimeDefault");
}

static cJSON *container(const struct wiring *w)
{
    const struct graph_thing *t = w->thing;
    const struct media_thing *entry = t->entry;
    cJSON *c = cJSON_CreateObject();
    json_set_str(c, "name", t->name);
    json_set_str(c, "image", entry->image);
    json_set_str(c, "imagePullPolicy", "IfNotPresent");
    cJSON *args = entry->args && entry->args[0] ? cJSON_AddArrayToObject(c, "args") : NULL;
    for (size_t i = 0; args && entry->args[i]; i++) {
        char *text = expand(w, entry->args[i]);
        cJSON_AddItemToArray(args, cJSON_CreateString(text));
        free(text);
    }
    cJSON_AddItemToObject(c, "env", environment(w));
    cJSON *port = cJSON_CreateObject();
    json_set_int(port, "containerPort", entry->port);
    json_set_str(port, "name", "http");
    json_set_str(port, "protocol", "TCP");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(c, "ports"), port);
    add_probe(c, "readinessProbe", entry->ready_path, entry->port, 1, 3);
    add_probe(c, "livenessProbe", entry->live_path, entry->port, 10, 3);
    cJSON_AddItemToObject(c, "resources", pod_resources(t));
    pod_restrict_container(c);
    const cJSON *storage = json_get(t->extra, "storage");
    if (storage) {
        cJSON *mount = cJSON_CreateObject();
        json_set_str(mount, "mountPath", json_str(storage, "path"));
        json_set_str(mount, "name", "storage");
        cJSON_AddItemToArray(cJSON_AddArrayToObject(c, "volumeMounts"), mount);
    }
    return c;
}

static void security(cJSON *spec, bool storage)
{
    /* A new volume is root's, and the thing is not root: the group may write. */
    if (storage) {
        json_set_int(spec, "securityContext.fsGroup", 10001);
        json_set_str(spec, "securityContext.fsGroupChangePolicy", "OnRootMismatch");
    }
    pod_restrict(spec);
}

void pod_copy(cJSON *spec, const struct graph_thing *thing, const char *key)
{
    const cJSON *value = json_get(thing->extra, key);
    if (value && (cJSON_IsString(value) || value->child))
        cJSON_AddItemToObject(spec, key, cJSON_Duplicate(value, 1));
}

cJSON *pod_template(const struct graph *graph, size_t index, cJSON *labels, cJSON **files, struct err *err)
{
    struct wiring w = {.graph = graph, .thing = &graph->things[index]};
    const struct graph_thing *t = w.thing;
    cJSON *template = NULL;
    *files = NULL;
    if (find_urls(&w, index, err) < 0 || (!(*files = files_data(t->entry, value_of, &w, err)) && t->entry->file_count)) {
        cJSON_Delete(labels);
        goto out;
    }
    template = cJSON_CreateObject();
    cJSON_AddItemToObject(json_ensure(template, "metadata"), "labels", labels);
    cJSON *spec = json_ensure(template, "spec");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(spec, "containers"), container(&w));
    cJSON_AddBoolToObject(spec, "enableServiceLinks", false);
    pod_copy(spec, t, "imagePullSecrets");
    pod_copy(spec, t, "nodeSelector");
    pod_copy(spec, t, "runtimeClassName");
    security(spec, json_get(t->extra, "storage") != NULL);
    cJSON_AddNumberToObject(spec, "terminationGracePeriodSeconds", 5);
    pod_copy(spec, t, "tolerations");
    if (json_get(t->extra, "storage")) {
        cJSON *volume = cJSON_CreateObject();
        json_set_str(volume, "name", "storage");
        json_set_str(volume, "persistentVolumeClaim.claimName", t->name);
        cJSON_AddItemToArray(cJSON_AddArrayToObject(spec, "volumes"), volume);
    }
    if (*files) {
        char *name = files_name(t->name, *files);
        files_mount(spec, cJSON_GetObjectItemCaseSensitive(spec, "containers")->child, t->entry, name);
        free(name);
    }
out:
    for (size_t p = 0; w.urls && p < t->entry->input_count; p++)
        free(w.urls[p]);
    free(w.urls);
    return template;
}
