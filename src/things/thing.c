#include "things/thing.h"

#include <signal.h>

#include "base/text.h"
#include "things/vision.h"

#define SEND_BUFFER (256u << 10) /* a client that is slow has at most a few old frames before it */
#define WORKER_WAIT (500 * NSEC_PER_MSEC) /* SIGTERM ends a thing within a second, whatever the vision is at */

void thing_say(const struct thing *t, const char *fmt, ...)
{
    char text[1280];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fprintf(stderr, "%s: %s\n", t->class->verb, text);
}

size_t thing_input_index(const struct thing *t, const struct input *input)
{
    size_t index = 0;
    for (const struct input *in = t->inputs; in < input; in++)
        index += str_eq(in->stats.name, input->stats.name);
    return index;
}

void thing_took(struct thing *t, struct input_stats *in, int64_t captured)
{
    t->latency = (double)(loop_wall(t->loop) - captured) / 1e9;
    in->analysed++;
    histogram_add(&in->latency, MAX(t->latency, 0.0)); /* two clocks may differ */
}

void thing_add_video(struct thing *t, loop_fn on_client)
{
    static const char *const names[THING_INPUTS] = {
        "video",   "video/2",  "video/3",  "video/4",  "video/5",  "video/6",  "video/7",  "video/8",
        "video/9", "video/10", "video/11", "video/12", "video/13", "video/14", "video/15", "video/16",
    };
    if (t->video_count == THING_INPUTS)
        BUG("more than %d videos", THING_INPUTS);
    video_output_init(&t->videos[t->video_count], t->loop, names[t->video_count], on_client, t);
    t->video_count++;
}

static bool reads_already(const struct thing *t, const struct thing_port *port, const char *url, size_t len)
{
    for (size_t i = 0; i < t->input_count; i++) {
        const struct input *in = &t->inputs[i];
        if (str_eq(in->stats.name, port->name) && strlen(in->url) == len && memcmp(in->url, url, len) == 0)
            return true;
    }
    return false;
}

/* The URLs of one port, one a line; one that is named twice is read once. */
static int start_port(struct thing *t, const struct thing_port *port, struct err *err)
{
    const char *text = str_or_empty(getenv(port->env));
    enum input_kind kind = str_starts(port->media, "video/") ? INPUT_VIDEO : INPUT_LINES;
    size_t count = 0;
    while (*(text += strspn(text, " \t\r\n"))) {
        size_t n = strcspn(text, " \t\r\n");
        if (reads_already(t, port, text, n)) {
            text += n;
            continue;
        }
        if (count++ == port->max)
            return err_set(err, "%s names more than %zu URLs, which is all that a %s takes", port->env, port->max,
                           t->class->verb);
        char *url = xstrndup(text, n);
        int rc = input_start(&t->inputs[t->input_count], t->loop, t->http, kind, port->name, url, &t->class->events, t,
                             err);
        free(url);
        if (rc < 0)
            return err_prefix(err, "%s", port->env);
        t->input_count++;
        text += n;
    }
    return 0;
}

static int start_inputs(struct thing *t, struct err *err)
{
    for (const struct thing_port *port = t->class->inputs; port->name; port++)
        if (start_port(t, port, err) < 0)
            return -1;
    for (size_t i = 0; t->class->video_each && i < t->input_count; i++)
        if (t->inputs[i].kind == INPUT_VIDEO)
            thing_add_video(t, NULL);
    if (!t->class->inputs->name || t->input_count)
        return 0;
    const struct thing_port *port = t->class->inputs;
    return err_set(err, "it has no input: set %s to the URL of what it is to read, as http://%s:8080/%s", port->env,
                   str_eq(port->name, "video") ? "camera" : "detector", port->name);
}

static void on_end(void *data, int signo UNUSED)
{
    struct thing *t = data;
    loop_stop(t->loop, 0);
}

static void say_listening(const struct thing *t)
{
    const char *address = t->options->address;
    bool v6 = strchr(address, ':') != NULL;
    thing_say(t, "listening on http://%s%s%s:%u/", v6 ? "[" : "", address, v6 ? "]" : "",
              (unsigned)http_server_port(t->server));
}

static int start(struct thing *t, struct err *err)
{
    struct http_server_options server = {
        .address = t->options->address,
        .port = t->options->port,
        .max_body = 4096,
        .send_buffer = SEND_BUFFER,
    };
    t->worker = worker_new(t->loop, err);
    if (!t->worker)
        return -1;
    t->server = http_server_new(t->loop, &server, thing_web_serve, t, err);
    if (!t->server)
        return -1;
    if (t->class->start(t, err) < 0)
        return -1;
    t->http = http_curl_new(t->loop, "patchbay-thing/" PACKAGE_VERSION);
    if (start_inputs(t, err) < 0)
        return -1;
    static const int signos[ARRAY_SIZE(t->signals)] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < ARRAY_SIZE(t->signals); i++) {
        loop_signal_init(&t->signals[i], t->loop, on_end, t);
        loop_signal_start(&t->signals[i], signos[i]);
    }
    say_listening(t);
    return 0;
}

static void end(struct thing *t, int status)
{
    if (t->self)
        t->class->stop(t);
    if (!worker_free(t->worker, WORKER_WAIT)) {
        /* The thread is inside the vision library and uses what would be freed here. */
        fflush(NULL);
        _exit(status);
    }
    for (size_t i = 0; i < t->input_count; i++)
        input_stop(&t->inputs[i]);
    http_server_free(t->server);
    if (t->http)
        http_transport_free(t->http);
    if (t->self)
        t->class->free(t);
    for (size_t i = 0; i < t->video_count; i++)
        video_output_release(&t->videos[i]);
    if (t->has_lines)
        line_output_release(&t->lines);
    printer_release(&t->printer);
    for (size_t i = 0; i < ARRAY_SIZE(t->signals); i++)
        if (t->signals[i].signo)
            loop_signal_stop(&t->signals[i]);
    loop_free(t->loop);
}

static const char *environment(const char *name, const char *other)
{
    const char *value = getenv(name);
    return value && *value ? value : other;
}

int thing_run(const struct thing_class *class, const struct thing_options *options)
{
    struct thing *t = xcalloc(1, sizeof *t);
    static char host[256];
    signal(SIGPIPE, SIG_IGN);
    vision_init();
    if (gethostname(host, sizeof host - 1) != 0)
        snprintf(host, sizeof host, "localhost");
    t->class = class;
    t->options = options;
    t->loop = loop_new(NULL);
    t->started_wall = loop_wall(t->loop);
    t->latency = -1;
    t->name = environment("PATCHBAY_THING", class->verb);
    t->graph = environment("PATCHBAY_GRAPH", "");
    t->pod = environment("POD_NAME", host);
    printer_init(&t->printer, t->loop, STDOUT_FILENO);

    struct err err = ERR_INIT;
    int status = 2;
    if (start(t, &err) == 0) {
        status = loop_run(t->loop);
    } else {
        struct buf clean;
        buf_init(&clean, 4 * sizeof err.text);
        text_sanitise(&clean, err.text, strlen(err.text));
        fprintf(stderr, "patchbay-thing: %s: %s\n", class->verb, clean.data);
        buf_release(&clean);
    }
    end(t, status);
    free(t);
    return status;
}
