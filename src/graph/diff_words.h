/* diff_words: the fields of one thing that differ, in words. Internal to this layer. */
#ifndef GRAPH_DIFF_WORDS_H
#define GRAPH_DIFF_WORDS_H

#include "graph/diff.h"

/* One state of a thing: its objects, each NULL where there is none. */
struct diff_state {
    const struct graph *graph;       /* NULL: unknown */
    const struct graph_thing *thing; /* NULL: unknown */
    const cJSON *deployment, *service, *claim;
    const cJSON *files; /* the data of its ConfigMap */
};

/* Words for all that differs, each field once; none where the objects are the same, whatever the graph says. */
void diff_words(struct diff_fields *out, const struct diff_state *before, const struct diff_state *after);
/* What of `before`'s fields is another one in `live`, and by whom. */
void diff_drift_words(struct diff_fields *out, const struct diff_state *before, const struct diff_state *live,
                      char *(*owner)(const cJSON *live, const cJSON *field));
void diff_fields_release(struct diff_fields *fields);
/* The container of a Deployment's pods. */
const cJSON *diff_container(const cJSON *deployment);

#endif
