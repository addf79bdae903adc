#include "things/track.h"

#define MIN_OVERLAP 0.3
#define MAX_UNSEEN 5

/* The area that both cover, over the area that either covers. */
static double overlap(const struct vision_box *a, const struct vision_box *b)
{
    int w = MIN(a->x + a->w, b->x + b->w) - MAX(a->x, b->x);
    int h = MIN(a->y + a->h, b->y + b->h) - MAX(a->y, b->y);
    if (w <= 0 || h <= 0)
        return 0;
    double both = (double)w * h;
    return both / ((double)a->w * a->h + (double)b->w * b->h - both);
}

static void forget_lost(struct tracker *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->count; i++)
        if (t->tracks[i].unseen <= MAX_UNSEEN)
            t->tracks[kept++] = t->tracks[i];
    t->count = kept;
}

void tracker_update(struct tracker *t, const struct vision_box *boxes, size_t count, int64_t *ids)
{
    bool taken[TRACKS] = {false};
    size_t old = t->count;
    for (size_t i = 0; i < count; i++) {
        size_t best = old;
        double best_overlap = MIN_OVERLAP;
        for (size_t j = 0; j < old; j++) {
            double o = taken[j] ? 0 : overlap(&t->tracks[j].box, &boxes[i]);
            if (o > best_overlap) {
                best = j;
                best_overlap = o;
            }
        }
        if (best == old) {
            ids[i] = ++t->last_id;
            if (t->count == TRACKS)
                continue; /* numbered, but not followed */
            best = t->count++;
            t->tracks[best].id = ids[i];
        }
        taken[best] = true;
        ids[i] = t->tracks[best].id;
        t->tracks[best].box = boxes[i];
        t->tracks[best].unseen = 0;
    }
    for (size_t j = 0; j < old; j++)
        if (!taken[j])
            t->tracks[j].unseen++;
    forget_lost(t);
}
