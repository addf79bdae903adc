#include "things/thing.h"

#include "base/json.h"
#include "base/text.h"
#include "things/metrics.h"

#define MAX_ANSWER (1u << 20)

bool thing_check_ready(struct thing *t, struct err *why)
{
    if (t->ready)
        return true;
    for (size_t i = 0; i < t->input_count; i++) {
        const struct input_stats *in = &t->inputs[i].stats;
        if (in->frames)
            continue;
        if (in->connected)
            err_set(why, "input %s: connected to %s, nothing has come from it yet", in->name, in->shown);
        else if (err_is_set(&in->why))
            err_set(why, "input %s: %s", in->name, in->why.text);
        else
            err_set(why, "input %s: connecting to %s", in->name, in->shown);
        return false;
    }
    uint64_t made = t->lines.stats.frames;
    for (size_t i = 0; i < t->video_count; i++)
        made += t->videos[i].stats.frames;
    if (made) {
        t->ready = true;
        return true;
    }
    if (t->class->why)
        t->class->why(t, why);
    if (!err_is_set(why))
        err_set(why, "its first result is not there yet");
    return false;
}

static void serve_json(struct http_exchange *x, cJSON *value)
{
    struct buf out;
    buf_init(&out, MAX_ANSWER);
    json_print(&out, value);
    buf_addc(&out, '\n');
    cJSON_Delete(value);
    http_reply(x, 200, "application/json", out.data, out.len);
    buf_release(&out);
}

/* It lives: restarting it would not help against what is told here. */
static void serve_health(struct thing *t, struct http_exchange *x)
{
    struct err what = ERR_INIT;
    if (t->class->trouble)
        t->class->trouble(t, &what);
    http_replyf(x, 200, "text/plain", "ok%s%s\n", err_is_set(&what) ? ", but " : "", what.text);
}

static void serve_ready(struct thing *t, struct http_exchange *x)
{
    struct err why = ERR_INIT;
    if (thing_check_ready(t, &why))
        http_reply(x, 200, "text/plain", "ready\n", 6);
    else
        http_replyf(x, 503, "text/plain", "%s\n", why.text);
}

/* ISO/IEC 23093. The standard's: the names MThingInfo, MSensor and MAnalyser (the values of `class`), and the operations
 * that these resources stand for: sendBackMThingInfo() is GET /mthing, isCapabilityAvailable() is
 * GET /capabilities?name=NAME. This project's own: the JSON, its keys, and that a capability is the media type of a
 * port. No conformance is claimed. */
static cJSON *input_json(const struct thing *t, const struct thing_port *port)
{
    cJSON *o = cJSON_CreateObject();
    json_set_str(o, "name", port->name);
    json_set_str(o, "media", port->media);
    json_set_bool(o, "required", port->required);
    cJSON *sources = cJSON_AddArrayToObject(o, "sources");
    for (size_t i = 0; i < t->input_count; i++)
        if (str_eq(t->inputs[i].stats.name, port->name))
            cJSON_AddItemToArray(sources, cJSON_CreateString(t->inputs[i].stats.shown));
    return o;
}

static void serve_info(struct thing *t, struct http_exchange *x)
{
    cJSON *info = cJSON_CreateObject();
    json_set_str(info, "kind", "MThingInfo");
    json_set_str(info, "name", t->name);
    json_set_str(info, "class", t->class->class);
    json_set_str(info, "title", t->class->title);
    json_set_str(info, "graph", *t->graph ? t->graph : NULL);
    json_set_str(info, "pod", t->pod);
    cJSON *capabilities = cJSON_AddArrayToObject(info, "capabilities");
    cJSON *inputs = cJSON_AddArrayToObject(info, "inputs");
    cJSON *outputs = cJSON_AddArrayToObject(info, "outputs");
    for (const struct thing_port *port = t->class->inputs; port->name; port++)
        cJSON_AddItemToArray(inputs, input_json(t, port));
    for (const struct thing_port *port = t->class->outputs; port->name; port++) {
        cJSON_AddItemToArray(capabilities, cJSON_CreateString(port->media));
        cJSON *o = cJSON_CreateObject();
        json_set_str(o, "name", port->name);
        json_set_str(o, "media", port->media);
        json_set_str(o, "path", port->path);
        cJSON_AddItemToArray(outputs, o);
    }
    serve_json(x, info);
}

static bool available(const struct thing *t, const struct thing_port *port)
{
    if (str_starts(port->media, "video/"))
        return t->video_count && t->videos[0].stats.frames > 0;
    return t->lines.stats.frames > 0;
}

static void serve_capabilities(struct thing *t, struct http_exchange *x)
{
    const char *name = http_query(x, "name");
    cJSON *list = name ? NULL : cJSON_CreateArray();
    bool found = false;
    for (const struct thing_port *port = t->class->outputs; port->name; port++) {
        found = found || (str_eq(port->media, name) && available(t, port));
        if (name)
            continue;
        cJSON *o = cJSON_CreateObject();
        json_set_str(o, "name", port->media);
        json_set_str(o, "output", port->name);
        json_set_str(o, "path", port->path);
        json_set_bool(o, "available", available(t, port));
        cJSON_AddItemToArray(list, o);
    }
    cJSON *answer = cJSON_CreateObject();
    if (name) {
        json_set_str(answer, "name", name);
        json_set_bool(answer, "available", found);
    } else {
        cJSON_AddItemToObject(answer, "capabilities", list);
    }
    serve_json(x, answer);
}

static double age(const struct thing *t, int64_t last)
{
    return last ? (double)(loop_now(t->loop) - last) / 1e9 : -1;
}

enum input_value { IN_FRAMES, IN_CONNECTED, IN_AGE, IN_BROKEN, IN_CONNECTS, IN_ANALYSED, IN_DROPPED };

static double input_value(const struct thing *t, const struct input_stats *in, enum input_value which)
{
    switch (which) {
    case IN_FRAMES:
        return (double)in->frames;
    case IN_CONNECTED:
        return in->connected;
    case IN_AGE:
        return age(t, in->last);
    case IN_BROKEN:
        return (double)in->broken;
    case IN_CONNECTS:
        return (double)in->connects;
    case IN_ANALYSED:
        return (double)in->analysed;
    case IN_DROPPED:
        return (double)in->dropped;
    }
    return 0;
}

/* A camera's is what is in front of it. */
static size_t stats_count(const struct thing *t)
{
    return t->source ? 1 : t->input_count;
}

static const struct input_stats *stats_at(const struct thing *t, size_t i)
{
    return t->source ? t->source : &t->inputs[i].stats;
}

/* The cause in short is a label, so that it changes seldom: what comes before the colon. */
static void add_errors(const struct thing *t, struct buf *out)
{
    metrics_family(out, "patchbay_input_error", "gauge", "1, and why, while the input is not connected.");
    for (size_t i = 0; i < stats_count(t); i++) {
        const struct input_stats *in = stats_at(t, i);
        char cause[128];
        if (in->connected || !err_is_set(&in->why))
            continue;
        snprintf(cause, sizeof cause, "%s", in->why.text);
        if (t->source)
            cause[strcspn(cause, ":")] = '\0';
        const char *labels[] = {"input", in->name, "source", in->shown, "cause", cause, NULL};
        metrics_sample(out, "patchbay_input_error", 1, labels);
    }
}

static void add_latencies(const struct thing *t, struct buf *out)
{
    metrics_family(out, "patchbay_input_latency_seconds", "histogram", "From the capture of a frame to this thing's result.");
    for (size_t i = 0; i < stats_count(t); i++) {
        const struct input_stats *in = stats_at(t, i);
        const char *labels[] = {"input", in->name, "source", in->shown, NULL};
        metrics_histogram(out, "patchbay_input_latency_seconds", &in->latency, labels);
    }
}

static void add_inputs(const struct thing *t, struct buf *out)
{
    static const struct {
        const char *name, *type, *help;
        enum input_value which;
    } rows[] = {
        {"patchbay_input_frames_total", "counter", "Whole frames or lines that arrived.", IN_FRAMES},
        {"patchbay_input_connected", "gauge", "1 while the input's stream is being read.", IN_CONNECTED},
        {"patchbay_input_last_frame_age_seconds", "gauge", "Since the newest frame, -1 before the first.", IN_AGE},
        {"patchbay_input_broken_total", "counter", "Parts or lines that were cut off or damaged.", IN_BROKEN},
        {"patchbay_input_connects_total", "counter", "How often the input was connected.", IN_CONNECTS},
        {"patchbay_input_analysed_total", "counter", "Frames or lines that became a result.", IN_ANALYSED},
        {"patchbay_input_dropped_total", "counter", "Frames passed over for newer ones.", IN_DROPPED},
    };
    if (!stats_count(t))
        return;
    for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
        metrics_family(out, rows[row].name, rows[row].type, rows[row].help);
        for (size_t i = 0; i < stats_count(t); i++) {
            const struct input_stats *in = stats_at(t, i);
            const char *labels[] = {"input", in->name, "source", in->shown, NULL};
            metrics_sample(out, rows[row].name, input_value(t, in, rows[row].which), labels);
        }
    }
    add_latencies(t, out);
    add_errors(t, out);
}

enum output_value { OUT_FRAMES, OUT_AGE, OUT_CLIENTS, OUT_FIRST, OUT_SKIPPED };

static double output_value(const struct thing *t, const struct output_stats *s, enum output_value which)
{
    switch (which) {
    case OUT_FRAMES:
        return (double)s->frames;
    case OUT_AGE:
        return age(t, s->last);
    case OUT_CLIENTS:
        return (double)s->clients;
    case OUT_FIRST:
        return (double)s->first_wall / 1e9;
    case OUT_SKIPPED:
        return (double)s->skipped;
    }
    return 0;
}

static void add_outputs(const struct thing *t, struct buf *out)
{
    static const struct {
        const char *name, *type, *help;
        enum output_value which;
    } rows[] = {
        {"patchbay_output_frames_total", "counter", "Frames or lines made.", OUT_FRAMES},
        {"patchbay_output_last_frame_age_seconds", "gauge", "Since the newest frame, -1 before the first.", OUT_AGE},
        {"patchbay_output_clients", "gauge", "Who reads it now.", OUT_CLIENTS},
        {"patchbay_first_output_time_seconds", "gauge", "When the first was made, seconds since 1970; 0: not yet.",
         OUT_FIRST},
        {"patchbay_output_skipped_total", "counter", "Frames not sent to a client because it was slow.", OUT_SKIPPED},
    };
    for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
        metrics_family(out, rows[row].name, rows[row].type, rows[row].help);
        for (size_t i = 0; i < t->video_count + t->has_lines; i++) {
            const struct output_stats *s = i < t->video_count ? &t->videos[i].stats : &t->lines.stats;
            const char *labels[] = {"output", s->name, NULL};
            metrics_sample(out, rows[row].name, output_value(t, s, rows[row].which), labels);
        }
    }
}

static void serve_metrics(struct thing *t, struct http_exchange *x)
{
    struct buf out;
    struct err why = ERR_INIT;
    buf_init(&out, MAX_ANSWER);
    const char *labels[] = {"name", t->name, "class", t->class->class, "version", PACKAGE_VERSION, NULL};
    metrics_family(&out, "patchbay_thing_info", "gauge", "What this is; always 1.");
    metrics_sample(&out, "patchbay_thing_info", 1, labels);
    metrics_single(&out, "patchbay_ready", "gauge", "1 once every input and the first result have come.",
                   thing_check_ready(t, &why));
    add_inputs(t, &out);
    add_outputs(t, &out);
    metrics_single(&out, "patchbay_frames_analysed_total", "counter", "Frames looked at.", (double)t->analysed);
    metrics_single(&out, "patchbay_frames_dropped_total", "counter", "Frames passed over for newer ones.",
                   (double)t->dropped);
    metrics_single(&out, "patchbay_latency_seconds", "gauge",
                   "From the capture of a frame to this thing's result, of the newest; -1: none yet.", t->latency);
    metrics_single(&out, "patchbay_log_lines_dropped_total", "counter", "Lines that standard output did not take.",
                   (double)t->printer.dropped);
    if (t->class->metrics)
        t->class->metrics(t, &out);
    metrics_process(&out, t->started_wall);
    http_reply(x, 200, "text/plain; version=0.0.4", out.data, out.len);
    buf_release(&out);
}

static bool serve_output(struct thing *t, struct http_exchange *x, const char *path)
{
    if (t->has_lines && str_eq(path, "/detections")) {
        line_output_serve(&t->lines, x);
        return true;
    }
    if (!str_starts(path, "/video"))
        return false;
    path += strlen("/video");
    int64_t n = 1;
    if (*path && !(*path == '/' && text_int(path + 1, &n)))
        return false;
    if (n < 1 || n > (int64_t)t->video_count)
        return false;
    video_output_serve(&t->videos[n - 1], x);
    return true;
}

void thing_web_serve(void *data, struct http_exchange *x)
{
    static const struct {
        const char *path;
        void (*serve)(struct thing *thing, struct http_exchange *x);
    } rows[] = {
        {"/healthz", serve_health},  {"/readyz", serve_ready},   {"/mthing", serve_info},
        {"/metrics", serve_metrics}, {"/snapshot", thing_snapshot}, {"/capabilities", serve_capabilities},
    };
    struct thing *t = data;
    const char *path = http_path(x);
    if (!str_eq(http_method(x), "GET") && !str_eq(http_method(x), "HEAD")) {
        http_add_header(x, "Allow", "GET, HEAD");
        http_replyf(x, 405, "text/plain", "a media thing is only read: GET\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (str_eq(path, rows[i].path)) {
            rows[i].serve(t, x);
            return;
        }
    }
    if (serve_output(t, x, path) || (t->class->serve && t->class->serve(t, x)))
        return;
    struct buf text;
    buf_init(&text, 1024);
    buf_adds(&text, "nothing is here; there are");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        buf_addf(&text, " %s", rows[i].path);
    for (const struct thing_port *port = t->class->outputs; port->name; port++)
        buf_addf(&text, " %s", port->path);
    buf_addc(&text, '\n');
    http_reply(x, 404, "text/plain", text.data, text.len);
    buf_release(&text);
}
