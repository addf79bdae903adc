/* warm: makes the nodes that a graph may run on pull its images before they are needed, by short pods of which nothing is
 * left. Runs on the loop. */
#ifndef APP_WARM_H
#define APP_WARM_H

#include "graph/graph.h"
#include "k8s/client.h"

struct warm;

enum warm_state {
    WARM_WAITING, WARM_ASKING /* there is a pod */, WARM_PULLING /* the kubelet says so */, WARM_TROUBLED /* it tries again */,
    WARM_PRESENT, WARM_DONE, WARM_THERE /* now; whether it was pulled is not known */, WARM_LOST
};
extern const char *const warm_state_names[]; /* "waiting" … "pulled", "failed" */

struct warm_item { /* an image on a node */
    char *image, *node;
    enum warm_state state;
    int64_t pull, plus_minus; /* ns; -1: unknown, 0: nothing was pulled */
    const char *source;       /* of the time, as ops/timing.h has them, "node status", or NULL */
    int64_t size;             /* bytes; 0: unknown */
    const char *words;        /* why it is troubled or lost; NULL: only the message says it */
    char *message;            /* what the cluster said of it, or NULL */
    bool said;                /* of this image the same was told before */
};

struct warm_options {
    const struct graph *graph; /* without errors; it outlives the struct */
    int parallel;              /* pods at a time; of one node two at most */
    int64_t timeout;           /* ns */
};

struct warm_events {
    void (*item)(void *data, const struct warm_item *item); /* its state is another */
    void (*note)(void *data, const char *sentence);
    void (*done)(void *data); /* last of all; no pod of ours is left, or a note said which. May free the struct */
};

struct warm *warm_new(struct kube_client *client, const struct warm_options *options, const struct warm_events *events,
                      void *data);
/* What is not there yet is given up for this reason; the pods are deleted, then done comes, within seconds. */
void warm_stop(struct warm *warm, const char *words);
void warm_free(struct warm *warm);

const struct warm_item *warm_item(const struct warm *warm, size_t index); /* NULL after the last one */
/* Why it could not even begin, "" for nothing; *unreachable: nobody answered. */
const char *warm_why(const struct warm *warm, bool *unreachable);
/* Whether all nodes are the embedded cluster's. */
bool warm_is_simulated(const struct warm *warm);

/* "gpu-2: patchbay/thing:1 pulled in 12.3s, 3.4 GB". */
void warm_item_words(char *out, size_t size, const struct warm_item *item);
/* "2 pulled, 1 present, 1 not there"; returns how many are not. */
size_t warm_total_words(char *out, size_t size, const struct warm *warm);

#endif
