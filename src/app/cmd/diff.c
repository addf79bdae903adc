#include "app/commands.h"
#include "app/holder.h"
#include "app/documents.h"
#include "app/only.h"
#include "app/trial.h"
#include "app/unified.h"
#include "base/text.h"
#include "graph/diff.h"
#include "k8s/owned.h"
#include "k8s/setparent.h"

/* As kubectl diff; what cannot be reached stays STATUS_UNREACHABLE. */
enum { SAME = STATUS_DONE, DIFFERS = STATUS_FAULT, WRONG = STATUS_USAGE };

enum format { FORMAT_TEXT, FORMAT_YAML, FORMAT_JSON };

struct comparing {
    struct app *app;
    enum format format;
    bool named;            /* there are several graphs: each is named */
    struct buf out;
    cJSON *rows;           /* of FORMAT_JSON */
    const struct graph *draft;
    const struct plan *after;
    bool over;
    int status;            /* so far */
};

static void worsen(struct comparing *c, int status)
{
    c->status = MAX(c->status, status);
}

static const struct thing_diff *find(const struct graph_diff *diff, const char *name)
{
    for (size_t i = 0; i < diff->count; i++)
        if (strcmp(diff->things[i].name, name) == 0)
            return &diff->things[i];
    return NULL;
}

static bool refused(const struct tryset_result *result, const char *thing)
{
    for (size_t i = 0; i < result->count; i++)
        if (result->trials[i].object->why && strcmp(trial_thing(&result->trials[i]), thing) == 0)
            return true;
    return false;
}

/* What left the graph long ago and whose thing is not there to be named. */
static bool is_left_over(const struct trial *trial, const struct graph_diff *diff, const struct comparing *c)
{
    return !trial->object->want && trial->object->before && !find(diff, trial_thing(trial)) &&
           !graph_find(c->draft, trial_thing(trial));
}

/* In words. */

static const char signs[] = {[DIFFERS_NOT] = '!', [DIFFERS_ADDED] = '+', [DIFFERS_CHANGED] = '~', [DIFFERS_REMOVED] = '-'};

static void print_refusals(struct comparing *c, const struct tryset_result *result, const char *thing)
{
    for (size_t i = 0; i < result->count; i++)
        if (result->trials[i].object->why && strcmp(trial_thing(&result->trials[i]), thing) == 0) {
            const char *why = result->trials[i].object->why;
            buf_adds(&c->out, "    ! ");
            text_sanitise(&c->out, why, strlen(why));
            buf_addc(&c->out, '\n');
        }
}

/* Objects of the thing's name that are not this graph's. */
static void print_others(struct comparing *c, const struct tryset_result *result, const char *thing)
{
    for (size_t i = 0; i < result->count; i++) {
        const struct setobject *object = result->trials[i].object;
        const cJSON *graph = json_get(json_object(object->before, "metadata.labels"), PLAN_LABEL_GRAPH);
        if (!object->want || !object->before || setparent_owns(object->before, c->after->applyset_id) ||
            strcmp(trial_thing(&result->trials[i]), thing) != 0)
            continue;
        buf_addf(&c->out, "    ! %s is there already and not this graph's", object->words);
        if (cJSON_IsString(graph) && strcmp(graph->valuestring, c->after->name) != 0) {
            buf_adds(&c->out, ", but of graph ");
            text_sanitise(&c->out, graph->valuestring, strlen(graph->valuestring));
        }
        buf_addc(&c->out, '\n');
    }
}

static void print_thing(struct comparing *c, const struct tryset_result *result, const struct thing_diff *thing)
{
    buf_addf(&c->out, "%c %s  %s\n", signs[thing->differs], thing->name, thing->fate);
    for (size_t i = 0; i < thing->fields.count; i++)
        buf_addf(&c->out, "    %s\n", thing->fields.items[i].words);
    for (size_t i = 0; i < thing->drift.count; i++)
        buf_addf(&c->out, "    %s\n", thing->drift.items[i].words);
    print_others(c, result, thing->name);
    print_refusals(c, result, thing->name);
}

static void print_text(struct comparing *c, const struct tryset_result *result, const struct graph_diff *diff)
{
    size_t left = 0;
    if (c->named)
        buf_addf(&c->out, "%s/%s\n", c->after->ns, c->after->name);
    for (size_t i = 0; i < diff->count; i++)
        print_thing(c, result, &diff->things[i]);
    for (size_t i = 0; i < c->draft->thing_count; i++) {
        const char *name = c->draft->things[i].name;
        if (!find(diff, name) && refused(result, name)) {
            buf_addf(&c->out, "! %s  is refused\n", name);
            print_refusals(c, result, name);
        }
    }
    for (size_t i = 0; i < result->count; i++)
        if (is_left_over(&result->trials[i], diff, c)) {
            buf_addf(&c->out, "- %s  is deleted: no thing has it\n", result->trials[i].object->words);
            left++;
        }
    if (diff->count || left)
        app_note("%s/%s on %s: %zu added, %zu changed, %zu removed", c->after->ns, c->after->name, c->app->context->name,
                 diff->added, diff->changed, diff->removed);
    else
        app_note("%s/%s on %s: nothing would change", c->after->ns, c->after->name, c->app->context->name);
    worsen(c, diff->count || left ? DIFFERS : SAME);
}

/* For machines. */

static cJSON *fields_json(const struct diff_fields *fields)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < fields->count; i++) {
        const struct diff_field *field = &fields->items[i];
        cJSON *item = cJSON_CreateObject();
        json_set_str(item, "name", field->name);
        json_set_str(item, "before", field->before);
        json_set_str(item, "after", field->after);
        json_set_str(item, "by", field->by);
        json_set_str(item, "words", field->words);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static void add_row(struct comparing *c, const struct tryset_result *result, const char *name, const struct thing_diff *thing)
{
    static const char *const changes[] = {[DIFFERS_ADDED] = "added", [DIFFERS_CHANGED] = "changed", [DIFFERS_REMOVED] = "removed"};
    cJSON *row = cJSON_CreateObject();
    char *graph = xasprintf("%s/%s", c->after->ns, c->after->name);
    json_set_str(row, "graph", graph);
    json_set_str(row, "name", name);
    json_set_str(row, "change", thing ? changes[thing->differs] : "none");
    json_set_str(row, "words", thing ? thing->fate : NULL);
    json_set_int(row, "restarts", thing ? thing->restarts : 0);
    json_set_bool(row, "gap", thing && thing->gap);
    json_set(row, "fields", thing ? fields_json(&thing->fields) : cJSON_CreateArray());
    json_set(row, "onCluster", thing ? fields_json(&thing->drift) : cJSON_CreateArray());
    cJSON *why = cJSON_CreateArray();
    for (size_t i = 0; i < result->count; i++)
        if (result->trials[i].object->why && strcmp(trial_thing(&result->trials[i]), name) == 0)
            cJSON_AddItemToArray(why, cJSON_CreateString(result->trials[i].object->why));
    json_set(row, "refused", why);
    cJSON_AddItemToArray(c->rows, row);
    free(graph);
}

static void add_rows(struct comparing *c, const struct tryset_result *result, const struct graph_diff *diff)
{
    for (size_t i = 0; i < diff->count; i++)
        add_row(c, result, diff->things[i].name, &diff->things[i]);
    for (size_t i = 0; i < c->draft->thing_count; i++)
        if (!find(diff, c->draft->things[i].name) && refused(result, c->draft->things[i].name))
            add_row(c, result, c->draft->things[i].name, NULL);
    worsen(c, diff->count ? DIFFERS : SAME);
}

/* As kubectl diff. */
static void print_yaml(struct comparing *c, const struct tryset_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        const struct trial *trial = &result->trials[i];
        const cJSON *after = result->no_namespace ? trial->object->want : trial->would;
        if ((after || !trial->object->want) && unified_object(&c->out, trial->object->before, after))
            worsen(c, DIFFERS);
        if (trial->object->why)
            app_note("patchbay: %s/%s: %s: %s", c->after->ns, c->after->name, trial_thing(trial), trial->object->why);
    }
}

static char *owner(const cJSON *live, const cJSON *field)
{
    return owned_by_other(live, field, PLAN_MANAGER);
}

/* The graph that is deployed, and its plan, as this catalogue has them; NULL where there is none, or no use in it. */
static struct graph *deployed_graph(struct comparing *c, const cJSON *parent, struct plan **plan)
{
    const char *text = cJSON_GetStringValue(json_get(json_get(parent, "data"), PLAN_KEY_TEXT)); /* its key has a dot */
    struct faults faults = {0};
    struct err err = ERR_INIT;
    struct graph *graph = text ? graph_parse(text, strlen(text), "deployed", &c->app->catalogue, &faults) : NULL;
    *plan = graph && !faults.errors ? plan_make(graph, text, strlen(text), &err) : NULL;
    if (text && !*plan) {
        app_note("patchbay: what is deployed cannot be read with this catalogue, so that the cluster's fields alone are compared: %s",
                 faults.count ? faults.items[0].text : err.text);
        graph_free(graph);
        graph = NULL;
    }
    faults_release(&faults);
    return graph;
}

static void compare(struct comparing *c, const struct tryset_result *result)
{
    struct plan *before;
    struct graph *deployed = deployed_graph(c, result->parent, &before);
    struct diff_member *members = xcalloc(result->count + 1, sizeof *members);
    struct graph_diff diff;
    struct holder holder;
    const cJSON *held = json_get(json_object(result->parent, "data"), PLAN_KEY_HOLDER);
    if (holder_read(&holder, cJSON_GetStringValue(held)) && holder_ended(&holder))
        app_note("patchbay: the %s by %s was cut short: what it did not come to differs", holder_noun(&holder), holder.by);
    for (size_t i = 0; i < result->count; i++) {
        const struct trial *trial = &result->trials[i];
        const cJSON *live = trial->object->before;
        members[i] = (struct diff_member){
            .live = live, .would = trial->would,
            .applied = live ? owned_part(live, PLAN_MANAGER) : NULL,
            .wanted = trial->would ? owned_part(trial->would, PLAN_MANAGER) : NULL};
        if (trial->would && !members[i].wanted) /* it does not say who owns what */
            members[i].would = NULL;
    }
    graph_diff_make(&diff, &(struct diff_input){.deployed = deployed, .before = before, .draft = c->draft, .after = c->after,
                                                .members = result->no_namespace ? NULL : members,
                                                .member_count = result->no_namespace ? 0 : result->count, .owner = owner});
    if (c->format == FORMAT_JSON)
        add_rows(c, result, &diff);
    else
        print_text(c, result, &diff);
    graph_diff_release(&diff);
    for (size_t i = 0; i < result->count; i++) {
        cJSON_Delete((cJSON *)(uintptr_t)members[i].applied);
        cJSON_Delete((cJSON *)(uintptr_t)members[i].wanted);
    }
    free(members);
    plan_free(before);
    graph_free(deployed);
}

/* Who else keeps them is said once; a deployment would be refused. */
static void note_gitops(struct comparing *c, const struct tryset_result *result)
{
    struct buf who;
    buf_init(&who, 400);
    if (trial_gitops(result, &who)) {
        app_note("%s keeps these objects as they are in git: 'patchbay deploy' leaves them alone", who.data);
        worsen(c, WRONG);
    }
    buf_release(&who);
}

static void on_tried(void *data, const struct tryset_result *result)
{
    struct comparing *c = data;
    c->over = true;
    if (!result->ok) {
        worsen(c, app_fail(result->unreachable ? STATUS_UNREACHABLE : WRONG, &result->err));
        return;
    }
    if (result->no_namespace)
        app_note("patchbay: the namespace %s is not there yet: it would be made, and until then nothing can be tried in it",
                 c->after->ns);
    if (err_is_set(&result->namespace_why))
        worsen(c, app_fail(WRONG, &result->namespace_why));
    if (result->namespace_ends)
        app_note("patchbay: the namespace %s is being deleted: nothing new can be made in it", c->after->ns);
    if (c->format == FORMAT_YAML)
        print_yaml(c, result);
    else
        compare(c, result);
    for (size_t i = 0; i < result->count; i++)
        if (result->trials[i].object->why ||
            trial_leaves(&result->trials[i], c->after, options_has(c->app->options, OPT_FORCE)))
            worsen(c, WRONG);
    note_gitops(c, result);
}

static int try_plan(struct comparing *c)
{
    c->over = false;
    struct tryset *set = trial_start(c->app->client, c->after, options_has(c->app->options, OPT_FORCE), on_tried, c);
    int status = app_wait(c->app, &c->over, 0);
    if (status != STATUS_DONE)
        tryset_cancel(set);
    return status;
}

/* 130 when it was interrupted. */
static int compare_text(struct comparing *c, const struct source_text *text, const struct graph *graph)
{
    struct err err = ERR_INIT;
    struct plan *plan = plan_make(graph, text->text.data, text->text.len, &err);
    int status = STATUS_DONE;
    c->draft = graph;
    c->after = plan;
    if (plan)
        status = try_plan(c);
    else
        worsen(c, app_fail(WRONG, &err));
    plan_free(plan);
    return status;
}

/* With --only of what would be deployed then. */
static int compare_part(struct comparing *c, const struct source_text *text, const struct graph *draft)
{
    size_t errors;
    struct only only;
    int status = only_make(&only, c->app, text, draft);
    struct graph *graph = status == STATUS_DONE && only.deployed ? documents_graph(c->app, &only.text, stderr, false, &errors) : NULL;
    if (status == STATUS_FAULT || (only.deployed && !graph)) {
        worsen(c, WRONG);
        status = STATUS_DONE;
    } else if (status == STATUS_DONE) {
        status = compare_text(c, graph ? &only.text : text, graph ? graph : draft);
    }
    graph_free(graph);
    only_release(&only);
    return status;
}

static int compare_one(struct comparing *c, const struct source_text *text)
{
    size_t errors;
    const char *ns = c->app->options->values[OPT_NAMESPACE];
    struct graph *graph = documents_graph(c->app, text, stderr, false, &errors);
    int status = STATUS_DONE;
    if (!graph)
        worsen(c, WRONG);
    else if (ns && !str_eq(ns, graph->ns))
        worsen(c, app_failf(WRONG, "%s: the graph's namespace is %s, not %s; change its metadata or leave -n away", text->name,
                            graph->ns, ns));
    else
        status = compare_part(c, text, graph);
    graph_free(graph);
    return status;
}

static int read_format(struct app *app, enum format *format)
{
    static const char *const names[] = {[FORMAT_TEXT] = "text", [FORMAT_YAML] = "yaml", [FORMAT_JSON] = "json"};
    const char *word = app->options->values[OPT_OUTPUT];
    *format = FORMAT_TEXT;
    for (size_t i = 0; word && i < ARRAY_SIZE(names); i++)
        if (strcmp(word, names[i]) == 0) {
            *format = (enum format)i;
            return STATUS_DONE;
        }
    return word ? app_failf(STATUS_USAGE, "'%s' is no format of a difference; there are text, yaml and json", word) : STATUS_DONE;
}

static void print(struct comparing *c)
{
    if (c->format == FORMAT_JSON) {
        json_print(&c->out, c->rows);
        buf_addc(&c->out, '\n');
    }
    app_print(&c->out);
}

static int run(struct app *app)
{
    struct source_texts texts = {0};
    struct comparing c = {.app = app, .rows = cJSON_CreateArray()};
    buf_init(&c.out, 256u << 20);
    int status = read_format(app, &c.format);
    if (status == STATUS_DONE)
        status = app_catalogue(app);
    if (status == STATUS_DONE)
        status = documents_on_cluster(app, &texts);
    c.named = texts.count > 1;
    bool ready = status == STATUS_DONE;
    for (size_t i = 0; i < texts.count && status == STATUS_DONE; i++)
        status = compare_one(&c, &texts.items[i]);
    if (ready && status == STATUS_DONE)
        print(&c);
    documents_release(&texts);
    buf_release(&c.out);
    cJSON_Delete(c.rows);
    if (status == STATUS_DONE)
        return c.status;
    return status == STATUS_FAULT ? WRONG : status;
}

const struct command command_diff = {
    .name = "diff",
    .args = "FILE",
    .summary = "what a deployment of a graph would change",
    .help = "Compares a graph with what is deployed of it, thing by thing: which come and go, which fields differ, how many pods\n"
            "restart, and what somebody changed on the cluster since. The cluster checks everything and changes nothing; what it\n"
            "would refuse is said. -o text is in words, -o yaml as `kubectl diff` prints it, -o json for machines.\n"
            "Exits 0 when nothing differs, 1 when something does, 2 when something is wrong or would be refused.\n"
            "\n"
            "  patchbay diff lobby.yaml\n"
            "  patchbay diff lobby.yaml --set camera.fps=15 -o yaml",
    .options = OPTS_CLUSTER | OPT(OPT_FILE) | OPT(OPT_SET) | OPT(OPT_OVERLAY) | OPT(OPT_OUTPUT) | OPT(OPT_FORCE) | OPT(OPT_ONLY),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
