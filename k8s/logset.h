/* logset: the logs of all containers that are wanted, as one, by time; pods that come later are added as they appear.
 *
 * A pod that is gone keeps its number: its lines are still there. */
#ifndef K8S_LOGSET_H
#define K8S_LOGSET_H

#include "k8s/kinds/pod.h"
#include "k8s/logmerge.h"
#include "k8s/logs.h"
#include "k8s/store.h"

#define LOG_SET_MOST 64   /* logs that are read at once */
#define LOG_SET_EVER 4096 /* that ever were, as pods come and go */

struct log_set;

struct log_set_options {
    struct log_options each; /* ns and pod are not looked at; container NULL: all. of pods that appear later all is read */
    struct store *pods;      /* outlives the set */
    bool (*wants)(void *data, const struct pod *pod);
    /* Of the pod that is meant by name it is not known whether there is one: it is asked for though it is not in the store. NULL: none. */
    const char *ns, *pod;
};

struct log_stream {
    unsigned number;
    const char *ns, *pod, *container /* "" unless known */, *thing /* NULL */;
    char label[96];  /* what tells it from the others, "" where it is alone; as the others come, it changes */
    char why[512];   /* what it waits for, or why it ended; "" while it flows */
    bool ended, failed;
    uint64_t lines;
};

struct log_set_events {
    void (*line)(void *data, const struct log_piece *piece); /* may not free the set */
    void (*changed)(void *data); /* the logs, their labels or states; may be NULL */
    void (*done)(void *data);    /* none goes on any more, and none can come; may be NULL */
};

struct log_set *log_set_new(struct kube_client *client, const struct log_set_options *options,
                            const struct log_set_events *events, void *data);
void log_set_free(struct log_set *set);
size_t log_set_count(const struct log_set *set);
const struct log_stream *log_set_at(const struct log_set *set, size_t number);
size_t log_set_open(const struct log_set *set);     /* those that go on */
size_t log_set_left_out(const struct log_set *set); /* containers that are more than that */

#endif
