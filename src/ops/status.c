#include "ops/status.h"

/* The rules are those of the API server's printer, which kubectl shows (k8s.io/kubernetes pkg/printers/internalversion,
 * printPod and printNode): it goes by the containers' statuses, in the order in which they stand. */

/* The container whose status stands at a place among those of its sort; NULL when there is none. */
static const struct container *told(const struct pod *pod, bool init, size_t place)
{
    /* Statuses stand in the spec's order most often: the search begins where that would be. */
    size_t count = pod->container_count, inits = 0;
    while (inits < count && pod->containers[inits].init)
        inits++;
    for (size_t n = 0, at = place - 1 + (init ? 0 : inits); n < count; n++, at++) {
        const struct container *c = &pod->containers[at % count];
        if (c->init == init && c->place == place)
            return c;
    }
    return NULL;
}

static void count_restarts(const struct container *c, int *restarts, int64_t *last)
{
    *restarts += c->restarts;
    *last = MAX(*last, c->last_finished);
}

static void say_terminated(struct pod_words *out, const char *prefix, const struct container *c)
{
    if (c->reason && *c->reason)
        snprintf(out->status, sizeof out->status, "%s%s", prefix, c->reason);
    else if (c->signal)
        snprintf(out->status, sizeof out->status, "%sSignal:%d", prefix, c->signal);
    else
        snprintf(out->status, sizeof out->status, "%sExitCode:%d", prefix, c->exit_code);
}

/* Goes through the statuses of init containers until one that is not done, and stops there: neither restarts nor
 * readiness of what comes behind it count. Returns whether there was such a one; `sidecars` gets what stays counted
 * afterwards. */
static bool init_words(struct pod_words *out, const struct pod *pod, struct pod_words *sidecars)
{
    int inits = 0;
    for (size_t i = 0; i < pod->container_count; i++)
        inits += pod->containers[i].init;
    const struct container *c;
    for (size_t place = 1; (c = told(pod, true, place)); place++) {
        count_restarts(c, &out->restarts, &out->last_restart);
        if (c->sidecar)
            count_restarts(c, &sidecars->restarts, &sidecars->last_restart);
        if (c->state == CONTAINER_TERMINATED && c->exit_code == 0)
            continue;
        if (c->sidecar && c->passed_startup) {
            out->ready += c->ready;
            continue;
        }
        if (c->state == CONTAINER_TERMINATED)
            say_terminated(out, "Init:", c);
        else if (c->state == CONTAINER_WAITING && c->reason && *c->reason && !str_eq(c->reason, "PodInitializing"))
            snprintf(out->status, sizeof out->status, "Init:%s", c->reason);
        else
            snprintf(out->status, sizeof out->status, "Init:%zu/%d", place - 1, inits);
        return true;
    }
    return false;
}

static void main_words(struct pod_words *out, const struct pod *pod)
{
    bool running = false;
    const struct container *c;
    size_t count = 0;
    while (told(pod, false, count + 1))
        count++;
    for (size_t place = count; place && (c = told(pod, false, place)); place--) {
        count_restarts(c, &out->restarts, &out->last_restart);
        if (c->state == CONTAINER_WAITING && c->reason && *c->reason) {
            snprintf(out->status, sizeof out->status, "%s", c->reason);
        } else if (c->state == CONTAINER_TERMINATED) {
            say_terminated(out, "", c);
        } else if (c->ready && c->state == CONTAINER_RUNNING) {
            running = true;
            out->ready++;
        }
    }
    if (running && str_eq(out->status, "Completed"))
        snprintf(out->status, sizeof out->status, "%s", pod->ready ? "Running" : "NotReady");
}

static enum health word_health(const struct pod_words *out, const struct pod *pod)
{
    static const char *const bad[] = {"CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName",
                                      "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
                                      "OOMKilled", "Error", "Evicted", "Failed", "NodeLost", "Unknown",
                                      "DeadlineExceeded", "ContainerCannotRun", "ErrImageNeverPull", "StartError",
                                      "UnexpectedAdmissionError", NULL};
    const char *s = out->status;
    if (str_eq(s, "Running"))
        return out->ready == out->total ? HEALTH_GOOD : HEALTH_WARN;
    const char *word = str_starts(s, "Init:") ? s + 5 : s;
    for (size_t i = 0; bad[i]; i++)
        if (strcmp(word, bad[i]) == 0)
            return HEALTH_BAD;
    if (strstr(s, "ExitCode:") || strstr(s, "Signal:"))
        return HEALTH_BAD;
    if (str_eq(s, "Completed") || str_eq(s, "Succeeded"))
        return HEALTH_DONE;
    if (str_eq(s, "Pending"))
        return pod->unscheduled_why ? HEALTH_WARN : HEALTH_BUSY;
    if (str_eq(s, "SchedulingGated") || str_eq(s, "NotReady"))
        return HEALTH_WARN;
    return HEALTH_BUSY;
}

/* What most pods are, without a look at their containers. */
static bool simply_runs(struct pod_words *out, const struct pod *pod)
{
    if (!pod->running || pod->reason || pod->deleted || !str_eq(pod->phase, "Running"))
        return false;
    *out = (struct pod_words){.ready = pod->running, .total = pod->running, .restarts = pod->restarts,
                              .last_restart = pod->last_finished, .health = HEALTH_GOOD};
    memcpy(out->status, "Running", sizeof "Running");
    return true;
}

void pod_words(struct pod_words *out, const struct pod *pod)
{
    if (simply_runs(out, pod))
        return;
    *out = (struct pod_words){0};
    const char *start = pod->reason && *pod->reason ? pod->reason : pod->phase && *pod->phase ? pod->phase : "<unknown>";
    snprintf(out->status, sizeof out->status, "%s", start);
    if (str_eq(pod->unscheduled_why, "SchedulingGated"))
        snprintf(out->status, sizeof out->status, "SchedulingGated");
    for (size_t i = 0; i < pod->container_count; i++)
        out->total += !pod->containers[i].init || pod->containers[i].sidecar;
    /* Restarts of init containers count only while it is initializing, those of sidecars always. */
    struct pod_words sidecars = {0};
    if (!init_words(out, pod, &sidecars) || pod->initialized) {
        out->restarts = sidecars.restarts;
        out->last_restart = sidecars.last_restart;
        main_words(out, pod);
    }
    if (pod->deleted) {
        if (str_eq(pod->reason, "NodeLost"))
            snprintf(out->status, sizeof out->status, "Unknown");
        else if (!pod->terminal)
            snprintf(out->status, sizeof out->status, "Terminating");
    }
    out->health = word_health(out, pod);
}

char *pod_restarts(char out[POD_RESTARTS_TEXT], const struct pod_words *words, int64_t now_wall)
{
    char age[TIME_TEXT];
    if (words->restarts && words->last_restart)
        snprintf(out, POD_RESTARTS_TEXT, "%d (%s ago)", words->restarts, time_age(age, now_wall - words->last_restart));
    else
        snprintf(out, POD_RESTARTS_TEXT, "%d", words->restarts);
    return out;
}

enum health node_words(char out[64], const struct node *node)
{
    bool ready = str_eq(node->ready_status, "True");
    const char *word = ready ? "Ready" : node->ready_status ? "NotReady" : "Unknown";
    snprintf(out, 64, "%s%s", word, node->unschedulable ? ",SchedulingDisabled" : "");
    if (!ready)
        return HEALTH_BAD;
    return node->unschedulable || node->pressure ? HEALTH_WARN : HEALTH_GOOD;
}

/* kubectl rollout status (k8s.io/kubectl pkg/polymorphichelpers/rollout_status.go). */
enum health deployment_words(char out[160], const struct deployment *d)
{
    if (d->deleted) {
        snprintf(out, 160, "is being deleted");
        return HEALTH_BUSY;
    }
    if (d->failure) {
        snprintf(out, 160, "%s", d->failure);
        return HEALTH_BAD;
    }
    if (d->generation > d->observed_generation) {
        snprintf(out, 160, "waiting for the spec update to be observed");
        return HEALTH_BUSY;
    }
    if (d->deadline_exceeded) {
        snprintf(out, 160, "exceeded its progress deadline");
        return HEALTH_BAD;
    }
    if (d->updated < d->wanted)
        snprintf(out, 160, "%d out of %d new replicas have been updated", d->updated, d->wanted);
    else if (d->replicas > d->updated)
        snprintf(out, 160, "%d old replicas are pending termination", d->replicas - d->updated);
    else if (d->available < d->updated)
        snprintf(out, 160, "%d of %d updated replicas are available", d->available, d->updated);
    else {
        snprintf(out, 160, "successfully rolled out");
        return HEALTH_GOOD;
    }
    return d->paused ? HEALTH_WARN : HEALTH_BUSY;
}

const char *deployment_state(const struct deployment *d)
{
    return !d->wanted ? "Stopped" : d->paused ? "Paused" : NULL;
}
