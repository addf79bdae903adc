/* review: what a deployment of the draft would change, before it is done: things added, changed and removed against the
 * text that is deployed, restarts, GPUs, faults. Default No. */
#ifndef UI_REVIEW_H
#define UI_REVIEW_H

#include "ui/dashboard.h"

/* Opens the dialog on the model's document; says why where it cannot. Yes calls model_deploy. */
void review_open(struct dashboard *dash);

struct review_line {
    enum role role;
    char *text;
};

struct review {
    struct review_line *lines;
    size_t count, cap;
    size_t added, changed, removed; /* things */
    bool blocked;                   /* faults: it cannot be deployed */
};

/* deployed: the graph's text on the cluster; NULL: there is none. */
void review_make(struct review *out, const struct document *doc, const struct catalogue *cat, const char *deployed);
/* The GPUs asked for and free, and what would stay Pending. */
void review_placement(struct review *review, const struct model *model, const struct graph *graph);
/* A line that has to be read whole: in as many as fit a dialog on 80 columns. */
void review_add_wrapped(struct review *review, enum role role, const char *text);
void review_release(struct review *review);

#endif
