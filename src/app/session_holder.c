#include "app/session_private.h"

#include "app/holder.h"
#include "graph/plan.h"
#include "graph/revisions.h"
#include "k8s/kinds/configmap.h"

/* What was begun with the graph at hand and cut short is said, once. While somebody is at it, that the graph was deployed by others
 * is said already (keeper.c). */

static const char *holder_text(const struct session *s)
{
    const char *text;
    const struct record *record =
        s->model.graph_name ? model_deployed(&s->model, s->model.graph_ns, s->model.graph_name, &text) : NULL;
    return record ? map_get(&((const struct configmap *)record)->data, PLAN_KEY_HOLDER) : NULL;
}

/* Then there is nothing to go back to. */
static bool is_first(const struct session *s)
{
    const char *text;
    const struct record *record = model_deployed(&s->model, s->model.graph_ns, s->model.graph_name, &text);
    cJSON *list = revisions_read(record ? map_get(&((const struct configmap *)record)->data, PLAN_KEY_REVISIONS) : NULL, text);
    bool first = revisions_back(list) == NULL;
    cJSON_Delete(list);
    return first;
}

static void say(struct session *s, const struct holder *holder)
{
    static const char *const ways_on[] = {
        [HOLDER_DEPLOYS] = "D goes on with it, :rollback takes it back",
        [HOLDER_DELETES] = "X goes on with it, D deploys what is gone anew",
        [HOLDER_ROLLS_BACK] = "D goes on with it",
    };
    struct buf who;
    buf_init(&who, 400);
    holder_words(holder, &who);
    model_notice(&s->model, "the %s of %s by %s was cut short: %s", holder_noun(holder), s->model.graph_name, who.data,
                 holder->does == HOLDER_DEPLOYS && is_first(s) ? "D goes on with it, 'patchbay delete' takes it away"
                                                               : ways_on[holder->does]);
    buf_release(&who);
}

static void on_silence(void *data)
{
    struct session *s = data;
    struct holder holder;
    const char *text = holder_text(s);
    if (!s->deployer && str_eq(text, s->held_by) && holder_read(&holder, text))
        say(s, &holder);
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
    struct holder holder;
    const char *text = holder_text(s);
    if (str_eq(text, s->held_by))
        return;
    session_set_string(&s->held_by, text);
    loop_timer_stop(&s->silence);
    if (!holder_read(&holder, text) || s->deployer) /* the latter is us */
        return;
    if (holder_ended(&holder))
        say(s, &holder);
    else
        loop_timer_start(&s->silence, HOLDER_PATIENCE);
}
