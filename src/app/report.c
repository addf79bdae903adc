#include "app/report.h"

#include "base/time.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/pod.h"
#include "ops/timing.h"

static bool belongs(const struct pod *pod, const char *ns, const char *graph)
{
    return str_eq(pod->r.ns, ns) && str_eq(pod->graph, graph) && !pod->deleted;
}

/* When pulling began is what patchbay cares for, so "pull" is its own duration where it is known. */
static void span_text(char out[TIME_TEXT], const struct pod_timing *t, enum phase phase)
{
    int64_t span = phase == PHASE_PULLED && t->pull >= 0 ? t->pull : pod_timing_span(t, phase);
    if (span < 0) /* not known, or before the phase before it: a pod that was ready again later */
        snprintf(out, TIME_TEXT, "?");
    else if (phase == PHASE_PULLED && t->pull == 0)
        snprintf(out, TIME_TEXT, "present");
    else
        time_span(out, span);
}

void report_timing(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                   const char *graph, enum table_format format, struct buf *out)
{
    static const struct table_column columns[] = {
        {"THING"}, {"NODE"}, {"TOTAL", .number = true}, {"SCHEDULED", .number = true}, {"SANDBOX", .number = true},
        {"PULL", .number = true}, {"START", .number = true}, {"READY", .number = true},
        {"FIRST RESULT", .number = true}, {"POD"}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "pod");
    STORE_EACH(struct pod, pod, pods) {
        if (!belongs(pod, ns, graph))
            continue;
        struct pod_timing t;
        pod_timing(&t, pod, events, scrape_first_result(scrape, pod->r.uid));
        int64_t end = 0;
        for (int i = 0; i < PHASE_COUNT; i++)
            end = MAX(end, t.phases[i].at);
        char text[TIME_TEXT];
        table_row(table, pod->r.name);
        table_cell(table, "%s", pod->thing ? pod->thing : pod->r.name);
        table_cell(table, "%s", str_or_empty(pod->node));
        table_cell(table, "%s", t.phases[PHASE_READY].at ? time_span(text, end - t.phases[PHASE_CREATED].at) : "?");
        for (int phase = PHASE_SCHEDULED; phase < PHASE_COUNT; phase++) {
            span_text(text, &t, (enum phase)phase);
            table_cell(table, "%s", text);
        }
        table_cell(table, "%s", pod->r.name);
    }
    table_print(table, format, true, out);
    table_free(table);
}

void report_totals(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                   const char *graph, struct buf *out)
{
    int64_t begin = 0, ready = 0, first = 0;
    size_t count = 0, ready_count = 0;
    STORE_EACH(struct pod, pod, pods) {
        if (!belongs(pod, ns, graph))
            continue;
        struct pod_timing t;
        pod_timing(&t, pod, events, scrape_first_result(scrape, pod->r.uid));
        count++;
        ready_count += pod->ready;
        int64_t created = t.phases[PHASE_CREATED].at;
        begin = begin && (!created || begin < created) ? begin : created;
        ready = MAX(ready, t.phases[PHASE_READY].at);
        first = MAX(first, t.phases[PHASE_FIRST_RESULT].at);
    }
    if (!count || !begin)
        return;
    char text[TIME_TEXT];
    buf_addf(out, "%zu of %zu pods ready", ready_count, count);
    if (ready_count == count && ready)
        buf_addf(out, " %s after the first was created (object times are whole seconds: ±1s)",
                 time_span(text, ready - begin));
    if (first)
        buf_addf(out, "; the last first result came after %s", time_span(text, first - begin));
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
