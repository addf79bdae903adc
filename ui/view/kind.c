#include "ui/view.h"

#include <ctype.h>

#include "base/text.h"
#include "k8s/tablewatch.h"
#include "ui/dashboard_private.h"
#include "ui/objects.h"
#include "ui/table.h"

/* Any kind of objects, in the columns that the server itself would print (kubectl get shows the same). */

#define LINGERS (60 * NSEC_PER_SEC) /* a watch that nobody sees goes on so long: most come back soon */
#define MANY 1024                   /* changes at once that are not gone through one by one */
#define TITLE 48

struct kindview {
    struct table table; /* first */
    struct list_class class;
    struct list_column columns[LIST_COLUMNS]; /* NAMESPACE, then the server's */
    char titles[LIST_COLUMNS][TITLE];
    size_t cells[LIST_COLUMNS]; /* which cell of the server's row a column shows */
    enum cell_type types[LIST_COLUMNS];
    bool created[LIST_COLUMNS];
    const struct kind *kind; /* NULL: none was asked for yet */
    char *ns;                /* as listed now; NULL: all */
    struct store *store;
    struct tablewatch *watch; /* NULL: there is no cluster, or nobody looks */
    struct store_listener listener;
    struct loop_timer linger;
    char *filter;            /* asked for before the columns were known */
};

enum { KIND_ENTER = LIST_COMMANDS };

static const struct binding bindings[] = {
    {"Enter", KIND_ENTER, "describe", "the object in words, with its events"},
    {"d", OBJECT_DESCRIBE, NULL, "the object in words, with its events"},
    {"y", OBJECT_YAML, "yaml", "the whole object as YAML"},
    {"w", OBJECT_WHY, NULL, "why a pod, deployment or node is not well"},
    OBJECT_DELETE_BINDING(ACTION_NONE),
    OBJECT_POD_BINDINGS,
    {NULL},
};

/* Rows. */

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    struct kindview *view = data;
    const struct tablerow *r = row;
    if (column == 0) {
        out->shown = str_or_empty(r->r.ns);
        out->role = ROLE_DIM;
        return;
    }
    size_t at = view->cells[column];
    if (view->created[column]) {
        table_age(view->table.dash, out->text, sizeof out->text, r->r.created);
        out->number = true;
        out->order = -(double)r->r.created;
        return;
    }
    out->shown = r->count ? tablerow_cell(r, at) : column == 1 ? r->r.name : "";
    if (r->count != view->class.column_count - 1 && view->watch)
        tablewatch_doubt(view->watch, r->count);
    /* Of many a column of numbers the server says that it is of texts: the counts of Secrets, say. */
    if (text_number(out->shown, &out->order)) {
        out->number = true;
    } else if (view->types[column] == CELL_AGE) {
        out->number = true;
        out->order = tablerow_seconds(out->shown) * (double)NSEC_PER_SEC;
    }
    if (str_eq(out->shown, "<none>") || str_eq(out->shown, "<unset>"))
        out->role = ROLE_DIM;
}

static enum reflector_state state_of(const struct kindview *view, const char **why)
{
    const struct reflector *reflector = view->watch ? tablewatch_reflector(view->watch) : NULL;
    *why = reflector ? reflector_why(reflector) : "";
    return reflector ? reflector_state(reflector) : REFLECTOR_LISTING;
}

static const char *empty(void *data)
{
    struct kindview *view = data;
    const char *why;
    enum reflector_state state = state_of(view, &why);
    if (!view->kind)
        return "no kind was asked for; ':crd', ':svc' or any word of ':kinds' shows one";
    if (!view->watch)
        return "there is no cluster here";
    return *why ? why : state == REFLECTOR_LISTING ? "loading…" : view->ns ? "none in this namespace; 0 shows all" : "there are none";
}

static bool hidden(void *data, size_t column)
{
    struct kindview *view = data;
    return column == 0 && (view->ns || !view->kind || !view->kind->namespaced);
}

/* Columns. */

static void add_column(struct kindview *view, const struct tablerow_column *from, size_t index)
{
    size_t c = view->class.column_count;
    bool name = c == 1;
    if (c == LIST_COLUMNS)
        return;
    struct list_column *column = &view->columns[c];
    snprintf(view->titles[c], TITLE, "%s", from->name);
    for (char *t = view->titles[c]; *t; t++)
        *t = (char)toupper((unsigned char)*t);
    *column = (struct list_column){.title = view->titles[c],
                                   .min = name ? 12 : 3,
                                   .max = name ? 0 : 60,
                                   .shrink = from->priority <= 0,
                                   .wish = name ? 40 : 8,
                                   .passing = from->created,
                                   .since = from->created,
                                   .span = !from->created && from->type == CELL_AGE,
                                   .right = from->type == CELL_NUMBER};
    /* The server puts what matters in front; the age is wanted always. */
    column->rank = name || from->created ? 0 : (from->priority > 0 ? LIST_COLUMNS : 0) + (int)c;
    view->cells[c] = index;
    view->types[c] = from->type;
    view->created[c] = from->created;
    view->class.column_count++;
}

/* The filter's words are columns: they mean what these are now. */
static void filter_again(struct kindview *view)
{
    struct list *list = &view->table.list;
    struct err err = ERR_INIT;
    char *text = view->filter ? view->filter : xstrdup(list->filter);
    size_t known = 0;
    if (view->watch)
        tablewatch_columns(view->watch, &known);
    view->filter = NULL;
    if (*text && !known) {
        view->filter = text;
        return;
    }
    if (*text && list_set_filter(list, text, false, &err) < 0) {
        dashboard_say(view->table.dash, ROLE_WARNING, "%s", err.text);
        list_set_filter(list, NULL, false, &err);
    }
    free(text);
}

static void make_columns(struct kindview *view)
{
    size_t count = 0;
    const struct tablerow_column *columns = view->watch ? tablewatch_columns(view->watch, &count) : NULL;
    view->columns[0] = (struct list_column){.title = "NAMESPACE", .max = 24, .rank = 1};
    view->class.column_count = 1;
    if (!count)
        add_column(view, &(struct tablerow_column){.name = "Name"}, 0);
    for (int wanted = 1; wanted >= 0; wanted--) /* those for wide screens come last */
        for (size_t i = 0; i < count; i++)
            if ((columns[i].priority <= 0) == wanted)
                add_column(view, &columns[i], i);
    if (view->table.list.sort >= (int)view->class.column_count)
        view->table.list.sort = -1;
    memset(view->table.list.widths, 0, sizeof view->table.list.widths);
    view->table.dirty = true;
    filter_again(view);
}

static const struct list_class class = {
    .cell = cell, .identity = table_identity, .compare = table_compare_records, .empty = empty, .hidden = hidden, .labels = table_labels};

/* What the cluster says. */

static void rebuild(void *state)
{
    struct kindview *view = state;
    list_begin(&view->table.list);
    for (size_t i = 0; view->store && i < store_count(view->store); i++)
        list_add(&view->table.list, store_at(view->store, i));
    list_end(&view->table.list);
}

static void on_rows(void *data, const struct change *changes, size_t count)
{
    struct kindview *view = data;
    struct list *list = &view->table.list;
    if (count > MANY || !view->table.seen || view->table.dirty) {
        list_forget(list);
        view->table.dirty = true;
    } else {
        for (size_t i = 0; i < count; i++)
            list_change(list, changes[i].before, changes[i].now);
        list->total = store_count(view->store);
    }
    if (view->table.seen)
        dashboard_redraw(view->table.dash);
}

static void on_watch(void *data, struct tablewatch *watch UNUSED)
{
    struct kindview *view = data;
    make_columns(view);
    if (view->table.seen)
        dashboard_redraw(view->table.dash);
}

static void stop(struct kindview *view)
{
    loop_timer_stop(&view->linger);
    tablewatch_free(view->watch);
    view->watch = NULL;
}

/* Rows of another kind, namespace or cluster are no rows. */
static void drop(struct kindview *view)
{
    stop(view);
    list_forget(&view->table.list);
    if (view->store) {
        store_unlisten(&view->listener);
        store_free(view->store);
        view->store = NULL;
    }
    view->table.dirty = true;
}

static void start(struct kindview *view)
{
    struct kube_client *client = dashboard_model(view->table.dash)->client;
    loop_timer_stop(&view->linger);
    if (view->watch || !view->kind || !client)
        return;
    if (!view->store) {
        view->store = store_new(view->kind);
        store_listen(view->store, &view->listener, on_rows, view);
    }
    view->watch = tablewatch_new(client, view->store, &(struct reflector_options){.ns = view->ns}, on_watch, view);
    make_columns(view);
}

static void on_linger(void *data)
{
    stop(data);
}

static void set_scope(struct kindview *view, const struct kind *kind)
{
    const char *ns = kind && kind->namespaced ? dashboard_model(view->table.dash)->ns : NULL;
    if (view->kind == kind && (view->ns == ns || str_eq(view->ns, ns)) && view->watch)
        return;
    char *copy = xstrdup_or_null(ns);
    drop(view); /* also what a watch left that has ended */
    if (view->kind != kind) {
        view->table.list.sort = -1;
        view->table.list.reverse = false;
    }
    view->kind = kind;
    free(view->ns);
    view->ns = copy;
    if (view->table.seen)
        start(view);
}

/* The view. */

static void kind_retarget(void *state, const struct target *target)
{
    struct kindview *view = state;
    if (!target || !target->kind)
        return;
    if (view->kind == target->kind) /* asked for again: a kind's columns may have changed, which no watch tells */
        drop(view);
    set_scope(view, target->kind);
}

static unsigned kind_command(void *state, int command, const struct key *key UNUSED)
{
    struct kindview *view = state;
    unsigned did = object_command(view->table.dash, command == KIND_ENTER ? OBJECT_DESCRIBE : command, table_selected(state));
    return did == DID_NOTHING ? table_command(state, command) : did;
}

static unsigned enter(void *state)
{
    return kind_command(state, KIND_ENTER, NULL);
}

static void *kind_open(struct dashboard *dash, const struct target *target)
{
    struct kindview *view = xcalloc(1, sizeof *view);
    view->class = class;
    view->class.columns = view->columns;
    view->class.column_count = 1;
    table_init(&view->table, dash, &view->class, 0, rebuild);
    view->table.enter = enter;
    loop_timer_init(&view->linger, dashboard_model(dash)->loop, on_linger, view);
    make_columns(view);
    kind_retarget(view, target);
    return view;
}

static void kind_close(void *state)
{
    struct kindview *view = state;
    drop(view);
    table_release(&view->table);
    free(view->ns);
    free(view->filter);
    free(view);
}

static void kind_visible(void *state, bool visible)
{
    struct kindview *view = state;
    view->table.seen = visible;
    if (visible)
        start(view);
    else if (view->watch)
        loop_timer_start(&view->linger, LINGERS);
}

static bool kind_changed(void *state, unsigned mask)
{
    struct kindview *view = state;
    if (mask & CHANGED_CLIENT)
        drop(view);
    if (mask & CHANGED_CONTEXT)
        set_scope(view, view->kind);
    return table_changed(state, mask) || (mask & (CHANGED_CLIENT | CHANGED_CONTEXT));
}

static void kind_summary(void *state, char *out, size_t size)
{
    struct kindview *view = state;
    char rows[200];
    table_summary(state, rows, sizeof rows);
    snprintf(out, size, "%s %s", view->kind ? view->kind->name : "Kind", view->kind ? rows : "");
}

/* Why the rows are old, or not all of them. */
static void kind_status(void *state, char *out, size_t size, enum role *role)
{
    struct kindview *view = state;
    const char *why;
    enum reflector_state reflector = state_of(view, &why);
    *role = reflector == REFLECTOR_REFUSED ? ROLE_BAD : ROLE_WARNING;
    if (*why && view->table.list.count)
        snprintf(out, size, "%s", why);
    else if (view->watch && *reflector_note(tablewatch_reflector(view->watch)))
        snprintf(out, size, "%s", reflector_note(tablewatch_reflector(view->watch)));
}

/* Before the columns are known the words of a filter mean nothing yet. */
static void kind_filter(void *state, const char *text, bool done)
{
    struct kindview *view = state;
    size_t known = 0;
    if (view->watch)
        tablewatch_columns(view->watch, &known);
    free(view->filter);
    view->filter = NULL;
    if (text && *text && !known)
        view->filter = xstrdup(text);
    else
        table_filter(state, text, done);
}

const struct view view_kind = {
    .name = "kind",
    .title = "",
    .speaks_first = true,
    .bindings = bindings,
    .more_bindings = list_bindings,
    .open = kind_open,
    .close = kind_close,
    .draw = table_draw,
    .key = table_key,
    .command = kind_command,
    .changed = kind_changed,
    .retarget = kind_retarget,
    .visible = kind_visible,
    .ns = table_ns,
    .summary = kind_summary,
    .status = kind_status,
    .selected = table_selected_record,
    .filter = kind_filter,
    .filtered = table_filtered,
    .complete = table_complete,
};
