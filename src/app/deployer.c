#include "app/deployer.h"

#include "base/time.h"
#include "graph/plan.h"
#include "k8s/kinds/configmap.h"

/* A ConfigMap holds 1 MiB with everything in it: the text is there once as itself, the history gets what is left. */
#define REVISIONS_MAX_BYTES (512u << 10)
#define REVISIONS_MAX 20

struct deployer {
    struct kube_client *client;
    struct kube_call *get;
    struct applyset *set;
    struct plan *plan;
    char *text;
    bool force, dry_run;
    applyset_progress_fn progress;
    applyset_done_fn done;
    void *data;
};

static void deployer_free(struct deployer *d)
{
    if (d->get)
        kube_cancel(d->get);
    plan_free(d->plan);
    free(d->text);
    free(d);
}

static void on_progress(void *data, const struct applyset_progress *progress)
{
    struct deployer *d = data;
    if (d->progress)
        d->progress(d->data, progress);
}

static void on_done(void *data, const struct applyset_result *result)
{
    struct deployer *d = data;
    d->set = NULL;
    applyset_done_fn done = d->done;
    void *done_data = d->data;
    deployer_free(d);
    done(done_data, result);
}

static void fail(struct deployer *d, const struct kube_answer *answer)
{
    struct applyset_result result = {.ok = false, .err = answer->err, .unreachable = answer->outcome != HTTP_DONE};
    on_done(d, &result);
}

/* What the parent says of earlier deployments, with this one at the end. An unchanged text adds none. */
static char *next_revisions(const struct deployer *d, const cJSON *parent)
{
    struct err err = ERR_INIT;
    const char *old = json_str(json_get(parent, "data"), PLAN_KEY_REVISIONS);
    cJSON *list = old ? json_parse(old, strlen(old), &err) : NULL;
    if (!cJSON_IsArray(list)) {
        cJSON_Delete(list);
        list = cJSON_CreateArray();
    }
    const cJSON *last = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
    if (!str_eq(json_str(last, "text"), d->text)) {
        char at[TIME_TEXT];
        cJSON *entry = cJSON_CreateObject();
        json_set_int(entry, "revision", json_int(last, "revision", 0) + 1);
        json_set_str(entry, "at", time_format(at, loop_wall(kube_client_loop(d->client)), 0));
        json_set_str(entry, "by", kube_client_context(d->client)->user);
        json_set_str(entry, "text", d->text);
        cJSON_AddItemToArray(list, entry);
    }
    struct buf text;
    buf_init(&text, 4u << 20);
    for (;;) {
        buf_reset(&text);
        json_print(&text, list);
        int count = cJSON_GetArraySize(list);
        if (count <= 1 || (text.len <= REVISIONS_MAX_BYTES && count <= REVISIONS_MAX))
            break;
        cJSON_DeleteItemFromArray(list, 0);
    }
    cJSON_Delete(list);
    return buf_take(&text);
}

static void apply(struct deployer *d, const cJSON *parent)
{
    char *revisions = next_revisions(d, parent);
    cJSON *data = json_ensure(d->plan->parent, "data");
    cJSON_DeleteItemFromObjectCaseSensitive(data, PLAN_KEY_REVISIONS);
    cJSON_AddStringToObject(data, PLAN_KEY_REVISIONS, revisions);
    free(revisions);
    struct applyset_options options = {
        .ns = d->plan->ns,
        .manager = PLAN_MANAGER,
        .id = d->plan->applyset_id,
        .parent = d->plan->parent,
        .members = d->plan->members,
        .member_count = d->plan->member_count,
        .force = d->force,
        .dry_run = d->dry_run,
    };
    d->set = applyset_start(d->client, &options, on_progress, on_done, d);
}

static void on_parent(void *data, const struct kube_answer *answer)
{
    struct deployer *d = data;
    d->get = NULL;
    if (answer->status == 200 || answer->status == 404)
        apply(d, answer->status == 200 ? answer->json : NULL);
    else
        fail(d, answer);
}

static int first_fault(const struct faults *faults, struct err *err)
{
    for (size_t i = 0; i < faults->count; i++)
        if (!faults->items[i].warning)
            return err_set(err, "%s:%d:%d: %s", faults->items[i].file, faults->items[i].line, faults->items[i].column,
                           faults->items[i].text);
    return 0;
}

struct deployer *deployer_start(struct kube_client *client, const struct deployer_options *options,
                                applyset_progress_fn progress, applyset_done_fn done, void *data, struct err *err)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(options->text, options->len, options->file ? options->file : "the graph",
                                      options->catalogue, &faults);
    int rc = first_fault(&faults, err);
    faults_release(&faults);
    if (rc == 0 && !graph)
        rc = err_set(err, "there is no graph to deploy");
    struct plan *plan = rc == 0 ? plan_make(graph, options->text, options->len, err) : NULL;
    graph_free(graph);
    if (!plan)
        return NULL;
    struct deployer *d = xcalloc(1, sizeof *d);
    d->client = client;
    d->plan = plan;
    d->text = xstrndup(options->text, options->len);
    d->force = options->force;
    d->dry_run = options->dry_run;
    d->progress = progress;
    d->done = done;
    d->data = data;
    struct buf path;
    buf_init(&path, 1024);
    kind_path(&path, &kind_configmap, plan->ns, json_str(plan->parent, "metadata.name"));
    struct kube_request request = {.path = path.data, .total_timeout = 30 * NSEC_PER_SEC};
    d->get = kube_start(client, &request, on_parent, d);
    buf_release(&path);
    return d;
}

void deployer_cancel(struct deployer *d)
{
    if (d->set)
        applyset_cancel(d->set);
    deployer_free(d);
}

struct deployer *deployer_delete(struct kube_client *client, const char *ns, const char *name,
                                 applyset_progress_fn progress, applyset_done_fn done, void *data)
{
    struct deployer *d = xcalloc(1, sizeof *d);
    d->client = client;
    d->progress = progress;
    d->done = done;
    d->data = data;
    char *parent_name = xasprintf("patchbay-%s", name);
    char *id = plan_applyset_id(parent_name, ns, "ConfigMap", "");
    cJSON *parent = cJSON_CreateObject();
    json_set_str(parent, "apiVersion", "v1");
    json_set_str(parent, "kind", "ConfigMap");
    json_set_str(parent, "metadata.name", parent_name);
    json_set_str(parent, "metadata.namespace", ns);
    struct applyset_options options = {.ns = ns, .manager = PLAN_MANAGER, .id = id, .parent = parent};
    d->set = applyset_delete(client, &options, on_progress, on_done, d);
    cJSON_Delete(parent);
    free(id);
    free(parent_name);
    return d;
}
