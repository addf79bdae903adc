#include "ui/view.h"

#include "k8s/kinds/deployment.h"
#include "k8s/kinds/event.h"
#include "ops/timing.h"
#include "ui/objects.h"
#include "ui/table.h"

enum column { NAMESPACE, LAST, FIRST, TYPE, REASON, OBJECT, COUNT, MESSAGE, GRAPH, THING };

static const struct list_column columns[] = {
    [NAMESPACE] = {"NAMESPACE", .max = 20, .rank = 3},
    [LAST] = {"LAST", .min = 5, .passing = true, .since = true},
    [FIRST] = {"FIRST", .rank = 5, .passing = true, .since = true, .drifts = true},
    [TYPE] = {"TYPE", .rank = 4},
    [REASON] = {"REASON", .max = 22},
    [OBJECT] = {"OBJECT", .min = 14, .max = 36, .shrink = true, .rank = 1},
    [COUNT] = {"×", .right = true, .rank = 2, .drifts = true},
    [MESSAGE] = {"MESSAGE", .min = 30, .stretch = true},
    [GRAPH] = {"GRAPH", .max = 24, .rank = RANK_EXTRA + 3, .spare = true, .drifts = true},
    [THING] = {"THING", .max = 24, .rank = RANK_EXTRA + 2, .spare = true, .drifts = true},
};

/* Events that say the same of the same object are one row, the newest of them. */
struct events {
    struct table table;
    struct index on_objects;
    enum { ALL, WARNINGS_FIRST, WARNINGS_ONLY } mode;
};

enum { EVENTS_WARNINGS = LIST_COMMANDS, EVENTS_ENTER, EVENTS_GRAPH };

static const struct binding bindings[] = {
    {"Enter", EVENTS_ENTER, "object", "the object it is about, and its events"},
    {"d", EVENTS_ENTER, NULL, "the object in words, with its events"},
    {"w", OBJECT_WHY, "why", "why the object is not well, and what helps"},
    OBJECT_LOGS_BINDING,
    {"f", EVENTS_WARNINGS, "warnings", "warnings first, warnings only, or all"},
    {"o", EVENTS_GRAPH, NULL, "only those of its graph, or all again"},
    {NULL},
};

static bool is_warning(const struct event *event)
{
    return str_eq(event->type, "Warning");
}

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

static int64_t first_of_same(const struct events *events, const struct event *event)
{
    int64_t first = event->first;
    INDEX_EACH(struct event, e, &events->on_objects, index_hash(event->on_uid))
        if (same(e, event) && e->first && (!first || e->first < first))
            first = e->first;
    return first;
}

/* Of the thing that an event is about; NULL: it is about none. Names tell: a pod is called after its replica set, that one
 * after its deployment, and they may all be gone. */
static const struct deployment *thing_of(const struct events *events, const struct event *event)
{
    static const struct {
        const char *kind;
        int parts; /* behind the deployment's name */
    } kinds[] = {{"Pod", 2}, {"ReplicaSet", 1}, {"Deployment", 0}, {"Service", 0}};
    struct store *store = model_store(dashboard_model(events->table.dash), SOURCE_DEPLOYMENTS);
    char name[256];
    size_t k = 0;
    while (k < ARRAY_SIZE(kinds) && !str_eq(event->on_kind, kinds[k].kind))
        k++;
    if (k == ARRAY_SIZE(kinds) || !store || !store_count(store))
        return NULL;
    snprintf(name, sizeof name, "%s", str_or_empty(event->on_name));
    for (int i = 0; i < kinds[k].parts; i++) {
        char *dash = strrchr(name, '-');
        if (!dash)
            return NULL;
        *dash = '\0';
    }
    return (const struct deployment *)store_find(store, event->r.ns, name);
}

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    struct events *events = data;
    const struct event *event = row;
    bool warning = is_warning(event);
    const struct deployment *thing;
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
    case FIRST:
        count = first_of_same(events, event);
        table_age(events->table.dash, out->text, sizeof out->text, count);
        out->number = true;
        out->order = -(double)count;
        break;
    case TYPE:
        out->shown = str_or_empty(event->type);
        out->role = warning ? ROLE_WARNING : ROLE_DIM;
        break;
    case REASON:
        out->shown = str_or_empty(event->reason);
        out->glyph = warning ? health_glyph(HEALTH_WARN) : ' '; /* seen without colours, and where TYPE has no room */
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
    case GRAPH:
    case THING:
        thing = thing_of(events, event);
        out->shown = !thing ? "" : str_or_empty(column == GRAPH ? thing->graph : thing->thing);
        break;
    }
}

/* The newest first, or of the warnings, and then of the others. */
static int compare(void *data, const void *a, const void *b)
{
    const struct events *events = data;
    const struct event *x = a, *y = b;
    if (events->mode == WARNINGS_FIRST && is_warning(x) != is_warning(y))
        return is_warning(x) ? -1 : 1;
    if (x->last != y->last)
        return x->last < y->last ? 1 : -1;
    return table_compare_records(NULL, a, b);
}

/* What the server has forgotten. */
static bool dimmed(void *data, const void *row)
{
    struct events *events = data;
    return model_forgotten(dashboard_model(events->table.dash), row);
}

static const char *empty(void *data)
{
    struct events *events = data;
    return table_empty(&events->table, SOURCE_EVENTS, events->mode == WARNINGS_ONLY
                                                          ? "no warnings" : "no events; a cluster keeps them for an hour");
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = table_identity,
    .compare = compare,
    .empty = empty,
    .dimmed = dimmed,
    .hidden = table_hides_namespace,
};

static bool shows(void *state, const struct record *record)
{
    struct events *events = state;
    const struct event *event = (const struct event *)record;
    if (!table_in_namespace(&events->table, record) || (events->mode == WARNINGS_ONLY && !is_warning(event)))
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

static void learn(void *state, enum model_source_id source, const struct change *change)
{
    struct events *events = state;
    if (source == SOURCE_EVENTS)
        index_change(&events->on_objects, change);
    else if (change->type != CHANGE_MODIFIED) /* of which graph an event is, deployments say */
        events->table.dirty = true;
}

/* With one that came or went, another of those that say the same may be the newest. */
static void touch(void *state, const struct record *record)
{
    struct events *events = state;
    const struct event *event = (const struct event *)record;
    if (record->kind != &kind_event)
        return;
    INDEX_EACH(struct event, e, &events->on_objects, index_hash(event->on_uid))
        if (e != event && same(e, event))
            table_recheck(&events->table, &e->r);
}

static const struct table_rows rows = {
    .sources = CHANGED_EVENTS, .also = CHANGED_DEPLOYMENTS, .shows = shows, .begin = begin, .end = end, .learn = learn, .touch = touch,
};

static unsigned enter(void *state)
{
    struct events *events = state;
    const struct event *event = table_selected(state);
    if (!event)
        return DID_HANDLE;
    const struct kind *kind = event->on_kind ? kind_find(event->on_kind) : NULL;
    if (!event->on_kind || !event->on_name)
        return DID_HANDLE;
    if (!kind) { /* the server knows what it is */
        char where[600];
        snprintf(where, sizeof where, "%.255s/%.255s", str_or_empty(event->r.ns), event->on_name);
        object_describe(events->table.dash, event->on_kind, where);
        return DID_CHANGE;
    }
    struct record of = {.kind = kind, .ns = kind->namespaced ? event->r.ns : NULL, .name = event->on_name,
                        .uid = event->on_uid};
    return object_command(events->table.dash, OBJECT_DESCRIBE, &of);
}

/* Itself, else the deployment that it is of; NULL: neither is there any more. */
static const struct record *about(const struct events *events, const struct event *event)
{
    static const struct {
        const char *kind;
        enum model_source_id source;
    } kinds[] = {{"Pod", SOURCE_PODS}, {"Node", SOURCE_NODES}};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct store *store =
            str_eq(event->on_kind, kinds[i].kind) ? model_store(dashboard_model(events->table.dash), kinds[i].source) : NULL;
        const struct record *found = store && event->on_name ? store_find(store, i ? NULL : event->r.ns, event->on_name) : NULL;
        if (found)
            return found;
    }
    return (const struct record *)thing_of(events, event);
}

static unsigned ask_about(struct events *events, int command)
{
    const struct event *event = table_selected(events);
    const struct record *record = event ? about(events, event) : NULL;
    if (record || !event)
        return object_command(events->table.dash, command, record);
    dashboard_say(events->table.dash, ROLE_DIM, "nothing is known here of the %s %s any more", str_or_empty(event->on_kind),
                  str_or_empty(event->on_name));
    return DID_CHANGE;
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
    if (command == OBJECT_WHY || command == OBJECT_LOGS)
        return ask_about(events, command);
    if (command == EVENTS_WARNINGS) {
        events->mode = (events->mode + 1) % 3;
        events->table.dirty = true;
        return DID_CHANGE;
    }
    if (command == EVENTS_GRAPH) {
        const struct event *event = table_selected(state);
        const struct deployment *thing = event ? thing_of(events, event) : NULL;
        return table_filter_graph(&events->table, thing ? thing->graph : NULL);
    }
    return table_command(state, command);
}

static void events_summary(void *state, char *out, size_t size)
{
    static const char *const told[] = {"", ", warnings first", ", warnings only"};
    table_summary(state, out, size);
    snprintf(out + strlen(out), size - strlen(out), "%s", told[((struct events *)state)->mode]);
}

/* The whole message of the selected row: the column may have cut it. */
static void events_status(void *state, char *out, size_t size, enum role *role)
{
    const struct event *event = table_selected(state);
    *role = ROLE_DIM;
    if (event)
        snprintf(out, size, "%s%s", dimmed(state, event) ? "kept here, the server has forgotten it: " : "",
                 str_or_empty(event->message));
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
    .summary = events_summary,
    .status = events_status,
    TABLE_FILTER,
};
