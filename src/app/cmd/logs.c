#include "k8s/logs.h"

#include "app/commands.h"
#include "app/target.h"
#include "base/text.h"
#include "base/time.h"

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

static void on_lost(void *data, int64_t from, int64_t to)
{
    (void)data;
    char before[TIME_TEXT], after[TIME_TEXT];
    fflush(stdout); /* it belongs behind what was printed so far */
    app_note("patchbay: lines may be missing between %s and %s: they were gone from the node before they could be read",
             time_format(before, from, 3), to ? time_format(after, to, 3) : "the end");
}

static void on_done(void *data, const struct err *err)
{
    struct logs *l = data;
    l->over = true;
    if (err_is_set(err))
        l->status = app_fail(STATUS_FAULT, err);
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
        status = target_find(app, o->args[0], &ns, &pod);
    if (status == STATUS_DONE) {
        struct logs l = {.app = app, .timestamps = options_has(o, OPT_TIMESTAMPS)};
        struct log_options options = {.ns = ns,
                                      .pod = pod,
                                      .container = o->values[OPT_CONTAINER],
                                      .follow = options_has(o, OPT_FOLLOW),
                                      .previous = options_has(o, OPT_PREVIOUS),
                                      .timestamps = true,
                                      .tail = (int)tail};
        static const struct log_events events = {on_line, on_state, on_lost, on_done};
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
    .help = "Prints a container's log. With -f it goes on over reconnects and restarts, without losing or repeating a line;\n"
            "where lines were gone from the node before they could be read, it says so.\n"
            "\n"
            "  patchbay logs -n media -f object-detect\n"
            "  patchbay logs lobby/camera --tail 20",
    .options = OPTS_CLUSTER | OPT(OPT_FOLLOW) | OPT(OPT_TAIL) | OPT(OPT_PREVIOUS) | OPT(OPT_TIMESTAMPS) | OPT(OPT_CONTAINER),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
