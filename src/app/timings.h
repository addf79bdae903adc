/* timings: how the pods of one deployment came up, as the graph's history keeps it, to be shown and compared later.
 *
 * An array of {"thing", "pod", "node", "image", and in seconds "scheduled", "sandbox", "pull", "start", "ready",
 * "firstResult", "total"}; what is not known is missing, never 0. */
#ifndef APP_TIMINGS_H
#define APP_TIMINGS_H

#include "app/app.h"
#include "app/scrape.h"
#include "app/table.h"

cJSON *timings_of(const struct store *pods, const struct store *events, const struct scrape *scrape, const char *ns,
                  const char *graph);
/* As a table, a pod a line. */
void timings_print(const cJSON *timings, enum table_format format, struct buf *out);
/* Two of them, a thing a line: what each phase took then, and how much more or less it is now. Of a thing with several pods the
 * slowest counts. */
void timings_compare(const cJSON *before, const cJSON *after, enum table_format format, struct buf *out);
/* Puts them into the newest entry of the graph's history, if that is still this text's and there is room for them. A failure is
 * only noted: the deployment itself is done. timings are taken. */
void timings_keep(struct app *app, const char *ns, const char *graph, const char *text, size_t len, cJSON *timings);

#endif
