#include "ui/view.h"

#include "k8s/kinds/event.h"
#include "ops/timing.h"
#include "ui/objects.h"
#include "ui/table.h"

enum column { NAMESPACE, LAST, TYPE, REASON, OBJECT, COUNT, MESSAGE };

static const struct list_column columns[] = {
    [NAMESPACE] = {"NAMESPACE", .max = 20, .rank = 3},
    [LAST] = {"LAST", .min = 5, .passing = true, .since = true},
    [TYPE] = {"TYPE", .rank = 4},
    [REASON] = {"REASON", .max = 22},
    [OBJECT] = {"OBJECT", .min = 14, .max = 36, .shrink = true, .rank = 1},
    [COUNT] = {"×", .right = true, .rank = 2, .drifts = true},
    [MESSAGE] = {"MESSAGE", .min = 30, .stretch = true},
};

/* Events that say the same of the same object are one row, the newest of them. */
struct events {
    struct table table;
    struct index on_objects;
    bool warnings; /* only these */
};

enum { EVENTS_WARNINGS = LIST_COMMANDS, EVENTS_ENTER };

static const struct binding bindings[] = {
    {"Enter", EVENTS_ENTER, "object", "the object it is about, and its events"},
    {"f", EVENTS_WARNINGS, "warnings", "warnings only, or all"},
    {NULL},
};

static bool same(const struct event *a, const struct event *b)
{
    return a->on_uid == b->on_uid && a->reason == b->reason && a->message == b->message && a->on_name == b->on_name &&
           a->r.ns == b->r.ns;
}

static bool newer(const struct event *a, const struct event *b)
{
    return a->last != b->last ? a->last > b->last : strcmp(a->r.name, b->r.name) > 0;
}

static int64_t count_same(const struct events *events, const struct event *event)
{
    int64_t count = 0;
    INDEX_EACH(struct event, e, &events->on_objects, index_hash(event->on_uid))
        count += same(e, event) ? MAX(1, e->count) : 0;
    return count;
}

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    struct events *events = data;
    const struct event *event = row;
    bool warning = str_eq(event->type, "Warning");
    int64_t count;
    switch ((enum column)column) {
    case NAMESPACE:
        out->shown = str_or_empty(event->r.ns);
        out->role = ROLE_DIM;
        break;
    case LAST:
        table_age(events->table.dash, out->text, sizeof out->text, event->last);
        out->number = true;
        out->order = -(double)event->last;
        break;
    case TYPE:
        out->shown = str_or_empty(event->type);
        out->role = warning ? ROLE_WARNING : ROLE_DIM;
        break;
    case REASON:
        out->shown = str_or_empty(event->reason);
        out->role = warning ? ROLE_WARNING : ROLE_NORMAL;
        break;
    case OBJECT:
        snprintf(out->text, sizeof out->text, "%s/%s", str_or_empty(event->on_kind), str_or_empty(event->on_name));
        for (char *c = out->text; *c && *c != '/'; c++)
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c - 'A' + 'a');
        break;
    case COUNT:
        count = count_same(events, event);
        snprintf(out->text, sizeof out->text, "%" PRId64, count);
        out->role = count > 1 ? ROLE_NORMAL : ROLE_DIM;
        out->number = true;
        out->order = (double)count;
        break;
    case MESSAGE:
        out->shown = str_or_empty(event->message);
        break;
    }
}

/* The newest first. */
static int compare(void *data UNUSED, const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->last != y->last)
        return x->last < y->last ? 1 : -1;
    return table_compare_records(NULL, a, b);
}

static const char *empty(void *data)
{
    struct events *events = data;
    return table_empty(&events->table, SOURCE_EVENTS, events->warnings
                                                          ? "no warnings" : "no events; a cluster keeps them for an hour");
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = table_identity,
    .compare = compare,
    .empty = empty,
    .hidden = table_hides_namespace,
};

static bool shows(void *state, const struct record *record)
{
    struct events *events = state;
    const struct event *event = (const struct event *)record;
    if (!table_in_namespace(&events->table, record) || (events->warnings && !str_eq(event->type, "Warning")))
        return false;
    INDEX_EACH(struct event, e, &events->on_objects, index_hash(event->on_uid))
        if (e != event && same(e, event) && newer(e, event))
            return false;
    return true;
}

static void begin(void *state)
{
    struct events *events = state;
    index_init(&events->on_objects, model_store(dashboard_model(events->table.dash), SOURCE_EVENTS), event_object_key);
}

static void end(void *state)
{
    index_release(&((struct events *)state)->on_objects);
}

static void learn(void *state, enum model_source_id source UNUSED, const struct change *change)
{
    index_change(&((struct events *)state)->on_objects, change);
}

/* With one that came or went, another of those that say the same may be the newest. */
static void touch(void *state, const struct record *record)
{
    struct events *events = state;
    const struct event *event = (const struct event *)record;
    INDEX_EACH(struct event, e, &events->on_objects, index_hash(event->on_uid))
        if (e != event && same(e, event))
            table_recheck(&events->table, &e->r);
}

static const struct table_rows rows = {
    .sources = CHANGED_EVENTS, .shows = shows, .begin = begin, .end = end, .learn = learn, .touch = touch,
};

static unsigned enter(void *state)
{
    struct events *events = state;
    const struct event *event = table_selected(state);
    if (!event)
        return DID_HANDLE;
    const struct kind *kind = event->on_kind ? kind_find(event->on_kind) : NULL;
    if (!kind || !event->on_name) {
        dashboard_say(events->table.dash, ROLE_WARNING, "a %s cannot be shown here", str_or_empty(event->on_kind));
        return DID_CHANGE;
    }
    struct record of = {.kind = kind, .ns = kind->namespaced ? event->r.ns : NULL, .name = event->on_name,
                        .uid = event->on_uid};
    return object_command(events->table.dash, OBJECT_DESCRIBE, &of);
}

static void *events_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct events *events = xcalloc(1, sizeof *events);
    table_init(&events->table, dash, &list_class, CHANGED_CONTEXT, NULL);
    table_follow(&events->table, &rows);
    events->table.enter = enter;
    return events;
}

static void events_close(void *state)
{
    table_release(state);
    free(state);
}

static unsigned events_command(void *state, int command, const struct key *key UNUSED)
{
    struct events *events = state;
    if (command == EVENTS_ENTER)
        return enter(state);
    if (command == EVENTS_WARNINGS) {
        events->warnings = !events->warnings;
        events->table.dirty = true;
        return DID_CHANGE;
    }
    return table_command(state, command);
}

/* The whole message of the selected row: the column may have cut it. */
static void events_status(void *state, char *out, size_t size, enum role *role)
{
    const struct event *event = table_selected(state);
    *role = ROLE_DIM;
    if (event)
        snprintf(out, size, "%s", str_or_empty(event->message));
}

const struct view view_events = {
    .name = "events",
    .title = "Events",
    .words = "ev event",
    .digit = '5',
    .sources = CHANGED_EVENTS,
    .bindings = bindings,
    .list = &list_class,
    .more_bindings = list_bindings,
    .open = events_open,
    .close = events_close,
    .draw = table_draw,
    .key = table_key,
    .command = events_command,
    .changed = table_changed,
    .visible = table_visible,
    .summary = table_summary,
    .status = events_status,
    TABLE_FILTER,
};
