#include "ui/view.h"

#include "base/time.h"
#include "ui/dashboard_private.h"
#include "ui/table.h"

/* The clusters there are: those of the kubeconfig, read again whenever the view is opened. */

enum column { CURRENT, NAME, SERVER, USER, NAMESPACE, STATE };

static const struct list_column columns[] = {
    [CURRENT] = {"", .min = 1},
    [NAME] = {"NAME", .min = 12, .shrink = true},
    [SERVER] = {"SERVER", .min = 12, .rank = 1, .shrink = true},
    [USER] = {"USER", .max = 24, .rank = 3},
    [NAMESPACE] = {"NAMESPACE", .max = 20, .rank = 2},
    [STATE] = {"STATE", .min = 8, .max = 40, .stretch = true},
};

enum { CONTEXTS_ENTER = LIST_COMMANDS };

static const struct binding bindings[] = {
    {"Enter", CONTEXTS_ENTER, "switch", "look at this cluster"},
    {NULL},
};

/* What is known of reaching it: only the one that is looked at is connected to. */
static enum role reach(struct table *table, const struct model_context *row, char *out, size_t size)
{
    const struct model *model = dashboard_model(table->dash);
    char age_text[TIME_TEXT];
    int64_t age;
    *out = '\0';
    if (!row->current) {
        static const char *const words[] = {
            [REFLECTOR_LISTING] = "", [REFLECTOR_LIVE] = "was live", [REFLECTOR_STALE] = "was not reached",
            [REFLECTOR_REFUSED] = "was refused"};
        snprintf(out, size, "%s", row->known ? words[row->state] : "");
        return row->state == REFLECTOR_LIVE ? ROLE_DIM : ROLE_WARNING;
    }
    switch (model_freshness(model, 0, dashboard_now(table->dash), &age, NULL)) {
    case REFLECTOR_LIVE:
        snprintf(out, size, "live");
        return ROLE_GOOD;
    case REFLECTOR_LISTING:
        snprintf(out, size, "loading");
        return ROLE_BUSY;
    case REFLECTOR_REFUSED:
        snprintf(out, size, "refused");
        return ROLE_BAD;
    case REFLECTOR_STALE:
        break;
    }
    snprintf(out, size, "STALE %s", time_age(age_text, age));
    return ROLE_BAD;
}

static void cell(void *data, const void *item, size_t column, struct list_cell *out)
{
    const struct model_context *row = item;
    const struct kube_context *context = row->context;
    switch ((enum column)column) {
    case CURRENT:
        snprintf(out->text, sizeof out->text, "%s", row->current ? "*" : "");
        out->role = ROLE_GOOD;
        break;
    case NAME:
        snprintf(out->text, sizeof out->text, "%s", context->name);
        break;
    case SERVER:
        snprintf(out->text, sizeof out->text, "%s", context->server ? context->server : str_or_empty(context->cluster));
        break;
    case USER:
        snprintf(out->text, sizeof out->text, "%s", str_or_empty(context->user));
        break;
    case NAMESPACE:
        snprintf(out->text, sizeof out->text, "%s", str_or_empty(context->ns));
        break;
    case STATE:
        if (context->fault) {
            snprintf(out->text, sizeof out->text, "unusable");
            out->role = ROLE_BAD;
        } else {
            out->role = reach(data, row, out->text, sizeof out->text);
        }
        break;
    }
}

static void identity(void *data UNUSED, const void *item, char *out, size_t size)
{
    snprintf(out, size, "%s", ((const struct model_context *)item)->context->name);
}

static const char *empty(void *data UNUSED)
{
    return "there are no contexts; a kubeconfig has them";
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = identity,
    .empty = empty,
};

static void rebuild(void *state)
{
    struct table *table = state;
    const struct model *model = dashboard_model(table->dash);
    list_begin(&table->list);
    for (size_t i = 0; i < model->context_count; i++)
        list_add(&table->list, &model->contexts[i]);
    list_end(&table->list);
}

void contexts_use(struct dashboard *dash, const char *name)
{
    struct err err = ERR_INIT;
    char *copy = xstrdup(name); /* it may be of the list that is read anew */
    if (model_use_context(dash->model, copy, &err) < 0)
        dashboard_say(dash, ROLE_BAD, "%s", err.text);
    else if (dash->current->view == &view_contexts)
        dashboard_go(dash, dash->last && dash->last->view != &view_help ? dash->last->view : &view_graph);
    free(copy);
}

static unsigned enter(void *state)
{
    struct table *table = state;
    const struct model_context *row = table_selected(state);
    if (row)
        contexts_use(table->dash, row->context->name);
    return DID_CHANGE;
}

static void contexts_visible(void *state, bool visible)
{
    struct table *table = state;
    struct err err = ERR_INIT;
    if (!visible)
        return;
    table->dirty = true;
    if (model_read_contexts(dashboard_model(table->dash), &err) < 0)
        dashboard_say(table->dash, ROLE_BAD, "%s", err.text);
}

static void *contexts_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct table *table = xcalloc(1, sizeof *table);
    table_init(table, dash, &list_class, CHANGED_CONTEXT | CHANGED_FRESHNESS, rebuild);
    table->enter = enter;
    return table;
}

static void contexts_close(void *state)
{
    table_release(state);
    free(state);
}

static unsigned contexts_command(void *state, int command, const struct key *key UNUSED)
{
    return command == CONTEXTS_ENTER ? enter(state) : table_command(state, command);
}

/* Why the selected one cannot be used, or was not reached. */
static void contexts_status(void *state, char *out, size_t size, enum role *role)
{
    const struct model_context *row = table_selected(state);
    if (!row)
        return;
    const struct kube_context *context = row->context;
    *role = context->fault ? ROLE_WARNING : ROLE_DIM;
    int64_t age;
    const char *why = row->why;
    if (row->current)
        model_freshness(dashboard_model(((struct table *)state)->dash), 0,
                        dashboard_now(((struct table *)state)->dash), &age, &why);
    if (context->fault)
        snprintf(out, size, "%s", context->fault);
    else if (*why)
        snprintf(out, size, "%s%s", row->current ? "" : "when it was left: ", why);
    else
        snprintf(out, size, "%s: cluster %s as %s", context->name, str_or_empty(context->cluster),
                 context->user && *context->user ? context->user : "nobody");
}

const struct view view_contexts = {
    .name = "contexts",
    .title = "Contexts",
    .words = "context",
    .ages = true,
    .speaks_first = true,
    .bindings = bindings,
    .list = &list_class,
    .more_bindings = list_bindings,
    .open = contexts_open,
    .close = contexts_close,
    .draw = table_draw,
    .key = table_key,
    .command = contexts_command,
    .changed = table_changed,
    .visible = contexts_visible,
    .summary = table_summary,
    .status = contexts_status,
    TABLE_FILTER,
};
