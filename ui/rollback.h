/* rollback: the deployments that the cluster remembers of the graph at hand, and back to one. */
#ifndef UI_ROLLBACK_H
#define UI_ROLLBACK_H

#include "ui/dashboard.h"

/* Lists them: when, by whom, how long it took, what changed. */
void history_open(struct dashboard *dash);
/* Makes the draft what was deployed then, which u undoes, and reviews that as D does. revision: "3"; "": the last one before
 * that was deployed whole. */
void rollback_open(struct dashboard *dash, const char *revision);

#endif
