/* action: what can be done on a cluster, and what of it the operator may do as far as the server has said. The bindings of
 * the views name them, so that keys that lead nowhere are grey and say why. */
#ifndef UI_ACTION_H
#define UI_ACTION_H

#include "base/err.h"

struct model;

enum action {
    ACTION_NONE,
    ACTION_DEPLOY,
    ACTION_DELETE_GRAPH,
    ACTION_ACT, /* restart, stop, scale … */
    ACTION_DELETE_POD,
    ACTION_EVICT,
    ACTION_DELETE_DEPLOYMENT,
    ACTION_LOGS,
    ACTION_EXEC,
    ACTION_FORWARD,
    ACTION_PROXY,  /* pictures and detections */
    ACTION_CORDON,
    ACTION_DRAIN,
    ACTION_COUNT
};

/* 0, or -1 with the sentence why not. ns: where it would be done; NULL: not known, and then nothing is refused. What is
 * not known yet is asked for. */
int action_allowed(const struct model *model, enum action action, const char *ns, struct err *err);

#endif
