#include "ui/view.h"

#include "ops/devices.h"
#include "ops/gpu_words.h"
#include "ui/table.h"
#include "ui/view/nodes.h"

/* The cluster's GPUs by what they are, whichever node they are in. */

enum column { PRODUCT, RESOURCE, NODES, CAP, ALLOC, USED, FREE, HOLDERS };

static const struct list_column columns[] = {
    [PRODUCT] = {"PRODUCT", .min = 16, .wish = 24, .shrink = true},
    [RESOURCE] = {"RESOURCE", .max = 32, .rank = 3},
    [NODES] = {"NODES", .right = true, .rank = 2},
    [CAP] = {"CAP", .right = true},
    [ALLOC] = {"ALLOC", .right = true},
    [USED] = {"USED", .right = true},
    [FREE] = {"FREE", .right = true},
    [HOLDERS] = {"HELD BY", .min = 10, .wish = 20, .shrink = true, .rank = 1},
};

struct product {
    char name[GPU_WORDS];
    char resource[128];
    int counts[FREE - NODES + 1]; /* of the columns from NODES on */
    char holders[LIST_TEXT];
};

struct gpus {
    struct table table;
    struct device_ledger *devices; /* while it is seen */
    struct product **products;
    size_t count, cap;
};

enum { GPUS_ENTER = LIST_COMMANDS, GPUS_NODES };

static const struct binding bindings[] = {
    {"Enter", GPUS_ENTER, "nodes", "the nodes that have it"},
    {"t", GPUS_NODES, "by node", "the same by node"},
    {NULL},
};

static void cell(void *data UNUSED, const void *item, size_t column, struct list_cell *out)
{
    const struct product *product = item;
    switch ((enum column)column) {
    case PRODUCT:
        out->shown = product->name;
        break;
    case RESOURCE:
        out->shown = product->resource;
        out->role = ROLE_DIM;
        break;
    case HOLDERS:
        out->shown = product->holders;
        break;
    default: {
        int count = product->counts[column - NODES];
        snprintf(out->text, sizeof out->text, "%d", count);
        out->number = true;
        out->order = count;
        if (column == ALLOC && count < product->counts[CAP - NODES])
            out->role = ROLE_BAD;
        else if (column == FREE)
            out->role = count > 0 ? ROLE_GOOD : ROLE_DIM;
        else if (column == USED)
            out->role = count ? ROLE_BUSY : ROLE_DIM;
        break;
    }
    }
}

static void identity(void *data UNUSED, const void *item, char *out, size_t size)
{
    const struct product *product = item;
    snprintf(out, size, "%s/%s", product->resource, product->name);
}

static const char *empty(void *data)
{
    return table_empty(data, SOURCE_NODES, "no GPUs: no node has a resource of NVIDIA, AMD or Intel, and no driver offers devices");
}

static const struct list_class list_class = {
    .columns = columns, .column_count = ARRAY_SIZE(columns), .cell = cell, .identity = identity, .empty = empty};

static void forget(struct gpus *gpus)
{
    for (size_t i = 0; i < gpus->count; i++)
        free(gpus->products[i]);
    gpus->count = 0;
}

static struct product *product_of(struct gpus *gpus, const char *name, const char *resource)
{
    for (size_t i = 0; i < gpus->count; i++)
        if (str_eq(gpus->products[i]->name, name) && str_eq(gpus->products[i]->resource, resource))
            return gpus->products[i];
    struct product *product = xcalloc(1, sizeof *product);
    snprintf(product->name, sizeof product->name, "%s", name);
    snprintf(product->resource, sizeof product->resource, "%s", resource);
    GROW(gpus->products, gpus->count, gpus->cap);
    gpus->products[gpus->count++] = product;
    return product;
}

static void add_counts(struct product *product, int cap, int alloc, int used, int left)
{
    const int more[] = {1, cap, alloc, used, left};
    for (size_t i = 0; i < ARRAY_SIZE(more); i++)
        product->counts[i] += more[i];
}

static void add_holder(struct product *product, const char *name)
{
    size_t len = strlen(product->holders);
    snprintf(product->holders + len, sizeof product->holders - len, "%s%s", len ? ", " : "", name);
}

static void add_account(struct gpus *gpus, const struct gpu_account *account)
{
    char name[GPU_WORDS];
    gpu_product(name, account->node, account->resource);
    struct product *product = product_of(gpus, name, account->resource);
    add_counts(product, account->capacity, account->allocatable, account->used, account->free);
    for (size_t i = 0; i < account->holder_count; i++)
        add_holder(product, pod_called(account->holders[i].pod));
}

/* Each device is one; the node is counted with the first of a product. */
static void add_devices(struct gpus *gpus, const struct device_node *node)
{
    const struct product *last = NULL;
    for (size_t i = 0; i < node->count; i++) {
        const struct device *device = &node->devices[i];
        struct product *product = product_of(gpus, device_product(device), str_or_empty(device->slice->driver));
        char user[300];
        add_counts(product, 1, 1, device->claim != NULL, device->claim == NULL);
        product->counts[0] -= product == last;
        last = product;
        device_user(user, device);
        if (*user)
            add_holder(product, strchr(user, '/') + 1);
    }
}

static void rebuild(void *state)
{
    struct gpus *gpus = state;
    struct store *nodes = model_store(dashboard_model(gpus->table.dash), SOURCE_NODES);
    const struct gpu_ledger *ledger = dashboard_gpus(gpus->table.dash);
    list_begin(&gpus->table.list);
    forget(gpus);
    for (size_t i = 0; ledger && nodes && i < store_count(nodes); i++) {
        const char *name = store_at(nodes, i)->name;
        for (const struct gpu_account *a = gpu_ledger_node(ledger, name); a; a = a->next)
            if (a->node && a->resource)
                add_account(gpus, a);
        const struct device_node *devices = device_ledger_node(gpus->devices, name);
        if (devices)
            add_devices(gpus, devices);
    }
    for (size_t i = 0; i < gpus->count; i++)
        list_add(&gpus->table.list, gpus->products[i]);
    list_end(&gpus->table.list);
}

static void on_devices(void *data)
{
    struct gpus *gpus = data;
    gpus->table.dirty = true;
    dashboard_redraw(gpus->table.dash);
}

static void *gpus_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct gpus *gpus = xcalloc(1, sizeof *gpus);
    table_init(&gpus->table, dash, &list_class, CHANGED_NODES | CHANGED_PODS, rebuild);
    return gpus;
}

static void gpus_close(void *state)
{
    struct gpus *gpus = state;
    device_ledger_free(gpus->devices);
    table_release(state);
    forget(gpus);
    free(gpus->products);
    free(gpus);
}

static void gpus_visible(void *state, bool visible)
{
    struct gpus *gpus = state;
    const struct model *model = dashboard_model(gpus->table.dash);
    device_ledger_free(gpus->devices);
    gpus->devices = visible && model->slices ? device_ledger_new(model->slices, model->claims, on_devices, gpus) : NULL;
    gpus->table.dirty = true;
}

static unsigned gpus_command(void *state, int command, const struct key *key UNUSED)
{
    struct gpus *gpus = state;
    const struct product *product = command == GPUS_ENTER ? table_selected(state) : NULL;
    char name[GPU_WORDS];
    if (command == GPUS_ENTER && !product)
        return DID_HANDLE;
    if (command != GPUS_ENTER && command != GPUS_NODES)
        return table_command(state, command);
    snprintf(name, sizeof name, "%s", product ? product->name : "");
    dashboard_open(gpus->table.dash, &view_nodes, NULL);
    if (*name)
        dashboard_filter(gpus->table.dash, name);
    return DID_CHANGE;
}

const struct view view_gpus = {
    .name = "gpus",
    .title = "GPUs",
    .words = "gpu",
    .sources = CHANGED_NODES | CHANGED_PODS,
    .measures = USAGE_BIT(USAGE_GPUS),
    .bindings = bindings,
    .more_bindings = list_bindings,
    .open = gpus_open,
    .close = gpus_close,
    .draw = table_draw,
    .key = table_key,
    .command = gpus_command,
    .changed = table_changed,
    .visible = gpus_visible,
    .summary = table_summary,
    TABLE_FILTER,
};
