/* report: what deploy and timing print: where the time of each pod's start went. */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "app/app.h"
#include "app/scrape.h"
#include "app/table.h"

/* The pods of a graph with their phases, as a table of durations, the sum first; unknown is "?" and never 0. */
void report_timing(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                   const char *graph, enum table_format format, struct buf *out);
/* "3 of 3 pods ready, the slowest 2.0s after its creation …; the last first result came after 2.3s", or "". */
void report_totals(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                   const char *graph, struct buf *out);
/* Whether every pod of the graph that can say so has had its first result, and all are ready. */
bool report_complete(const struct store *pods, const struct scrape *scrape, const char *ns, const char *graph);

#endif
