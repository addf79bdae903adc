/* target: the pod that is meant on a command line. */
#ifndef APP_TARGET_H
#define APP_TARGET_H

#include "app/app.h"

/* "POD", "pod/POD", "THING" or "GRAPH/THING" (its newest pod, in the graph's namespace unless -n says another). STATUS_*,
 * after a sentence was printed unless it is STATUS_DONE; *ns and *pod are the caller's to free() either way. */
int target_find(struct app *app, const char *word, char **ns, char **pod);
/* Its parts: without "pod/"; the namespace of a graph and of its things (word NULL: as for any command), the caller's; the
 * sentence that there is none, with what is near. */
const char *target_plain(const char *word);
int target_ns(struct app *app, const char *word, char **ns);
int target_unknown(const struct store *pods, const char *word, const char *ns);

#endif
