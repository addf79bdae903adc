#include "ui/view/detections_figures.h"

#include "base/time.h"
#include "ops/analyser.h"

#define NAME_WIDTH 18
#define RATE_WIDTH 9
#define LATENCY_WIDTH 22

/* The thing's name; where it analyses several pictures, what they are of. */
static void analyser_name(const struct analyser *analysers, size_t count, size_t index, char *out, size_t size)
{
    snprintf(out, size, "%s", analysers[index].thing);
    for (size_t i = 0; i < count; i++)
        if (i != index && str_eq(analysers[i].thing, analysers[index].thing) && !str_eq(analysers[i].source, analysers[index].source)) {
            char source[64];
            analyser_source(&analysers[index], source, sizeof source);
            snprintf(out, size, "%s: %s", analysers[index].thing, source);
            return;
        }
}

static void draw_latency(struct area area, int x, int y, const struct analyser_latency *latency)
{
    char text[LATENCY_TEXT];
    bool differ = analyser_latency_text(text, latency);
    draw_field(area, x, y, MIN(LATENCY_WIDTH, area.w - x), differ ? ROLE_WARNING : ROLE_NORMAL, 0, text);
}

int detections_draw_analysers(struct detection_log *log, int64_t now, struct area area)
{
    size_t count = 0;
    const struct analyser *analysers = log ? detection_log_analysers(log, &count) : NULL;
    if (!count)
        return 0;
    int rate = 1 + NAME_WIDTH, analysed = rate + RATE_WIDTH + 3, shown = analysed + LATENCY_WIDTH + 1;
    size_t rows = MIN(count, (size_t)MAX(1, area.h / 8));
    draw_text(area, 1, 0, ROLE_TITLE, 0, "ANALYSER");
    draw_field_right(area, rate, 0, RATE_WIDTH, ROLE_TITLE, 0, "FRAMES/S");
    draw_text(area, analysed, 0, ROLE_TITLE, 0, "CAPTURED → ANALYSED");
    draw_text(area, shown, 0, ROLE_TITLE, 0, "→ SHOWN");
    for (size_t i = 0; i < rows; i++) {
        int y = 1 + (int)i;
        struct analyser_words words;
        char text[TIME_TEXT], name[140];
        analyser_tell(&analysers[i], now, &words);
        analyser_name(analysers, count, i, name, sizeof name);
        draw_field(area, 1, y, NAME_WIDTH - 1, ROLE_NORMAL, 0, name);
        snprintf(text, sizeof text, "%.1f", words.rate);
        draw_field_right(area, rate, y, RATE_WIDTH, words.silent ? ROLE_WARNING : ROLE_TITLE, 0, text);
        if (words.silent) {
            draw_textf(area, analysed, y, ROLE_WARNING, 0, "no results for %s", time_age(text, words.silent));
            continue;
        }
        draw_latency(area, analysed, y, &words.analysed);
        draw_latency(area, shown, y, &words.shown);
    }
    if (rows < count)
        draw_textf(area, shown + 9, 0, ROLE_DIM, 0, "and %zu more", count - rows);
    return (int)rows + 2;
}

int detections_draw_labels(struct detection_log *log, int64_t now, struct area area)
{
    size_t count = 0;
    const struct label_count *labels = log ? detection_log_labels(log, now, &count) : NULL;
    if (!count)
        return 0;
    size_t shown = MIN(count, (size_t)MAX(1, area.h / 5));
    int spark = MIN(60, MAX(10, area.w - 40)), name = NAME_WIDTH;
    draw_text(area, 1, 0, ROLE_TITLE, 0, "LABEL");
    draw_field_right(area, 1 + name, 0, 9, ROLE_TITLE, 0, "TOTAL");
    draw_text(area, 13 + name, 0, ROLE_TITLE, 0, "LAST MINUTE");
    for (size_t i = 0; i < shown; i++) {
        const struct label_count *label = &labels[i];
        double values[60];
        uint32_t minute = 0;
        for (int s = 0; s < 60; s++) {
            values[s] = label->per_second[s];
            minute += label->per_second[s];
        }
        int y = 1 + (int)i;
        draw_field(area, 1, y, name - 1, ROLE_NORMAL, 0, label->label);
        char text[32];
        snprintf(text, sizeof text, "%" PRIu64, label->total);
        draw_field_right(area, 1 + name, y, 9, ROLE_TITLE, 0, text);
        draw_spark(area, 13 + name, y, ROLE_GOOD, values + 60 - spark, (size_t)spark, 0);
        draw_textf(area, 14 + name + spark, y, ROLE_DIM, 0, "%u", minute);
    }
    if (shown < count)
        draw_textf(area, 30 + name, 0, ROLE_DIM, 0, "and %zu more labels", count - shown);
    return (int)shown + 2;
}
