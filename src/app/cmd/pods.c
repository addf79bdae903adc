#include "app/commands.h"
#include "app/list.h"
#include "k8s/kinds/pod.h"
#include "ops/status.h"

/* kubectl's columns in kubectl's order; those of our own stand behind them. */
static const struct table_column columns[] = {
    {"NAMESPACE"}, {"NAME"}, {"READY"}, {"STATUS"}, {"RESTARTS"}, {"AGE", .age = true}, {"IP", .wide = true}, {"NODE"},
    {"NOMINATED NODE", .wide = true}, {"READINESS GATES", .wide = true}, {"GPU", .number = true},
    {"GRAPH", .wide = true}, {"THING", .wide = true}};

static void row(struct table *table, const struct record *record, const struct store *store, int64_t now)
{
    (void)store;
    const struct pod *pod = (const struct pod *)record;
    struct pod_words words;
    pod_words(&words, pod);
    char restarts[POD_RESTARTS_TEXT];
    int gpus = 0;
    for (size_t i = 0; i < pod->gpu_count; i++)
        gpus += pod->gpus[i].count;
    table_cell(table, "%s", pod->r.name);
    table_cell(table, "%d/%d", words.ready, words.total);
    table_cell(table, "%s", words.status);
    table_number(table, words.restarts, "%s", pod_restarts(restarts, &words, now));
    table_cell_age(table, pod->r.created, now);
    table_cell(table, "%s", str_or_empty(pod->ip));
    table_cell(table, "%s", str_or_empty(pod->node));
    table_cell(table, "%s", str_or_empty(pod->nominated));
    if (pod->gates)
        table_cell(table, "%d/%d", pod->gates_true, pod->gates);
    else
        table_cell(table, "%s", "");
    table_cell(table, "%d", gpus);
    table_cell(table, "%s", str_or_empty(pod->graph));
    table_cell(table, "%s", str_or_empty(pod->thing));
}

static const struct list pods = {&kind_pod, true, columns, ARRAY_SIZE(columns), row};

static int run(struct app *app)
{
    return list_run(app, &pods);
}

const struct command command_pods = {
    .name = "pods",
    .alias = "po",
    .args = "",
    .summary = "the pods: state in kubectl's words, node and GPUs",
    .help = "Lists pods as kubectl does, with the GPUs that each one holds.\n"
            "\n"
            "  patchbay pods -n media -w\n"
            "  patchbay pods -A -o json\n"
            "  patchbay pods -A --filter 'status!=Running,Completed age>10m label=app=web'",
    .options = OPTS_CLUSTER | OPTS_LIST,
    .run = run,
};
