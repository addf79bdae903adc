#include "app/session_private.h"

#include "app/timings.h"
#include "k8s/kinds/event.h"

/* How a deployment from the dashboard came up is kept in the graph's history, as 'deploy --wait' keeps it, once all of it is up. */

#define PATIENCE (30 * 60 * NSEC_PER_SEC)

static int64_t first_result(void *data, const char *pod_uid)
{
    const struct session *s = data;
    return cluster_first_result(s->cluster, pod_uid);
}

static void end(struct session *s)
{
    loop_timer_stop(&s->timed.look);
    graph_free(s->timed.graph);
    free(s->timed.text);
    s->timed.graph = NULL;
    s->timed.text = NULL;
    session_watch(s);
}

static void on_kept(void *data, bool kept UNUSED) /* a history without it is no fault of the deployment */
{
    struct session *s = data;
    s->timed.keeper = NULL;
}

static void keep(struct session *s, const struct course *course)
{
    struct timed *t = &s->timed;
    int64_t began = course_began(course, t->began, loop_wall(s->app->loop));
    cJSON *timings = timings_of(course, model_store(&s->model, SOURCE_NODES), began, false);
    if (t->keeper)
        timings_keep_cancel(t->keeper);
    t->keeper = timings_keep(s->model.client, t->graph->ns, t->graph->name, t->text, t->len, timings, on_kept, s);
}

/* All of it is up, and kept. */
static bool is_over(struct session *s, const struct course_of *of)
{
    struct course course;
    if (!course_made(model_store(&s->model, SOURCE_DEPLOYMENTS), of->ns, of->name))
        return false;
    course_make_since(&course, *of, s->timed.began);
    bool over = course_over(&course);
    if (over)
        keep(s, &course);
    course_release(&course);
    return over;
}

static void look(void *data)
{
    struct session *s = data;
    struct timed *t = &s->timed;
    struct index on_objects;
    if (!s->cluster || loop_wall(s->app->loop) - t->began > PATIENCE) {
        end(s);
        return;
    }
    index_init(&on_objects, model_store(&s->model, SOURCE_EVENTS), event_object_key);
    struct course_of of = {.ns = t->graph->ns, .name = t->graph->name, .graph = t->graph, .pods = model_store(&s->model, SOURCE_PODS),
                           .events = &on_objects, .first_result = first_result, .data = s};
    bool over = is_over(s, &of);
    index_release(&on_objects);
    if (over)
        end(s);
    else
        loop_timer_start(&t->look, NSEC_PER_SEC);
}

void session_timing_init(struct session *s)
{
    loop_timer_init(&s->timed.look, s->app->loop, look, s);
}

void session_timing_begin(struct session *s, const char *text, size_t len)
{
    struct faults faults = {0};
    end(s);
    s->timed.text = xstrndup(text, len);
    s->timed.len = len;
    s->timed.began = loop_wall(s->app->loop);
    s->timed.graph = graph_parse(text, len, "the graph", &s->app->catalogue, &faults);
    faults_release(&faults);
}

void session_timing_deployed(struct session *s, bool changed)
{
    if (!changed || !s->timed.graph) {
        end(s);
        return;
    }
    loop_timer_start(&s->timed.look, NSEC_PER_SEC);
    session_watch(s);
}

bool session_timing_pending(const struct session *s)
{
    return loop_timer_active(&s->timed.look);
}

void session_timing_give_up(struct session *s)
{
    if (s->timed.keeper)
        timings_keep_cancel(s->timed.keeper);
    s->timed.keeper = NULL;
    end(s);
}
