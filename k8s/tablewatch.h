/* tablewatch: what the server's Table says of a kind, kept true: its columns, and a store of its rows.
 *
 * Columns and rows are asked for side by side, so that the first page is there as soon as that of any list. */
#ifndef K8S_TABLEWATCH_H
#define K8S_TABLEWATCH_H

#include "k8s/reflector.h"
#include "k8s/tablerow.h"

enum cell_type { CELL_TEXT, CELL_NUMBER, CELL_AGE /* "3d4h": how long ago */ };

struct tablerow_column {
    char *name;   /* "Up-to-date" */
    enum cell_type type;
    bool created; /* the object's age, which the record knows better than a text of then */
    int priority; /* 0: always wanted; above: where there is room */
};

struct tablewatch;

/* Columns came, or how the rows are changed; called from the loop. Rows are told by the store. May free it. */
typedef void (*tablewatch_fn)(void *data, struct tablewatch *watch);

/* options as a reflector's. kind is one of tablerow_kind's; the store is of that kind and outlives the watch. */
struct tablewatch *tablewatch_new(struct kube_client *client, struct store *store, const struct reflector_options *options,
                                  tablewatch_fn changed, void *data);
void tablewatch_free(struct tablewatch *watch);
const struct reflector *tablewatch_reflector(const struct tablewatch *watch);
/* *count 0 until they came; then never, for a server without Tables has NAME and AGE. Valid until the next change. */
const struct tablerow_column *tablewatch_columns(const struct tablewatch *watch, size_t *count);
/* A row came with another number of cells: the kind's columns are others now, and are asked for again. */
void tablewatch_doubt(struct tablewatch *watch, size_t cells);
/* "3d4h" in seconds; -1: it is no length of time. */
double tablerow_seconds(const char *text);

#endif
