#include "ui/config.h"
#include "ui/dashboard.h"

#include "app/commands.h"
#include "app/session.h"

int app_dashboard(struct app *app, const char *file)
{
    struct err err = ERR_INIT;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return app_failf(STATUS_USAGE, "the dashboard needs a terminal on standard input and output; in a script use "
                                       "'patchbay status', 'pods', 'nodes' … ('patchbay help' lists them)");
    if (options_has(app->options, OPT_ASCII))
        setenv("PATCHBAY_ASCII", "1", 1);
    int status = app_catalogue(app);
    app->quiet = true;
    if (status == STATUS_DONE)
        status = app_begin(app);
    if (status != STATUS_DONE)
        return status;
    /* The dashboard handles the interrupt key itself. */
    loop_signal_stop(&app->interrupt);
    loop_signal_stop(&app->terminate);
    char *path = config_path();
    struct config *config = config_load(path);
    free(path);
    app->dashboard_config = config;
    struct session *session = session_new(app, file, &err);
    if (!session) {
        config_free(config);
        return app_fail(STATUS_USAGE, &err);
    }
    struct dashboard_options options = {.config = config};
    status = dashboard_run(session_model(session), &options, &err);
    session_free(session);
    return err_is_set(&err) ? app_fail(status, &err) : status;
}

static int run(struct app *app)
{
    return app_dashboard(app, app->options->arg_count ? app->options->args[0] : app->options->values[OPT_FILE]);
}

const struct command command_dashboard = {
    .name = "dashboard",
    .args = "[FILE]",
    .summary = "the dashboard",
    .help = "",
    .options = OPTS_CLUSTER | OPT(OPT_FILE) | OPT(OPT_READ_ONLY) | OPT(OPT_ASCII),
    .max_args = 1,
    .run = run,
};
