#include "ui/table.h"

#include "base/time.h"

void table_init(struct table *table, struct dashboard *dash, const struct list_class *class, unsigned watch,
                void (*rebuild)(void *state))
{
    *table = (struct table){.dash = dash, .watch = watch, .dirty = true, .rebuild = rebuild};
    list_init(&table->list, class, table);
    table->list.layout = dashboard_layout(dash);
}

/* More changes at once than this are not gone through one by one: the rows are made anew when they are drawn. */
#define MANY 1024

static bool is_row_source(const struct table *table, enum model_source_id id)
{
    return table->rows->sources & 1u << id;
}

static bool shows(struct table *table, const struct record *record)
{
    return table->rows->shows ? table->rows->shows(table, record) : table_in_namespace(table, record);
}

static void change_one(struct table *table, enum model_source_id id, const struct change *change)
{
    const struct table_rows *rows = table->rows;
    if (rows->learn)
        rows->learn(table, id, change);
    if (!change->now && is_row_source(table, id))
        list_unmark(&table->list, change->before);
    if (table->list.stale)
        return;
    const struct record *now = change->now && shows(table, change->now) ? change->now : NULL;
    if (is_row_source(table, id))
        list_change(&table->list, change->before, now);
    if (rows->touch && change->before)
        rows->touch(table, change->before);
    if (rows->touch && change->now)
        rows->touch(table, change->now);
}

/* How many rows there are without the filter, where that can be said of a change alone. */
static void count_one(struct table *table, const struct change *change)
{
    if (table->rows->shows) {
        table->recount = true;
        return;
    }
    if (table->list.stale)
        return;
    table->list.total += change->now && table_in_namespace(table, change->now);
    table->list.total -= change->before && table_in_namespace(table, change->before);
}

static void on_changes(void *data, const struct change *changes, size_t count)
{
    struct table_source *source = data;
    struct table *table = source->table;
    if (count > MANY && is_row_source(table, source->id))
        list_forget(&table->list);
    for (size_t i = 0; i < count; i++) {
        change_one(table, source->id, &changes[i]);
        if (is_row_source(table, source->id))
            count_one(table, &changes[i]);
    }
}

void table_recheck(struct table *table, const struct record *record)
{
    if (shows(table, record))
        list_change(&table->list, record, record);
    else
        list_drop(&table->list, record);
}

void table_follow(struct table *table, const struct table_rows *rows)
{
    table->rows = rows;
}

static void see(struct table *table)
{
    struct model *model = dashboard_model(table->dash);
    if (table->rows->begin)
        table->rows->begin(table);
    for (int i = 0; i < SOURCE_COUNT; i++) {
        struct table_source *source = &table->sources[i];
        source->table = table;
        source->id = (enum model_source_id)i;
        if (((table->rows->sources | table->rows->also) & 1u << i) && model_store(model, source->id))
            store_listen(model_store(model, source->id), &source->listener, on_changes, source);
    }
    table->dirty = true;
}

static void lose(struct table *table)
{
    for (int i = 0; i < SOURCE_COUNT; i++)
        store_unlisten(&table->sources[i].listener);
    list_forget(&table->list);
    if (table->rows->end)
        table->rows->end(table);
}

void table_visible(void *state, bool visible)
{
    struct table *table = state;
    if (table->seen == visible)
        return;
    table->seen = visible;
    if (visible)
        see(table);
    else
        lose(table);
}

void table_release(struct table *table)
{
    if (table->rows)
        table_visible(table, false);
    list_release(&table->list);
}

static size_t count_shown(struct table *table)
{
    size_t count = 0;
    for (int i = 0; i < SOURCE_COUNT; i++) {
        struct store *store = model_store(dashboard_model(table->dash), (enum model_source_id)i);
        for (size_t r = 0; store && is_row_source(table, (enum model_source_id)i) && r < store_count(store); r++)
            count += shows(table, store_at(store, r));
    }
    return count;
}

static void make_rows(struct table *table)
{
    list_begin(&table->list);
    for (int i = 0; i < SOURCE_COUNT; i++) {
        struct store *store = model_store(dashboard_model(table->dash), (enum model_source_id)i);
        const struct record *record = store && is_row_source(table, (enum model_source_id)i) ? store_at(store, 0) : NULL, *next;
        for (size_t r = 0; record; r++, record = next) {
            next = store_at(store, r + 1);
            list_fetch_ahead(next);
            if (shows(table, record))
                list_add(&table->list, record);
        }
    }
    list_end(&table->list);
}

/* Makes the rows anew where they must be. Called before anything that looks at them. */
void table_sync(void *state)
{
    struct table *table = state;
    if (table->rows && !table->seen)
        return; /* it has none then */
    bool filtered = table->list.filter[0];
    table->list.wall = dashboard_wall(table->dash);
    table->list.stale |= list_overdue(&table->list);
    if (table->dirty || table->list.stale || (table->recount && filtered && !table->rows->sources)) {
        table->dirty = table->recount = false;
        if (table->rebuild)
            table->rebuild(state);
        else
            make_rows(table);
    }
    if (table->recount && filtered) {
        table->list.total = count_shown(table);
        table->recount = false;
    }
}

void table_draw(void *state, struct area area)
{
    struct table *table = state;
    table_sync(state);
    list_draw(&table->list, area);
    if (table->list.query && filter_due(table->list.query))
        dashboard_until(table->dash, filter_due(table->list.query));
}

unsigned table_key(void *state, const struct key *key)
{
    struct table *table = state;
    table_sync(state);
    if (key_is(key, "Esc") && table->list.filter[0]) {
        table_filter(state, NULL, true);
        return DID_CHANGE;
    }
    if (key_is(key, "Esc") && table->list.marks.count) {
        map_release(&table->list.marks, NULL);
        return DID_CHANGE;
    }
    bool entered;
    unsigned did = list_mouse(&table->list, key, &entered);
    return entered && table->enter ? table->enter(state) : did;
}

unsigned table_command(void *state, int command)
{
    struct table *table = state;
    table_sync(state);
    return list_command(&table->list, table->dash, command);
}

bool table_changed(void *state, unsigned mask)
{
    struct table *table = state;
    if (table->rows && !table->seen)
        return false;
    table->dirty |= (mask & table->watch) != 0;
    return table->dirty || (table->rows && (table->list.touched || table->list.stale));
}

/* A fault is told while it is typed; what was shown stays. */
void table_filter(void *state, const char *text, bool done)
{
    struct table *table = state;
    struct err err = ERR_INIT;
    table_sync(state);
    list_set_filter(&table->list, text, !done, &err);
    if (err_is_set(&err) || !done)
        dashboard_say(table->dash, ROLE_WARNING, "%s", err.text);
}

unsigned table_filter_graph(struct table *table, const char *graph)
{
    char text[sizeof table->list.filter];
    graph = graph ? graph : dashboard_model(table->dash)->graph_name;
    if (str_starts(table->list.filter, "graph="))
        table_filter(table, NULL, true);
    else if (!graph)
        dashboard_say(table->dash, ROLE_DIM, "this belongs to no graph");
    else {
        snprintf(text, sizeof text, "graph=%s", graph);
        table_filter(table, text, true);
    }
    return DID_CHANGE;
}

const char *table_filtered(void *state)
{
    return ((struct table *)state)->list.filter;
}

void table_complete(void *state, const char *line, size_t cursor, struct completions *out)
{
    struct table *table = state;
    table_sync(state);
    list_complete(&table->list, line, cursor, out);
}

void table_summary(void *state, char *out, size_t size)
{
    struct table *table = state;
    table_sync(state);
    list_summary(&table->list, out, size);
}

const void *table_selected(void *state)
{
    struct table *table = state;
    table_sync(state);
    return list_selected(&table->list);
}

bool table_in_namespace(const struct table *table, const struct record *record)
{
    const char *ns = dashboard_model(table->dash)->ns;
    return !ns || str_eq(record->ns, ns);
}

const char *table_empty(const struct table *table, enum model_source_id id, const char *nothing)
{
    const struct model_source *source = &dashboard_model(table->dash)->sources[id];
    if (source->why[0])
        return source->why;
    return source->state == REFLECTOR_LISTING ? "loading…" : nothing;
}

const char *table_ns(void *state)
{
    const struct record *record = table_selected(state);
    return record ? record->ns : NULL;
}

const struct record *table_selected_record(void *state)
{
    return table_selected(state);
}

enum role health_role(enum health health)
{
    static const enum role roles[] = {
        [HEALTH_UNKNOWN] = ROLE_DIM,  [HEALTH_GOOD] = ROLE_GOOD, [HEALTH_BUSY] = ROLE_BUSY,
        [HEALTH_WARN] = ROLE_WARNING, [HEALTH_BAD] = ROLE_BAD,   [HEALTH_DONE] = ROLE_DONE,
    };
    return roles[health];
}

uint32_t health_glyph(enum health health)
{
    static const uint32_t glyphs[] = {
        [HEALTH_UNKNOWN] = GLYPH_UNKNOWN, [HEALTH_GOOD] = GLYPH_GOOD, [HEALTH_BUSY] = GLYPH_BUSY,
        [HEALTH_WARN] = GLYPH_WARN,       [HEALTH_BAD] = GLYPH_BAD,   [HEALTH_DONE] = GLYPH_DONE,
    };
    return glyphs[health];
}

void table_age(struct dashboard *dash, char *out, size_t size, int64_t since)
{
    char text[TIME_TEXT];
    if (since)
        snprintf(out, size, "%s", time_age(text, dashboard_age(dash, since)));
    else
        snprintf(out, size, "<unknown>");
}

int table_compare_records(void *data UNUSED, const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    int order = x->ns == y->ns ? 0 : strcmp(str_or_empty(x->ns), str_or_empty(y->ns));
    return order || x->name == y->name ? order : strcmp(x->name, y->name);
}

void table_identity(void *data UNUSED, const void *row, char *out, size_t size)
{
    const struct record *record = row;
    snprintf(out, size, "%s", record->uid ? record->uid : record->name);
}

istr table_labels(void *data UNUSED, const void *row)
{
    return ((const struct record *)row)->labels;
}

bool table_hides_namespace(void *data, size_t column)
{
    struct table *table = data;
    return column == 0 && dashboard_model(table->dash)->ns;
}
