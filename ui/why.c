#include "ui/why.h"

#include "base/text.h"
#include "ops/timing.h"
#include "ui/objects.h"

#define HEAD_MAX 8192
#define WIDEST 100 /* longer lines are hard to read */

static void wrap_line(struct buf *out, const char *line, size_t len, int w)
{
    int indent = (int)strspn(line, " "), room = MAX(w - indent, 1);
    char *rest = xstrndup(line + indent, len > (size_t)indent ? len - (size_t)indent : 0);
    const char *text = rest;
    do {
        size_t cut = text_break(text, room);
        buf_pad(out, ' ', (size_t)indent);
        buf_add(out, text, cut);
        buf_addc(out, '\n');
        text += cut;
        text += *text == ' ';
    } while (*text);
    free(rest);
}

void why_wrap(struct buf *out, const char *text, int w)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        wrap_line(out, text, len, MIN(w, WIDEST));
        text += len;
        text += *text == '\n';
    }
}

static const struct thing_traffic *traffic(void *data, const char *pod_uid)
{
    return model_traffic(data, pod_uid);
}

/* The graph that is looked at, where a pod or a deployment of it is asked about: then its wires are, too. */
struct joined {
    struct graph *graph; /* NULL: it is of none */
    struct live live;
};

static void join_graph(struct dashboard *dash, struct why_of *of, struct joined *joined)
{
    struct model *model = dashboard_model(dash);
    istr name = of->pod ? of->pod->graph : of->deployment ? of->deployment->graph : NULL;
    istr thing = of->pod ? of->pod->thing : of->deployment ? of->deployment->thing : NULL;
    istr ns = of->pod ? of->pod->r.ns : of->deployment ? of->deployment->r.ns : NULL;
    const char *text = NULL;
    struct faults faults = {0};
    *joined = (struct joined){.graph = NULL};
    if (of->live || !thing || !str_eq(name, model->graph_name) || !str_eq(ns, model->graph_ns) || !model->catalogue ||
        !model_deployed(model, ns, name, &text) || !text)
        return;
    joined->graph = graph_parse(text, strlen(text), "deployed", model->catalogue, &faults);
    faults_release(&faults);
    size_t at = joined->graph ? graph_index(joined->graph, thing) : SIZE_MAX;
    if (at == SIZE_MAX) {
        graph_free(joined->graph);
        joined->graph = NULL;
        return;
    }
    live_make(&joined->live, joined->graph, of->deployments, model_store(model, SOURCE_PODS), traffic, model, dashboard_now(dash));
    of->graph = joined->graph;
    of->live = &joined->live;
    of->thing = at;
}

/* Whether nothing is known yet of a wire of a thing that is up. */
static bool is_unmeasured(const struct joined *joined, size_t thing)
{
    for (size_t i = 0; joined->graph && i < joined->live.wire_count; i++)
        if ((joined->graph->links[i].to == thing || joined->graph->links[i].from == thing) &&
            joined->live.wires[i].state == WIRE_UNKNOWN && joined->live.things[thing].ready)
            return true;
    return false;
}

bool why_ask(struct dashboard *dash, struct why *out, struct why_of of)
{
    struct model *model = dashboard_model(dash);
    const struct store *events = model_store(model, SOURCE_EVENTS);
    struct index on_objects;
    struct joined joined;
    of.gpus = dashboard_gpus(dash);
    of.nodes = model_store(model, SOURCE_NODES);
    of.deployments = model_store(model, SOURCE_DEPLOYMENTS);
    of.now = dashboard_wall(dash);
    if (events) {
        index_init(&on_objects, events, event_object_key);
        of.events = &on_objects;
    }
    join_graph(dash, &of, &joined);
    why_make(out, &of);
    bool measured = !is_unmeasured(&joined, of.thing);
    if (joined.graph)
        live_release(&joined.live);
    graph_free(joined.graph);
    if (events)
        index_release(&on_objects);
    return measured;
}

const struct container *why_logged(const struct why_of *of, const struct pod **pod, bool *previous)
{
    *pod = of->pod || !of->live ? of->pod : of->live->things[of->thing].pod;
    return *pod ? why_ended(*pod, previous) : NULL;
}

bool why_show(struct dashboard *dash, const char *name, why_of_fn of, void *data)
{
    struct why_of asked = {.now = 0};
    struct buf head;
    struct why why;
    buf_init(&head, HEAD_MAX);
    bool there = of(data, name, &asked, &head), opens = false;
    if (there) {
        bool measured = why_ask(dash, &why, asked);
        opens = why.weight || (!measured && !head.len);
        if (!opens && !head.len)
            dashboard_say(dash, ROLE_NORMAL, "%s: %s; all is well", why.name, why.state);
        why_release(&why);
    }
    buf_release(&head);
    if (opens)
        dashboard_open(dash, &view_why, &(struct target){.name = name, .why_of = of, .why_data = data});
    return opens;
}

/* "pod/NAMESPACE/NAME": which record it was is found again by its name, for the one that is there now is asked about. */
static bool of_record(void *data, const char *name, struct why_of *out, struct buf *head UNUSED)
{
    struct model *model = dashboard_model(data);
    static const struct {
        const struct kind *kind;
        enum model_source_id source;
    } of[] = {{&kind_pod, SOURCE_PODS}, {&kind_deployment, SOURCE_DEPLOYMENTS}, {&kind_node, SOURCE_NODES}};
    const char *rest = strchr(name, '/') + 1, *own = strchr(rest, '/') + 1;
    char *ns = xstrndup(rest, (size_t)(own - rest - 1));
    const struct record *record = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
        const struct store *store = model_store(model, of[i].source);
        if (!store || !str_starts(name, of[i].kind->name) || name[strlen(of[i].kind->name)] != '/')
            continue;
        record = store_find(store, *ns ? ns : NULL, own);
        if (of[i].kind == &kind_pod)
            out->pod = (const struct pod *)record;
        else if (of[i].kind == &kind_deployment)
            out->deployment = (const struct deployment *)record;
        else
            out->node = (const struct node *)record;
    }
    free(ns);
    return record;
}

void why_show_record(struct dashboard *dash, const struct record *record)
{
    if (record->kind->table && !object_mirrored(dash, record)) {
        dashboard_say(dash, ROLE_DIM, "what is the matter with a %s is not known here; d shows its conditions and events",
                      record->kind->name);
        return;
    }
    char *name = xasprintf("%s/%s/%s", record->kind->name, str_or_empty(record->ns), record->name);
    why_show(dash, name, of_record, dash);
    free(name);
}
