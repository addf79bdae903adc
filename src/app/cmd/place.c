#include "app/commands.h"
#include "app/documents.h"
#include "app/table.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "ops/place.h"

#define NODES_SHOWN 6 /* in the table; the other formats name more */

static const struct table_column columns[] = {
    {"GRAPH", .wide = true}, {"NAME"}, {"WANTS"}, {"COULD RUN ON"}, {"NODES", .wide = true, .number = true}, {"ROOM"}, {"WHY"}};

struct placing {
    struct store *nodes, *pods;
    enum table_format format;
    struct table *table;
    struct buf gpus; /* the lines below the table */
};

/* People read "gpu-1, gpu-2 or gpu-3", machines "gpu-1,gpu-2,gpu-3". */
static void say_nodes(const struct placing *p, const struct place_thing *placed, struct buf *out)
{
    if (p->format == TABLE_TABLE || p->format == TABLE_WIDE) {
        char words[32768];
        place_nodes_words(words, sizeof words, placed, p->format == TABLE_TABLE ? NODES_SHOWN : PLACE_NAMED);
        buf_adds(out, words);
        return;
    }
    for (size_t i = 0; i < MIN(placed->node_count, PLACE_NAMED); i++)
        buf_addf(out, "%s%s", i ? "," : "", placed->nodes[i]->r.name);
}

static void add_row(struct placing *p, const struct graph *graph, size_t index, const struct place_thing *placed)
{
    const struct graph_thing *thing = &graph->things[index];
    char wants[512];
    struct buf nodes;
    buf_init(&nodes, 65536);
    place_wants_words(wants, sizeof wants, thing);
    say_nodes(p, placed, &nodes);
    table_row(p->table, thing->name);
    table_cell(p->table, "%s/%s", graph->ns, graph->name);
    table_cell(p->table, "%s", thing->name);
    table_cell(p->table, "%s", wants);
    table_cell(p->table, "%s", nodes.data);
    table_cell(p->table, "%zu", placed->node_count);
    if (thing->external)
        table_cell(p->table, "%s", "");
    else
        table_cell(p->table, "%d/%d", placed->fits, placed->wanted);
    table_cell(p->table, "%s", placed->why);
    buf_release(&nodes);
}

/* Each graph by itself: what the others of a folder would take is not counted. STATUS_FAULT: something finds no room. */
static int place_graph(struct placing *p, const struct graph *graph, bool named)
{
    struct place place;
    int status = STATUS_DONE;
    place_make(&place, graph, p->nodes, p->pods);
    for (size_t i = 0; i < place.thing_count; i++) {
        add_row(p, graph, i, &place.things[i]);
        if (place.things[i].fits < place.things[i].wanted)
            status = STATUS_FAULT;
    }
    for (size_t i = 0; i < place.gpu_count; i++) {
        char words[200];
        place_gpu_words(words, sizeof words, &place.gpus[i]);
        if (named)
            buf_addf(&p->gpus, "%s/%s ", graph->ns, graph->name);
        buf_addf(&p->gpus, "%s: %s\n", place.gpus[i].resource, words);
    }
    place_release(&place);
    return status;
}

static int list_cluster(struct app *app, struct placing *p)
{
    int status = app_list(app, p->nodes, NULL, NULL, NULL);
    if (status == STATUS_DONE) /* of all namespaces: what any pod holds is not free */
        status = app_list(app, p->pods, NULL, NULL, NULL);
    if (status == STATUS_FAULT)
        app_note("patchbay: where things could run is not known without all nodes and all pods");
    return status;
}

static int place_all(struct app *app, struct placing *p, const struct source_texts *texts)
{
    struct graph **graphs = xcalloc(texts->count + 1, sizeof *graphs);
    int status = STATUS_DONE;
    for (size_t i = 0; i < texts->count; i++) {
        size_t errors;
        graphs[i] = documents_graph(app, &texts->items[i], stderr, false, &errors);
        if (!graphs[i])
            status = STATUS_FAULT;
    }
    if (status == STATUS_DONE)
        status = list_cluster(app, p);
    bool listed = status == STATUS_DONE;
    for (size_t i = 0; i < texts->count && listed; i++)
        if (place_graph(p, graphs[i], texts->count > 1) != STATUS_DONE)
            status = STATUS_FAULT;
    for (size_t i = 0; i < texts->count; i++)
        graph_free(graphs[i]);
    free(graphs);
    if (listed) {
        struct buf out;
        buf_init(&out, 64u << 20);
        table_print(p->table, p->format, true, &out);
        if (p->format == TABLE_TABLE || p->format == TABLE_WIDE)
            buf_adds(&out, p->gpus.data);
        fwrite(out.data, 1, out.len, stdout);
        buf_release(&out);
    }
    return status;
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    struct source_texts texts = {0};
    struct placing p = {.nodes = store_new(&kind_node), .pods = store_new(&kind_pod)};
    buf_init(&p.gpus, 1u << 20);
    int status = STATUS_DONE;
    if (table_format_parse(&p.format, app->options->values[OPT_OUTPUT], &err) < 0)
        status = app_fail(STATUS_USAGE, &err);
    if (status == STATUS_DONE)
        status = app_catalogue(app);
    if (status == STATUS_DONE)
        status = documents_on_cluster(app, &texts);
    struct table_column shown[ARRAY_SIZE(columns)];
    memcpy(shown, columns, sizeof shown);
    shown[0].wide = texts.count < 2;
    p.table = table_new(shown, ARRAY_SIZE(shown), "thing");
    if (status == STATUS_DONE)
        status = place_all(app, &p, &texts);
    documents_release(&texts);
    buf_release(&p.gpus);
    table_free(p.table);
    store_free(p.nodes);
    store_free(p.pods);
    return status;
}

const struct command command_place = {
    .name = "place",
    .args = "FILE",
    .summary = "where each thing of a graph could run, and what would stay Pending",
    .help = "Says for each thing of a graph which nodes would take it as the cluster is now, how many of its pods find room when\n"
            "the whole graph is deployed, and why the others would not, as kube-scheduler would say it; then the GPUs asked\n"
            "for and free. What the graph's own pods hold counts as theirs. Nothing is changed on the cluster.\n"
            "Exits 1 when something would stay Pending.\n"
            "\n"
            "  patchbay place lobby.yaml\n"
            "  patchbay place lobby.yaml -o json",
    .options = OPTS_CLUSTER | OPT(OPT_FILE) | OPT(OPT_SET) | OPT(OPT_OVERLAY) | OPT(OPT_OUTPUT),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
