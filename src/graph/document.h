/* document: what edit.h's struct holds. Internal to this layer. */
#ifndef GRAPH_DOCUMENT_H
#define GRAPH_DOCUMENT_H

#include "graph/edit.h"
#include "graph/history.h"

/* What a text was read as. */
struct reading {
    struct graph *graph;
    struct faults faults;
    cJSON *meaning; /* of the text, for the next edit to change; NULL: to be made from the graph */
};

struct document {
    struct buf text, saved;
    char *file;
    const struct catalogue *cat;
    struct reading now, spent; /* spent: what was read before, to be given back when there is time */
    uint64_t revision; /* of the graph */
    struct history history;
    char *last_edit, *last_name;
    char *group;        /* the name of the edits that are made as one; NULL: each is its own */
    size_t group_count; /* how many of them were made */
    size_t group_began[4], group_depth; /* how many there were when each of those inside another began */
};

/* The text's meaning, the caller's to change: the next edit's `expected`. */
cJSON *document_meaning(struct document *doc);
/* Applies the splices if the text then means exactly `expected` (NULL: any graph will do). Takes both. */
int document_commit(struct document *doc, struct site *site, struct splices *splices, cJSON *expected,
                    const char *label, struct err *err);

#endif
