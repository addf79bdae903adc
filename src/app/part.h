/* part: what is meant by GRAPH[/THING] on a command line, thing by thing. */
#ifndef APP_PART_H
#define APP_PART_H

#include "app/acting.h"
#include "app/app.h"

struct part { /* the targets' texts are its own */
    struct acting_target *targets;
    size_t count, cap;
};

/* Adds what a word means: a whole graph ("lobby", "media/lobby"), all of whose pods' things it is, or one thing of it
 * ("lobby/camera", "media/lobby/camera"). maps: the graphs that are deployed. -1 with a sentence that names the near ones. */
int part_add(struct part *part, struct app *app, const struct store *maps, const char *word, enum act act, struct err *err);
void part_release(struct part *part);

#endif
