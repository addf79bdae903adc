#include "app/commands.h"
#include "app/fleet.h"
#include "app/graphs.h"
#include "app/scrape.h"
#include "app/table.h"
#include "base/time.h"
#include "k8s/kinds/deployment.h"
#include "k8s/kinds/pod.h"
#include "ops/live.h"

struct status {
    struct store *maps, *pods, *deployments;
    enum table_format format;
    struct buf out;
};

static int list_graphs(struct app *app, struct status *s)
{
    static const struct table_column columns[] = {{"NAMESPACE"}, {"GRAPH"}, {"READY"}, {"REVISION", .number = true},
                                                  {"DEPLOYED"}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "graph");
    int status = app_list(app, s->deployments, app_list_ns(app), NULL, NULL);
    size_t count = 0, others = 0;
    STORE_EACH(struct configmap, map, s->maps) {
        if (!map->graph)
            continue;
        if (app_list_ns(app) && !str_eq(map->r.ns, app_list_ns(app))) {
            others++;
            continue;
        }
        count++;
        int ready = 0, wanted = 0;
        STORE_EACH(struct deployment, d, s->deployments)
            if (d->graph == map->graph && d->r.ns == map->r.ns) {
                ready += d->ready;
                wanted += d->wanted;
            }
        int64_t at;
        int64_t revision = graphs_revision(map, &at);
        char age[TIME_TEXT];
        table_row(table, map->graph);
        table_cell(table, "%s", map->r.ns);
        table_cell(table, "%s", map->graph);
        table_cell(table, "%d/%d", ready, wanted);
        table_cell(table, "%" PRId64, revision);
        table_cell(table, "%s%s", at ? time_age(age, loop_wall(app->loop) - at) : "<unknown>", at ? " ago" : "");
    }
    if (count || s->format >= TABLE_JSON)
        table_print(table, s->format, true, &s->out);
    else if (status == STATUS_DONE && others)
        fprintf(stderr, "No graph is deployed in namespace %s; %zu in others: -A lists them.\n", app_list_ns(app),
                others);
    else if (status == STATUS_DONE)
        fprintf(stderr, "No graph is deployed.\n");
    table_free(table);
    return status;
}

static void wire_text(char out[64], const struct live_wire *wire)
{
    static const char *const words[] = {[WIRE_UNKNOWN] = "unknown", [WIRE_FLOWING] = "flowing",
                                        [WIRE_STARTING] = "starting", [WIRE_NO_FRAMES] = "NO FRAMES",
                                        [WIRE_STARVED] = "starved"};
    char age[TIME_TEXT];
    if (wire->state == WIRE_NO_FRAMES && wire->age >= 0)
        snprintf(out, 64, "%s %s", words[wire->state], time_age(age, (int64_t)(wire->age * 1e9)));
    else
        snprintf(out, 64, "%s", words[wire->state]);
}

static int show_graph(struct app *app, struct status *s, const char *word)
{
    static const struct table_column things[] = {{"THING"}, {"TYPE"}, {"STATE"}, {"READY"}, {"RESTARTS", .number = true},
                                                 {"NODE"}, {"FPS", .number = true}, {"POD", .wide = true}};
    static const struct table_column wires[] = {{"FROM"}, {"TO"}, {"STATE"}, {"FPS", .number = true}};
    struct err err = ERR_INIT;
    const struct configmap *map = graphs_find(app, s->maps, word, &err);
    struct graph *graph = map ? graphs_parse(app, map, &err) : NULL;
    if (!graph)
        return app_fail(STATUS_FAULT, &err);
    int status = app_list(app, s->deployments, graph->ns, NULL, NULL);
    if (status == STATUS_DONE)
        status = app_list(app, s->pods, graph->ns, NULL, NULL);
    if (status != STATUS_DONE) {
        graph_free(graph);
        return status;
    }
    struct scrape *scrape = scrape_new(app->client, s->pods, NULL, NULL);
    scrape_graph(scrape, graph->ns, graph->name);
    scrape_every(scrape, NSEC_PER_SEC);
    app_measure(app);
    struct live live;
    live_make(&live, graph, s->deployments, s->pods, scrape_traffic, scrape, loop_now(app->loop));
    struct table *table = table_new(things, ARRAY_SIZE(things), "thing");
    for (size_t i = 0; i < graph->thing_count; i++) {
        const struct live_thing *t = &live.things[i];
        const struct pod *pod = t->pod;
        if (!graph->things[i].external && (!t->deployment || t->ready < t->wanted))
            status = STATUS_FAULT;
        table_row(table, graph->things[i].name);
        table_cell(table, "%s", graph->things[i].name);
        table_cell(table, "%s", str_or_empty(graph->things[i].type));
        table_cell(table, "%s", t->state);
        table_cell(table, "%d/%d", t->ready, t->wanted);
        table_cell(table, "%d", t->restarts);
        table_cell(table, "%s", pod ? str_or_empty(pod->node) : "");
        if (t->rate >= 0)
            table_cell(table, "%.1f", t->rate);
        else
            table_cell(table, "%s", "");
        table_cell(table, "%s", pod ? pod->r.name : "");
    }
    table_print(table, s->format, true, &s->out);
    table_free(table);
    if (s->format == TABLE_TABLE || s->format == TABLE_WIDE) {
        table = table_new(wires, ARRAY_SIZE(wires), "link");
        for (size_t i = 0; i < graph->link_count; i++) {
            const struct graph_link *link = &graph->links[i];
            if (link->from == SIZE_MAX || link->to == SIZE_MAX)
                continue;
            char state[64];
            wire_text(state, &live.wires[i]);
            if (live.wires[i].state == WIRE_NO_FRAMES)
                status = STATUS_FAULT;
            table_row(table, graph->things[link->from].name);
            table_cell(table, "%s.%s", graph->things[link->from].name, link->from_port);
            table_cell(table, "%s.%s", graph->things[link->to].name, link->to_port);
            table_cell(table, "%s", state);
            if (live.wires[i].rate >= 0)
                table_cell(table, "%.1f", live.wires[i].rate);
            else
                table_cell(table, "%s", "");
        }
        buf_addc(&s->out, '\n');
        table_print(table, s->format, true, &s->out);
        table_free(table);
    }
    live_release(&live);
    scrape_free(scrape);
    graph_free(graph);
    return status;
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    const char *contexts = app->options->values[OPT_CONTEXTS];
    if (contexts && app->options->arg_count)
        return app_failf(STATUS_USAGE, "--contexts says how clusters are, not a graph; leave one of them out");
    if (contexts)
        return fleet_status(app, contexts);
    struct status s = {.pods = store_new(&kind_pod), .deployments = store_new(&kind_deployment)};
    buf_init(&s.out, 64u << 20);
    int status = STATUS_DONE;
    if (table_format_parse(&s.format, app->options->values[OPT_OUTPUT], &err) < 0)
        status = app_fail(STATUS_USAGE, &err);
    if (status == STATUS_DONE)
        status = app_connect(app);
    if (status == STATUS_DONE)
        status = graphs_list(app, app->options->arg_count ? app->options->args[0] : NULL, &s.maps);
    if (status == STATUS_DONE)
        status = app->options->arg_count ? show_graph(app, &s, app->options->args[0]) : list_graphs(app, &s);
    app_print(&s.out);
    store_free(s.maps);
    store_free(s.pods);
    store_free(s.deployments);
    return status;
}

const struct command command_status = {
    .name = "status",
    .args = "[GRAPH|--contexts PATTERN]",
    .summary = "how a deployed graph is: each thing, each wire",
    .help = "Without a name it lists the deployed graphs. With one it says how each of its things is, and what each wire\n"
            "carries, measured for a second. Exits 1 when something is not ready or a wire that should carries nothing.\n"
            "With --contexts a row for each cluster whose context's name matches: all are asked at once, and one that does not answer\n"
            "within --request-timeout (5s) is said to be so. Exits 1 when one does not or something is not well, 3 when none answers.\n"
            "\n"
            "  patchbay status -A\n"
            "  patchbay status lobby\n"
            "  patchbay status --contexts 'shop-*'",
    .options = OPTS_CLUSTER | OPT(OPT_ALL) | OPT(OPT_OUTPUT) | OPT(OPT_CONTEXTS),
    .max_args = 1,
    .run = run,
};
