/* why: `w`: what is the matter with what is selected, in the viewer. */
#ifndef UI_WHY_H
#define UI_WHY_H

#include "ops/why.h"
#include "ui/dashboard.h"

/* of: who is asked about; the stores are the model's. head: said above it, or NULL. false: all is well, and nothing is shown. */
bool why_show(struct dashboard *dash, struct why_of of, const char *head);
/* A pod, a deployment or a node; that all is well is said as well. */
void why_show_record(struct dashboard *dash, const struct record *record);
/* Breaks lines at blanks so that none is wider than w; what goes on is indented as its line. */
void why_wrap(struct buf *out, const char *text, int w);

#endif
