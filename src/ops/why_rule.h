/* why_rule: what a rule of why is, and what its functions may ask. Internal to why. */
#ifndef OPS_WHY_RULE_H
#define OPS_WHY_RULE_H

#include "k8s/kinds/event.h"
#include "ops/why.h"

/* How the one that is asked about is, as bits: a rule looks only where it makes sense. */
enum {
    WHEN_HELD = 1 << 0,    /* by the operator: stopped or paused */
    WHEN_REFUSED = 1 << 1, /* pods are wanted and cannot be made */
    WHEN_WAITS = 1 << 2,   /* it has no node */
    WHEN_STARTS = 1 << 3,  /* it has a node, and a container does not run yet */
    WHEN_ENDED = 1 << 4,   /* a container ended, and should not have */
    WHEN_UNREADY = 1 << 5, /* all run, it is not ready */
    WHEN_OVER = 1 << 6,    /* the pod as a whole was ended, or refused by its node */
    WHEN_LEAVES = 1 << 7,  /* deleted for too long */
    WHEN_WELL = 1 << 8,    /* Kubernetes finds nothing wrong */
    WHEN_NODE = 1 << 9,    /* it is a node */
    WHEN_ILL = 0xff,
};

/* Where a fact was found, as bits. */
enum {
    AT_STATE = 1 << 0,     /* a container that waits */
    AT_END = 1 << 1,       /* how a container ended, now or last */
    AT_EVENT = 1 << 2,
    AT_SCHEDULER = 1 << 3, /* the condition PodScheduled */
    AT_POD = 1 << 4,       /* the pod's own reason */
    AT_FAILURE = 1 << 5,   /* the deployment's ReplicaFailure */
    AT_LOG = 1 << 6,
    AT_NODE = 1 << 7,      /* the node's conditions */
    AT_PULL = 1 << 8,      /* an event that a pull has failed: its reason is Failed, as of much else */
};

struct why_fact {
    unsigned at;
    const char *reason, *text; /* never NULL */
    const struct container *container;
    const struct event *event;
    int exit; /* AT_END */
};

/* Of a family the first rule that matches speaks alone, unless it stands beside others. */
enum why_family { ALONE, IMAGE, REFUSAL, SCHEDULING, START, END, PROBE, OVER, NODE, WIRE, WHY_FAMILIES };

struct why_case;

struct why_rule {
    const char *name;
    enum why_family family;
    bool beside;        /* others of its family are told as well */
    unsigned when, at;  /* at 0: no fact is needed */
    const char *reason; /* the fact's, one of "a|b"; NULL: any */
    const char *text;   /* in the fact's text, one of "a|b", case aside; NULL: any */
    int exit;           /* the exit status; 0: any */
    bool (*holds)(struct why_case *c); /* what must hold as well; NULL: nothing */
    const char *sentence, *help;       /* with $words, see why.c */
};
extern const struct why_rule why_rules[];
extern const size_t why_rule_count;

#define WHY_FACTS 64

struct why_case {
    const struct why_of *of;    /* with what follows from it */
    const struct why_of *asked; /* as it was asked */
    struct why *out;
    unsigned when;
    struct pod_words words;
    struct why_fact facts[WHY_FACTS];
    size_t fact_count;
    bool spoken[WHY_FAMILIES];
    /* of the rule at hand: */
    const struct why_rule *rule;
    const struct why_fact *fact; /* the first that matched; NULL: it needs none */
    char who[400];               /* $who, for `holds` to fill in */
    struct why_cause cause;
};

/* One more line of evidence. */
void why_seen(struct why_case *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Whether one of "a|b|c" stands in a text, case aside. */
bool why_says(const char *text, const char *words);

/* why_holds.c: what no text tells. */
bool why_old_pod_holds(struct why_case *c);
bool why_gpu_taint(struct why_case *c);
bool why_taint(struct why_case *c);
bool why_taint_unready(struct why_case *c);
bool why_taint_pressed(struct why_case *c);
bool why_gpu_nowhere(struct why_case *c);
bool why_gpu_too_many(struct why_case *c);
bool why_gpu_held(struct why_case *c);
bool why_unseen(struct why_case *c);
bool why_stopped(struct why_case *c);
bool why_paused(struct why_case *c);
bool why_deadline(struct why_case *c);
bool why_input_dead(struct why_case *c);
bool why_source_stopped(struct why_case *c);
bool why_input_starved(struct why_case *c);
bool why_output_dead(struct why_case *c);
bool why_input_held(struct why_case *c);
bool why_node_lost(struct why_case *c);
bool why_node_bad(struct why_case *c);
bool why_node_pressed(struct why_case *c);
bool why_node_cordoned(struct why_case *c);
bool why_has_finalizers(struct why_case *c);
bool why_is_init(struct why_case *c);
bool why_gates_closed(struct why_case *c);
bool why_clocks_differ(struct why_case *c);
bool why_limit_known(struct why_case *c);
bool why_pulls(struct why_case *c);

#endif
