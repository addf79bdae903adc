#include "base/json.h"
#include "base/time.h"
#include "things/metrics.h"
#include "things/rule.h"
#include "things/thing.h"

/* A siren, but for the noise: on while its rule holds, said at /state, as a line at /events and as a metric. What it hears
 * goes on as it came, as a monitor's does. */

#define MAX_INPUTS 8
#define MAX_EVENT (16u << 10)

struct alarm {
    struct thing *thing;
    struct rule rule;
    struct loop_timer timer;
    struct line_output events;
    int64_t since;  /* wall time of the last change, or of the start */
    uint64_t raised;
    char *by;       /* who raised it last, NULL: nobody */
    int objects;    /* how many there were then */
};

static const char *state_of(const struct alarm *a)
{
    return a->rule.on ? "on" : "off";
}

static cJSON *describe(const struct alarm *a)
{
    char text[TIME_TEXT];
    cJSON *o = cJSON_CreateObject();
    json_set_str(o, "state", state_of(a));
    json_set_str(o, "since", time_format(text, a->since, 6));
    json_set_int(o, "raised", (int64_t)a->raised);
    json_set_str(o, "by", a->by);
    if (a->by)
        json_set_int(o, "objects", a->objects);
    return o;
}

/* The state as it is from now on. */
static void tell(struct alarm *a)
{
    struct thing *t = a->thing;
    struct buf line;
    a->since = loop_wall(t->loop);
    cJSON *event = describe(a);
    json_set_str(event, "tags.graph", t->graph);
    json_set_str(event, "tags.thing", t->name);
    json_set_str(event, "tags.pod", t->pod);
    buf_init(&line, MAX_EVENT);
    json_print(&line, event);
    cJSON_Delete(event);
    line_output_push(&a->events, line.data, line.len);
    printer_line(&t->printer, line.data, line.len);
    buf_release(&line);
}

static void on_hold(void *data)
{
    struct alarm *a = data;
    int64_t now = loop_now(a->thing->loop);
    if (rule_pass(&a->rule, now))
        tell(a);
    else if (a->rule.on)
        loop_timer_start(&a->timer, rule_left(&a->rule, now));
}

static void on_line(void *data, struct input *input, const char *text, size_t len)
{
    struct thing *t = data;
    struct alarm *a = t->self;
    struct err err = ERR_INIT;
    cJSON *line = json_parse(text, len, &err);
    int64_t captured = json_time(line, "utc");
    line_output_push(&t->lines, text, len);
    if (rule_take(&a->rule, line, loop_now(t->loop))) {
        a->raised++;
        a->objects = rule_count(&a->rule, line);
        free(a->by);
        a->by = xstrdup(json_str_or(line, "tags.thing", input->stats.shown));
        loop_timer_start(&a->timer, a->rule.hold);
        tell(a);
    }
    t->analysed++;
    if (captured)
        thing_took(t, &input->stats, captured);
    cJSON_Delete(line);
}

static bool serve(struct thing *t, struct http_exchange *x)
{
    struct alarm *a = t->self;
    struct buf text;
    if (str_eq(http_path(x), "/events")) {
        line_output_serve(&a->events, x);
        return true;
    }
    if (!str_eq(http_path(x), "/state"))
        return false;
    cJSON *state = describe(a);
    json_set_str(state, "rule.label", a->rule.label);
    json_set(state, "rule.confidence", cJSON_CreateNumber(a->rule.confidence));
    json_set_int(state, "rule.count", a->rule.count);
    json_set(state, "rule.hold", cJSON_CreateNumber(t->options->hold));
    buf_init(&text, MAX_EVENT);
    json_print(&text, state);
    buf_addc(&text, '\n');
    cJSON_Delete(state);
    http_add_header(x, "Cache-Control", "no-store");
    http_reply(x, 200, "application/json", text.data, text.len);
    buf_release(&text);
    return true;
}

static int start(struct thing *t, struct err *err UNUSED)
{
    const struct thing_options *o = t->options;
    struct alarm *a = xcalloc(1, sizeof *a);
    t->self = a;
    a->thing = t;
    a->rule = (struct rule){.label = o->label, .confidence = o->confidence, .count = o->count,
                            .hold = (int64_t)(o->hold * 1e9)};
    a->since = loop_wall(t->loop);
    loop_timer_init(&a->timer, t->loop, on_hold, a);
    line_output_init(&a->events, t->loop, "events");
    line_output_init(&t->lines, t->loop, "detections");
    t->has_lines = true;
    return 0;
}

static void stop(struct thing *t)
{
    struct alarm *a = t->self;
    loop_timer_stop(&a->timer);
}

static void alarm_free(struct thing *t)
{
    struct alarm *a = t->self;
    line_output_release(&a->events);
    free(a->by);
    free(a);
}

static void metrics(struct thing *t, struct buf *out)
{
    struct alarm *a = t->self;
    metrics_single(out, "patchbay_alarm_on", "gauge", "1 while the alarm is on.", a->rule.on);
    metrics_single(out, "patchbay_alarms_total", "counter", "How often it went on.", (double)a->raised);
}

static const struct thing_port inputs[] = {
    {.name = "detections", .media = "application/x-ndjson", .env = "INPUT_DETECTIONS", .required = true, .max = MAX_INPUTS},
    {NULL},
};
static const struct thing_port outputs[] = {
    {.name = "detections", .media = "application/x-ndjson", .path = "/detections"},
    {.name = "events", .media = "application/x-ndjson", .path = "/events"},
    {NULL},
};

const struct thing_class alarm_class = {
    .verb = "alarm",
    .class = "MActuator",
    .title = "Alarm",
    .what = "goes on when detections meet its rule, and off a while after",
    .inputs = inputs,
    .outputs = outputs,
    .events = {.line = on_line},
    .start = start,
    .stop = stop,
    .free = alarm_free,
    .serve = serve,
    .metrics = metrics,
};
