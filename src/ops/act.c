#include "ops/act.h"

const struct act_words act_table[ACT_COUNT] = {
    [ACT_RESTART] = {"restart", "restarting", "restarted", "its pods anew, as kubectl rollout restart does"},
    [ACT_STOP] = {"stop", "stopping", "stopped", "to no pods, remembering how many there were"},
    [ACT_START] = {"start", "starting", "started", "what was stopped, with as many pods as there were"},
    [ACT_SCALE] = {"scale", "scaling", "scaled", "to another number of pods"},
    [ACT_PAUSE] = {"pause", "pausing", "paused", "its rollout: what is changed waits"},
    [ACT_RESUME] = {"resume", "resuming", "resumed", "a paused rollout"},
};

/* "1 pod", "3 pods" */
static char *pods(char out[32], int count)
{
    snprintf(out, 32, "%d pod%s", count, count == 1 ? "" : "s");
    return out;
}

static void say_restart(const struct deployment *d, char out[ACT_TEXT])
{
    char count[32];
    const char *how = !d->recreate ? ", by a rolling update"
                      : d->gpus    ? "; it has a GPU, so there is a gap"
                      : d->volume  ? "; its volume is one pod's at a time, so there is a gap"
                                   : "; the old ones end first (Recreate), so there is a gap";
    snprintf(out, ACT_TEXT, "restarts %s%s", pods(count, d->wanted), how);
}

static int restart(const struct deployment *d, struct rollout_ask *ask, char out[ACT_TEXT], struct err *err)
{
    if (d->paused)
        return err_set(err, "is paused, and cannot be restarted until it is resumed");
    if (!d->wanted)
        return err_set(err, "is stopped: there is no pod to restart; start it instead");
    say_restart(d, out);
    ask->what = ROLLOUT_RESTART;
    return 0;
}

static void ask_replicas(struct rollout_ask *ask, const struct deployment *d, int replicas)
{
    ask->what = ROLLOUT_SCALE;
    ask->replicas = replicas;
    ask->label = ACT_LABEL_STOPPED;
    if (!replicas)
        snprintf(ask->value, sizeof ask->value, "%d", d->wanted);
}

static int stop(const struct deployment *d, struct rollout_ask *ask, char out[ACT_TEXT])
{
    char count[32];
    if (!d->wanted) {
        snprintf(out, ACT_TEXT, "is stopped already");
        return 0;
    }
    snprintf(out, ACT_TEXT, "stops %s; start brings %s back", pods(count, d->wanted), d->wanted == 1 ? "it" : "them");
    ask_replicas(ask, d, 0);
    return 0;
}

static int start(const struct deployment *d, int graph_wants, struct rollout_ask *ask, char out[ACT_TEXT], struct err *err)
{
    char count[32];
    if (d->wanted) {
        snprintf(out, ACT_TEXT, "runs already: %s %s wanted", pods(count, d->wanted), d->wanted == 1 ? "is" : "are");
        return 0;
    }
    int replicas = d->stopped_from > 0 ? d->stopped_from : graph_wants >= 0 ? graph_wants : 1;
    if (!replicas)
        return err_set(err, "is wanted by the graph without a pod; scale it to as many as it is to have");
    snprintf(out, ACT_TEXT, "starts %s, %s", pods(count, replicas),
             d->stopped_from > 0 ? "as many as there were"
             : graph_wants > 0   ? "as the graph says"
                                 : "for how many there were is not known");
    ask_replicas(ask, d, replicas);
    return 0;
}

static int scale(const struct deployment *d, int replicas, struct rollout_ask *ask, char out[ACT_TEXT], struct err *err)
{
    char count[32];
    if (replicas > 1 && d->volume)
        return err_set(err, "cannot have %s: only one pod at a time may use its volume", pods(count, replicas));
    if (replicas == d->wanted) {
        snprintf(out, ACT_TEXT, "is scaled to %s already", pods(count, replicas));
        return 0;
    }
    if (!replicas)
        return stop(d, ask, out);
    snprintf(out, ACT_TEXT, "scales from %d to %s%s", d->wanted, pods(count, replicas),
             d->gpus && replicas > d->wanted ? "; each needs a GPU" : "");
    ask_replicas(ask, d, replicas);
    return 0;
}

static int set_paused(const struct deployment *d, bool paused, struct rollout_ask *ask, char out[ACT_TEXT])
{
    if (d->paused == paused) {
        snprintf(out, ACT_TEXT, paused ? "is paused already" : "is not paused");
        return 0;
    }
    snprintf(out, ACT_TEXT, paused ? "pauses its rollout; its pods run on" : "resumes its rollout");
    ask->what = paused ? ROLLOUT_PAUSE : ROLLOUT_RESUME;
    return 0;
}

int act_decide(const struct act_request *request, const struct deployment *d, struct rollout_ask *ask,
               char out[ACT_TEXT], struct err *err)
{
    *ask = (struct rollout_ask){.what = ROLLOUT_NOTHING};
    *out = '\0';
    if (d->deleted)
        return err_set(err, "is being deleted");
    switch (request->act) {
    case ACT_RESTART: return restart(d, ask, out, err);
    case ACT_STOP: return stop(d, ask, out);
    case ACT_START: return start(d, request->wanted, ask, out, err);
    case ACT_SCALE: return scale(d, request->replicas, ask, out, err);
    case ACT_PAUSE:
    case ACT_RESUME: return set_paused(d, request->act == ACT_PAUSE, ask, out);
    case ACT_COUNT: break;
    }
    return err_set(err, "nothing is asked of it");
}

void act_external(enum act act, struct err *err)
{
    err_set(err, "is external: there is no pod of it to %s", act_table[act].name);
}
