/* graph_read: the parts of reading a ServiceGraph. Internal to this layer. */
#ifndef GRAPH_GRAPH_READ_H
#define GRAPH_GRAPH_READ_H

#include "graph/graph.h"
#include "graph/read.h"

#define GRAPH_API_VERSION "patchbay.dev/v1"
#define THING_NAME_MAX 40

/* graph_parse of a text that is read as YAML already. Takes doc where it makes a graph of it. before: the graph whose doc that is,
 * made before parts of it were read again; it gives away doc and what did not change, and is good for its names and for
 * graph_free() then. NULL: there is none. */
struct graph *graph_read(struct yaml_doc *doc, const char *text, size_t len, const char *file, const struct catalogue *cat,
                         struct graph *before, struct faults *faults);
/* The keys of a thing that go to Kubernetes as they are, in its own form, into thing->extra. */
void graph_read_extra(const struct reader *r, const struct yaml_node *node, struct graph_thing *thing);
/* Whether that is an amount of storage: "10Gi"; whether a volume may be mounted there: "/data". */
bool graph_legal_size(const char *size);
bool graph_legal_path(const char *path);
/* Whether a node may be chosen by that label; whether a variable may come from that place, "SECRET/KEY". */
bool graph_legal_label(const char *key, const char *value);
bool graph_legal_secret(const char *variable, const char *place);
/* What only the whole graph shows: links, inputs without a wire, cycles, places of nothing. */
void graph_check(struct graph *graph, const char *file, struct faults *faults);
/* user:password@ anywhere in the text, comments too. */
void graph_check_secrets(const struct graph *graph, const char *text, size_t len, const struct reader *r);
/* A legal name made from any text: "object_detect" becomes "object-detect". The caller frees. */
char *graph_legal_name(const char *text);
/* As graph_link_allowed, without regard to the links that are there. */
int graph_ports_fit(const struct graph *graph, size_t from, const char *from_port, size_t to, const char *to_port,
                    struct err *err);
/* The thing name that was probably meant, or NULL. */
const char *graph_nearest(const struct graph *graph, const char *name);

#endif
