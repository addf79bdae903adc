#include "ui/view.h"

#include "ui/dashboard_private.h"
#include "ui/table.h"

/* The ports of this machine that lead to pods. They are the dashboard's, and end with it. */

enum column { LOCAL, TO, PORT, POD, CONNECTIONS, SENT, RECEIVED, AGE, STATE };

static const struct list_column columns[] = {
    [LOCAL] = {"LOCAL", .min = 16},
    [TO] = {"TO", .min = 12, .shrink = true},
    [PORT] = {"PORT", .right = true},
    [POD] = {"POD", .min = 12, .rank = 4, .shrink = true},
    [CONNECTIONS] = {"CONN", .right = true, .passing = true},
    [SENT] = {"SENT", .right = true, .rank = 2, .passing = true},
    [RECEIVED] = {"RECEIVED", .right = true, .rank = 1, .passing = true},
    [AGE] = {"AGE", .min = 5, .rank = 3, .passing = true},
    [STATE] = {"STATE", .min = 9, .stretch = true},
};

enum { FORWARDS_CLOSE = LIST_COMMANDS, FORWARDS_COPY };

static const struct binding bindings[] = {
    {"X", FORWARDS_CLOSE, "close", "close it; its connections end"},
    {"Enter", FORWARDS_COPY, "copy", "copy its address"},
    {NULL},
};

static void bytes(struct list_cell *out, uint64_t count)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)count;
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
        value /= 1024;
    snprintf(out->text, sizeof out->text, "%.*f %s", unit && value < 10 ? 1 : 0, value, units[unit]);
    out->number = true;
    out->order = (double)count;
}

static void state(const struct model_forward *of, struct list_cell *out)
{
    if (of->waiting) {
        snprintf(out->text, sizeof out->text, "no pod");
        out->role = ROLE_WARNING;
        out->glyph = GLYPH_WARN;
    } else if (of->failed) {
        snprintf(out->text, sizeof out->text, "%zu failed", of->failed);
        out->role = ROLE_WARNING;
        out->glyph = GLYPH_WARN;
    } else {
        snprintf(out->text, sizeof out->text, "%s", of->connections ? "in use" : "listening");
        out->role = ROLE_GOOD;
        out->glyph = GLYPH_GOOD;
    }
}

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    struct table *table = data;
    const struct model_forward *of = row;
    switch ((enum column)column) {
    case LOCAL:
        snprintf(out->text, sizeof out->text, "localhost:%u", of->local);
        break;
    case TO:
        snprintf(out->text, sizeof out->text, "%s/%s", of->ns, of->of ? of->of : of->pod);
        break;
    case PORT:
        snprintf(out->text, sizeof out->text, "%u", of->remote);
        break;
    case POD:
        out->shown = of->pod;
        out->role = ROLE_DIM;
        break;
    case CONNECTIONS:
        snprintf(out->text, sizeof out->text, "%zu", of->connections);
        out->number = true;
        out->order = (double)of->connections;
        break;
    case SENT:
        bytes(out, of->sent);
        break;
    case RECEIVED:
        bytes(out, of->received);
        break;
    case AGE:
        table_age(table->dash, out->text, sizeof out->text, of->since);
        out->number = true;
        out->order = -(double)of->since;
        break;
    case STATE:
        state(of, out);
        break;
    }
}

static void identity(void *data UNUSED, const void *row, char *out, size_t size)
{
    snprintf(out, size, "%u", ((const struct model_forward *)row)->id);
}

static const char *empty(void *data UNUSED)
{
    return "no port is forwarded; F on a pod or a thing forwards one";
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = identity,
    .empty = empty,
};

static void rebuild(void *data)
{
    struct table *table = data;
    const struct model *model = dashboard_model(table->dash);
    list_begin(&table->list);
    for (size_t i = 0; i < model->forward_count; i++)
        list_add(&table->list, &model->forwards[i]);
    list_end(&table->list);
}

static void *forwards_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct table *table = xcalloc(1, sizeof *table);
    table_init(table, dash, &list_class, CHANGED_FORWARDS, rebuild);
    return table;
}

static void forwards_close(void *data)
{
    table_release(data);
    free(data);
}

static void forwards_draw(void *data, struct area area)
{
    struct table *table = data;
    model_count_forwards(dashboard_model(table->dash));
    table_draw(data, area);
}

static unsigned forwards_command(void *data, int command, const struct key *key UNUSED)
{
    struct table *table = data;
    const struct model_forward *of = table_selected(data);
    struct err err = ERR_INIT;
    char text[64];
    if (!of || (command != FORWARDS_CLOSE && command != FORWARDS_COPY))
        return table_command(data, command);
    snprintf(text, sizeof text, "localhost:%u", of->local);
    if (command == FORWARDS_COPY)
        dashboard_copy(table->dash, text);
    else if (model_end_forward(dashboard_model(table->dash), of->id, &err) < 0)
        dashboard_say(table->dash, ROLE_WARNING, "%s", err.text);
    else
        dashboard_say(table->dash, ROLE_GOOD, "%s is closed", text);
    return DID_CHANGE;
}

static void forwards_status(void *data, char *out, size_t size, enum role *role)
{
    const struct model_forward *of = table_selected(data);
    if (!of || (!of->why[0] && !of->waiting))
        return;
    *role = ROLE_WARNING;
    snprintf(out, size, "%s", of->waiting ? "its pod is gone; it goes on with the next one that runs" : of->why);
}

const struct view view_forwards = {
    .name = "forwards",
    .title = "Forwards",
    .words = "pf forward-list",
    .ages = true,
    .wordy = true,
    .bindings = bindings,
    .list = &list_class,
    .more_bindings = list_bindings,
    .open = forwards_open,
    .close = forwards_close,
    .draw = forwards_draw,
    .command = forwards_command,
    .key = table_key,
    .changed = table_changed,
    .summary = table_summary,
    .status = forwards_status,
    TABLE_FILTER,
};
