#include "ops/timing.h"

#include "base/time.h"

#define PULL_LONGEST (7 * 24 * 3600 * NSEC_PER_SEC)
#define SLACK NSEC_PER_SEC /* by so much may clocks differ that are kept right */
#define READY_LATE (10 * 60 * NSEC_PER_SEC) /* so long after its first result no pod gets ready for the first time */

const char *const phase_names[PHASE_COUNT] = {"created", "scheduled", "sandbox", "pull", "start", "ready",
                                              "first result"};
const char *const phase_keys[PHASE_COUNT] = {NULL, "scheduled", "sandbox", "pull", "start", "ready", "firstResult"};

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
    int64_t span = time_parse_duration(text);
    return span < PULL_LONGEST ? span : -1;
}

static int64_t worth(const struct event *event)
{
    return event->exact ? NSEC_PER_MSEC : NSEC_PER_SEC;
}

const struct container *pod_main_container(const struct pod *pod)
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
    if (pod->ready_at > first_result + READY_LATE)
        return true;
    if (!events)
        return false;
    INDEX_EACH(struct event, e, events, index_hash(pod->r.uid))
        if (e->on_uid == pod->r.uid && str_eq(e->reason, "Unhealthy") && str_starts(e->message, "Readiness") &&
            e->first > first_result + 2 * NSEC_PER_SEC && e->first < pod->ready_at) /* one that began before goes on */
            return true;
    return false;
}

bool event_object_key(const struct record *event, uint32_t *hash)
{
    *hash = index_hash(((const struct event *)event)->on_uid);
    return true;
}

/* The first event of each sort counts: a start is the first one, and what a restart repeats is no part of it. */
enum { SCHEDULED, PULLING, PULLED, STARTED, SORTS };

static bool is_present(const struct event *e)
{
    return e->message && strstr(e->message, "already present on machine");
}

/* Of this container, or of none: "spec.containers{camera}". */
static bool is_about(const struct event *e, const struct container *container)
{
    static const char field[] = "spec.containers{";
    size_t len = container && container->name ? strlen(container->name) : 0;
    return !e->on_field || !len ||
           (str_starts(e->on_field, field) && strncmp(e->on_field + strlen(field), container->name, len) == 0 &&
            str_eq(e->on_field + strlen(field) + len, "}"));
}

static void keep_first(const struct event *first[SORTS], int sort, const struct event *e)
{
    if (e->first && (!first[sort] || e->first < first[sort]->first))
        first[sort] = e;
}

static void first_events(const struct event *first[SORTS], const struct pod *pod, const struct index *events)
{
    static const char *const reasons[SORTS] = {"Scheduled", "Pulling", "Pulled", "Started"};
    const struct container *main = pod_main_container(pod);
    INDEX_EACH(struct event, e, events, index_hash(pod->r.uid)) {
        if (e->on_uid != pod->r.uid)
            continue;
        for (int i = 0; i < SORTS; i++)
            if (str_eq(e->reason, reasons[i]) && (i == SCHEDULED || is_about(e, main)))
                keep_first(first, i, e);
    }
}

/* The kubelet writes the sandbox's condition with its next status, which may come after the pull; it pulls, or finds the image,
 * only once the sandbox stands: whichever container's. */
static void end_sandbox(struct phase_time *sandbox, const struct pod *pod, const struct index *events)
{
    const struct container *main = pod_main_container(pod);
    if (main && main->restarts && !sandbox->at) /* what is left may be of a later run */
        return;
    INDEX_EACH(struct event, e, events, index_hash(pod->r.uid)) {
        bool pulled = str_eq(e->reason, "Pulled");
        if (e->on_uid != pod->r.uid || !e->first || (!pulled && !str_eq(e->reason, "Pulling")))
            continue;
        int64_t took = pulled && !is_present(e) ? pulled_in(e->message) : 0, began = e->first - took;
        if (took >= 0 && (!sandbox->at || began < sandbox->at))
            set(sandbox, began, worth(e), "event");
    }
}

/* Events are kept for an hour: of a container that was restarted, what is left may be of a later run. One that counts all its starts
 * began with the first. */
static const struct event *of_first_start(const struct event *started, const struct container *main)
{
    return started && (!main || !main->restarts || started->count > main->restarts) ? started : NULL;
}

static const struct event *of_first_pull(const struct event *pulled, const struct event *started, const struct container *main)
{
    if (!pulled || !main || !main->restarts)
        return pulled;
    if (started)
        return pulled->first <= started->first + worth(started) ? pulled : NULL;
    return is_present(pulled) ? NULL : pulled;
}

static void from_events(struct pod_timing *out, const struct pod *pod, const struct index *events)
{
    const struct event *first[SORTS] = {NULL}, *e;
    const struct container *main = pod_main_container(pod);
    struct phase_time *p = out->phases;
    first_events(first, pod, events);
    first[STARTED] = of_first_start(first[STARTED], main);
    first[PULLED] = of_first_pull(first[PULLED], first[STARTED], main);
    if ((e = first[SCHEDULED]))
        set(&p[PHASE_SCHEDULED], e->first, worth(e), "event");
    if ((e = first[PULLED])) {
        set(&p[PHASE_PULLED], e->first, worth(e), "event");
        if (is_present(e))
            set_pull(out, 0, 0, "event");
        else
            set_pull(out, pulled_in(e->message), NSEC_PER_MSEC, "event text"); /* the kubelet cuts it there */
    }
    end_sandbox(&p[PHASE_SANDBOX], pod, events);
    if (out->pull == 0) /* to find the image is no pull: that is when the sandbox stood */
        p[PHASE_SANDBOX] = p[PHASE_PULLED];
    e = first[STARTED];
    if (e && main && (main->restarts || (main->state == CONTAINER_RUNNING && llabs(e->first - main->started) <= NSEC_PER_SEC)))
        set(&p[PHASE_STARTED], e->first, worth(e), "event");
    if ((e = first[PULLING]) && !first[PULLED] && !p[PHASE_STARTED].at && (!main || (main->state <= CONTAINER_WAITING && !main->restarts)))
        out->pulling = e->count > 1 ? e->last : e->first;
    /* The last try is the one that succeeded; only the text tells a pull of no time from none. */
    if ((e = first[PULLING]) && out->pull < 0 && p[PHASE_PULLED].at) {
        int64_t began = e->count > 1 ? e->last : e->first;
        if (p[PHASE_PULLED].at > began)
            set_pull(out, p[PHASE_PULLED].at - began, (e->count > 1 ? NSEC_PER_SEC : worth(e)) + p[PHASE_PULLED].plus_minus, "event");
    }
}

/* Whose clock a phase's time is of. */
enum clock { API_SERVER, SCHEDULER, NODE, CLOCKS };
static const enum clock clocks[PHASE_COUNT] = {API_SERVER, SCHEDULER, NODE, NODE, NODE, NODE, NODE};

/* An event is made before the API server stamps it: where it says the contrary, by more than clocks that are kept right do, its
 * maker's clock is ahead of the API server's. How far behind one is, nothing tells but an order that cannot be. */
static void find_ahead(bool ahead[CLOCKS], const struct pod *pod, const struct index *events)
{
    INDEX_EACH(struct event, e, events, index_hash(pod->r.uid))
        if (e->on_uid == pod->r.uid && e->r.created && e->first > e->r.created + NSEC_PER_SEC + worth(e) + SLACK) {
            if (str_eq(e->component, "kubelet"))
                ahead[NODE] = true;
            else if (str_eq(e->reason, "Scheduled") || str_eq(e->reason, "FailedScheduling"))
                ahead[SCHEDULER] = true;
        }
}

static void find_skew(struct pod_timing *out, const struct pod *pod, const struct index *events)
{
    const struct phase_time *p = out->phases;
    bool ahead[CLOCKS] = {false};
    int last = -1, before_ready = -1;
    if (events)
        find_ahead(ahead, pod, events);
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (!p[i].at)
            continue;
        if (i == PHASE_READY)
            before_ready = last;
        else if (i == PHASE_FIRST_RESULT && last == PHASE_READY && before_ready >= 0)
            last = before_ready; /* a pod may give results before it is found ready */
        bool before = last >= 0 && p[i].at + p[i].plus_minus + p[last].plus_minus + SLACK < p[last].at;
        bool two = last >= 0 && clocks[i] != clocks[last];
        out->apart[i] = two && (before || ahead[clocks[i]] || ahead[clocks[last]]);
        out->skewed |= before || out->apart[i];
        last = i;
    }
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
    const struct container *main = pod_main_container(pod);
    if (main && main->state == CONTAINER_RUNNING && !main->restarts) /* else it is a later run's */
        set(&p[PHASE_STARTED], main->started, second, "status");
    if (events)
        from_events(out, pod, events);
    set(&p[PHASE_FIRST_RESULT], first_result, NSEC_PER_MSEC, "stream");
    if (ready_again(pod, events, first_result))
        p[PHASE_READY] = (struct phase_time){0};
    find_skew(out, pod, events);
}

/* Less than both are worth is no negative time: it is nothing that could be measured. */
static int64_t between(const struct phase_time *from, const struct phase_time *to)
{
    int64_t span = to->at - from->at;
    return span >= 0 ? span : -span <= to->plus_minus + from->plus_minus ? 0 : -1;
}

int64_t pod_timing_until(const struct pod_timing *timing, enum phase phase)
{
    const struct phase_time *p = timing->phases;
    if (!p[PHASE_CREATED].at || !p[phase].at)
        return -1;
    for (int i = 0; i <= (int)phase; i++)
        if (timing->apart[i])
            return -1;
    return between(&p[PHASE_CREATED], &p[phase]);
}

int64_t pod_timing_total(const struct pod_timing *timing)
{
    int64_t total = pod_timing_until(timing, PHASE_READY);
    for (int i = 0; i < PHASE_COUNT && total >= 0; i++)
        total = MAX(total, pod_timing_until(timing, (enum phase)i));
    return total;
}

int64_t pod_timing_span(const struct pod_timing *timing, enum phase phase)
{
    const struct phase_time *p = timing->phases;
    if (!p[phase].at || phase == PHASE_CREATED || timing->apart[phase])
        return -1;
    int before = -1;
    for (int i = (int)phase - 1; i >= 0; i--)
        if (p[i].at && (before < 0 || (p[i].at > p[before].at &&
                                       p[i].at - p[before].at <= p[i].plus_minus + p[before].plus_minus)))
            before = i; /* a time cut to its second may lie before the phase before it: then that one's end counts */
    /* It was there when the kubelet found the pod ready, or said that it had started it. */
    if (phase == PHASE_FIRST_RESULT && before >= 0 && p[phase].at < p[before].at &&
        (before == PHASE_READY || p[before].at - p[phase].at <= SLACK))
        return 0;
    return before < 0 ? -1 : between(&p[before], &p[phase]);
}
