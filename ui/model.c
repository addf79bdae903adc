#include "ui/model.h"

#include "graph/plan.h"
#include "k8s/kinds/configmap.h"
#include "k8s/kinds/pod.h"

void model_changed(struct model *model, unsigned mask)
{
    if ((mask & CHANGED_DOCUMENT) && model->ops.edited)
        model->ops.edited(model->data);
    if (model->changed)
        model->changed(model->changed_data, mask);
}

void model_notice(struct model *model, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(model->notice, sizeof model->notice, fmt, ap);
    va_end(ap);
    model_changed(model, CHANGED_NOTICE);
}

/* A list that fails before it was ever whole is as good as a connection that is down. */
static enum reflector_state state_of(const struct model_source *source)
{
    return source->state == REFLECTOR_LISTING && source->why[0] ? REFLECTOR_STALE : source->state;
}

const char *model_unseen(const struct model *model)
{
    static const struct { enum model_source_id id; const char *listing; } needed[] = {
        {SOURCE_NODES, "the nodes are still being listed"}, {SOURCE_PODS, "the pods are still being listed"}};
    for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
        const struct model_source *source = &model->sources[needed[i].id];
        if (!source->store)
            return "";
        if (source->state == REFLECTOR_REFUSED)
            return source->why;
        if (source->state == REFLECTOR_LISTING)
            return source->why[0] ? source->why : needed[i].listing;
        if (source->partial || source->note[0])
            return source->note;
    }
    return NULL;
}

enum reflector_state model_freshness(const struct model *model, unsigned of, int64_t now, int64_t *age,
                                     const char **why)
{
    /* From best to worst: a list that was refused says more than one that is late. */
    static const uint8_t badness[] = {
        [REFLECTOR_LIVE] = 0, [REFLECTOR_LISTING] = 1, [REFLECTOR_STALE] = 2, [REFLECTOR_REFUSED] = 3};
    const struct model_source *worst = NULL;
    unsigned refused = 0;
    for (size_t i = 0; i < SOURCE_COUNT; i++)
        refused |= state_of(&model->sources[i]) == REFLECTOR_REFUSED ? 1u << i : 0;
    bool all_refused = refused == (1u << SOURCE_COUNT) - 1;
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        const struct model_source *source = &model->sources[i];
        enum reflector_state state = state_of(source);
        if (state == REFLECTOR_REFUSED && !all_refused && !(of & 1u << i))
            continue;
        if (!worst || badness[state] > badness[state_of(worst)] ||
            (state == state_of(worst) && source->since < worst->since))
            worst = source;
    }
    int64_t since = worst->since ? worst->since : model->opened;
    *age = since ? MAX(0, now - since) : 0;
    if (!why)
        return state_of(worst);
    *why = worst->why; /* all are late when the server is gone: then what is looked at is named */
    for (size_t i = SOURCE_COUNT; i-- > 0;)
        if ((of & 1u << i) && state_of(&model->sources[i]) == state_of(worst) && model->sources[i].why[0])
            *why = model->sources[i].why;
    return state_of(worst);
}

const struct thing_traffic *model_traffic(const struct model *model, const char *pod_uid)
{
    return model->ops.traffic && pod_uid ? model->ops.traffic(model->data, pod_uid) : NULL;
}

int64_t model_first_result(const struct model *model, const char *pod_uid)
{
    return model->ops.first_result && pod_uid ? model->ops.first_result(model->data, pod_uid) : 0;
}

bool model_forgotten(const struct model *model, const struct record *event)
{
    return model->heard && store_find(model->heard, event->ns, event->name) != event;
}

bool model_runs(const struct model *model, const char *graph)
{
    const struct store *pods = model_store(model, SOURCE_PODS);
    for (size_t i = 0; pods && i < store_count(pods); i++)
        if (str_eq(((const struct pod *)store_at(pods, i))->graph, graph))
            return true;
    return false;
}

int model_may_write(const struct model *model, struct err *err)
{
    if (model->replay.on)
        return err_set(err, "this is a record: nothing in it can be changed");
    if (model->read_only)
        return err_set(err, "read-only: nothing is written to %s", str_or_empty(model->context));
    if (model->protected_context && !model->unlocked)
        return err_set(err, "%s is protected: nothing is written there; ':write' allows it until it is left", str_or_empty(model->context));
    return 0;
}

static int cannot(const char *what, struct err *err)
{
    return err_set(err, "cannot %s here", what);
}

int model_deploy(struct model *model, const struct model_deployment *what, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.deploy ? model->ops.deploy(model->data, what, err) : cannot("deploy", err);
}

void model_try_deploy(struct model *model, const struct model_deployment *what)
{
    struct err err = ERR_INIT;
    if (!model->ops.try_deploy || model->ops.try_deploy(model->data, what, &err) == 0)
        return;
    model->trial.state = TRIAL_UNKNOWN;
    snprintf(model->trial.note, sizeof model->trial.note, "%s", err.text);
}

void model_end_trial(struct model *model)
{
    if (model->ops.end_trial)
        model->ops.end_trial(model->data);
}

struct model_refusal *model_trial_refuse(struct model_trial *trial, const char *thing, const char *why)
{
    GROW(trial->refusals, trial->count, trial->cap);
    struct model_refusal *refusal = &trial->refusals[trial->count++];
    *refusal = (struct model_refusal){.thing = xstrdup(thing), .why = xstrdup(why)};
    return refusal;
}

void model_refusal_add_other(struct model_refusal *refusal, char *words)
{
    refusal->others = xreallocarray(refusal->others, refusal->other_count + 1, sizeof *refusal->others);
    refusal->others[refusal->other_count++] = words;
}

void model_trial_release(struct model_trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        struct model_refusal *refusal = &trial->refusals[i];
        for (size_t k = 0; k < refusal->other_count; k++)
            free(refusal->others[k]);
        free(refusal->others);
        free(refusal->thing);
        free(refusal->why);
    }
    free(trial->refusals);
    free(trial->gitops);
    *trial = (struct model_trial){0};
}

int model_cancel(struct model *model, struct err *err)
{
    if (!model->task.running)
        return err_set(err, "nothing is going on that could be cancelled");
    return model->ops.cancel ? model->ops.cancel(model->data, err) : cannot("cancel", err);
}

int model_delete_graph(struct model *model, const char *ns, const char *name, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.delete_graph ? model->ops.delete_graph(model->data, ns, name, err) : cannot("delete graphs", err);
}

int model_warm(struct model *model, const char *ns, const char *name, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.warm ? model->ops.warm(model->data, ns, name, err) : cannot("have images pulled", err);
}

int model_delete_object(struct model *model, const struct kind *kind, const char *ns, const char *name,
                        const char *uid, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.delete_object ? model->ops.delete_object(model->data, kind, ns, name, uid, err)
                                    : cannot("delete objects", err);
}

int model_remove(struct model *model, const struct model_removal *what, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.remove ? model->ops.remove(model->data, what, err) : cannot("have pods removed", err);
}

int model_cordon(struct model *model, const char *node, bool cordoned, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.cordon ? model->ops.cordon(model->data, node, cordoned, err) : cannot("cordon nodes", err);
}

int model_drain(struct model *model, const char *node, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.drain ? model->ops.drain(model->data, node, err) : cannot("drain nodes", err);
}

int model_act(struct model *model, const struct model_act *act, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.act ? model->ops.act(model->data, act, err) : cannot(act_table[act->act].name, err);
}

int model_save(struct model *model, const char *path, const struct save_over *over, struct err *err)
{
    if (!model->document)
        return err_set(err, "there is no graph to save");
    return model->ops.save ? model->ops.save(model->data, path, over, err) : cannot("save", err);
}

int model_reload(struct model *model, struct err *err)
{
    if (!model->document)
        return err_set(err, "there is no graph to read again");
    return model->ops.reload ? model->ops.reload(model->data, err) : cannot("read the graph again", err);
}

void model_find_drafts(struct model *model)
{
    if (model->ops.find_drafts)
        model->ops.find_drafts(model->data);
}

int model_recover(struct model *model, const char *path, struct err *err)
{
    return model->ops.recover ? model->ops.recover(model->data, path, err) : cannot("recover drafts", err);
}

int model_discard_draft(struct model *model, const char *path, struct err *err)
{
    return model->ops.discard_draft ? model->ops.discard_draft(model->data, path, err) : cannot("discard drafts", err);
}

void model_keep(struct model *model)
{
    if (model->ops.keep)
        model->ops.keep(model->data);
}

void model_give_up(struct model *model)
{
    if (model->ops.give_up)
        model->ops.give_up(model->data);
}

int model_open_file(struct model *model, const char *path, struct err *err)
{
    return model->ops.open_file ? model->ops.open_file(model->data, path, err) : cannot("open files", err);
}

int model_open_graph(struct model *model, const char *ns, const char *name, struct err *err)
{
    return model->ops.open_graph ? model->ops.open_graph(model->data, ns, name, err) : cannot("open graphs", err);
}

int model_new_graph(struct model *model, const char *name, struct err *err)
{
    return model->ops.new_graph ? model->ops.new_graph(model->data, name, err) : cannot("begin a graph", err);
}

int model_set_namespace(struct model *model, const char *ns, struct err *err)
{
    return model->ops.set_namespace ? model->ops.set_namespace(model->data, ns, err) : cannot("switch namespaces", err);
}

int model_read_contexts(struct model *model, struct err *err)
{
    return model->ops.read_contexts ? model->ops.read_contexts(model->data, err) : cannot("list contexts", err);
}

int model_record(struct model *model, const char *path, struct err *err)
{
    return model->ops.record ? model->ops.record(model->data, path, err) : cannot("record", err);
}

int model_replay(struct model *model, const struct model_replay_act *act, struct err *err)
{
    return model->ops.replay ? model->ops.replay(model->data, act, err) : cannot("go about in time", err);
}

int model_use_context(struct model *model, const char *name, struct err *err)
{
    return model->ops.use_context ? model->ops.use_context(model->data, name, err) : cannot("switch contexts", err);
}

const struct record *model_deployed(const struct model *model, const char *ns, const char *name, const char **text)
{
    const struct store *graphs = model_store(model, SOURCE_GRAPHS);
    *text = NULL;
    if (graphs)
        STORE_EACH(struct configmap, map, graphs)
            if (str_eq(map->graph, name) && (!ns || str_eq(map->r.ns, ns))) {
                *text = map_get(&map->data, PLAN_KEY_TEXT);
                return &map->r;
            }
    return NULL;
}

const char *model_deployed_text(const struct model *model, const char *ns, const char *name)
{
    const char *text;
    model_deployed(model, ns, name, &text);
    return text;
}

/* Whoever is in a container can write there what nothing undoes. */
int model_shell(struct model *model, const char *ns, const char *pod, const char *container, struct err *err)
{
    if (model_may_write(model, err) < 0)
        return -1;
    return model->ops.shell ? model->ops.shell(model->data, ns, pod, container, err) : cannot("open a shell", err);
}

int model_forward(struct model *model, const struct model_forward_wish *wish, struct err *err)
{
    return model->ops.forward ? model->ops.forward(model->data, wish, err) : cannot("forward a port", err);
}

int model_end_forward(struct model *model, unsigned id, struct err *err)
{
    return model->ops.end_forward ? model->ops.end_forward(model->data, id, err) : cannot("forward a port", err);
}

void model_count_forwards(struct model *model)
{
    if (model->ops.count_forwards)
        model->ops.count_forwards(model->data);
}
