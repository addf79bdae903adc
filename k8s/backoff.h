/* backoff: how long to wait before the next try: doubling, with jitter, forgotten after a quiet time. */
#ifndef K8S_BACKOFF_H
#define K8S_BACKOFF_H

#include "base/base.h"

struct backoff {
    int64_t base, max; /* the first step and the last one */
    int64_t quiet;     /* this long without a failure: from the start again */
    int64_t step;      /* the next one */
    int64_t last;      /* when the last wait began */
};

void backoff_init(struct backoff *backoff, int64_t base, int64_t max, int64_t quiet);
/* Begins with the first step again. */
void backoff_reset(struct backoff *backoff);
/* The wait that begins now: the step, plus a random part of it (jitter 1.0), so the last is max to twice max. */
int64_t backoff_next(struct backoff *backoff, int64_t now);

#endif
