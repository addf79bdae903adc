/* describe: an object in words, with its events, as `kubectl describe` tells it. Pure.
 *
 * Some kinds have sections of their own (describe_kinds.h); of any other all that it says is walked through: keys as words,
 * lists of alike things as tables, conditions with their age. What may be a credential is out of the object already
 * (redact_shown). */
#ifndef OPS_DESCRIBE_H
#define OPS_DESCRIBE_H

#include "base/json.h"

struct describe_of {
    const cJSON *object;
    const cJSON *related;    /* the list that describe_related asked for; NULL: none */
    const cJSON *events;     /* an EventList; NULL: none */
    const char *related_why; /* why they could not be had; NULL or "": they could */
    const char *events_why;
    int64_t now; /* ns since 1970 */
};

void describe_text(struct buf *out, const struct describe_of *of);
/* What else is to be listed for it, as a path; false: nothing. */
bool describe_related(struct buf *path, const cJSON *object);
/* Its events, as a path. */
void describe_events(struct buf *path, const cJSON *object);

#endif
