#include "ops/flowing.h"

#include "base/time.h"

/* Somebody is wired to it. */
static bool is_linked(const struct graph *graph, size_t thing, const struct port_traffic *port)
{
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *link = &graph->links[i];
        if (port->input ? link->to == thing && str_eq(link->to_port, port->port)
                        : link->from == thing && str_eq(link->from_port, port->port))
            return true;
    }
    return false;
}

static const struct port_traffic *same_port(const struct thing_traffic *t, const struct port_traffic *port)
{
    for (size_t i = 0; t && i < t->count; i++)
        if (t->ports[i].input == port->input && str_eq(t->ports[i].port, port->port) && str_eq(t->ports[i].source, port->source))
            return &t->ports[i];
    return NULL;
}

static void fail(struct flow_verdict *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The first word counts. */
static void fail(struct flow_verdict *out, const char *fmt, ...)
{
    va_list ap;
    if (!out->fine)
        return;
    out->fine = false;
    va_start(ap, fmt);
    vsnprintf(out->why, sizeof out->why, fmt, ap);
    va_end(ap);
}

static void judge_port(struct flow_verdict *out, const struct port_traffic *port, const struct port_traffic *before, double apart,
                       double since_scrape, const struct flow_wish *wish)
{
    char age_text[TIME_TEXT], most[TIME_TEXT];
    time_age(most, (int64_t)(wish->max_age * 1e9));
    if (port->age < 0) {
        out->fps = 0;
        fail(out, "%s: no frame has %s yet", port->port, port->input ? "come in" : "left");
        return;
    }
    double age = port->age + since_scrape;
    out->age = MAX(out->age, age);
    if (age > wish->max_age)
        fail(out, "%s: no frame for %s, at most %s are allowed", port->port, time_age(age_text, (int64_t)(age * 1e9)), most);
    if (!before || apart <= 0 || port->frames < before->frames) /* it began anew */
        return;
    double frames = port->frames - before->frames, fps = frames / apart;
    out->fps = out->fps < 0 ? fps : MIN(out->fps, fps);
    if ((frames + 1) / apart < wish->min_fps)
        fail(out, "%s: %.1f frames/s, at least %g are wanted", port->port, fps, wish->min_fps);
}

void flow_judge(struct flow_verdict *out, const struct graph *graph, const struct live *live, size_t thing,
                const struct thing_traffic *first, const struct thing_traffic *last, const struct flow_wish *wish, int64_t now)
{
    const struct live_thing *t = &live->things[thing];
    *out = (struct flow_verdict){.fine = true, .fps = -1, .age = -1};
    if (graph->things[thing].external)
        return;
    if (!t->deployment)
        fail(out, "not deployed");
    else if (!t->wanted)
        fail(out, "stopped: no pod of it is wanted");
    else if (t->ready < t->wanted)
        fail(out, "%d of %d ready: %s", t->ready, t->wanted, t->state);
    else if (!last || !last->at)
        fail(out, "its metrics did not answer, so whether frames flow is not known");
    if (!last || !last->at)
        return;
    double apart = first && first->at ? (double)(last->at - first->at) / 1e9 : 0;
    for (size_t i = 0; i < last->count; i++)
        if (is_linked(graph, thing, &last->ports[i]))
            judge_port(out, &last->ports[i], same_port(first, &last->ports[i]), apart, (double)(now - last->at) / 1e9, wish);
}
