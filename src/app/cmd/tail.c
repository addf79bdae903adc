#include "app/commands.h"
#include "app/follow.h"
#include "app/graphs.h"
#include "app/table.h"
#include "base/map.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/kinds/pod.h"
#include "ops/analyser.h"
#include "ops/detection.h"

#define ANALYSERS_MAX 256

struct tail {
    struct app *app;
    struct graph *graph;
    enum table_format format;
    const char *label;
    struct map analysers; /* pod and source → struct analyser */
    double min_confidence;
    int64_t limit, count;
    bool over;
};

static const char *thing_type(void *data, const char *thing)
{
    const struct graph_thing *t = graph_find(((struct tail *)data)->graph, thing);
    return t ? t->type : NULL;
}

static void print_row(const struct detection *d)
{
    char time[TIME_TEXT];
    struct buf out;
    buf_init(&out, 1 << 16);
    buf_addf(&out, "%-24s  %-20s  %7" PRId64 " ", time_format(time, d->utc, 3), d->thing, d->frame);
    for (size_t i = 0; i < d->count; i++)
        buf_addf(&out, " %s %.2f", d->objects[i].label, d->objects[i].confidence);
    buf_addc(&out, '\n');
    struct buf clean;
    buf_init(&clean, 1 << 18);
    text_sanitise(&clean, out.data, out.len - 1);
    puts(clean.data);
    buf_release(&clean);
    buf_release(&out);
}

/* The line as it came; what an analyser says must not drive a terminal. */
static void print_line(const char *line, size_t len)
{
    struct buf clean;
    buf_init(&clean, 4u << 20);
    if (isatty(STDOUT_FILENO))
        text_sanitise(&clean, line, len);
    else
        buf_add(&clean, line, len);
    buf_addc(&clean, '\n');
    fwrite(clean.data, 1, clean.len, stdout);
    buf_release(&clean);
}

static void print_csv_head(void)
{
    struct buf out;
    buf_init(&out, 1024);
    detection_write_csv_head(&out);
    fputs(out.data, stdout);
    buf_release(&out);
}

static void print_csv(const struct detection *d)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    detection_write_csv(&out, d);
    app_print(&out);
}

/* Beside the data: what is missing in it. */
static void tell_gap(struct tail *t, const struct detection *d)
{
    char text[GAP_TEXT], at[TIME_TEXT];
    struct buf clean;
    char key[600];
    snprintf(key, sizeof key, "%s\n%s", d->pod, d->source);
    struct analyser *analyser = map_get(&t->analysers, key);
    if (!analyser && t->analysers.count >= ANALYSERS_MAX)
        return; /* nobody has so many: names are being made up */
    if (!analyser) {
        analyser = xcalloc(1, sizeof *analyser);
        analyser_init(analyser, d, NULL);
        map_put(&t->analysers, key, analyser);
    }
    struct gap gap = analyser_add(analyser, d, time_wall());
    if (!gap_is(&gap))
        return;
    buf_init(&clean, 1024);
    text_sanitise(&clean, d->thing, strlen(d->thing));
    fprintf(stderr, "patchbay: %s: %s before %s\n", clean.data, gap_text(text, &gap), time_format(at, d->utc, 3));
    buf_release(&clean);
}

static void on_line(void *data, const char *thing, const char *line, size_t len)
{
    (void)thing;
    struct tail *t = data;
    struct detection d, picked;
    struct err err = ERR_INIT;
    if (t->over || detection_parse(&d, line, len, &err) < 0 || d.heartbeat)
        return;
    tell_gap(t, &d);
    detection_pick(&picked, &d, t->label, t->min_confidence);
    if (!picked.count && (t->label || t->min_confidence > 0))
        return;
    if (t->format == TABLE_JSON)
        print_line(line, len);
    else if (t->format == TABLE_CSV)
        print_csv(&picked);
    else
        print_row(&picked);
    if (fflush(stdout) != 0)
        t->over = true; /* the reader of the pipe is gone */
    if (++t->count >= t->limit && t->limit)
        t->over = true;
}

/* Whether a thing has detections to tell; one whose type is not in the catalogue is believed to. */
static bool tells(const struct graph_thing *thing)
{
    for (size_t i = 0; thing->entry && i < thing->entry->output_count; i++)
        if (str_eq(thing->entry->outputs[i].media, "application/x-ndjson"))
            return true;
    return !thing->entry && !thing->external;
}

static int follow_graph(struct app *app, struct tail *t, const char *thing)
{
    struct store *pods = store_new(&kind_pod);
    struct reflector *reflector = NULL;
    int status = app_list(app, pods, t->graph->ns, NULL, &reflector);
    if (status == STATUS_DONE) {
        struct follow_options options = {.ns = t->graph->ns, .graph = t->graph->name, .thing = thing,
                                         .catalogue = &app->catalogue, .thing_type = thing_type};
        struct follow *follow = follow_new(app->client, pods, &options, on_line, t);
        const char *text = app->options->values[OPT_TIMEOUT];
        int64_t patience = text ? time_parse_duration(text) : 0;
        if (patience < 0)
            status = app_failf(STATUS_USAGE, "'%s' is no time; write 90s, 5m or 1h", text);
        else
            app_end_with_reader(app, &t->over);
        if (status == STATUS_DONE)
            status = app_wait(app, &t->over, patience ? loop_now(app->loop) + patience : 0);
        if (status == STATUS_FAULT)
            app_failf(status, "no %sdetections came within %s%s%s", t->count ? "more " : "", text, *follow_why(follow) ? ": " : "",
                      follow_why(follow));
        follow_free(follow);
        reflector_free(reflector);
    }
    store_free(pods);
    return status;
}

static int run(struct app *app)
{
    const struct options *o = app->options;
    struct err err = ERR_INIT;
    struct tail t = {.app = app, .label = o->values[OPT_LABEL]};
    const char *word = o->args[0];
    if (o->values[OPT_OUTPUT] && !str_eq(o->values[OPT_OUTPUT], "ndjson")) {
        if (table_format_parse(&t.format, o->values[OPT_OUTPUT], &err) < 0)
            return app_fail(STATUS_USAGE, &err);
    } else {
        t.format = o->values[OPT_OUTPUT] || !isatty(STDOUT_FILENO) ? TABLE_JSON : TABLE_TABLE;
    }
    if (t.format != TABLE_JSON && t.format != TABLE_TABLE && t.format != TABLE_CSV)
        return app_failf(STATUS_USAGE, "tail prints a table, ndjson (a line a frame) or csv (a line an object)");
    if (o->values[OPT_MIN_CONFIDENCE] &&
        (!text_number(o->values[OPT_MIN_CONFIDENCE], &t.min_confidence) || t.min_confidence < 0 || t.min_confidence > 1))
        return app_failf(STATUS_USAGE, "'%s' is no confidence from 0 to 1", o->values[OPT_MIN_CONFIDENCE]);
    if (o->values[OPT_COUNT_LIMIT] && (!text_int(o->values[OPT_COUNT_LIMIT], &t.limit) || t.limit < 1))
        return app_failf(STATUS_USAGE, "'%s' is no count; it must be a number from 1", o->values[OPT_COUNT_LIMIT]);
    int status = app_connect(app);
    struct store *maps = NULL;
    if (status == STATUS_DONE)
        status = graphs_list(app, word, &maps);
    /* GRAPH, GRAPH/THING; "media/lobby" is a graph when there is one */
    const struct configmap *map = status == STATUS_DONE ? graphs_find(app, maps, word, &err) : NULL;
    const char *slash = strchr(word, '/');
    char *graph_word = NULL;
    const char *thing = NULL;
    if (status == STATUS_DONE && !map && slash) {
        graph_word = xstrndup(word, (size_t)(strrchr(word, '/') - word));
        thing = strrchr(word, '/') + 1;
        map = graphs_find(app, maps, graph_word, &err);
    }
    if (status == STATUS_DONE && !map)
        status = app_fail(STATUS_FAULT, &err);
    if (status == STATUS_DONE && !(t.graph = graphs_parse(app, map, &err)))
        status = app_fail(STATUS_FAULT, &err);
    if (o->values[OPT_THING])
        thing = o->values[OPT_THING];
    if (status == STATUS_DONE && t.format == TABLE_CSV)
        print_csv_head();
    if (status == STATUS_DONE && thing && !graph_find(t.graph, thing))
        status = app_failf(STATUS_FAULT, "graph %s has no thing '%s'", t.graph->name, thing);
    if (status == STATUS_DONE && thing && !tells(graph_find(t.graph, thing)))
        status = app_failf(STATUS_FAULT, "%s has no output of detections: it is a '%s'", thing,
                           str_or_empty(graph_find(t.graph, thing)->type));
    if (status == STATUS_DONE)
        status = follow_graph(app, &t, thing);
    map_release(&t.analysers, free);
    graph_free(t.graph);
    free(graph_word);
    store_free(maps);
    return status;
}

const struct command command_tail = {
    .name = "tail",
    .args = "GRAPH[/THING]",
    .summary = "the detections of a graph's analysers, as they come",
    .help = "Follows the detections, with and without -f, until Ctrl-C, --count or --timeout: a table on a terminal, NDJSON\n"
            "in a pipe; CSV has a line an object. Where results are missing standard error says so.\n"
            "\n"
            "  patchbay tail lobby\n"
            "  patchbay tail lobby/object-detect --label person --min-confidence 0.8 | jq .frame\n"
            "  patchbay tail lobby --count 3 --timeout 30s",
    .options = OPTS_CLUSTER | OPT(OPT_OUTPUT) | OPT(OPT_FOLLOW) | OPT(OPT_THING) | OPT(OPT_LABEL) | OPT(OPT_MIN_CONFIDENCE) |
               OPT(OPT_COUNT_LIMIT) | OPT(OPT_TIMEOUT),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
