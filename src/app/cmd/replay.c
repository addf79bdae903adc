#include <math.h>
#include <sys/stat.h>

#include "app/commands.h"
#include "app/playback.h"
#include "k8s/replay.h"
#include "ops/moment.h"

#define LARGE (INT64_C(512) << 20) /* takes a second or more to read */
#define BEHIND (3 * NSEC_PER_SEC) /* what is measured takes two looks */

/* Of a command: nothing more comes. */
static void on_end(void *data)
{
    ((struct app *)data)->interrupted = true;
}

/* Any command of the program, on that moment; time passes without being waited for. */
static int run_command(struct app *app, int argc, char **argv, int64_t at)
{
    struct playback *playback = app->playback;
    struct options options;
    struct err err = ERR_INIT;
    int status;
    if (options_parse(&options, argc, argv, &err) < 0) {
        options_release(&options);
        return app_fail(STATUS_USAGE, &err);
    }
    const struct command *command = command_find(options.args[0]);
    memmove(options.args, options.args + 1, (size_t)options.arg_count-- * sizeof *options.args);
    if (!command || command == &command_replay || command == &command_record || command == &command_edge || command == &command_dashboard) {
        status = app_failf(STATUS_USAGE, "'%s' is no command that a record can answer; 'patchbay help' lists those there are", argv[0]);
    } else if ((status = command_check(command, &options)) == STATUS_DONE) {
        struct loop_timer end;
        const struct options *own = app->options;
        playback->clock.wall = MAX(playback->from, MIN(at, playback->to - BEHIND));
        playback->clock.end = INT64_MAX;
        playback->clock.speed = INFINITY;
        replay_seek(playback->transport);
        loop_timer_init(&end, app->loop, on_end, app);
        loop_timer_start(&end, playback->to - playback->clock.wall + BEHIND);
        app->options = &options;
        status = command->run(app);
        app->options = own;
        status = status == 130 && !loop_timer_active(&end) ? STATUS_DONE : status; /* the record ended */
        loop_timer_stop(&end);
    }
    options_release(&options);
    return status;
}

static int run(struct app *app)
{
    struct err err = ERR_INIT;
    const struct options *o = app->options;
    struct stat st;
    if (stat(o->args[0], &st) == 0 && st.st_size > LARGE)
        app_note("reading %s, %.1f GiB …", o->args[0], (double)st.st_size / (1 << 30));
    struct playback *playback = app->playback = playback_new(app->loop, o->args[0], &err);
    if (!playback)
        return app_fail(STATUS_USAGE, &err);
    app->transport = playback->transport;
    const char *when = o->values[OPT_AT];
    bool command = o->arg_count > 1;
    int64_t at = command ? playback->to : playback->from;
    if (when && moment_parse(when, playback->from, playback->to, playback->from, &at, &err) < 0)
        return app_fail(STATUS_USAGE, &err);
    if (replay_torn(playback->transport))
        app_note("patchbay: %s", replay_torn(playback->transport));
    if (command)
        return run_command(app, o->arg_count - 1, (char **)(o->args + 1), at);
    playback->clock.paused = when != NULL;
    playback_to(playback, at);
    return app_dashboard(app, NULL);
}

const struct command command_replay = {
    .name = "replay",
    .args = "FILE [-- COMMAND …]",
    .summary = "the dashboard on what 'record' kept, offline: pause, step, faster, jump",
    .help = "Plays a recording as if the cluster were there: \\ pauses, ) and ( go faster and slower, } and { half a minute on and\n"
            "back, ; and , to the next change and the one before, :jump TIME anywhere. With --at it begins there, and stands.\n"
            "Behind -- any command that asks a cluster, answered as it was then (without --at: at the end). Nothing is written.\n"
            "\n"
            "  patchbay replay night.ndjson --at 02:14\n"
            "  patchbay replay night.ndjson --at 02:14:07 -- status media/lobby\n"
            "  patchbay replay night.ndjson --at first -- events -A -w",
    .options = OPT(OPT_AT) | OPT(OPT_READ_ONLY) | OPT(OPT_ASCII) | OPT(OPT_NAMESPACE),
    .min_args = 1,
    .max_args = INT_MAX,
    .run = run,
};
