/* place_rule: what of a thing keeps its pods from a node whatever is free there, and what keeps a pod from many nodes in
 * kube-scheduler's kind of words. Internal to place. */
#ifndef OPS_PLACE_RULE_H
#define OPS_PLACE_RULE_H

#include "base/json.h"
#include "k8s/kinds/node.h"

enum place_no {
    PLACE_MAY,
    PLACE_NOT_READY,
    PLACE_UNSCHEDULABLE,
    PLACE_TAINT,
    PLACE_SELECTOR,
    PLACE_TOO_MANY,
    PLACE_INSUFFICIENT,
};

/* what: PLACE_TAINT: the const struct node_taint *; PLACE_SELECTOR: the const struct node_label * that the node does not
 * have; PLACE_INSUFFICIENT: the resource's name. Borrowed. */
struct place_reason {
    enum place_no no;
    const void *what;
};

struct place_rule {
    const cJSON *selector, *tolerations; /* the thing's, in Kubernetes' form; NULL: none */
    struct node_label *labels;           /* the selector, interned */
    size_t label_count;
    struct toleration {
        const char *key, *value, *effect; /* key and effect NULL: any */
        bool exists;
    } *tolerated;
    size_t tolerated_count;
};

/* extra: the thing's, or NULL; it must outlive the rule. */
void place_rule_init(struct place_rule *rule, const cJSON *extra);
void place_rule_release(struct place_rule *rule);
bool place_rule_is(const struct place_rule *rule, const cJSON *extra);
/* Whether the node has every label that the thing wants. */
bool place_rule_selects(const struct place_rule *rule, const struct node *node);
/* In the order in which kube-scheduler asks. */
struct place_reason place_rule_check(const struct place_rule *rule, const struct node *node);

#define PLACE_REASONS 16 /* different ones that are counted */

struct place_tally {
    struct { struct place_reason reason; int nodes; } items[PLACE_REASONS];
    size_t count;
    bool more; /* there were others */
};

void place_tally_add(struct place_tally *tally, enum place_no no, const void *what);
/* "0/4 nodes: 3 Insufficient nvidia.com/gpu, 1 untolerated taint gpu=only:NoSchedule", the most frequent first. */
void place_tally_words(char *out, size_t size, struct place_tally *tally, size_t nodes);

#endif
