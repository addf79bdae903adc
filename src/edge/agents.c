#include "edge/agent.h"

#include <signal.h>

#include "base/file.h"

static void free_node(void *data)
{
    struct agent_node *node = data;
    free(node->name);
    free(node->host_ip);
    free(node);
}

/* The node's number is the third byte of its own address in our range, else the next free one. */
static int node_number(const struct edge_node_agents *agents, const cJSON *node, const char **ip)
{
    const cJSON *address;
    *ip = NULL;
    cJSON_ArrayForEach (address, json_array(node, "status.addresses")) {
        int x, n, m;
        if (!str_eq(json_str(address, "type"), "InternalIP"))
            continue;
        *ip = json_str(address, "address");
        if (*ip && sscanf(*ip, "127.%d.%d.%d", &x, &n, &m) == 3 && x == agents->net->x && n > 0 && n < 256)
            return n;
    }
    return 1 + (int)(agents->nodes.count % 254);
}

static struct agent_node *node_of(struct edge_node_agents *agents, const char *name)
{
    struct agent_node *node = map_get(&agents->nodes, name);
    const struct edge_object *object = edge_store_find(agents->store, edge_node_kind(), NULL, name);
    if (node || !object)
        return node;
    const char *ip;
    node = xcalloc(1, sizeof *node);
    node->number = node_number(agents, object->json, &ip);
    node->name = xstrdup(name);
    node->host_ip = ip ? xstrdup(ip) : xasprintf("127.%d.%d.1", agents->net->x, node->number);
    map_put(&agents->nodes, name, node);
    return node;
}

static void leave(struct edge_node_agents *agents, struct agent_pod *pod)
{
    map_del(&agents->pods, pod->key);
    pod->gone = true;
    pod->next = agents->leaving;
    agents->leaving = pod;
    agent_pod_poke(pod);
}

void agents_release_pod(struct edge_node_agents *agents, struct agent_pod *pod)
{
    if (map_get(&agents->pods, pod->key) == pod)
        map_del(&agents->pods, pod->key);
    for (struct agent_pod **p = &agents->leaving; *p; p = &(*p)->next) {
        if (*p == pod) {
            *p = pod->next;
            break;
        }
    }
    agent_pod_free(pod);
}

static void on_pod(void *data, enum edge_change change, const struct edge_object *object, const cJSON *before UNUSED)
{
    struct edge_node_agents *agents = data;
    const cJSON *json = object->json;
    const char *node_name = json_str(json, "spec.nodeName");
    if (agents->stopping || !node_name || !*node_name)
        return;
    char *key = edge_key(json);
    struct agent_pod *pod = map_get(&agents->pods, key);
    if (pod && (change == EDGE_DELETED || !str_eq(pod->uid, edge_uid(json)))) {
        leave(agents, pod);
        pod = NULL;
    }
    if (pod) {
        agent_pod_poke(pod);
    } else if (change != EDGE_DELETED && (!edge_pod_finished(json) || edge_deleting(json))) {
        struct agent_node *node = node_of(agents, node_name);
        if (node)
            map_put(&agents->pods, key, agent_pod_new(agents, node, json));
    }
    free(key);
}

/* Somebody may have waited for just this ConfigMap. */
static void on_config(void *data, enum edge_change change UNUSED, const struct edge_object *object,
                      const cJSON *before UNUSED)
{
    struct edge_node_agents *agents = data;
    for (struct map_entry *e = map_first(&agents->pods); e; e = map_next(&agents->pods, e)) {
        struct agent_pod *pod = e->value;
        for (size_t i = 0; i < pod->count; i++)
            if (str_eq(pod->containers[i].waiting, "CreateContainerConfigError") &&
                strcmp(pod->ns, edge_ns(object->json)) == 0)
                agent_pod_poke(pod);
    }
}

static bool any_running(const struct edge_node_agents *agents)
{
    for (struct map_entry *e = map_first(&agents->pods); e; e = map_next(&agents->pods, e))
        if (agent_pod_running(e->value))
            return true;
    for (const struct agent_pod *pod = agents->leaving; pod; pod = pod->next)
        if (agent_pod_running(pod))
            return true;
    return false;
}

static void signal_all(struct edge_node_agents *agents, int signo)
{
    for (struct map_entry *e = map_first(&agents->pods); e; e = map_next(&agents->pods, e)) {
        struct agent_pod *pod = e->value;
        for (size_t i = 0; i < pod->count; i++)
            if (pod->containers[i].child)
                kill(-pod->containers[i].group, signo);
    }
    for (struct agent_pod *pod = agents->leaving; pod; pod = pod->next)
        for (size_t i = 0; i < pod->count; i++)
            if (pod->containers[i].child)
                kill(-pod->containers[i].group, SIGKILL);
}

/* Looked at every few milliseconds while stopping: the exits themselves go to the pods. */
static void watch_stop(void *data)
{
    struct edge_node_agents *agents = data;
    if (!any_running(agents)) {
        loop_timer_stop(&agents->stop_timer);
        loop_task_start(&agents->stopped_task);
        return;
    }
    loop_timer_start(&agents->stop_timer, 10 * NSEC_PER_MSEC);
    if (loop_now(agents->loop) >= agents->stop_deadline)
        signal_all(agents, SIGKILL);
}

static void on_stopped(void *data)
{
    struct edge_node_agents *agents = data;
    agents->stopped(agents->stopped_data);
}

void edge_node_agents_stop(struct edge_node_agents *agents, loop_fn done, void *data)
{
    agents->stopping = true;
    agents->stopped = done;
    agents->stopped_data = data;
    agents->stop_deadline = loop_now(agents->loop) + NSEC_PER_SEC;
    signal_all(agents, SIGTERM);
    watch_stop(agents);
}

struct edge_node_agents *edge_node_agents_new(struct edge_store *store, struct http_transport *http,
                                              const struct edge_net *net, const char *log_dir, const char *proxy_url)
{
    struct edge_node_agents *agents = xcalloc(1, sizeof *agents);
    agents->store = store;
    agents->loop = edge_store_loop(store);
    agents->http = http;
    agents->net = net;
    agents->log_dir = xstrdup(log_dir);
    agents->proxy_url = xstrdup_or_null(proxy_url);
    loop_timer_init(&agents->stop_timer, agents->loop, watch_stop, agents);
    loop_task_init(&agents->stopped_task, agents->loop, on_stopped, agents);
    edge_listen_all(store, &agents->on_pods, edge_pod_kind(), on_pod, agents);
    edge_store_listen(store, &agents->on_configs, edge_kind_by_name("ConfigMap"), on_config, agents);
    return agents;
}

void edge_node_agents_use_reaper(struct edge_node_agents *agents, struct edge_reaper *reaper)
{
    agents->reaper = reaper;
}

void edge_node_agents_free(struct edge_node_agents *agents)
{
    if (!agents)
        return;
    edge_store_unlisten(&agents->on_pods);
    edge_store_unlisten(&agents->on_configs);
    loop_timer_stop(&agents->stop_timer);
    loop_task_stop(&agents->stopped_task);
    for (struct map_entry *e = map_first(&agents->pods); e; e = map_next(&agents->pods, e))
        agent_pod_free(e->value);
    map_release(&agents->pods, NULL);
    while (agents->leaving) {
        struct agent_pod *pod = agents->leaving;
        agents->leaving = pod->next;
        agent_pod_free(pod);
    }
    map_release(&agents->nodes, free_node);
    free(agents->log_dir);
    free(agents->proxy_url);
    free(agents);
}
