/* removal: the ways a pod is made to go, what each is called, and what it would do to a pod, in sentences. Pure. */
#ifndef OPS_REMOVAL_H
#define OPS_REMOVAL_H

#include "base/err.h"
#include "k8s/kinds/pod.h"

enum removal { REMOVAL_DELETE, REMOVAL_RESTART, REMOVAL_EVICT, REMOVAL_COUNT };

struct removal_words {
    const char *name;  /* "restart" */
    const char *doing; /* "restarting" */
    const char *done;  /* "restarted" */
    bool evicts;       /* by the Eviction API, which heeds budgets */
};
extern const struct removal_words removal_table[REMOVAL_COUNT];

#define REMOVAL_TEXT 200
/* What comes of it, to stand behind the pod's name and ": ": "its ReplicaSet makes another". -1 where it
 * makes no sense, with such a text in err. */
int removal_decide(enum removal how, const struct pod *pod, char out[REMOVAL_TEXT], struct err *err);

#endif
