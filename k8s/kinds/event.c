#include "k8s/kinds/event.h"

#include "k8s/field.h"

/* An event's name is "<object>.<hex UnixNano>" of its first emission: the only trace of it finer than a second. 0: not
 * such a name. */
static int64_t name_time(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (!dot || strlen(dot + 1) < 15 || strlen(dot + 1) > 16)
        return 0;
    int64_t ns = 0;
    for (const char *s = dot + 1; *s; s++) {
        int digit = *s >= '0' && *s <= '9' ? *s - '0' : *s >= 'a' && *s <= 'f' ? *s - 'a' + 10 : -1;
        if (digit < 0 || ns > INT64_MAX >> 4)
            return 0;
        ns = ns << 4 | digit;
    }
    return ns;
}

static void read_times(struct event *event, const cJSON *object)
{
    int64_t micro = json_time(object, "eventTime");
    int64_t first = json_time(object, "firstTimestamp");
    int64_t named = name_time(event->r.name);
    int64_t known = micro ? micro : first;
    int64_t apart;
    if (micro) {
        event->first = micro;
        event->exact = true;
    } else if (named && known && !__builtin_sub_overflow(named, known, &apart) && apart >= -NSEC_PER_SEC &&
               apart <= NSEC_PER_SEC) {
        event->first = named;
        event->exact = true;
    } else {
        event->first = known ? known : event->r.created;
    }
    event->last = json_time(object, "series.lastObservedTime");
    if (!event->last)
        event->last = json_time(object, "lastTimestamp");
    /* Whole seconds of the same second: the finer one is the later one. */
    if (event->last < event->first)
        event->last = event->first;
}

static void parse(struct record *record, const cJSON *object)
{
    struct event *event = (struct event *)record;
    event->type = field_istr(object, "type");
    event->reason = field_istr(object, "reason");
    event->message = field_istr(object, "message");
    event->component = field_istr(object, "source.component");
    if (!event->component)
        event->component = field_istr(object, "reportingComponent");
    event->on_kind = field_istr(object, "involvedObject.kind");
    event->on_name = field_istr(object, "involvedObject.name");
    event->on_uid = field_istr(object, "involvedObject.uid");
    event->on_field = field_istr(object, "involvedObject.fieldPath");
    event->count = field_int(object, "series.count", 0);
    if (event->count <= 0)
        event->count = MAX(field_int(object, "count", 1), 1);
    read_times(event, object);
}

static void release(struct record *record)
{
    struct event *event = (struct event *)record;
    const istr texts[] = {event->type,    event->reason,  event->message, event->component,
                          event->on_kind, event->on_name, event->on_uid,  event->on_field};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        istr_unref(texts[i]);
}

static const char *const skip[] = {
    "metadata.annotations", "related", NULL,
};

const struct kind kind_event = {
    .group = "",
    .version = "v1",
    .plural = "events",
    .name = "Event",
    .shorts = "ev event",
    .namespaced = true,
    .size = sizeof(struct event),
    .skip = skip,
    .parse = parse,
    .release = release,
};
