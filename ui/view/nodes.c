#include "ui/view.h"

#include <math.h>

#include "base/time.h"
#include "ops/gpu_words.h"
#include "ui/node_acts.h"
#include "ui/objects.h"
#include "ui/table.h"
#include "ui/view/nodes.h"

enum column { NAME, STATUS, PRODUCT, CAP, ALLOC, USED, FREE, HOLDERS, BUSY, CPU_ASKED, CPU_USED, MEM_ASKED, MEM_USED, AGE };

static const struct list_column columns[] = {
    [NAME] = {"NODE", .max = 32, .drifts = true},
    [STATUS] = {"STATUS", .min = 10, .wish = 17, .max = 26, .shrink = true, .drifts = true},
    [PRODUCT] = {"PRODUCT", .min = 12, .wish = 18, .max = 34, .rank = 4, .shrink = true, .drifts = true},
    [CAP] = {"CAP", .right = true, .drifts = true, .rank = 11},
    [ALLOC] = {"ALLOC", .right = true, .drifts = true, .rank = 6},
    [USED] = {"USED", .right = true, .drifts = true},
    [FREE] = {"FREE", .right = true, .drifts = true},
    [HOLDERS] = {"HELD BY", .min = 10, .wish = 24, .shrink = true, .drifts = true},
    [BUSY] = {"GPU%", .right = true, .rank = 5, .passing = true, .drifts = true},
    [CPU_ASKED] = {"CPU%", .right = true, .rank = 7, .passing = true, .drifts = true},
    [CPU_USED] = {"CPU-USED", .right = true, .rank = 9, .passing = true, .drifts = true},
    [MEM_ASKED] = {"MEM%", .right = true, .rank = 8, .passing = true, .drifts = true},
    [MEM_USED] = {"MEM-USED", .right = true, .rank = 10, .passing = true, .drifts = true},
    [AGE] = {"AGE", .min = 4, .rank = 3, .passing = true, .since = true, .drifts = true},
};

/* A row is a GPU account of the dashboard's ledger: a resource of a node, or a node without GPUs. */
struct nodes {
    struct table table;
    struct gpu_ledger *ledger; /* NULL: there are no stores */
    struct load_ledger *load;  /* while it is seen, as … */
    int idle;                  /* GPUs that are held for nothing; counted anew when something was measured */
    bool idle_stale;
    struct device_ledger *devices; /* … what drivers offer; NULL: there are no stores of it */
};

/* The others of a node do not repeat what its first account's row says. */
static bool is_first(const struct nodes *nodes, const struct gpu_account *account)
{
    const struct gpu_account *first = gpu_ledger_node(nodes->ledger, account->node->r.name);
    while (first && !first->node)
        first = first->next;
    return first == account;
}

enum { NODES_ENTER = LIST_COMMANDS, NODES_PODS, NODES_PRODUCTS };

static const struct binding bindings[] = {
    {"Enter", NODES_ENTER, "look in", "its GPUs, what they do, its pods, and why it takes none"},
    {"p", NODES_PODS, "pods", "its pods, in Pods"},
    NODE_ACT_BINDINGS,
    {"t", NODES_PRODUCTS, NULL, "the GPUs by product"},
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

/* Of what the node has. */
static void share_cell(struct list_cell *out, int64_t part, int64_t whole)
{
    int share = part < 0 ? -1 : percent_of(part, whole);
    if (share >= 0)
        snprintf(out->text, sizeof out->text, "%d", share);
    out->role = share >= 100 ? ROLE_BAD : share >= 80 ? ROLE_WARNING : ROLE_NORMAL;
    out->number = true;
    out->order = share;
}

static void add_text(struct list_cell *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add_text(struct list_cell *out, const char *fmt, ...)
{
    size_t len = strlen(out->text);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(out->text + len, sizeof out->text - len, fmt, ap);
    va_end(ap);
}

int64_t nodes_idle(struct dashboard *dash, const struct pod *pod)
{
    const struct model *model = dashboard_model(dash);
    int64_t idle = gpu_idle(usage_gpus(model->usage, str_or_empty(pod->node)), pod, model_traffic(model, pod->r.uid),
                            dashboard_now(dash));
    return idle >= GPU_IDLE_AFTER ? idle : 0;
}

static void holders_text(const struct nodes *nodes, struct list_cell *out, const struct gpu_account *account)
{
    for (size_t i = 0; i < account->holder_count; i++) {
        const struct gpu_holder *holder = &account->holders[i];
        int64_t idle = nodes_idle(nodes->table.dash, holder->pod);
        char age[TIME_TEXT];
        add_text(out, "%s%s", i ? ", " : "", pod_called(holder->pod));
        if (holder->count > 1)
            add_text(out, " ×%d", holder->count);
        if (idle)
            add_text(out, " idle %s", time_age(age, idle));
        out->role = idle ? ROLE_WARNING : out->role;
    }
}

/* Of a node whose devices are told of by their drivers alone. */
static void device_cell(const struct device_node *devices, enum column column, struct list_cell *out)
{
    int count = (int)devices->count, used = (int)devices->used;
    switch (column) {
    case PRODUCT:
        snprintf(out->text, sizeof out->text, "%.100s (DRA)", device_product(&devices->devices[0]));
        break;
    case CAP:
    case ALLOC:
        count_cell(out, count, ROLE_NORMAL);
        break;
    case USED:
        count_cell(out, used, used ? ROLE_BUSY : ROLE_DIM);
        break;
    case FREE:
        count_cell(out, count - used, count > used ? ROLE_GOOD : ROLE_DIM);
        break;
    default:
        for (size_t i = 0; i < devices->count; i++) {
            char user[300];
            device_user(user, &devices->devices[i]);
            if (*user)
                add_text(out, "%s%s", *out->text ? ", " : "", strchr(user, '/') + 1);
        }
        break;
    }
}

static void gpu_cell(const struct nodes *nodes, const struct gpu_account *account, enum column column, struct list_cell *out)
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
        holders_text(nodes, out, account);
        break;
    }
}

static void cell(void *data, const void *item, size_t column, struct list_cell *out)
{
    struct nodes *nodes = data;
    const struct gpu_account *account = item;
    const struct node *node = account->node;
    const struct model *model = dashboard_model(nodes->table.dash);
    const struct usage_amount *amount;
    double busy;
    enum health health;
    char status[64];
    const struct device_node *devices = account->resource ? NULL : device_ledger_node(nodes->devices, node->r.name);
    if (column >= CPU_ASKED && column <= MEM_USED && !is_first(nodes, account))
        return;
    if (devices && column >= PRODUCT && column <= HOLDERS) {
        device_cell(devices, (enum column)column, out);
        return;
    }
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
        gpu_product(out->text, node, account->resource);
        out->role = account->resource ? ROLE_NORMAL : ROLE_DIM;
        break;
    case CAP:
    case ALLOC:
    case USED:
    case FREE:
    case HOLDERS:
        gpu_cell(nodes, account, (enum column)column, out);
        break;
    case BUSY:
        busy = is_first(nodes, account) ? usage_gpu_mean(usage_gpus(model->usage, node->r.name)) : NAN;
        if (!isnan(busy))
            count_cell(out, (int)lround(busy), ROLE_NORMAL);
        break;
    case CPU_ASKED:
        share_cell(out, nodes->load ? load_of(nodes->load, node->r.name).cpu_milli : -1, node->cpu_milli);
        break;
    case MEM_ASKED:
        share_cell(out, nodes->load ? load_of(nodes->load, node->r.name).memory : -1, node->memory);
        break;
    case CPU_USED:
        amount = usage_of_node(model->usage, node->r.name);
        share_cell(out, amount ? amount->cpu_milli : -1, node->cpu_milli);
        break;
    case MEM_USED:
        amount = usage_of_node(model->usage, node->r.name);
        share_cell(out, amount ? amount->memory : -1, node->memory);
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

/* What nobody measures has no column. */
static bool hidden(void *data, size_t column)
{
    struct nodes *nodes = data;
    const struct usage *usage = dashboard_model(nodes->table.dash)->usage;
    if (column == CPU_USED || column == MEM_USED)
        return !usage || !usage->known[USAGE_NODES];
    return column == BUSY && (!usage || !usage->known[USAGE_GPUS]);
}

static istr labels(void *data UNUSED, const void *item)
{
    return ((const struct gpu_account *)item)->node->r.labels;
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = identity,
    .compare = compare,
    .ordered = true,
    .empty = empty,
    .hidden = hidden,
    .labels = labels,
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

static void on_load(void *data)
{
    struct nodes *nodes = data;
    dashboard_redraw(nodes->table.dash);
}

static void begin(void *state)
{
    struct nodes *nodes = state;
    struct model *model = dashboard_model(nodes->table.dash);
    if (model_store(model, SOURCE_NODES) && model_store(model, SOURCE_PODS))
        nodes->load = load_ledger_new(model_store(model, SOURCE_NODES), model_store(model, SOURCE_PODS), on_load, nodes);
    if (model->slices)
        nodes->devices = device_ledger_new(model->slices, model->claims, on_load, nodes);
    nodes->idle_stale = true;
    nodes->ledger = dashboard_gpus(nodes->table.dash);
    if (nodes->ledger)
        gpu_ledger_listen(nodes->ledger, on_account, nodes);
}

static void end(void *state)
{
    struct nodes *nodes = state;
    if (nodes->ledger)
        gpu_ledger_listen(nodes->ledger, NULL, NULL);
    load_ledger_free(nodes->load);
    device_ledger_free(nodes->devices);
    nodes->load = NULL;
    nodes->devices = NULL;
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
    dashboard_open(nodes->table.dash, &view_node, &(struct target){.kind = &kind_node, .name = node->name});
    return DID_CHANGE;
}

unsigned nodes_pods(struct dashboard *dash, const char *node)
{
    char name[300];
    if (!node)
        return DID_HANDLE;
    snprintf(name, sizeof name, "node=%s", node);
    dashboard_open(dash, &view_pods, NULL);
    dashboard_filter(dash, name);
    return DID_CHANGE;
}

static const char *nodes_node(void *state)
{
    const struct record *node = selected(state);
    return node ? node->name : NULL;
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
    if (command == NODES_ENTER)
        return enter(state);
    if (command == NODES_PODS)
        return nodes_pods(nodes->table.dash, nodes_node(state));
    if (command == NODES_PRODUCTS) {
        dashboard_open(nodes->table.dash, &view_gpus, NULL);
        return DID_CHANGE;
    }
    unsigned did = node_acts_command(nodes->table.dash, command, nodes_node(state));
    if (did)
        return did;
    did = object_command(nodes->table.dash, command, selected(nodes));
    return did ? did : table_command(state, command);
}

static int count_idle(struct nodes *nodes)
{
    const struct store *store = model_store(dashboard_model(nodes->table.dash), SOURCE_NODES);
    if (!nodes->idle_stale)
        return nodes->idle;
    nodes->idle_stale = false;
    nodes->idle = 0;
    for (size_t i = 0; i < store_count(store); i++)
        for (const struct gpu_account *a = gpu_ledger_node(nodes->ledger, store_at(store, i)->name); a; a = a->next)
            for (size_t h = 0; h < a->holder_count; h++)
                nodes->idle += nodes_idle(nodes->table.dash, a->holders[h].pod) ? a->holders[h].count : 0;
    return nodes->idle;
}

/* The totals, a line for what the header says in short. */
static void nodes_status(void *state, char *out, size_t size, enum role *role)
{
    struct nodes *nodes = state;
    table_sync(nodes);
    const struct gpu_ledger *ledger = nodes->ledger;
    const struct model_source *pods = &dashboard_model(nodes->table.dash)->sources[SOURCE_PODS];
    if (!ledger || !nodes->load)
        return;
    if (pods->partial || pods->state == REFLECTOR_REFUSED) { /* others may hold GPUs that look free here */
        snprintf(out, size, "what is used and free is not known: %s", pods->partial ? pods->note : pods->why);
        *role = ROLE_WARNING;
        return;
    }
    struct buf text;
    buf_init(&text, 2048);
    gpu_totals(&text, ledger, nodes->devices, nodes->load, dashboard_model(nodes->table.dash)->usage, count_idle(nodes));
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
    *role = ledger->capacity > ledger->allocatable ? ROLE_WARNING : ROLE_DIM;
}

static bool nodes_changed(void *state, unsigned mask)
{
    struct nodes *nodes = state;
    nodes->idle_stale |= mask & (CHANGED_USAGE | CHANGED_TRAFFIC);
    return table_changed(state, mask) || (mask & (CHANGED_USAGE | CHANGED_TRAFFIC));
}

const struct view view_nodes = {
    .name = "nodes",
    .title = "Nodes",
    .words = "no",
    .digit = '3',
    .traffic = true,
    .measures = USAGE_BIT(USAGE_NODES) | USAGE_BIT(USAGE_GPUS),
    .wordy = true,
    .sources = CHANGED_NODES | CHANGED_PODS,
    .bindings = bindings,
    .list = &list_class,
    .more_bindings = list_bindings,
    .open = nodes_open,
    .close = nodes_close,
    .draw = table_draw,
    .key = table_key,
    .command = nodes_command,
    .changed = nodes_changed,
    .visible = table_visible,
    .node = nodes_node,
    .summary = table_summary,
    .status = nodes_status,
    TABLE_FILTER,
};
