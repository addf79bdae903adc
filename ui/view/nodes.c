#include "ui/view.h"

#include "base/time.h"
#include "k8s/kinds/node.h"
#include "ops/gpu.h"
#include "ui/objects.h"
#include "ui/table.h"

enum column { NAME, STATUS, PRODUCT, CAP, ALLOC, USED, FREE, HOLDERS, CPU, MEMORY, AGE };

static const struct list_column columns[] = {
    [NAME] = {"NODE", .max = 32},
    [STATUS] = {"STATUS", .max = 26},
    [PRODUCT] = {"PRODUCT", .max = 30, .rank = 4},
    [CAP] = {"CAP", .right = true, .rank = 6},
    [ALLOC] = {"ALLOC", .right = true, .rank = 5},
    [USED] = {"USED", .right = true},
    [FREE] = {"FREE", .right = true},
    [HOLDERS] = {"HELD BY", .min = 10, .shrink = true},
    [CPU] = {"CPU", .right = true, .rank = 7},
    [MEMORY] = {"MEM", .right = true, .rank = 8},
    [AGE] = {"AGE", .min = 4, .rank = 3},
};

/* A row is a resource of a node; a node without GPUs has one row without an account. */
struct row {
    const struct node *node;
    const struct gpu_account *account;
    bool first; /* of its node: the others do not repeat what it says */
};

struct nodes {
    struct table table;
    struct gpu_report report;
    struct row *rows;
    size_t count, cap;
};

enum { NODES_PODS = LIST_COMMANDS };

static const struct binding bindings[] = {
    {"Enter", NODES_PODS, "its pods", "the pods on this node"},
    OBJECT_BINDINGS,
    {NULL},
};

static void count_cell(struct list_cell *out, int value, enum role role)
{
    snprintf(out->text, sizeof out->text, "%d", value);
    out->role = role;
    out->number = true;
    out->order = value;
}

static void memory_text(char *out, size_t size, int64_t bytes)
{
    if (bytes >= INT64_C(10) << 30)
        snprintf(out, size, "%" PRId64 "Gi", bytes >> 30);
    else
        snprintf(out, size, "%" PRId64 "Mi", bytes >> 20);
}

static void holders_text(struct list_cell *out, const struct gpu_account *account)
{
    size_t len = 0;
    for (size_t i = 0; i < account->holder_count && len < sizeof out->text; i++) {
        const struct gpu_holder *holder = &account->holders[i];
        const char *name = holder->pod->thing ? holder->pod->thing : holder->pod->r.name;
        int n = snprintf(out->text + len, sizeof out->text - len, "%s%s", i ? ", " : "", name);
        len += n > 0 ? (size_t)n : 0;
        if (holder->count > 1 && len < sizeof out->text) {
            n = snprintf(out->text + len, sizeof out->text - len, " ×%d", holder->count);
            len += n > 0 ? (size_t)n : 0;
        }
    }
}

static void gpu_cell(const struct row *row, enum column column, struct list_cell *out)
{
    const struct gpu_account *account = row->account;
    if (!account) {
        snprintf(out->text, sizeof out->text, "%s", column == HOLDERS ? "" : "-");
        out->role = ROLE_DIM;
        return;
    }
    int sick = account->capacity - account->allocatable;
    switch (column) {
    case CAP:
        count_cell(out, account->capacity, sick > 0 ? ROLE_WARNING : ROLE_NORMAL);
        break;
    case ALLOC:
        count_cell(out, account->allocatable, sick > 0 ? ROLE_BAD : ROLE_NORMAL);
        break;
    case USED:
        count_cell(out, account->used, account->used ? ROLE_BUSY : ROLE_DIM);
        break;
    case FREE:
        count_cell(out, account->free, account->free > 0 ? ROLE_GOOD : account->free < 0 ? ROLE_BAD : ROLE_DIM);
        break;
    default:
        holders_text(out, account);
        break;
    }
}

static void cell(void *data, const void *item, size_t column, struct list_cell *out)
{
    struct nodes *nodes = data;
    const struct row *row = item;
    const struct node *node = row->node;
    enum health health;
    char status[64];
    switch ((enum column)column) {
    case NAME:
        snprintf(out->text, sizeof out->text, "%s", row->first ? node->r.name : "");
        break;
    case STATUS:
        health = node_words(status, node);
        if (!row->first)
            break;
        snprintf(out->text, sizeof out->text, "%s%s%s", status, node->pressure ? "," : "",
                 str_or_empty(node->pressure));
        out->role = health_role(health);
        out->glyph = health_glyph(health);
        break;
    case PRODUCT:
        if (row->account && !str_eq(row->account->resource, "nvidia.com/gpu"))
            snprintf(out->text, sizeof out->text, "%s", row->account->resource);
        else
            snprintf(out->text, sizeof out->text, "%s", node->gpu_product ? node->gpu_product : row->account ? "GPU" : "no GPU");
        if (node->simulated && row->account && !strstr(out->text, "simulated"))
            snprintf(out->text + strlen(out->text), sizeof out->text - strlen(out->text), " (simulated)");
        out->role = row->account ? ROLE_NORMAL : ROLE_DIM;
        break;
    case CAP:
    case ALLOC:
    case USED:
    case FREE:
    case HOLDERS:
        gpu_cell(row, (enum column)column, out);
        break;
    case CPU:
        if (node->cpu_milli % 1000 == 0)
            snprintf(out->text, sizeof out->text, "%" PRId64, node->cpu_milli / 1000);
        else
            snprintf(out->text, sizeof out->text, "%" PRId64 "m", node->cpu_milli);
        out->number = true;
        out->order = (double)node->cpu_milli;
        break;
    case MEMORY:
        memory_text(out->text, sizeof out->text, node->memory);
        out->number = true;
        out->order = (double)node->memory;
        break;
    case AGE:
        table_age(nodes->table.dash, out->text, sizeof out->text, node->r.created);
        out->number = true;
        out->order = -(double)node->r.created;
        break;
    }
}

static void identity(void *data UNUSED, const void *item, char *out, size_t size)
{
    const struct row *row = item;
    snprintf(out, size, "%s/%s", row->node->r.name, row->account ? row->account->resource : "");
}

static const char *empty(void *data)
{
    struct nodes *nodes = data;
    return table_empty(&nodes->table, SOURCE_NODES, "no nodes");
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = identity,
    .empty = empty,
};

static void add_row(struct nodes *nodes, const struct node *node, const struct gpu_account *account, bool first)
{
    GROW(nodes->rows, nodes->count, nodes->cap);
    nodes->rows[nodes->count++] = (struct row){node, account, first};
}

static void rebuild(void *state)
{
    struct nodes *nodes = state;
    struct model *model = dashboard_model(nodes->table.dash);
    struct store *store = model_store(model, SOURCE_NODES), *pods = model_store(model, SOURCE_PODS);
    nodes->count = 0;
    gpu_report_release(&nodes->report);
    memset(&nodes->report, 0, sizeof nodes->report);
    if (store && pods)
        gpu_report(&nodes->report, store, pods);
    size_t a = 0; /* the accounts stand in the nodes' order */
    for (size_t i = 0; store && i < store_count(store); i++) {
        const struct node *node = (const struct node *)store_at(store, i);
        bool first = true;
        for (; a < nodes->report.count && nodes->report.accounts[a].node == node; a++) {
            add_row(nodes, node, &nodes->report.accounts[a], first);
            first = false;
        }
        if (first)
            add_row(nodes, node, NULL, true);
    }
    list_begin(&nodes->table.list);
    for (size_t i = 0; i < nodes->count; i++)
        list_add(&nodes->table.list, &nodes->rows[i]);
    list_end(&nodes->table.list);
}

static const struct record *selected(struct nodes *nodes)
{
    const struct row *row = table_selected(nodes);
    return row ? &row->node->r : NULL;
}

static unsigned enter(void *state)
{
    struct nodes *nodes = state;
    const struct record *node = selected(nodes);
    if (!node)
        return DID_HANDLE;
    char name[256];
    snprintf(name, sizeof name, "%s", node->name);
    dashboard_open(nodes->table.dash, &view_pods, NULL);
    dashboard_filter(nodes->table.dash, name);
    return DID_CHANGE;
}

static void *nodes_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct nodes *nodes = xcalloc(1, sizeof *nodes);
    table_init(&nodes->table, dash, &list_class, CHANGED_NODES | CHANGED_PODS, rebuild);
    nodes->table.enter = enter;
    return nodes;
}

static void nodes_close(void *state)
{
    struct nodes *nodes = state;
    table_release(&nodes->table);
    gpu_report_release(&nodes->report);
    free(nodes->rows);
    free(nodes);
}

static unsigned nodes_command(void *state, int command, const struct key *key UNUSED)
{
    struct nodes *nodes = state;
    if (command == NODES_PODS)
        return enter(state);
    unsigned did = object_command(nodes->table.dash, command, selected(nodes));
    return did ? did : table_command(state, command);
}

/* The totals, a line for what the header says in short. */
static void nodes_status(void *state, char *out, size_t size, enum role *role)
{
    struct nodes *nodes = state;
    table_sync(nodes);
    const struct gpu_report *report = &nodes->report;
    const struct model_source *pods = &dashboard_model(nodes->table.dash)->sources[SOURCE_PODS];
    if (!report->count)
        return;
    if (pods->partial || pods->state == REFLECTOR_REFUSED) { /* others may hold GPUs that look free here */
        snprintf(out, size, "what is used and free is not known: %s", pods->partial ? pods->note : pods->why);
        *role = ROLE_WARNING;
        return;
    }
    int sick = report->capacity - report->allocatable;
    int n = snprintf(out, size, "%d GPU%s: %d used, %d free", report->allocatable, report->allocatable == 1 ? "" : "s",
                     report->used, report->free);
    if (sick > 0 && n > 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ", %d unhealthy", sick);
    if (report->simulated && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, " · the GPUs of the embedded cluster are simulated");
    *role = sick > 0 ? ROLE_WARNING : ROLE_DIM;
}

const struct view view_nodes = {
    .name = "nodes",
    .title = "Nodes",
    .words = "no node",
    .digit = '3',
    .ages = true,
    .sources = CHANGED_NODES | CHANGED_PODS,
    .bindings = bindings,
    .more_bindings = list_bindings,
    .open = nodes_open,
    .close = nodes_close,
    .draw = table_draw,
    .key = table_key,
    .command = nodes_command,
    .changed = table_changed,
    .summary = table_summary,
    .status = nodes_status,
    .filter = table_filter,
};
