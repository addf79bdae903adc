/* What a pod's status says, built from its containers as the kubelet builds it. */
#include "base/time.h"
#include "edge/agent.h"

static void put_time(cJSON *object, const char *key, int64_t wall)
{
    char text[TIME_TEXT];
    json_set_str(object, key, time_format(text, wall, 0));
}

static cJSON *ended_state(const struct container_end *end)
{
    cJSON *state = cJSON_CreateObject(), *terminated = json_ensure(state, "terminated");
    json_set_str(terminated, "containerID", end->id);
    json_set_int(terminated, "exitCode", end->code);
    put_time(terminated, "finishedAt", end->finished);
    json_set_str(terminated, "message", end->message);
    json_set_str(terminated, "reason", end->reason);
    put_time(terminated, "startedAt", end->started);
    return state;
}

static cJSON *state_of(const struct agent_container *c)
{
    if (c->phase == CONTAINER_ENDED)
        return ended_state(&c->end);
    cJSON *state = cJSON_CreateObject();
    if (c->phase == CONTAINER_RUNNING) {
        put_time(state, "running.startedAt", c->started);
        return state;
    }
    json_set_str(state, "waiting.reason", c->waiting);
    if (c->waiting_message && *c->waiting_message)
        json_set_str(state, "waiting.message", c->waiting_message);
    return state;
}

static cJSON *container_status(const struct agent_container *c)
{
    const struct container_end *last = c->phase == CONTAINER_WAITING && c->end.reason ? &c->end : &c->last;
    bool ran = c->phase != CONTAINER_WAITING || c->end.reason;
    struct err err = ERR_INIT;
    const struct edge_image *image = ran ? edge_image_find(c->image, &err) : NULL;
    cJSON *status = cJSON_CreateObject();
    if (ran)
        json_set_str(status, "containerID", c->id);
    json_set_str(status, "image", c->image);
    char *digest = image ? xasprintf("%.*s@%s", (int)strcspn(c->image, ":"), c->image, image->digest) : xstrdup("");
    json_set_str(status, "imageID", digest);
    free(digest);
    json_set(status, "lastState", last->reason ? ended_state(last) : cJSON_CreateObject());
    json_set_str(status, "name", c->name);
    json_set_bool(status, "ready", container_ready(c));
    json_set_int(status, "restartCount", c->restarts);
    json_set_bool(status, "started", container_started(c));
    json_set(status, "state", state_of(c));
    return status;
}

/* "containers with unready status: [a b]", or NULL when there is none. */
static char *unready(const struct agent_pod *pod, bool init)
{
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < pod->count; i++) {
        const struct agent_container *c = &pod->containers[i];
        bool counts = init ? c->init : !c->init || c->sidecar;
        bool fine = init && c->sidecar ? container_started(c) : container_ready(c);
        if (counts && !fine)
            buf_addf(&text, "%s%s", text.len ? " " : "", c->name);
    }
    char *list =
        text.len ? xasprintf("containers with %s status: [%s]", init ? "incomplete" : "unready", text.data) : NULL;
    buf_release(&text);
    return list;
}

static const char *phase_of(const struct agent_pod *pod, const cJSON *json)
{
    int waiting = 0, running = 0, failed = 0, ended = 0;
    bool may_restart = false;
    if (pod->init_count && !pod->initialized)
        return pod->finished ? "Failed" : "Pending";
    for (size_t i = pod->init_count; i < pod->count; i++) {
        const struct agent_container *c = &pod->containers[i];
        if (c->phase == CONTAINER_RUNNING) {
            running++;
        } else if (c->end.reason) {
            ended++;
            failed += c->end.code != 0;
            may_restart |= container_may_restart(c, json);
        } else {
            waiting++;
        }
    }
    if (waiting)
        return "Pending";
    if (running || may_restart)
        return "Running";
    return failed ? "Failed" : "Succeeded";
}

static void set_conditions(const struct agent_pod *pod, cJSON *json, const char *phase)
{
    int64_t now = loop_wall(pod->agents->loop);
    bool done = str_eq(phase, "Succeeded"), failed = str_eq(phase, "Failed");
    edge_condition_set(json, "PodReadyToStartContainers", done || failed || !pod->told_creating ? "False" : "True",
                       NULL, NULL, now);
    char *incomplete = pod->initialized || done ? NULL : unready(pod, true);
    edge_condition_set(json, "Initialized", incomplete ? "False" : "True",
                       incomplete ? "ContainersNotInitialized"
                       : done     ? "PodCompleted"
                                  : NULL,
                       incomplete, now);
    free(incomplete);
    char *list = unready(pod, false);
    const char *reason = done ? "PodCompleted" : failed ? "PodFailed" : list ? "ContainersNotReady" : NULL;
    if (done || failed) {
        free(list);
        list = NULL;
    }
    edge_condition_set(json, "Ready", reason ? "False" : "True", reason, list, now);
    edge_condition_set(json, "ContainersReady", reason ? "False" : "True", reason, list, now);
    edge_condition_set(json, "PodScheduled", "True", NULL, NULL, now);
    free(list);
}

static int rank(const cJSON *condition)
{
    const char *const order[] = {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady",
                                 "PodScheduled"};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        if (str_eq(json_str(condition, "type"), order[i]))
            return (int)i;
    return (int)ARRAY_SIZE(order);
}

/* The kubelet's order; what others wrote (readiness gates) comes last. */
static void sort_conditions(cJSON *json)
{
    cJSON *list = (cJSON *)json_array(json, "status.conditions"), *sorted = cJSON_CreateArray();
    for (int want = 0; want <= 5; want++) {
        for (cJSON *item = list->child, *next; item; item = next) {
            next = item->next;
            if (rank(item) == want)
                cJSON_AddItemToArray(sorted, cJSON_DetachItemViaPointer(list, item));
        }
    }
    json_set(json, "status.conditions", sorted);
}

static void put_ip(cJSON *json, const char *one, const char *many, const char *ip)
{
    char path[64];
    snprintf(path, sizeof path, "status.%s", one);
    json_set_str(json, path, ip);
    cJSON *list = cJSON_CreateArray(), *item = cJSON_CreateObject();
    json_set_str(item, "ip", ip);
    cJSON_AddItemToArray(list, item);
    snprintf(path, sizeof path, "status.%s", many);
    json_set(json, path, list);
}

void agent_pod_write_status(struct agent_pod *pod)
{
    const struct edge_object *object = agent_pod_object(pod);
    if (!object)
        return;
    cJSON *json = edge_edit(object);
    const char *phase = phase_of(pod, json);
    json_set_str(json, "status.phase", phase);
    put_ip(json, "hostIP", "hostIPs", pod->node->host_ip);
    if (pod->told_creating)
        put_ip(json, "podIP", "podIPs", pod->ip);
    if (!json_str(json, "status.startTime"))
        put_time(json, "status.startTime", pod->started);
    set_conditions(pod, json, phase);
    sort_conditions(json);
    cJSON *lists[2] = {cJSON_CreateArray(), cJSON_CreateArray()};
    for (size_t i = 0; i < pod->count; i++)
        cJSON_AddItemToArray(lists[pod->containers[i].init], container_status(&pod->containers[i]));
    json_set(json, "status.containerStatuses", lists[0]);
    if (pod->init_count)
        json_set(json, "status.initContainerStatuses", lists[1]);
    else
        cJSON_Delete(lists[1]);
    edge_save(pod->agents->store, edge_pod_kind(), json);
}
