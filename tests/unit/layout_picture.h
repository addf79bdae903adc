/* layout_picture: graphs from a line of text, and layouts as text, for the tests. */
#ifndef TESTS_LAYOUT_PICTURE_H
#define TESTS_LAYOUT_PICTURE_H

#include "base/buf.h"
#include "graph/layout.h"

/* "a b c: a.x>b.y b.z>c.y" : things, then links; ports come from the links. "a@10,4" pins a. */
struct graph *picture_graph(const char *text);
void picture_graph_free(struct graph *graph);
/* All of the layout; with names and ports. */
void picture_draw(struct buf *out, const struct graph *graph, const struct layout *layout, bool ascii);
/* NULL, or what is wrong with the layout: a wire through a box, nets that touch, a link that does not arrive. */
const char *picture_fault(const struct graph *graph, const struct layout *layout);

#endif
