/* event: what of an event is kept (core/v1). */
#ifndef K8S_KINDS_EVENT_H
#define K8S_KINDS_EVENT_H

#include "k8s/record.h"

struct event {
    struct record r;
    istr type /* Normal, Warning */, reason, message, component;
    istr on_kind, on_name, on_uid, on_field; /* involvedObject */
    int64_t first, last; /* ns; the finest of eventTime, firstTimestamp, and the hex UnixNano in the event's name where
                            it agrees within a second */
    bool exact;          /* `first` is finer than a second */
    int count;
};

#endif
