/* place_account: what pods of the graph ask for, and what is left on the nodes. Internal to place. */
#ifndef OPS_PLACE_ACCOUNT_H
#define OPS_PLACE_ACCOUNT_H

#include "graph/graph.h"
#include "k8s/kinds/pod.h"
#include "k8s/store.h"
#include "ops/place_rule.h"

struct desk { /* what is left on a node; less than nothing where more is held than there is */
    const struct node *node;
    int64_t cpu, memory, pods;
    int64_t devices, cpu_taken; /* devices of whatever kind */
    int64_t *free;              /* by device that the graph asks for */
};

struct need { /* what a pod asks for: many things ask for the same */
    size_t rule;
    int64_t cpu, memory;
    struct { size_t device; int64_t count; bool is_other; } *devices; /* is_other: hugepages and the like */
    size_t device_count;
};

struct accounts {
    istr *devices; /* what the graph asks for beside CPU and memory */
    size_t device_count, device_cap;
    struct place_rule *rules; /* different ones */
    size_t rule_count, rule_cap;
    struct need *needs; /* different ones */
    size_t need_count, need_cap;
    struct desk *desks; /* by name */
    size_t desk_count;
    struct map by_name;            /* node → struct desk */
    int64_t *free;                 /* desks times devices */
    struct place_reason *verdicts; /* rules times desks */
};

/* First what is asked for, then the nodes. */
size_t accounts_need(struct accounts *a, const struct graph_thing *thing); /* an index */
size_t accounts_device(struct accounts *a, const char *resource);
void accounts_open(struct accounts *a, const struct store *nodes);
void accounts_release(struct accounts *a);

/* sign 1: takes its part; -1: gives it back. */
void desk_book(const struct accounts *a, struct desk *desk, const struct pod *pod, int sign);
void desk_take(struct desk *desk, const struct need *need, int sign);
/* Why no pod of it can be there now. */
const struct place_reason *desk_verdict(const struct accounts *a, const struct desk *desk, const struct need *need);
/* 0: the node has none. */
int64_t desk_allocatable(const struct desk *desk, istr resource);
/* As kube-scheduler: what is not asked for is not missing either. */
bool desk_lacks(int64_t asked, int64_t left);
bool desk_has_room(const struct desk *desk, const struct need *need);
void desk_explain(const struct accounts *a, const struct desk *desk, const struct need *need, struct place_tally *tally);
/* Whether the pod has as much already. */
bool need_is_covered(const struct accounts *a, const struct need *need, const struct pod *pod);

#endif
