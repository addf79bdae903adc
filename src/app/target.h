/* target: the pod that is meant on a command line. */
#ifndef APP_TARGET_H
#define APP_TARGET_H

#include "app/app.h"

/* "POD", "pod/POD", "THING" or "GRAPH/THING" (its newest pod, in the graph's namespace unless -n says another). STATUS_*,
 * after a sentence was printed unless it is STATUS_DONE; *ns and *pod are the caller's to free() either way. */
int target_find(struct app *app, const char *word, char **ns, char **pod);

#endif
