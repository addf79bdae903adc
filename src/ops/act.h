/* act: what is done to a part of a deployed graph, a thing at a time: what it is called, what it would do, and what makes
 * no sense, in sentences. The same for a command and for the dashboard. Pure. */
#ifndef OPS_ACT_H
#define OPS_ACT_H

#include "k8s/kinds/deployment.h"
#include "k8s/rollout.h"

enum act { ACT_RESTART, ACT_STOP, ACT_START, ACT_SCALE, ACT_PAUSE, ACT_RESUME, ACT_COUNT };

struct act_words {
    const char *name;  /* "restart", as a command is called */
    const char *doing; /* "restarting" */
    const char *done;  /* "restarted" */
    const char *help;  /* a line */
};
extern const struct act_words act_table[ACT_COUNT];

/* How many pods there were before a stop: a label, so that 'kubectl get deployments -l' finds what is stopped. */
#define ACT_LABEL_STOPPED "patchbay.dev/stopped-from"
#define ACT_REPLICAS_MAX 1000 /* as in a graph */

struct act_request {
    enum act act;
    int replicas; /* of ACT_SCALE */
    int wanted;   /* what the graph says, for ACT_START where nothing is remembered; -1: not known */
};

#define ACT_TEXT 200
/* What it would do to a deployment, in out: "restarts 1 pod; it has a GPU, so there is a gap", or that it is so already (then
 * ask is ROLLOUT_NOTHING): to stand behind its name and ": ". -1 where it makes no sense, with such a text in err. */
int act_decide(const struct act_request *request, const struct deployment *deployment, struct rollout_ask *ask,
               char out[ACT_TEXT], struct err *err);
/* Why it cannot be asked of a thing that is no pod: "is external: there is no pod of it to restart". */
void act_external(enum act act, struct err *err);

#endif
