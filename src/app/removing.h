/* removing: a removal (ops/removal.h) of pods, some of them at a time, each only where it is still the one that was meant. */
#ifndef APP_REMOVING_H
#define APP_REMOVING_H

#include "k8s/client.h"
#include "ops/removal.h"

struct removing;

struct removing_pod {
    const char *ns, *name;
    const char *uid; /* NULL: whichever is there */
};

struct removing_result {
    size_t done, failed;
    char text[700]; /* what came of it, in a line: "evicted 3 pods", "2 of 3 pods were not evicted: …" */
};

typedef void (*removing_line_fn)(void *data, const char *name, size_t through);
typedef void (*removing_done_fn)(void *data, const struct removing_result *result);

/* The pods are copied. The struct is gone after done. A pod that has gone by itself counts as done. */
struct removing *removing_start(struct kube_client *client, enum removal how, const struct removing_pod *pods, size_t count,
                                removing_line_fn line, removing_done_fn done, void *data);
void removing_cancel(struct removing *removing); /* NULL is none */

#endif
