/* warm_outcome: what a pod that was made to pull an image says of it. Pure. */
#ifndef OPS_WARM_OUTCOME_H
#define OPS_WARM_OUTCOME_H

#include "k8s/kinds/pod.h"

enum warm_stand {
    WARM_ON_ITS_WAY,
    WARM_NO_ROOM,   /* the scheduler has no place for the pod now */
    WARM_TRIES,     /* pulling failed; the kubelet tries again, and that may help */
    WARM_PULLED,
    WARM_FAILED,    /* nothing will help but a change */
};

struct warm_outcome {
    enum warm_stand stand;
    const char *words;  /* "there is no such image"; NULL: only the message is known */
    char message[1024]; /* the kubelet's or the scheduler's, without what it says of itself; "" none */
};

void warm_outcome(struct warm_outcome *out, const struct pod *pod);
/* "Image size: 1234 bytes" of a Pulled event's text; 0: it does not say. */
int64_t warm_pulled_size(const char *message);

#endif
