#include "app/session_private.h"

#include "base/text.h"
#include "k8s/setparent.h"

/* What the cluster would say of a deployment that is reviewed: asked at once, told in the review and at the boxes, forgotten with
 * the first edit. It is nobody's task: nothing waits for it. */

static char *clean(const char *text)
{
    struct buf out;
    buf_init(&out, 2000);
    text_sanitise(&out, text, MIN(strlen(text), 1000));
    return buf_take(&out);
}

static void refuse(struct session *s, const struct trial *trial, const char *text, bool ends)
{
    char *why = clean(text), *thing = clean(trial_thing(trial));
    struct model_refusal *refusal = model_trial_refuse(&s->model.trial, thing, why);
    for (size_t i = 0; i < trial->object->conflict_count; i++) {
        const struct setobject_conflict *conflict = &trial->object->conflicts[i];
        model_refusal_add_other(refusal, xasprintf("%s, set by %s", conflict->field, conflict->manager));
    }
    refusal->ends = ends;
    if (!map_get(&s->model.refused, thing))
        map_put(&s->model.refused, thing, xasprintf("by a dry run: %s", why)); /* nothing was written */
    free(why);
    free(thing);
}

static void take_trial(struct session *s, const struct trial *trial, bool ends)
{
    const struct setobject *object = trial->object;
    if (ends && !object->before) /* that is said once */
        return;
    if (trial_leaves(trial, s->trial_plan, false)) {
        char *why = xasprintf("%s is there already and not this graph's: nothing would be deployed", object->words);
        refuse(s, trial, why, !object->why && !trial_leaves(trial, s->trial_plan, true));
        free(why);
    }
    if (object->why)
        refuse(s, trial, object->why, object->conflict_count && trial->would);
}

/* Objects that would be made though their thing is deployed, as the graph's record says. */
static size_t count_missing(const struct session *s, const struct tryset_result *result)
{
    const cJSON *text = json_get(json_object(result->parent, "data"), PLAN_KEY_TEXT);
    struct faults faults = {0};
    struct graph *there = cJSON_IsString(text)
                              ? graph_parse(text->valuestring, strlen(text->valuestring), "deployed", &s->app->catalogue, &faults)
                              : NULL;
    size_t count = 0;
    for (size_t i = 0; there && i < result->count; i++) {
        const struct trial *trial = &result->trials[i];
        count += trial->would && !trial->object->before && graph_find(there, trial_thing(trial)) != NULL;
    }
    faults_release(&faults);
    graph_free(there);
    return count;
}

static void take_all(struct session *s, const struct tryset_result *result)
{
    struct model_trial *trial = &s->model.trial;
    struct buf who;
    trial->missing = count_missing(s, result);
    buf_init(&who, 400);
    trial->state = TRIAL_TOLD;
    if (trial_gitops(result, &who))
        trial->gitops = xstrdup(who.data);
    if (err_is_set(&result->namespace_why))
        model_trial_refuse(trial, s->trial_plan->ns, result->namespace_why.text);
    else if (result->no_namespace)
        snprintf(trial->note, sizeof trial->note, "the namespace %s would be made; nothing can be tried before",
                 s->trial_plan->ns);
    if (result->namespace_ends) {
        char *why = xasprintf("the namespace %s is being deleted: nothing new can be made in it", s->trial_plan->ns);
        model_trial_refuse(trial, s->trial_plan->ns, why);
        free(why);
    }
    for (size_t i = 0; i < result->count; i++)
        take_trial(s, &result->trials[i], result->namespace_ends);
    buf_release(&who);
}

static void on_tried(void *data, const struct tryset_result *result)
{
    struct session *s = data;
    s->trial = NULL;
    if (result->ok) {
        session_forget_refusals(s);
        s->tried = s->trial_of;
        take_all(s, result);
    } else {
        s->model.trial.state = TRIAL_UNKNOWN;
        snprintf(s->model.trial.note, sizeof s->model.trial.note, "%s", result->err.text);
    }
    plan_free(s->trial_plan);
    s->trial_plan = NULL;
    model_changed(&s->model, CHANGED_TRIAL);
}

/* text NULL: the document's; it is without faults. */
static struct plan *plan_of(struct session *s, const char *text, struct err *err)
{
    struct faults faults = {0};
    if (!text)
        text = document_text(s->model.document, NULL);
    struct graph *graph = graph_parse(text, strlen(text), "draft", &s->app->catalogue, &faults);
    struct plan *plan = graph && !faults.errors ? plan_make(graph, text, strlen(text), err) : NULL;
    if (!plan && !err_is_set(err))
        err_set(err, "%s", faults.count ? faults.items[0].text : "there is no graph");
    faults_release(&faults);
    graph_free(graph);
    return plan;
}

int session_try(void *data, const struct model_deployment *what, struct err *err)
{
    struct session *s = data;
    session_end_trial(s);
    if (session_may_begin(s, err) < 0)
        return -1;
    s->trial_plan = plan_of(s, what->text, err);
    if (!s->trial_plan)
        return -1;
    s->trial = trial_start(s->model.client, s->trial_plan, false, on_tried, s);
    s->trial_of = document_revision(s->model.document);
    s->model.trial.state = TRIAL_ASKED;
    return 0;
}

void session_end_trial(void *data)
{
    struct session *s = data;
    if (s->trial)
        tryset_cancel(s->trial);
    plan_free(s->trial_plan);
    s->trial = NULL;
    s->trial_plan = NULL;
    model_trial_release(&s->model.trial);
}

void session_forget_refusals(struct session *s)
{
    map_release(&s->model.refused, free);
    s->tried = 0;
}

void session_trial_edited(struct session *s)
{
    uint64_t now = s->model.document ? document_revision(s->model.document) : 0;
    if (s->tried && now != s->tried)
        session_forget_refusals(s);
    if (!s->trial || now == s->trial_of)
        return;
    session_end_trial(s);
    s->model.trial.state = TRIAL_UNKNOWN;
    snprintf(s->model.trial.note, sizeof s->model.trial.note, "the draft is another by now; D asks again");
    model_changed(&s->model, CHANGED_TRIAL);
}
