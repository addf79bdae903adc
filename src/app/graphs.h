/* graphs: the graphs that are deployed, from their ConfigMaps. */
#ifndef APP_GRAPHS_H
#define APP_GRAPHS_H

#include "app/app.h"
#include "graph/graph.h"
#include "k8s/kinds/configmap.h"

/* Lists the graphs' ConfigMaps into a new store (*out, the caller's), of as many namespaces as may be read; the one in
 * word ("media/lobby"; NULL: none is meant) before others. */
int graphs_list(struct app *app, const char *word, struct store **out);
/* The one that is meant by "lobby" or "media/lobby": in -n's namespace when given, else wherever it is alone. The error
 * names the near ones. */
const struct configmap *graphs_find(const struct app *app, const struct store *maps, const char *word, struct err *err);
/* Both: lists them into *maps (the caller's, also after a failure) and finds the one that is meant. Returns the command's status, and
 * has said why. */
int graphs_open(struct app *app, const char *word, struct store **maps, const struct configmap **map);
/* Parses its text; NULL when it cannot be (a newer format …) with a sentence. */
struct graph *graphs_parse(struct app *app, const struct configmap *map, struct err *err);
/* The newest revision's number and time (ns), 0 when unknown. */
int64_t graphs_revision(const struct configmap *map, int64_t *at);

#endif
