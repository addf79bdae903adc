#include "ui/view.h"

#include "base/time.h"
#include "k8s/kinds/deployment.h"
#include "ui/acts.h"
#include "ui/objects.h"
#include "ui/table.h"
#include "ui/view/startup.h"
#include "ui/view/waterfall.h"

enum column { NAME, POD, READY, TOTAL, SCHEDULED, SANDBOX, PULL, START, BECOMES_READY, FIRST, BARS };

static const struct list_column columns[] = {
    [NAME] = {"DEPLOYMENT", .max = 26, .drifts = true},
    [POD] = {"POD", .max = 8, .rank = 3},
    [READY] = {"READY", .drifts = true},
    [TOTAL] = {"TOTAL", .right = true, .span = true, .drifts = true},
    [SCHEDULED] = {"SCHED", .right = true, .span = true, .rank = 9, .drifts = true},
    [SANDBOX] = {"SANDBOX", .right = true, .span = true, .rank = 8, .drifts = true},
    [PULL] = {"PULL", .right = true, .span = true, .rank = 5, .drifts = true},
    [START] = {"START", .right = true, .span = true, .rank = 6, .drifts = true},
    [BECOMES_READY] = {"READY", .right = true, .span = true, .rank = 7, .drifts = true},
    [FIRST] = {"RESULT", .right = true, .span = true, .rank = 4, .drifts = true},
    [BARS] = {"", .min = 28, .stretch = true, .painted = true},
};

/* A row is a pod of a deployment, or a deployment that has none. What is worked out of it is worked out when it is looked
 * at, once a drawing. */
struct deployments {
    struct table table;
    struct index on_objects; /* events */
    struct index pods;       /* by the name of the deployment they belong to */
    struct index graphs;     /* deployments that are part of a graph, by its name */
    struct waterfall_row last;
    const void *last_of; /* the row that `last` tells of; NULL: none, or it may have changed */
    struct waterfall_axis axis;
    struct startup startup; /* of the one graph that is shown, or the selected row's */
};

enum { DEPLOYMENTS_ENTER = LIST_COMMANDS, DEPLOYMENTS_RESTART };

static const struct binding bindings[] = {
    {"Enter", DEPLOYMENTS_ENTER, "logs", "the pod's log, followed", ACTION_LOGS},
    {"l", OBJECT_LOGS, NULL, "the pod's log, followed", ACTION_LOGS},
    OBJECT_PICTURE_BINDING,
    OBJECT_BINDINGS,
    {"R", DEPLOYMENTS_RESTART, NULL, "restart its pods; asks", ACTION_ACT},
    OBJECT_DELETE_BINDING(ACTION_DELETE_DEPLOYMENT),
    OBJECT_POD_BINDINGS,
    {NULL},
};

static uint32_t family_hash(istr ns, const char *name, size_t len)
{
    return index_hash(ns) ^ hash_bytes(name, len);
}

static bool pod_key(const struct record *record, uint32_t *hash)
{
    const struct pod *pod = (const struct pod *)record;
    size_t len = pod_family(pod);
    *hash = len ? family_hash(pod->r.ns, pod->owner, len) : 0;
    return len > 0;
}

static bool graph_key(const struct record *record, uint32_t *hash)
{
    const struct deployment *deployment = (const struct deployment *)record;
    *hash = index_hash(deployment->graph);
    return deployment->graph;
}

static const struct deployment *deployment_of(const struct deployments *deployments, const struct pod *pod)
{
    return deployment_of_pod(model_store(dashboard_model(deployments->table.dash), SOURCE_DEPLOYMENTS), pod);
}

#define PODS_OF(var, deployments, deployment)                                                                          \
    INDEX_EACH(struct pod, var, &(deployments)->pods,                                                                  \
               family_hash((deployment)->r.ns, (deployment)->r.name, strlen((deployment)->r.name)))                    \
        if (pod_is_of(var, (deployment)->r.ns, (deployment)->r.name))

static void time_pod(const struct deployments *deployments, struct waterfall_row *out, const struct pod *pod)
{
    struct model *model = dashboard_model(deployments->table.dash);
    out->pod = pod;
    pod_words(&out->words, pod);
    pod_timing(&out->timing, pod, &deployments->on_objects, model_first_result(model, pod->r.uid));
}

static const struct waterfall_row *row_of(struct deployments *deployments, const void *item)
{
    const struct record *record = item;
    if (!item || deployments->last_of == item)
        return item ? &deployments->last : NULL;
    deployments->last_of = item;
    deployments->last = (struct waterfall_row){0};
    if (record->kind == &kind_deployment) {
        deployments->last.deployment = item;
    } else {
        time_pod(deployments, &deployments->last, item);
        deployments->last.deployment = deployment_of(deployments, item);
    }
    return &deployments->last;
}

static const struct waterfall_row *selected(struct deployments *deployments)
{
    return row_of(deployments, table_selected(deployments));
}

static void span_cell(struct list_cell *out, const struct waterfall_row *row, int64_t span, bool over)
{
    char text[TIME_TEXT];
    out->number = true;
    out->order = (double)span;
    if (span >= 0) {
        snprintf(out->text, sizeof out->text, "%s", time_span(text, span));
        return;
    }
    if (!row->pod || !over)
        return;
    snprintf(out->text, sizeof out->text, "?");
    out->role = ROLE_DIM;
}

static void cell(void *data, const void *item, size_t column, struct list_cell *out)
{
    const struct waterfall_row *row = row_of(data, item);
    static const enum phase phases[] = {
        [SCHEDULED] = PHASE_SCHEDULED, [SANDBOX] = PHASE_SANDBOX,     [PULL] = PHASE_PULLED,
        [START] = PHASE_STARTED,       [BECOMES_READY] = PHASE_READY, [FIRST] = PHASE_FIRST_RESULT,
    };
    int last = waterfall_last(row);
    switch ((enum column)column) {
    case NAME:
        if (row->pod) {
            out->glyph = health_glyph(row->words.health);
            out->role = health_role(row->words.health);
        } else {
            char words[160];
            enum health health = deployment_words(words, row->deployment);
            if (health == HEALTH_GOOD && !row->deployment->wanted)
                health = HEALTH_UNKNOWN; /* stopped: neither well nor ill */
            out->glyph = health_glyph(health);
            out->role = health_role(health);
        }
        out->shown = row->deployment ? row->deployment->r.name : row->pod->r.name;
        break;
    case POD:
        if (row->pod) {
            const char *dash = strrchr(row->pod->r.name, '-');
            out->shown = dash ? dash + 1 : row->pod->r.name;
        }
        out->role = ROLE_DIM;
        break;
    case READY:
        if (row->deployment)
            snprintf(out->text, sizeof out->text, "%d/%d%s%s", row->deployment->ready, row->deployment->wanted,
                     deployment_state(row->deployment) ? " " : "", str_or_empty(deployment_state(row->deployment)));
        break;
    case TOTAL:
        span_cell(out, row, last > 0 ? waterfall_total(row, (enum phase)last) : -1, false);
        break;
    case SCHEDULED:
    case SANDBOX:
    case PULL:
    case START:
    case BECOMES_READY:
    case FIRST:
        if (row->pod && row->words.restarts && column >= START)
            break;
        span_cell(out, row, row->pod ? pod_timing_span(&row->timing, phases[column]) : -1,
                  (int)phases[column] <= last || (row->pod && row->pod->ready));
        if (column == PULL && row->pod && row->timing.pull == 0)
            snprintf(out->text, sizeof out->text, "present");
        else if (out->order >= 0)
            waterfall_span(out->text, &row->timing, phases[column]);
        break;
    case BARS:
        break;
    }
}

/* The titles come first: now it is known which rows are on the screen. */
static void make_axis(struct deployments *deployments)
{
    struct list *list = &deployments->table.list;
    int64_t now = dashboard_wall(deployments->table.dash);
    deployments->axis = (struct waterfall_axis){0};
    for (size_t i = list->top; i < MIN(list->top + (size_t)list->page, list->count); i++) {
        const struct waterfall_row *row = row_of(deployments, list->rows[i]);
        waterfall_axis_add(&deployments->axis, row, now);
        if (waterfall_starting(row))
            dashboard_until(deployments->table.dash, now + NSEC_PER_SEC);
    }
    waterfall_axis_end(&deployments->axis);
}

static void paint(void *data, const void *item, size_t column UNUSED, struct area field, unsigned attr)
{
    struct deployments *deployments = data;
    if (!item)
        make_axis(deployments);
    if (item)
        waterfall_draw(&deployments->axis, row_of(deployments, item), dashboard_wall(deployments->table.dash), field, attr);
    else
        waterfall_draw_axis(&deployments->axis, field);
}

/* By deployment, then by pod. */
static int compare(void *data UNUSED, const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    const struct pod *p = x->kind == &kind_pod ? a : NULL, *q = y->kind == &kind_pod ? b : NULL;
    int order = x->ns == y->ns ? 0 : strcmp(str_or_empty(x->ns), str_or_empty(y->ns));
    if (order)
        return order;
    const char *m = p ? str_or_empty(p->owner) : x->name, *n = q ? str_or_empty(q->owner) : y->name;
    size_t m_len = p ? pod_family(p) : strlen(m), n_len = q ? pod_family(q) : strlen(n);
    order = strncmp(m, n, MIN(m_len, n_len));
    if (order || m_len != n_len)
        return order ? order : m_len < n_len ? -1 : 1;
    if (!p || !q)
        return (p != NULL) - (q != NULL);
    return strcmp(x->name, y->name);
}

static const char *empty(void *data)
{
    struct deployments *deployments = data;
    return table_empty(&deployments->table, SOURCE_DEPLOYMENTS, "nothing is deployed here; D in the graph view deploys");
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .paint = paint,
    .identity = table_identity,
    .labels = table_labels,
    .compare = compare,
    .empty = empty,
};

static bool shows(void *state, const struct record *record)
{
    struct deployments *deployments = state;
    if (!table_in_namespace(&deployments->table, record))
        return false;
    if (record->kind == &kind_pod)
        return deployment_of(deployments, (const struct pod *)record);
    PODS_OF(pod, deployments, (const struct deployment *)record)
        return false;
    return true;
}

static void begin(void *state)
{
    struct deployments *deployments = state;
    struct model *model = dashboard_model(deployments->table.dash);
    index_init(&deployments->on_objects, model_store(model, SOURCE_EVENTS), event_object_key);
    index_init(&deployments->pods, model_store(model, SOURCE_PODS), pod_key);
    index_init(&deployments->graphs, model_store(model, SOURCE_DEPLOYMENTS), graph_key);
}

static void end(void *state)
{
    struct deployments *deployments = state;
    index_release(&deployments->on_objects);
    index_release(&deployments->pods);
    index_release(&deployments->graphs);
    deployments->last_of = NULL;
}

static void learn(void *state, enum model_source_id source, const struct change *change)
{
    struct deployments *deployments = state;
    deployments->last_of = NULL;
    if (source == SOURCE_EVENTS)
        index_change(&deployments->on_objects, change);
    else
        index_change(source == SOURCE_PODS ? &deployments->pods : &deployments->graphs, change);
}

/* The pod that an event is about is timed anew. */
static void touch_timed(struct deployments *deployments, const struct event *event)
{
    struct store *pods = model_store(dashboard_model(deployments->table.dash), SOURCE_PODS);
    const struct record *pod = pods && event->on_name ? store_find(pods, event->r.ns, event->on_name) : NULL;
    if (pod && pod->uid == event->on_uid)
        table_recheck(&deployments->table, pod);
}

/* A deployment has a row of its own as long as it has no pods; pods have one as soon as their deployment is known. */
static void touch(void *state, const struct record *record)
{
    struct deployments *deployments = state;
    if (record->kind == &kind_event) {
        touch_timed(deployments, (const struct event *)record);
    } else if (record->kind == &kind_pod) {
        const struct deployment *deployment = deployment_of(deployments, (const struct pod *)record);
        if (deployment)
            table_recheck(&deployments->table, &deployment->r);
    } else {
        PODS_OF(pod, deployments, (const struct deployment *)record)
            table_recheck(&deployments->table, &pod->r);
    }
}

static const struct table_rows rows = {
    .sources = CHANGED_DEPLOYMENTS | CHANGED_PODS,
    .also = CHANGED_EVENTS,
    .shows = shows,
    .begin = begin,
    .end = end,
    .learn = learn,
    .touch = touch,
};

static void *deployments_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct deployments *deployments = xcalloc(1, sizeof *deployments);
    table_init(&deployments->table, dash, &list_class, CHANGED_CONTEXT, NULL);
    table_follow(&deployments->table, &rows);
    return deployments;
}

static void deployments_close(void *state)
{
    startup_release(&((struct deployments *)state)->startup);
    table_release(state);
    free(state);
}

/* The slowest pod's, each from its own creation: what was started later, alone, must not stretch it. */
struct totals {
    int64_t to_ready, to_result;
    int wanted, ready;
    bool all_ready, result_unknown;
};

static void add_pod(struct totals *totals, const struct course_pod *pod)
{
    int64_t ready = pod_timing_until(&pod->timing, PHASE_READY);
    int64_t result = pod->ends_ready ? ready : pod_timing_until(&pod->timing, PHASE_FIRST_RESULT);
    if (pod->restarted) {
        totals->all_ready = false;
        return;
    }
    totals->all_ready &= ready >= 0;
    totals->result_unknown |= result < 0;
    totals->to_ready = MAX(totals->to_ready, ready);
    totals->to_result = MAX(totals->to_result, result);
}

static int64_t first_result(void *data, const char *pod_uid)
{
    return model_first_result(data, pod_uid);
}

/* The course of one graph's start is the caller's. */
static struct totals add_up(struct deployments *deployments, istr graph, struct course *course)
{
    struct totals totals = {.to_ready = -1, .to_result = -1, .all_ready = true};
    struct model *model = dashboard_model(deployments->table.dash);
    bool ours = deployments->startup.graph && str_eq(deployments->startup.graph->name, graph);
    struct course_of of = {
        .graph = ours ? deployments->startup.graph : NULL, .events = &deployments->on_objects, .first_result = first_result, .data = model};
    *course = (struct course){0};
    INDEX_EACH(struct deployment, deployment, &deployments->graphs, index_hash(graph)) {
        bool any = false;
        if (deployment->graph != graph || !table_in_namespace(&deployments->table, &deployment->r))
            continue;
        totals.wanted += deployment->wanted;
        totals.ready += deployment->ready;
        PODS_OF(pod, deployments, deployment) {
            course_add(course, &of, pod);
            any = true;
        }
        totals.all_ready &= any;
    }
    course_join(course, &of);
    for (size_t i = 0; i < course->count; i++)
        add_pod(&totals, &course->pods[i]);
    return totals;
}

/* "lobby  3/3 ready   2.9s to ready   3.4s to the first result" of one graph; behind it, where it is alone, its course. */
static void draw_totals(struct deployments *deployments, struct area area, int y, istr graph, bool alone)
{
    struct course course;
    struct totals t = add_up(deployments, graph, &course);
    char text[TIME_TEXT];
    int x = draw_text(area, 1, y, ROLE_TITLE, 0, graph);
    x = draw_textf(area, x + 2, y, t.ready == t.wanted ? ROLE_GOOD : ROLE_BUSY, 0, "%d/%d ready", t.ready,
                      t.wanted);
    x = draw_textf(area, x + 3, y, ROLE_NORMAL, 0, "%s", t.all_ready && t.to_ready >= 0 ? time_span(text, t.to_ready) : "?");
    x = draw_text(area, x + 1, y, ROLE_DIM, 0, "to ready");
    x = draw_textf(area, x + 3, y, ROLE_NORMAL, 0, "%s",
                   !t.result_unknown && t.to_result >= 0 ? time_span(text, t.to_result) : "?");
    draw_text(area, x + 1, y, ROLE_DIM, 0, "to every first result");
    if (alone)
        startup_draw(&deployments->startup, &course, dashboard_model(deployments->table.dash),
                     dashboard_wall(deployments->table.dash), area_sub(area, 0, y + 1, area.w, 1));
    course_release(&course);
}

/* The graphs that are shown, by name; as many as fit. */
static int draw_graphs(struct deployments *deployments, struct area area)
{
    istr seen[3];
    size_t count = 0;
    for (size_t i = 0; i < deployments->graphs.used; i++) {
        const struct deployment *deployment = (const struct deployment *)deployments->graphs.entries[i].record;
        if (!deployment || !table_in_namespace(&deployments->table, &deployment->r))
            continue;
        size_t at = 0;
        while (at < count && strcmp(seen[at], deployment->graph) < 0)
            at++;
        if (at == ARRAY_SIZE(seen) || (at < count && seen[at] == deployment->graph))
            continue;
        count = MIN(count, ARRAY_SIZE(seen) - 1);
        memmove(seen + at + 1, seen + at, (count - at) * sizeof *seen);
        seen[at] = deployment->graph;
        count++;
    }
    for (size_t i = 0; i < count; i++)
        draw_totals(deployments, area, (int)i, seen[i], count == 1);
    return (int)count;
}

/* Of the graph that the selected row is of. */
static void take_startup(struct deployments *deployments)
{
    const struct waterfall_row *row = selected(deployments);
    if (row && row->deployment && row->deployment->graph)
        startup_take(&deployments->startup, dashboard_model(deployments->table.dash), row->deployment->r.ns, row->deployment->graph);
}

static void deployments_draw(void *state, struct area area)
{
    struct deployments *deployments = state;
    deployments->last_of = NULL;
    table_sync(state);
    take_startup(deployments);
    int top = draw_graphs(deployments, area);
    top += top > 0;
    int detail = area.h - top >= 18 ? PHASE_COUNT + 2 : 0;
    int legend = area.h - top >= 8 ? 1 : 0;
    int list_rows = area.h - top - detail - legend;
    deployments->table.list.offset = top;
    list_draw(&deployments->table.list, area_sub(area, 0, top, area.w, list_rows));
    if (!deployments->table.list.count)
        return;
    if (legend)
        waterfall_legend(area_sub(area, 0, top + list_rows, area.w, 1));
    const struct waterfall_row *row = selected(state);
    for (int i = 0; row && i < PHASE_COUNT; i++)
        deployments->last.before[i] = row->pod ? startup_before(&deployments->startup, row->pod, (enum phase)i) : -1;
    if (detail && row)
        waterfall_detail(row, dashboard_wall(deployments->table.dash), area_sub(area, 0, top + list_rows + 2, area.w, detail - 1));
}

static unsigned deployments_command(void *state, int command, const struct key *key UNUSED)
{
    struct deployments *deployments = state;
    const struct waterfall_row *row = selected(state);
    const struct record *pod = row && row->pod ? &row->pod->r : NULL;
    const struct record *deployment = row && row->deployment ? &row->deployment->r : pod;
    if ((command == OBJECT_WHY || command == OBJECT_SHELL || command == OBJECT_FORWARD) && pod) /* it knows more than its deployment */
        return object_command(deployments->table.dash, command, pod);
    if (command == DEPLOYMENTS_ENTER || command == OBJECT_LOGS)
        return object_command(deployments->table.dash, OBJECT_LOGS, pod);
    if (command == DEPLOYMENTS_RESTART) {
        acts_run(deployments->table.dash, ACT_RESTART, "");
        return DID_CHANGE;
    }
    unsigned did = object_command(deployments->table.dash, command, deployment);
    return did ? did : table_command(state, command);
}

static const struct record *selected_record(void *state)
{
    const struct waterfall_row *row = selected(state);
    return row && row->pod ? &row->pod->r : row && row->deployment ? &row->deployment->r : NULL;
}

static bool deployments_changed(void *state, unsigned mask)
{
    struct deployments *deployments = state;
    if (mask & CHANGED_TRAFFIC) {
        /* First results move rows only where they are in the order of what they change. */
        deployments->last_of = NULL;
        deployments->table.list.stale |= deployments->table.list.sort == TOTAL || deployments->table.list.sort == FIRST;
    }
    return table_changed(state, mask) || (deployments->table.seen && (mask & (CHANGED_TRAFFIC | CHANGED_GRAPHS)));
}

static const char *deployments_ns(void *state)
{
    const struct waterfall_row *row = selected(state);
    return row && row->deployment ? row->deployment->r.ns : NULL;
}

static const struct deployment **deployments_chosen(void *state, enum act act, struct err *err)
{
    const struct waterfall_row *row = selected(state);
    if (!row || !row->deployment) {
        err_set(err, "no deployment is selected to %s", act_table[act].name);
        return NULL;
    }
    const struct deployment **chosen = xcalloc(2, sizeof *chosen);
    chosen[0] = row->deployment;
    return chosen;
}

/* How the rollout of the selected one stands, as kubectl rollout status says it. */
static void deployments_status(void *state, char *out, size_t size, enum role *role)
{
    const struct waterfall_row *row = selected(state);
    if (!row || !row->deployment)
        return;
    char words[160];
    enum health health = deployment_words(words, row->deployment);
    const char *is = deployment_state(row->deployment);
    if (is && health == HEALTH_GOOD)
        snprintf(words, sizeof words, "%s", row->deployment->wanted ? ":resume goes on with it" : ":start brings it back");
    snprintf(out, size, "%s: %s%s%s", row->deployment->r.name, str_or_empty(is), is ? "; " : "", words);
    *role = health == HEALTH_GOOD && !is ? ROLE_DIM : health_role(health);
}

/* The graph that the selected one is of. */
static unsigned warm(void *state, const char *args UNUSED)
{
    struct deployments *deployments = state;
    const struct waterfall_row *row = selected(deployments);
    struct err err = ERR_INIT;
    if (!row || !row->deployment || !row->deployment->graph)
        dashboard_say(deployments->table.dash, ROLE_WARNING, "that is none of a graph's: its images are not known");
    else if (model_warm(dashboard_model(deployments->table.dash), row->deployment->r.ns, row->deployment->graph, &err) < 0)
        dashboard_say(deployments->table.dash, ROLE_BAD, "%s", err.text);
    return DID_CHANGE;
}

static const struct view_command commands[] = {
    {"warm", "", "pull the graph's images where it may run", warm, NULL},
    {NULL},
};

const struct view view_deployments = {
    .name = "deployments",
    .title = "Deployments",
    .words = "dp deploy deployment timing",
    .digit = '2',
    .sources = CHANGED_DEPLOYMENTS | CHANGED_PODS | CHANGED_EVENTS | CHANGED_GRAPHS,
    .traffic = true, /* first results come with it */
    .bindings = bindings,
    .list = &list_class,
    .commands = commands,
    .more_bindings = list_bindings,
    .open = deployments_open,
    .close = deployments_close,
    .draw = deployments_draw,
    .key = table_key,
    .command = deployments_command,
    .selected = selected_record,
    .changed = deployments_changed,
    .visible = table_visible,
    .chosen = deployments_chosen,
    .ns = deployments_ns,
    .summary = table_summary,
    .status = deployments_status,
    TABLE_FILTER,
};
