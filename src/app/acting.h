/* acting: an act (ops/act.h) on things of deployed graphs, on all of them at once: each is read, must be a member of its
 * graph's set, and is written where something is to be changed. */
#ifndef APP_ACTING_H
#define APP_ACTING_H

#include "k8s/client.h"
#include "ops/act.h"

struct acting;

struct acting_target {
    const char *ns, *graph, *name; /* the deployment's, which is the thing's */
    const char *uid;               /* NULL: whichever is there */
    int wanted;                    /* how many pods the graph says; -1: not known */
    bool meant;                    /* by its name: then it is a failure when the act makes no sense for it, else it is left */
};

struct acting_options {
    enum act act;
    int replicas; /* of ACT_SCALE */
    bool force, dry_run;
    const struct acting_target *targets;
    size_t count; /* from 1 */
};

struct acting_result {
    size_t done, left, failed;
    struct err err;   /* the first failure */
    bool unreachable; /* it was that nobody answered */
    char text[ACT_TEXT + 300]; /* what came of it, in a line: "restarted camera and monitoring", "camera: is stopped already" */
};

/* A line a thing as it comes: "restarts 1 pod; …", to stand behind its name; failed: the whole sentence why not. through: how
 * many of all are. */
typedef void (*acting_line_fn)(void *data, const struct acting_target *target, const char *text, bool failed,
                               size_t through);
typedef void (*acting_done_fn)(void *data, const struct acting_result *result);

/* The struct is gone after done. line may be NULL; it must not cancel it. */
struct acting *acting_start(struct kube_client *client, const struct acting_options *options, acting_line_fn line,
                            acting_done_fn done, void *data);
void acting_cancel(struct acting *acting);

#endif
