#include "k8s/backoff.h"

#include "base/digest.h"

void backoff_init(struct backoff *backoff, int64_t base, int64_t max, int64_t quiet)
{
    *backoff = (struct backoff){.base = base, .max = max, .quiet = quiet, .step = base};
}

void backoff_reset(struct backoff *backoff)
{
    backoff->step = backoff->base;
}

int64_t backoff_next(struct backoff *backoff, int64_t now)
{
    if (now - backoff->last > backoff->quiet)
        backoff->step = backoff->base;
    int64_t step = backoff->step;
    backoff->step = MIN(step * 2, backoff->max);
    backoff->last = now;
    uint32_t random;
    digest_random(&random, sizeof random);
    return step + (int64_t)((double)step * (random / 4294967296.0));
}
