#include "ui/table.h"

#include "base/time.h"

void table_init(struct table *table, struct dashboard *dash, const struct list_class *class, unsigned watch,
                void (*rebuild)(void *state))
{
    *table = (struct table){.dash = dash, .watch = watch, .dirty = true, .rebuild = rebuild};
    list_init(&table->list, class, table);
}

void table_release(struct table *table)
{
    list_release(&table->list);
}

void table_sync(void *state)
{
    struct table *table = state;
    if (!table->dirty && !table->list.stale)
        return;
    table->dirty = false;
    table->rebuild(state);
}

void table_draw(void *state, struct area area)
{
    struct table *table = state;
    table_sync(state);
    list_draw(&table->list, area);
}

unsigned table_key(void *state, const struct key *key)
{
    struct table *table = state;
    table_sync(state);
    if (key_is(key, "Esc") && table->list.filter[0]) {
        list_set_filter(&table->list, NULL);
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
    if (!(mask & table->watch))
        return false;
    table->dirty = true;
    return true;
}

void table_filter(void *state, const char *text, bool done UNUSED)
{
    struct table *table = state;
    list_set_filter(&table->list, text);
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
        snprintf(out, size, "%s", time_age(text, MAX(0, dashboard_wall(dash) - since)));
    else
        snprintf(out, size, "<unknown>");
}
