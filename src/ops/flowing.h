/* flowing: whether what a thing is there for goes on: its pods are ready, and frames and results pass often enough and are new
 * enough. Pure. */
#ifndef OPS_FLOWING_H
#define OPS_FLOWING_H

#include "ops/live.h"

struct flow_wish {
    double min_fps; /* of every linked port; 0: any */
    double max_age; /* s since the last frame or result */
};

struct flow_verdict {
    bool fine;
    double fps, age; /* of its slowest port, of its oldest; -1: it does not say */
    char why[200];   /* what is not as it should be: "video: no frame for 14s, at most 10s are allowed" */
};

/* Two scrapes of one pod of the thing, some time apart; first NULL: there was one only. Rates are right to a frame. A port that is
 * not linked may rest; a thing that tells of no frames is fine when it is ready. last NULL: it was not scraped. */
void flow_judge(struct flow_verdict *out, const struct graph *graph, const struct live *live, size_t thing,
                const struct thing_traffic *first, const struct thing_traffic *last, const struct flow_wish *wish, int64_t now);

#endif
