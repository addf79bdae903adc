#include "graph/plan.h"

#include "base/digest.h"
#include "graph/files.h"
#include "graph/pod.h"

#define MEMBERS_OF_THING 4 /* at most */
#define TOOLING "patchbay/v1"
#define TEXT_MAX (512u << 10) /* a ConfigMap holds 1 MiB, and its history must fit as well */

char *plan_parent_name(const char *graph)
{
    return xasprintf("patchbay-%s", graph);
}

char *plan_applyset_id(const char *name, const char *ns, const char *kind, const char *group)
{
    char *whole = xasprintf("%s.%s.%s.%s", name, ns, kind, group);
    uint8_t sum[32];
    struct buf id;
    buf_init(&id, 128);
    digest_sha256(whole, strlen(whole), sum);
    buf_adds(&id, "applyset-");
    digest_base64url(&id, sum, sizeof sum);
    buf_adds(&id, "-v1");
    free(whole);
    return buf_take(&id);
}

/* An object with what every member has, named after its thing. */
static cJSON *object_new(const struct plan *plan, const struct graph_thing *t, const char *api, const char *kind)
{
    cJSON *object = cJSON_CreateObject();
    json_set_str(object, "apiVersion", api);
    json_set_str(object, "kind", kind);
    json_set_str(object, "metadata.name", t->name);
    json_set_str(object, "metadata.namespace", plan->ns);
    cJSON *labels = json_ensure(json_ensure(object, "metadata"), "labels");
    cJSON_AddStringToObject(labels, "app.kubernetes.io/component", thing_class_name(t->entry->class));
    cJSON_AddStringToObject(labels, "app.kubernetes.io/instance", t->name);
    cJSON_AddStringToObject(labels, "app.kubernetes.io/managed-by", "patchbay");
    cJSON_AddStringToObject(labels, "app.kubernetes.io/name", t->type);
    cJSON_AddStringToObject(labels, "app.kubernetes.io/part-of", plan->name);
    cJSON_AddStringToObject(labels, "applyset.kubernetes.io/part-of", plan->applyset_id);
    cJSON_AddStringToObject(labels, PLAN_LABEL_GRAPH, plan->name);
    cJSON_AddStringToObject(labels, PLAN_LABEL_THING, t->name);
    return object;
}

static cJSON *selector(const struct plan *plan, const struct graph_thing *t)
{
    cJSON *labels = cJSON_CreateObject();
    cJSON_AddStringToObject(labels, PLAN_LABEL_GRAPH, plan->name);
    cJSON_AddStringToObject(labels, PLAN_LABEL_THING, t->name);
    return labels;
}

/* Always said in full: an apply that only turned "type" over would leave the server's own rollingUpdate beside
 * Recreate, which it then refuses. */
static cJSON *strategy(const struct graph_thing *t)
{
    const cJSON *said = json_get(t->extra, "strategy");
    cJSON *out = cJSON_CreateObject();
    bool recreate =
        said ? str_eq(json_str(said, "type"), "Recreate") : t->gpu_count > 0 || json_get(t->extra, "storage");
    json_set_str(out, "type", recreate ? "Recreate" : "RollingUpdate");
    for (size_t i = 0; !recreate && i < 2; i++) {
        const char *key = i ? "maxUnavailable" : "maxSurge";
        const cJSON *amount = json_get(json_get(said, "rollingUpdate"), key);
        cJSON_AddItemToObject(json_ensure(out, "rollingUpdate"), key,
                              amount ? cJSON_Duplicate(amount, 1) : cJSON_CreateString("25%"));
    }
    return out;
}

/* Takes pod. */
static cJSON *deployment(const struct plan *plan, const struct graph_thing *t, cJSON *pod)
{
    cJSON *object = object_new(plan, t, "apps/v1", "Deployment");
    cJSON *spec = json_ensure(object, "spec");
    cJSON_AddNumberToObject(spec, "replicas", t->replicas);
    cJSON_AddItemToObject(json_ensure(spec, "selector"), "matchLabels", selector(plan, t));
    cJSON_AddItemToObject(spec, "strategy", strategy(t));
    cJSON_AddItemToObject(spec, "template", pod);
    return object;
}

/* Takes data. */
static cJSON *files_map(const struct plan *plan, const struct graph_thing *t, cJSON *data)
{
    cJSON *object = object_new(plan, t, "v1", "ConfigMap");
    char *name = files_name(t->name, data);
    json_set_str(object, "metadata.name", name);
    free(name);
    cJSON_AddItemToObject(object, "data", data);
    return object;
}

static cJSON *service(const struct plan *plan, const struct graph_thing *t)
{
    cJSON *object = object_new(plan, t, "v1", "Service");
    cJSON *spec = json_ensure(object, "spec");
    cJSON *port = cJSON_CreateObject();
    json_set_str(port, "name", "http");
    json_set_int(port, "port", t->entry->port);
    json_set_str(port, "protocol", "TCP");
    json_set_int(port, "targetPort", t->entry->port);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(spec, "ports"), port);
    cJSON_AddItemToObject(spec, "selector", selector(plan, t));
    return object;
}

static cJSON *volume_claim(const struct plan *plan, const struct graph_thing *t)
{
    cJSON *object = object_new(plan, t, "v1", "PersistentVolumeClaim");
    const cJSON *storage = json_get(t->extra, "storage");
    cJSON *spec = json_ensure(object, "spec");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(spec, "accessModes"), cJSON_CreateString("ReadWriteOnce"));
    json_set_str(spec, "resources.requests.storage", json_str(storage, "size"));
    json_set_str(spec, "storageClassName", json_str(storage, "class"));
    return object;
}

/* "apps/Deployment/camera"; of the core group "Service/camera". */
static char *member_key(const cJSON *object)
{
    const char *api = json_str(object, "apiVersion"), *slash = strchr(api, '/');
    return xasprintf("%.*s%s/%s", slash ? (int)(slash - api) + 1 : 0, api, json_str(object, "kind"),
                     json_str(object, "metadata.name"));
}

static int by_key(const void *a, const void *b)
{
    char *x = member_key(*(cJSON *const *)a), *y = member_key(*(cJSON *const *)b);
    int order = strcmp(x, y);
    free(x);
    free(y);
    return order;
}

/* "Deployment.apps,Service": of the members, sorted by kind. */
static void add_kinds(const struct plan *plan, struct buf *out)
{
    static const char *const kinds[] = {"ConfigMap", "Deployment.apps", "PersistentVolumeClaim", "Service"};
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        size_t len = strcspn(kinds[k], "."), i = 0;
        while (i < plan->member_count && strncmp(json_str(plan->members[i], "kind"), kinds[k], len) != 0)
            i++;
        /* The two that every thing has are named for a graph without things, too. */
        if (i < plan->member_count || k == 1 || k == 3)
            buf_addf(out, "%s%s", out->len ? "," : "", kinds[k]);
    }
}

static cJSON *parent_new(const struct plan *plan, const char *text)
{
    cJSON *object = cJSON_CreateObject();
    json_set_str(object, "apiVersion", "v1");
    json_set_str(object, "kind", "ConfigMap");
    char *name = plan_parent_name(plan->name);
    json_set_str(object, "metadata.name", name);
    free(name);
    json_set_str(object, "metadata.namespace", plan->ns);
    cJSON *meta = json_ensure(object, "metadata");
    cJSON *annotations = json_ensure(meta, "annotations"), *labels = json_ensure(meta, "labels");
    struct buf kinds;
    buf_init(&kinds, 256);
    add_kinds(plan, &kinds);
    cJSON_AddStringToObject(annotations, "applyset.kubernetes.io/contains-group-kinds", kinds.data);
    buf_release(&kinds);
    cJSON_AddStringToObject(annotations, "applyset.kubernetes.io/tooling", TOOLING);
    cJSON_AddStringToObject(labels, "app.kubernetes.io/managed-by", "patchbay");
    cJSON_AddStringToObject(labels, "applyset.kubernetes.io/id", plan->applyset_id);
    cJSON_AddStringToObject(labels, PLAN_LABEL_GRAPH, plan->name);
    cJSON_AddStringToObject(labels, PLAN_LABEL_KIND, "graph");
    struct buf members;
    buf_init(&members, 1u << 24);
    for (size_t i = 0; i < plan->member_count; i++) {
        char *key = member_key(plan->members[i]);
        buf_addf(&members, "%s\n", key);
        free(key);
    }
    cJSON *data = json_ensure(object, "data");
    cJSON_AddStringToObject(data, PLAN_KEY_FORMAT, "1");
    cJSON_AddStringToObject(data, PLAN_KEY_TEXT, text);
    cJSON_AddStringToObject(data, PLAN_KEY_MEMBERS, members.data);
    buf_release(&members);
    return object;
}

/* All objects of a thing. */
static int add_thing(struct plan *plan, const struct graph *graph, size_t index, struct err *err)
{
    const struct graph_thing *t = &graph->things[index];
    cJSON *files = NULL;
    cJSON *pod = t->entry && *t->name ? pod_template(graph, index, selector(plan, t), &files, err) : NULL;
    if (!pod)
        return err_is_set(err) ? -1 : err_set(err, "the thing '%s' has faults", SHOWN(t->name));
    plan->members[plan->member_count++] = deployment(plan, t, pod);
    plan->members[plan->member_count++] = service(plan, t);
    if (json_get(t->extra, "storage"))
        plan->members[plan->member_count++] = volume_claim(plan, t);
    if (files)
        plan->members[plan->member_count++] = files_map(plan, t, files);
    return 0;
}

struct plan *plan_make(const struct graph *graph, const char *text, size_t len, struct err *err)
{
    if (len > TEXT_MAX) {
        err_set(err, "the graph's text has %zu KiB; a cluster keeps it in a ConfigMap, which has room for %u",
                len >> 10, TEXT_MAX >> 10);
        return NULL;
    }
    if (!*graph->name) {
        err_set(err, "the graph has no name");
        return NULL;
    }
    struct plan *plan = xcalloc(1, sizeof *plan);
    plan->ns = xstrdup(graph->ns);
    plan->name = xstrdup(graph->name);
    char *parent = plan_parent_name(graph->name);
    plan->applyset_id = plan_applyset_id(parent, graph->ns, "ConfigMap", "");
    free(parent);
    plan->members = xcalloc(graph->thing_count * MEMBERS_OF_THING, sizeof *plan->members);
    for (size_t i = 0; i < graph->thing_count; i++)
        if (!graph->things[i].external && add_thing(plan, graph, i, err) < 0) {
            plan_free(plan);
            return NULL;
        }
    if (plan->member_count)
        qsort(plan->members, plan->member_count, sizeof *plan->members, by_key);
    char *own = xstrndup(text, len);
    plan->parent = parent_new(plan, own);
    free(own);
    return plan;
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->member_count; i++)
        cJSON_Delete(plan->members[i]);
    free(plan->members);
    cJSON_Delete(plan->parent);
    free(plan->ns);
    free(plan->name);
    free(plan->applyset_id);
    free(plan);
}

void plan_render(const struct plan *plan, struct buf *out)
{
    yaml_emit(out, plan->parent);
    for (size_t i = 0; i < plan->member_count; i++) {
        buf_adds(out, "---\n");
        yaml_emit(out, plan->members[i]);
    }
}
