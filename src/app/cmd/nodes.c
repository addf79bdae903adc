#include "app/commands.h"
#include "app/list.h"
#include "app/meter.h"
#include "app/node_text.h"
#include "base/text.h"
#include "base/time.h"
#include "ops/status.h"

#include <math.h>

#define MEASURED_WITHIN (5 * NSEC_PER_SEC) /* who measures is of help only */

static const struct table_column columns[] = {{"NAME"},
                                              {"STATUS"},
                                              {"ROLES"},
                                              {"GPU PRODUCT"},
                                              {"GPU", .number = true},
                                              {"USED", .number = true},
                                              {"FREE", .number = true},
                                              {"HELD BY"},
                                              {"CPU REQ%", .number = true},
                                              {"MEM REQ%", .number = true},
                                              {"AGE", .age = true},
                                              {"VERSION"},
                                              {"ALLOCATABLE", .wide = true, .number = true},
                                              {"UNHEALTHY", .wide = true, .number = true},
                                              {"GPU BUSY%", .wide = true, .number = true},
                                              {"CPU USED%", .wide = true, .number = true},
                                              {"MEM USED%", .wide = true, .number = true},
                                              {"RESOURCES", .wide = true},
                                              {"INTERNAL-IP", .wide = true},
                                              {"TAINTS", .wide = true}};

struct listing {
    struct app *app;
    struct store *nodes, *pods;
    struct gpu_ledger *gpus;
    struct load_ledger *load;
    struct store *slices, *claims;
    struct device_ledger *devices;
    struct usage usage;
    enum table_format format;
    /* With -w: */
    struct store_listener on_nodes;
    struct map dirty, said; /* nodes of which something changed; node → what was said of it last */
    struct loop_task changed;
};

static void holders(struct buf *out, const struct gpu_account *a)
{
    for (size_t i = 0; i < a->holder_count; i++)
        buf_addf(out, "%s%s/%s", out->len ? "," : "", str_or_empty(a->holders[i].pod->r.ns), a->holders[i].pod->r.name);
}

static void share_cell(struct table *table, int64_t part, int64_t whole)
{
    int share = part < 0 ? -1 : percent_of(part, whole);
    if (share < 0)
        table_number(table, NAN, "%s", "");
    else
        table_number(table, share, "%d", share);
}

static void product_cell(struct table *table, const struct node *node, const struct gpu_account *account,
                         const struct device_node *devices)
{
    char words[GPU_WORDS];
    struct buf text;
    buf_init(&text, 4096);
    for (; account; account = account->next) {
        if (!account->node || (text.len && !account->resource))
            continue;
        gpu_product(words, node, account->resource);
        if (account->resource || node->gpu_product)
            buf_addf(&text, "%s%s", text.len ? ", " : "", words);
    }
    if (!text.len && devices)
        buf_addf(&text, "%s (DRA)", device_product(&devices->devices[0]));
    table_cell(table, "%s", text.data);
    buf_release(&text);
}

/* Of a node whose devices are told of by their drivers alone. */
static void device_holders(struct buf *out, const struct device_node *devices)
{
    char user[300];
    for (size_t i = 0; i < devices->count; i++) {
        device_user(user, &devices->devices[i]);
        if (*user)
            buf_addf(out, "%s%s", out->len ? "," : "", user);
    }
}

static void row(struct table *table, const struct listing *l, const struct node *node, int64_t now)
{
    char words[64];
    int capacity = 0, allocatable = 0, used = 0;
    struct buf held, taints, resources;
    const struct load asked = load_of(l->load, node->r.name);
    const struct usage_amount *amount = usage_of_node(&l->usage, node->r.name);
    const struct gpu_account *first = gpu_ledger_node(l->gpus, node->r.name);
    double busy = usage_gpu_mean(usage_gpus(&l->usage, node->r.name));
    buf_init(&held, 8192);
    buf_init(&taints, 8192);
    buf_init(&resources, 8192);
    for (const struct gpu_account *a = first; a; a = a->next) {
        capacity += a->capacity;
        allocatable += a->allocatable;
        if (!a->node) /* held, but the node does not have it */
            continue;
        used += a->used;
        holders(&held, a);
    }
    const struct device_node *devices = capacity ? NULL : device_ledger_node(l->devices, node->r.name);
    if (devices) {
        capacity = allocatable = (int)devices->count;
        used = (int)devices->used;
        device_holders(&held, devices);
    }
    for (size_t i = 0; i < node->taint_count; i++)
        buf_addf(&taints, "%s%s:%s", i ? "," : "", str_or_empty(node->taints[i].key), str_or_empty(node->taints[i].effect));
    node_resources_text(&resources, first);
    node_words(words, node);
    table_cell(table, "%s", node->r.name);
    table_cell(table, "%s", words);
    table_cell(table, "%s", str_or_empty(node->roles));
    product_cell(table, node, first, devices);
    table_cell(table, "%d", capacity);
    table_cell(table, "%d", used);
    table_cell(table, "%d", MAX(allocatable - used, 0));
    table_cell(table, "%s", held.data);
    share_cell(table, asked.cpu_milli, node->cpu_milli);
    share_cell(table, asked.memory, node->memory);
    table_cell_age(table, node->r.created, now);
    table_cell(table, "%s", str_or_empty(node->version));
    table_cell(table, "%d", allocatable);
    table_cell(table, "%d", MAX(capacity - allocatable, 0));
    if (isnan(busy))
        table_number(table, NAN, "%s", "");
    else
        table_number(table, busy, "%.0f", busy);
    share_cell(table, amount ? amount->cpu_milli : -1, node->cpu_milli);
    share_cell(table, amount ? amount->memory : -1, node->memory);
    table_cell(table, "%s", resources.data);
    table_cell(table, "%s", str_or_empty(node->internal_ip));
    table_cell(table, "%s", taints.data);
    buf_release(&held);
    buf_release(&taints);
    buf_release(&resources);
}

static bool is_told(const struct reflector *reflector)
{
    return reflector_state(reflector) != REFLECTOR_LISTING;
}

/* Once: what does not answer soon is not known. */
static int measure(struct listing *l)
{
    struct app *app = l->app;
    struct meter *meter = meter_new(app->client, l->pods, &l->usage, NULL, NULL);
    int64_t until = time_monotonic() + MEASURED_WITHIN;
    struct reflector *slices = reflector_new(app->client, l->slices, NULL, NULL, NULL),
                     *claims = reflector_new(app->client, l->claims, NULL, NULL, NULL);
    meter_watch(meter, USAGE_BIT(USAGE_NODES) | USAGE_BIT(USAGE_GPUS), NULL);
    while (!(meter_settled(meter) && is_told(slices) && is_told(claims)) && !app->interrupted && time_monotonic() < until)
        loop_turn(app->loop, until - time_monotonic());
    meter_free(meter);
    reflector_free(slices);
    reflector_free(claims);
    return app->interrupted ? 130 : STATUS_DONE;
}

/* NULL with the sentence what is wrong with the filter. */
static struct table *new_table(const struct app *app, struct err *err)
{
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "node");
    if (table_set_filter(table, options_has(app->options, OPT_FILTER) ? app->options->values[OPT_FILTER] : NULL, err) == 0)
        return table;
    table_free(table);
    return NULL;
}

/* What makes a row worth printing anew. */
static void row_key(struct buf *out, const struct listing *l, const struct node *node)
{
    char words[64];
    node_words(words, node);
    buf_adds(out, words);
    for (const struct gpu_account *a = gpu_ledger_node(l->gpus, node->r.name); a; a = a->next) {
        buf_addf(out, "\n%s %d %d %d ", str_or_empty(a->resource), a->capacity, a->allocatable, a->used);
        holders(out, a);
    }
    for (size_t i = 0; i < node->taint_count; i++)
        buf_addf(out, "\n%s=%s:%s", str_or_empty(node->taints[i].key), str_or_empty(node->taints[i].value),
                 str_or_empty(node->taints[i].effect));
}

static bool says_something_else(struct listing *l, const struct node *node)
{
    struct buf key;
    buf_init(&key, 64u << 10);
    row_key(&key, l, node);
    bool other = !str_eq(map_get(&l->said, node->r.name), key.data);
    free(map_put(&l->said, node->r.name, xstrdup(str_or_empty(key.data))));
    buf_release(&key);
    return other;
}

/* The rows that changed, once a turn. */
static void print_changed(void *data)
{
    struct listing *l = data;
    struct err err = ERR_INIT;
    struct table *table = new_table(l->app, &err);
    size_t count = 0;
    if (!table)
        BUG("a filter that was read cannot be read: %s", err.text);
    for (struct map_entry *e = map_first(&l->dirty); e; e = map_next(&l->dirty, e)) {
        const struct node *node = (const struct node *)store_find(l->nodes, NULL, e->key);
        if (!node || !says_something_else(l, node))
            continue;
        table_row(table, node->r.name);
        row(table, l, node, loop_wall(l->app->loop));
        table_row_end(table, node->r.labels);
        count++;
    }
    map_release(&l->dirty, NULL);
    l->dirty = (struct map)MAP_INIT;
    if (count)
        table_finish(table, l->format, false);
    else
        table_free(table);
}

static void mark(struct listing *l, const char *node)
{
    map_put(&l->dirty, node, l);
    loop_task_start(&l->changed);
}

static void on_nodes(void *data, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mark(data, changes[i].now ? changes[i].now->name : changes[i].before->name);
}

static void on_account(void *data, const struct gpu_account *account, bool now UNUSED)
{
    mark(data, account->node->r.name);
}

static int watch(struct listing *l)
{
    bool over = false;
    STORE_EACH(struct node, node, l->nodes) says_something_else(l, node);
    app_end_with_reader(l->app, &over);
    loop_task_init(&l->changed, l->app->loop, print_changed, l);
    store_listen(l->nodes, &l->on_nodes, on_nodes, l);
    gpu_ledger_listen(l->gpus, on_account, l);
    int status = app_wait(l->app, &over, 0);
    gpu_ledger_listen(l->gpus, NULL, NULL);
    store_unlisten(&l->on_nodes);
    loop_task_stop(&l->changed);
    map_release(&l->dirty, NULL);
    map_release(&l->said, free);
    return status;
}

static void print_table(const struct listing *l, struct table *table, enum table_format format, struct buf *out)
{
    STORE_EACH(struct node, node, l->nodes) {
        table_row(table, node->r.name);
        row(table, l, node, loop_wall(l->app->loop));
        table_row_end(table, node->r.labels);
    }
    table_print(table, format, true, out);
    if ((format == TABLE_TABLE || format == TABLE_WIDE) && !options_has(l->app->options, OPT_WATCH)) {
        struct buf totals;
        buf_init(&totals, 4096);
        gpu_totals(&totals, l->gpus, l->devices, l->load, &l->usage, 0);
        buf_addf(out, "%s\n", totals.data);
        buf_release(&totals);
    }
}

static int print_node(const struct listing *l, const char *name, struct buf *out)
{
    const struct record *node = store_find(l->nodes, NULL, name);
    struct buf text;
    if (!node)
        return app_failf(STATUS_FAULT, "there is no node '%s'; 'patchbay nodes' lists them", name);
    buf_init(&text, 16u << 20);
    node_text(&text, (const struct node *)node, l->gpus, l->load, l->pods, l->devices, &l->usage, loop_wall(l->app->loop));
    for (char *line = text.data, *end; line && *line; line = end) { /* what the cluster says is made harmless, a line at a time */
        end = line + strcspn(line, "\n");
        text_sanitise(out, line, (size_t)(end - line));
        buf_addc(out, '\n');
        end += *end != '\0';
    }
    buf_release(&text);
    return STATUS_DONE;
}

static int list(struct app *app, struct table *table, enum table_format format)
{
    const char *name = app->options->arg_count ? app->options->args[0] : NULL;
    bool watched = options_has(app->options, OPT_WATCH);
    int status = app_connect(app);
    if (status != STATUS_DONE)
        return status;
    struct listing l = {.app = app, .nodes = store_new(&kind_node), .pods = store_new(&kind_pod),
                        .slices = store_new(&kind_resourceslice), .claims = store_new(&kind_resourceclaim)};
    struct reflector *of_nodes = NULL, *of_pods = NULL;
    struct buf out;
    buf_init(&out, 64u << 20);
    l.format = format;
    status = app_list(app, l.nodes, NULL, app->options->values[OPT_SELECTOR], watched ? &of_nodes : NULL);
    if (status == STATUS_DONE) /* of all namespaces: whoever holds a GPU counts */
        status = app_list(app, l.pods, NULL, NULL, watched ? &of_pods : NULL);
    if (status == STATUS_DONE && format != TABLE_NAME)
        status = measure(&l);
    if (status == STATUS_DONE) {
        l.gpus = gpu_ledger_new(l.nodes, l.pods);
        l.load = load_ledger_new(l.nodes, l.pods, NULL, NULL);
        l.devices = device_ledger_new(l.slices, l.claims, NULL, NULL);
        if (name)
            status = print_node(&l, name, &out);
        else
            print_table(&l, table, format, &out);
        app_print(&out);
        if (watched && status == STATUS_DONE)
            status = watch(&l);
        gpu_ledger_free(l.gpus);
        load_ledger_free(l.load);
        device_ledger_free(l.devices);
    }
    reflector_free(of_nodes);
    reflector_free(of_pods);
    usage_release(&l.usage);
    buf_release(&out);
    store_free(l.nodes);
    store_free(l.pods);
    store_free(l.slices);
    store_free(l.claims);
    return status;
}

static int run(struct app *app)
{
    const struct options *o = app->options;
    struct err err = ERR_INIT;
    enum table_format format;
    if (table_format_parse(&format, o->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    if (o->arg_count && (options_has(o, OPT_OUTPUT) || options_has(o, OPT_WATCH) || options_has(o, OPT_FILTER)))
        return app_failf(STATUS_USAGE, "a node alone is text, once; leave -o, -w and --filter out, or the node");
    struct table *table = new_table(app, &err);
    if (!table)
        return app_fail(STATUS_USAGE, &err);
    int status = list(app, table, format);
    table_free(table);
    return status;
}

const struct command command_nodes = {
    .name = "nodes",
    .alias = "no",
    .args = "[NODE]",
    .summary = "the nodes: their GPUs, who holds them, what is free",
    .help = "Lists the nodes with their GPUs: how many there are, used and free, and the pods that hold them; what of CPU and\n"
            "memory is requested and, where metrics-server is there, used; how busy GPUs are, where a DCGM exporter is there.\n"
            "Of one node: why it takes no pods, what its GPUs do, and its pods.\n"
            "\n"
            "  patchbay nodes -o wide\n"
            "  patchbay nodes -w\n"
            "  patchbay nodes gpu-1\n"
            "  patchbay nodes -o csv",
    .options = OPTS_CLUSTER | OPT(OPT_SELECTOR) | OPT(OPT_OUTPUT) | OPT(OPT_WATCH) | OPT(OPT_FILTER),
    .max_args = 1,
    .run = run,
};
