#include "k8s/outcome.h"

#define SHORT_WATCH NSEC_PER_SEC

enum next_step watch_next(const struct watch_end *end)
{
    if (end->error)
        return json_int(end->error, "code", 0) == 429 ? NEXT_WATCH_LATER : NEXT_LIST_LATER;
    if (end->garbage)
        return NEXT_LIST_LATER;
    switch (end->outcome) {
    case HTTP_REFUSED:
        return NEXT_WATCH_LATER;
    case HTTP_UNTRUSTED:
        return NEXT_REFUSED;
    case HTTP_BROKEN:
        if (end->status != 200)
            return NEXT_LIST_LATER;
        break; /* cut in the middle: the part is dropped, and the watch goes on where it was */
    case HTTP_DONE:
        if (end->status != 200)
            return end->status == 429 ? NEXT_WATCH_LATER : NEXT_LIST_LATER; /* 410, and what nobody thought of */
        break;
    }
    if (!end->events && end->lasted < SHORT_WATCH)
        return NEXT_LIST_LATER;
    return NEXT_WATCH;
}

enum next_step list_next(enum http_outcome outcome, int status)
{
    if (outcome == HTTP_UNTRUSTED)
        return NEXT_REFUSED;
    if (outcome == HTTP_DONE && (status == 401 || status == 403 || status == 404))
        return NEXT_REFUSED;
    return NEXT_LIST_LATER;
}
