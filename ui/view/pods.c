#include "ui/view.h"

#include "k8s/kinds/pod.h"
#include "ops/reason.h"
#include "ui/objects.h"
#include "ui/removals.h"
#include "ui/table.h"
#include "ui/view/nodes.h"

enum column { NAMESPACE, NAME, READY, STATUS, REASON, RESTARTS, AGE, NODE, GPU, CPU, MEMORY, IP, OWNER, GRAPH, THING };

static const struct list_column columns[] = {
    [NAMESPACE] = {"NAMESPACE", .max = 20, .rank = 1},
    [NAME] = {"NAME", .min = 16, .wish = 24, .shrink = true},
    [READY] = {"READY", .right = false},
    [STATUS] = {"STATUS", .min = 9, .max = 28},
    [REASON] = {"REASON", .min = 8, .wish = 14, .shrink = true, .stretch = true, .spare = true},
    [RESTARTS] = {"RESTARTS", .rank = 3, .passing = true},
    [AGE] = {"AGE", .min = 5, .rank = 2, .passing = true, .since = true},
    [NODE] = {"NODE", .max = 24, .rank = 4},
    [GPU] = {"GPU", .rank = 5},
    [CPU] = {"CPU", .right = true, .rank = 6, .passing = true},
    [MEMORY] = {"MEM", .right = true, .rank = 7, .passing = true},
    [IP] = {"IP", .rank = RANK_EXTRA, .spare = true},
    [OWNER] = {"OWNER", .max = 40, .rank = RANK_EXTRA + 3, .spare = true},
    [GRAPH] = {"GRAPH", .max = 24, .rank = RANK_EXTRA + 2, .spare = true},
    [THING] = {"THING", .max = 24, .rank = RANK_EXTRA + 1, .spare = true},
};

enum { PODS_ENTER = LIST_COMMANDS, PODS_GRAPH, PODS_UNWELL, PODS_REMOVE /* + enum removal */ };

static const struct binding bindings[] = {
    {"Enter", PODS_ENTER, "logs", "its log, followed", ACTION_LOGS},
    {"l", OBJECT_LOGS, NULL, "its log, followed", ACTION_LOGS},
    OBJECT_PICTURE_BINDING,
    OBJECT_BINDINGS,
    {"X", PODS_REMOVE + REMOVAL_DELETE, "delete", "delete it on the cluster; asks first", ACTION_DELETE_POD},
    {"R", PODS_REMOVE + REMOVAL_RESTART, NULL, "its controller makes another; asks", ACTION_DELETE_POD},
    {"E", PODS_REMOVE + REMOVAL_EVICT, NULL, "evict it, heeding budgets; asks", ACTION_EVICT},
    {"o", PODS_GRAPH, NULL, "only those of its graph, or all again"},
    {"f", PODS_UNWELL, NULL, "only those that are not well, or all again"},
    LIST_MARK_BINDING,
    OBJECT_POD_BINDINGS,
    {NULL},
};

static int gpus_of(const struct pod *pod)
{
    int count = 0;
    for (size_t i = 0; i < pod->gpu_count; i++)
        count += pod->gpus[i].count;
    return count;
}

static void number(struct list_cell *out, double order)
{
    out->number = true;
    out->order = order;
}

struct pods {
    struct table table;
    struct pod_words words; /* of the row that was looked at last */
    const void *words_of;   /* NULL: none, or it may have changed */
    bool unwell;            /* only those that are not well are shown */
};

static const struct pod_words *words_of(struct pods *pods, const void *row)
{
    if (pods->words_of != row)
        pod_words(&pods->words, row);
    pods->words_of = row;
    return &pods->words;
}

/* Most pods have few containers: their texts are one for all. */
static const char *ready_text(const struct pod_words *words, struct list_cell *out)
{
    static char texts[10][10][4];
    if (words->ready > 9 || words->total > 9) {
        snprintf(out->text, sizeof out->text, "%d/%d", words->ready, words->total);
        return out->text;
    }
    char *text = texts[words->ready][words->total];
    memcpy(text, (char[4]){(char)('0' + words->ready), '/', (char)('0' + words->total), '\0'}, 4);
    return text;
}

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    struct table *table = data;
    const struct pod *pod = row;
    const struct usage_amount *used;
    const struct pod_words *words;
    char restarts[POD_RESTARTS_TEXT];
    switch ((enum column)column) {
    case NAMESPACE:
        out->shown = str_or_empty(pod->r.ns);
        out->role = ROLE_DIM;
        break;
    case NAME:
        out->shown = pod->r.name;
        break;
    case READY:
        words = words_of(data, pod);
        out->shown = ready_text(words, out);
        out->role = words->ready < words->total && words->health != HEALTH_DONE ? ROLE_WARNING : ROLE_NORMAL;
        break;
    case STATUS:
        words = words_of(data, pod);
        if (str_eq(words->status, "Running"))
            out->shown = "Running";
        else
            snprintf(out->text, sizeof out->text, "%s", words->status);
        out->role = health_role(words->health);
        out->glyph = health_glyph(words->health);
        break;
    case REASON:
        if (!pod->running)
            pod_reason(out->text, pod);
        out->role = ROLE_WARNING;
        break;
    case RESTARTS:
        words = words_of(data, pod);
        if (words->restarts && words->last_restart)
            dashboard_age(table->dash, words->last_restart);
        snprintf(out->text, sizeof out->text, "%s", pod_restarts(restarts, words, dashboard_wall(table->dash)));
        out->role = words->restarts ? ROLE_WARNING : ROLE_DIM;
        number(out, words->restarts);
        break;
    case AGE:
        table_age(table->dash, out->text, sizeof out->text, pod->r.created);
        number(out, -(double)pod->r.created);
        break;
    case NODE:
        out->shown = pod->node ? pod->node : "<none>";
        out->role = pod->node ? ROLE_NORMAL : ROLE_DIM;
        break;
    case GPU:
        if (gpus_of(pod))
            snprintf(out->text, sizeof out->text, "%d", gpus_of(pod));
        number(out, gpus_of(pod));
        break;
    case CPU:
        used = usage_of(dashboard_model(table->dash)->usage, pod);
        if (used && used->cpu_milli >= 0)
            nodes_cpu(out->text, used->cpu_milli);
        number(out, used ? (double)used->cpu_milli : -1);
        break;
    case MEMORY:
        used = usage_of(dashboard_model(table->dash)->usage, pod);
        if (used && used->memory >= 0)
            nodes_memory(out->text, used->memory);
        number(out, used ? (double)used->memory : -1);
        break;
    case IP:
        out->shown = str_or_empty(pod->ip);
        break;
    case OWNER:
        out->shown = str_or_empty(pod->owner);
        out->role = ROLE_DIM;
        break;
    case GRAPH:
        out->shown = str_or_empty(pod->graph);
        break;
    case THING:
        out->shown = str_or_empty(pod->thing);
        break;
    }
}

static const char *empty(void *data)
{
    struct table *table = data;
    if (((struct pods *)data)->unwell)
        return table_empty(table, SOURCE_PODS, "all pods are well; f shows them");
    return table_empty(table, SOURCE_PODS, dashboard_model(table->dash)->ns
                                               ? "no pods in this namespace; 0 shows all namespaces" : "no pods");
}

/* What pods use, where somebody measures it. */
static bool hidden(void *data, size_t column)
{
    const struct usage *usage = dashboard_model(((struct table *)data)->dash)->usage;
    if (column == CPU || column == MEMORY)
        return !usage || !usage->known[USAGE_PODS];
    return table_hides_namespace(data, column);
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
    .labels = table_labels,
};

/* Another record may come to stand where one was freed. */
static void begin(void *state)
{
    ((struct pods *)state)->words_of = NULL;
}

static void learn(void *state, enum model_source_id source UNUSED, const struct change *change UNUSED)
{
    begin(state);
}

static bool shows(void *state, const struct record *record)
{
    struct pods *pods = state;
    struct pod_words words;
    if (!table_in_namespace(&pods->table, record))
        return false;
    if (!pods->unwell)
        return true;
    pod_words(&words, (const struct pod *)record);
    return words.health != HEALTH_DONE && (words.health != HEALTH_GOOD || words.ready < words.total);
}

static const struct table_rows rows = {.sources = CHANGED_PODS, .shows = shows, .begin = begin, .learn = learn};

static unsigned enter(void *state)
{
    struct table *table = state;
    return object_command(table->dash, OBJECT_LOGS, table_selected(table));
}

static void *pods_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct pods *pods = xcalloc(1, sizeof *pods);
    struct table *table = &pods->table;
    table_init(table, dash, &list_class, CHANGED_CONTEXT, NULL);
    table_follow(table, &rows);
    table->enter = enter;
    return pods;
}

static void pods_close(void *state)
{
    table_release(state);
    free(state);
}

/* Those that are marked, also where a filter hides them; the array is the caller's. */
static const struct pod **marked(struct pods *pods, size_t *count)
{
    struct table *table = &pods->table;
    struct store *store = model_store(dashboard_model(table->dash), SOURCE_PODS);
    const struct pod **chosen = NULL;
    size_t cap = 0;
    *count = 0;
    if (table->list.marks.count)
        STORE_EACH(struct pod, pod, store) {
            if (!list_marked(&table->list, pod))
                continue;
            GROW(chosen, *count, cap);
            chosen[(*count)++] = pod;
        }
    return chosen;
}

/* The logs of all that are marked as one, else of the selected pod. */
static unsigned open_logs(struct pods *pods)
{
    struct table *table = &pods->table;
    size_t count;
    const struct pod **chosen = marked(pods, &count);
    if (count < 2) {
        free(chosen);
        return object_command(table->dash, OBJECT_LOGS, table_selected(table));
    }
    const char **uids = xcalloc(count + 1, sizeof *uids);
    for (size_t i = 0; i < count; i++)
        uids[i] = str_or_empty(chosen[i]->r.uid);
    dashboard_open(table->dash, &view_logs, &(struct target){.uids = uids});
    free(uids);
    free(chosen);
    return DID_CHANGE;
}

/* Those that are marked, else the selected one. */
static void remove_chosen(struct pods *pods, enum removal how)
{
    struct table *table = &pods->table;
    size_t count;
    const struct pod *selected = table_selected(table), **chosen = marked(pods, &count);
    if (count)
        removals_ask(table->dash, how, chosen, count);
    else
        removals_ask(table->dash, how, &selected, selected ? 1 : 0);
    free(chosen);
}

static unsigned pods_command(void *state, int command, const struct key *key UNUSED)
{
    struct table *table = state;
    if (command == PODS_ENTER)
        return enter(state);
    if (command == OBJECT_LOGS)
        return open_logs(state);
    if (command >= PODS_REMOVE && command < PODS_REMOVE + REMOVAL_COUNT) {
        remove_chosen(state, (enum removal)(command - PODS_REMOVE));
        return DID_CHANGE;
    }
    if (command == PODS_UNWELL) {
        struct pods *pods = state;
        pods->unwell = !pods->unwell;
        table->dirty = true;
        return DID_CHANGE;
    }
    if (command == PODS_GRAPH)
        return table_filter_graph(state, table_selected(state) ? ((const struct pod *)table_selected(state))->graph : NULL);
    unsigned did = object_command(table->dash, command, table_selected(state));
    return did ? did : table_command(state, command);
}

static void pods_summary(void *state, char *out, size_t size)
{
    table_summary(state, out, size);
    if (((struct pods *)state)->unwell)
        snprintf(out + strlen(out), size - strlen(out), ", not well only");
}

/* Why the selected pod is where it is, in the cluster's own words-> */
static void pods_status(void *state, char *out, size_t size, enum role *role)
{
    const struct pod *pod = table_selected(state);
    const char *message = NULL;
    if (!pod)
        return;
    for (size_t i = 0; i < pod->container_count && !message; i++)
        if (pod->containers[i].message && pod->containers[i].state != CONTAINER_RUNNING)
            message = pod->containers[i].message;
    if (!message)
        message = pod->unscheduled_message ? pod->unscheduled_message : pod->message;
    if (message) {
        snprintf(out, size, "%s: %s", pod->r.name, message);
        *role = ROLE_WARNING;
    }
}

static bool pods_changed(void *state, unsigned mask)
{
    return table_changed(state, mask) || (mask & CHANGED_USAGE);
}

const struct view view_pods = {
    .name = "pods",
    .title = "Pods",
    .words = "po pod",
    .digit = '4',
    .measures = USAGE_BIT(USAGE_PODS),
    .sources = CHANGED_PODS,
    .bindings = bindings,
    .list = &list_class,
    .more_bindings = list_bindings,
    .open = pods_open,
    .close = pods_close,
    .draw = table_draw,
    .key = table_key,
    .command = pods_command,
    .changed = pods_changed,
    .visible = table_visible,
    .selected = table_selected_record,
    .ns = table_ns,
    .summary = pods_summary,
    .status = pods_status,
    TABLE_FILTER,
};
