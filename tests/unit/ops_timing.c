/* Timing from what a real cluster said (streams/, by `patchbay record`, cut to pods and their events): as it came, at every moment of
 * it, and with an event that is missing, late or repeated, and clocks that disagree. */
#include "ops/timing.h"

#include "base/file.h"
#include "base/time.h"
#include "tests/unit/ops_test.h"

#define MAX_OBJECTS 64
#define HOUR (3600 * NSEC_PER_SEC)

/* What it comes to, in ms; a span of "?" is -1. */
static const struct {
    const char *file, *pod;
    int64_t spans[PHASE_COUNT]; /* from "scheduled" on */
    int64_t pull;
} starts[] = {
    {"cold", "cold", {-1, 473, 1163, 830, 122, 2410, -1}, 830},
    {"present", "present", {-1, 871, 565, 0, 85, 1478, -1}, 0},
    {"restarting", "restarting", {-1, 280, 894, 1327, 202, -1, -1}, 1327},
    {"late-image", "late-image", {-1, 774, 2225, 43382, 99, 0, -1}, 382},
    {"init", "init", {-1, 652, 787, 5231, 75, 252, -1}, 515},
    {"two", "two", {-1, 25, 468, 764, 90, 651, -1}, 764},
    {"moved", "moved-5594d94848-6z9bb", {-1, 8463, 832, 307, 180, 215, -1}, 307},
    {"moved", "moved-5594d94848-vlbjs", {-1, 723, 276, 451, 106, 0, -1}, 242},
};

struct stream {
    cJSON *pod;                 /* as it was last */
    cJSON *events[MAX_OBJECTS]; /* each as it was last, in the order of their beginning */
    size_t count;
};

static const char *str(const cJSON *object, const char *path)
{
    return json_str_or(object, path, "");
}

/* Takes in what a line says; false: it is of another pod, or no object. */
static bool take_line(struct stream *s, const char *pod, const char *line)
{
    struct err err = ERR_INIT;
    cJSON *json = json_parse(line, strlen(line), &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    const cJSON *object = json_object(json, "event.object");
    bool is_event = str_eq(str(object, "kind"), "Event");
    bool mine = object && str_starts(str(object, is_event ? "involvedObject.name" : "metadata.name"), pod) &&
                !str_eq(str(json, "event.type"), "DELETED");
    size_t at = 0;
    while (is_event && at < s->count && !str_eq(str(s->events[at], "metadata.uid"), str(object, "metadata.uid")))
        at++;
    cJSON **place = is_event ? &s->events[at] : &s->pod;
    if (mine) {
        ck_assert_uint_lt(at, MAX_OBJECTS);
        s->count += is_event && at == s->count;
        cJSON_Delete(*place);
        *place = cJSON_Duplicate(object, true);
    }
    cJSON_Delete(json);
    return mine;
}

static void stream_release(struct stream *s)
{
    cJSON_Delete(s->pod);
    for (size_t i = 0; i < s->count; i++)
        cJSON_Delete(s->events[i]);
    *s = (struct stream){0};
}

static void put(struct store *store, const cJSON *object)
{
    struct record *record = record_new(store_kind(store), object);
    ck_assert_ptr_nonnull(record);
    store_put(store, record);
}

/* skip: an event that is not there, -1: none; last: one that comes behind all others. */
static void timing_of(struct pod_timing *out, const struct stream *s, int skip, int last)
{
    struct store *events = store_new(&kind_event);
    struct index index;
    struct record *pod = record_new(&kind_pod, s->pod);
    index_init(&index, events, event_object_key);
    for (size_t i = 0; i < s->count; i++)
        if ((int)i != skip && (int)i != last)
            put(events, s->events[i]);
    if (last >= 0)
        put(events, s->events[last]);
    index_release(&index);
    index_init(&index, events, event_object_key);
    pod_timing(out, (const struct pod *)pod, &index, 0);
    out->pod_name = NULL;
    index_release(&index);
    store_free(events);
    record_unref(pod);
}

static void same(const struct pod_timing *a, const struct pod_timing *b, const char *what)
{
    for (int i = 0; i < PHASE_COUNT; i++)
        ck_assert_msg(a->phases[i].at == b->phases[i].at && a->phases[i].plus_minus == b->phases[i].plus_minus &&
                          pod_timing_span(a, (enum phase)i) == pod_timing_span(b, (enum phase)i),
                      "%s: %s is another: %" PRId64 ", not %" PRId64, what, phase_names[i], b->phases[i].at, a->phases[i].at);
    ck_assert_msg(a->pull == b->pull && a->pull_plus_minus == b->pull_plus_minus && a->skewed == b->skewed, "%s: pull or skew", what);
}

/* What holds of whatever was heard. */
static void sane(const struct pod_timing *t, const struct stream *s, const char *what)
{
    bool present = false;
    for (size_t i = 0; i < s->count; i++)
        present |= strstr(str(s->events[i], "message"), "already present on machine") != NULL;
    ck_assert_msg(t->pull != 0 || present, "%s: a pull of nothing", what);
    ck_assert_msg(t->pull >= -1 && (t->pull < 0) == !t->pull_source, "%s: the pull is %" PRId64, what, t->pull);
    for (int i = 0; i < PHASE_COUNT; i++) {
        int64_t span = pod_timing_span(t, (enum phase)i), until = pod_timing_until(t, (enum phase)i);
        ck_assert_msg(span >= -1 && until >= -1, "%s: %s took %" PRId64, what, phase_names[i], span);
        ck_assert_msg(t->phases[i].at || (span == -1 && until == -1), "%s: %s is unknown, and took %" PRId64, what, phase_names[i], span);
    }
    ck_assert(pod_timing_total(t) >= -1);
}

static char *read_stream(const char *file)
{
    char *path = xasprintf("%s/tests/unit/streams/%s.ndjson", getenv("abs_top_srcdir"), file), *text;
    struct err err = ERR_INIT;
    struct buf buf;
    buf_init(&buf, 1u << 20);
    ck_assert_msg(file_read(path, &buf, &err) == 0, "%s", err.text);
    text = buf_take(&buf);
    free(path);
    return text;
}

/* Line by line: nothing is claimed too early, and what is known of a phase's end stays. */
static void play(struct stream *s, const char *file, const char *pod)
{
    char *text = read_stream(file), *state = NULL;
    *s = (struct stream){0};
    for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
        if (!take_line(s, pod, line) || !s->pod)
            continue;
        struct pod_timing t;
        timing_of(&t, s, -1, -1);
        sane(&t, s, line);
        ck_assert_msg(!t.skewed, "%s", line);
    }
    free(text);
    ck_assert_ptr_nonnull(s->pod);
    ck_assert_uint_gt(s->count, 3);
}

static cJSON *get(cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static void shift(cJSON *object, const char *key, int64_t by)
{
    cJSON *time = get(object, key);
    int64_t at = cJSON_IsString(time) ? time_parse(time->valuestring) : 0;
    char text[TIME_TEXT];
    if (at)
        json_put(object, key, cJSON_CreateString(time_format(text, at + by, strchr(time->valuestring, '.') ? 6 : 0)));
}

START_TEST(as_it_was)
{
    struct stream s;
    struct pod_timing t;
    play(&s, starts[_i].file, starts[_i].pod);
    timing_of(&t, &s, -1, -1);
    struct buf is;
    buf_init(&is, 1000);
    for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++) {
        int64_t span = pod_timing_span(&t, (enum phase)i);
        buf_addf(&is, "%" PRId64 ", ", span < 0 ? -1 : span / NSEC_PER_MSEC);
        if ((span < 0 ? -1 : span / NSEC_PER_MSEC) != starts[_i].spans[i])
            buf_addf(&is, "(%s, not %" PRId64 ") ", phase_names[i], starts[_i].spans[i]);
    }
    int64_t pull = t.pull < 0 ? -1 : t.pull / NSEC_PER_MSEC;
    ck_assert_msg(!strchr(is.data, '(') && pull == starts[_i].pull, "%s: %spull %" PRId64, starts[_i].pod, is.data, pull);
    buf_release(&is);
    stream_release(&s);
}
END_TEST

/* Which events a phase's end, or the pull, is taken from. */
static bool rests_on(enum phase phase, const char *reason)
{
    static const char *const reasons[PHASE_COUNT][3] = {
        [PHASE_SCHEDULED] = {"Scheduled"}, [PHASE_SANDBOX] = {"Pulling", "Pulled"}, [PHASE_PULLED] = {"Pulled", "Started"},
        [PHASE_STARTED] = {"Started"},
    };
    for (size_t i = 0; i < 3; i++)
        if (str_eq(reasons[phase][i], reason))
            return true;
    return false;
}

START_TEST(one_is_missing)
{
    struct stream s;
    struct pod_timing all, t;
    play(&s, starts[_i].file, starts[_i].pod);
    timing_of(&all, &s, -1, -1);
    for (int skip = 0; skip < (int)s.count; skip++) {
        const char *reason = str(s.events[skip], "reason");
        timing_of(&t, &s, skip, -1);
        sane(&t, &s, reason);
        ck_assert_msg(!t.skewed, "without %s", reason);
        for (int i = 0; i < PHASE_COUNT; i++) {
            const struct phase_time *is = &t.phases[i], *was = &all.phases[i];
            bool close = llabs(is->at - was->at) <= is->plus_minus + was->plus_minus;
            ck_assert_msg(rests_on((enum phase)i, reason) ? !is->at || close || i == PHASE_SANDBOX : is->at == was->at,
                          "without %s, %s is another", reason, phase_names[i]);
        }
        bool pull_rests = str_eq(reason, "Pulled") || str_eq(reason, "Started");
        ck_assert_msg(t.pull == all.pull || (pull_rests && t.pull == -1), "without %s, the pull is %" PRId64, reason, t.pull);
    }
    stream_release(&s);
}
END_TEST

START_TEST(one_comes_last)
{
    struct stream s;
    struct pod_timing all, t;
    play(&s, starts[_i].file, starts[_i].pod);
    timing_of(&all, &s, -1, -1);
    for (int last = 0; last < (int)s.count; last++) {
        shift(get(s.events[last], "metadata"), "creationTimestamp", 30 * NSEC_PER_SEC); /* it reached the API server late */
        timing_of(&t, &s, -1, last);
        same(&all, &t, str(s.events[last], "reason"));
    }
    stream_release(&s);
}
END_TEST

/* As the API has it: the same event, its count raised, its last time a minute later. */
START_TEST(one_is_repeated)
{
    struct stream s;
    struct pod_timing all, t;
    char later[TIME_TEXT];
    play(&s, starts[_i].file, starts[_i].pod);
    timing_of(&all, &s, -1, -1);
    for (size_t i = 0; i < s.count; i++) {
        cJSON *was = s.events[i], *more = cJSON_Duplicate(was, true);
        json_set_int(more, "count", json_int(was, "count", 1) + 1);
        int64_t last = json_time(was, "lastTimestamp");
        if (last)
            json_set_str(more, "lastTimestamp", time_format(later, last + 60 * NSEC_PER_SEC, 0));
        s.events[i] = more;
        timing_of(&t, &s, -1, -1);
        same(&all, &t, str(was, "reason"));
        s.events[i] = was;
        cJSON_Delete(more);
    }
    stream_release(&s);
}
END_TEST

/* ---- clocks ---- */

static void shift_states(cJSON *statuses, int64_t by)
{
    cJSON *status, *state;
    cJSON_ArrayForEach(status, statuses) {
        cJSON *states[] = {get(status, "state"), get(status, "lastState")};
        for (size_t i = 0; i < ARRAY_SIZE(states); i++)
            cJSON_ArrayForEach(state, states[i]) {
                shift(state, "startedAt", by);
                shift(state, "finishedAt", by);
            }
    }
}

/* What a kubelet writes, with its clock. */
static void shift_node(struct stream *s, int64_t by)
{
    cJSON *status = get(s->pod, "status"), *condition;
    cJSON_ArrayForEach(condition, get(status, "conditions"))
        if (!str_eq(str(condition, "type"), "PodScheduled"))
            shift(condition, "lastTransitionTime", by);
    shift_states(get(status, "containerStatuses"), by);
    shift_states(get(status, "initContainerStatuses"), by);
    for (size_t i = 0; i < s->count; i++) {
        cJSON *event = s->events[i];
        const char *name = str(event, "metadata.name"), *dot = strrchr(name, '.');
        if (!str_eq(str(event, "source.component"), "kubelet"))
            continue;
        char *moved = xasprintf("%.*s.%" PRIx64, (int)(dot - name), name, (int64_t)strtoll(dot + 1, NULL, 16) + by);
        json_set_str(event, "metadata.name", moved);
        free(moved);
        shift(event, "firstTimestamp", by);
        shift(event, "lastTimestamp", by);
    }
}

static void shift_api_server(struct stream *s, int64_t by)
{
    cJSON *condition;
    shift(get(s->pod, "metadata"), "creationTimestamp", by);
    cJSON_ArrayForEach(condition, get(get(s->pod, "status"), "conditions"))
        if (str_eq(str(condition, "type"), "PodScheduled")) /* the binding's */
            shift(condition, "lastTransitionTime", by);
    for (size_t i = 0; i < s->count; i++)
        shift(get(s->events[i], "metadata"), "creationTimestamp", by);
}

/* It is told, no span between the two is, and what is of one clock is as before; no single event is needed to see it. */
static void told(const struct pod_timing *right, struct stream *s, int64_t node, const char *what)
{
    for (int skip = -1; skip < (int)s->count; skip++) {
        struct pod_timing t;
        timing_of(&t, s, skip, -1);
        sane(&t, s, what);
        ck_assert_msg(t.skewed, "%s is not told without event %d", what, skip);
        ck_assert_msg(pod_timing_total(&t) == -1, "%s: a total of %" PRId64, what, pod_timing_total(&t));
        for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++)
            ck_assert_msg(pod_timing_span(&t, (enum phase)i) < HOUR / 2, "%s: %s took an hour", what, phase_names[i]);
        if (skip >= 0)
            continue;
        for (int i = PHASE_SANDBOX; i < PHASE_COUNT; i++) {
            ck_assert_msg(!t.phases[i].at == !right->phases[i].at, "%s: %s", what, phase_names[i]);
            if (i > PHASE_SANDBOX)
                ck_assert_msg(pod_timing_span(&t, (enum phase)i) == pod_timing_span(right, (enum phase)i), "%s: %s is another", what,
                              phase_names[i]);
            if (t.phases[i].at)
                ck_assert(t.phases[i].at == right->phases[i].at + node);
        }
        ck_assert(t.pull == right->pull);
    }
}

START_TEST(clocks_disagree)
{
    static const int64_t shifts[] = {HOUR, -HOUR};
    for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
        struct stream s;
        struct pod_timing right;
        play(&s, starts[_i].file, starts[_i].pod);
        timing_of(&right, &s, -1, -1);
        shift_node(&s, shifts[i]);
        told(&right, &s, shifts[i], shifts[i] > 0 ? "a node an hour ahead" : "a node an hour behind");
        shift_node(&s, -shifts[i]);
        shift_api_server(&s, shifts[i]);
        told(&right, &s, 0, shifts[i] > 0 ? "an API server an hour ahead" : "an API server an hour behind");
        stream_release(&s);
    }
}
END_TEST

Suite *ops_timing_suite(void)
{
    Suite *suite = suite_create("timing of recorded streams");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, as_it_was, 0, ARRAY_SIZE(starts));
    tcase_add_loop_test(tc, one_is_missing, 0, ARRAY_SIZE(starts));
    tcase_add_loop_test(tc, one_comes_last, 0, ARRAY_SIZE(starts));
    tcase_add_loop_test(tc, one_is_repeated, 0, ARRAY_SIZE(starts));
    tcase_add_loop_test(tc, clocks_disagree, 0, ARRAY_SIZE(starts));
    suite_add_tcase(suite, tc);
    return suite;
}
