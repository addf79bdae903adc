/* logtail: the last lines of a container's log, once. */
#ifndef K8S_LOGTAIL_H
#define K8S_LOGTAIL_H

#include "k8s/logs.h"

#define LOGTAIL_LINES 12
#define LOGTAIL_LINE 4096 /* bytes of a line, at most */

struct log_tail {
    char *lines[LOGTAIL_LINES]; /* oldest first, as they came: not sanitised */
    size_t count;
    bool over;                  /* no more come; that there is no log is told by there being no lines */
    struct log_follow *follow;
    void (*told)(void *data);   /* once, when it is over; it may release the tail. NULL: nobody waits */
    void *data;
};

/* Begins with the tail zeroed, or released. of: ns, pod, container and whether of the run before. */
void log_tail_read(struct log_tail *tail, struct kube_client *client, const struct log_options *of);
/* Also while it is read: nobody is told then. told and data stay. */
void log_tail_release(struct log_tail *tail);

#endif
