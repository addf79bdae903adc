/* logs: a container's log, followed over reconnects, rotations and restarts of the container: every line once.
 *
 * The kubelet gives the newest file of a running container's log and, as the previous one, that of the run before. What
 * it has turned over by then is gone; that is told. */
#ifndef K8S_LOGS_H
#define K8S_LOGS_H

#include "k8s/client.h"

struct log_follow;

struct log_options {
    const char *ns, *pod, *container; /* container NULL: the only one */
    bool follow, previous, timestamps;
    int tail;       /* lines, -1: all */
    int64_t since;  /* ns since 1970, 0: none */
};

struct log_events {
    /* One line without its end; time is 0 unless known. Longer ones than 1 MiB come cut, `cut` set. */
    void (*line)(void *data, int64_t time, const char *line, size_t len, bool cut);
    void (*state)(void *data, const char *why); /* "" following; else "waiting: container is creating" … */
    /* Between these two times (to 0: from then to the end) lines may be missing, and cannot be had any more: the node's log was turned
     * over, or the container began anew, before they were read. NULL: not asked for. */
    void (*lost)(void *data, int64_t from, int64_t to);
    void (*done)(void *data, const struct err *err); /* not following, or refused for good; err "" when whole */
};

struct log_follow *log_follow_new(struct kube_client *client, const struct log_options *options,
                                  const struct log_events *events, void *data);
void log_follow_free(struct log_follow *follow);
void log_follow_pause(struct log_follow *follow, bool paused);

#endif
