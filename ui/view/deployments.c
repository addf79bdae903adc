#include "ui/view.h"

#include "base/map.h"
#include "base/time.h"
#include "k8s/kinds/deployment.h"
#include "ui/objects.h"
#include "ui/table.h"
#include "ui/view/waterfall.h"

enum column { NAME, POD, READY, TOTAL, SCHEDULED, SANDBOX, PULL, START, BECOMES_READY, FIRST, BARS };

static const struct list_column columns[] = {
    [NAME] = {"DEPLOYMENT", .max = 26},
    [POD] = {"POD", .max = 8, .rank = 3},
    [READY] = {"READY"},
    [TOTAL] = {"TOTAL", .right = true},
    [SCHEDULED] = {"SCHED", .right = true, .rank = 9},
    [SANDBOX] = {"SANDBOX", .right = true, .rank = 8},
    [PULL] = {"PULL", .right = true, .rank = 5},
    [START] = {"START", .right = true, .rank = 6},
    [BECOMES_READY] = {"READY", .right = true, .rank = 7},
    [FIRST] = {"RESULT", .right = true, .rank = 4},
    [BARS] = {"", .min = 28, .stretch = true, .painted = true},
};

struct deployments {
    struct table table;
    struct waterfall_row *rows;
    size_t count, cap;
    struct waterfall_axis axis;
};

enum { DEPLOYMENTS_ENTER = LIST_COMMANDS };

static const struct binding bindings[] = {
    {"Enter", DEPLOYMENTS_ENTER, "logs", "the pod's log, followed", ACTION_LOGS},
    {"l", OBJECT_LOGS, NULL, "the pod's log, followed", ACTION_LOGS},
    OBJECT_BINDINGS,
    OBJECT_DELETE_BINDING(ACTION_DELETE_DEPLOYMENT),
    {NULL},
};

static void want_timing(struct deployments *deployments, struct waterfall_row *row);

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
    const struct waterfall_row *row = item;
    if (column >= TOTAL)
        want_timing(data, (struct waterfall_row *)item);
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
            out->glyph = health_glyph(health);
            out->role = health_role(health);
        }
        snprintf(out->text, sizeof out->text, "%s", row->deployment ? row->deployment->r.name : row->pod->r.name);
        break;
    case POD:
        if (row->pod) {
            const char *dash = strrchr(row->pod->r.name, '-');
            snprintf(out->text, sizeof out->text, "%s", dash ? dash + 1 : row->pod->r.name);
        }
        out->role = ROLE_DIM;
        break;
    case READY:
        if (row->deployment)
            snprintf(out->text, sizeof out->text, "%d/%d", row->deployment->ready, row->deployment->wanted);
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
        if (out->order >= 0)
            waterfall_span(out->text, &row->timing, phases[column]);
        break;
    case BARS:
        break;
    }
}

static void paint(void *data, const void *row, size_t column UNUSED, struct area field, unsigned attr)
{
    struct deployments *deployments = data;
    struct list *list = &deployments->table.list;
    if (!row) { /* the titles come first: now it is known which rows are on the screen */
        size_t count = MIN((size_t)list->page, list->count - list->top);
        const struct waterfall_row **shown = (const struct waterfall_row **)list->rows + list->top;
        for (size_t i = 0; i < count; i++)
            want_timing(deployments, (struct waterfall_row *)shown[i]);
        waterfall_axis(&deployments->axis, shown, count, dashboard_wall(deployments->table.dash));
    }
    if (row)
        waterfall_draw(&deployments->axis, row, dashboard_wall(deployments->table.dash), field, attr);
    else
        waterfall_draw_axis(&deployments->axis, field);
}

static void identity(void *data UNUSED, const void *item, char *out, size_t size)
{
    const struct waterfall_row *row = item;
    const struct record *record = row->pod ? &row->pod->r : &row->deployment->r;
    snprintf(out, size, "%s", record->uid ? record->uid : record->name);
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
    .identity = identity,
    .empty = empty,
};

/* The deployments that are shown, each with its pods: found in one pass over each store. */
struct family {
    const struct deployment *deployment;
    const struct pod **pods;
    size_t count, cap;
};

/* A deployment's pods belong to a replica set named after it and the template's hash. */
static struct family *family_of(const struct map *by_name, const struct pod *pod, struct buf *key)
{
    const char *dash = str_eq(pod->owner_kind, "ReplicaSet") && pod->owner ? strrchr(pod->owner, '-') : NULL;
    if (!dash)
        return NULL;
    buf_reset(key);
    buf_addf(key, "%s/%.*s", str_or_empty(pod->r.ns), (int)(dash - pod->owner), pod->owner);
    return map_get(by_name, key->data);
}

static void add_row(struct deployments *deployments, const struct deployment *deployment, const struct pod *pod)
{
    GROW(deployments->rows, deployments->count, deployments->cap);
    struct waterfall_row *row = &deployments->rows[deployments->count++];
    *row = (struct waterfall_row){.deployment = deployment, .pod = pod};
    if (pod)
        pod_words(&row->words, pod);
}

/* Only for rows that are looked at: every one means going through all events. */
static void want_timing(struct deployments *deployments, struct waterfall_row *row)
{
    struct model *model = dashboard_model(deployments->table.dash);
    if (!row->pod || row->timed)
        return;
    pod_timing(&row->timing, row->pod, model_store(model, SOURCE_EVENTS), model_first_result(model, row->pod->r.uid));
    row->timed = true;
}

static void add_family(struct deployments *deployments, const struct family *family)
{
    for (size_t i = 0; i < family->count; i++)
        add_row(deployments, family->deployment, family->pods[i]);
    if (!family->count)
        add_row(deployments, family->deployment, NULL);
}

static void rebuild(void *state)
{
    struct deployments *deployments = state;
    struct model *model = dashboard_model(deployments->table.dash);
    struct store *store = model_store(model, SOURCE_DEPLOYMENTS), *pods = model_store(model, SOURCE_PODS);
    struct family *families = xcalloc(store ? store_count(store) : 0, sizeof *families);
    struct map by_name = MAP_INIT; /* "ns/name" */
    struct buf key;
    size_t count = 0;
    buf_init(&key, 1024);
    for (size_t i = 0; store && i < store_count(store); i++) {
        const struct deployment *deployment = (const struct deployment *)store_at(store, i);
        if (!table_in_namespace(&deployments->table, &deployment->r))
            continue;
        families[count].deployment = deployment;
        buf_reset(&key);
        buf_addf(&key, "%s/%s", str_or_empty(deployment->r.ns), deployment->r.name);
        map_put(&by_name, key.data, &families[count++]);
    }
    for (size_t i = 0; pods && count && i < store_count(pods); i++) {
        const struct pod *pod = (const struct pod *)store_at(pods, i);
        struct family *family = family_of(&by_name, pod, &key);
        if (!family)
            continue;
        GROW(family->pods, family->count, family->cap);
        family->pods[family->count++] = pod;
    }
    deployments->count = 0;
    for (size_t i = 0; i < count; i++) {
        add_family(deployments, &families[i]);
        free(families[i].pods);
    }
    free(families);
    map_release(&by_name, NULL);
    buf_release(&key);
    list_begin(&deployments->table.list);
    for (size_t i = 0; i < deployments->count; i++)
        list_add(&deployments->table.list, &deployments->rows[i]);
    list_end(&deployments->table.list);
}

static void *deployments_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct deployments *deployments = xcalloc(1, sizeof *deployments);
    table_init(&deployments->table, dash, &list_class,
               CHANGED_PODS | CHANGED_DEPLOYMENTS | CHANGED_EVENTS | CHANGED_TRAFFIC | CHANGED_CONTEXT, rebuild);
    return deployments;
}

static void deployments_close(void *state)
{
    struct deployments *deployments = state;
    table_release(&deployments->table);
    free(deployments->rows);
    free(deployments);
}

/* "lobby  3/3 ready   2.9s to ready   3.4s to the first result" of one graph's rows. */
static void draw_totals(struct deployments *deployments, struct area area, int y, const char *graph)
{
    /* The slowest pod's, from its own creation: what was started later, alone, must not stretch it. */
    int64_t to_ready = -1, to_result = -1;
    int wanted = 0, ready = 0;
    bool all_ready = true, result_unknown = false;
    const struct deployment *counted = NULL;
    for (size_t i = 0; i < deployments->count; i++) {
        struct waterfall_row *row = &deployments->rows[i];
        if (!row->deployment || !str_eq(row->deployment->graph, graph))
            continue;
        want_timing(deployments, row);
        if (row->deployment != counted) {
            wanted += row->deployment->wanted;
            ready += row->deployment->ready;
            counted = row->deployment;
        }
        const struct phase_time *p = row->timing.phases;
        if (!row->pod || row->words.restarts) {
            all_ready = false;
            continue;
        }
        all_ready &= p[PHASE_CREATED].at && p[PHASE_READY].at;
        result_unknown |= !p[PHASE_CREATED].at || !p[PHASE_FIRST_RESULT].at;
        to_ready = MAX(to_ready, p[PHASE_READY].at - p[PHASE_CREATED].at);
        to_result = MAX(to_result, p[PHASE_FIRST_RESULT].at - p[PHASE_CREATED].at);
    }
    char text[TIME_TEXT];
    int x = draw_text(area, 1, y, ROLE_TITLE, 0, graph);
    x = draw_textf(area, x + 2, y, ready == wanted ? ROLE_GOOD : ROLE_BUSY, 0, "%d/%d ready", ready, wanted);
    x = draw_textf(area, x + 3, y, ROLE_NORMAL, 0, "%s", all_ready && to_ready >= 0 ? time_span(text, to_ready) : "?");
    x = draw_text(area, x + 1, y, ROLE_DIM, 0, "to ready");
    x = draw_textf(area, x + 3, y, ROLE_NORMAL, 0, "%s",
                   !result_unknown && to_result >= 0 ? time_span(text, to_result) : "?");
    draw_text(area, x + 1, y, ROLE_DIM, 0, "to every first result");
}

static int draw_graphs(struct deployments *deployments, struct area area)
{
    const char *seen[3];
    int count = 0;
    for (size_t i = 0; i < deployments->count && count < (int)ARRAY_SIZE(seen); i++) {
        const struct deployment *deployment = deployments->rows[i].deployment;
        bool known = !deployment || !deployment->graph;
        for (int s = 0; s < count; s++)
            known |= str_eq(seen[s], deployment ? deployment->graph : NULL);
        if (known)
            continue;
        draw_totals(deployments, area, count, deployment->graph);
        seen[count++] = deployment->graph;
    }
    return count;
}

static void deployments_draw(void *state, struct area area)
{
    struct deployments *deployments = state;
    table_sync(state);
    int top = draw_graphs(deployments, area);
    top += top > 0;
    int detail = area.h - top >= 18 ? PHASE_COUNT + 2 : 0;
    int legend = area.h - top >= 8 ? 1 : 0;
    int rows = area.h - top - detail - legend;
    deployments->table.list.offset = top;
    list_draw(&deployments->table.list, area_sub(area, 0, top, area.w, rows));
    if (!deployments->count)
        return;
    if (legend)
        waterfall_legend(area_sub(area, 0, top + rows, area.w, 1));
    const struct waterfall_row *row = table_selected(state);
    if (detail && row)
        waterfall_detail(row, area_sub(area, 0, top + rows + 2, area.w, detail - 1));
}

static unsigned deployments_command(void *state, int command, const struct key *key UNUSED)
{
    struct deployments *deployments = state;
    const struct waterfall_row *row = table_selected(state);
    const struct record *pod = row && row->pod ? &row->pod->r : NULL;
    const struct record *deployment = row && row->deployment ? &row->deployment->r : pod;
    if (command == DEPLOYMENTS_ENTER || command == OBJECT_LOGS)
        return object_command(deployments->table.dash, OBJECT_LOGS, pod);
    unsigned did = object_command(deployments->table.dash, command, deployment);
    return did ? did : table_command(state, command);
}

static const char *deployments_ns(void *state)
{
    const struct waterfall_row *row = table_selected(state);
    return row && row->deployment ? row->deployment->r.ns : NULL;
}

/* How the rollout of the selected one stands, as kubectl rollout status says it. */
static void deployments_status(void *state, char *out, size_t size, enum role *role)
{
    const struct waterfall_row *row = table_selected(state);
    if (!row || !row->deployment)
        return;
    char words[160];
    enum health health = deployment_words(words, row->deployment);
    snprintf(out, size, "%s: %s", row->deployment->r.name, words);
    *role = health == HEALTH_GOOD ? ROLE_DIM : health_role(health);
}

const struct view view_deployments = {
    .name = "deployments",
    .title = "Deployments",
    .words = "dp deploy deployment timing",
    .digit = '2',
    .ages = true,
    .sources = CHANGED_DEPLOYMENTS | CHANGED_PODS | CHANGED_EVENTS,
    .traffic = true, /* first results come with it */
    .bindings = bindings,
    .more_bindings = list_bindings,
    .open = deployments_open,
    .close = deployments_close,
    .draw = deployments_draw,
    .key = table_key,
    .command = deployments_command,
    .changed = table_changed,
    .ns = deployments_ns,
    .summary = table_summary,
    .status = deployments_status,
    .filter = table_filter,
};
