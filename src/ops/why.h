/* why: what is the matter with a pod, a thing, a deployment or a node: causes in a sentence each, what shows it, and what would
 * help. The rules are a table (why_rules.c). Pure.
 *
 * All texts are sanitised: what came from the cluster is harmless in them. */
#ifndef OPS_WHY_H
#define OPS_WHY_H

#include "graph/graph.h"
#include "k8s/index.h"
#include "k8s/kinds/deployment.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "ops/gpu.h"
#include "ops/live.h"

#define WHY_SEEN 6 /* lines of evidence of a cause, at most */

struct why_cause {
    const char *rule;     /* its name in the table; "unknown": nothing that is known explains it */
    char *sentence;
    char *help;           /* "" where nothing is to be done but wait */
    char *seen[WHY_SEEN]; /* the evidence, a line each */
    size_t seen_count;
};

struct why {
    char name[256];    /* of whom: "object-detect", "gpu-2" */
    char state[160];   /* kubectl's word for it: "CrashLoopBackOff" */
    int weight;        /* the more, the sooner it is to be looked at; 0: all is well */
    struct why_cause *causes; /* the likeliest first; none: all is well */
    size_t count, cap;
};

/* What is known. Whatever is NULL is not. One of pod, deployment, node and thing is asked about: the first that is there. */
struct why_of {
    const struct pod *pod;
    const struct deployment *deployment; /* the pod's, or what is asked about */
    const struct node *node;             /* the pod's (found in nodes, if need be), or what is asked about */
    const struct graph *graph;           /* with live: then also its wires are looked at */
    const struct live *live;
    size_t thing;                        /* of graph */
    const struct store *nodes, *deployments;
    const struct gpu_ledger *gpus;       /* who holds them */
    const struct index *events;          /* by event_object_key */
    const char *const *log;              /* the last lines of the run that ended */
    size_t log_count;
    int64_t now;                         /* ns since 1970 */
};

void why_make(struct why *out, const struct why_of *of);
void why_release(struct why *why);
/* "NAME: STATE", and below it each cause with its evidence and help. */
void why_text(struct buf *out, const struct why *why);
/* The causes that are known, in their order, for the manual: NULL after the last. In sentence and help what is found out stands in
 * capitals ("IT waits on NODE"); the texts are the caller's. */
const char *why_known(size_t i, char **sentence, char **help);
/* The container of which the log of a run that ended is worth reading, or NULL; *previous: it runs, or waits to run, again. */
const struct container *why_ended(const struct pod *pod, bool *previous);

#endif
