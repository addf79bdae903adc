#include <ctype.h>
#include <math.h>

#include "app/commands.h"
#include "app/kinds.h"
#include "app/table.h"
#include "base/text.h"
#include "base/time.h"
#include "base/yaml.h"
#include "k8s/redact.h"
#include "k8s/tablewatch.h"

/* Rows of any kind, in the columns that the server itself would print. */

#define OUT_MAX (256u << 20)
#define COLUMNS (TABLEROW_CELLS + 1)

struct getting {
    struct app *app;
    const struct kind *kind;
    const char *name; /* NULL: all */
    enum table_format format;
    struct store *store;
    struct tablewatch *watch;
    bool over; /* all has come, or cannot */
    struct table_column columns[COLUMNS];
    char titles[COLUMNS][64];
    size_t count, skip; /* skip 1: without the namespace's */
};

static const char *ns_of(const struct getting *g)
{
    return g->kind->namespaced ? app_list_ns(g->app) : NULL;
}

static void make_columns(struct getting *g)
{
    size_t count;
    const struct tablerow_column *columns = tablewatch_columns(g->watch, &count);
    g->columns[0] = (struct table_column){.title = "NAMESPACE"};
    g->skip = !g->kind->namespaced || ns_of(g);
    g->count = 1;
    for (size_t i = 0; i < count && g->count < COLUMNS; i++, g->count++) {
        snprintf(g->titles[g->count], sizeof g->titles[0], "%s", columns[i].name);
        for (char *c = g->titles[g->count]; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        g->columns[g->count] = (struct table_column){.title = g->titles[g->count], .wide = columns[i].priority > 0,
                                                     .number = columns[i].type == CELL_NUMBER};
    }
}

static void add_row(const struct getting *g, struct table *table, const struct tablerow *row)
{
    size_t count;
    const struct tablerow_column *columns = tablewatch_columns(g->watch, &count);
    table_row(table, row->r.name);
    if (!g->skip)
        table_cell(table, "%s", str_or_empty(row->r.ns));
    for (size_t i = 0; i < count && i + 1 < g->count; i++) {
        if (columns[i].created)
            table_cell_age(table, row->r.created, time_wall());
        else
            table_cell(table, "%s", row->count ? tablerow_cell(row, i) : i == 0 ? row->r.name : "");
    }
}

static void print(const struct getting *g, const struct record *const *rows, size_t count, bool header)
{
    struct buf kind;
    buf_init(&kind, 256);
    for (const char *c = g->kind->name; *c; c++)
        buf_addc(&kind, (char)tolower((unsigned char)*c));
    buf_addf(&kind, "%s%s", *g->kind->group ? "." : "", g->kind->group);
    struct table *table = table_new(g->columns + g->skip, g->count - g->skip, kind.data);
    for (size_t i = 0; i < count; i++)
        add_row(g, table, (const struct tablerow *)rows[i]);
    table_finish(table, g->format, header);
    buf_release(&kind);
}

static void on_changes(void *data, const struct change *changes, size_t count)
{
    const struct record **rows = xcalloc(count, sizeof *rows);
    for (size_t i = 0; i < count; i++)
        rows[i] = changes[i].now ? changes[i].now : changes[i].before;
    print(data, rows, count, false);
    free(rows);
}

static void on_watch(void *data, struct tablewatch *watch)
{
    struct getting *g = data;
    size_t columns;
    const struct reflector *reflector = tablewatch_reflector(watch);
    tablewatch_columns(watch, &columns);
    g->over = (columns && reflector_synced(reflector)) ||
              (!reflector_synced(reflector) && *reflector_why(reflector) && !reflector_waits(reflector));
}

static int list(struct getting *g)
{
    char *field = g->name ? xasprintf("metadata.name=%s", g->name) : NULL;
    g->store = store_new(g->kind);
    g->watch = tablewatch_new(
        g->app->client, g->store,
        &(struct reflector_options){.ns = ns_of(g), .label_selector = g->app->options->values[OPT_SELECTOR], .field_selector = field},
        on_watch, g);
    free(field);
    int status = app_wait_answer(g->app, &g->over);
    const struct reflector *reflector = tablewatch_reflector(g->watch);
    if (status != STATUS_DONE)
        return status;
    if (!reflector_synced(reflector)) {
        int refusal = reflector_refusal(reflector);
        return app_failf(refusal && refusal != 401 ? STATUS_FAULT : STATUS_UNREACHABLE, "%s", reflector_why(reflector));
    }
    if (*reflector_note(reflector))
        app_note("patchbay: %s", reflector_note(reflector));
    make_columns(g);
    return STATUS_DONE;
}

static int print_all(struct getting *g)
{
    size_t count = store_count(g->store);
    bool watch = options_has(g->app->options, OPT_WATCH);
    const struct record **rows = xcalloc(count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++)
        rows[i] = store_at(g->store, i);
    int status = STATUS_DONE;
    if (!count && g->name && !watch)
        status = app_failf(STATUS_FAULT, "%s \"%s\" not found", g->kind->plural, SHOWN(g->name));
    else if (count || watch || g->format >= TABLE_JSON)
        print(g, rows, count, true);
    else
        fprintf(stderr, ns_of(g) ? "No resources found in %s namespace.\n" : "No resources found.\n", str_or_empty(ns_of(g)));
    free(rows);
    return status;
}

static int follow(struct getting *g)
{
    struct store_listener listener;
    bool left = false;
    app_end_with_reader(g->app, &left);
    store_listen(g->store, &listener, on_changes, g);
    int status = app_wait(g->app, &left, 0);
    store_unlisten(&listener);
    return status;
}

/* One object, whole: as y shows it. */
static void print_object(void *data, const struct kube_answer *answer)
{
    const struct getting *g = data;
    struct buf out;
    cJSON *object = cJSON_Duplicate(answer->json, true);
    buf_init(&out, OUT_MAX);
    redact_shown(object);
    if (g->format == TABLE_YAML)
        yaml_emit(&out, object);
    else
        json_print(&out, object);
    if (g->format == TABLE_JSON)
        buf_addc(&out, '\n');
    app_print(&out);
    cJSON_Delete(object);
}

static int get_object(struct getting *g)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, g->kind, g->kind->namespaced ? g->app->ns : NULL, g->name);
    int status = app_get(g->app, &(struct kube_request){.path = path.data}, print_object, g);
    buf_release(&path);
    return status;
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    const struct options *o = app->options;
    struct getting g = {.app = app};
    char near[128] = "", *word = xstrndup(o->args[0], strcspn(o->args[0], "/"));
    const char *slash = strchr(o->args[0], '/');
    g.name = slash ? slash + 1 : o->arg_count > 1 ? o->args[1] : NULL;
    int status = STATUS_DONE;
    if (table_format_parse(&g.format, o->values[OPT_OUTPUT], &err) < 0)
        status = app_fail(STATUS_USAGE, &err);
    if (status == STATUS_DONE)
        status = app_connect(app);
    if (status == STATUS_DONE)
        status = app_kind(app, word, &g.kind, near);
    if (status == STATUS_DONE && !g.kind)
        status = app_failf(STATUS_FAULT, *near ? "the cluster has no kind '%s'; did you mean '%s'?" : "the cluster has no kind '%s'",
                           SHOWN(word), near);
    else if (status == STATUS_DONE && g.name && (g.format == TABLE_JSON || g.format == TABLE_YAML))
        status = get_object(&g);
    else if (status == STATUS_DONE) {
        status = list(&g);
        if (status == STATUS_DONE)
            status = print_all(&g);
        if (status == STATUS_DONE && options_has(o, OPT_WATCH))
            status = follow(&g);
    }
    tablewatch_free(g.watch);
    store_free(g.store);
    free(word);
    return status;
}

const struct command command_get = {
    .name = "get",
    .args = "KIND [NAME]",
    .summary = "objects of any kind, in the server's own columns",
    .help = "Lists objects of any kind that the cluster has, CRDs too, as kubectl does: in the columns that the server would print. A name "
            "with\n"
            "-o yaml or json is the whole object; values of secrets are not shown.\n"
            "\n"
            "  patchbay get crd\n"
            "  patchbay get svc -A -o wide\n"
            "  patchbay get endpointslices -n media -w",
    .options = OPTS_CLUSTER | OPT(OPT_ALL) | OPT(OPT_SELECTOR) | OPT(OPT_OUTPUT) | OPT(OPT_WATCH),
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
