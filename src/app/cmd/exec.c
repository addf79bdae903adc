#include "app/commands.h"
#include "app/console.h"
#include "app/target.h"

struct run {
    bool over;
    struct exec_end end;
};

static void on_done(void *data, const struct exec_end *end)
{
    struct run *run = data;
    run->over = true;
    run->end = *end;
}

/* The command's exit code is ours, as kubectl has it. */
static int status_of(const struct exec_end *end)
{
    if (err_is_set(&end->err))
        return app_fail(STATUS_FAULT, &end->err);
    if (end->exited && end->code)
        app_note("command terminated with exit code %d", end->code);
    return end->code;
}

static int run(struct app *app)
{
    const struct options *o = app->options;
    int status = app_connect(app);
    char *pod = NULL, *ns = NULL;
    if (status == STATUS_DONE)
        status = target_find(app, o->args[0], &ns, &pod);
    if (status == STATUS_DONE) {
        struct run wait = {.over = false};
        struct exec_options options = {.ns = ns,
                                       .pod = pod,
                                       .container = o->values[OPT_CONTAINER],
                                       .argv = o->args + 1,
                                       .in = options_has(o, OPT_STDIN),
                                       .tty = options_has(o, OPT_TTY)};
        struct console *console = console_new(app->loop, app->client, &options, NULL, on_done, &wait);
        status = app_wait(app, &wait.over, 0);
        console_free(console);
        if (status == STATUS_DONE)
            status = status_of(&wait.end);
    }
    free(pod);
    free(ns);
    return status;
}

const struct command command_exec = {
    .name = "exec",
    .args = "POD|[GRAPH/]THING -- CMD [ARG…]",
    .summary = "run a command in a pod's container",
    .help = "Runs a command in a container, with its exit status as ours. -i gives it our standard input, whatever that is; -t\n"
            "a terminal (so -it for a shell). Without -c it is the container that the pod's annotation\n"
            "kubectl.kubernetes.io/default-container names, else its first.\n"
            "\n"
            "  patchbay exec -n web frontend-7c9f-x2v -it -- sh\n"
            "  patchbay exec lobby/camera -- patchbay-thing --version\n"
            "  patchbay exec -n web frontend-7c9f-x2v -i -- tar xf - -C /tmp < files.tar\n"
            "\n"
            "The image of the media things has no shell: nothing is in it but them.",
    .options = OPTS_CLUSTER | OPT(OPT_CONTAINER) | OPT(OPT_STDIN) | OPT(OPT_TTY),
    .min_args = 2,
    .max_args = INT_MAX,
    .run = run,
};
