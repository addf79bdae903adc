#include "ops/timing.h"

#include "base/time.h"

const char *const phase_names[PHASE_COUNT] = {"created", "scheduled", "sandbox", "pull", "start", "ready",
                                              "first result"};

static void set(struct phase_time *phase, int64_t at, int64_t plus_minus, const char *source)
{
    if (at)
        *phase = (struct phase_time){at, plus_minus, source};
}

static void set_pull(struct pod_timing *out, int64_t pull, int64_t plus_minus, const char *source)
{
    if (pull < 0)
        return;
    out->pull = pull;
    out->pull_plus_minus = plus_minus;
    out->pull_source = source;
}

/* "… in 49.65s", "… in 2.1s (3.4s including waiting)": the time without waiting, -1 when there is none. */
static int64_t pulled_in(const char *message)
{
    const char *in = message ? strstr(message, "\" in ") : NULL;
    if (!in)
        return -1;
    char text[32];
    size_t n = strcspn(in + 5, " .,;(");
    /* the fraction's point is not the sentence's end */
    while (in[5 + n] == '.' && in[6 + n] >= '0' && in[6 + n] <= '9')
        n += 1 + strcspn(in + 6 + n, " .,;(");
    if (n >= sizeof text)
        return -1;
    memcpy(text, in + 5, n);
    text[n] = '\0';
    return time_parse_duration(text);
}

static int64_t worth(const struct event *event)
{
    return event->exact ? NSEC_PER_MSEC : NSEC_PER_SEC;
}

static const struct container *main_container(const struct pod *pod)
{
    for (size_t i = 0; i < pod->container_count; i++)
        if (!pod->containers[i].init)
            return &pod->containers[i];
    return NULL;
}

/* The Ready condition tells of its last change only. When the pod lost its readiness and got it back, that is not when
 * it was ready first, and nothing else says when that was. */
static bool ready_again(const struct pod *pod, const struct index *events, int64_t first_result)
{
    if (!first_result || !pod->ready_at)
        return false;
    if (pod->ready_at > first_result + 60 * NSEC_PER_SEC)
        return true;
    if (!events)
        return false;
    INDEX_EACH(struct event, e, events, index_hash(pod->r.uid))
        if (e->on_uid == pod->r.uid && str_eq(e->reason, "Unhealthy") && str_starts(e->message, "Readiness") &&
            MAX(e->first, e->last) > first_result + 2 * NSEC_PER_SEC && MAX(e->first, e->last) < pod->ready_at)
            return true;
    return false;
}

bool event_object_key(const struct record *event, uint32_t *hash)
{
    *hash = index_hash(((const struct event *)event)->on_uid);
    return true;
}

/* The newest event of each sort counts: of the current run, where there were several. */
enum { SCHEDULED, PULLING, PULLED, STARTED, SORTS };

static void newest_events(const struct event *newest[SORTS], const struct pod *pod, const struct index *events)
{
    static const char *const reasons[SORTS] = {"Scheduled", "Pulling", "Pulled", "Started"};
    INDEX_EACH(struct event, e, events, index_hash(pod->r.uid))
        for (int i = 0; i < SORTS && e->on_uid == pod->r.uid; i++)
            if (str_eq(e->reason, reasons[i]) && (!newest[i] || e->first > newest[i]->first))
                newest[i] = e;
}

static void from_events(struct pod_timing *out, const struct pod *pod, const struct index *events)
{
    const struct event *newest[SORTS] = {NULL}, *e;
    const struct container *main = main_container(pod);
    struct phase_time *p = out->phases;
    newest_events(newest, pod, events);
    if ((e = newest[SCHEDULED]))
        set(&p[PHASE_SCHEDULED], e->first, worth(e), "event");
    if ((e = newest[PULLED])) {
        set(&p[PHASE_PULLED], e->first, worth(e), "event");
        if (e->message && strstr(e->message, "already present on machine"))
            set_pull(out, 0, 0, "event");
        else
            set_pull(out, pulled_in(e->message), NSEC_PER_MSEC, "event text"); /* the kubelet cuts it there */
    }
    /* The kubelet writes the condition with its next status, which may come after the pull; it pulls, or finds the image,
     * only once the sandbox stands. */
    e = newest[PULLING] ? newest[PULLING] : out->pull == 0 ? newest[PULLED] : NULL;
    if (e && e->first && p[PHASE_SANDBOX].at && e->first < p[PHASE_SANDBOX].at)
        set(&p[PHASE_SANDBOX], e->first, worth(e), "event");
    /* of the current run: a restart's status is newer than the first run's event */
    if ((e = newest[STARTED]) && main && main->state == CONTAINER_RUNNING &&
        llabs(e->first - main->started) <= NSEC_PER_SEC)
        set(&p[PHASE_STARTED], e->first, worth(e), "event");
    if (out->pull < 0 && newest[PULLING] && newest[PULLING]->first && p[PHASE_PULLED].at)
        set_pull(out, MAX(p[PHASE_PULLED].at - newest[PULLING]->first, 0),
                 worth(newest[PULLING]) + p[PHASE_PULLED].plus_minus, "event");
}

void pod_timing(struct pod_timing *out, const struct pod *pod, const struct index *events, int64_t first_result)
{
    /* An object's own times are cut to whole seconds: the moment lies anywhere in that second. */
    const int64_t second = NSEC_PER_SEC;
    *out = (struct pod_timing){.pod_name = pod->r.name, .pull = -1};
    struct phase_time *p = out->phases;
    set(&p[PHASE_CREATED], pod->r.created, second, "status");
    set(&p[PHASE_SCHEDULED], pod->scheduled_at, second, "condition");
    set(&p[PHASE_SANDBOX], pod->sandbox_at, second, "condition");
    set(&p[PHASE_READY], pod->ready_at, second, "condition");
    const struct container *main = main_container(pod);
    if (main && main->state == CONTAINER_RUNNING)
        set(&p[PHASE_STARTED], main->started, second, "status");
    if (events)
        from_events(out, pod, events);
    set(&p[PHASE_FIRST_RESULT], first_result, NSEC_PER_MSEC, "stream");
    if (ready_again(pod, events, first_result))
        p[PHASE_READY] = (struct phase_time){0};
    const struct phase_time *last = NULL;
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (!p[i].at)
            continue;
        if (last && p[i].at + p[i].plus_minus + last->plus_minus < last->at)
            out->skewed = true;
        last = &p[i];
    }
}

int64_t pod_timing_span(const struct pod_timing *timing, enum phase phase)
{
    const struct phase_time *p = timing->phases;
    if (!p[phase].at || phase == PHASE_CREATED)
        return -1;
    int before = -1;
    for (int i = (int)phase - 1; i >= 0; i--)
        if (p[i].at && (before < 0 || (p[i].at > p[before].at &&
                                       p[i].at - p[before].at <= p[i].plus_minus + p[before].plus_minus)))
            before = i; /* a time cut to its second may lie before the phase before it: then that one's end counts */
    if (before < 0)
        return -1;
    int64_t span = p[phase].at - p[before].at;
    /* less than both are worth is no negative time: it is nothing that could be measured */
    return span < 0 && -span <= p[phase].plus_minus + p[before].plus_minus ? 0 : span;
}
