/* tablerow: what is kept of an object of any kind: its row of the server's own Table (meta.k8s.io/v1), cell by cell.
 *
 * A kind of such rows is a kind as others are: a store holds them, a reflector keeps them true. */
#ifndef K8S_TABLEROW_H
#define K8S_TABLEROW_H

#include "k8s/record.h"

/* A server that makes no Table of a kind answers with the objects: then its rows have no cells. */
#define TABLE_ACCEPT "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
#define TABLEROW_CELLS 64

struct tablerow {
    struct record r;
    size_t count;
    istr *cells; /* NULL for null and "" */
};

/* The kind of the rows of a kind that the server named: the same pointer for the same words, for the program's life. */
const struct kind *tablerow_kind(const char *group, const char *version, const char *plural, const char *name,
                                 bool namespaced);
/* The same for a kind that is known already. */
const struct kind *tablerow_of(const struct kind *kind);
/* The text of a cell; "" where there is none. */
const char *tablerow_cell(const struct tablerow *row, size_t index);

#endif
