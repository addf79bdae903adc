#include "base/text.h"
#include "graph/plan.h"
#include "ui/objects.h"
#include "ui/why.h"
#include "ui/view/graph_view.h"

/* What leads out of the view: deletion, logs, objects, the whole of a sentence. */

struct deletion {
    struct dashboard *dash;
    char *ns, *name;
};

static void delete_yes(void *data)
{
    struct deletion *deletion = data;
    struct err err = ERR_INIT;
    if (model_delete_graph(dashboard_model(deletion->dash), deletion->ns, deletion->name, &err) < 0)
        dashboard_say(deletion->dash, ROLE_BAD, "%s", err.text);
}

static void deletion_free(void *data)
{
    struct deletion *deletion = data;
    free(deletion->ns);
    free(deletion->name);
    free(deletion);
}

void graph_delete(struct graph_view *view)
{
    const struct graph *graph = view->graph;
    struct err err = ERR_INIT;
    if (model_may_write(view->model, &err) < 0) {
        dashboard_say(view->dash, ROLE_WARNING, "%s", err.text);
        return;
    }
    size_t deployed = 0;
    for (size_t i = 0; i < graph->thing_count; i++)
        deployed += graph_view_live(view, i)->deployment != NULL;
    if (!deployed) {
        dashboard_say(view->dash, ROLE_NORMAL, "%s/%s is not deployed: there is nothing to delete", graph->ns,
                      graph->name);
        return;
    }
    struct deletion *deletion = xcalloc(1, sizeof *deletion);
    *deletion = (struct deletion){view->dash, xstrdup(graph->ns), xstrdup(graph->name)};
    char title[300], text[512];
    snprintf(title, sizeof title, "Delete graph %s/%s", graph->ns, graph->name);
    snprintf(text, sizeof text, "context %s\n\n%zu thing%s with their pods and services are deleted on the cluster.\n"
             "The draft here stays.", str_or_empty(view->model->context), deployed, deployed == 1 ? "" : "s");
    dashboard_confirm(view->dash, title, text, "delete", delete_yes, deletion, deletion_free);
}

unsigned graph_warm(void *state, const char *args UNUSED)
{
    struct graph_view *view = state;
    struct err err = ERR_INIT;
    if (model_warm(view->model, NULL, NULL, &err) < 0)
        dashboard_say(view->dash, ROLE_BAD, "%s", err.text);
    return DID_CHANGE;
}

/* What is only deployed and no longer in the draft is acted on, too, when it is selected. */
static const char *selected_gone(const struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    return thing != LAYOUT_NONE && !graph_view_own(view, thing) ? view->thing : NULL;
}

static const struct deployment *deployment_of(const struct graph_view *view, const char *name, enum act act, struct err *err)
{
    size_t thing = graph_index(view->graph, name);
    const struct deployment *deployment = graph_view_live(view, thing)->deployment;
    if (view->graph->things[thing].external)
        act_external(act, err);
    else if (!deployment)
        err_set(err, "is %s; D deploys it", graph_view_live(view, thing)->state);
    if (err_is_set(err))
        err_prefix(err, "%s", name);
    return deployment;
}

const struct deployment **graph_deployments(void *state, enum act act, struct err *err)
{
    struct graph_view *view = state;
    if (!graph_view_sync(view)) {
        err_set(err, "there is no graph here to %s anything of", act_table[act].name);
        return NULL;
    }
    size_t count;
    char **names = graph_chosen(view, &count);
    const char *gone = count ? NULL : selected_gone(view);
    const struct deployment **chosen = xcalloc(count + 2, sizeof *chosen);
    if (gone)
        chosen[0] = deployment_of(view, gone, act, err);
    else if (!count)
        err_set(err, "nothing is selected to %s", act_table[act].name);
    for (size_t i = 0; i < count && !err_is_set(err); i++)
        chosen[i] = deployment_of(view, names[i], act, err);
    graph_names_free(names);
    if (!err_is_set(err))
        return chosen;
    free(chosen);
    return NULL;
}

/* Of the selected box; NULL, which is said: it has none. */
static const struct pod *pod_of_box(struct graph_view *view)
{
    size_t thing = graph_view_thing(view);
    const struct pod *pod = thing == LAYOUT_NONE ? NULL : graph_view_live(view, thing)->pod;
    if (!pod && thing != LAYOUT_NONE)
        dashboard_say(view->dash, ROLE_NORMAL, "%s has no pod: %s", view->thing, graph_view_live(view, thing)->state);
    return pod;
}

/* With all its replicas; pods that come later as well. */
void graph_show_log(struct graph_view *view)
{
    const struct pod *pod = pod_of_box(view);
    if (pod)
        dashboard_open(view->dash, &view_logs, &(struct target){.ns = pod->r.ns, .graph = pod->graph, .thing = pod->thing});
}

void graph_show_picture(struct graph_view *view)
{
    const struct pod *pod = pod_of_box(view);
    if (pod)
        object_command(view->dash, OBJECT_PICTURE, &pod->r);
}

/* What a deployment would send for a thing that is not there yet. */
static void show_planned(struct graph_view *view, size_t thing)
{
    size_t len;
    struct err err = ERR_INIT;
    const char *text = document_text(view->model->document, &len), *name = view->graph->things[thing].name;
    const struct faults *faults = document_faults(view->model->document);
    struct plan *plan = faults->errors ? NULL : plan_make(document_graph(view->model->document), text, len, &err);
    if (!plan) {
        dashboard_say(view->dash, ROLE_WARNING, "%s is not deployed, and cannot be: %s", name,
                      faults->errors ? "the graph has faults (D lists them)" : err.text);
        return;
    }
    struct buf out;
    buf_init(&out, 1u << 20);
    for (size_t i = 0; i < plan->member_count; i++)
        if (str_eq(json_str(plan->members[i], "metadata.name"), name)) {
            buf_adds(&out, out.len ? "---\n" : "# Not deployed yet; D would send this.\n");
            yaml_emit(&out, plan->members[i]);
        }
    if (out.len)
        dashboard_show_text(view->dash, name, out.data);
    else
        dashboard_say(view->dash, ROLE_NORMAL, "%s is external: nothing of it is deployed", name);
    buf_release(&out);
    plan_free(plan);
}

const struct record *graph_selected_record(void *state)
{
    struct graph_view *view = state;
    size_t thing = graph_view_sync(view) ? graph_view_thing(view) : LAYOUT_NONE;
    const struct live_thing *live = thing == LAYOUT_NONE ? NULL : graph_view_live(view, thing);
    return !live ? NULL : live->pod ? &live->pod->r : live->deployment ? &live->deployment->r : NULL;
}

void graph_show_object(struct graph_view *view, int command)
{
    size_t thing = graph_view_thing(view);
    const struct live_thing *live = thing == LAYOUT_NONE ? NULL : graph_view_live(view, thing);
    const struct record *record = !live ? NULL : command == OBJECT_YAML && live->deployment ? &live->deployment->r
                                  : live->pod ? &live->pod->r : NULL;
    if (record)
        object_command(view->dash, command, record);
    else if (live && !live->deployment && command == OBJECT_YAML)
        show_planned(view, thing);
    else if (live)
        dashboard_say(view->dash, ROLE_NORMAL, "%s: %s", view->thing, live->state);
}

/* A box that is deployed; above its causes what the status line says. */
static bool why_of_box(void *data, const char *name, struct why_of *out, struct buf *head)
{
    struct graph_view *view = data;
    if (!graph_view_sync(view))
        return false;
    size_t thing = graph_index(view->graph, name);
    const struct live_thing *live = thing == SIZE_MAX ? NULL : graph_view_live(view, thing);
    if (!live || !live->deployment)
        return false;
    if (str_eq(name, view->thing) && !graph_view_stop(view)) {
        char text[1024];
        enum role role;
        graph_words(view, text, sizeof text, &role);
        buf_adds(head, text);
    }
    *out = (struct why_of){.graph = view->graph, .live = &view->live, .thing = thing};
    return true;
}

/* The sentence of the status line, whole, for it is cut there; and the causes. */
void graph_show_why(struct graph_view *view)
{
    char text[1024];
    enum role role;
    graph_words(view, text, sizeof text, &role);
    if (view->thing && !graph_view_stop(view) && why_show(view->dash, view->thing, why_of_box, view))
        return;
    size_t thing = view->thing && !graph_view_stop(view) && graph_view_sync(view) ? graph_index(view->graph, view->thing) : SIZE_MAX;
    const struct live_thing *live = thing == SIZE_MAX ? NULL : graph_view_live(view, thing);
    bool well = live && live->deployment && live->health == HEALTH_GOOD && role == ROLE_NORMAL;
    if (text_width(text) + (well ? 13 : 0) <= view->area_w - 2) {
        dashboard_say(view->dash, role, "%s%s", text, well ? "; all is well" : "");
        return;
    }
    struct buf wrapped;
    buf_init(&wrapped, 8192);
    why_wrap(&wrapped, text, view->area_w - 2);
    dashboard_show_text(view->dash, "why", wrapped.data);
    buf_release(&wrapped);
}
