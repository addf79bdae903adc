/* gather: an object and what is told of it elsewhere, by three requests: itself, then its events and a list of what belongs to
 * it, side by side. */
#ifndef K8S_GATHER_H
#define K8S_GATHER_H

#include "k8s/client.h"

struct gather;

/* What the answers are: valid during the call, and the caller's to change. */
struct gathered {
    cJSON *object;  /* NULL: why says what is the matter */
    cJSON *events, *related; /* NULL: not asked for, or not had; then *_why says why */
    int status;     /* of the object's answer: 404 is one that is gone */
    struct err why, events_why, related_why;
};

/* From the object: a path for what else is asked; false: nothing. */
struct gather_paths {
    void (*events)(struct buf *path, const cJSON *object);
    bool (*related)(struct buf *path, const cJSON *object);
};

/* The gather is gone once done was called. */
typedef void (*gather_fn)(void *data, struct gathered *gathered);
struct gather *gather_start(struct kube_client *client, const char *path, const struct gather_paths *paths, gather_fn done, void *data);
void gather_cancel(struct gather *gather);

#endif
