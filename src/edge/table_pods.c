/* The pods' columns, in kubectl's words. */
#include "edge/table.h"

#include "base/time.h"

const struct edge_column edge_pod_columns[] = {
    {"Name", "string", "name", 0, "Name must be unique within a namespace."},
    {"Ready", "string", "", 0, "The aggregate readiness state of this pod for accepting traffic."},
    {"Status", "string", "", 0, "The aggregate status of the containers in this pod."},
    {"Restarts", "string", "", 0,
     "The number of times the containers in this pod have been restarted and when the last container in this pod has "
     "restarted."},
    {"Age", "string", "", 0, "When the object was made."},
    {"IP", "string", "", 1, "Address of the pod."},
    {"Node", "string", "", 1, "The node the pod runs on."},
    {"Nominated Node", "string", "", 1, "The node the pod waits for."},
    {"Readiness Gates", "string", "", 1, "Conditions the pod's readiness needs besides its containers'."},
    {0},
};

struct words {
    char status[128];
    int ready, total;
    int64_t restarts, last_restart;
};

static const cJSON *condition(const cJSON *pod, const char *type)
{
    const cJSON *c;
    cJSON_ArrayForEach (c, json_array(pod, "status.conditions"))
        if (str_eq(json_str(c, "type"), type))
            return c;
    return NULL;
}

static const cJSON *init_container(const cJSON *pod, const char *name)
{
    const cJSON *c;
    cJSON_ArrayForEach (c, json_array(pod, "spec.initContainers"))
        if (str_eq(json_str(c, "name"), name))
            return c;
    return NULL;
}

static void count_restarts(struct words *w, const cJSON *container)
{
    w->restarts += json_int(container, "restartCount", 0);
    w->last_restart = MAX(w->last_restart, json_time(container, "lastState.terminated.finishedAt"));
}

static void terminated_words(char *out, size_t size, const char *prefix, const cJSON *container)
{
    const char *reason = json_str_or(container, "state.terminated.reason", "");
    int64_t signal = json_int(container, "state.terminated.signal", 0);
    if (*reason)
        snprintf(out, size, "%s%s", prefix, reason);
    else if (signal)
        snprintf(out, size, "%sSignal:%" PRId64, prefix, signal);
    else
        snprintf(out, size, "%sExitCode:%" PRId64, prefix, json_int(container, "state.terminated.exitCode", 0));
}

/* True while the init containers are what there is to say. */
static bool init_words(struct words *w, const cJSON *pod)
{
    int index = 0, count = cJSON_GetArraySize(json_array(pod, "spec.initContainers"));
    bool initialising = false;
    const cJSON *c;
    cJSON_ArrayForEach (c, json_array(pod, "status.initContainerStatuses")) {
        bool sidecar = str_eq(json_str(init_container(pod, json_str(c, "name")), "restartPolicy"), "Always");
        int i = index++;
        count_restarts(w, c);
        if (sidecar) {
            w->total++;
            if (json_bool(c, "started", false) && json_bool(c, "ready", false))
                w->ready++;
        }
        if (initialising)
            continue;
        const cJSON *terminated = json_object(c, "state.terminated");
        const char *waiting = json_str_or(c, "state.waiting.reason", "");
        if (terminated && json_int(terminated, "exitCode", -1) == 0)
            continue;
        if (sidecar && json_bool(c, "started", false))
            continue;
        initialising = true;
        if (terminated)
            terminated_words(w->status, sizeof w->status, "Init:", c);
        else if (*waiting && strcmp(waiting, "PodInitializing"))
            snprintf(w->status, sizeof w->status, "Init:%s", waiting);
        else
            snprintf(w->status, sizeof w->status, "Init:%d/%d", i, count);
    }
    return initialising;
}

static void container_words(struct words *w, const cJSON *pod)
{
    bool running = false;
    const cJSON *statuses = json_array(pod, "status.containerStatuses");
    for (int i = cJSON_GetArraySize(statuses) - 1; i >= 0; i--) {
        const cJSON *c = cJSON_GetArrayItem(statuses, i);
        const char *waiting = json_str_or(c, "state.waiting.reason", "");
        count_restarts(w, c);
        if (*waiting)
            snprintf(w->status, sizeof w->status, "%s", waiting);
        else if (json_object(c, "state.terminated"))
            terminated_words(w->status, sizeof w->status, "", c);
        else if (json_bool(c, "ready", false) && json_object(c, "state.running")) {
            running = true;
            w->ready++;
        }
    }
    if (str_eq(w->status, "Completed") && running) {
        const cJSON *ready = condition(pod, "Ready");
        snprintf(w->status, sizeof w->status, "%s", str_eq(json_str(ready, "status"), "True") ? "Running" : "NotReady");
    }
}

static void pod_words(struct words *w, const cJSON *pod)
{
    *w = (struct words){.total = cJSON_GetArraySize(json_array(pod, "spec.containers"))};
    const char *reason = json_str_or(pod, "status.reason", "");
    const char *phase = json_str_or(pod, "status.phase", "");
    snprintf(w->status, sizeof w->status, "%s", *reason ? reason : phase);
    const cJSON *scheduled = condition(pod, "PodScheduled");
    if (str_eq(json_str(scheduled, "reason"), "SchedulingGated"))
        snprintf(w->status, sizeof w->status, "SchedulingGated");
    if (!init_words(w, pod))
        container_words(w, pod);
    if (!json_str(pod, "metadata.deletionTimestamp"))
        return;
    if (str_eq(reason, "NodeLost"))
        snprintf(w->status, sizeof w->status, "Unknown");
    else if (strcmp(phase, "Succeeded") && strcmp(phase, "Failed"))
        snprintf(w->status, sizeof w->status, "Terminating");
}

static void readiness_gates(const cJSON *pod, cJSON *cells)
{
    int met = 0, count = 0;
    const cJSON *gate;
    cJSON_ArrayForEach (gate, json_array(pod, "spec.readinessGates")) {
        count++;
        if (str_eq(json_str(condition(pod, json_str_or(gate, "conditionType", "")), "status"), "True"))
            met++;
    }
    char text[32];
    snprintf(text, sizeof text, "%d/%d", met, count);
    edge_cell(cells, count ? text : "<none>");
}

void edge_pod_cells(const cJSON *pod, int64_t now_wall, cJSON *cells)
{
    struct words w;
    pod_words(&w, pod);
    char text[96], age[TIME_TEXT];
    edge_cell(cells, json_str_or(pod, "metadata.name", ""));
    snprintf(text, sizeof text, "%d/%d", w.ready, w.total);
    edge_cell(cells, text);
    edge_cell(cells, w.status);
    if (w.restarts && w.last_restart)
        snprintf(text, sizeof text, "%" PRId64 " (%s ago)", w.restarts,
                 time_age(age, MAX(now_wall - w.last_restart, 0)));
    else
        snprintf(text, sizeof text, "%" PRId64, w.restarts);
    edge_cell(cells, text);
    edge_cell_age(cells, pod, "metadata.creationTimestamp", now_wall);
    edge_cell(cells, json_str_or(pod, "status.podIP", "<none>"));
    edge_cell(cells, json_str_or(pod, "spec.nodeName", "<none>"));
    edge_cell(cells, json_str_or(pod, "status.nominatedNodeName", "<none>"));
    readiness_gates(pod, cells);
}
