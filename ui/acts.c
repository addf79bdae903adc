#include "ui/acts.h"

#include "base/text.h"
#include "graph/graph.h"
#include "ui/choice.h"
#include "ui/dashboard_private.h"

struct asking { /* waits for an answer */
    struct dashboard *dash;
    enum act act;
    int replicas;
    struct model_part *parts; /* their texts are owned */
    size_t count;
};

static void asking_free(void *data)
{
    struct asking *asking = data;
    for (size_t i = 0; i < asking->count; i++) {
        free((char *)(uintptr_t)asking->parts[i].ns);
        free((char *)(uintptr_t)asking->parts[i].graph);
        free((char *)(uintptr_t)asking->parts[i].name);
        free((char *)(uintptr_t)asking->parts[i].uid);
    }
    free(asking->parts);
    free(asking);
}

static void act_yes(void *data)
{
    struct asking *asking = data;
    struct err err = ERR_INIT;
    struct model_act act = {asking->act, asking->replicas, asking->parts, asking->count};
    if (model_act(asking->dash->model, &act, &err) < 0)
        dashboard_say(asking->dash, ROLE_BAD, "%s", err.text);
}

/* How many pods the deployed graph says; read only where a start has nothing else to go by. */
static int graph_wants(const struct asking *asking, const struct deployment *d)
{
    const struct model *model = asking->dash->model;
    const char *text = asking->act == ACT_START && !d->wanted && d->stopped_from <= 0
                           ? model_deployed_text(model, d->r.ns, d->graph)
                           : NULL;
    if (!text)
        return -1;
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, strlen(text), d->graph, model->catalogue, &faults);
    const struct graph_thing *thing = graph ? graph_find(graph, str_or_empty(d->thing)) : NULL;
    int wanted = thing ? thing->replicas : -1;
    graph_free(graph);
    faults_release(&faults);
    return wanted;
}

/* Takes what makes sense for one; its line of the question, or what is to be said instead of a question. */
static void consider(struct asking *asking, struct choice_lines *lines, const struct deployment *d)
{
    struct rollout_ask ask = {.what = ROLLOUT_NOTHING};
    struct err err = ERR_INIT;
    char text[ACT_TEXT];
    struct act_request request = {asking->act, asking->replicas, d->graph ? graph_wants(asking, d) : -1};
    int rc = d->graph ? act_decide(&request, d, &ask, text, &err)
                      : err_set(&err, "is no part of a graph, and is left to kubectl");
    if (rc == 0 && ask.what != ROLLOUT_NOTHING)
        asking->parts[asking->count++] = (struct model_part){xstrdup(str_or_empty(d->r.ns)), xstrdup(d->graph), xstrdup(d->r.name),
                                                             xstrdup_or_null(d->r.uid), request.wanted};
    choice_lines_add(lines, rc < 0 ? ROLE_WARNING : ask.what == ROLLOUT_NOTHING ? ROLE_DIM : ROLE_DIALOG, "%s: %s",
                     d->r.name, rc < 0 ? err.text : text);
}

static void question(struct asking *asking, struct choice_lines lines)
{
    const char *name = act_table[asking->act].name;
    char title[300], text[300], verb[32];
    snprintf(verb, sizeof verb, "%c%s", name[0] - 'a' + 'A', name + 1);
    if (asking->count == 1)
        snprintf(title, sizeof title, "%s %s/%s", verb, asking->parts[0].graph, asking->parts[0].name);
    else
        snprintf(title, sizeof title, "%s %zu things of %s", verb, asking->count, asking->parts[0].graph);
    snprintf(text, sizeof text, "context %s, namespace %s", str_or_empty(asking->dash->model->context), asking->parts[0].ns);
    choice_confirm(asking->dash, title, text, lines, name, act_yes, asking, asking_free);
}

static void ask(struct dashboard *dash, enum act act, int replicas, const struct deployment *const *chosen)
{
    size_t count = 0;
    while (chosen[count])
        count++;
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){dash, act, replicas, xcalloc(count + 1, sizeof *asking->parts), 0};
    struct choice_lines lines = {0};
    for (size_t i = 0; i < count; i++)
        consider(asking, &lines, chosen[i]);
    if (asking->count) {
        question(asking, lines);
        return;
    }
    if (count)
        dashboard_say(dash, lines.items[0].role == ROLE_WARNING ? ROLE_WARNING : ROLE_NORMAL, "%s", lines.items[0].text);
    choice_lines_release(&lines);
    asking_free(asking);
}

static int read_replicas(enum act act, const char *words, int *replicas, struct err *err)
{
    int64_t number = 0;
    if (act == ACT_SCALE && (!text_int(words, &number) || number < 0 || number > ACT_REPLICAS_MAX))
        return err_set(err, "scale wants a number of pods, from 0 to %d: :scale 2", ACT_REPLICAS_MAX);
    if (act != ACT_SCALE && *words)
        return err_set(err, "%s takes what is marked or selected, and no words", act_table[act].name);
    *replicas = (int)number;
    return 0;
}

void acts_run(struct dashboard *dash, enum act act, const char *words)
{
    const struct view *view = dash->current->view;
    void *state = dash->current->state;
    struct err err = ERR_INIT;
    int replicas = 0;
    const char *ns = view->ns ? view->ns(state) : NULL;
    if (read_replicas(act, words, &replicas, &err) < 0 || model_may_write(dash->model, &err) < 0 ||
        action_allowed(dash->model, ACTION_ACT, ns ? ns : dash->model->ns, &err) < 0) {
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
        return;
    }
    if (!view->chosen) {
        dashboard_say(dash, ROLE_WARNING, "%s acts on what is chosen in Graph (1) or Deployments (2)", act_table[act].name);
        return;
    }
    const struct deployment **chosen = view->chosen(state, act, &err);
    if (chosen)
        ask(dash, act, replicas, chosen);
    else
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
    free(chosen);
}
