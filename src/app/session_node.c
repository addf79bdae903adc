#include "app/session_private.h"

static void on_cordon(struct session *s, const char *done, const struct kube_answer *answer)
{
    bool ok = !err_is_set(&answer->err);
    s->call = NULL;
    session_task_end(s, ok, "%s %s%s%s", ok ? done : "node", s->node, ok ? "" : ": ", answer->err.text);
}

static void on_cordoned(void *data, const struct kube_answer *answer)
{
    on_cordon(data, "cordoned", answer);
}

static void on_uncordoned(void *data, const struct kube_answer *answer)
{
    on_cordon(data, "uncordoned", answer);
}

static int cordon(void *data, const char *node, bool cordoned, struct err *err)
{
    struct session *s = data;
    if (session_may_begin(s, err) < 0)
        return -1;
    session_set_string(&s->node, node);
    s->model.task = (struct model_task){.running = true};
    s->call = drain_cordon(s->model.client, node, cordoned, cordoned ? on_cordoned : on_uncordoned, s);
    session_task_say(s, "%s %s", cordoned ? "cordoning" : "uncordoning", node);
    return 0;
}

static void on_progress(void *data, size_t gone, size_t total, const char *text)
{
    struct session *s = data;
    s->model.task.done = gone;
    s->model.task.total = total;
    session_task_say(s, "draining %s: %s", s->node, text);
}

static void on_drained(void *data, size_t gone, const struct err *err, bool unreachable UNUSED)
{
    struct session *s = data;
    s->drain = NULL;
    if (err_is_set(err))
        session_task_end(s, false, "%s; %s stays cordoned, 'u' or ':uncordon %s' lets pods in again", err->text, s->node, s->node);
    else
        session_task_end(s, true, "drained %s: %zu pod%s left; it stays cordoned", s->node, gone, gone == 1 ? "" : "s");
}

static int drain(void *data, const char *node, struct err *err)
{
    struct session *s = data;
    if (session_may_begin(s, err) < 0)
        return -1;
    session_set_string(&s->node, node);
    s->model.task = (struct model_task){.running = true};
    s->drain = drain_start(s->model.client, &(struct drain_options){.node = node, .grace = -1}, on_progress, on_drained, s);
    session_task_say(s, "draining %s", node);
    return 0;
}

bool session_node_cancel(struct session *s)
{
    if (!s->drain)
        return false;
    drain_cancel(s->drain);
    s->drain = NULL;
    session_task_end(s, false, "cancelled after %zu of %zu pods; %s stays cordoned", s->model.task.done, s->model.task.total, s->node);
    return true;
}

void session_node_ops(struct model_ops *ops)
{
    ops->cordon = cordon;
    ops->drain = drain;
}
