#include "ui/view.h"

#include "graph/catalogue.h"
#include "k8s/kinds/node.h"
#include "ops/gpu.h"
#include "ui/objects.h"
#include "ui/table.h"

enum column { NAME, STATUS, PRODUCT, CAP, ALLOC, USED, FREE, HOLDERS, CPU, MEMORY, AGE };

static const struct list_column columns[] = {
    [NAME] = {"NODE", .max = 32, .drifts = true},
    [STATUS] = {"STATUS", .max = 26, .drifts = true},
    [PRODUCT] = {"PRODUCT", .max = 30, .rank = 4, .drifts = true},
    [CAP] = {"CAP", .right = true, .drifts = true, .rank = 6},
    [ALLOC] = {"ALLOC", .right = true, .drifts = true, .rank = 5},
    [USED] = {"USED", .right = true, .drifts = true},
    [FREE] = {"FREE", .right = true, .drifts = true},
    [HOLDERS] = {"HELD BY", .min = 10, .shrink = true, .drifts = true},
    [CPU] = {"CPU", .right = true, .rank = 7, .drifts = true},
    [MEMORY] = {"MEM", .right = true, .rank = 8, .drifts = true},
    [AGE] = {"AGE", .min = 4, .rank = 3, .passing = true, .drifts = true},
};

/* A row is a GPU account of the dashboard's ledger: a resource of a node, or a node without GPUs. */
struct nodes {
    struct table table;
    struct gpu_ledger *ledger; /* NULL: there are no stores */
};

/* The others of a node do not repeat what its first account's row says. */
static bool is_first(const struct nodes *nodes, const struct gpu_account *account)
{
    const struct gpu_account *first = gpu_ledger_node(nodes->ledger, account->node->r.name);
    while (first && !first->node)
        first = first->next;
    return first == account;
}

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

static void gpu_cell(const struct gpu_account *account, enum column column, struct list_cell *out)
{
    if (!account->resource) {
        out->shown = column == HOLDERS ? "" : "-";
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
    const struct gpu_account *account = item;
    const struct node *node = account->node;
    bool gpus = account->resource;
    enum health health;
    char status[64];
    switch ((enum column)column) {
    case NAME:
        out->shown = is_first(nodes, account) ? node->r.name : "";
        break;
    case STATUS:
        health = node_words(status, node);
        if (!is_first(nodes, account))
            break;
        snprintf(out->text, sizeof out->text, "%s%s%s", status, node->pressure ? "," : "",
                 str_or_empty(node->pressure));
        out->role = health_role(health);
        out->glyph = health_glyph(health);
        break;
    case PRODUCT:
        if (gpus && !str_eq(account->resource, GPU_RESOURCE))
            snprintf(out->text, sizeof out->text, "%s", account->resource);
        else
            snprintf(out->text, sizeof out->text, "%s", node->gpu_product ? node->gpu_product : gpus ? "GPU" : "no GPU");
        if (node->simulated && gpus && !strstr(out->text, "simulated"))
            snprintf(out->text + strlen(out->text), sizeof out->text - strlen(out->text), " (simulated)");
        out->role = gpus ? ROLE_NORMAL : ROLE_DIM;
        break;
    case CAP:
    case ALLOC:
    case USED:
    case FREE:
    case HOLDERS:
        gpu_cell(account, (enum column)column, out);
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
    const struct gpu_account *account = item;
    snprintf(out, size, "%s/%s", account->node->r.name, str_or_empty(account->resource));
}

static int compare(void *data UNUSED, const void *a, const void *b)
{
    const struct gpu_account *x = a, *y = b;
    int order = x->node == y->node ? 0 : strcmp(x->node->r.name, y->node->r.name);
    return order ? order : strcmp(str_or_empty(x->resource), str_or_empty(y->resource));
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
    .compare = compare,
    .ordered = true,
    .empty = empty,
};

static void rebuild(void *state)
{
    struct nodes *nodes = state;
    struct store *store = model_store(dashboard_model(nodes->table.dash), SOURCE_NODES);
    list_begin(&nodes->table.list);
    for (size_t i = 0; nodes->ledger && store && i < store_count(store); i++) {
        const struct gpu_account *a = gpu_ledger_node(nodes->ledger, store_at(store, i)->name);
        for (; a; a = a->next)
            if (a->node)
                list_add(&nodes->table.list, a);
    }
    list_end(&nodes->table.list);
}

static void on_account(void *data, const struct gpu_account *account, bool now)
{
    struct nodes *nodes = data;
    nodes->table.recount = true;
    if (now)
        list_change(&nodes->table.list, account, account);
    else
        list_drop(&nodes->table.list, account);
}

static void begin(void *state)
{
    struct nodes *nodes = state;
    nodes->ledger = dashboard_gpus(nodes->table.dash);
    if (nodes->ledger)
        gpu_ledger_listen(nodes->ledger, on_account, nodes);
}

static void end(void *state)
{
    struct nodes *nodes = state;
    if (nodes->ledger)
        gpu_ledger_listen(nodes->ledger, NULL, NULL);
}

/* They come from the ledger, not from a store. */
static const struct table_rows rows = {.begin = begin, .end = end};

static const struct record *selected(struct nodes *nodes)
{
    const struct gpu_account *account = table_selected(nodes);
    return account ? &account->node->r : NULL;
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
    table_init(&nodes->table, dash, &list_class, 0, rebuild);
    table_follow(&nodes->table, &rows);
    nodes->table.enter = enter;
    return nodes;
}

static void nodes_close(void *state)
{
    table_release(state);
    free(state);
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
    const struct gpu_ledger *ledger = nodes->ledger;
    const struct model_source *pods = &dashboard_model(nodes->table.dash)->sources[SOURCE_PODS];
    if (!ledger || !ledger->accounts)
        return;
    if (pods->partial || pods->state == REFLECTOR_REFUSED) { /* others may hold GPUs that look free here */
        snprintf(out, size, "what is used and free is not known: %s", pods->partial ? pods->note : pods->why);
        *role = ROLE_WARNING;
        return;
    }
    int sick = ledger->capacity - ledger->allocatable;
    int n = snprintf(out, size, "%d GPU%s: %d used, %d free", ledger->allocatable, ledger->allocatable == 1 ? "" : "s",
                     ledger->used, ledger->free);
    if (sick > 0 && n > 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ", %d unhealthy", sick);
    if (ledger->simulated && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, " · the GPUs of the embedded cluster are simulated");
    *role = sick > 0 ? ROLE_WARNING : ROLE_DIM;
}

const struct view view_nodes = {
    .name = "nodes",
    .title = "Nodes",
    .words = "no node",
    .digit = '3',
    .sources = CHANGED_NODES | CHANGED_PODS,
    .bindings = bindings,
    .list = &list_class,
    .more_bindings = list_bindings,
    .open = nodes_open,
    .close = nodes_close,
    .draw = table_draw,
    .key = table_key,
    .command = nodes_command,
    .changed = table_changed,
    .visible = table_visible,
    .summary = table_summary,
    .status = nodes_status,
    .filter = table_filter,
};
