#include "app/commands.h"
#include "app/documents.h"
#include "app/table.h"
#include "base/text.h"
#include "k8s/kinds/node.h"
#include "k8s/kinds/pod.h"
#include "ops/place.h"

#define NODES_SHOWN 6    /* in the table, and of one reason; the other formats name more */
#define REASONS_SHOWN 20 /* of a thing */

static const struct table_column columns[] = {
    {"GRAPH", .wide = true}, {"NAME"}, {"WANTS"}, {"COULD RUN ON"}, {"NODES", .wide = true, .number = true}, {"ROOM"}, {"WHY"},
    {"REFUSED BY", .machine = true}};

struct reason { /* why a pod stays Pending, and on which nodes for that */
    size_t thing;
    char *why;
    struct buf nodes; /* the first of them */
    size_t count;
};

struct placing {
    struct store *nodes, *pods;
    enum table_format format;
    struct table *table;
    struct buf gpus, pending; /* the lines below the table */
    /* of the graph at hand: */
    struct buf *refused; /* by thing: "gpu-1: Insufficient cpu; gpu-2: …" */
    struct reason *reasons;
    size_t reason_count, reason_cap;
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
    table_cell(p->table, "%s", p->refused[index].data);
    buf_release(&nodes);
}

/* What keeps a thing from the nodes. */

static void on_refused(void *data, size_t thing, const struct node *node, const char *why)
{
    struct placing *p = data;
    buf_addf(&p->refused[thing], "%s%s: %s", p->refused[thing].len ? "; " : "", node->r.name, why);
}

static struct reason *reason_of(struct placing *p, size_t thing, const char *why)
{
    for (size_t i = 0; i < p->reason_count; i++)
        if (p->reasons[i].thing == thing && strcmp(p->reasons[i].why, why) == 0)
            return &p->reasons[i];
    GROW(p->reasons, p->reason_count, p->reason_cap);
    struct reason *reason = &p->reasons[p->reason_count++];
    *reason = (struct reason){.thing = thing, .why = xstrdup(why)};
    buf_init(&reason->nodes, 4096);
    return reason;
}

static void on_full(void *data, size_t thing, const struct node *node, const char *why)
{
    struct placing *p = data;
    struct reason *reason = reason_of(p, thing, why);
    if (reason->count++ < NODES_SHOWN)
        buf_addf(&reason->nodes, "%s%s", reason->nodes.len ? ", " : "", node->r.name);
}

static void say_reason(struct buf *out, const struct reason *reason)
{
    char more[40] = "";
    struct buf line;
    buf_init(&line, 16384);
    if (reason->count > NODES_SHOWN)
        snprintf(more, sizeof more, " and %zu more", reason->count - NODES_SHOWN);
    buf_addf(&line, "  %s%s: %s", reason->nodes.data, more, reason->why);
    text_sanitise(out, line.data, line.len);
    buf_addc(out, '\n');
    buf_release(&line);
}

static void say_pending(struct placing *p, const struct graph *graph, size_t index, const struct place_thing *placed, bool named)
{
    size_t shown = 0, left = 0;
    struct buf *out = &p->pending;
    if (placed->wanted > 1 && placed->fits < placed->wanted)
        buf_addf(out, "%d of %d pods of ", placed->wanted - placed->fits, placed->wanted);
    if (named && placed->fits < placed->wanted)
        buf_addf(out, "%s/%s ", graph->ns, graph->name);
    if (placed->fits < placed->wanted)
        buf_addf(out, "%s would stay Pending:\n", graph->things[index].name);
    for (size_t i = 0; i < p->reason_count; i++) {
        if (p->reasons[i].thing != index)
            continue;
        if (shown++ < REASONS_SHOWN)
            say_reason(out, &p->reasons[i]);
        else
            left += p->reasons[i].count;
    }
    if (left)
        buf_addf(out, "  and %zu more nodes\n", left);
}

static void begin_graph(struct placing *p, const struct graph *graph)
{
    p->refused = xcalloc(graph->thing_count + 1, sizeof *p->refused);
    for (size_t i = 0; i < graph->thing_count; i++)
        buf_init(&p->refused[i], 1u << 20);
}

static void end_graph(struct placing *p, const struct graph *graph)
{
    for (size_t i = 0; i < p->reason_count; i++) {
        free(p->reasons[i].why);
        buf_release(&p->reasons[i].nodes);
    }
    p->reason_count = 0;
    for (size_t i = 0; i < graph->thing_count; i++)
        buf_release(&p->refused[i]);
    free(p->refused);
}

/* Each graph by itself: what the others of a folder would take is not counted. STATUS_FAULT: something finds no room. */
static int place_graph(struct placing *p, const struct graph *graph, bool named)
{
    struct place place;
    int status = STATUS_DONE;
    const struct place_listener listener = {on_refused, on_full, p};
    begin_graph(p, graph);
    place_make_told(&place, graph, p->nodes, p->pods, &listener);
    for (size_t i = 0; i < place.thing_count; i++) {
        add_row(p, graph, i, &place.things[i]);
        if (place.things[i].fits < place.things[i].wanted)
            status = STATUS_FAULT;
        say_pending(p, graph, i, &place.things[i], named);
    }
    for (size_t i = 0; i < place.gpu_count; i++) {
        char words[200];
        place_gpu_words(words, sizeof words, &place.gpus[i]);
        if (named)
            buf_addf(&p->gpus, "%s/%s ", graph->ns, graph->name);
        buf_addf(&p->gpus, "%s: %s\n", place.gpus[i].resource, words);
    }
    end_graph(p, graph);
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
        if (p->format == TABLE_TABLE || p->format == TABLE_WIDE) {
            buf_adds(&out, p->gpus.data);
            buf_adds(&out, p->pending.data);
        }
        app_print(&out);
    }
    return status;
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    struct source_texts texts = {0};
    struct placing p = {.nodes = store_new(&kind_node), .pods = store_new(&kind_pod)};
    buf_init(&p.gpus, 1u << 20);
    buf_init(&p.pending, 16u << 20);
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
    buf_release(&p.pending);
    free(p.reasons);
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
            "for and free, and of what would stay Pending all that keeps it from each node, with who holds its GPUs. In -o json,\n"
            "refusedBy says why of every node that is not in couldRunOn. What the graph's own pods hold counts as theirs.\n"
            "Nothing is changed on the cluster. Exits 1 when something would stay Pending.\n"
            "\n"
            "  patchbay place lobby.yaml\n"
            "  patchbay place lobby.yaml -o json",
    .options = OPTS_CLUSTER | OPT(OPT_FILE) | OPT(OPT_SET) | OPT(OPT_OVERLAY) | OPT(OPT_OUTPUT),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
