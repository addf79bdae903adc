#include "ui/view/waterfall.h"

#include "base/text.h"
#include "base/time.h"
#include "ui/table.h"

#define SHARED_MAX (60 * NSEC_PER_SEC) /* pods created further apart than this did not start together */

/* Neighbours differ in pattern as well as in colour, for eyes and terminals without colours. */
static const uint32_t glyphs[PHASE_COUNT] = {
    [PHASE_SCHEDULED] = 0x2591, [PHASE_SANDBOX] = 0x2592, [PHASE_PULLED] = 0x2588,
    [PHASE_STARTED] = 0x2593,   [PHASE_READY] = 0x2592,   [PHASE_FIRST_RESULT] = 0x2591,
};

static enum role phase_role(int phase)
{
    return (enum role)(ROLE_SERIES + phase);
}

static int phases_of(const struct waterfall_row *row)
{
    return row->words.restarts ? PHASE_STARTED : PHASE_COUNT;
}

int waterfall_last(const struct waterfall_row *row)
{
    int last = -1;
    for (int i = 0; row->pod && i < phases_of(row); i++)
        if (row->timing.phases[i].at)
            last = i;
    return last;
}

int64_t waterfall_total(const struct waterfall_row *row, enum phase phase)
{
    return row->pod && (int)phase < phases_of(row) ? pod_timing_until(&row->timing, phase) : -1;
}

char *waterfall_span(char out[TIME_TEXT + 1], const struct pod_timing *timing, enum phase phase)
{
    const struct phase_time *p = timing->phases;
    int64_t span = pod_timing_span(timing, phase), worth = p[phase].plus_minus;
    for (int i = (int)phase - 1; i >= 0; i--)
        if (p[i].at) {
            worth += p[i].plus_minus;
            break;
        }
    char text[TIME_TEXT];
    snprintf(out, TIME_TEXT + 1, "%s%s", span < worth ? "~" : "", time_span(text, span));
    return out;
}

bool waterfall_starting(const struct waterfall_row *row)
{
    return row->pod && !row->words.restarts && !row->pod->ready && !row->pod->terminal && !row->pod->deleted;
}

static int64_t end_of(const struct waterfall_row *row, int64_t now)
{
    int64_t end = 0;
    for (int i = 0; i < phases_of(row); i++)
        end = MAX(end, row->timing.phases[i].at);
    return waterfall_starting(row) ? MAX(end, now) : end;
}

void waterfall_axis_add(struct waterfall_axis *axis, const struct waterfall_row *row, int64_t now)
{
    int64_t created = row->pod ? row->timing.phases[PHASE_CREATED].at : 0;
    if (!row->pod)
        return;
    int64_t end = end_of(row, now);
    axis->end = MAX(axis->end, end);
    if (!created)
        return;
    axis->origin = axis->origin ? MIN(axis->origin, created) : created;
    axis->last = MAX(axis->last, created);
    axis->longest = MAX(axis->longest, end - created);
}

void waterfall_axis_end(struct waterfall_axis *axis)
{
    axis->shared = axis->last - axis->origin <= SHARED_MAX;
    axis->length = axis->shared ? MAX(axis->longest, axis->end - axis->origin) : axis->longest;
    axis->length = MAX(axis->length, NSEC_PER_SEC);
}

void waterfall_draw_axis(const struct waterfall_axis *axis, struct area field)
{
    int64_t step = time_step(axis->length, field.w / 9.0); /* there is to be room for its text */
    for (int64_t at = 0; at <= axis->length; at += step) {
        int x = (int)((double)at / (double)axis->length * field.w);
        char text[TIME_TEXT];
        time_age(text, at);
        if (x + 1 + (int)strlen(text) > field.w)
            break;
        draw_char(field, x, 0, ROLE_DIM, 0, 0x2502);
        draw_text(field, x + 1, 0, ROLE_TITLE, 0, text);
    }
}

static int cell_of(const struct waterfall_axis *axis, int64_t origin, int64_t at, int w)
{
    double x = (double)(at - origin) / (double)axis->length * w;
    return (int)(MIN(MAX(x, 0), w) + 0.5);
}

void waterfall_draw(const struct waterfall_axis *axis, const struct waterfall_row *row, int64_t now, struct area field,
                    unsigned attr)
{
    if (!row->pod)
        return;
    const struct phase_time *p = row->timing.phases;
    int64_t origin = axis->shared ? axis->origin : p[PHASE_CREATED].at;
    int at = cell_of(axis, origin, p[PHASE_CREATED].at, field.w), unknown = 0;
    for (int i = PHASE_SCHEDULED; i < phases_of(row); i++) {
        if (!p[i].at) {
            unknown += i <= waterfall_last(row);
            continue;
        }
        int end = cell_of(axis, origin, p[i].at, field.w);
        int start = at;
        for (; at < end; at++)
            draw_char(field, at, 0, phase_role(i), attr, glyphs[i]);
        /* What lies between is known to be there, not how long it took. */
        if (unknown && end > start)
            draw_char(field, start, 0, ROLE_WARNING, attr, '?');
        unknown = 0;
    }
    if (waterfall_starting(row)) {
        int end = cell_of(axis, origin, now, field.w);
        enum role role = health_role(row->words.health);
        int start = at;
        for (; at < end; at++)
            draw_char(field, at, 0, role, attr, 0xb7);
        /* Behind the dots, or over their end where there is no room. */
        char status[128];
        const char *is = str_eq(row->words.status, "ContainerCreating") && row->timing.pulling ? "pulling" : row->words.status;
        snprintf(status, sizeof status, " %s", str_eq(is, "Running") ? "not ready" : is);
        int w = text_width(status);
        draw_text(field, MAX(start, MIN(at, field.w - w)), 0, role, attr, status);
    } else if (row->words.restarts) {
        draw_textf(field, at + 1, 0, ROLE_WARNING, attr, "restarted %d×", row->words.restarts);
    }
}

void waterfall_legend(struct area line)
{
    int x = 1;
    for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++) {
        draw_char(line, x, 0, phase_role(i), 0, glyphs[i]);
        x = draw_text(line, x + 2, 0, ROLE_DIM, 0, phase_names[i]) + 2;
    }
    draw_text(line, draw_text(line, x, 0, ROLE_WARNING, 0, "?"), 0, ROLE_DIM, 0, " unknown");
}

/* Behind what the phase took now, as far to the right as in the other rows, if there is room. */
static void draw_before(struct area area, int x, int y, int64_t before, enum phase phase)
{
    char span[TIME_TEXT], text[TIME_TEXT + 16];
    if (before < 0)
        return;
    snprintf(text, sizeof text, "before %s", before == 0 && phase == PHASE_PULLED ? "present" : time_span(span, before));
    int at = MAX(area.w - 16, x + 2);
    if (at + (int)strlen(text) <= area.w)
        draw_text(area, at, y, ROLE_DIM, 0, text);
}

static void detail_row(struct area area, int y, const struct waterfall_row *row, int phase, int64_t now)
{
    const struct phase_time *p = &row->timing.phases[phase];
    char text[TIME_TEXT];
    draw_char(area, 1, y, phase_role(phase), 0, phase == PHASE_CREATED ? 0xb7 : glyphs[phase]);
    draw_field(area, 3, y, 13, ROLE_NORMAL, 0, phase_names[phase]);
    if (phase >= phases_of(row)) {
        draw_text(area, 17, y, ROLE_DIM, 0, "before the restart; not kept by the cluster");
        return;
    }
    int64_t span = pod_timing_span(&row->timing, (enum phase)phase);
    if (!p->at && waterfall_starting(row) && phase > waterfall_last(row)) {
        int last = waterfall_last(row);
        bool now_on = phase == last + 1 && last >= 0;
        if (now_on)
            draw_field_right(area, 17, y, 9, ROLE_BUSY, 0, time_age(text, MAX(now - row->timing.phases[last].at, 0)));
        int end = draw_text(area, 28, y, ROLE_DIM, 0, now_on ? "so far" : "to come");
        draw_before(area, end, y, row->before[phase], (enum phase)phase);
        return;
    }
    if (!p->at) {
        draw_field_right(area, 17, y, 9, ROLE_WARNING, 0, "?");
        draw_text(area, 28, y, ROLE_DIM, 0, "unknown");
        return;
    }
    char length[TIME_TEXT + 1];
    if (span >= 0)
        draw_field_right(area, 17, y, 9, ROLE_TITLE, 0, waterfall_span(length, &row->timing, (enum phase)phase));
    time_format(text, p->at, p->plus_minus < NSEC_PER_SEC ? 3 : 0);
    size_t len = strlen(text);
    draw_textf(area, 28, y, ROLE_NORMAL, 0, "%.*s", (int)(len > 12 ? len - 12 : len), text + 11);
    char error[TIME_TEXT];
    if (p->plus_minus < NSEC_PER_SEC)
        snprintf(error, sizeof error, "%" PRId64 "ms", p->plus_minus / NSEC_PER_MSEC);
    else
        time_age(error, p->plus_minus);
    int x = draw_textf(area, 42, y, ROLE_DIM, 0, "±%-5s %s", error, str_or_empty(p->source));
    if (phase == PHASE_PULLED && row->timing.pull == 0)
        x = draw_text(area, x + 2, y, ROLE_DIM, 0, "already on the node");
    else if (phase == PHASE_PULLED && row->timing.pull > 0)
        x = draw_textf(area, x + 2, y, ROLE_DIM, 0, "pulling took %s", time_span(text, row->timing.pull));
    draw_before(area, x, y, row->before[phase], (enum phase)phase);
}

void waterfall_detail(const struct waterfall_row *row, int64_t now, struct area area)
{
    if (!row->pod)
        return;
    int x = draw_text(area, 1, 0, ROLE_TITLE, 0, row->pod->r.name);
    if (row->pod->node)
        x = draw_textf(area, x, 0, ROLE_DIM, 0, "  on %s", row->pod->node);
    if (row->timing.skewed)
        draw_text(area, x + 2, 0, ROLE_WARNING, 0, "clocks disagree, or it was ready anew");
    for (int i = 0; i < PHASE_COUNT; i++)
        detail_row(area, 1 + i, row, i, now);
}
