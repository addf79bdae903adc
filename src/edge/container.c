#include "edge/agent.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/time.h"
#include "edge/reaper.h"

#define BACKOFF_FIRST (10 * NSEC_PER_SEC)
#define BACKOFF_MAX (300 * NSEC_PER_SEC)
#define PULL_TOLD (2 * NSEC_PER_SEC) /* how long ErrImagePull stands before it is called a back-off */

void container_end_release(struct container_end *end)
{
    free(end->message);
    *end = (struct container_end){0};
}

static void on_grace_over(void *data)
{
    struct agent_container *c = data;
    if (c->child)
        kill(-c->group, SIGKILL);
}

void container_init(struct agent_container *c, struct agent_pod *pod, const cJSON *spec, bool init)
{
    *c = (struct agent_container){.pod = pod, .init = init};
    c->name = xstrdup(json_str_or(spec, "name", ""));
    c->image = xstrdup(json_str_or(spec, "image", ""));
    c->field = xasprintf("spec.%s{%s}", init ? "initContainers" : "containers", c->name);
    c->sidecar = init && str_eq(json_str(spec, "restartPolicy"), "Always");
    c->waiting = pod->init_count == 0 ? "ContainerCreating" : "PodInitializing";
    loop_timer_init(&c->grace, pod->agents->loop, on_grace_over, c);
}

static void drop_probes(struct agent_container *c)
{
    for (size_t i = 0; i < PROBE_KINDS; i++) {
        if (c->probes[i])
            agent_probe_free(c->probes[i]);
        c->probes[i] = NULL;
    }
    c->probe_ready = c->probe_started = false;
}

void container_release(struct agent_container *c)
{
    loop_timer_stop(&c->grace);
    drop_probes(c);
    if (c->child) { /* only when the edge itself goes: nothing waits for it any more */
        kill(-c->group, SIGKILL);
        child_forget(c->child);
    }
    edge_podlog_free(c->log);
    container_end_release(&c->end);
    container_end_release(&c->last);
    free(c->name);
    free(c->image);
    free(c->field);
    free(c->waiting_message);
    free(c->log_path);
    free(c->last_log_path);
}

char *container_home(const struct agent_container *c)
{
    return xasprintf("%s/work/%s", c->pod->dir, c->name);
}

const cJSON *container_spec(const struct agent_container *c, const cJSON *pod)
{
    const cJSON *spec;
    cJSON_ArrayForEach (spec, json_array(pod, c->init ? "spec.initContainers" : "spec.containers"))
        if (str_eq(json_str(spec, "name"), c->name))
            return spec;
    return NULL;
}

void container_event(struct agent_container *c, const char *type, const char *reason, const char *fmt, ...)
{
    const struct edge_object *object = agent_pod_object(c->pod);
    if (!object)
        return;
    va_list ap;
    struct buf text;
    buf_init(&text, 4096);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    edge_event(c->pod->agents->store, object->json, c->field, type, reason, "kubelet", c->pod->node->name, "%s",
               text.data);
    buf_release(&text);
}

void container_wait(struct agent_container *c, const char *reason, const char *fmt, ...)
{
    va_list ap;
    struct buf text;
    buf_init(&text, 4096);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    c->phase = CONTAINER_WAITING;
    c->waiting = reason;
    free(c->waiting_message);
    c->waiting_message = buf_take(&text);
}

bool container_may_restart(const struct agent_container *c, const cJSON *pod)
{
    if (c->sidecar)
        return true;
    const char *policy = json_str_or(pod, "spec.restartPolicy", "Always");
    if (str_eq(policy, "Never"))
        return false;
    return c->end.code != 0 || (str_eq(policy, "Always") && !c->init);
}

bool container_started(const struct agent_container *c)
{
    return c->phase == CONTAINER_RUNNING && (!c->probes[PROBE_STARTUP] || c->probe_started);
}

bool container_ready(const struct agent_container *c)
{
    if (c->init && !c->sidecar)
        return c->phase == CONTAINER_ENDED && c->end.code == 0;
    return container_started(c) && (!c->probes[PROBE_READINESS] || c->probe_ready);
}

/* "10s", "1m20s", as Go prints a duration. */
static const char *duration_text(char out[32], int64_t ns)
{
    int64_t s = ns / NSEC_PER_SEC;
    if (s >= 60)
        snprintf(out, 32, "%" PRId64 "m%" PRId64 "s", s / 60, s % 60);
    else
        snprintf(out, 32, "%" PRId64 "s", s);
    return out;
}

/* Whether the next run has to wait. The first restart never does; each one counts for the next. */
static bool backs_off(struct agent_container *c)
{
    int64_t now = loop_now(c->pod->agents->loop), wall = loop_wall(c->pod->agents->loop);
    if (c->backoff && now - c->backoff_at > 2 * BACKOFF_MAX)
        c->backoff = 0;
    int64_t left = c->backoff - (wall - c->end.finished);
    if (c->backoff && left > 0) {
        char text[32];
        if (!str_eq(c->waiting, "CrashLoopBackOff") || c->phase != CONTAINER_WAITING)
            container_event(c, "Warning", "BackOff", "Back-off restarting failed container %s in pod %s_%s(%s)",
                            c->name, c->pod->name, c->pod->ns, c->pod->uid);
        container_wait(c, "CrashLoopBackOff", "back-off %s restarting failed container=%s pod=%s_%s(%s)",
                       duration_text(text, c->backoff), c->name, c->pod->name, c->pod->ns, c->pod->uid);
        agent_pod_poke_after(c->pod, left);
        return true;
    }
    c->backoff = c->backoff ? MIN(c->backoff * 2, BACKOFF_MAX) : BACKOFF_FIRST;
    c->backoff_at = now;
    return false;
}

static void pull_failed(struct agent_container *c, const struct err *err)
{
    c->pull_backoff = c->pull_backoff ? MIN(c->pull_backoff * 2, BACKOFF_MAX) : BACKOFF_FIRST;
    c->pull_at = loop_now(c->pod->agents->loop) + c->pull_backoff;
    container_event(c, "Normal", "Pulling", "Pulling image \"%s\"", c->image);
    container_event(c, "Warning", "Failed", "Failed to pull image \"%s\": %s", c->image, err->text);
    container_event(c, "Warning", "Failed", "Error: ErrImagePull");
    container_wait(c, "ErrImagePull", "%s", err->text);
    agent_pod_poke_after(c->pod, PULL_TOLD);
}

/* Whether the image is there; if not it says so, and when it will be looked for again. */
static const struct edge_image *get_image(struct agent_container *c, const cJSON *spec)
{
    struct err err = ERR_INIT;
    int64_t now = loop_now(c->pod->agents->loop);
    if (c->pull_at > now) {
        if (now >= c->pull_at - c->pull_backoff + PULL_TOLD && str_eq(c->waiting, "ErrImagePull")) {
            char *why = xstrdup(str_or_empty(c->waiting_message));
            container_event(c, "Normal", "BackOff", "Back-off pulling image \"%s\"", c->image);
            container_event(c, "Warning", "Failed", "Error: ImagePullBackOff");
            container_wait(c, "ImagePullBackOff", "Back-off pulling image \"%s\": ErrImagePull: %s", c->image, why);
            free(why);
        }
        agent_pod_poke_after(c->pod, str_eq(c->waiting, "ErrImagePull") ? PULL_TOLD : c->pull_at - now);
        return NULL;
    }
    const struct edge_image *image = edge_image_find(c->image, &err);
    if (image) {
        c->pull_backoff = c->pull_at = 0;
        return image;
    }
    if (str_eq(json_str(spec, "imagePullPolicy"), "Never")) {
        container_event(c, "Warning", "ErrImageNeverPull",
                        "Container image \"%s\" is not present with pull policy of Never", c->image);
        container_wait(c, "ErrImageNeverPull", "Container image \"%s\" is not present with pull policy of Never",
                       c->image);
        agent_pod_poke_after(c->pod, 60 * NSEC_PER_SEC);
        return NULL;
    }
    pull_failed(c, &err);
    return NULL;
}

static void on_log(void *data)
{
    struct agent_container *c = data;
    struct edge_log_watch *next;
    for (struct edge_log_watch *w = c->pod->agents->watches; w; w = next) {
        next = w->next;
        if (strcmp(w->key, c->pod->key) == 0)
            w->fn(w->data);
    }
}

static void set_end(struct agent_container *c, int code, const char *reason, const char *message)
{
    container_end_release(&c->end);
    c->end = (struct container_end){.code = code, .reason = reason, .message = xstrdup_or_null(message)};
    c->end.started = c->started;
    c->end.finished = loop_wall(c->pod->agents->loop);
    memcpy(c->end.id, c->id, sizeof c->end.id);
    c->phase = CONTAINER_ENDED;
    c->told_end = false;
}

static void on_exit_status(void *data, int status)
{
    struct agent_container *c = data;
    c->child = NULL;
    kill(-c->group, SIGKILL); /* what it left behind ends with it */
    if (c->pod->agents->reaper)
        edge_reaper_del(c->pod->agents->reaper, c->group);
    loop_timer_stop(&c->grace);
    drop_probes(c);
    int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    set_end(c, code, code == 0 ? "Completed" : "Error", NULL);
    c->killing = false;
    edge_podlog_finish(c->log);
    on_log(c);
    agent_pod_poke(c->pod);
}

static void new_id(struct agent_container *c)
{
    uint8_t bytes[32];
    digest_random(bytes, sizeof bytes);
    char text[DIGEST_TEXT];
    digest_hex(text, bytes, sizeof bytes);
    snprintf(c->id, sizeof c->id, "patchbay://%s", text);
}

/* The log of this run; of the runs before only the last stays. */
static void next_log_path(struct agent_container *c)
{
    if (c->last_log_path) {
        char *rotated = xasprintf("%s.1", c->last_log_path);
        unlink(c->last_log_path);
        unlink(rotated);
        free(rotated);
        free(c->last_log_path);
    }
    c->last_log_path = c->log_path;
    c->log_path = xasprintf("%s/%s/%d.log", c->pod->dir, c->name, c->restarts);
}

static int launch(struct agent_container *c, const struct container_args *args, struct err *err)
{
    struct edge_node_agents *agents = c->pod->agents;
    char *home = container_home(c), *logs = xasprintf("%s/%s", c->pod->dir, c->name);
    int rc = file_mkdirs(home, 0700, err) < 0 ? -1 : file_mkdirs(logs, 0700, err);
    next_log_path(c);
    struct child_options options = {.argv = (const char *const *)args->argv,
                                    .env = (const char *const *)args->env,
                                    .cwd = args->cwd ? args->cwd : home,
                                    .in = CHILD_NULL,
                                    .out = CHILD_PIPE,
                                    .err = CHILD_PIPE,
                                    .new_group = true};
    if (rc == 0)
        c->child = child_start(agents->loop, &options, on_exit_status, c, err);
    free(home);
    free(logs);
    if (!c->child)
        return -1;
    c->group = child_pid(c->child);
    if (agents->reaper)
        edge_reaper_add(agents->reaper, c->group);
    edge_podlog_free(c->log);
    c->log = edge_podlog_new(agents->loop, c->log_path, child_out(c->child), child_err(c->child), on_log, c, err);
    if (!c->log) {
        kill(-c->group, SIGKILL);
        if (agents->reaper) /* or it would one day end whoever has this number by then */
            edge_reaper_del(agents->reaper, c->group);
        child_forget(c->child);
        c->child = NULL;
        return -1;
    }
    return 0;
}

static void add_probes(struct agent_container *c, const cJSON *spec)
{
    const char *const names[PROBE_KINDS] = {"startupProbe", "readinessProbe", "livenessProbe"};
    for (int i = 0; i < PROBE_KINDS; i++)
        if (json_object(spec, names[i]))
            c->probes[i] = agent_probe_new(c, (enum probe_kind)i, json_object(spec, names[i]));
}

/* A new run: the one before becomes the last. */
static void begin_run(struct agent_container *c)
{
    if (c->end.reason) {
        container_end_release(&c->last);
        c->last = c->end;
        c->end = (struct container_end){0};
        c->restarts++;
    }
    new_id(c);
    c->started = loop_wall(c->pod->agents->loop);
    c->killing = false;
}

void container_start(struct agent_container *c, const cJSON *pod)
{
    const cJSON *spec = container_spec(c, pod);
    if (!spec)
        return;
    /* Whoever waits for an image has been through the back-off already. */
    bool pulling = c->phase == CONTAINER_WAITING && c->pull_at;
    if (c->end.reason && !pulling && backs_off(c))
        return;
    const struct edge_image *image = get_image(c, spec);
    if (!image)
        return;
    struct err err = ERR_INIT;
    struct container_args args;
    container_event(c, "Normal", "Pulled", "Container image \"%s\" already present on machine", c->image);
    if (container_args(&args, c, pod, image->program, &err) < 0) {
        container_event(c, "Warning", "Failed", "Error: %s", err.text);
        container_wait(c, "CreateContainerConfigError", "%s", err.text);
        container_args_release(&args);
        agent_pod_poke_after(c->pod, 10 * NSEC_PER_SEC);
        return;
    }
    begin_run(c);
    container_event(c, "Normal", "Created", "Created container: %s", c->name);
    int rc = launch(c, &args, &err);
    container_args_release(&args);
    if (rc < 0) {
        container_event(c, "Warning", "Failed", "Error: %s", err.text);
        set_end(c, 128, "StartError", err.text);
        agent_pod_poke(c->pod);
        return;
    }
    c->phase = CONTAINER_RUNNING;
    c->waiting = NULL;
    free(c->waiting_message);
    c->waiting_message = NULL;
    add_probes(c, spec);
    const cJSON *mount;
    cJSON_ArrayForEach (mount, json_array(spec, "volumeMounts"))
        container_event(
            c, "Warning", "FailedMount",
            "volume \"%s\" is not at %s: the containers of the embedded cluster are local processes and see "
            "the machine's own files",
            json_str_or(mount, "name", ""), json_str_or(mount, "mountPath", ""));
    container_event(c, "Normal", "Started", "Started container %s", c->name);
}

void container_kill(struct agent_container *c, int64_t grace)
{
    if (!c->child)
        return;
    if (grace <= 0) {
        kill(-c->group, SIGKILL);
        return;
    }
    if (!c->killing)
        kill(-c->group, SIGTERM);
    c->killing = true;
    if (!loop_timer_active(&c->grace) || c->grace.at > loop_now(c->pod->agents->loop) + edge_seconds(grace))
        loop_timer_start(&c->grace, edge_seconds(grace));
}
