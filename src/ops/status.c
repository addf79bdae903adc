#include "ops/status.h"

/* The rules are those of kubectl's printer (k8s.io/kubernetes pkg/printers/internalversion, printPod and printNode). */

static void init_words(struct pod_words *out, const struct pod *pod, bool *initializing)
{
    int inits = 0, index = -1;
    for (size_t i = 0; i < pod->container_count; i++)
        inits += pod->containers[i].init;
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *c = &pod->containers[i];
        if (!c->init)
            continue;
        index++;
        if (c->state == CONTAINER_TERMINATED && c->exit_code == 0)
            continue;
        /* a started sidecar lets the next one begin; without the `started` field, running is what tells it */
        if (c->sidecar && c->state == CONTAINER_RUNNING)
            continue;
        *initializing = true;
        if (c->state == CONTAINER_TERMINATED) {
            if (c->reason && *c->reason)
                snprintf(out->status, sizeof out->status, "Init:%s", c->reason);
            else if (c->signal)
                snprintf(out->status, sizeof out->status, "Init:Signal:%d", c->signal);
            else
                snprintf(out->status, sizeof out->status, "Init:ExitCode:%d", c->exit_code);
        } else if (c->state == CONTAINER_WAITING && c->reason && *c->reason && !str_eq(c->reason, "PodInitializing")) {
            snprintf(out->status, sizeof out->status, "Init:%s", c->reason);
        } else {
            snprintf(out->status, sizeof out->status, "Init:%d/%d", index, inits);
        }
        return;
    }
}

static void main_words(struct pod_words *out, const struct pod *pod)
{
    bool running = false;
    for (size_t i = pod->container_count; i-- > 0;) {
        const struct container *c = &pod->containers[i];
        if (c->init)
            continue;
        if (c->state == CONTAINER_WAITING && c->reason && *c->reason)
            snprintf(out->status, sizeof out->status, "%s", c->reason);
        else if (c->state == CONTAINER_TERMINATED && c->reason && *c->reason)
            snprintf(out->status, sizeof out->status, "%s", c->reason);
        else if (c->state == CONTAINER_TERMINATED && c->signal)
            snprintf(out->status, sizeof out->status, "Signal:%d", c->signal);
        else if (c->state == CONTAINER_TERMINATED)
            snprintf(out->status, sizeof out->status, "ExitCode:%d", c->exit_code);
        else if (c->ready && c->state == CONTAINER_RUNNING)
            running = true;
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
    const char *word = str_starts(s, "Init:") ? s + 5 : s;
    for (size_t i = 0; bad[i]; i++)
        if (strcmp(word, bad[i]) == 0)
            return HEALTH_BAD;
    if (strstr(s, "ExitCode:") || strstr(s, "Signal:"))
        return HEALTH_BAD;
    if (str_eq(s, "Running"))
        return out->ready == out->total ? HEALTH_GOOD : HEALTH_WARN;
    if (str_eq(s, "Completed") || str_eq(s, "Succeeded"))
        return HEALTH_DONE;
    if (str_eq(s, "Pending"))
        return pod->unscheduled_why ? HEALTH_WARN : HEALTH_BUSY;
    if (str_eq(s, "SchedulingGated") || str_eq(s, "NotReady"))
        return HEALTH_WARN;
    return HEALTH_BUSY;
}

void pod_words(struct pod_words *out, const struct pod *pod)
{
    *out = (struct pod_words){0};
    const char *start = pod->reason && *pod->reason ? pod->reason : pod->phase && *pod->phase ? pod->phase : "<unknown>";
    snprintf(out->status, sizeof out->status, "%s", start);
    if (str_eq(pod->unscheduled_why, "SchedulingGated"))
        snprintf(out->status, sizeof out->status, "SchedulingGated");
    bool initializing = false;
    init_words(out, pod, &initializing);
    /* kubectl counts restarts of init containers only while it is initializing, of the others afterwards; sidecars
     * always. */
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *c = &pod->containers[i];
        bool counts = c->sidecar || (initializing ? c->init : !c->init);
        if (!c->init || c->sidecar) {
            out->total++;
            out->ready += c->ready && c->state == CONTAINER_RUNNING;
        }
        if (counts) {
            out->restarts += c->restarts;
            out->last_restart = MAX(out->last_restart, c->last_finished);
        }
    }
    if (!initializing)
        main_words(out, pod);
    if (pod->deleted) {
        if (str_eq(pod->reason, "NodeLost"))
            snprintf(out->status, sizeof out->status, "Unknown");
        else if (!pod->terminal)
            snprintf(out->status, sizeof out->status, "Terminating");
    }
    out->health = word_health(out, pod);
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
