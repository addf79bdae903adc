#include "ops/analyser.h"

#include "base/time.h"

#define UNKNOWN INT64_MIN
#define WEIGHT 0.1                      /* of the newest in what is usual */
#define LEARNED 5                       /* results before anything is missed */
#define SILENCE (2 * NSEC_PER_SEC)      /* shorter is no gap */
#define TIMES 5.0                       /* as long as usual is one */
#define RATE_OVER (5 * NSEC_PER_SEC)
#define LATENCY_OVER (60 * NSEC_PER_SEC)
#define SKEW (5 * NSEC_PER_MSEC)        /* clocks that NTP keeps differ by less */

void analyser_init(struct analyser *a, const struct detection *first, const struct analyser *before)
{
    struct analyser was = {0};
    if (before)
        was = *before;
    *a = (struct analyser){.captured = was.captured, .frame = was.frame ? INT64_MAX : 0, .came = was.came, .interval = was.interval,
                           .results = was.results ? LEARNED : 0};
    snprintf(a->thing, sizeof a->thing, "%s", first->thing);
    snprintf(a->pod, sizeof a->pod, "%s", first->pod);
    snprintf(a->source, sizeof a->source, "%s", first->source);
}

bool analyser_made(const struct analyser *a, const struct detection *d)
{
    return str_eq(a->pod, d->pod) && str_eq(a->thing, d->thing) && str_eq(a->source, d->source);
}

void analyser_source(const struct analyser *a, char *out, size_t size)
{
    const char *host = strstr(a->source, "://");
    host = host ? host + 3 : a->source;
    snprintf(out, size, "%.*s", (int)strcspn(host, ":/"), host);
}

static double usual(double before, double now)
{
    return before > 0 ? before + WEIGHT * (now - before) : now;
}

static bool is_gap(const struct analyser *a, int64_t silence, int64_t step, bool again)
{
    if (a->results < LEARNED)
        return false;
    if (again && silence > 0)
        return true;
    if (silence >= SILENCE && (double)silence >= TIMES * a->interval)
        return true;
    return a->step > 0 && silence > 0 && step > TIMES * a->step && step > 2 * LEARNED;
}

struct gap analyser_add(struct analyser *a, const struct detection *d, int64_t now_wall)
{
    struct gap gap = {0};
    /* By the camera's clock, which knows nothing of how long the results lay around; by ours where that is not known. */
    int64_t silence = a->captured && d->utc ? d->utc - a->captured : a->came ? now_wall - a->came : 0;
    int64_t step = a->frame > 0 && d->frame > a->frame ? d->frame - a->frame : 0; /* another pod's numbers are above all */
    bool again = a->results && d->frame > 0 && d->frame <= a->frame;
    if (is_gap(a, silence, step, again)) {
        gap.silence = silence;
        gap.again = again;
        gap.missing = step && a->step > 0 ? MAX(step - (int64_t)(a->step + 0.5), 0) : 0;
    } else if (!again && silence > 0) {
        a->interval = usual(a->interval, (double)silence);
        if (step)
            a->step = usual(a->step, (double)step);
    }
    struct analyser_result *result = &a->kept[a->results++ % ANALYSER_KEPT];
    *result = (struct analyser_result){now_wall, d->utc && d->analysed ? d->analysed - d->utc : UNKNOWN, UNKNOWN};
    a->captured = d->utc;
    a->frame = d->frame;
    a->came = now_wall;
    return gap;
}

void analyser_shown(struct analyser *a, const struct detection *d)
{
    /* Newest first they come, and few at a time: the newest without such a time is it. */
    for (uint64_t i = 0; d->utc && i < a->results && i < ANALYSER_KEPT; i++) {
        struct analyser_result *result = &a->kept[(a->results - 1 - i) % ANALYSER_KEPT];
        if (result->shown == UNKNOWN) {
            result->shown = d->shown - d->utc;
            return;
        }
    }
}

static int compare(const void *pa, const void *pb)
{
    const int64_t *a = pa, *b = pb;
    return *a < *b ? -1 : *a > *b;
}

static struct analyser_latency latency_of(int64_t *values, size_t count)
{
    if (!count)
        return (struct analyser_latency){0};
    qsort(values, count, sizeof *values, compare);
    return (struct analyser_latency){values[count / 2], values[MIN(count - 1, count * 95 / 100)], count};
}

void analyser_tell(const struct analyser *a, int64_t now, struct analyser_words *out)
{
    int64_t analysed[ANALYSER_KEPT], shown[ANALYSER_KEPT], silent = now - a->came, first = now;
    size_t analysed_count = 0, shown_count = 0, recent = 0;
    for (uint64_t i = 0; i < a->results && i < ANALYSER_KEPT; i++) {
        const struct analyser_result *result = &a->kept[i];
        if (!result->came || now - result->came > LATENCY_OVER)
            continue;
        if (now - result->came < RATE_OVER) {
            recent++;
            first = MIN(first, result->came);
        }
        if (result->analysed != UNKNOWN)
            analysed[analysed_count++] = result->analysed;
        if (result->shown != UNKNOWN)
            shown[shown_count++] = result->shown;
    }
    *out = (struct analyser_words){.analysed = latency_of(analysed, analysed_count), .shown = latency_of(shown, shown_count)};
    bool young = a->results < ANALYSER_KEPT && recent == a->results;
    int64_t over = young ? MAX(now - first, NSEC_PER_SEC) : RATE_OVER;
    out->rate = (double)recent / ((double)over / (double)NSEC_PER_SEC);
    if (a->results >= LEARNED && silent >= SILENCE && (double)silent >= TIMES * a->interval)
        out->silent = silent;
}

bool analyser_latency_text(char out[LATENCY_TEXT], const struct analyser_latency *latency)
{
    char median[TIME_TEXT], most[TIME_TEXT];
    bool differ = latency->count && latency->median < -SKEW;
    out[0] = '\0';
    if (differ)
        snprintf(out, LATENCY_TEXT, "clocks differ by %s", time_span(median, -latency->median));
    else if (latency->count)
        snprintf(out, LATENCY_TEXT, "%s (95%% %s)", time_span(median, MAX(latency->median, 0)),
                 time_span(most, MAX(latency->most, 0)));
    return differ;
}
