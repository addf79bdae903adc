/* documents: the FILE of a command: a path, -f PATH, "-", or a directory of them; its rows filled in (foreach), overlays
 * laid over it, --set applied. */
#ifndef APP_DOCUMENTS_H
#define APP_DOCUMENTS_H

#include "app/app.h"
#include "graph/graph.h"
#include "graph/source.h"

struct source_texts {
    struct source_text *items;
    size_t count;
};

/* Reads them all. STATUS_DONE, or what is wrong was printed. */
int documents_read(struct app *app, struct source_texts *out);
/* The same for a command on a cluster: connects, and the cluster's own catalogue counts. */
int documents_on_cluster(struct app *app, struct source_texts *out);
void documents_release(struct source_texts *texts);
/* Parses one and prints its faults on `to`, "file:line:column: sentence"; NULL when it has errors. *errors counts them.
 * warnings: print those too. */
struct graph *documents_graph(struct app *app, const struct source_text *text, FILE *to, bool warnings, size_t *errors);

/* One file as the dashboard opens it: text is what is to be edited. *stamped: the file is a template, so that its rows made
 * this text and saving must not overwrite it. The caller releases text in any case. */
int documents_load(const char *path, struct buf *text, bool *stamped, struct err *err);

#endif
