#include "app/list.h"

#include "base/time.h"

struct list_run {
    struct app *app;
    const struct list *list;
    const struct store *store;
    enum table_format format;
    bool all;
    char kind[64]; /* "pod": "pod/camera", as kubectl's -o name */
};

/* With one namespace its column says nothing. */
static size_t left_out(const struct list_run *run)
{
    return run->list->namespaced && !run->all ? 1 : 0;
}

static struct table *new_table(const struct list_run *run, struct err *err)
{
    size_t skip = left_out(run);
    const struct options *o = run->app->options;
    struct table *table = table_new(run->list->columns + skip, run->list->column_count - skip, run->kind);
    if (table_set_filter(table, options_has(o, OPT_FILTER) ? o->values[OPT_FILTER] : NULL, err) == 0)
        return table;
    table_free(table);
    return NULL;
}

static void print(const struct list_run *run, const struct record *const *records, size_t count, bool header)
{
    struct err err = ERR_INIT;
    size_t skip = left_out(run);
    struct table *table = new_table(run, &err);
    if (!table)
        BUG("a filter that was read cannot be read: %s", err.text);
    for (size_t i = 0; i < count; i++) {
        table_row(table, records[i]->name);
        if (!skip && run->list->namespaced)
            table_cell(table, "%s", str_or_empty(records[i]->ns));
        run->list->row(table, records[i], run->store, loop_wall(run->app->loop));
        table_row_end(table, records[i]->labels);
    }
    table_finish(table, run->format, header);
}

static void on_changes(void *data, const struct change *changes, size_t count)
{
    const struct record **records = xcalloc(count, sizeof *records);
    for (size_t i = 0; i < count; i++)
        records[i] = changes[i].now ? changes[i].now : changes[i].before;
    print(data, records, count, false);
    free(records);
}

int list_run(struct app *app, const struct list *list)
{
    struct err err = ERR_INIT;
    struct list_run run = {.app = app, .list = list, .all = options_has(app->options, OPT_ALL)};
    snprintf(run.kind, sizeof run.kind, "%.*s", (int)strlen(list->kind->plural) - 1, list->kind->plural);
    if (table_format_parse(&run.format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    struct table *tried = new_table(&run, &err);
    if (!tried)
        return app_fail(STATUS_USAGE, &err);
    table_free(tried);
    bool watch = options_has(app->options, OPT_WATCH);
    int status = app_connect(app);
    if (status != STATUS_DONE)
        return status;
    struct store *store = store_new(list->kind);
    run.store = store;
    struct reflector *reflector = NULL;
    const char *ns = list->namespaced ? app_list_ns(app) : NULL;
    status = app_list(app, store, ns, app->options->values[OPT_SELECTOR], watch ? &reflector : NULL);
    if (status == STATUS_DONE) {
        size_t count = store_count(store);
        const struct record **records = xcalloc(count + 1, sizeof *records);
        for (size_t i = 0; i < count; i++)
            records[i] = store_at(store, i);
        if (list->order)
            qsort(records, count, sizeof *records, list->order);
        if (count || watch || run.format >= TABLE_JSON)
            print(&run, records, count, true);
        else if (ns)
            fprintf(stderr, "No resources found in %s namespace.\n", ns);
        else
            fprintf(stderr, "No resources found.\n");
        free(records);
    }
    if (reflector) {
        struct store_listener listener;
        bool over = false;
        app_end_with_reader(app, &over);
        store_listen(store, &listener, on_changes, &run);
        status = app_wait(app, &over, 0);
        store_unlisten(&listener);
        reflector_free(reflector);
    }
    store_free(store);
    return status;
}
