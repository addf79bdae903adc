/* timings: how the pods of one deployment came up, as the graph's history keeps it, to be shown and compared later.
 *
 * "timing": an array of {"thing", "pod", "node", "nodeKind", "image", "created" (RFC 3339), and in seconds "scheduled", "sandbox",
 * "pull" (0: it was there), "start", "ready", "firstResult", "afterInputs" (the first result, once the pod ran and had what it
 * waited for), "total"}, with "endsReady" where it gives no results; "path": the critical path, an array of {"thing", "pod", "phase",
 * "seconds"}; "up": seconds, its sum; "notUp": so many pods are not up yet: then there is no path. What is not known is missing, never 0. A
 * revision of the history has the same keys among its own. */
#ifndef APP_TIMINGS_H
#define APP_TIMINGS_H

#include "app/app.h"
#include "app/table.h"
#include "ops/course.h"

/* nodes: NULL: their kinds are not known. began: as of course_path. With `sources`, entries have "phases" as well: {"phase", "at",
 * "seconds", "plusMinus", "source"}. */
cJSON *timings_of(const struct course *course, const struct store *nodes, int64_t began, bool sources);

/* A pod a line, what adds up to the whole, and for people the waterfall; for machines a phase a line (CSV), or all of it. */
void timings_print(const cJSON *timings, enum table_format format, struct buf *out);
/* Two of them, a thing a line: what each phase took then, and how much more or less it is now. Of a thing with several pods the
 * slowest counts. For machines a phase of a thing a line, in seconds. */
void timings_compare(const cJSON *before, const cJSON *after, enum table_format format, struct buf *out);

/* Puts them into the newest entry of the graph's history, if that is still this text's and there is room for them. done is called
 * once, from the loop: kept is false when that could not be done. timings are taken. */
struct timings_keeper;
typedef void (*timings_kept_fn)(void *data, bool kept);
struct timings_keeper *timings_keep(struct kube_client *client, const char *ns, const char *graph, const char *text, size_t len,
                                    cJSON *timings, timings_kept_fn done, void *data);
/* done is not called. */
void timings_keep_cancel(struct timings_keeper *keeper);

#endif
