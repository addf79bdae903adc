/* list: what pods, nodes and events have in common: list a kind, print its rows, with -w those that change. */
#ifndef APP_LIST_H
#define APP_LIST_H

#include "app/app.h"
#include "app/table.h"

struct list {
    const struct kind *kind;
    bool namespaced;
    const struct table_column *columns;
    size_t column_count;
    /* As many cells as columns. all: the namespace's column is filled (else it is not there: the first column of a
     * namespaced kind must be "NAMESPACE"). */
    void (*row)(struct table *table, const struct record *record, const struct store *store, int64_t now_wall);
    /* For qsort, on const struct record **; NULL: by namespace and name. */
    int (*order)(const void *a, const void *b);
};

int list_run(struct app *app, const struct list *list);

#endif
