/* live: a graph with what the cluster says about it: the state of each box and each wire. Pure. */
#ifndef OPS_LIVE_H
#define OPS_LIVE_H

#include "graph/graph.h"
#include "k8s/store.h"
#include "ops/metrics.h"
#include "ops/status.h"

enum wire_state {
    WIRE_UNKNOWN,   /* not deployed, not measured yet, or its consumer does not answer any more */
    WIRE_FLOWING,
    WIRE_STARTING,  /* deployed, nothing has come through yet, and that is not yet strange */
    WIRE_NO_FRAMES, /* it carried frames and stopped, or never did though both ends are ready: the cause is here */
    WIRE_STARVED,   /* carries nothing because its producer gets nothing: the cause is further up */
};

struct live_wire {
    enum wire_state state;
    double rate;  /* frames/s, -1 unknown */
    double age;   /* s since the last frame, -1 unknown */
    char cause[TRAFFIC_CAUSE]; /* why its consumer is not connected to it, as that one says; "": it is, or does not say */
};

struct live_thing {
    const struct deployment *deployment; /* NULL: not deployed */
    const struct pod *pod;               /* the one to look at: the worst, newest */
    struct pod_words words;              /* of that pod */
    int ready, wanted;
    int restarts;
    double rate;   /* of its first output, frames/s, -1 unknown */
    char source_cause[TRAFFIC_CAUSE]; /* why nothing comes from what is in front of it and in no graph, as a camera's stream: "timed out" */
    char state[96];/* what the box says: pod status, "not deployed", "external" */
    enum health health;
};

struct live {
    struct live_thing *things; /* by index in the graph */
    struct live_wire *wires;   /* by index of the link */
    size_t thing_count, wire_count;
};

/* The newest scrape of a thing's pod, or NULL. */
typedef const struct thing_traffic *(*live_traffic_fn)(void *data, const char *pod_uid);

#define LIVE_NO_FRAMES_AFTER 3.0 /* seconds without a frame */
#define LIVE_TRAFFIC_OLD 2.5     /* seconds after which a scrape says nothing of now: its wires are unknown, not dead */

/* now: monotonic, on the scrapes' clock. Valid until the stores change. */
void live_make(struct live *out, const struct graph *graph, const struct store *deployments, const struct store *pods,
               live_traffic_fn traffic, void *data, int64_t now);
void live_release(struct live *live);

#endif
