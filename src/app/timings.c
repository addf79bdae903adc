#include "app/timings.h"

#include "base/time.h"
#include "ops/eta.h"

static void put_seconds(cJSON *entry, const char *key, int64_t span)
{
    if (span >= 0)
        json_put(entry, key, cJSON_CreateNumber((double)(span / NSEC_PER_MSEC) / 1e3));
}

static void put_time(cJSON *entry, const char *key, int64_t at)
{
    char text[TIME_TEXT];
    if (at)
        json_set_str(entry, key, time_format(text, at, 3));
}

/* When pulling began is told by the pull itself, where it is told at all. */
static int64_t span_of(const struct pod_timing *t, enum phase phase)
{
    return phase == PHASE_PULLED && t->pull >= 0 ? t->pull : pod_timing_span(t, phase);
}

static cJSON *phases_of(const struct pod_timing *t)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < PHASE_COUNT; i++) {
        const struct phase_time *p = &t->phases[i];
        if (!p->at)
            continue;
        cJSON *phase = cJSON_CreateObject();
        bool pull = i == PHASE_PULLED && t->pull >= 0;
        json_set_str(phase, "phase", phase_names[i]);
        put_time(phase, "at", p->at);
        put_seconds(phase, "seconds", span_of(t, (enum phase)i));
        put_seconds(phase, "plusMinus", pull ? t->pull_plus_minus : p->plus_minus);
        json_set_str(phase, "source", pull ? t->pull_source : p->source);
        cJSON_AddItemToArray(list, phase);
    }
    return list;
}

static cJSON *timing_of(const struct course *course, const struct course_pod *p, const struct store *nodes, bool sources)
{
    const struct pod_timing *t = &p->timing;
    const struct pod *pod = p->pod;
    cJSON *entry = cJSON_CreateObject();
    json_set_str(entry, "thing", pod_called(pod));
    json_set_str(entry, "pod", pod->r.name);
    json_set_str(entry, "node", pod->node);
    json_set_str(entry, "nodeKind", eta_node_kind(nodes, pod->node));
    if (pod_main_container(pod))
        json_set_str(entry, "image", pod_main_container(pod)->image);
    put_time(entry, "created", t->phases[PHASE_CREATED].at);
    for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++)
        put_seconds(entry, phase_keys[i], span_of(t, (enum phase)i));
    put_seconds(entry, "afterInputs", course_pod_own(course, p));
    put_seconds(entry, "total", pod_timing_total(t));
    if (p->ends_ready)
        json_set_bool(entry, "endsReady", true);
    if (t->skewed)
        json_set_bool(entry, "clocksDisagree", true);
    if (sources)
        json_put(entry, "phases", phases_of(t));
    return entry;
}

static cJSON *path_of(const struct course_step *steps, size_t count)
{
    cJSON *path = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++) {
        cJSON *step = cJSON_CreateObject();
        const struct pod *pod = steps[i].pod->pod;
        json_set_str(step, "thing", pod_called(pod));
        json_set_str(step, "pod", pod->r.name);
        json_set_str(step, "phase", phase_names[steps[i].phase]);
        put_seconds(step, "seconds", steps[i].to - steps[i].from);
        cJSON_AddItemToArray(path, step);
    }
    return path;
}

cJSON *timings_of(const struct course *course, const struct store *nodes, int64_t began, bool sources)
{
    struct course_step *steps = NULL;
    cJSON *out = cJSON_CreateObject(), *list = json_put(out, "timing", cJSON_CreateArray());
    for (size_t i = 0; i < course->count; i++)
        cJSON_AddItemToArray(list, timing_of(course, &course->pods[i], nodes, sources));
    size_t count = course_over(course) ? course_path(course, began, &steps) : 0, not_up = 0;
    for (size_t i = 0; i < course->count; i++)
        not_up += !course_pod_is_up(&course->pods[i]);
    if (not_up || !course->count)
        json_set_int(out, "notUp", (int64_t)not_up);
    if (count) {
        json_put(out, "path", path_of(steps, count));
        put_seconds(out, "up", steps[count - 1].to - steps[0].from);
    }
    free(steps);
    return out;
}
