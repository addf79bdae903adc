/* node_acts: cordon, uncordon and drain of a node, each with a question before. */
#ifndef UI_NODE_ACTS_H
#define UI_NODE_ACTS_H

#include "ui/dashboard.h"

enum node_act { NODE_CORDON, NODE_UNCORDON, NODE_DRAIN };

enum { NODE_ACTS = 320 /* + enum node_act: commands of the bindings */ };

/* Rows for the table of bindings of a view that has a node; as k9s has the keys. */
#define NODE_ACT_BINDINGS                                                                                              \
    {"c", NODE_ACTS + NODE_CORDON, "cordon", "no new pods for the node; asks first", ACTION_CORDON},                   \
    {"u", NODE_ACTS + NODE_UNCORDON, NULL, "new pods for the node again; asks first", ACTION_CORDON},                  \
    {"r", NODE_ACTS + NODE_DRAIN, "drain", "cordon the node and evict its pods; asks first", ACTION_DRAIN}

/* As the `:` line has it; node "" or NULL: the current view's (view.node). */
void node_acts_run(struct dashboard *dash, enum node_act act, const char *node);
/* The cluster is left, or the dashboard. */
void node_acts_end(struct dashboard *dash);
/* DID_NOTHING for any other command; node NULL: nothing is selected. */
unsigned node_acts_command(struct dashboard *dash, int command, const char *node);

#endif
