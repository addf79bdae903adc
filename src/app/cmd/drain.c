#include "app/commands.h"
#include "base/time.h"
#include "k8s/drain.h"

/* cordon, uncordon and drain of nodes. */

struct draining {
    struct app *app;
    const char *node;
    bool over;
    int status;
    size_t leaving, gone;
};

static void take_end(struct draining *d, const struct err *err, bool unreachable)
{
    d->over = true;
    d->status = !err_is_set(err) ? STATUS_DONE : app_fail(unreachable ? STATUS_UNREACHABLE : STATUS_FAULT, err);
}

/* Cordon. */

static void on_cordoned(void *data, const struct kube_answer *answer)
{
    take_end(data, &answer->err, answer->outcome != HTTP_DONE);
}

static int cordon(struct app *app, bool cordoned)
{
    int status = app_connect(app);
    for (int i = 0; i < app->options->arg_count && status == STATUS_DONE; i++) {
        struct draining d = {.app = app, .node = app->options->args[i]};
        struct kube_call *call = drain_cordon(app->client, d.node, cordoned, on_cordoned, &d);
        status = app_wait(app, &d.over, 0);
        if (status != STATUS_DONE)
            kube_cancel(call);
        else
            status = d.status;
        if (status == STATUS_DONE)
            printf("node/%s %s\n", d.node, cordoned ? "cordoned" : "uncordoned");
    }
    return status;
}

static int run_cordon(struct app *app)
{
    return cordon(app, true);
}

static int run_uncordon(struct app *app)
{
    return cordon(app, false);
}

/* Drain. */

static void on_looked(void *data, const struct drain_plan *plan, const struct err *err, bool unreachable)
{
    struct draining *d = data;
    take_end(d, err, unreachable);
    if (!plan)
        return;
    d->leaving = plan->of[DRAIN_EVICT];
    for (size_t i = 0; i < plan->count; i++) {
        const struct drain_pod *pod = &plan->pods[i];
        if (pod->fate == DRAIN_EVICT)
            app_note("  %s/%s%s%s", pod->ns, pod->name, pod->local ? ": its emptyDir data is lost" : "",
                     !pod->bare ? "" : pod->local ? ", and nobody brings it back" : ": nobody brings it back");
    }
    if (plan->count > d->leaving)
        app_note("  stay: %zu of daemon sets, %zu of the kubelet, %zu that have ended", plan->of[DRAIN_DAEMON],
                 plan->of[DRAIN_MIRROR], plan->of[DRAIN_ENDED]);
}

static int look(struct draining *d)
{
    struct drain_look *look = drain_look(d->app->client, d->node, on_looked, d);
    int status = app_wait(d->app, &d->over, 0);
    if (status != STATUS_DONE)
        drain_look_cancel(look);
    d->over = false;
    return status == STATUS_DONE ? d->status : status;
}

static bool confirmed(const struct draining *d)
{
    if (options_has(d->app->options, OPT_YES))
        return true;
    if (!isatty(STDIN_FILENO)) /* nobody to ask: No is the default */
        return false;
    app_note("cordon node %s of %s, and evict %zu pod%s? [y/N]", d->node, d->app->context->name, d->leaving,
             d->leaving == 1 ? "" : "s");
    char answer[16] = "";
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void on_progress(void *data UNUSED, size_t gone UNUSED, size_t total UNUSED, const char *text)
{
    app_note("  %s", text);
}

static void on_drained(void *data, size_t gone, const struct err *err, bool unreachable)
{
    struct draining *d = data;
    d->gone = gone;
    take_end(d, err, unreachable);
}

static int drain(struct draining *d, int64_t patience, const char *patience_text)
{
    struct drain *drain = drain_start(d->app->client, &(struct drain_options){.node = d->node, .grace = -1}, on_progress, on_drained, d);
    int status = app_wait(d->app, &d->over, patience ? time_monotonic() + patience : 0);
    if (status == STATUS_DONE)
        return d->status;
    drain_cancel(drain);
    if (status == STATUS_FAULT)
        return app_failf(status, "node %s is not empty after %s; it stays cordoned, and what was asked to leave leaves", d->node,
                         patience_text);
    app_note("stopped: node %s stays cordoned, 'patchbay uncordon %s' lets pods in again", d->node, d->node);
    return status;
}

static int run_drain(struct app *app)
{
    struct draining d = {.app = app, .node = app->options->args[0]};
    const char *text = app->options->values[OPT_TIMEOUT];
    int64_t patience = text ? time_parse_duration(text) : 0;
    if (patience < 0)
        return app_failf(STATUS_USAGE, "'%s' is no time; write 90s, 5m or 1h", text);
    int status = app_connect(app);
    if (status == STATUS_DONE)
        status = look(&d);
    if (status != STATUS_DONE || options_has(app->options, OPT_DRY_RUN))
        return status;
    if (!confirmed(&d))
        return isatty(STDIN_FILENO) ? app_failf(STATUS_FAULT, "nothing was drained")
                                    : app_failf(STATUS_USAGE, "nothing was drained: there is no terminal to ask on; give --yes");
    status = drain(&d, patience, text);
    if (status == STATUS_DONE)
        printf("node/%s drained: %zu pod%s left\n", d.node, d.gone, d.gone == 1 ? "" : "s");
    return status;
}

const struct command command_cordon = {
    .name = "cordon",
    .args = "NODE…",
    .summary = "nodes: they take no new pods",
    .help = "Marks nodes as unschedulable, as kubectl cordon does; the pods on them stay.\n"
            "\n"
            "  patchbay cordon gpu-1",
    .options = OPTS_CLUSTER,
    .min_args = 1,
    .max_args = 1000,
    .run = run_cordon,
};

const struct command command_uncordon = {
    .name = "uncordon",
    .args = "NODE…",
    .summary = "nodes: they take pods again",
    .help = "Takes a cordon back.\n"
            "\n"
            "  patchbay uncordon gpu-1",
    .options = OPTS_CLUSTER,
    .min_args = 1,
    .max_args = 1000,
    .run = run_uncordon,
};

const struct command command_drain = {
    .name = "drain",
    .args = "NODE",
    .summary = "a node: cordons it and has its pods leave",
    .help = "Cordons a node and evicts its pods by the Eviction API, and waits until they are gone. It says first which these\n"
            "are, which lose data in an emptyDir and which nobody brings back, and asks, unless --yes is given. Pods of daemon\n"
            "sets stay. What a PodDisruptionBudget refuses is asked again, until --timeout.\n"
            "\n"
            "  patchbay drain gpu-1 --dry-run\n"
            "  patchbay drain gpu-1 --yes --timeout 5m",
    .options = OPTS_CLUSTER | OPT(OPT_YES) | OPT(OPT_DRY_RUN) | OPT(OPT_TIMEOUT),
    .min_args = 1,
    .max_args = 1,
    .run = run_drain,
};
