#include "app/report.h"

#include "base/time.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/pod.h"
#include "ops/status.h"
#include "ops/timing.h"

static bool belongs(const struct pod *pod, const char *ns, const char *graph)
{
    return str_eq(pod->r.ns, ns) && str_eq(pod->graph, graph) && !pod->deleted;
}

/* When pulling began is what patchbay cares for, so "pull" is its own duration where it is known. */
static void span_text(char out[TIME_TEXT], const struct pod_timing *t, enum phase phase)
{
    int64_t span = phase == PHASE_PULLED && t->pull >= 0 ? t->pull : pod_timing_span(t, phase);
    if (span < 0)
        snprintf(out, TIME_TEXT, "?");
    else if (phase == PHASE_PULLED && t->pull == 0)
        snprintf(out, TIME_TEXT, "present");
    else
        time_span(out, span);
}

/* What is known of how the pod came up. Once its container was started again, nothing tells of the first start. */
static void first_run(struct pod_timing *t, const struct pod *pod, const struct index *events,
                      const struct scrape *scrape)
{
    struct pod_words words;
    pod_words(&words, pod);
    pod_timing(t, pod, events, scrape_first_result(scrape, pod->r.uid));
    for (int i = PHASE_STARTED; words.restarts && i < PHASE_COUNT; i++)
        t->phases[i] = (struct phase_time){0};
}

void report_timing(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                   const char *graph, enum table_format format, struct buf *out)
{
    static const struct table_column columns[] = {
        {"THING"}, {"NODE"}, {"TOTAL", .number = true}, {"SCHEDULED", .number = true}, {"SANDBOX", .number = true},
        {"PULL", .number = true}, {"START", .number = true}, {"READY", .number = true},
        {"FIRST RESULT", .number = true}, {"POD"}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "pod");
    struct index on_objects;
    index_init(&on_objects, events, event_object_key);
    STORE_EACH(struct pod, pod, pods) {
        if (!belongs(pod, ns, graph))
            continue;
        struct pod_timing t;
        first_run(&t, pod, &on_objects, scrape);
        int64_t total = pod_timing_total(&t);
        char text[TIME_TEXT];
        table_row(table, pod->r.name);
        table_cell(table, "%s", pod->thing ? pod->thing : pod->r.name);
        table_cell(table, "%s", str_or_empty(pod->node));
        table_cell(table, "%s", total >= 0 ? time_span(text, total) : "?");
        for (int phase = PHASE_SCHEDULED; phase < PHASE_COUNT; phase++) {
            span_text(text, &t, (enum phase)phase);
            table_cell(table, "%s", text);
        }
        table_cell(table, "%s", pod->r.name);
    }
    index_release(&on_objects);
    table_print(table, format, true, out);
    table_free(table);
}

void report_totals(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                   const char *graph, struct buf *out)
{
    /* The slowest pod's, each from its own creation: what was started later, alone, must not stretch them. */
    int64_t to_ready = 0, to_first = -1;
    size_t count = 0, ready_count = 0, apart = 0;
    bool known = true;
    struct index on_objects;
    index_init(&on_objects, events, event_object_key);
    STORE_EACH(struct pod, pod, pods) {
        if (!belongs(pod, ns, graph))
            continue;
        struct pod_timing t;
        first_run(&t, pod, &on_objects, scrape);
        int64_t ready = pod_timing_until(&t, PHASE_READY);
        count++;
        ready_count += pod->ready;
        bool two = false;
        for (int i = 0; i < PHASE_COUNT; i++)
            two |= t.apart[i];
        apart += two;
        known &= ready >= 0;
        to_ready = MAX(to_ready, ready);
        to_first = MAX(to_first, pod_timing_until(&t, PHASE_FIRST_RESULT));
    }
    index_release(&on_objects);
    if (!count)
        return;
    char text[TIME_TEXT];
    buf_addf(out, "%zu of %zu pods ready", ready_count, count);
    if (known)
        buf_addf(out, ", the slowest %s after its creation (object times are whole seconds: ±1s)",
                 time_span(text, to_ready));
    if (to_first >= 0)
        buf_addf(out, "; the last first result came after %s", time_span(text, to_first));
    if (apart)
        buf_addf(out, "; the clocks that times of %zu are of disagree: what lies between two of them is '?'", apart);
    buf_addc(out, '\n');
}

bool report_complete(const struct store *pods, const struct scrape *scrape, const char *ns, const char *graph)
{
    size_t count = 0;
    STORE_EACH(struct pod, pod, pods) {
        if (!belongs(pod, ns, graph))
            continue;
        count++;
        if (!pod->ready)
            return false;
        const struct thing_traffic *t = scrape_traffic(scrape, pod->r.uid);
        if (!t)
            return false;
        for (size_t i = 0; i < t->count; i++)
            if (!t->ports[i].input && t->ports[i].first <= 0)
                return false;
    }
    return count > 0;
}
