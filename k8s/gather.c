#include "k8s/gather.h"

#define PATIENCE (15 * NSEC_PER_SEC)

struct gather {
    struct kube_client *client;
    const struct gather_paths *paths;
    gather_fn done;
    void *data;
    struct kube_call *object, *events, *related;
    struct gathered got;
};

static void gather_free(struct gather *g)
{
    cJSON_Delete(g->got.object);
    cJSON_Delete(g->got.events);
    cJSON_Delete(g->got.related);
    free(g);
}

static void finish(struct gather *g)
{
    if (g->object || g->events || g->related)
        return;
    g->done(g->data, &g->got);
    gather_free(g);
}

static cJSON *take(const struct kube_answer *answer, struct err *why)
{
    *why = answer->err;
    if (!err_is_set(why) && !cJSON_IsObject(answer->json))
        err_set(why, "the answer is no object");
    return err_is_set(why) ? NULL : cJSON_Duplicate(answer->json, true);
}

static void on_events(void *data, const struct kube_answer *answer)
{
    struct gather *g = data;
    g->events = NULL;
    g->got.events = take(answer, &g->got.events_why);
    finish(g);
}

static void on_related(void *data, const struct kube_answer *answer)
{
    struct gather *g = data;
    g->related = NULL;
    g->got.related = take(answer, &g->got.related_why);
    finish(g);
}

static struct kube_call *ask(struct gather *g, const char *path, kube_done_fn done)
{
    return kube_start(g->client, &(struct kube_request){.path = path, .total_timeout = PATIENCE}, done, g);
}

static void on_object(void *data, const struct kube_answer *answer)
{
    struct gather *g = data;
    struct buf path;
    g->object = NULL;
    g->got.status = answer->status;
    g->got.object = take(answer, &g->got.why);
    buf_init(&path, 64u << 10);
    if (g->got.object && g->paths->events) {
        g->paths->events(&path, g->got.object);
        g->events = ask(g, path.data, on_events);
    }
    buf_reset(&path);
    if (g->got.object && g->paths->related && g->paths->related(&path, g->got.object))
        g->related = ask(g, path.data, on_related);
    buf_release(&path);
    finish(g);
}

struct gather *gather_start(struct kube_client *client, const char *path, const struct gather_paths *paths, gather_fn done, void *data)
{
    struct gather *g = xcalloc(1, sizeof *g);
    *g = (struct gather){.client = client, .paths = paths, .done = done, .data = data};
    g->object = ask(g, path, on_object);
    return g;
}

void gather_cancel(struct gather *g)
{
    if (!g)
        return;
    if (g->object)
        kube_cancel(g->object);
    if (g->events)
        kube_cancel(g->events);
    if (g->related)
        kube_cancel(g->related);
    gather_free(g);
}
