/* status: what an object's state is called, in kubectl's words. Pure. */
#ifndef OPS_STATUS_H
#define OPS_STATUS_H

#include "base/time.h"
#include "k8s/kinds/deployment.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"

/* How good a state is: for colours and glyphs. */
enum health { HEALTH_UNKNOWN, HEALTH_GOOD, HEALTH_BUSY, HEALTH_WARN, HEALTH_BAD, HEALTH_DONE };

struct pod_words {
    char status[96];   /* STATUS: Running, ContainerCreating, Init:0/2, CrashLoopBackOff … */
    int ready, total;  /* READY */
    int restarts;
    int64_t last_restart; /* ns since 1970, 0: never */
    enum health health;
};
void pod_words(struct pod_words *out, const struct pod *pod);
/* RESTARTS: "5 (3m20s ago)", or "0". */
#define POD_RESTARTS_TEXT (TIME_TEXT + 24)
char *pod_restarts(char out[POD_RESTARTS_TEXT], const struct pod_words *words, int64_t now_wall);
/* STATUS of a node: Ready, NotReady, Unknown, with ,SchedulingDisabled. */
enum health node_words(char out[64], const struct node *node);
/* A sentence on the rollout, as kubectl rollout status says it; HEALTH_GOOD when done. */
enum health deployment_words(char out[160], const struct deployment *deployment);
/* "Stopped": no pod is wanted of it; "Paused": its rollout is; NULL: neither. */
const char *deployment_state(const struct deployment *deployment);

#endif
