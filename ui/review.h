/* review: what a deployment of the draft would change, before it is done: things added, changed and removed against the
 * text that is deployed, restarts, GPUs, faults. Default No. */
#ifndef UI_REVIEW_H
#define UI_REVIEW_H

#include "ui/choice.h"

/* Opens the dialog on the model's document; says why where it cannot. Yes calls model_deploy, unless something else is
 * deployed by then: that is reviewed first. */
void review_open(struct dashboard *dash);
/* The same, of some things alone, which leaves the rest as it is deployed (graph/only.h); alone false: of all, with these as another
 * choice. */
void review_open_part(struct dashboard *dash, char *const *names, size_t count, bool alone);

struct review {
    struct choice_lines lines;
    size_t added, changed, removed; /* things */
    bool nothing;                   /* it is what is deployed */
    bool blocked;                   /* faults: it cannot be deployed */
};

/* Adds to the lines. deployed: the graph's text on the cluster; NULL: there is none. */
void review_make(struct review *review, const struct document *doc, const struct catalogue *cat, const char *deployed);
/* The GPUs asked for and free, and what would stay Pending. */
void review_placement(struct review *review, const struct model *model, const struct graph *graph);
/* A line that has to be read whole: in as many as fit a dialog on 80 columns. */
void review_add_wrapped(struct choice_lines *lines, enum role role, const char *text);
/* What the cluster says of it: what it would refuse, and what belongs to others, which Space takes over: `taken` has the things'
 * names. */
void review_trial(struct choice_lines *lines, const struct model_trial *trial, const struct map *taken);

#endif
