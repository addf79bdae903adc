/* look: the picture of one pod as part of a view, with the boxes of what was found in it. It asks for the next one when it
 * draws, so that none is fetched for a screen that nobody sees, nor faster than the terminal takes them. */
#ifndef UI_LOOK_H
#define UI_LOOK_H

#include "k8s/kinds/pod.h"
#include "ui/dashboard.h"
#include "ui/picture.h"

#define LOOK_TIMES 32

struct look {
    struct dashboard *dash;
    char *ns, *pod, *thing; /* NULL: nothing is looked at */
    int port;
    size_t rate;            /* which of look_rates is wanted */
    bool held;              /* the picture stands still */
    struct pixels raw, drawn; /* as it came, as large as it is drawn; and with its boxes */
    int64_t captured;       /* of raw; ns since 1970 by the thing's clock, 0 not known */
    uint64_t number;        /* of model.picture: what raw was made of, 0: nothing */
    int64_t shown[LOOK_TIMES]; /* monotonic: when the last ones were drawn first, a ring */
    uint64_t shown_count;
    int64_t latency;        /* from capture until it was drawn first, ns; 0: not known */
    char why[300];          /* why it cannot be drawn; "" when it can */
};

/* A second; the first is what one begins with. */
extern const double look_rates[];
#define LOOK_RATES 5
#define LOOK_RATE_FIRST 1

void look_init(struct look *look, struct dashboard *dash);
void look_release(struct look *look);
/* NULL: at nothing. The same again changes nothing. */
void look_at(struct look *look, const struct pod *pod);
/* Whether a pod may have pictures: by its labels, and its catalogue entry where that is known. */
bool look_may(const struct dashboard *dash, const struct pod *pod);
/* Of the graph's pods the one after that which is looked at, else the first; NULL: none has pictures. */
const struct pod *look_next(const struct look *look);
void look_draw(struct look *look, struct area area);
/* "object-detect  2.0 of 2 pictures/s", as far as that is known. */
void look_words(const struct look *look, char *out, size_t size);
/* "captured → analysed 0.07s → shown 0.20s"; "" when nothing is known. */
void look_latency(const struct look *look, char *out, size_t size);

#endif
