/* report: what deploy and timing print: where the time of each pod's start went. */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "app/app.h"
#include "app/scrape.h"
#include "app/table.h"

/* The pods of a graph with their phases, as a table of durations, the sum first; unknown is "?" and never 0. */
void report_timing(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                   const char *graph, enum table_format format, struct buf *out);
/* "8 pods ready 2.9s after the first was created; first result after 3.4s", or "". */
void report_totals(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                   const char *graph, struct buf *out);
/* Whether every pod of the graph that can say so has had its first result, and all are ready. */
bool report_complete(const struct store *pods, const struct scrape *scrape, const char *ns, const char *graph);

#endif
