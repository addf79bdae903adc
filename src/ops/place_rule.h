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
/* What place_rule_check asks, one by one, for whoever wants all of it. What is not Ready shuns by a taint that it gets from the
 * cluster, in a moment if it has not got it yet. */
bool place_rule_shuns_cordoned(const struct place_rule *rule, const struct node *node);
bool place_rule_shuns_unready(const struct place_rule *rule, const struct node *node);
bool place_rule_keeps_away(const struct place_rule *rule, const struct node_taint *taint);
/* Whether the taint says only what node->ready_status or node->unschedulable say as well. */
bool place_rule_is_said(const struct place_rule *rule, const struct node *node, const struct node_taint *taint);
/* The next label at or after *from, from 0, that the node does not have; NULL: no other. */
const struct node_label *place_rule_missing(const struct place_rule *rule, const struct node *node, size_t *from);
/* The first of them, in the order in which kube-scheduler asks. */
struct place_reason place_rule_check(const struct place_rule *rule, const struct node *node);

#define PLACE_REASONS 16 /* different ones that are counted */

struct place_tally {
    struct { struct place_reason reason; int nodes; } items[PLACE_REASONS];
    size_t count;
    bool more; /* there were others */
};

void place_tally_add(struct place_tally *tally, enum place_no no, const void *what);
/* The reasons alone, as they came: "Insufficient nvidia.com/gpu, Insufficient cpu". */
void place_reasons_words(struct buf *out, const struct place_tally *tally);
/* "0/4 nodes: 3 Insufficient nvidia.com/gpu, 1 untolerated taint gpu=only:NoSchedule", the most frequent first. */
void place_tally_words(char *out, size_t size, struct place_tally *tally, size_t nodes);

#endif
