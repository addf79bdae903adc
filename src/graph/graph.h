/* graph: a ServiceGraph document, parsed. The text is the master (edit.h splices it); this is what it says. It owns its YAML; all
 * texts in it are that one's, or the catalogue's. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "base/buf.h"
#include "base/map.h"
#include "base/yaml.h"
#include "graph/catalogue.h"
#include "graph/fault.h"

struct graph_param {
    const char *name, *value;
};

struct graph_thing {
    const char *name, *type;
    const struct media_thing *entry; /* NULL: unknown type or external */
    bool external;
    struct graph_param *params;
    size_t param_count;
    struct graph_param *external_ports; /* port → URL */
    size_t external_count;
    int gpu_count; /* as it will be asked for: the thing's own, else the entry's */
    const char *gpu_resource;
    int replicas; /* 1 unless said */
    /* resources, env, secrets, nodeSelector, tolerations, runtimeClassName, imagePullSecrets, strategy, storage, checked
     * and in Kubernetes' own form; or NULL */
    cJSON *extra;
    bool pinned;                  /* has a place in `view` */
    int x, y;                     /* its place in cells */
    const struct yaml_node *node; /* its map in the document */
};

struct graph_link {
    size_t from, to; /* indexes of things; SIZE_MAX where the name is unknown */
    const char *from_port, *to_port;
    bool valid; /* both ends exist and their media types agree */
    const struct yaml_node *node;
};

struct graph {
    const char *name, *ns; /* ns "default" unless said */
    struct graph_thing *things;
    size_t thing_count;
    struct graph_link *links;
    size_t link_count;
    struct yaml_doc *doc; /* nodes point in here */
    unsigned rereads;     /* of doc when it was read */
    bool clean;           /* all that it read was as it must be; what only the whole shows is another matter */
    struct map by_name;   /* name → its index + 1; of things with one name, the first */
};

/* Parses and checks: everything wrong goes to faults (any errors: do not deploy it), yet as much as can be understood
 * is in the graph, so that a broken document can be drawn and mended. NULL only when the text is no YAML or another
 * kind of document. */
struct graph *graph_parse(const char *text, size_t len, const char *file, const struct catalogue *cat,
                          struct faults *faults);
void graph_free(struct graph *graph);
struct graph_thing *graph_find(const struct graph *graph, const char *name); /* NULL */
size_t graph_index(const struct graph *graph, const char *name);             /* SIZE_MAX */
/* Whether `from`'s output may go to `to`'s input: 0, or -1 with the reason in words ("takes video/mjpeg, not
 * application/x-ndjson"). Used while drawing as well as by the check. */
int graph_link_allowed(const struct graph *graph, size_t from, const char *from_port, size_t to, const char *to_port,
                       struct err *err);
/* The value that a thing itself gives a parameter, and the URL of an external one's port; NULL: none. */
const char *graph_own_param(const struct graph_thing *thing, const char *name);
const char *graph_address(const struct graph_thing *thing, const char *port);
/* The value a parameter will have: the thing's own, else the entry's default; NULL when neither is there. */
const char *graph_param(const struct graph_thing *thing, const char *name);

#endif
