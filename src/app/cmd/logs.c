#include "k8s/logset.h"

#include "app/commands.h"
#include "app/graphs.h"
#include "app/table.h"
#include "app/target.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "ops/logfilter.h"
#include "ops/loglevel.h"

struct logs {
    struct app *app;
    struct log_set *set;
    const char *pod, *graph, *thing; /* those that are wanted; all NULL: whatever is listed */
    struct log_filter filter;
    bool filtered, timestamps, json, terminal, colours;
    bool over;
    struct loop_task flush;
    struct buf out;
};

/* Once a turn of the loop: a hundred thousand lines a second are not as many writes. */
static void flush(void *data)
{
    struct logs *l = data;
    fwrite(l->out.data, 1, l->out.len, stdout);
    if (fflush(stdout) != 0)
        l->over = true; /* the reader of the pipe is gone */
    buf_reset(&l->out);
}

static void add_json(struct logs *l, const struct log_piece *piece, const struct log_stream *from)
{
    char time[TIME_TEXT];
    struct buf text;
    buf_init(&text, 8u << 20);
    for (size_t i = 0; i < piece->len;) { /* a string has no malformed bytes */
        uint32_t cp;
        char bytes[4];
        i += utf8_decode(piece->text + i, piece->len - i, &cp);
        buf_add(&text, bytes, utf8_encode(cp ? cp : 0xfffd, bytes));
    }
    const struct {
        const char *name, *text;
    } names[] = {{"namespace", from->ns}, {"pod", from->pod}, {"container", from->container}, {"thing", from->thing}};
    buf_addf(&l->out, "{\"time\":\"%s\"", piece->time ? time_format(time, piece->time, 9) : "");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].text) {
            buf_addf(&l->out, ",\"%s\":", names[i].name);
            json_quote(&l->out, names[i].text);
        }
    buf_adds(&l->out, piece->flags & (LOG_GAP | LOG_NOTE) ? ",\"note\":" : ",\"line\":");
    json_quote(&l->out, text.data);
    buf_adds(&l->out, piece->flags & LOG_CUT ? ",\"cut\":true}\n" : "}\n");
    buf_release(&text);
}

static void add_text(struct logs *l, const struct log_piece *piece, const struct log_stream *from)
{
    char time[TIME_TEXT];
    if (l->timestamps && piece->time)
        buf_addf(&l->out, "%s ", time_format(time, piece->time, 9));
    if (*from->label) {
        if (l->colours)
            buf_addf(&l->out, "\033[%um", 31 + from->number % 6);
        text_sanitise(&l->out, from->label, strlen(from->label));
        buf_adds(&l->out, l->colours ? "\033[0m " : " ");
    }
    if (l->terminal) /* what a container prints must not drive the terminal */
        text_sanitise(&l->out, piece->text, piece->len);
    else
        buf_add(&l->out, piece->text, piece->len);
    buf_adds(&l->out, piece->flags & LOG_CUT ? " […cut]\n" : "\n");
}

static void on_line(void *data, const struct log_piece *piece)
{
    struct logs *l = data;
    const struct log_stream *from = log_set_at(l->set, piece->stream);
    if (piece->flags & (LOG_GAP | LOG_NOTE) && !l->json) {
        flush(l); /* it belongs behind what was printed so far */
        app_note("patchbay: %s%s%.*s%s", from->label, *from->label ? ": " : "", (int)MIN(piece->len, 1000) - 6,
                 piece->text + 3, /* "-- … --" */
                 piece->flags & LOG_GAP ? ": they were gone from the node before they could be read" : "");
        return;
    }
    struct spool_line line = {.time = piece->time, .text = piece->text, .len = (uint32_t)piece->len, .stream = (uint16_t)piece->stream,
                              .flags = piece->flags};
    if (l->filtered) {
        line.level = (uint8_t)log_level_of(line.text, line.len);
        if (!log_filter_fits(&l->filter, &line))
            return;
    }
    (l->json ? add_json : add_text)(l, piece, from);
    if (l->out.len > 256u << 10)
        flush(l);
    else
        loop_task_start(&l->flush);
}

static const char *name_of(void *data, unsigned stream)
{
    return log_set_at(((struct logs *)data)->set, stream)->label;
}

/* What a log waits for is said once, each time it is something else. */
static void on_changed(void *data)
{
    static char said[512];
    struct logs *l = data;
    for (size_t i = 0; i < log_set_count(l->set); i++) {
        const struct log_stream *s = log_set_at(l->set, i);
        if (!s->why[0] || s->ended || str_eq(said, s->why))
            continue;
        snprintf(said, sizeof said, "%s", s->why);
        app_note("patchbay: %s%s%s", s->label, *s->label ? ": " : "", s->why);
    }
    if (log_set_left_out(l->set))
        app_note("patchbay: %zu more containers are not read: %d at once are", log_set_left_out(l->set), LOG_SET_MOST);
}

static void on_done(void *data)
{
    ((struct logs *)data)->over = true;
}

static bool wants(void *data, const struct pod *pod)
{
    const struct logs *l = data;
    return (!l->graph || str_eq(l->graph, pod->graph)) && (!l->thing || str_eq(l->thing, pod->thing));
}

/* POD, THING, GRAPH or GRAPH/THING among the pods; false: none is there. */
static bool find(struct logs *l, struct store *pods, const char *word)
{
    const char *slash = strchr(word, '/');
    bool is_pod = false, is_thing = false, is_graph = false;
    for (size_t i = 0; i < store_count(pods); i++) {
        const struct pod *pod = (const struct pod *)store_at(pods, i);
        bool of_graph = slash && pod->graph && strlen(pod->graph) == (size_t)(slash - word) && str_starts(word, pod->graph);
        if (of_graph && str_eq(pod->thing, slash + 1)) {
            l->graph = pod->graph;
            l->thing = pod->thing;
            return true;
        }
        is_pod |= str_eq(pod->r.name, word);
        is_thing |= str_eq(pod->thing, word);
        is_graph |= str_eq(pod->graph, word);
    }
    l->pod = is_pod ? word : NULL;
    l->thing = !is_pod && is_thing ? word : NULL;
    l->graph = !is_pod && !is_thing && is_graph ? word : NULL;
    return is_pod || is_thing || is_graph;
}

static int follow(struct logs *l, struct store *pods, const char *ns, int64_t tail, int64_t since)
{
    static const struct log_set_events events = {on_line, on_changed, on_done};
    const struct options *o = l->app->options;
    struct log_set_options options = {
        .each = {.container = o->values[OPT_CONTAINER], .follow = options_has(o, OPT_FOLLOW), .previous = options_has(o, OPT_PREVIOUS),
                 .tail = (int)tail, .since = since},
        .pods = pods, .wants = l->pod ? NULL : wants, .ns = ns, .pod = l->pod};
    app_end_with_reader(l->app, &l->over);
    l->set = log_set_new(l->app->client, &options, &events, l);
    int status = app_wait(l->app, &l->over, 0);
    flush(l);
    for (size_t i = 0; i < log_set_count(l->set) && status == STATUS_DONE; i++) {
        const struct log_stream *s = log_set_at(l->set, i);
        if (s->failed)
            status = log_set_count(l->set) > 1 ? STATUS_FAULT : app_failf(STATUS_FAULT, "%s", s->why);
    }
    log_set_free(l->set);
    return status;
}

/* A time ago ("10m"), or a point in time. */
static int read_time(const char *text, int64_t *out)
{
    int64_t ago = text ? time_parse_duration(text) : 0;
    *out = text ? time_parse(text) : 0;
    if (!*out && ago > 0)
        *out = time_wall() - ago;
    if (text && !*out)
        return app_failf(STATUS_USAGE, "'%s' is no time; write 90s, 10m, 1h or 2026-03-01T12:00:00Z", text);
    return STATUS_DONE;
}

static int read_options(struct logs *l, int64_t *tail, int64_t *since)
{
    const struct options *o = l->app->options;
    struct err err = ERR_INIT;
    *tail = -1;
    if (o->values[OPT_TAIL] && (!text_int(o->values[OPT_TAIL], tail) || *tail < -1 || *tail > INT_MAX))
        return app_failf(STATUS_USAGE, "'%s' is no number of lines", o->values[OPT_TAIL]);
    if (o->values[OPT_OUTPUT] && !str_eq(o->values[OPT_OUTPUT], "json"))
        return app_failf(STATUS_USAGE, "logs prints lines, or with -o json an object a line");
    l->json = options_has(o, OPT_OUTPUT);
    int status = read_time(o->values[OPT_SINCE], since);
    if (status == STATUS_DONE)
        status = read_time(o->values[OPT_UNTIL], &l->filter.until);
    if (status == STATUS_DONE && log_filter_parse(&l->filter, str_or_empty(o->values[OPT_GREP]), &err) < 0)
        status = app_fail(STATUS_USAGE, &err);
    l->filter.since = *since; /* the server goes by whole seconds */
    l->filtered = log_filter_any(&l->filter);
    return status;
}

static int list(struct app *app, const char *ns, struct store **pods, struct reflector **reflector)
{
    const struct options *o = app->options;
    *pods = store_new(&kind_pod);
    return app_list(app, *pods, options_has(o, OPT_ALL) ? NULL : ns, o->values[OPT_SELECTOR],
                    options_has(o, OPT_FOLLOW) ? reflector : NULL);
}

/* A graph that is in another namespace than the one at hand says so itself. */
static bool graph_ns(struct app *app, const char *word, char **ns)
{
    struct store *maps = NULL;
    struct err ignored = ERR_INIT;
    if (strchr(word, '/') || options_has(app->options, OPT_NAMESPACE) || options_has(app->options, OPT_ALL))
        return false;
    const struct configmap *map = graphs_list(app, NULL, &maps) == STATUS_DONE ? graphs_find(app, maps, word, &ignored) : NULL;
    if (map) {
        free(*ns);
        *ns = xstrdup(map->r.ns);
    }
    store_free(maps);
    return map;
}

static int run(struct app *app)
{
    const struct options *o = app->options;
    int64_t tail, since;
    struct logs l = {.app = app, .timestamps = options_has(o, OPT_TIMESTAMPS), .terminal = isatty(STDOUT_FILENO)};
    l.colours = l.terminal && !getenv("NO_COLOR");
    l.filter.name = name_of;
    l.filter.data = &l;
    loop_task_init(&l.flush, app->loop, flush, &l);
    buf_init(&l.out, 64u << 20);
    const char *word = o->arg_count ? target_plain(o->args[0]) : NULL;
    int status = read_options(&l, &tail, &since);
    if (status == STATUS_DONE && !word && !options_has(o, OPT_SELECTOR))
        status = app_failf(STATUS_USAGE, "whose log? name a pod, a graph or one of its things, or pods by -l");
    if (status == STATUS_DONE)
        status = app_connect(app);
    struct store *pods = NULL;
    struct reflector *reflector = NULL;
    char *ns = NULL;
    if (status == STATUS_DONE)
        status = target_ns(app, word, &ns);
    if (status == STATUS_DONE)
        status = list(app, ns, &pods, &reflector);
    bool found = status == STATUS_DONE && (!word || find(&l, pods, word));
    if (status == STATUS_DONE && !found && graph_ns(app, word, &ns)) {
        reflector_free(reflector);
        reflector = NULL;
        store_free(pods);
        status = list(app, ns, &pods, &reflector);
        found = status == STATUS_DONE && find(&l, pods, word);
    }
    if (status == STATUS_DONE && !found)
        status = target_unknown(pods, word, ns);
    else if (status == STATUS_DONE && !word && !store_count(pods) && !options_has(o, OPT_FOLLOW))
        status = app_failf(STATUS_FAULT, "no pod has the labels '%s'", o->values[OPT_SELECTOR]);
    if (status == STATUS_DONE) {
        char *graph = xstrdup_or_null(l.graph), *thing = xstrdup_or_null(l.thing); /* the pod they were of may go */
        l.graph = graph;
        l.thing = thing;
        status = follow(&l, pods, ns, tail, since);
        free(graph);
        free(thing);
    }
    loop_task_stop(&l.flush);
    reflector_free(reflector);
    if (pods)
        store_free(pods);
    log_filter_release(&l.filter);
    buf_release(&l.out);
    free(ns);
    return status;
}

const struct command command_logs = {
    .name = "logs",
    .alias = "log",
    .args = "POD|GRAPH[/THING]|THING",
    .summary = "what a pod, a thing with all its replicas or a graph printed",
    .help = "Prints the log of a pod's container, or, as one by time and with names, those of a thing, a graph, or of pods by\n"
            "their labels. With -f it goes on over reconnects and restarts, without losing or repeating a line, and with pods that\n"
            "come later; where lines were gone from the node before they could be read, it says so.\n"
            "--grep takes what & takes in the dashboard: TEXT, !TEXT, /REGEX/, level=warning, from=NAME, with ' & ' between.\n"
            "\n"
            "  patchbay logs -n media -f object-detect\n"
            "  patchbay logs lobby -f --since 10m --grep 'level=error & !timeout'\n"
            "  patchbay logs lobby/camera --tail 20 -o json | jq -r .line",
    .options = OPTS_CLUSTER | OPT(OPT_FOLLOW) | OPT(OPT_TAIL) | OPT(OPT_PREVIOUS) | OPT(OPT_TIMESTAMPS) | OPT(OPT_CONTAINER) |
               OPT(OPT_SINCE) | OPT(OPT_UNTIL) | OPT(OPT_GREP) | OPT(OPT_SELECTOR) | OPT(OPT_ALL) | OPT(OPT_OUTPUT),
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
