#include "app/commands.h"
#include "app/graphs.h"
#include "app/part.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/kinds/pod.h"
#include "ops/status.h"

/* restart, stop, start, scale, pause and resume: one command, which differs by a row. */

struct acts {
    struct app *app;
    enum act act;
    struct part part;
    bool over, arrived, failed;
    int status; /* of writing it */
    struct store *deployments, *pods;
    struct map said; /* thing → the last line said of it, owned */
};

static void on_line(void *data, const struct acting_target *target, const char *text, bool failed, size_t through UNUSED)
{
    struct acts *acts = data;
    if (failed)
        app_note("%s", text);
    else
        printf("%s: %s%s\n", target->name, text, options_has(acts->app->options, OPT_DRY_RUN) ? " (dry run: nothing was changed)" : "");
}

static void on_done(void *data, const struct acting_result *result)
{
    struct acts *acts = data;
    acts->over = true;
    acts->status = !result->failed ? STATUS_DONE : result->unreachable ? STATUS_UNREACHABLE : STATUS_FAULT;
}

static const struct acting_target *target_of(const struct acts *acts, istr ns, istr graph, istr thing)
{
    for (size_t i = 0; i < acts->part.count; i++) {
        const struct acting_target *t = &acts->part.targets[i];
        if (str_eq(t->ns, ns) && str_eq(t->graph, graph) && str_eq(t->name, thing))
            return t;
    }
    return NULL;
}

static void say(struct acts *acts, const char *thing, const char *line)
{
    if (str_eq(map_get(&acts->said, thing), line))
        return;
    app_note("  %s: %s", thing, line);
    free(map_put(&acts->said, thing, xstrdup(line)));
}

/* A paused one rolls nothing out: as many pods as are wanted is all that can come. */
static bool has_arrived(const struct deployment *d, char words[160], enum health *health)
{
    *health = deployment_words(words, d);
    if (!d->paused || *health == HEALTH_BAD || d->generation > d->observed_generation)
        return *health == HEALTH_GOOD;
    return d->replicas == d->wanted && d->ready >= d->wanted;
}

/* Looked at after every change. */
static void look(struct acts *acts)
{
    size_t arrived = 0, leaving = 0;
    STORE_EACH(struct deployment, d, acts->deployments) {
        if (!target_of(acts, d->r.ns, d->graph, d->thing))
            continue;
        char words[160];
        enum health health;
        if (has_arrived(d, words, &health))
            arrived++;
        else
            say(acts, d->r.name, words);
        acts->failed |= health == HEALTH_BAD;
    }
    STORE_EACH(struct pod, pod, acts->pods)
        leaving += !pod->terminal && target_of(acts, pod->r.ns, pod->graph, pod->thing);
    acts->arrived = arrived == acts->part.count && !(acts->act == ACT_STOP && leaving);
}

static void on_change(void *data, const struct change *changes UNUSED, size_t count UNUSED)
{
    look(data);
}

/* Of the pods only a stop must know; they may not be readable. */
static int begin_watching(struct acts *acts, struct reflector *reflectors[2], struct store_listener listeners[2])
{
    struct store *stores[] = {acts->deployments, acts->pods};
    bool one_ns = true;
    for (size_t i = 1; i < acts->part.count; i++)
        one_ns &= str_eq(acts->part.targets[i].ns, acts->part.targets[0].ns);
    for (int i = 0; i < (acts->act == ACT_STOP ? 2 : 1); i++) {
        int status = app_list(acts->app, stores[i], one_ns ? acts->part.targets[0].ns : NULL, NULL, &reflectors[i]);
        if (status != STATUS_DONE)
            return status;
        store_listen(stores[i], &listeners[i], on_change, acts);
    }
    look(acts);
    return STATUS_DONE;
}

static int wait_arrived(struct acts *acts, int64_t patience, const char *patience_text)
{
    struct app *app = acts->app;
    struct reflector *reflectors[2] = {NULL};
    struct store_listener listeners[2];
    acts->deployments = store_new(&kind_deployment);
    acts->pods = store_new(&kind_pod);
    int status = begin_watching(acts, reflectors, listeners);
    int64_t until = time_monotonic() + patience;
    while (status == STATUS_DONE && !acts->arrived && !acts->failed && !app->interrupted && time_monotonic() < until)
        loop_turn(app->loop, until - time_monotonic());
    const char *graph = acts->part.targets[0].graph;
    if (status == STATUS_DONE && app->interrupted)
        status = 130;
    else if (status == STATUS_DONE && !acts->arrived)
        status = acts->failed ? app_failf(STATUS_FAULT, "graph %s failed; 'patchbay status %s' says where it stands", graph, graph)
                              : app_failf(STATUS_FAULT, "it is not so after %s; 'patchbay status %s' says where it stands",
                                          patience_text, graph);
    for (int i = 0; i < 2; i++)
        if (reflectors[i]) {
            store_unlisten(&listeners[i]);
            reflector_free(reflectors[i]);
        }
    store_free(acts->deployments);
    store_free(acts->pods);
    map_release(&acts->said, free);
    return status;
}

static int read_replicas(const struct app *app, enum act act, int *replicas)
{
    const char *text = app->options->values[OPT_REPLICAS];
    int64_t number = 0;
    if (act == ACT_SCALE && !text)
        return app_failf(STATUS_USAGE, "scale needs to know to how many pods: --replicas N");
    if (text && (!text_int(text, &number) || number < 0 || number > ACT_REPLICAS_MAX))
        return app_failf(STATUS_USAGE, "'%s' is no number of pods from 0 to %d", text, ACT_REPLICAS_MAX);
    *replicas = (int)number;
    return STATUS_DONE;
}

static int find_targets(struct acts *acts)
{
    struct app *app = acts->app;
    struct err err = ERR_INIT;
    struct store *maps = NULL;
    int status = graphs_list(app, app->options->args[0], &maps);
    for (int i = 0; i < app->options->arg_count && status == STATUS_DONE; i++)
        if (part_add(&acts->part, app, maps, app->options->args[i], acts->act, &err) < 0)
            status = app_fail(STATUS_FAULT, &err);
    store_free(maps);
    return status;
}

static int write_them(struct acts *acts, int replicas)
{
    const struct options *o = acts->app->options;
    struct acting_options options = {.act = acts->act,
                                     .replicas = replicas,
                                     .force = options_has(o, OPT_FORCE),
                                     .dry_run = options_has(o, OPT_DRY_RUN),
                                     .targets = acts->part.targets,
                                     .count = acts->part.count};
    struct acting *acting = acting_start(acts->app->client, &options, on_line, on_done, acts);
    int status = app_wait(acts->app, &acts->over, 0);
    if (status != STATUS_DONE)
        acting_cancel(acting);
    fflush(stdout); /* before what is waited for */
    return status == STATUS_DONE ? acts->status : status;
}

static int run(struct app *app, enum act act)
{
    struct acts acts = {.app = app, .act = act};
    const char *text = app->options->values[OPT_TIMEOUT];
    int64_t patience = text ? time_parse_duration(text) : 5 * 60 * NSEC_PER_SEC;
    int replicas = 0;
    int status = read_replicas(app, act, &replicas);
    if (status == STATUS_DONE && patience < 0)
        status = app_failf(STATUS_USAGE, "'%s' is no time; write 90s, 5m or 1h", text);
    if (status == STATUS_DONE)
        status = app_connect(app);
    if (status == STATUS_DONE)
        status = find_targets(&acts);
    if (status == STATUS_DONE)
        status = write_them(&acts, replicas);
    if (status == STATUS_DONE && options_has(app->options, OPT_WAIT) && !options_has(app->options, OPT_DRY_RUN))
        status = wait_arrived(&acts, patience, text ? text : "5m");
    part_release(&acts.part);
    return status;
}

#define PART_OPTIONS (OPTS_CLUSTER | OPT(OPT_DRY_RUN) | OPT(OPT_WAIT) | OPT(OPT_TIMEOUT))
#define COMMAND(NAME, ACT, ARGS, SUMMARY, MORE, HELP)                                                                  \
    static int run_##NAME(struct app *app)                                                                             \
    {                                                                                                                  \
        return run(app, ACT);                                                                                          \
    }                                                                                                                  \
    const struct command command_##NAME = {                                                                            \
        .name = #NAME,                                                                                                 \
        .args = ARGS,                                                                                                  \
        .summary = SUMMARY,                                                                                            \
        .help = HELP,                                                                                                  \
        .options = PART_OPTIONS | MORE,                                                                                \
        .min_args = 1,                                                                                                 \
        .max_args = 100,                                                                                               \
        .run = run_##NAME,                                                                                             \
    }

COMMAND(restart, ACT_RESTART, "GRAPH[/THING]…", "a graph's pods anew, or those of some things", 0,
        "Ends the pods and begins them anew, as kubectl rollout restart does: by a rolling update, or with a gap where a\n"
        "thing has a GPU or a volume. Its links stay. A deployment of the unchanged graph restarts nothing again.\n"
        "\n"
        "  patchbay restart lobby/object-detect --wait\n"
        "  patchbay restart lobby/camera lobby/monitoring --dry-run");
COMMAND(stop, ACT_STOP, "GRAPH[/THING]…", "a graph, or things of it: no pods, until start or deploy", OPT(OPT_FORCE),
        "Scales to no pods and remembers how many there were (label patchbay.dev/stopped-from). The graph stays deployed;\n"
        "'patchbay start' brings the pods back, and 'patchbay deploy' as many as the graph says.\n"
        "\n"
        "  patchbay stop lobby/object-detect --wait");
COMMAND(start, ACT_START, "GRAPH[/THING]…", "what was stopped, with as many pods as there were", OPT(OPT_FORCE),
        "Brings back the pods of what 'patchbay stop' has stopped: as many as there were, else as the graph says.\n"
        "\n"
        "  patchbay start lobby --wait --timeout 2m");
COMMAND(scale, ACT_SCALE, "GRAPH/THING…", "a thing to another number of pods, until the next deploy",
        OPT(OPT_REPLICAS) | OPT(OPT_FORCE),
        "Sets how many pods of a thing there are; 0 is stop. The next 'patchbay deploy' brings back what the graph says,\n"
        "without a conflict: what is to stay belongs into the graph (replicas).\n"
        "\n"
        "  patchbay scale lobby/monitoring --replicas 2 --wait");
COMMAND(pause, ACT_PAUSE, "GRAPH[/THING]…", "rollouts: what is changed waits until resume or deploy", OPT(OPT_FORCE),
        "Halts the rollout, as kubectl rollout pause does: the pods run on, and what others change of the thing waits.\n"
        "'patchbay resume' goes on with it, and so does the next 'patchbay deploy': a graph says nothing of pauses.\n"
        "\n"
        "  patchbay pause lobby/object-detect");
COMMAND(resume, ACT_RESUME, "GRAPH[/THING]…", "paused rollouts", 0,
        "Goes on with a paused rollout, whoever paused it, as kubectl rollout resume does.\n"
        "\n"
        "  patchbay resume lobby --wait");
