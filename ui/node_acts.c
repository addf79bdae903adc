#include "ui/node_acts.h"

#include "k8s/drain.h"
#include "ui/choice.h"
#include "ui/dashboard_private.h"

static const struct {
    const char *name, *title, *what;
    enum action needs;
} acts[] = {
    [NODE_CORDON] = {"cordon", "Cordon", "it takes no new pods; those on it stay", ACTION_CORDON},
    [NODE_UNCORDON] = {"uncordon", "Uncordon", "it takes pods again", ACTION_CORDON},
    [NODE_DRAIN] = {"drain", "Drain", "it is cordoned, and its pods are evicted:", ACTION_DRAIN},
};

struct asking { /* waits for an answer, of the cluster and then of the operator */
    struct dashboard *dash;
    enum node_act act;
    char *node;
    const struct view *from; /* where it was begun */
};

static void asking_free(void *data)
{
    struct asking *asking = data;
    free(asking->node);
    free(asking);
}

static void act_yes(void *data)
{
    struct asking *asking = data;
    struct model *model = asking->dash->model;
    struct err err = ERR_INIT;
    int rc = asking->act == NODE_DRAIN ? model_drain(model, asking->node, &err)
                                       : model_cordon(model, asking->node, asking->act == NODE_CORDON, &err);
    if (rc < 0)
        dashboard_say(asking->dash, ROLE_BAD, "%s", err.text);
}

static void ask(struct asking *asking, struct choice_lines lines)
{
    char title[300], text[400];
    snprintf(title, sizeof title, "%s %s", acts[asking->act].title, asking->node);
    snprintf(text, sizeof text, "context %s: %s", str_or_empty(asking->dash->model->context), acts[asking->act].what);
    choice_confirm(asking->dash, title, text, lines, acts[asking->act].name, act_yes, asking, asking_free);
}

static void add_pod(struct choice_lines *lines, const struct drain_pod *pod)
{
    bool warns = pod->local || pod->bare;
    if (pod->fate == DRAIN_EVICT)
        choice_lines_add(lines, warns ? ROLE_WARNING : ROLE_DIALOG, "%s/%s%s%s%s", pod->ns, pod->name,
                         pod->asked ? " (leaving already)" : "", pod->local ? ": its emptyDir data is lost" : "",
                         !pod->bare ? "" : pod->local ? ", and nobody brings it back" : ": nobody brings it back");
}

static void add_staying(struct choice_lines *lines, const struct drain_plan *plan)
{
    static const char *const words[] = {
        [DRAIN_DAEMON] = "of daemon sets", [DRAIN_MIRROR] = "of its kubelet", [DRAIN_ENDED] = "ended before"};
    for (int fate = DRAIN_DAEMON; fate < DRAIN_FATES; fate++)
        if (plan->of[fate])
            choice_lines_add(lines, ROLE_DIM, "stays: %zu %s", plan->of[fate], words[fate]);
}

static void on_looked(void *data, const struct drain_plan *plan, const struct err *err, bool unreachable UNUSED)
{
    struct asking *asking = data;
    struct choice_lines lines = {0};
    asking->dash->drain_look = NULL;
    asking->dash->drain_asking = NULL;
    if (!plan) {
        dashboard_say(asking->dash, ROLE_BAD, "%s", err->text);
        asking_free(asking);
        return;
    }
    if (asking->dash->current->view != asking->from) { /* a y would be meant for another view */
        dashboard_say(asking->dash, ROLE_WARNING, "%s is not drained: its question came when you were elsewhere", asking->node);
        asking_free(asking);
        return;
    }
    dashboard_say(asking->dash, ROLE_NORMAL, "%s", "");
    for (size_t i = 0; i < plan->count; i++)
        add_pod(&lines, &plan->pods[i]);
    if (!plan->of[DRAIN_EVICT])
        choice_lines_add(&lines, ROLE_DIALOG, "none: there is no pod that has to leave");
    add_staying(&lines, plan);
    ask(asking, lines);
}

static const struct node *find(struct dashboard *dash, const char *name, struct err *err)
{
    struct store *nodes = model_store(dash->model, SOURCE_NODES);
    const struct record *record = nodes ? store_find(nodes, NULL, name) : NULL;
    if (!record)
        err_set(err, "there is no node '%s'", name);
    return (const struct node *)record;
}

/* What is so already is no question. */
static bool is_so(enum node_act act, const struct node *node)
{
    return act != NODE_DRAIN && node->unschedulable == (act == NODE_CORDON);
}

void node_acts_end(struct dashboard *dash)
{
    drain_look_cancel(dash->drain_look);
    if (dash->drain_asking)
        asking_free(dash->drain_asking);
    dash->drain_look = NULL;
    dash->drain_asking = NULL;
}

void node_acts_run(struct dashboard *dash, enum node_act act, const char *name)
{
    const struct view *view = dash->current->view;
    struct err err = ERR_INIT;
    if ((!name || !*name) && view->node)
        name = view->node(dash->current->state);
    if (!name || !*name) {
        dashboard_say(dash, ROLE_WARNING, "which node? :%s NODE, or a key in Nodes (3)", acts[act].name);
        return;
    }
    const struct node *node = find(dash, name, &err);
    if (!node || model_may_write(dash->model, &err) < 0 || action_allowed(dash->model, acts[act].needs, NULL, &err) < 0) {
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
        return;
    }
    if (is_so(act, node)) {
        dashboard_say(dash, ROLE_NORMAL, "%s is %s", name,
                      act == NODE_CORDON ? "cordoned already; u uncordons it" : "open for pods already");
        return;
    }
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){dash, act, xstrdup(name), view};
    if (act != NODE_DRAIN || !dash->model->client) {
        ask(asking, (struct choice_lines){0});
        return;
    }
    node_acts_end(dash);
    dashboard_say(dash, ROLE_BUSY, "looking at the pods on %s", name);
    dash->drain_asking = asking;
    dash->drain_look = drain_look(dash->model->client, name, on_looked, asking);
}

unsigned node_acts_command(struct dashboard *dash, int command, const char *node)
{
    if (command < NODE_ACTS || command > NODE_ACTS + NODE_DRAIN)
        return DID_NOTHING;
    node_acts_run(dash, (enum node_act)(command - NODE_ACTS), node);
    return DID_CHANGE;
}
