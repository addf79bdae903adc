/* outcome: how a watch ended, and what follows from it. Pure: one table, as client-go's reflector has it. */
#ifndef K8S_OUTCOME_H
#define K8S_OUTCOME_H

#include "base/json.h"
#include "net/client.h"

enum next_step {
    NEXT_WATCH,       /* again at once, at the same resourceVersion */
    NEXT_WATCH_LATER, /* the same after the back-off */
    NEXT_LIST_LATER,  /* list anew after the back-off */
    NEXT_REFUSED,     /* only after a long time: nobody lets us in */
};

struct watch_end {
    enum http_outcome outcome;
    int status;         /* of HTTP; 0 without a head */
    const cJSON *error; /* the Status of an ERROR event, or NULL */
    bool garbage;       /* what came was no stream of events */
    int64_t lasted;     /* ns */
    size_t events;      /* that came, bookmarks included */
};

enum next_step watch_next(const struct watch_end *end);
/* How a list's request that failed goes on: NEXT_LIST_LATER or NEXT_REFUSED. */
enum next_step list_next(enum http_outcome outcome, int status);

#endif
