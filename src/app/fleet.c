#include "app/fleet.h"

#include <fnmatch.h>
#include <math.h>

#include "app/table.h"
#include "base/text.h"
#include "base/time.h"
#include "graph/plan.h"
#include "k8s/kinds/configmap.h"
#include "k8s/kinds/deployment.h"
#include "ops/gpu.h"
#include "ops/status.h"

#define PATIENCE (5 * NSEC_PER_SEC) /* where no --request-timeout says otherwise */

/* What is listed of each cluster. */
enum part { NODES, PODS, DEPLOYMENTS, GRAPHS, PARTS };
static const struct {
    const struct kind *kind;
    const char *selector;
} parts[PARTS] = {
    [NODES] = {&kind_node, NULL},
    [PODS] = {&kind_pod, NULL},
    [DEPLOYMENTS] = {&kind_deployment, PLAN_LABEL_GRAPH},
    [GRAPHS] = {&kind_configmap, PLAN_LABEL_KIND "=graph"},
};

struct cluster_row {
    struct fleet *fleet;
    const struct kube_context *context;
    struct kube_client *client; /* NULL: the context cannot be used */
    struct kube_call *call;
    char version[64];
    struct listed {
        struct cluster_row *row;
        struct store *store;
        struct reflector *reflector;
        bool over, known;
    } listed[PARTS];
    struct err why; /* the first thing that stood in the way */
    bool reached;
};

struct fleet {
    struct app *app;
    struct cluster_row *rows;
    size_t count;
    bool over;
};

/* Asking. */

static bool row_over(const struct cluster_row *row)
{
    bool over = !row->call;
    for (size_t i = 0; row->client && i < PARTS; i++)
        over &= row->listed[i].over;
    return over;
}

static void look(struct fleet *fleet)
{
    fleet->over = true;
    for (size_t i = 0; i < fleet->count; i++)
        fleet->over &= row_over(&fleet->rows[i]);
}

static void on_version(void *data, const struct kube_answer *answer)
{
    struct cluster_row *row = data;
    row->call = NULL;
    snprintf(row->version, sizeof row->version, "%s", json_str_or(answer->json, "gitVersion", ""));
    look(row->fleet);
}

/* Here nobody waits for a second try. */
static void on_listed(void *data, struct reflector *reflector)
{
    struct listed *listed = data;
    struct cluster_row *row = listed->row;
    if (listed->over || (!reflector_synced(reflector) && !*reflector_why(reflector)))
        return;
    int refusal = reflector_refusal(reflector);
    listed->over = true;
    listed->known = reflector_synced(reflector);
    row->reached |= listed->known || (refusal && refusal != 401);
    if (!listed->known && !err_is_set(&row->why))
        err_set(&row->why, "%s", reflector_why(reflector));
    listed->reflector = NULL;
    reflector_free(reflector);
    look(row->fleet);
}

static void begin(struct fleet *fleet, struct cluster_row *row, const struct kube_context *context)
{
    *row = (struct cluster_row){.fleet = fleet, .context = context};
    if (context->fault) {
        err_set(&row->why, "%s", context->fault);
        return;
    }
    row->client = app_client(fleet->app, context);
    kube_client_on_terminal(row->client, NULL, NULL); /* none of many may ask questions */
    row->call = kube_start(row->client, &(struct kube_request){.path = "/version"}, on_version, row);
    for (size_t i = 0; i < PARTS; i++) {
        struct listed *listed = &row->listed[i];
        listed->row = row;
        listed->store = store_new(parts[i].kind);
        listed->reflector = reflector_new(row->client, listed->store,
                                          &(struct reflector_options){.label_selector = parts[i].selector}, on_listed, listed);
    }
}

static void end(struct cluster_row *row)
{
    if (row->call)
        kube_cancel(row->call);
    for (size_t i = 0; i < PARTS; i++) {
        reflector_free(row->listed[i].reflector);
        store_free(row->listed[i].store);
    }
    kube_client_free(row->client);
}

/* Printing. */

static const struct table_column columns[] = {
    {"CONTEXT"}, {"VERSION"}, {"NODES"}, {"GPU USED", .number = true}, {"GPU FREE", .number = true}, {"GRAPHS", .number = true},
    {"NOT WELL", .number = true}, {"WHICH", .wide = true}, {"WHY"}};

static void number_cell(struct table *table, bool known, size_t number)
{
    char text[24] = "?";
    if (known)
        snprintf(text, sizeof text, "%zu", number);
    table_number(table, known ? (double)number : NAN, "%s", text);
}

static bool is_ready(const struct node *node)
{
    return str_eq(node->ready_status, "True");
}

/* The things of graphs that have fewer pods ready than they are to have. */
static size_t not_well(const struct cluster_row *row, struct buf *which)
{
    size_t count = 0;
    STORE_EACH(struct deployment, d, row->listed[DEPLOYMENTS].store) {
        if (!d->graph || d->ready >= d->wanted)
            continue;
        count++;
        buf_addf(which, "%s%s/%s", which->len ? "," : "", d->graph, d->thing ? d->thing : d->r.name);
    }
    return count;
}

static size_t print_row(struct table *table, const struct cluster_row *row, const char *patience)
{
    const struct listed *listed = row->listed;
    struct buf which, why;
    size_t ready = 0, ill = 0;
    bool gpus = listed[NODES].known && listed[PODS].known;
    buf_init(&which, 16u << 10);
    buf_init(&why, 2048);
    table_row(table, row->context->name);
    table_cell(table, "%s", row->context->name);
    table_cell(table, "%s", row->version);
    if (listed[NODES].known)
        STORE_EACH(struct node, node, listed[NODES].store) ready += is_ready(node);
    if (listed[NODES].known)
        table_cell(table, "%zu/%zu", ready, store_count(listed[NODES].store));
    else
        table_cell(table, "?");
    struct gpu_ledger *ledger = gpus ? gpu_ledger_new(listed[NODES].store, listed[PODS].store) : NULL;
    number_cell(table, gpus, gpus ? (size_t)MAX(ledger->used, 0) : 0);
    number_cell(table, gpus, gpus ? (size_t)MAX(ledger->free, 0) : 0);
    gpu_ledger_free(ledger);
    number_cell(table, listed[GRAPHS].known, listed[GRAPHS].known ? store_count(listed[GRAPHS].store) : 0);
    if (listed[DEPLOYMENTS].known)
        ill = not_well(row, &which);
    number_cell(table, listed[DEPLOYMENTS].known, ill);
    table_cell(table, "%s", which.data);
    if (err_is_set(&row->why))
        text_sanitise(&why, row->why.text, strlen(row->why.text));
    else if (!row_over(row))
        buf_addf(&why, "%s did not answer within %s", row->context->server, patience);
    table_cell(table, "%s", why.data);
    buf_release(&which);
    buf_release(&why);
    return ill + (!row->reached || !row_over(row));
}

/* Which ones. */

static bool matches(const char *names, const char *context)
{
    for (const char *at = names; *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        char *pattern = xstrndup(at, len);
        bool match = len && fnmatch(pattern, context, 0) == 0;
        free(pattern);
        if (match)
            return true;
        at += len;
    }
    return false;
}

static int none(const struct kube_config *config, const char *names)
{
    struct buf list;
    buf_init(&list, 1024);
    for (size_t i = 0; i < config->context_count; i++)
        buf_addf(&list, "%s%s", i ? ", " : "", config->contexts[i]->name);
    int status = app_failf(STATUS_USAGE, "no context is named like '%s'; there are: %s", names, list.len || list.over ? list.data : "none");
    buf_release(&list);
    return status;
}

int fleet_status(struct app *app, const char *names)
{
    struct err err = ERR_INIT;
    struct fleet fleet = {.app = app};
    enum table_format format;
    size_t faults = 0, reached = 0;
    const char *said = app->options->values[OPT_TIMEOUT_REQUEST];
    if (table_format_parse(&format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    int status = app_begin(app);
    if (status != STATUS_DONE)
        return status;
    app->config = app_config(app, app->options->values[OPT_KUBECONFIG], &err);
    if (!app->config)
        return app_fail(STATUS_USAGE, &err);
    fleet.rows = xcalloc(app->config->context_count + 1, sizeof *fleet.rows);
    for (size_t i = 0; i < app->config->context_count; i++)
        if (matches(names, app->config->contexts[i]->name)) /* rows are pointed to: none moves */
            begin(&fleet, &fleet.rows[fleet.count++], app->config->contexts[i]);
    if (!fleet.count)
        status = none(app->config, names);
    look(&fleet);
    if (fleet.count && app_wait(app, &fleet.over, time_monotonic() + (app->request_timeout ? app->request_timeout : PATIENCE)) == 130)
        status = 130;
    if (fleet.count && status == STATUS_DONE) {
        struct table *table = table_new(columns, ARRAY_SIZE(columns), "context");
        for (size_t i = 0; i < fleet.count; i++) {
            faults += print_row(table, &fleet.rows[i], said ? said : "5s");
            reached += fleet.rows[i].reached;
        }
        table_finish(table, format, true);
        status = !reached ? STATUS_UNREACHABLE : faults ? STATUS_FAULT : STATUS_DONE;
    }
    for (size_t i = 0; i < fleet.count; i++)
        end(&fleet.rows[i]);
    free(fleet.rows);
    return status;
}
