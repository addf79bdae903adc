/* analyser: what the results of one pod, of one of its inputs, say of it: how many a second, how long after the capture, and where some are
 * missing. Pure. */
#ifndef OPS_ANALYSER_H
#define OPS_ANALYSER_H

#include "ops/detection.h"

#define ANALYSER_KEPT 256

struct analyser {
    char thing[64], pod[256], source[256];
    int64_t captured;      /* of the last result: when, by the camera's clock, ns since 1970; 0: not known */
    int64_t frame;         /* its number */
    int64_t came;          /* and when it came, by our clock */
    double interval, step; /* what is usual between two: ns, frames; 0: not known yet */
    uint64_t results;
    struct analyser_result {
        int64_t came;
        int64_t analysed, shown; /* ns after the capture; below 0 where clocks differ; INT64_MIN: not known */
    } kept[ANALYSER_KEPT];       /* a ring */
};

/* Whether that is one of its results. */
bool analyser_made(const struct analyser *analyser, const struct detection *detection);
/* before: another pod of the same thing that it follows, or NULL. */
void analyser_init(struct analyser *analyser, const struct detection *first, const struct analyser *before);
/* A result of it; what was missing before it. */
struct gap analyser_add(struct analyser *analyser, const struct detection *detection, int64_t now_wall);
/* It was shown, when detection->shown says. */
void analyser_shown(struct analyser *analyser, const struct detection *detection);

struct analyser_latency {
    int64_t median, most; /* ns: half of them took less, and 95 of 100 did */
    size_t count;         /* of how many; 0: nothing is known */
};
struct analyser_words {
    double rate;    /* a second, of the last five */
    int64_t silent; /* ns since the last result, where that is longer than usual; 0: it is not */
    struct analyser_latency analysed, shown; /* after the capture, in the last minute */
};
/* The host that its pictures come from ("camera"), else what it says of them. */
void analyser_source(const struct analyser *analyser, char *out, size_t size);
void analyser_tell(const struct analyser *analyser, int64_t now_wall, struct analyser_words *out);
/* "82ms (95% 0.13s)"; where it is below 0 "clocks differ by 1.2s", and true is set; "" when nothing is known. */
#define LATENCY_TEXT 64
bool analyser_latency_text(char out[LATENCY_TEXT], const struct analyser_latency *latency);

#endif
