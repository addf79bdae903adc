/* startup: what a graph's own record tells of its start beside the pods: what waits for what, and how it went before. */
#ifndef UI_VIEW_STARTUP_H
#define UI_VIEW_STARTUP_H

#include "ops/eta.h"
#include "ui/canvas.h"
#include "ui/model.h"

struct startup {
    const struct record *record; /* the graph's ConfigMap, counted; NULL: none is known */
    unsigned catalogue_version;
    struct graph *graph;         /* NULL: it cannot be read */
    struct pasts pasts;
    cJSON *revisions;            /* of graph/revisions.h; NULL: none */
};

/* Reads the record where it is another one than before. */
void startup_take(struct startup *startup, const struct model *model, const char *ns, const char *graph);
void startup_release(struct startup *startup);
/* How long that phase took in the newest deployment that made other pods of the thing, ns; -1: not known. */
int64_t startup_before(const struct startup *startup, const struct pod *pod, enum phase phase);
/* On one line, when it will be up, or what it was waited for. now: ns since 1970. */
void startup_draw(const struct startup *startup, const struct course *course, const struct model *model, int64_t now, struct area line);

#endif
