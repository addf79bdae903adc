#include "ui/view.h"

#include "base/time.h"
#include "k8s/kinds/node.h"
#include "ops/status.h"
#include "ops/usage.h"
#include "ui/node_acts.h"
#include "ui/objects.h"
#include "ui/table.h"
#include "ui/view/nodes.h"

/* One node: what it is and does above, the pods on it below. */

enum column { NAMESPACE, NAME, STATUS, GPU, CPU, CPU_USED, MEMORY, MEM_USED, AGE };

static const struct list_column columns[] = {
    [NAMESPACE] = {"NAMESPACE", .max = 20, .rank = 2},
    [NAME] = {"POD", .min = 16, .wish = 24, .shrink = true},
    [STATUS] = {"STATUS", .min = 9, .max = 24, .drifts = true},
    [GPU] = {"GPU", .right = true, .drifts = true},
    [CPU] = {"CPU", .right = true, .rank = 3, .drifts = true},
    [CPU_USED] = {"CPU-USED", .right = true, .rank = 4, .passing = true, .drifts = true},
    [MEMORY] = {"MEM", .right = true, .rank = 5, .drifts = true},
    [MEM_USED] = {"MEM-USED", .right = true, .rank = 6, .passing = true, .drifts = true},
    [AGE] = {"AGE", .min = 5, .rank = 1, .passing = true, .drifts = true},
};

struct node_view {
    struct table table;
    istr name;                /* NULL: of none */
    struct load_ledger *load; /* while it is seen, as … */
    struct device_ledger *devices;
    int top;                  /* of the head's rows, the first that is shown */
};

enum { NODE_ENTER = LIST_COMMANDS, NODE_PODS, NODE_HEAD_DOWN, NODE_HEAD_UP };

static const struct binding bindings[] = {
    {"Enter", NODE_ENTER, "logs", "the pod's log, followed", ACTION_LOGS},
    {"p", NODE_PODS, "pods", "these pods, in Pods"},
    NODE_ACT_BINDINGS,
    {"l", OBJECT_LOGS, NULL, "the pod's log, followed", ACTION_LOGS},
    {"J", NODE_HEAD_DOWN, NULL, "what is above the pods, a line down"},
    {"K", NODE_HEAD_UP, NULL, "what is above the pods, a line up"},
    OBJECT_BINDINGS,
    OBJECT_DELETE_BINDING(ACTION_DELETE_POD),
    OBJECT_PICTURE_BINDING,
    OBJECT_POD_BINDINGS,
    {NULL},
};

static void number(struct list_cell *out, double order)
{
    out->number = true;
    out->order = order;
}

/* What is not asked for is left empty; what is used is told, were it 0. */
static void amount_cell(struct list_cell *out, const char *(*text)(char out[NODES_AMOUNT], int64_t amount), int64_t amount, int64_t least)
{
    char amount_text[NODES_AMOUNT];
    if (amount >= least)
        snprintf(out->text, sizeof out->text, "%s", text(amount_text, amount));
    number(out, (double)amount);
}

static void gpu_cell(struct node_view *view, struct list_cell *out, const struct pod *pod)
{
    int count = 0;
    for (size_t i = 0; i < pod->gpu_count; i++)
        count += pod->gpus[i].count;
    int64_t idle = count ? nodes_idle(view->table.dash, pod) : 0;
    char age[TIME_TEXT];
    if (count)
        snprintf(out->text, sizeof out->text, "%d%s%s", count, idle ? " idle " : "", idle ? time_age(age, idle) : "");
    out->role = idle ? ROLE_WARNING : ROLE_NORMAL;
    number(out, count);
}

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    struct node_view *view = data;
    const struct pod *pod = row;
    const struct usage_amount *used = usage_of(dashboard_model(view->table.dash)->usage, pod);
    struct pod_words words;
    switch ((enum column)column) {
    case NAMESPACE:
        out->shown = str_or_empty(pod->r.ns);
        out->role = ROLE_DIM;
        break;
    case NAME:
        out->shown = pod->r.name;
        break;
    case STATUS:
        pod_words(&words, pod);
        snprintf(out->text, sizeof out->text, "%s", words.status);
        out->role = health_role(words.health);
        out->glyph = health_glyph(words.health);
        break;
    case GPU:
        gpu_cell(view, out, pod);
        break;
    case CPU:
        amount_cell(out, nodes_cpu, pod->cpu_milli, 1);
        break;
    case CPU_USED:
        amount_cell(out, nodes_cpu, used ? used->cpu_milli : -1, 0);
        break;
    case MEMORY:
        amount_cell(out, nodes_memory, pod->memory, 1);
        break;
    case MEM_USED:
        amount_cell(out, nodes_memory, used ? used->memory : -1, 0);
        break;
    case AGE:
        table_age(view->table.dash, out->text, sizeof out->text, pod->r.created);
        number(out, -(double)pod->r.created);
        break;
    }
}

static bool hidden(void *data, size_t column)
{
    const struct usage *usage = dashboard_model(((struct node_view *)data)->table.dash)->usage;
    return (column == CPU_USED || column == MEM_USED) && (!usage || !usage->known[USAGE_PODS]);
}

static const char *empty(void *data)
{
    return table_empty(data, SOURCE_PODS, "no pods on it");
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = table_identity,
    .compare = table_compare_records,
    .ordered = true,
    .empty = empty,
    .hidden = hidden,
};

static bool shows(void *state, const struct record *record)
{
    return ((const struct pod *)record)->node == ((struct node_view *)state)->name && ((struct node_view *)state)->name;
}

static void on_load(void *data)
{
    dashboard_redraw(((struct node_view *)data)->table.dash);
}

static void begin(void *state)
{
    struct node_view *view = state;
    struct model *model = dashboard_model(view->table.dash);
    if (model_store(model, SOURCE_NODES) && model_store(model, SOURCE_PODS))
        view->load = load_ledger_new(model_store(model, SOURCE_NODES), model_store(model, SOURCE_PODS), on_load, view);
    if (model->slices)
        view->devices = device_ledger_new(model->slices, model->claims, on_load, view);
}

static void end(void *state)
{
    struct node_view *view = state;
    load_ledger_free(view->load);
    device_ledger_free(view->devices);
    view->load = NULL;
    view->devices = NULL;
}

static const struct table_rows rows = {.sources = CHANGED_PODS, .also = CHANGED_NODES, .shows = shows, .begin = begin, .end = end};

static const struct node *node_of(const struct node_view *view)
{
    struct store *nodes = model_store(dashboard_model(view->table.dash), SOURCE_NODES);
    return nodes && view->name ? (const struct node *)store_find(nodes, NULL, view->name) : NULL;
}

static unsigned enter(void *state)
{
    struct table *table = state;
    return object_command(table->dash, OBJECT_LOGS, table_selected(table));
}

static void node_retarget(void *state, const struct target *target)
{
    struct node_view *view = state;
    struct err ignored = ERR_INIT; /* no filter is none that could be wrong */
    if (!target || !target->name || str_eq(target->name, view->name))
        return;
    istr_unref(view->name);
    view->name = istr_new(target->name);
    view->top = 0;
    view->table.dirty = true;
    list_set_filter(&view->table.list, NULL, false, &ignored);
}

static void *node_open(struct dashboard *dash, const struct target *target)
{
    struct node_view *view = xcalloc(1, sizeof *view);
    table_init(&view->table, dash, &list_class, 0, NULL);
    table_follow(&view->table, &rows);
    view->table.enter = enter;
    node_retarget(view, target);
    return view;
}

static void node_close(void *state)
{
    struct node_view *view = state;
    table_release(state);
    istr_unref(view->name);
    free(view);
}

/* The head has as much as it takes, but leaves some rows to the pods. */
static void node_draw(void *state, struct area area)
{
    struct node_view *view = state;
    const struct node *node = node_of(view);
    int rows_min = MIN(6, MAX(area.h / 2, 1)), h = 0;
    if (node) {
        int all = node_head_draw(view->table.dash, node, view->load, view->devices, area_sub(area, 0, 0, area.w, 0));
        h = MAX(MIN(all, area.h - rows_min - 1), 0);
        view->top = MAX(MIN(view->top, all - h), 0);
        struct area head = area_sub(area, 0, 0, area.w, h);
        node_head_draw(view->table.dash, node, view->load, view->devices, area_sub(head, 0, -view->top, head.w, all));
        if (all > h + view->top)
            draw_textf(area, 1, h, ROLE_DIM, 0, "… %d more; J, K scroll", all - h - view->top);
        h++;
    } else if (view->name) {
        draw_textf(area, 1, h++, ROLE_WARNING, 0, "there is no node '%s' any more", view->name);
        h++;
    }
    view->table.list.offset = h;
    table_draw(state, area_sub(area, 0, h, area.w, MAX(area.h - h, 0)));
}

static const char *node_node(void *state)
{
    return ((struct node_view *)state)->name;
}

static unsigned node_command(void *state, int command, const struct key *key UNUSED)
{
    struct node_view *view = state;
    if (command == NODE_ENTER)
        return enter(state);
    if (command == NODE_PODS)
        return nodes_pods(view->table.dash, view->name);
    if (command == NODE_HEAD_DOWN || command == NODE_HEAD_UP) {
        view->top = MAX(view->top + (command == NODE_HEAD_DOWN ? 1 : -1), 0);
        return DID_CHANGE;
    }
    unsigned did = node_acts_command(view->table.dash, command, view->name);
    if (did)
        return did;
    const struct record *record = table_selected(state);
    const struct node *node = node_of(view);
    if (!record && node && (command == OBJECT_WHY || command == OBJECT_YAML || command == OBJECT_DESCRIBE))
        record = &node->r; /* with no pod on it: its own */
    did = object_command(view->table.dash, command, record);
    return did ? did : table_command(state, command);
}

static bool node_changed(void *state, unsigned mask)
{
    return table_changed(state, mask) || (mask & (CHANGED_NODES | CHANGED_USAGE | CHANGED_TRAFFIC));
}

static void node_summary(void *state, char *out, size_t size)
{
    struct node_view *view = state;
    char rows_text[200];
    table_summary(state, rows_text, sizeof rows_text);
    snprintf(out, size, "%s · pods %s", str_or_empty(view->name), rows_text);
}

const struct view view_node = {
    .name = "node",
    .title = "Node",
    .sources = CHANGED_PODS | CHANGED_NODES,
    .traffic = true,
    .measures = USAGE_BIT(USAGE_NODES) | USAGE_BIT(USAGE_PODS) | USAGE_BIT(USAGE_GPUS),
    .bindings = bindings,
    .list = &list_class,
    .more_bindings = list_bindings,
    .open = node_open,
    .close = node_close,
    .draw = node_draw,
    .key = table_key,
    .command = node_command,
    .changed = node_changed,
    .retarget = node_retarget,
    .visible = table_visible,
    .selected = table_selected_record,
    .ns = table_ns,
    .node = node_node,
    .summary = node_summary,
    TABLE_FILTER,
};
