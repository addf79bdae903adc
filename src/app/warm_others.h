/* warm_others: whose the warm pods are that this run did not make, and whether that run is still there: each pod says who made it
 * (holder.h), of each run one says it anew while it goes on, and a run that is silent for HOLDER_PATIENCE is no more. Internal to
 * warm. */
#ifndef APP_WARM_OTHERS_H
#define APP_WARM_OTHERS_H

#include "graph/graph.h"
#include "k8s/client.h"

struct warm_others;

enum warm_other { OTHER_UNKNOWN /* yet */, OTHER_ALIVE, OTHER_DEAD };

struct warm_others *warm_others_new(struct kube_client *client, const struct graph *graph, loop_fn change,
                                    void (*note)(void *data, const char *sentence), void *data);
void warm_others_free(struct warm_others *others);
/* There are such pods: looks at them now and then, and calls change when there is news. */
void warm_others_look(struct warm_others *others);
bool warm_others_looked(const struct warm_others *others); /* at least once, or in vain */
enum warm_other warm_others_judge(const struct warm_others *others, const char *pod);

#endif
