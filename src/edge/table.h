/* table: the columns kubectl prints, made by the server (meta.k8s.io Table). */
#ifndef EDGE_TABLE_H
#define EDGE_TABLE_H

#include "edge/store.h"

struct edge_column {
    const char *name, *type, *format; /* type "string", "integer", "date"; format "name" or "" */
    int priority;                     /* 0: always, 1: with -o wide */
    const char *description;
};

/* The Table of `count` objects; include "Metadata" (the default), "Object" or "None". columns: with their definitions
 * (a watch tells them once). rv may be NULL. */
cJSON *edge_table(const struct edge_kind *kind, const cJSON *const *objects, size_t count, const char *include,
                  bool columns, int64_t now_wall);

/* Cells of each kind, in the order of its columns. */
#define EDGE_CELLS(name)                                     \
    extern const struct edge_column edge_##name##_columns[]; \
    void edge_##name##_cells(const cJSON *object, int64_t now_wall, cJSON *cells)
EDGE_CELLS(pod);
EDGE_CELLS(node);
EDGE_CELLS(namespace);
EDGE_CELLS(service);
EDGE_CELLS(endpoints);
EDGE_CELLS(configmap);
EDGE_CELLS(event);
EDGE_CELLS(deployment);
EDGE_CELLS(replicaset);
EDGE_CELLS(secret);
EDGE_CELLS(lease);
EDGE_CELLS(persistentvolumeclaim);
EDGE_CELLS(endpointslice);

/* For the files of the cells. */
void edge_cell(cJSON *cells, const char *text);
void edge_cell_int(cJSON *cells, int64_t value);
void edge_cell_age(cJSON *cells, const cJSON *object, const char *path, int64_t now_wall);
void edge_cell_labels(cJSON *cells, const cJSON *labels); /* "a=b,c=d" or "<none>" */

#endif
