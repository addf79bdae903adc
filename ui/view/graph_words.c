#include "ui/view/graph_view.h"

#include "base/time.h"
#include "k8s/kinds/event.h"
#include "k8s/kinds/pod.h"
#include "ui/table.h"

static const struct container *troubled(const struct pod *pod)
{
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *c = &pod->containers[i];
        if (c->state != CONTAINER_RUNNING && (c->message || (c->reason && !str_eq(c->reason, "ContainerCreating") &&
                                                              !str_eq(c->reason, "Completed"))))
            return c;
    }
    return NULL;
}

/* The newest event on a pod that says more than its state does. */
static const struct event *newest_event(const struct graph_view *view, const struct pod *pod, bool warning)
{
    const struct store *events = model_store(view->model, SOURCE_EVENTS);
    const struct event *newest = NULL;
    if (!events)
        return NULL;
    STORE_EACH(struct event, e, events) {
        if (!str_eq(e->on_uid, pod->r.uid) || (warning && !str_eq(e->type, "Warning")))
            continue;
        if (!newest || e->last >= newest->last)
            newest = e;
    }
    return newest;
}

/* How long the last pull of an image took: "Successfully pulled image "X" in 2.1s (…)", on whatever node. */
static bool last_pull(const struct graph_view *view, const char *image, char *out, size_t size)
{
    const struct event *newest = NULL;
    char quoted[300];
    snprintf(quoted, sizeof quoted, "\"%s\" in ", image);
    STORE_EACH(struct event, e, model_store(view->model, SOURCE_EVENTS))
    if (str_eq(e->reason, "Pulled") && e->message && strstr(e->message, quoted) && (!newest || e->last > newest->last))
        newest = e;
    if (!newest)
        return false;
    const char *took = strstr(newest->message, quoted) + strlen(quoted);
    snprintf(out, size, " (%.*s last time)", (int)MIN(strcspn(took, " "), 20), took);
    return true;
}

/* Where a start is, by the newest event of its kubelet: "pulling patchbay/thing:1 on gpu-1 for 1m12s (2m50s last time)"
 */
static bool say_start(const struct graph_view *view, const struct pod *pod, char *out, size_t size)
{
    static const struct { const char *reason, *text; } words[] = {
        {"Scheduled", "was given its node %s ago; its sandbox is being made"},
        {"Pulled", "the image is there; its container is being made, for %s"},
        {"Created", "its container was made %s ago and is being started"},
        {"Started", "started %s ago, not ready yet"},
    };
    const struct event *event = newest_event(view, pod, false);
    const char *image = pod->container_count ? str_or_empty(pod->containers[pod->container_count - 1].image) : "";
    char age[TIME_TEXT], took[64] = "";
    if (!event || !event->reason)
        return false;
    time_age(age, MAX(0, dashboard_wall(view->dash) - event->last));
    const char *on = pod->node ? " on " : "", *node = str_or_empty(pod->node);
    if (str_eq(event->reason, "Pulling")) {
        last_pull(view, image, took, sizeof took);
        snprintf(out, size, "pulling %s%s%s for %s%s", image, on, node, age, took);
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (str_eq(event->reason, words[i].reason)) {
            const char *gap = strstr(words[i].text, "%s");
            snprintf(out, size, "%.*s%s%s%s%s", (int)(gap - words[i].text), words[i].text, age, gap + 2, on, node);
            return true;
        }
    snprintf(out, size, "%s (%s ago)", str_or_empty(event->message), age);
    return true;
}

/* What the cluster says about a pod that is not well, or not there yet. */
static void say_pod(const struct graph_view *view, const struct pod *pod, char *out, size_t size)
{
    const struct container *c = troubled(pod);
    const struct event *event;
    char age[TIME_TEXT];
    if (pod->unscheduled_message)
        snprintf(out, size, "waits for a node: %s", pod->unscheduled_message);
    else if (c && c->message)
        snprintf(out, size, "%s: %s", str_or_empty(c->reason), c->message);
    else if (c && c->reason && str_eq(c->last_reason, "Error"))
        snprintf(out, size, "%s; it ended with exit status %d", c->reason, c->last_exit_code);
    else if (c && c->reason)
        snprintf(out, size, "%s", c->reason);
    else if (pod->message)
        snprintf(out, size, "%s", pod->message);
    else if (!pod->ready && say_start(view, pod, out, size))
        return;
    else if (pod->ready && pod->ready_at)
        snprintf(out, size, "ready for %s%s%s", time_age(age, dashboard_wall(view->dash) - pod->ready_at),
                 pod->node ? " on " : "", str_or_empty(pod->node));
    else if ((event = newest_event(view, pod, true)))
        snprintf(out, size, "%s", str_or_empty(event->message));
    else if (pod->r.created)
        snprintf(out, size, "created %s ago", time_age(age, dashboard_wall(view->dash) - pod->r.created));
}

static const char *thing_name(const struct graph_view *view, size_t thing)
{
    return thing < view->graph->thing_count ? str_or_empty(view->graph->things[thing].name) : "?";
}

/* The wire in that state that leads into a thing (or out of it), or LAYOUT_NONE. */
static size_t wire_of(const struct graph_view *view, size_t thing, bool into, enum wire_state state)
{
    for (size_t i = 0; i < view->graph->link_count; i++)
        if ((into ? view->graph->links[i].to : view->graph->links[i].from) == thing &&
            graph_view_wire(view, i)->state == state)
            return i;
    return LAYOUT_NONE;
}

static void say_silence(const struct graph_view *view, size_t link, char *out, size_t size);

/* "Running, no frames from camera for 14s; its GPU is held idle": what Kubernetes calls well and is not. */
static bool say_idle(const struct graph_view *view, size_t thing, char *out, size_t size)
{
    const struct live_thing *live = graph_view_live(view, thing);
    const struct graph_thing *it = &view->graph->things[thing];
    char silence[200], age[TIME_TEXT];
    size_t dead = wire_of(view, thing, true, WIRE_NO_FRAMES), starved = wire_of(view, thing, true, WIRE_STARVED);
    size_t out_dead = wire_of(view, thing, false, WIRE_NO_FRAMES);
    if (dead != LAYOUT_NONE || starved != LAYOUT_NONE) {
        say_silence(view, dead != LAYOUT_NONE ? dead : starved, silence, sizeof silence);
        snprintf(out, size, "%s, %s", live->state, silence);
    } else if (*live->source_cause) {
        snprintf(out, size, "%s, but its source %s", live->state, live->source_cause);
    } else if (out_dead != LAYOUT_NONE) {
        const struct live_wire *wire = graph_view_wire(view, out_dead);
        if (wire->age >= 0)
            snprintf(out, size, "%s, but no frame has left it for %s", live->state,
                     time_age(age, (int64_t)(wire->age * (double)NSEC_PER_SEC)));
        else
            snprintf(out, size, "%s, but no frame has left it yet", live->state);
    } else {
        return false;
    }
    size_t len = strlen(out);
    if (it->gpu_count && live->pod && live->pod->node)
        snprintf(out + len, size - len, it->gpu_count > 1 ? "; its GPUs are held idle" : "; its GPU is held idle");
    return true;
}

static void say_silence(const struct graph_view *view, size_t link, char *out, size_t size)
{
    const struct live_wire *wire = graph_view_wire(view, link);
    const struct graph_link *l = &view->graph->links[link];
    char age[TIME_TEXT];
    if (l->from < view->graph->thing_count && *graph_view_live(view, l->from)->source_cause)
        snprintf(out, size, "%s's source %s", thing_name(view, l->from), graph_view_live(view, l->from)->source_cause);
    else if (wire->age >= 0)
        snprintf(out, size, "no frames from %s for %s", thing_name(view, l->from),
                 time_age(age, (int64_t)(wire->age * (double)NSEC_PER_SEC)));
    else
        snprintf(out, size, "no frame from %s yet", thing_name(view, l->from));
}

static void say_thing(struct graph_view *view, size_t thing, char *out, size_t size, enum role *role)
{
    const struct graph_thing *it = &view->graph->things[thing];
    const struct live_thing *live = graph_view_live(view, thing);
    char text[400] = "";
    bool warning;
    const struct fault *fault = graph_view_fault(view, thing, &warning);
    const char *refusal = graph_view_refusal(view, thing);
    *role = health_role(live->health);
    if (!graph_view_own(view, thing)) {
        *role = ROLE_WARNING;
        snprintf(text, sizeof text, "removed from the draft, still deployed (%s)", live->state);
    } else if (fault) {
        *role = warning ? ROLE_WARNING : ROLE_BAD;
        snprintf(text, sizeof text, "%s (line %d)", fault->text, fault->line);
    } else if (refusal) {
        *role = ROLE_BAD;
        snprintf(text, sizeof text, "%s", refusal);
    } else if (it->external) {
        snprintf(text, sizeof text, "external: linked to, never deployed%s%s",
                 it->external_count ? ", at " : "", it->external_count ? "its own address" : "");
    } else if (!live->deployment) {
        snprintf(text, sizeof text, "not deployed%s", it->entry ? "" : ": its type is not in the catalogue");
    } else if ((str_eq(live->state, "Running") || str_eq(live->state, "Paused")) && say_idle(view, thing, text, sizeof text)) {
        /* the silence first: a probe that fails is what follows from it, a while later */
        char probe[256] = "";
        if (live->pod && !live->pod->ready)
            say_pod(view, live->pod, probe, sizeof probe);
        if (*probe)
            snprintf(text + strlen(text), sizeof text - strlen(text), "; %s", probe);
        *role = ROLE_BAD;
    } else if (live->pod) {
        say_pod(view, live->pod, text, sizeof text);
        if (live->deployment->paused)
            snprintf(text + strlen(text), sizeof text - strlen(text), "; its rollout is paused, :resume goes on with it");
    } else if (!live->wanted) {
        snprintf(text, sizeof text, "%s; :start brings it back, D as the graph says", live->state);
    } else {
        snprintf(text, sizeof text, "%s", live->state);
    }
    struct buf words;
    buf_init(&words, 400);
    graph_change_words(view, thing, &words);
    snprintf(out, size, "%s: %s%s%s%s", str_or_empty(it->name), text, words.len ? "; the draft changes " : "", words.data,
             view->layout->boxes[thing].displaced ? "; there is no room for it at its place in view" : "");
    buf_release(&words);
    graph_place_words(view, thing, out, size, role);
}

static const struct fault *fault_of_link(const struct graph_view *view, const struct graph_link *link)
{
    const struct faults *faults = document_faults(view->model->document);
    for (size_t i = 0; link->node && i < faults->count; i++)
        if (faults->items[i].line >= link->node->line && faults->items[i].line <= link->node->line + 1)
            return &faults->items[i];
    return NULL;
}

static void say_wire(struct graph_view *view, size_t link, char *out, size_t size, enum role *role)
{
    const struct graph_link *l = &view->graph->links[link];
    const struct live_wire *wire = graph_view_wire(view, link);
    const struct media_thing *to = view->graph->things[l->to].entry;
    const struct port_type *type = to ? media_thing_input(to, str_or_empty(l->to_port)) : NULL;
    char state[300], note[32], silence[200];
    *role = graph_wire_note(wire, note, sizeof note);
    switch (wire->state) {
    case WIRE_FLOWING:
        snprintf(state, sizeof state, "%s", *note ? note : "flowing");
        break;
    case WIRE_STARTING:
        snprintf(state, sizeof state, "starting: nothing has come through yet");
        break;
    case WIRE_NO_FRAMES:
        say_silence(view, link, silence, sizeof silence);
        snprintf(state, sizeof state, "%s, though %s is %s", silence, thing_name(view, l->from),
                 l->from < view->graph->thing_count ? graph_view_live(view, l->from)->state : "unknown");
        break;
    case WIRE_STARVED:
        snprintf(state, sizeof state, "starved: %s itself gets nothing", thing_name(view, l->from));
        break;
    case WIRE_UNKNOWN:
        snprintf(state, sizeof state, "%s", graph_view_live(view, l->to)->deployment ? "not measured" : "not deployed");
        *role = ROLE_NORMAL;
        break;
    }
    if (graph_link_differs(view, link) == DIFFERS_ADDED)
        snprintf(state, sizeof state, "new, not deployed yet");
    if (graph_link_differs(view, link) == DIFFERS_REMOVED)
        snprintf(state, sizeof state, "removed from the draft, still deployed");
    if (!l->valid) {
        const struct fault *fault = fault_of_link(view, l);
        snprintf(state, sizeof state, "%s", fault ? fault->text : "this link is refused");
        *role = ROLE_BAD;
    }
    snprintf(out, size, "%s.%s → %s.%s%s%s%s: %s", thing_name(view, l->from), l->from_port, thing_name(view, l->to),
             l->to_port, type ? " (" : "", type ? type->media : "", type ? ")" : "", state);
}

static void say_port(const struct graph_view *view, size_t thing, const struct stop *stop, char *out, size_t size)
{
    const struct layout_box *box = &view->layout->boxes[thing];
    const struct layout_port *port = stop->output ? &box->outputs[stop->port] : &box->inputs[stop->port];
    bool required = !stop->output && port->type && port->type->required;
    const char *what = port->type                            ? " of "
                       : view->graph->things[thing].external ? " of an external thing"
                                                             : " that its type does not have";
    snprintf(out, size, "%s.%s: %s%s%s%s, not linked; c connects it, o adds what fits", thing_name(view, thing), port->name,
             required ? "required " : "", stop->output ? "output" : "input", what, port->type ? port->type->media : "");
}

void graph_words(struct graph_view *view, char *out, size_t size, enum role *role)
{
    size_t thing = graph_view_thing(view);
    const struct stop *stop = graph_view_stop(view);
    *out = '\0';
    *role = ROLE_NORMAL;
    if (view->connect.on)
        graph_connect_words(view, out, size, role);
    else if (thing == LAYOUT_NONE)
        return;
    else if (view->moving.on)
        graph_move_words(view, out, size);
    else if (!stop)
        say_thing(view, thing, out, size, role);
    else if (stop->link != LAYOUT_NONE)
        say_wire(view, stop->link, out, size, role);
    else
        say_port(view, thing, stop, out, size);
    if (*role == ROLE_GOOD || *role == ROLE_FLOW || *role == ROLE_DIM)
        *role = ROLE_NORMAL;
}
