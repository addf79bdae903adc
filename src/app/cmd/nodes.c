#include "app/commands.h"
#include "app/list.h"
#include "base/time.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "ops/gpu.h"
#include "ops/status.h"

static const struct table_column columns[] = {
    {"NAME"}, {"STATUS"}, {"ROLES"}, {"GPU PRODUCT"}, {"GPU", .number = true}, {"USED", .number = true}, {"FREE", .number = true},
    {"HELD BY"}, {"AGE"}, {"VERSION"}, {"ALLOCATABLE", .wide = true, .number = true},
    {"INTERNAL-IP", .wide = true}, {"TAINTS", .wide = true}};

static struct gpu_ledger *ledger;

static void holders(struct buf *out, const struct gpu_account *a)
{
    for (size_t i = 0; i < a->holder_count; i++)
        buf_addf(out, "%s%s/%s", out->len ? "," : "", str_or_empty(a->holders[i].pod->r.ns), a->holders[i].pod->r.name);
}

static void row(struct table *table, const struct record *record, const struct store *store, int64_t now)
{
    (void)store;
    const struct node *node = (const struct node *)record;
    char words[64];
    int capacity = 0, allocatable = 0, used = 0;
    struct buf held, taints;
    buf_init(&held, 8192);
    buf_init(&taints, 8192);
    for (const struct gpu_account *a = gpu_ledger_node(ledger, node->r.name); a; a = a->next) {
        capacity += a->capacity;
        allocatable += a->allocatable;
        if (!a->node) /* held, but the node does not have it */
            continue;
        used += a->used;
        holders(&held, a);
    }
    for (size_t i = 0; i < node->taint_count; i++)
        buf_addf(&taints, "%s%s:%s", i ? "," : "", str_or_empty(node->taints[i].key), str_or_empty(node->taints[i].effect));
    node_words(words, node);
    table_cell(table, "%s", node->r.name);
    table_cell(table, "%s", words);
    table_cell(table, "%s", str_or_empty(node->roles));
    table_cell(table, "%s%s", str_or_empty(node->gpu_product), node->simulated ? " (simulated)" : "");
    table_cell(table, "%d", capacity);
    table_cell(table, "%d", used);
    table_cell(table, "%d", MAX(allocatable - used, 0));
    table_cell(table, "%s", held.data);
    table_cell_age(table, node->r.created, now);
    table_cell(table, "%s", str_or_empty(node->version));
    table_cell(table, "%d", allocatable);
    table_cell(table, "%s", str_or_empty(node->internal_ip));
    table_cell(table, "%s", taints.data);
    buf_release(&held);
    buf_release(&taints);
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    enum table_format format;
    if (table_format_parse(&format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    int status = app_connect(app);
    if (status != STATUS_DONE)
        return status;
    struct store *nodes = store_new(&kind_node), *pods = store_new(&kind_pod);
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "node");
    struct buf out;
    buf_init(&out, 64u << 20);
    status = app_list(app, nodes, NULL, app->options->values[OPT_SELECTOR], NULL);
    if (status == STATUS_DONE) /* of all namespaces: whoever holds a GPU counts */
        status = app_list(app, pods, NULL, NULL, NULL);
    if (status == STATUS_DONE) {
        ledger = gpu_ledger_new(nodes, pods);
        STORE_EACH(struct node, node, nodes) {
            table_row(table, node->r.name);
            row(table, &node->r, nodes, loop_wall(app->loop));
        }
        table_print(table, format, true, &out);
        if (format == TABLE_TABLE || format == TABLE_WIDE)
            buf_addf(&out, "%d of %d GPUs are free%s\n", ledger->free, ledger->allocatable,
                     ledger->simulated ? " (simulated: the embedded cluster has none)" : "");
        fwrite(out.data, 1, out.len, stdout);
        gpu_ledger_free(ledger);
    }
    buf_release(&out);
    table_free(table);
    store_free(nodes);
    store_free(pods);
    return status;
}

const struct command command_nodes = {
    .name = "nodes",
    .alias = "no",
    .args = "",
    .summary = "the nodes: their GPUs, who holds them, what is free",
    .help = "Lists the nodes with their GPUs: how many there are, used and free, and the pods that hold them.\n"
            "\n"
            "  patchbay nodes\n"
            "  patchbay nodes -o csv",
    .options = OPTS_CLUSTER | OPT(OPT_SELECTOR) | OPT(OPT_OUTPUT),
    .run = run,
};
