/* metrics: Prometheus text, and what a media thing says of itself with it. Pure. */
#ifndef OPS_METRICS_H
#define OPS_METRICS_H

#include "base/base.h"

#define METRICS_MOST (4u << 20) /* bytes of one answer that are worth reading */

/* name, labels as "k=v" in the order written (metrics_label finds one), value. */
typedef void (*metrics_fn)(void *data, const char *name, const char *labels, size_t labels_len, double value);
/* Lines that are none are skipped. */
void metrics_parse(const char *text, size_t len, metrics_fn fn, void *data);
/* False, and out is left alone, where there is no such label. */
bool metrics_label(const char *labels, size_t labels_len, const char *key, char *out, size_t size);

/* A port's traffic at one scrape of one pod. The reference things' names (src/things/metrics.h):
 *   patchbay_input_frames_total{input=,source=}  patchbay_input_connected{…} 0|1
 *   patchbay_input_last_frame_age_seconds{…} (-1 before the first)  patchbay_input_error{…,cause=} 1, while it is not connected
 *   patchbay_output_frames_total{output=}  patchbay_output_last_frame_age_seconds{output=}  patchbay_output_clients{output=}
 *   patchbay_first_output_time_seconds{output=} (unix time, fraction)
 *   patchbay_frames_analysed_total  patchbay_frames_dropped_total  patchbay_latency_seconds */
#define TRAFFIC_CAUSE 128
struct port_traffic {
    char port[64], source[256];
    bool input, connected;
    double frames;      /* total */
    double age;         /* seconds since the last, -1: none yet */
    double first;       /* unix seconds of the first, 0: none */
    double rate;        /* frames/s between the two last scrapes, -1: unknown yet */
    char cause[TRAFFIC_CAUSE]; /* why an input is not connected, in short and without escape sequences: "timed out"; "": it is */
};

#define TRAFFIC_PORTS 32
struct thing_traffic { /* what is known of one pod */
    struct port_traffic ports[TRAFFIC_PORTS];
    size_t count;
    double latency;     /* s, -1 unknown */
    int64_t at;         /* monotonic time of the scrape, 0: never */
};
/* Parses a scrape into t, with rates against what t held before. */
void thing_traffic_update(struct thing_traffic *t, const char *text, size_t len, int64_t now);
const struct port_traffic *thing_traffic_port(const struct thing_traffic *t, bool input, const char *port,
                                              const char *source_host /* NULL: any */);

#endif
