#include "k8s/logs.h"

#include "app/commands.h"
#include "app/graphs.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/kinds/pod.h"

struct logs {
    struct app *app;
    bool over;
    int status;
    bool timestamps;
};

static void on_line(void *data, int64_t time, const char *line, size_t len, bool cut)
{
    struct logs *l = data;
    char text[TIME_TEXT];
    if (l->timestamps && time)
        printf("%s ", time_format(text, time, 9));
    if (isatty(STDOUT_FILENO)) { /* what a container prints must not drive the terminal */
        struct buf clean;
        buf_init(&clean, 4u << 20);
        text_sanitise(&clean, line, len);
        fwrite(clean.data, 1, clean.len, stdout);
        buf_release(&clean);
    } else {
        fwrite(line, 1, len, stdout);
    }
    puts(cut ? " […cut]" : "");
    if (options_has(l->app->options, OPT_FOLLOW) && fflush(stdout) != 0)
        l->over = true;
}

static void on_state(void *data, const char *why)
{
    (void)data;
    if (*why)
        app_note("patchbay: %s", why);
}

static void on_done(void *data, const struct err *err)
{
    struct logs *l = data;
    l->over = true;
    if (err_is_set(err))
        l->status = app_fail(STATUS_FAULT, err);
}

/* A graph says in which namespace its things are, as for status and tail. */
static int find_ns(struct app *app, const char *word, char **ns)
{
    const char *slash = strchr(word, '/');
    struct store *maps = NULL;
    struct err err = ERR_INIT;
    *ns = xstrdup(app->ns);
    if (!slash || options_has(app->options, OPT_NAMESPACE))
        return STATUS_DONE;
    char *graph = xstrndup(word, (size_t)(slash - word));
    int status = graphs_list(app, NULL, &maps);
    const struct configmap *map = status == STATUS_DONE ? graphs_find(app, maps, graph, &err) : NULL;
    if (map) {
        free(*ns);
        *ns = xstrdup(map->r.ns);
    } else if (status == STATUS_DONE) {
        status = app_fail(STATUS_FAULT, &err);
    }
    store_free(maps);
    free(graph);
    return status;
}

/* POD, or a thing: "lobby/camera" or "camera" is the newest pod of that thing. */
static int find_pod(struct app *app, const char *ns, const char *word, char **out)
{
    struct store *pods = store_new(&kind_pod);
    int status = app_list(app, pods, ns, NULL, NULL);
    const char *slash = strchr(word, '/'), *thing = slash ? slash + 1 : word;
    const struct pod *best = NULL;
    STORE_EACH(struct pod, pod, pods) {
        if (str_eq(pod->r.name, word)) {
            best = pod;
            break;
        }
        bool graph_fits = !slash || (pod->graph && strlen(pod->graph) == (size_t)(slash - word) &&
                                     str_starts(word, pod->graph));
        if (str_eq(pod->thing, thing) && graph_fits && (!best || pod->r.created > best->r.created))
            best = pod;
    }
    if (best) {
        *out = xstrdup(best->r.name);
    } else if (status == STATUS_DONE) {
        const char **names = xcalloc(store_count(pods) * 2 + 1, sizeof *names);
        size_t n = 0;
        STORE_EACH(struct pod, pod, pods) {
            names[n++] = pod->r.name;
            if (pod->thing)
                names[n++] = pod->thing;
        }
        const char *near = text_nearest(thing, names);
        if (near)
            status = app_failf(STATUS_FAULT, "no pod or thing '%s' is in namespace %s; did you mean '%s'?", word, ns, near);
        else
            status = app_failf(STATUS_FAULT, "no pod or thing '%s' is in namespace %s; 'patchbay pods -A' lists them",
                               word, ns);
        free(names);
    }
    store_free(pods);
    return status;
}

static int run(struct app *app)
{
    const struct options *o = app->options;
    int64_t tail = -1;
    if (o->values[OPT_TAIL] && (!text_int(o->values[OPT_TAIL], &tail) || tail < -1 || tail > INT_MAX))
        return app_failf(STATUS_USAGE, "'%s' is no number of lines", o->values[OPT_TAIL]);
    int status = app_connect(app);
    char *pod = NULL, *ns = NULL;
    if (status == STATUS_DONE)
        status = find_ns(app, o->args[0], &ns);
    if (status == STATUS_DONE)
        status = find_pod(app, ns, o->args[0], &pod);
    if (status == STATUS_DONE) {
        struct logs l = {.app = app, .timestamps = options_has(o, OPT_TIMESTAMPS)};
        struct log_options options = {.ns = ns,
                                      .pod = pod,
                                      .container = o->values[OPT_CONTAINER],
                                      .follow = options_has(o, OPT_FOLLOW),
                                      .previous = options_has(o, OPT_PREVIOUS),
                                      .timestamps = true,
                                      .tail = (int)tail};
        static const struct log_events events = {on_line, on_state, on_done};
        app_end_with_reader(app, &l.over);
        struct log_follow *follow = log_follow_new(app->client, &options, &events, &l);
        status = app_wait(app, &l.over, 0);
        log_follow_free(follow);
        if (status == STATUS_DONE)
            status = l.status;
    }
    free(pod);
    free(ns);
    return status;
}

const struct command command_logs = {
    .name = "logs",
    .alias = "log",
    .args = "POD|[GRAPH/]THING",
    .summary = "what a pod, or the newest pod of a thing, printed",
    .help = "Prints a container's log. With -f it goes on over reconnects, without losing or repeating a line.\n"
            "\n"
            "  patchbay logs -n media -f object-detect\n"
            "  patchbay logs lobby/camera --tail 20",
    .options = OPTS_CLUSTER | OPT(OPT_FOLLOW) | OPT(OPT_TAIL) | OPT(OPT_PREVIOUS) | OPT(OPT_TIMESTAMPS) | OPT(OPT_CONTAINER),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
