#include "ui/objects.h"

#include "base/time.h"
#include "k8s/redact.h"
#include "ui/dashboard_private.h"
#include "ui/kinds.h"
#include "ui/inside.h"
#include "ui/why.h"

#define TEXT_MAX (8u << 20)

static void on_fetched(void *data, const struct kube_answer *answer)
{
    struct dashboard *dash = data;
    dash->fetch = NULL;
    if (err_is_set(&answer->err) || !answer->json) {
        dashboard_say(dash, ROLE_BAD, "%s", err_is_set(&answer->err) ? answer->err.text : "the answer is no object");
        return;
    }
    struct buf text;
    buf_init(&text, TEXT_MAX);
    cJSON *object = cJSON_Duplicate(answer->json, true);
    redact_shown(object);
    yaml_emit(&text, object);
    cJSON_Delete(object);
    if (text.over)
        dashboard_say(dash, ROLE_WARNING, "the object is larger than %u MiB; its end is missing", TEXT_MAX >> 20);
    dashboard_show_text(dash, dash->fetch_title, text.data);
    buf_release(&text);
}

static void fetch(struct dashboard *dash, const struct record *record)
{
    struct model *model = dash->model;
    if (!model->client) {
        dashboard_say(dash, ROLE_WARNING, "there is no cluster here that could be asked for the object");
        return;
    }
    if (dash->fetch)
        kube_cancel(dash->fetch);
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, record->kind, record->ns, record->name);
    snprintf(dash->fetch_title, sizeof dash->fetch_title, "%s %s", record->kind->name, record->name);
    dash->fetch = kube_start(model->client,
                             &(struct kube_request){.path = path.data, .total_timeout = 15 * NSEC_PER_SEC}, on_fetched,
                             dash);
    buf_release(&path);
}

struct deletion {
    struct dashboard *dash;
    const struct kind *kind;
    char *ns, *name, *uid;
};

static void deletion_free(void *data)
{
    struct deletion *deletion = data;
    free(deletion->ns);
    free(deletion->name);
    free(deletion->uid);
    free(deletion);
}

static void delete_yes(void *data)
{
    struct deletion *deletion = data;
    struct err err = ERR_INIT;
    if (model_delete_object(deletion->dash->model, deletion->kind, deletion->ns, deletion->name, deletion->uid, &err) < 0)
        dashboard_say(deletion->dash, ROLE_BAD, "%s", err.text);
    else
        dashboard_say(deletion->dash, ROLE_BUSY, "deleting %s", deletion->name);
}

static void ask_delete(struct dashboard *dash, const struct record *record)
{
    struct err err = ERR_INIT;
    if (model_may_write(dash->model, &err) < 0) {
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
        return;
    }
    struct deletion *deletion = xcalloc(1, sizeof *deletion);
    *deletion = (struct deletion){dash, record->kind, xstrdup_or_null(record->ns), xstrdup(record->name),
                                  xstrdup_or_null(record->uid)};
    char title[256], text[1024];
    snprintf(title, sizeof title, "Delete on %s", str_or_empty(dash->model->context));
    snprintf(text, sizeof text, "%s %s%s%s\non the cluster of context %s", record->kind->name,
             str_or_empty(record->ns), record->ns ? "/" : "", record->name, str_or_empty(dash->model->context));
    dashboard_confirm(dash, title, text, "delete", delete_yes, deletion, deletion_free);
}

static void open_on(struct dashboard *dash, const struct view *view, const struct record *record)
{
    dashboard_open(dash, view, &(struct target){.kind = record->kind, .ns = record->ns, .name = record->name, .uid = record->uid});
}

const struct record *object_mirrored(struct dashboard *dash, const struct record *record)
{
    static const enum model_source_id sources[] = {SOURCE_PODS, SOURCE_DEPLOYMENTS, SOURCE_NODES};
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        struct store *store = model_store(dashboard_model(dash), sources[i]);
        const struct kind *kind = store ? store_kind(store) : NULL;
        if (kind && str_eq(kind->name, record->kind->name) && str_eq(kind->group, record->kind->group))
            return store_find(store, record->ns, record->name);
    }
    return NULL;
}

unsigned object_command(struct dashboard *dash, int command, const struct record *record)
{
    struct err err = ERR_INIT;
    if (command < OBJECT_YAML || command > OBJECT_FORWARD)
        return DID_NOTHING;
    if (!record) {
        dashboard_say(dash, ROLE_DIM, "nothing is selected");
        return DID_CHANGE;
    }
    switch (command) {
    case OBJECT_LOGS:
        if (!(record = (const struct record *)object_pod(dash, record, &err))) {
            dashboard_say(dash, ROLE_WARNING, "%s", err.text);
            break;
        }
        open_on(dash, &view_logs, record);
        break;
    case OBJECT_PICTURE:
        open_on(dash, &view_picture, record);
        break;
    case OBJECT_WHY:
        why_show_record(dash, record);
        break;
    case OBJECT_SHELL:
        shell_open(dash, record, NULL);
        break;
    case OBJECT_FORWARD:
        forward_ask(dash, record);
        break;
    case OBJECT_DELETE:
        ask_delete(dash, record);
        break;
    case OBJECT_DESCRIBE:
        open_on(dash, &view_describe, record);
        break;
    default:
        fetch(dash, record);
        break;
    }
    return DID_CHANGE;
}

/* Describing by name. */

static void describe_found(struct dashboard *dash, const struct kind *kind, const char *where)
{
    const char *slash = strchr(where, '/');
    const char *ns = !kind->namespaced ? NULL : slash ? where : dash->model->ns;
    char *space = ns ? xstrndup(ns, strcspn(ns, "/")) : NULL;
    if (kind->namespaced && !ns)
        dashboard_say(dash, ROLE_WARNING, "all namespaces are shown: which one is '%s' in? ':describe %s NAMESPACE/%s' says it", where,
                      kind->plural, where);
    else
        dashboard_open(dash, &view_describe, &(struct target){.kind = kind, .ns = space, .name = slash ? slash + 1 : where});
    free(space);
}

void object_describe(struct dashboard *dash, const char *kind, const char *where)
{
    kinds_find(dash, kind, where, describe_found);
}

/* As its key does, where the view has it. */
static bool pressed(struct dashboard *dash, uint32_t code)
{
    const struct view *view = dash->current->view;
    struct key key = {.code = code};
    const struct binding *binding = binding_find(view->bindings, &key);
    if (binding)
        view->command(dash->current->state, binding->command, &key);
    return binding;
}

void object_why_selected(struct dashboard *dash)
{
    if (!pressed(dash, 'w'))
        dashboard_open(dash, &view_why, NULL); /* what was asked last */
}

static void describe_selected(struct dashboard *dash)
{
    if (!pressed(dash, 'd'))
        dashboard_say(dash, ROLE_WARNING, "nothing here can be described; ':describe KIND NAME' describes an object by its name");
}

void object_describe_line(struct dashboard *dash, const char *args)
{
    size_t n = strcspn(args, " /");
    if (!*args) {
        describe_selected(dash);
        return;
    }
    const char *where = args + n + strspn(args + n, " /");
    if (!*where) {
        dashboard_say(dash, ROLE_WARNING, "describe takes a kind and a name: ':describe pod NAME'");
        return;
    }
    char *kind = xstrndup(args, n);
    object_describe(dash, kind, where);
    free(kind);
}
