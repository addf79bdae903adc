#include "app/edge_process.h"

#include <signal.h>

#include "app/commands.h"
#include "base/text.h"

struct edge_run {
    bool over;
    int status;
    bool ready;
    struct edge_process *edge;
};

static void on_edge(void *data, const struct err *err)
{
    struct edge_run *run = data;
    if (err_is_set(err)) {
        run->over = true;
        run->status = app_fail(STATUS_USAGE, err);
        return;
    }
    const char *path = edge_process_kubeconfig(run->edge);
    printf("the embedded cluster is up: 4 nodes with one simulated GPU each; its pods are processes of this machine\n"
           "  kubectl --kubeconfig %s get nodes\n"
           "  patchbay --kubeconfig %s\n"
           "it ends with this command (Ctrl-C)\n",
           path, path);
    fflush(stdout);
}

static int run_edge(struct app *app)
{
    struct err err = ERR_INIT;
    int64_t port = 0;
    const char *text = app->options->values[OPT_PORT];
    if (text && (!text_int(text, &port) || port < 0 || port > 65535))
        return app_failf(STATUS_USAGE, "'%s' is no port; a port is a number from 1 to 65535, or 0 for any free one", text);
    loop_signal_start(&app->interrupt, SIGINT);
    loop_signal_start(&app->terminate, SIGTERM);
    struct edge_run run = {0};
    run.edge = edge_process_start(app->loop, (uint16_t)port, app->options->values[OPT_KUBECONFIG], on_edge, &run, &err);
    if (!run.edge)
        return app_fail(STATUS_USAGE, &err);
    app_wait(app, &run.over, 0);
    edge_process_stop(run.edge);
    return run.status;
}

const struct command command_edge = {
    .name = "edge",
    .args = "",
    .summary = "the embedded cluster in the foreground, with a kubeconfig that kubectl can use",
    .help = "Starts the embedded cluster: four nodes with one simulated GPU each, whose pods are processes of this\n"
            "machine. It writes a kubeconfig for kubectl and patchbay and ends with this command, leaving nothing behind.\n"
            "\n"
            "  patchbay edge --kubeconfig edge.kubeconfig",
    .options = OPT(OPT_PORT) | OPT(OPT_KUBECONFIG),
    .run = run_edge,
};
