#include "ops/live.h"

/* Higher is more worth looking at. */
static int severity(enum health health)
{
    static const int order[] = {[HEALTH_DONE] = 0, [HEALTH_GOOD] = 1, [HEALTH_UNKNOWN] = 2,
                                [HEALTH_BUSY] = 3, [HEALTH_WARN] = 4, [HEALTH_BAD] = 5};
    return order[health];
}

static void consider(struct live_thing *thing, const struct pod *pod)
{
    struct pod_words words;
    pod_words(&words, pod);
    thing->restarts += words.restarts;
    bool replaces = !thing->pod;
    if (thing->pod) {
        /* one that goes away says least about the thing */
        bool old_leaves = thing->pod->deleted != 0, new_leaves = pod->deleted != 0;
        if (old_leaves != new_leaves)
            replaces = old_leaves;
        else if (severity(words.health) != severity(thing->words.health))
            replaces = severity(words.health) > severity(thing->words.health);
        else
            replaces = pod->r.created > thing->pod->r.created;
    }
    if (replaces) {
        thing->pod = pod;
        thing->words = words;
    }
}

static void describe(struct live_thing *thing, const struct graph_thing *g)
{
    const struct deployment *d = thing->deployment;
    if (g->external) {
        snprintf(thing->state, sizeof thing->state, "external");
        return;
    }
    if (!d) {
        snprintf(thing->state, sizeof thing->state, "not deployed");
        return;
    }
    thing->ready = d->ready;
    thing->wanted = d->wanted;
    const char *state = deployment_state(d);
    if (thing->pod && d->wanted && state && str_eq(thing->words.status, "Running")) {
        snprintf(thing->state, sizeof thing->state, "%s", state); /* that it runs is less to be said than that it is held */
        thing->health = HEALTH_WARN;
    } else if (thing->pod) {
        snprintf(thing->state, sizeof thing->state, "%s", thing->words.status);
        thing->health = thing->words.health;
    } else {
        snprintf(thing->state, sizeof thing->state, "%s", state ? state : "no pod yet");
        thing->health = !d->wanted ? HEALTH_UNKNOWN : state ? HEALTH_WARN : HEALTH_BUSY;
        if (d->failure)
            thing->health = HEALTH_BAD;
    }
}

static void wire(struct live_wire *out, const struct live *live, const struct graph *graph,
                 const struct graph_link *link, live_traffic_fn traffic, void *data, int64_t now)
{
    *out = (struct live_wire){.state = WIRE_UNKNOWN, .rate = -1, .age = -1};
    if (link->from == SIZE_MAX || link->to == SIZE_MAX)
        return;
    const struct live_thing *to = &live->things[link->to], *from = &live->things[link->from];
    if (!to->pod || (!from->pod && !graph->things[link->from].external))
        return;
    const struct thing_traffic *t = traffic ? traffic(data, to->pod->r.uid) : NULL;
    if (!t || !t->at)
        return;
    const char *host = graph->things[link->from].external ? NULL : graph->things[link->from].name;
    const struct port_traffic *p = thing_traffic_port(t, true, link->to_port, host);
    if (!p)
        return;
    double since_scrape = (double)(now - t->at) / (double)NSEC_PER_SEC;
    if (since_scrape > LIVE_TRAFFIC_OLD)
        return;
    out->rate = p->rate;
    snprintf(out->cause, sizeof out->cause, "%s", p->cause);
    if (p->age >= 0) {
        out->age = p->age + since_scrape;
        out->state = out->age > LIVE_NO_FRAMES_AFTER ? WIRE_NO_FRAMES : WIRE_FLOWING;
    } else {
        /* nothing ever: strange only when both ends say they are ready */
        bool both = to->pod->ready && (!from->pod || from->pod->ready);
        out->state = both ? WIRE_NO_FRAMES : WIRE_STARTING;
    }
    if (out->state == WIRE_NO_FRAMES)
        out->rate = 0;
}

/* An input that no wire leads into is what the thing itself looks at. */
static void find_source(struct live_thing *thing, const struct graph *graph, size_t index, const struct thing_traffic *t, int64_t now)
{
    if (!t || (double)(now - t->at) / (double)NSEC_PER_SEC > LIVE_TRAFFIC_OLD)
        return;
    for (size_t i = 0; i < t->count; i++) {
        const struct port_traffic *p = &t->ports[i];
        bool wired = !p->input || !*p->cause;
        for (size_t k = 0; k < graph->link_count && !wired; k++)
            wired = graph->links[k].to == index && str_eq(graph->links[k].to_port, p->port);
        if (!wired) {
            snprintf(thing->source_cause, sizeof thing->source_cause, "%s", p->cause);
            return;
        }
    }
}

static bool is_stopped(const struct live_thing *thing)
{
    return thing->deployment && !thing->deployment->wanted;
}

/* The dead wire is the one whose producer itself gets what it needs; those behind it, and behind a thing that was stopped,
 * only starve. In a circle of dead wires all would: one of them stays the cause. */
static void blame(struct live *live, const struct graph *graph)
{
    bool *hungry = xcalloc(graph->thing_count, sizeof *hungry); /* some wire into the thing has stopped */
    size_t causes = 0;
    for (size_t i = 0; i < graph->link_count; i++)
        if (live->wires[i].state == WIRE_NO_FRAMES) {
            hungry[graph->links[i].to] = true;
            causes++;
        }
    for (size_t i = 0; i < graph->link_count; i++)
        if (graph->links[i].from != SIZE_MAX && graph->links[i].to != SIZE_MAX &&
            is_stopped(&live->things[graph->links[i].from])) {
            hungry[graph->links[i].to] = true;
            causes++; /* a cause that no wire has to be */
        }
    for (size_t i = 0; i < graph->link_count && causes > 1; i++)
        if (live->wires[i].state == WIRE_NO_FRAMES && hungry[graph->links[i].from]) {
            live->wires[i].state = WIRE_STARVED;
            causes--;
        }
    free(hungry);
}

void live_make(struct live *out, const struct graph *graph, const struct store *deployments, const struct store *pods,
               live_traffic_fn traffic, void *data, int64_t now)
{
    *out = (struct live){.thing_count = graph->thing_count, .wire_count = graph->link_count};
    out->things = xcalloc(graph->thing_count, sizeof *out->things);
    out->wires = xcalloc(graph->link_count, sizeof *out->wires);
    STORE_EACH(struct deployment, d, deployments) {
        if (!str_eq(d->graph, graph->name) || !str_eq(d->r.ns, graph->ns) || !d->thing)
            continue;
        size_t i = graph_index(graph, d->thing);
        if (i != SIZE_MAX)
            out->things[i].deployment = d;
    }
    STORE_EACH(struct pod, pod, pods) {
        if (!str_eq(pod->graph, graph->name) || !str_eq(pod->r.ns, graph->ns) || !pod->thing)
            continue;
        size_t i = graph_index(graph, pod->thing);
        if (i != SIZE_MAX)
            consider(&out->things[i], pod);
    }
    for (size_t i = 0; i < graph->thing_count; i++) {
        struct live_thing *thing = &out->things[i];
        describe(thing, &graph->things[i]);
        thing->rate = -1;
        const struct thing_traffic *t = thing->pod && traffic ? traffic(data, thing->pod->r.uid) : NULL;
        for (size_t k = 0; t && k < t->count && thing->rate < 0; k++)
            if (!t->ports[k].input)
                thing->rate = t->ports[k].rate;
        find_source(thing, graph, i, t, now);
    }
    for (size_t i = 0; i < graph->link_count; i++)
        wire(&out->wires[i], out, graph, &graph->links[i], traffic, data, now);
    blame(out, graph);
}

void live_release(struct live *live)
{
    free(live->things);
    free(live->wires);
    *live = (struct live){0};
}
