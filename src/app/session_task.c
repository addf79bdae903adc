#include "app/session_private.h"

#include "graph/plan.h"

/* What changes the cluster: one thing at a time. */

void session_task_say(struct session *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->model.task.text, sizeof s->model.task.text, fmt, ap);
    va_end(ap);
    model_changed(&s->model, CHANGED_TASK);
}

static void on_progress(void *data, const struct applyset_progress *progress)
{
    struct session *s = data;
    s->model.task.done = progress->done;
    s->model.task.total = progress->total;
    session_task_say(s, "%s", progress->what);
}

void session_task_end(struct session *s, bool ok, const char *fmt, ...)
{
    char text[sizeof s->model.task.text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    s->model.task.running = false;
    s->model.task.failed = !ok;
    session_task_say(s, "%s", text);
}

/* Which thing it was, so that its box can say so. */
static void take_refusals(struct session *s, const struct applyset_result *result)
{
    for (size_t i = 0; i < result->failure_count; i++) {
        const struct applyset_failure *failure = &result->failures[i];
        const cJSON *label = json_get(json_at(failure->object, "metadata.labels"), PLAN_LABEL_THING);
        const char *thing = cJSON_IsString(label) ? label->valuestring : NULL;
        if (thing && !map_get(&s->model.refused, thing))
            map_put(&s->model.refused, thing, xstrdup(failure->why));
    }
    model_changed(&s->model, CHANGED_DOCUMENT);
}

static bool has_conflicts(const struct applyset_result *result)
{
    for (size_t i = 0; i < result->failure_count; i++)
        if (result->failures[i].conflict)
            return true;
    return false;
}

static void on_deployed(void *data, const struct applyset_result *result)
{
    struct session *s = data;
    take_refusals(s, result);
    s->deployer = NULL;
    keeper_deployed(&s->keeper, result->ok);
    session_timing_deployed(s, result->ok && result->created + result->configured > 0);
    if (result->stopped && !result->begun)
        session_task_end(s, false, "stopped before anything was changed");
    else if (result->stopped && s->model.task.done == s->model.task.total)
        session_task_end(s, false, "stopped behind the last of %zu: all of it is applied, and what ends a deployment is not; D does that",
                         s->model.task.total);
    else if (result->stopped)
        session_task_end(s, false, "stopped after %zu of %zu; what was applied stays, D goes on with the rest, ':rollback' takes it back",
                 s->model.task.done, s->model.task.total);
    else if (result->ok)
        session_task_end(s, true, "deployed: %zu created, %zu configured, %zu unchanged, %zu pruned", result->created,
                 result->configured, result->unchanged, result->pruned);
    else
        session_task_end(s, false, "%s%s", result->err.text, has_conflicts(result) ? "; D, then Space, takes over what others set" : "");
}

static void on_graph_deleted(void *data, const struct applyset_result *result)
{
    struct session *s = data;
    s->deployer = NULL;
    if (result->stopped && result->begun)
        session_task_end(s, false, "stopped; %zu objects are gone, X or 'patchbay delete' goes on with the rest", result->pruned);
    else if (result->ok)
        session_task_end(s, true, "deleted: %zu objects are gone", result->pruned);
    else
        session_task_end(s, false, "%s", result->err.text);
}

int session_may_begin(struct session *s, struct err *err)
{
    if (s->model.task.running)
        return err_set(err, "something is under way: %s; ':cancel' ends it", s->model.task.text);
    if (!s->cluster)
        return err_set(err, "%s is not there yet", s->model.context);
    return 0;
}

static int deploy(void *data, const struct model_deployment *what, struct err *err)
{
    struct session *s = data;
    if (session_may_begin(s, err) < 0)
        return -1;
    if (!s->model.document)
        return err_set(err, "there is no graph to deploy");
    const char *text = what->text ? what->text : document_text(s->model.document, NULL);
    struct deployer_options options = {
        .text = text, .len = strlen(text), .over = what->over, .file = s->model.file, .catalogue = &s->app->catalogue,
        .take_over = what->take_over, .take_over_count = what->take_over_count};
    s->deployer = deployer_start(s->model.client, &options, on_progress, on_deployed, s, err);
    if (!s->deployer)
        return -1;
    s->model.task = (struct model_task){.running = true};
    session_timing_begin(s, text, strlen(text));
    session_forget_refusals(s);
    keeper_deploying(&s->keeper, text);
    session_task_say(s, "deploying %s", str_or_empty(s->model.graph_name));
    return 0;
}

static int cancel(void *data, struct err *err)
{
    struct session *s = data;
    if (s->warm) {
        warm_stop(s->warm, "cancelled"); /* it goes on until its pods are gone */
        return 0;
    }
    if (session_node_cancel(s))
        return 0;
    if (!s->deployer && !s->acting && !s->removing)
        return err_set(err, "nothing is under way");
    if (s->acting || s->removing) {
        acting_cancel(s->acting);
        removing_cancel(s->removing);
        s->acting = NULL;
        s->removing = NULL;
        session_task_end(s, false, "cancelled after %zu of %zu; what was asked of the cluster stays", s->model.task.done,
                 s->model.task.total);
        return 0;
    }
    deployer_stop(s->deployer);
    session_task_say(s, "stopping: what is under way is let end");
    return 0;
}

static int delete_graph(void *data, const char *ns, const char *name, struct err *err)
{
    struct session *s = data;
    if (session_may_begin(s, err) < 0)
        return -1;
    s->model.task = (struct model_task){.running = true};
    session_timing_give_up(s);
    s->deployer = deployer_delete(s->model.client, ns, name, on_progress, on_graph_deleted, s);
    session_task_say(s, "deleting graph %s", name);
    return 0;
}

static void on_object_deleted(void *data, const struct kube_answer *answer)
{
    struct session *s = data;
    s->call = NULL;
    bool ok = answer->status >= 200 && answer->status < 300;
    session_task_end(s, ok, "%s", ok ? "deleted" : answer->err.text);
}

static int delete_object(void *data, const struct kind *kind, const char *ns, const char *name, const char *uid,
                         struct err *err)
{
    struct session *s = data;
    if (session_may_begin(s, err) < 0)
        return -1;
    struct buf path, body;
    buf_init(&path, 2048);
    buf_init(&body, 2048);
    kind_path(&path, kind, ns, name);
    buf_adds(&body, "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\"");
    if (uid) {
        buf_adds(&body, ",\"preconditions\":{\"uid\":");
        json_quote(&body, uid);
        buf_addc(&body, '}');
    }
    buf_adds(&body, "}");
    struct kube_request request = {.method = "DELETE", .path = path.data, .content_type = "application/json",
                                   .body = body.data, .body_len = body.len, .total_timeout = 30 * NSEC_PER_SEC};
    s->model.task = (struct model_task){.running = true, .total = 1};
    s->call = kube_start(s->model.client, &request, on_object_deleted, s);
    session_task_say(s, "deleting %s %s", kind->plural, name);
    buf_release(&path);
    buf_release(&body);
    return 0;
}

static void on_acted_one(void *data, const struct acting_target *target, const char *text, bool failed, size_t through)
{
    struct session *s = data;
    s->model.task.done = through;
    if (failed)
        session_task_say(s, "%s", text);
    else
        session_task_say(s, "%s: %s", target->name, text);
}

static void on_acted(void *data, const struct acting_result *result)
{
    struct session *s = data;
    s->acting = NULL;
    session_task_end(s, !result->failed, "%s", result->text);
}

static int act(void *data, const struct model_act *what, struct err *err)
{
    struct session *s = data;
    if (session_may_begin(s, err) < 0)
        return -1;
    struct acting_target *targets = xcalloc(what->count, sizeof *targets);
    for (size_t i = 0; i < what->count; i++) {
        const struct model_part *part = &what->parts[i];
        targets[i] = (struct acting_target){part->ns, part->graph, part->name, part->uid, part->wanted, true};
    }
    struct acting_options options = {
        .act = what->act, .replicas = what->replicas, .targets = targets, .count = what->count};
    s->model.task = (struct model_task){.running = true, .total = what->count};
    s->acting = acting_start(s->model.client, &options, on_acted_one, on_acted, s);
    session_task_say(s, "%s %s%s", act_table[what->act].doing, what->parts[0].name, what->count > 1 ? " and others" : "");
    free(targets);
    return 0;
}

static void on_removed_one(void *data, const char *name, size_t through)
{
    struct session *s = data;
    s->model.task.done = through;
    session_task_say(s, "%s", name);
}

static void on_removed(void *data, const struct removing_result *result)
{
    struct session *s = data;
    s->removing = NULL;
    session_task_end(s, !result->failed, "%s", result->text);
}

static int remove_pods(void *data, const struct model_removal *what, struct err *err)
{
    struct session *s = data;
    if (session_may_begin(s, err) < 0)
        return -1;
    struct removing_pod *pods = xcalloc(what->count, sizeof *pods);
    for (size_t i = 0; i < what->count; i++)
        pods[i] = (struct removing_pod){what->pods[i].ns, what->pods[i].name, what->pods[i].uid};
    s->model.task = (struct model_task){.running = true, .total = what->count};
    s->removing = removing_start(s->model.client, what->how, pods, what->count, on_removed_one, on_removed, s);
    session_task_say(s, "%s %s%s", removal_table[what->how].doing, what->pods[0].name, what->count > 1 ? " and others" : "");
    free(pods);
    return 0;
}

void session_task_ops(struct model_ops *ops)
{
    ops->deploy = deploy;
    ops->try_deploy = session_try;
    ops->end_trial = session_end_trial;
    ops->cancel = cancel;
    ops->warm = session_warm;
    ops->delete_graph = delete_graph;
    ops->delete_object = delete_object;
    ops->act = act;
    ops->remove = remove_pods;
    session_node_ops(ops);
}
