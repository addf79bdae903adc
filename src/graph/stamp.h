/* stamp: an item of spec.things or spec.links with `foreach: cameras.csv` becomes one for each row of that file, with
 * ${row.COLUMN} filled in. Text to text: comments and all else stay as they are. Pure: the caller reads the file. */
#ifndef GRAPH_STAMP_H
#define GRAPH_STAMP_H

#include "graph/source.h"

/* The text of the file that a document calls `name`: 0, or -1 with why not. */
typedef int (*stamp_read_fn)(void *data, const char *name, struct buf *out, struct err *err);

/* Changes source->text where it is a template, and then sets source->stamped. -1: faults, told at their places; the text is
 * as it was. A text that is no YAML, or no graph, is left to graph_parse(). */
int graph_stamp(struct source_text *source, stamp_read_fn read, void *data, struct faults *faults);

#endif
