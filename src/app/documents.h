/* documents: the FILE of a command: a path, -f PATH, "-", or a directory of them. */
#ifndef APP_DOCUMENTS_H
#define APP_DOCUMENTS_H

#include "app/app.h"
#include "graph/graph.h"

struct source_text {
    char *name;      /* for sentences: "lobby.yaml", "<stdin>" */
    struct buf text; /* after --set */
};

struct source_texts {
    struct source_text *items;
    size_t count;
};

/* Reads them all, --set applied. STATUS_DONE, or the sentence was printed. */
int documents_read(struct app *app, struct source_texts *out);
void documents_release(struct source_texts *texts);
/* Parses one and prints its faults on `to`, "file:line:column: sentence"; NULL when it has errors. *errors counts them.
 * warnings: print those too. */
struct graph *documents_graph(struct app *app, const struct source_text *text, FILE *to, bool warnings, size_t *errors);

#endif
