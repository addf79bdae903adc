#include "app/session_private.h"

#include "app/holder.h"
#include "graph/plan.h"
#include "k8s/kinds/configmap.h"

/* A deployment of the graph at hand that was cut short is said, once; as is that somebody else is at it. */

static const char *holder_text(const struct session *s)
{
    const char *text;
    const struct record *record =
        s->model.graph_name ? model_deployed(&s->model, s->model.graph_ns, s->model.graph_name, &text) : NULL;
    return record ? map_get(&((const struct configmap *)record)->data, PLAN_KEY_HOLDER) : NULL;
}

static void say(struct session *s, const struct holder *holder, bool ended)
{
    struct buf who;
    buf_init(&who, 400);
    holder_words(holder, &who);
    if (ended)
        model_notice(&s->model, "the deployment of %s by %s was cut short: D goes on with it, :rollback takes it back",
                     s->model.graph_name, who.data);
    else
        model_notice(&s->model, "%s is deploying %s", who.data, s->model.graph_name);
    buf_release(&who);
}

static void on_silence(void *data)
{
    struct session *s = data;
    struct holder holder;
    const char *text = holder_text(s);
    if (!s->deployer && str_eq(text, s->held_by) && holder_read(&holder, text))
        say(s, &holder, true);
}

void session_holder_init(struct session *s)
{
    loop_timer_init(&s->silence, s->app->loop, on_silence, s);
}

void session_holder_release(struct session *s)
{
    loop_timer_stop(&s->silence);
    free(s->held_by);
}

void session_holder_look(struct session *s)
{
    struct holder holder, before;
    const char *text = holder_text(s);
    if (str_eq(text, s->held_by))
        return;
    bool known = holder_read(&before, s->held_by), held = holder_read(&holder, text);
    bool same = known && held && str_eq(before.id, holder.id);
    session_set_string(&s->held_by, text);
    loop_timer_stop(&s->silence);
    if (!held || s->deployer) /* the latter is us */
        return;
    bool ended = holder_ended(&holder);
    if (ended || !same)
        say(s, &holder, ended);
    if (!ended)
        loop_timer_start(&s->silence, HOLDER_PATIENCE);
}
