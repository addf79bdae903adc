#include "ui/view.h"

#include "base/map.h"
#include "base/time.h"
#include "k8s/kinds/event.h"
#include "ui/objects.h"
#include "ui/table.h"

enum column { NAMESPACE, LAST, TYPE, REASON, OBJECT, COUNT, MESSAGE };

static const struct list_column columns[] = {
    [NAMESPACE] = {"NAMESPACE", .max = 20, .rank = 3},
    [LAST] = {"LAST", .min = 5},
    [TYPE] = {"TYPE", .rank = 4},
    [REASON] = {"REASON", .max = 22},
    [OBJECT] = {"OBJECT", .min = 14, .max = 36, .shrink = true, .rank = 1},
    [COUNT] = {"×", .right = true, .rank = 2},
    [MESSAGE] = {"MESSAGE", .min = 30, .stretch = true},
};

/* Events that say the same of the same object are one row. */
struct group {
    const struct event *newest;
    int64_t count;
    char *key;
};

struct events {
    struct table table;
    struct group *groups;
    size_t count, cap;
    bool warnings; /* only these */
};

enum { EVENTS_WARNINGS = LIST_COMMANDS, EVENTS_ENTER };

static const struct binding bindings[] = {
    {"Enter", EVENTS_ENTER, "object", "the object it is about, and its events"},
    {"f", EVENTS_WARNINGS, "warnings", "warnings only, or all"},
    {NULL},
};

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    struct events *events = data;
    const struct group *group = row;
    const struct event *event = group->newest;
    bool warning = str_eq(event->type, "Warning");
    switch ((enum column)column) {
    case NAMESPACE:
        snprintf(out->text, sizeof out->text, "%s", str_or_empty(event->r.ns));
        out->role = ROLE_DIM;
        break;
    case LAST:
        table_age(events->table.dash, out->text, sizeof out->text, event->last);
        out->number = true;
        out->order = -(double)event->last;
        break;
    case TYPE:
        snprintf(out->text, sizeof out->text, "%s", str_or_empty(event->type));
        out->role = warning ? ROLE_WARNING : ROLE_DIM;
        break;
    case REASON:
        snprintf(out->text, sizeof out->text, "%s", str_or_empty(event->reason));
        out->role = warning ? ROLE_WARNING : ROLE_NORMAL;
        break;
    case OBJECT:
        snprintf(out->text, sizeof out->text, "%s/%s", str_or_empty(event->on_kind), str_or_empty(event->on_name));
        for (char *c = out->text; *c && *c != '/'; c++)
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c - 'A' + 'a');
        break;
    case COUNT:
        snprintf(out->text, sizeof out->text, "%" PRId64, group->count);
        out->role = group->count > 1 ? ROLE_NORMAL : ROLE_DIM;
        out->number = true;
        out->order = (double)group->count;
        break;
    case MESSAGE:
        snprintf(out->text, sizeof out->text, "%s", str_or_empty(event->message));
        break;
    }
}

static void identity(void *data UNUSED, const void *row, char *out, size_t size)
{
    snprintf(out, size, "%s", ((const struct group *)row)->key);
}

static const char *empty(void *data)
{
    struct events *events = data;
    return table_empty(&events->table, SOURCE_EVENTS, events->warnings && events->count == 0
                                                          ? "no warnings" : "no events; a cluster keeps them for an hour");
}

static bool hidden(void *data, size_t column)
{
    struct events *events = data;
    return column == NAMESPACE && dashboard_model(events->table.dash)->ns;
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = identity,
    .empty = empty,
    .hidden = hidden,
};

static void forget(struct events *events)
{
    for (size_t i = 0; i < events->count; i++)
        free(events->groups[i].key);
    events->count = 0;
}

static int newest_first(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->newest->last != y->newest->last)
        return x->newest->last < y->newest->last ? 1 : -1;
    return strcmp(x->key, y->key);
}

static void group_event(struct events *events, struct map *index, const struct event *event)
{
    char *key = xasprintf("%s/%s/%s/%s/%s", str_or_empty(event->r.ns), str_or_empty(event->on_uid),
                          str_or_empty(event->on_name), str_or_empty(event->reason), str_or_empty(event->message));
    size_t at = (size_t)(uintptr_t)map_get(index, key);
    if (at) {
        struct group *group = &events->groups[at - 1];
        group->count += MAX(1, event->count);
        if (event->last > group->newest->last)
            group->newest = event;
        free(key);
        return;
    }
    GROW(events->groups, events->count, events->cap);
    events->groups[events->count++] = (struct group){event, MAX(1, event->count), key};
    map_put(index, key, (void *)(uintptr_t)events->count);
}

static void rebuild(void *state)
{
    struct events *events = state;
    struct store *store = model_store(dashboard_model(events->table.dash), SOURCE_EVENTS);
    struct map index = MAP_INIT;
    forget(events);
    for (size_t i = 0; store && i < store_count(store); i++) {
        const struct event *event = (const struct event *)store_at(store, i);
        if (table_in_namespace(&events->table, &event->r) && (!events->warnings || str_eq(event->type, "Warning")))
            group_event(events, &index, event);
    }
    map_release(&index, NULL);
    if (events->count)
        qsort(events->groups, events->count, sizeof *events->groups, newest_first);
    list_begin(&events->table.list);
    for (size_t i = 0; i < events->count; i++)
        list_add(&events->table.list, &events->groups[i]);
    list_end(&events->table.list);
}

static unsigned enter(void *state)
{
    struct events *events = state;
    const struct group *group = table_selected(state);
    if (!group)
        return DID_HANDLE;
    const struct event *event = group->newest;
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
    table_init(&events->table, dash, &list_class, CHANGED_EVENTS | CHANGED_CONTEXT, rebuild);
    events->table.enter = enter;
    return events;
}

static void events_close(void *state)
{
    struct events *events = state;
    table_release(&events->table);
    forget(events);
    free(events->groups);
    free(events);
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
    const struct group *group = table_selected(state);
    *role = ROLE_DIM;
    if (group)
        snprintf(out, size, "%s", str_or_empty(group->newest->message));
}

const struct view view_events = {
    .name = "events",
    .title = "Events",
    .words = "ev event",
    .digit = '5',
    .ages = true,
    .sources = CHANGED_EVENTS,
    .bindings = bindings,
    .more_bindings = list_bindings,
    .open = events_open,
    .close = events_close,
    .draw = table_draw,
    .key = table_key,
    .command = events_command,
    .changed = table_changed,
    .summary = table_summary,
    .status = events_status,
    .filter = table_filter,
};
