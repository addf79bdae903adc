#include "ops/course.h"

#include "base/time.h"
#include "k8s/kinds/deployment.h"

#define SLACK (2 * NSEC_PER_SEC) /* objects' times are whole seconds, and clocks that are kept right differ a little */

static int64_t at(const struct course_pod *pod, enum phase phase)
{
    return pod->timing.phases[phase].at;
}

void course_add(struct course *course, const struct course_of *of, const struct pod *pod)
{
    const struct container *main = pod_main_container(pod);
    GROW(course->pods, course->count, course->cap);
    struct course_pod *p = &course->pods[course->count++];
    *p = (struct course_pod){.pod = pod, .thing = SIZE_MAX, .producer = SIZE_MAX};
    p->restarted = main && main->restarts > 0;
    pod_timing(&p->timing, pod, of->events, of->first_result ? of->first_result(of->data, pod->r.uid) : 0);
    if (p->restarted) /* what is told of these is of a later run */
        p->timing.phases[PHASE_READY] = p->timing.phases[PHASE_FIRST_RESULT] = (struct phase_time){0};
    if (of->graph && pod->thing)
        p->thing = graph_index(of->graph, pod->thing);
    const struct media_thing *entry = p->thing == SIZE_MAX ? NULL : of->graph->things[p->thing].entry;
    p->ends_ready = entry && !entry->output_count;
}

/* The pod of a thing whose first result came first: that is the one that was not waited for any longer. */
static size_t first_of(const struct course *course, size_t thing)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < course->count; i++) {
        int64_t result = at(&course->pods[i], PHASE_FIRST_RESULT);
        if (course->pods[i].thing == thing && result && (found == SIZE_MAX || result < at(&course->pods[found], PHASE_FIRST_RESULT)))
            found = i;
    }
    return found;
}

/* What ended without one of the inputs did not wait for that one. */
static void find_producer(const struct course *course, struct course_pod *pod)
{
    const struct graph *graph = course->graph;
    int64_t end = at(pod, pod->ends_ready ? PHASE_READY : PHASE_FIRST_RESULT), latest = 0;
    for (size_t i = 0; i < graph->link_count; i++) {
        if (graph->links[i].to != pod->thing || graph->links[i].from == SIZE_MAX || graph->links[i].from == pod->thing)
            continue;
        size_t producer = first_of(course, graph->links[i].from);
        int64_t came = producer == SIZE_MAX ? 0 : at(&course->pods[producer], PHASE_FIRST_RESULT);
        if (came > latest && (!end || came <= end)) {
            latest = came;
            pod->producer = producer;
        }
    }
}

static int by_name(const void *a, const void *b)
{
    const struct course_pod *x = a, *y = b;
    return strcmp(x->pod->r.name, y->pod->r.name);
}

void course_join(struct course *course, const struct course_of *of)
{
    course->graph = of->graph;
    if (course->count)
        qsort(course->pods, course->count, sizeof *course->pods, by_name);
    for (size_t i = 0; course->graph && i < course->count; i++)
        if (course->pods[i].thing != SIZE_MAX)
            find_producer(course, &course->pods[i]);
}

void course_make(struct course *out, const struct course_of *of)
{
    *out = (struct course){0};
    STORE_EACH(struct pod, pod, of->pods)
        if (str_eq(pod->r.ns, of->ns) && str_eq(pod->graph, of->name) && !pod->deleted && pod->r.created >= of->since)
            course_add(out, of, pod);
    course_join(out, of);
}

void course_make_since(struct course *out, struct course_of of, int64_t began)
{
    of.since = began - SLACK;
    course_make(out, &of);
    if (out->count)
        return;
    of.since = 0;
    course_make(out, &of);
}

int64_t course_began(const struct course *course, int64_t began, int64_t now)
{
    int64_t end = course_end(course);
    return end > began && end < now + SLACK ? began : 0;
}

bool course_made(const struct store *deployments, const char *ns, const char *graph)
{
    bool any = false;
    STORE_EACH(struct deployment, d, deployments) {
        if (!str_eq(d->r.ns, ns) || !str_eq(d->graph, graph))
            continue;
        if (d->observed_generation < d->generation || d->updated < d->wanted)
            return false;
        any = true;
    }
    return any;
}

void course_release(struct course *course)
{
    free(course->pods);
    *course = (struct course){0};
}

int64_t course_pod_end(const struct course_pod *pod)
{
    if (!at(pod, PHASE_READY) || (!pod->ends_ready && !at(pod, PHASE_FIRST_RESULT)))
        return 0;
    return MAX(at(pod, PHASE_READY), at(pod, PHASE_FIRST_RESULT));
}

/* 0: it waited for none. */
static int64_t input_came(const struct course *course, const struct course_pod *pod)
{
    return pod->producer == SIZE_MAX ? 0 : at(&course->pods[pod->producer], PHASE_FIRST_RESULT);
}

int64_t course_pod_own(const struct course *course, const struct course_pod *pod)
{
    int64_t result = at(pod, PHASE_FIRST_RESULT), from = MAX(at(pod, PHASE_STARTED), input_came(course, pod));
    if (!result || !at(pod, PHASE_STARTED))
        return -1;
    return MAX(result - from, 0);
}

bool course_pod_is_up(const struct course_pod *pod)
{
    return course_pod_end(pod) || (pod->restarted && pod->pod->ready);
}

bool course_over(const struct course *course)
{
    for (size_t i = 0; i < course->count; i++)
        if (!course_pod_is_up(&course->pods[i]))
            return false;
    return course->count > 0;
}

static const struct course_pod *last_up(const struct course *course)
{
    const struct course_pod *last = NULL;
    for (size_t i = 0; i < course->count; i++) {
        int64_t end = course_pod_end(&course->pods[i]);
        if (end && (!last || end > course_pod_end(last)))
            last = &course->pods[i];
    }
    return last;
}

int64_t course_end(const struct course *course)
{
    const struct course_pod *last = last_up(course);
    return last ? course_pod_end(last) : 0;
}

struct path {
    struct course_step *steps; /* last to first, until they are turned round */
    size_t count, cap;
};

static void add_step(struct path *path, const struct course_pod *pod, enum phase phase, int64_t from, int64_t to)
{
    if (to <= from)
        return;
    GROW(path->steps, path->count, path->cap);
    path->steps[path->count++] = (struct course_step){pod, phase, from, to};
}

/* The pod's phases up to `last`, in an order that can be: a time that is cut to its second lies anywhere in it, not before
 * what came before. The first result may come before the pod is ready. */
static void put_in_order(const struct course_pod *pod, enum phase last, int64_t out[PHASE_COUNT])
{
    const struct phase_time *p = pod->timing.phases;
    bool present = pod->timing.pull == 0; /* to find the image is no pull: that is when the sandbox stood */
    int before = -1;
    memset(out, 0, PHASE_COUNT * sizeof *out);
    for (int i = 0; i <= (int)last; i++) {
        if (i == PHASE_PULLED && present)
            continue;
        out[i] = i == PHASE_SANDBOX && present && p[PHASE_PULLED].at ? p[PHASE_PULLED].at : p[i].at;
        if (!out[i])
            continue;
        if (before >= 0 && i != PHASE_FIRST_RESULT && out[i] < out[before] &&
            out[before] - out[i] <= p[i].plus_minus + p[before].plus_minus)
            out[i] = out[before];
        before = i;
    }
}

/* What is later than what came after it, by clocks that disagree, is left out. */
static int64_t walk_phases(struct path *path, const struct course_pod *pod, enum phase last, int64_t to)
{
    int64_t times[PHASE_COUNT];
    put_in_order(pod, last, times);
    enum phase phase = last;
    for (int i = (int)last - 1; i >= 0; i--) {
        if (!times[i] || times[i] > to)
            continue;
        add_step(path, pod, phase, times[i], to);
        to = times[i];
        phase = (enum phase)i;
    }
    return to;
}

size_t course_path(const struct course *course, int64_t began, struct course_step **steps)
{
    struct path path = {0};
    const struct course_pod *pod = last_up(course);
    *steps = NULL;
    for (size_t i = 0; i < course->count; i++)
        if (course->pods[i].timing.skewed)
            return 0;
    if (!pod)
        return 0;
    enum phase last = at(pod, PHASE_FIRST_RESULT) >= at(pod, PHASE_READY) ? PHASE_FIRST_RESULT : PHASE_READY;
    /* Only its inputs kept it waiting: then they are what the time went to. Each hop is to an earlier time: circles end. */
    int64_t end = at(pod, last), came;
    while ((last == PHASE_FIRST_RESULT || pod->ends_ready) && (came = input_came(course, pod)) > at(pod, PHASE_STARTED) && came < end) {
        add_step(&path, pod, last, came, end);
        pod = &course->pods[pod->producer];
        last = PHASE_FIRST_RESULT;
        end = came;
    }
    int64_t created = walk_phases(&path, pod, last, end);
    if (began)
        add_step(&path, pod, PHASE_CREATED, began, created);
    for (size_t i = 0; i < path.count / 2; i++) {
        struct course_step step = path.steps[i];
        path.steps[i] = path.steps[path.count - 1 - i];
        path.steps[path.count - 1 - i] = step;
    }
    *steps = path.steps;
    return path.count;
}
