/* loggap: lines that a followed log lost on its way, without a word of the kubelet's.
 *
 * When a container's log is turned over, the kubelet goes on with the newest file as soon as it has read the one it had
 * open: what was written between is skipped, whole files of it when the reader is slow. So while lines come the first
 * line of the file is asked for now and then, one a second at most. Where a file began, lines must
 * follow each other as quickly as they do in this log. (That very line may not come: containerd may turn the log over
 * within it.) */
#ifndef K8S_LOGGAP_H
#define K8S_LOGGAP_H

#include "k8s/client.h"

#define GAP_PAUSES 256
#define GAP_FILES 16

/* Lines may be missing between these times; from 0: nothing is in doubt. It may free the gap, and returns false then. */
typedef bool (*log_gap_fn)(void *data, int64_t from, int64_t to);

struct log_gap {
    struct kube_client *client;
    char *path; /* of the log, with what its file's first bytes are asked for by */
    log_gap_fn judged;
    void *data;
    struct kube_call *call;
    struct loop_timer ask;
    size_t bytes;       /* that came since it was asked */
    int64_t last, pace; /* the last line's time; the time between lines, on average */
    int64_t file;       /* the newest file's first line */
    int64_t told;       /* where the last pause that was told of ended */
    int64_t files[GAP_FILES]; /* those which the lines have not come to */
    size_t file_count;
    struct {
        int64_t from, to;
    } pauses[GAP_PAUSES];       /* a ring: the last that were long */
    size_t pause;               /* of all */
    size_t asked, asked_before; /* of these, when it was asked, and the time before that */
};

/* Takes the path. */
void log_gap_init(struct log_gap *gap, struct kube_client *client, char *path, log_gap_fn judged, void *data);
void log_gap_release(struct log_gap *gap);
/* False: judged said so. */
bool log_gap_line(struct log_gap *gap, int64_t time, size_t len);
/* The next line follows no other one. */
void log_gap_restart(struct log_gap *gap);
/* No line comes any more. True: judged will be called once more, when it is known what the last ones were worth. */
bool log_gap_close(struct log_gap *gap);

#endif
