/* overlay: what one site has otherwise: a ServiceGraph of the same name, or of none, that is laid over a graph's text. Things
 * go by name: maps are merged, null takes a key away, all else is replaced; new things and links are added. */
#ifndef GRAPH_OVERLAY_H
#define GRAPH_OVERLAY_H

#include "graph/source.h"

/* Changes source->text; name: the overlay's, for faults. -1: faults, and the text is not to be used. A source that is no
 * ServiceGraph is left to graph_parse(). */
int graph_overlay(struct source_text *source, const char *name, const char *text, size_t len, struct faults *faults);

#endif
