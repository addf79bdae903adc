/* only: --only THING[,THING] of a command: what would be deployed then. */
#ifndef APP_ONLY_H
#define APP_ONLY_H

#include "app/documents.h"

struct only {
    char *deployed; /* what is, from which the text was made; NULL: --only was not given */
    struct source_text text; /* what would be */
};

/* graph: that of the text. Says what is left as it is. Returns the command's status, and has said why. */
int only_make(struct only *only, struct app *app, const struct source_text *text, const struct graph *graph);
void only_release(struct only *only);

#endif
