/* follow: the detections of a graph's analysers, as they come, through the API server. */
#ifndef APP_FOLLOW_H
#define APP_FOLLOW_H

#include "graph/catalogue.h"
#include "k8s/client.h"
#include "k8s/store.h"

struct follow;

/* One whole line of NDJSON of a pod of `thing`. */
typedef void (*follow_fn)(void *data, const char *thing, const char *line, size_t len);

/* Follows every running pod of the graph (thing NULL: of all its things) whose catalogue entry has an NDJSON output, and
 * those that come later; reconnects. thing_type finds the entry's name for a thing ("people-detector") or NULL. */
struct follow_options {
    const char *ns, *graph, *thing;
    const struct catalogue *catalogue;
    const char *(*thing_type)(void *data, const char *thing);
    void (*changed)(void *data); /* what follow_open and follow_why say; may be NULL */
};
struct follow *follow_new(struct kube_client *client, struct store *pods, const struct follow_options *options,
                          follow_fn line, void *data);
void follow_free(struct follow *follow);
/* How many streams are open now, and why the last one is not ("" when none failed). */
size_t follow_open(const struct follow *follow);
const char *follow_why(const struct follow *follow);

#endif
