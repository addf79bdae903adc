/* why: `w`: what is the matter with what is selected. The answer is a view (view/why.c), made anew as things change. */
#ifndef UI_WHY_H
#define UI_WHY_H

#include "ops/why.h"
#include "ui/dashboard.h"

/* Fills in who is asked about, as it is now, and what is said above the causes (head, empty; may stay so). False: it is no more. The
 * stores and the clock are added by the caller. */
typedef bool (*why_of_fn)(void *data, const char *name, struct why_of *out, struct buf *head);

/* Opens the view, or says that all is well: once its wires are measured, which they are while the view is seen. name is copied; data must
 * live as long as the dashboard. False: all is well, and that is said only where there is no head, for what is above is said already. */
bool why_show(struct dashboard *dash, const char *name, why_of_fn of, void *data);
/* A pod, a deployment or a node. */
void why_show_record(struct dashboard *dash, const struct record *record);
/* The pod of which the log tells something, and the container; NULL: none. */
const struct container *why_logged(const struct why_of *of, const struct pod **pod, bool *previous);
/* Adds what the model knows, and makes the answer; of a pod or a deployment of the graph that is looked at also from its wires.
 * False: these are not measured yet. */
bool why_ask(struct dashboard *dash, struct why *out, struct why_of of);
/* Breaks lines at blanks so that none is wider than w; what goes on is indented as its line. */
void why_wrap(struct buf *out, const char *text, int w);

#endif
