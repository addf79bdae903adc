#include "ops/why.h"

#include "app/commands.h"
#include "app/graphs.h"
#include "app/scrape.h"
#include "app/table.h"
#include "base/text.h"
#include "base/time.h"
#include "base/yaml.h"
#include "graph/fault.h"
#include "graph/plan.h"
#include "k8s/kinds/event.h"
#include "k8s/logtail.h"
#include "ops/timing.h"

#define LOGS_READ 8 /* pods whose log is read, of one question */

struct told {
    struct why why;
    const char *kind, *ns;
    size_t at; /* in which order it was found */
};

struct whys {
    struct app *app;
    struct store *maps, *pods, *nodes, *deployments, *events;
    struct index on_objects;
    struct gpu_ledger *gpus;
    struct graph *graph;
    struct told *told;
    size_t count, cap;
    int logs_read;
};

static void read_log(struct whys *w, const struct pod *pod, struct log_tail *tail)
{
    bool previous;
    const struct container *k = why_ended(pod, &previous);
    if (!k || w->logs_read++ >= LOGS_READ)
        return;
    log_tail_read(tail, w->app->client,
                  &(struct log_options){.ns = pod->r.ns, .pod = pod->r.name, .container = k->name, .previous = previous});
    app_wait(w->app, &tail->over, loop_now(w->app->loop) + 5 * NSEC_PER_SEC);
}

/* ---- who is asked about */

static void ask(struct whys *w, const char *kind, const char *ns, struct why_of of)
{
    struct log_tail tail = {.count = 0};
    const struct pod *pod = of.pod || !of.live ? of.pod : of.live->things[of.thing].pod;
    of.gpus = w->gpus;
    of.nodes = w->nodes;
    of.deployments = w->deployments;
    of.events = &w->on_objects;
    of.now = loop_wall(w->app->loop);
    if (pod)
        read_log(w, pod, &tail);
    of.log = (const char *const *)tail.lines;
    of.log_count = tail.count;
    GROW(w->told, w->count, w->cap);
    struct told *told = &w->told[w->count];
    *told = (struct told){.kind = kind, .ns = ns, .at = w->count};
    why_make(&told->why, &of);
    w->count++;
    log_tail_release(&tail);
}

static const char *kind_of(const struct why_of *object)
{
    return !object ? "thing" : object->deployment ? "deployment" : "pod";
}

/* thing NULL: all of the graph. object: what of the thing is asked about by itself; NULL: the thing. Two scrapes say what its wires carry. */
static int ask_graph(struct whys *w, const struct configmap *map, const char *thing, const struct why_of *object)
{
    struct err err = ERR_INIT;
    graph_free(w->graph);
    w->graph = graphs_parse(w->app, map, &err);
    if (!w->graph)
        return app_fail(STATUS_FAULT, &err);
    size_t only = thing ? graph_index(w->graph, thing) : SIZE_MAX;
    if (object && only == SIZE_MAX) { /* of a thing that is no longer in it */
        ask(w, kind_of(object), map->r.ns, *object);
        return STATUS_DONE;
    }
    if (thing && only == SIZE_MAX)
        return app_failf(STATUS_FAULT, "graph %s has no thing '%s'; 'patchbay status %s' lists them", map->graph, SHOWN(thing), map->graph);
    struct scrape *scrape = scrape_new(w->app->client, w->pods, NULL, NULL);
    scrape_graph(scrape, map->r.ns, map->graph);
    scrape_every(scrape, NSEC_PER_SEC);
    app_measure(w->app);
    struct live live;
    live_make(&live, w->graph, w->deployments, w->pods, scrape_traffic, scrape, loop_now(w->app->loop));
    for (size_t i = 0; i < live.thing_count; i++)
        if (only == SIZE_MAX || only == i) {
            struct why_of of = object ? *object : (struct why_of){.now = 0};
            of.graph = w->graph;
            of.live = &live;
            of.thing = i;
            ask(w, kind_of(object), map->r.ns, of);
        }
    live_release(&live);
    scrape_free(scrape);
    return STATUS_DONE;
}

/* "pods/x" is x where one of the words of the kind stands before the slash, else NULL. */
static const char *of_kind(const struct kind *kind, const char *word)
{
    const char *slash = strchr(word, '/');
    char prefix[64];
    if (!slash || slash - word >= (ptrdiff_t)sizeof prefix)
        return NULL;
    snprintf(prefix, sizeof prefix, "%.*s", (int)(slash - word), word);
    return kind_find(prefix) == kind ? slash + 1 : NULL;
}

static int not_there(struct whys *w, const char *word)
{
    size_t n = 0;
    const char **names = xcalloc(store_count(w->pods) + store_count(w->deployments) + store_count(w->maps) + 1, sizeof *names);
    STORE_EACH(struct configmap, map, w->maps) if (map->graph) names[n++] = map->graph;
    STORE_EACH(struct deployment, d, w->deployments) names[n++] = d->r.name;
    STORE_EACH(struct pod, pod, w->pods) if (str_eq(pod->r.ns, w->app->ns)) names[n++] = pod->r.name;
    const char *near = text_nearest(word, names);
    int status = near ? app_failf(STATUS_FAULT, "no graph, pod or deployment '%s' is in namespace %s; did you mean '%s'?", SHOWN(word),
                                  w->app->ns, near)
                      : app_failf(STATUS_FAULT, "no graph, pod or deployment '%s' is in namespace %s; 'patchbay pods -A' lists the pods",
                                  SHOWN(word), w->app->ns);
    free(names);
    return status;
}

/* The graph that something is of; NULL: none that is known. */
static const struct configmap *map_of(struct whys *w, istr ns, istr graph)
{
    const char *const where[] = {NULL, ns}; /* who may not look everywhere may look here */
    for (size_t i = 0; graph && i < ARRAY_SIZE(where) && !store_count(w->maps); i++)
        if (app_list_if_allowed(w->app, w->maps, where[i], PLAN_LABEL_KIND "=graph") != STATUS_DONE)
            return NULL;
    STORE_EACH(struct configmap, map, w->maps) if (graph && map->r.ns == ns && str_eq(map->graph, graph)) return map;
    return NULL;
}

/* Of a graph's its wires are looked at as well. */
static int ask_one(struct whys *w, const struct why_of *object)
{
    const struct deployment *d = object->deployment;
    istr ns = d ? d->r.ns : object->pod->r.ns, thing = d ? d->thing : object->pod->thing;
    const struct configmap *map = thing ? map_of(w, ns, d ? d->graph : object->pod->graph) : NULL;
    if (map)
        return ask_graph(w, map, thing, object);
    ask(w, kind_of(object), ns, *object);
    return STATUS_DONE;
}

/* The pods of a deployment that are not well say why it is not; without pods it must do so itself. */
static int ask_deployment(struct whys *w, const struct deployment *d)
{
    const struct pod *worst = NULL;
    STORE_EACH(struct pod, pod, w->pods)
        if (pod_is_of(pod, d->r.ns, d->r.name) && (!worst || !pod->ready))
            worst = pod;
    return ask_one(w, &(struct why_of){.deployment = d, .pod = worst});
}

static int ask_object(struct whys *w, const char *word)
{
    const char *ns = w->app->ns, *pod_name = of_kind(&kind_pod, word), *deployment_name = of_kind(&kind_deployment, word);
    const struct record *pod = deployment_name ? NULL : store_find(w->pods, ns, pod_name ? pod_name : word);
    if (pod)
        return ask_one(w, &(struct why_of){.pod = (const struct pod *)pod});
    const struct record *record = pod_name ? NULL : store_find(w->deployments, ns, deployment_name ? deployment_name : word);
    return record ? ask_deployment(w, (const struct deployment *)record) : not_there(w, word);
}

static int ask_node(struct whys *w, const char *name)
{
    const struct record *node = store_find(w->nodes, NULL, name);
    if (!node)
        return app_failf(STATUS_FAULT, "no node '%s' is known; 'patchbay nodes' lists them", SHOWN(name));
    ask(w, "node", NULL, (struct why_of){.node = (const struct node *)node});
    return STATUS_DONE;
}

/* Whatever is not well in the namespace, and the nodes. */
static int ask_all(struct whys *w)
{
    int status = STATUS_DONE;
    const char *ns = app_list_ns(w->app);
    STORE_EACH(struct configmap, map, w->maps)
        if (map->graph && (!ns || str_eq(map->r.ns, ns)) && ask_graph(w, map, NULL, NULL) != STATUS_DONE)
            status = STATUS_FAULT;
    STORE_EACH(struct deployment, d, w->deployments) if (!d->graph && (!ns || str_eq(d->r.ns, ns))) ask_deployment(w, d);
    STORE_EACH(struct pod, pod, w->pods)
        if (!pod->graph && !deployment_of_pod(w->deployments, pod) && (!ns || str_eq(pod->r.ns, ns)))
            ask(w, "pod", pod->r.ns, (struct why_of){.pod = pod});
    STORE_EACH(struct node, node, w->nodes) ask(w, "node", NULL, (struct why_of){.node = node});
    return status;
}

/* ---- what is printed */

static int by_weight(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    if (x->why.weight != y->why.weight)
        return x->why.weight < y->why.weight ? 1 : -1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static cJSON *tree_of(const struct told *told)
{
    cJSON *object = cJSON_CreateObject(), *causes = cJSON_CreateArray();
    json_set_str(object, "kind", told->kind);
    json_set_str(object, "namespace", told->ns);
    json_set_str(object, "name", told->why.name);
    json_set_str(object, "state", told->why.state);
    json_set_bool(object, "well", !told->why.weight);
    for (size_t i = 0; i < told->why.count; i++) {
        const struct why_cause *cause = &told->why.causes[i];
        cJSON *item = cJSON_CreateObject(), *seen = cJSON_CreateArray();
        json_set_str(item, "rule", cause->rule);
        json_set_str(item, "cause", cause->sentence);
        for (size_t k = 0; k < cause->seen_count; k++)
            cJSON_AddItemToArray(seen, cJSON_CreateString(cause->seen[k]));
        json_put(item, "seen", seen);
        json_set_str(item, "help", cause->help);
        cJSON_AddItemToArray(causes, item);
    }
    json_put(object, "causes", causes);
    return object;
}

static void print_tree(const struct whys *w, enum table_format format, struct buf *out)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < w->count; i++)
        cJSON_AddItemToArray(list, tree_of(&w->told[i]));
    if (format == TABLE_YAML)
        yaml_emit(out, list);
    else
        json_print(out, list);
    buf_adds(out, format == TABLE_JSON ? "\n" : "");
    cJSON_Delete(list);
}

static void print_rows(const struct whys *w, enum table_format format, struct buf *out)
{
    static const struct table_column columns[] = {{"NAMESPACE"}, {"NAME"}, {"STATE"}, {"RULE"}, {"CAUSE"}, {"HELP"}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "cause");
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < w->told[i].why.count; k++) {
            const struct why *why = &w->told[i].why;
            table_row(table, why->causes[k].rule);
            table_cell(table, "%s", str_or_empty(w->told[i].ns));
            table_cell(table, "%s", why->name);
            table_cell(table, "%s", why->state);
            table_cell(table, "%s", why->causes[k].rule);
            table_cell(table, "%s", why->causes[k].sentence);
            table_cell(table, "%s", why->causes[k].help);
        }
    table_print(table, format, true, out);
    table_free(table);
}

static void print_text(const struct whys *w, struct buf *out)
{
    size_t ill = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (!w->told[i].why.weight)
            continue;
        buf_adds(out, ill++ ? "\n" : "");
        why_text(out, &w->told[i].why);
    }
    if (!ill && w->count == 1)
        buf_addf(out, "%s: %s; all is well\n", w->told[0].why.name, w->told[0].why.state);
    else if (!ill)
        buf_addf(out, "all is well\n");
}

static int print(struct whys *w, enum table_format format)
{
    int status = STATUS_DONE;
    struct buf out;
    buf_init(&out, 64u << 20);
    if (w->count)
        qsort(w->told, w->count, sizeof *w->told, by_weight);
    for (size_t i = 0; i < w->count; i++)
        if (w->told[i].why.weight)
            status = STATUS_FAULT;
    if (format == TABLE_JSON || format == TABLE_YAML)
        print_tree(w, format, &out);
    else if (format == TABLE_CSV || format == TABLE_NAME)
        print_rows(w, format, &out);
    else
        print_text(w, &out);
    app_print(&out);
    return status;
}

/* What a word means. */
struct asked {
    const char *word;            /* NULL: all there is */
    const char *node;            /* "node/NODE" */
    bool object;                 /* "pod/POD", "deployment/NAME": no graph */
    const struct configmap *map; /* a graph … */
    const char *thing;           /* … or one of its things */
};

/* "GRAPH", or "GRAPH/THING", where "NAMESPACE/GRAPH" is none. A bare word that is no graph may be an object. */
static int find_graph(struct whys *w, struct asked *asked)
{
    struct err err = ERR_INIT;
    const char *slash = strrchr(asked->word, '/');
    asked->map = graphs_find(w->app, w->maps, asked->word, &err);
    if (asked->map || !slash)
        return STATUS_DONE;
    char *graph = xstrndup(asked->word, (size_t)(slash - asked->word));
    err_clear(&err);
    asked->map = graphs_find(w->app, w->maps, graph, &err);
    asked->thing = slash + 1;
    free(graph);
    return asked->map ? STATUS_DONE : app_fail(STATUS_FAULT, &err);
}

static int find_asked(struct whys *w, const char *word, struct asked *asked)
{
    *asked = (struct asked){.word = word};
    asked->node = word ? of_kind(&kind_node, word) : NULL;
    asked->object = word && (of_kind(&kind_pod, word) || of_kind(&kind_deployment, word));
    if (asked->node || asked->object) {
        w->maps = store_new(&kind_configmap);
        return STATUS_DONE;
    }
    int status = graphs_list(w->app, word, &w->maps);
    return status == STATUS_DONE && word ? find_graph(w, asked) : status;
}

static int list_all(struct whys *w, const struct asked *asked)
{
    bool all = !asked->word;
    const char *ns = asked->map ? asked->map->r.ns : all ? app_list_ns(w->app) : w->app->ns;
    int status = app_list_most(w->app, w->pods, ns, NULL); /* all of them: a GPU may be held from anywhere */
    if (status == STATUS_DONE && (asked->map || all))
        status = app_list(w->app, w->deployments, ns, NULL, NULL);
    else if (status == STATUS_DONE && !asked->node) /* of a pod they only tell more */
        status = app_list_if_allowed(w->app, w->deployments, ns, NULL);
    if (status == STATUS_DONE)
        status = app_list_if_allowed(w->app, w->nodes, NULL, NULL);
    if (status == STATUS_DONE) /* those of nodes are in the namespace default */
        status = app_list_if_allowed(w->app, w->events, asked->node || all ? NULL : ns, NULL);
    return status;
}

static int answer(struct whys *w, const char *word, enum table_format format)
{
    struct asked asked;
    int status = find_asked(w, word, &asked);
    if (status == STATUS_DONE)
        status = list_all(w, &asked);
    if (status != STATUS_DONE)
        return status;
    index_init(&w->on_objects, w->events, event_object_key);
    w->gpus = gpu_ledger_new(w->nodes, w->pods);
    status = asked.node  ? ask_node(w, asked.node)
             : asked.map ? ask_graph(w, asked.map, asked.thing, NULL)
             : word      ? ask_object(w, word)
                         : ask_all(w);
    if (status == STATUS_DONE)
        status = print(w, format);
    gpu_ledger_free(w->gpus);
    index_release(&w->on_objects);
    return status;
}

/* The manual of the rules, from their table. */
static int print_known(enum table_format format)
{
    static const struct table_column columns[] = {{"RULE"}, {"CAUSE"}, {"HELP"}};
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "rule");
    char *sentence, *help;
    const char *name;
    for (size_t i = 0; (name = why_known(i, &sentence, &help)); i++) {
        table_row(table, name);
        table_cell(table, "%s", name);
        table_cell(table, "%s", sentence);
        table_cell(table, "%s", help);
        free(sentence);
        free(help);
    }
    table_finish(table, format, true);
    return STATUS_DONE;
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    enum table_format format;
    if (table_format_parse(&format, app->options->values[OPT_OUTPUT], &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    if (options_has(app->options, OPT_RULES))
        return print_known(format);
    int status = app_connect(app);
    if (status != STATUS_DONE)
        return status;
    struct whys w = {.app = app, .pods = store_new(&kind_pod), .nodes = store_new(&kind_node),
                     .deployments = store_new(&kind_deployment), .events = store_new(&kind_event)};
    status = answer(&w, app->options->arg_count ? app->options->args[0] : NULL, format);
    for (size_t i = 0; i < w.count; i++)
        why_release(&w.told[i].why);
    free(w.told);
    graph_free(w.graph);
    store_free(w.maps);
    store_free(w.pods);
    store_free(w.nodes);
    store_free(w.deployments);
    store_free(w.events);
    return status;
}

const struct command command_why = {
    .name = "why",
    .args = "[GRAPH[/THING]|POD|node/NODE]",
    .summary = "what is the matter: the cause, what shows it, and what helps",
    .help = "Says in a sentence why a graph, a thing, a pod, a deployment or a node is not well, what shows it (events, conditions,\n"
            "the state of containers and of the node, the wires, the last lines of a container that ended), and what would help; the\n"
            "worst first. Without a name it looks at the whole namespace and at the nodes. Exits 1 when there is a cause, 0 when\n"
            "all is well. Each cause is named by its rule; --rules lists them.\n"
            "\n"
            "  patchbay why lobby\n"
            "  patchbay why lobby/object-detect -o json\n"
            "  patchbay why node/gpu-2",
    .options = OPTS_CLUSTER | OPT(OPT_ALL) | OPT(OPT_OUTPUT) | OPT(OPT_RULES),
    .max_args = 1,
    .run = run,
};
