#include "edge/agent.h"

#include <signal.h>

#include "base/file.h"
#include "edge/reaper.h"

static void on_wake(void *data)
{
    agent_pod_poke(data);
}

void agent_pod_poke(struct agent_pod *pod)
{
    loop_task_start(&pod->sync);
}

void agent_pod_poke_after(struct agent_pod *pod, int64_t ns)
{
    if (!loop_timer_active(&pod->wake) || pod->wake.at > loop_now(pod->agents->loop) + ns)
        loop_timer_start(&pod->wake, ns);
}

const struct edge_object *agent_pod_object(const struct agent_pod *pod)
{
    const struct edge_object *object = edge_store_find(pod->agents->store, edge_pod_kind(), pod->ns, pod->name);
    return object && str_eq(edge_uid(object->json), pod->uid) ? object : NULL;
}

bool agent_pod_running(const struct agent_pod *pod)
{
    for (size_t i = 0; i < pod->count; i++)
        if (pod->containers[i].child)
            return true;
    return false;
}

static void kill_all(struct agent_pod *pod, int64_t grace, bool told)
{
    for (size_t i = 0; i < pod->count; i++) {
        struct agent_container *c = &pod->containers[i];
        if (!c->child)
            continue;
        if (told)
            container_event(c, "Normal", "Killing", "Stopping container %s", c->name);
        container_kill(c, grace);
    }
}

/* The object is on its way out: end the processes, then take it out of the store. */
static void sync_deletion(struct agent_pod *pod, const cJSON *json)
{
    int64_t grace =
        json_int(json, "metadata.deletionGracePeriodSeconds", json_int(json, "spec.terminationGracePeriodSeconds", 30));
    if (pod->grace < 0 || grace < pod->grace) {
        bool first = pod->grace < 0;
        pod->grace = grace;
        kill_all(pod, grace, first);
    }
    agent_pod_write_status(pod);
    const cJSON *finalizers = json_array(json, "metadata.finalizers");
    if (!agent_pod_running(pod) && !(finalizers && finalizers->child))
        edge_store_remove(pod->agents->store, edge_pod_kind(), pod->ns, pod->name);
}

/* Init containers one after the other; a sidecar only has to have started. True when all are through. */
static bool sync_init(struct agent_pod *pod, const cJSON *json)
{
    for (size_t i = 0; i < pod->init_count; i++) {
        struct agent_container *c = &pod->containers[i];
        if (c->sidecar) {
            if (c->phase != CONTAINER_RUNNING)
                container_start(c, json);
            if (!container_started(c) && !pod->initialized)
                return false;
            continue;
        }
        if (pod->initialized || (c->phase == CONTAINER_ENDED && c->end.code == 0))
            continue;
        if (c->phase == CONTAINER_WAITING || (c->phase == CONTAINER_ENDED && container_may_restart(c, json)))
            container_start(c, json);
        else if (c->phase == CONTAINER_ENDED)
            pod->finished = true; /* failed, and never tried again */
        return false;
    }
    return true;
}

static void sync_main(struct agent_pod *pod, const cJSON *json)
{
    bool over = true;
    for (size_t i = pod->init_count; i < pod->count; i++) {
        struct agent_container *c = &pod->containers[i];
        if (c->phase == CONTAINER_WAITING || (c->phase == CONTAINER_ENDED && container_may_restart(c, json)))
            container_start(c, json);
        if (c->phase != CONTAINER_ENDED || container_may_restart(c, json))
            over = false;
    }
    if (!over)
        return;
    pod->finished = true;
    kill_all(pod, json_int(json, "spec.terminationGracePeriodSeconds", 30), false); /* sidecars */
}

/* Ends are shown once as they are before a restart or a back-off replaces them. */
static bool tell_ends(struct agent_pod *pod)
{
    bool any = false;
    for (size_t i = 0; i < pod->count; i++) {
        struct agent_container *c = &pod->containers[i];
        if (c->phase == CONTAINER_ENDED && !c->told_end)
            any = c->told_end = true;
    }
    return any;
}

static void sync_pod(void *data)
{
    struct agent_pod *pod = data;
    if (pod->agents->stopping)
        return;
    const struct edge_object *object = pod->gone ? NULL : agent_pod_object(pod);
    if (!object) {
        pod->gone = true;
        kill_all(pod, 0, false);
        if (!agent_pod_running(pod))
            agents_release_pod(pod->agents, pod);
        return;
    }
    if (edge_deleting(object->json)) {
        sync_deletion(pod, object->json);
        return;
    }
    if (!pod->told_creating) {
        pod->told_creating = true;
        agent_pod_poke(pod);
    } else if (tell_ends(pod)) {
        agent_pod_poke(pod);
    } else if (!pod->finished && sync_init(pod, object->json)) {
        if (!pod->initialized) {
            pod->initialized = true;
            for (size_t i = pod->init_count; i < pod->count; i++)
                pod->containers[i].waiting = "ContainerCreating";
        }
        sync_main(pod, object->json);
    }
    agent_pod_write_status(pod);
}

/* A free address of the node; the next one each time, so that a new pod does not inherit the traffic of an old one. */
static int take_host(struct agent_node *node)
{
    for (int i = 0; i < 253; i++) {
        int host = 2 + (node->next_host + i) % 253;
        if (node->taken[host])
            continue;
        node->taken[host] = 1;
        node->next_host = host - 1;
        return host;
    }
    return 0;
}

struct agent_pod *agent_pod_new(struct edge_node_agents *agents, struct agent_node *node, const cJSON *json)
{
    struct agent_pod *pod = xcalloc(1, sizeof *pod);
    pod->agents = agents;
    pod->node = node;
    pod->ns = xstrdup(edge_ns(json));
    pod->name = xstrdup(edge_name(json));
    pod->uid = xstrdup(edge_uid(json));
    pod->key = edge_key(json);
    pod->dir = xasprintf("%s/%s_%s_%s", agents->log_dir, pod->ns, pod->name, pod->uid);
    pod->started = loop_wall(agents->loop);
    pod->grace = -1;
    pod->host = take_host(node);
    snprintf(pod->ip, sizeof pod->ip, "127.%d.%d.%d", agents->net->x & 255, node->number & 255, pod->host & 255);

    const cJSON *init = json_array(json, "spec.initContainers"), *main = json_array(json, "spec.containers"), *spec;
    pod->init_count = (size_t)cJSON_GetArraySize(init);
    pod->containers = xcalloc(pod->init_count + (size_t)cJSON_GetArraySize(main) + 1, sizeof *pod->containers);
    cJSON_ArrayForEach (spec, init)
        container_init(&pod->containers[pod->count++], pod, spec, true);
    cJSON_ArrayForEach (spec, main)
        container_init(&pod->containers[pod->count++], pod, spec, false);
    loop_task_init(&pod->sync, agents->loop, sync_pod, pod);
    loop_timer_init(&pod->wake, agents->loop, on_wake, pod);
    agent_pod_poke(pod);
    return pod;
}

void agent_pod_free(struct agent_pod *pod)
{
    struct err err = ERR_INIT;
    loop_task_stop(&pod->sync);
    loop_timer_stop(&pod->wake);
    for (size_t i = 0; i < pod->count; i++)
        container_release(&pod->containers[i]);
    free(pod->containers);
    if (pod->host)
        pod->node->taken[pod->host] = 0;
    file_remove_tree(pod->dir, &err);
    free(pod->ns);
    free(pod->name);
    free(pod->uid);
    free(pod->key);
    free(pod->dir);
    free(pod);
}
