#include "app/session_private.h"

#include "k8s/forward.h"
#include "k8s/kinds/pod.h"

/* Ports of this machine that lead to pods. One that leads to a deployment's pods goes on to the next pod when its own goes. */

#define MAX_FORWARDS 64

struct forwarded { /* beside the model's */
    struct session *s;
    struct forward *forward;
    unsigned id;
};

static struct model_forward *told(const struct forwarded *one)
{
    struct model *model = &one->s->model;
    for (size_t i = 0; i < model->forward_count; i++)
        if (model->forwards[i].id == one->id)
            return &model->forwards[i];
    BUG("a forward that is not kept");
}

static void on_taken(void *data)
{
    struct forwarded *one = data;
    told(one)->taken++;
    model_changed(&one->s->model, CHANGED_FORWARDS);
}

static void on_failed(void *data, const char *why)
{
    struct forwarded *one = data;
    struct model_forward *of = told(one);
    of->failed++;
    snprintf(of->why, sizeof of->why, "%s", why);
    model_changed(&one->s->model, CHANGED_FORWARDS);
}

static bool leads_to(const struct model_forward *of, const struct pod *pod)
{
    return pod_is_of(pod, of->ns, of->of) && !pod->terminal && !pod->deleted;
}

static void find_pod(struct session *s, size_t at)
{
    struct model_forward *of = &s->model.forwards[at];
    const struct pod *best = NULL;
    STORE_EACH(struct pod, pod, model_store(&s->model, SOURCE_PODS))
        if (leads_to(of, pod) && (!best || pod->r.created > best->r.created))
            best = pod;
    of->waiting = !best;
    if (best) {
        session_set_string(&of->pod, best->r.name);
        forward_to_pod(s->forwarded[at]->forward, best->r.name);
    }
    model_changed(&s->model, CHANGED_FORWARDS);
}

/* Its pod went, or it waits and one came. */
static bool concerns(const struct model_forward *of, const struct change *change)
{
    const struct pod *before = (const struct pod *)change->before, *now = (const struct pod *)change->now;
    if (!of->of)
        return false;
    if (of->waiting)
        return now && leads_to(of, now);
    const struct pod *pod = now ? now : before;
    return str_eq(pod->r.name, of->pod) && str_eq(pod->r.ns, of->ns) && (!now || !leads_to(of, now));
}

static void on_pods(void *data, const struct change *changes, size_t count)
{
    struct session *s = data;
    for (size_t i = 0; i < s->model.forward_count; i++)
        for (size_t c = 0; c < count; c++)
            if (concerns(&s->model.forwards[i], &changes[c])) {
                find_pod(s, i);
                break;
            }
}

static int open_forward(void *data, const struct model_forward_wish *wish, struct err *err)
{
    static const struct forward_events events = {on_taken, on_failed};
    struct session *s = data;
    struct model *model = &s->model;
    if (!model->client)
        return err_set(err, "%s is not there yet", model->context);
    const struct record *pod = store_find(model_store(model, SOURCE_PODS), wish->ns, wish->pod);
    if (model->simulated && pod) /* it is one of our own processes, and listens on this machine */
        return err_set(err, "nothing needs to be forwarded: %s listens on this machine, at %s:%u", wish->pod,
                       str_or_empty(((const struct pod *)pod)->ip), wish->remote);
    if (model->forward_count == MAX_FORWARDS)
        return err_set(err, "%d ports are forwarded already; ':forwards', X closes one", MAX_FORWARDS);
    struct forwarded *one = xcalloc(1, sizeof *one);
    one->s = s;
    one->id = s->forward_id + 1;
    one->forward = forward_new(model->client, &(struct forward_options){wish->ns, wish->pod, wish->local, wish->remote},
                               &events, one, err);
    if (!one->forward) {
        free(one);
        return -1;
    }
    s->forwarded[model->forward_count] = one;
    model->forwards[model->forward_count++] = (struct model_forward){
        .id = ++s->forward_id, .ns = xstrdup(wish->ns), .pod = xstrdup(wish->pod), .of = xstrdup_or_null(wish->of),
        .local = forward_port(one->forward), .remote = wish->remote, .since = loop_wall(model->loop)};
    model_changed(model, CHANGED_FORWARDS);
    return 0;
}

static void release(struct session *s, size_t at)
{
    struct model_forward *of = &s->model.forwards[at];
    forward_free(s->forwarded[at]->forward);
    free(s->forwarded[at]);
    free(of->ns);
    free(of->pod);
    free(of->of);
}

static int end_forward(void *data, unsigned id, struct err *err)
{
    struct session *s = data;
    struct model *model = &s->model;
    for (size_t i = 0; i < model->forward_count; i++)
        if (model->forwards[i].id == id) {
            release(s, i);
            model->forward_count--;
            memmove(&model->forwards[i], &model->forwards[i + 1], (model->forward_count - i) * sizeof *model->forwards);
            memmove(&s->forwarded[i], &s->forwarded[i + 1], (model->forward_count - i) * sizeof *s->forwarded);
            model_changed(model, CHANGED_FORWARDS);
            return 0;
        }
    return err_set(err, "it is closed already");
}

static void count_forwards(void *data)
{
    struct session *s = data;
    for (size_t i = 0; i < s->model.forward_count; i++) {
        struct model_forward *of = &s->model.forwards[i];
        of->connections = forward_count(s->forwarded[i]->forward);
        forward_bytes(s->forwarded[i]->forward, &of->sent, &of->received);
    }
}

void session_forward_init(struct session *s)
{
    s->forwarded = xcalloc(MAX_FORWARDS, sizeof *s->forwarded);
    s->model.forwards = xcalloc(MAX_FORWARDS, sizeof *s->model.forwards);
    s->model.ops.forward = open_forward;
    s->model.ops.end_forward = end_forward;
    s->model.ops.count_forwards = count_forwards;
    store_listen(model_store(&s->model, SOURCE_PODS), &s->forward_pods, on_pods, s);
}

void session_forward_end(struct session *s)
{
    while (s->model.forward_count)
        release(s, --s->model.forward_count);
    model_changed(&s->model, CHANGED_FORWARDS);
}
