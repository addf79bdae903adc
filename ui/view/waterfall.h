/* waterfall: the phases of pods' starts as bars on one time axis. */
#ifndef UI_VIEW_WATERFALL_H
#define UI_VIEW_WATERFALL_H

#include "base/time.h"
#include "ops/status.h"
#include "ops/timing.h"
#include "ui/canvas.h"

struct waterfall_row {
    const struct deployment *deployment; /* NULL: the pod belongs to none */
    const struct pod *pod;               /* NULL: a deployment without pods */
    struct pod_words words;
    struct pod_timing timing;
    int64_t before[PHASE_COUNT]; /* for the detail: how long each took in an earlier deployment, -1 not known */
};

struct waterfall_axis {
    bool shared;    /* bars start where they started; else each at its own creation */
    int64_t origin; /* ns since 1970, when shared */
    int64_t length; /* ns */
    int64_t last, end, longest; /* while rows are added: the last creation, the last end, the longest row */
};

/* The last phase that ended, or -1; phases after a restart belong to another run and do not count. */
int waterfall_last(const struct waterfall_row *row);
/* From creation to the end of a phase; -1 unknown. */
int64_t waterfall_total(const struct waterfall_row *row, enum phase phase);
/* The length of a phase that is known (pod_timing_span): "1.3s", or "~0.40s" where its ends are not known as well as
 * that. */
char *waterfall_span(char out[TIME_TEXT + 1], const struct pod_timing *timing, enum phase phase);
/* Whether the pod is starting still: then its row changes with time alone. */
bool waterfall_starting(const struct waterfall_row *row);
/* An axis that all rows fit on, which are added to a zeroed one; pods that are not ready yet last until now. */
void waterfall_axis_add(struct waterfall_axis *axis, const struct waterfall_row *row, int64_t now);
void waterfall_axis_end(struct waterfall_axis *axis);
void waterfall_draw_axis(const struct waterfall_axis *axis, struct area field);
void waterfall_draw(const struct waterfall_axis *axis, const struct waterfall_row *row, int64_t now, struct area field,
                    unsigned attr);
void waterfall_legend(struct area line);
/* The phases of one row with their times, lengths, and where each is known from; now: ns since 1970. */
void waterfall_detail(const struct waterfall_row *row, int64_t now, struct area area);

#endif
