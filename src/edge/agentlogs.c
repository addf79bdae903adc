/* Where a container's log is, and who is told when it grows. */
#include "edge/agent.h"

static const struct agent_container *find_container(const struct agent_pod *pod, const char *name)
{
    for (size_t i = 0; i < pod->count; i++)
        if (strcmp(pod->containers[i].name, name) == 0)
            return &pod->containers[i];
    return NULL;
}

/* Without a name: the one that kubectl's annotation names, or the only one. */
static const struct agent_container *choose_container(const struct agent_pod *pod, const char *name, int *status,
                                                      struct err *err)
{
    if (name && *name) {
        const struct agent_container *c = find_container(pod, name);
        if (!c)
            err_set(err, "container %s is not valid for pod %s", name, pod->name);
        *status = 400;
        return c;
    }
    if (pod->count - pod->init_count == 1)
        return &pod->containers[pod->init_count];
    struct buf names;
    buf_init(&names, 4096);
    for (size_t i = pod->init_count; i < pod->count; i++)
        buf_addf(&names, "%s%s", i > pod->init_count ? " " : "", pod->containers[i].name);
    err_set(err, "a container name must be specified for pod %s, choose one of: [%s]", pod->name, names.data);
    buf_release(&names);
    *status = 400;
    return NULL;
}

const char *edge_node_agents_log(struct edge_node_agents *agents, const char *ns, const char *pod_name,
                                 const char *container, bool previous, bool *ended, int *status, struct err *err)
{
    char *key = xasprintf("%s/%s", ns, pod_name);
    const struct agent_pod *pod = map_get(&agents->pods, key);
    free(key);
    *ended = true;
    if (!pod) {
        const struct edge_object *object = edge_store_find(agents->store, edge_pod_kind(), ns, pod_name);
        *status = object ? 400 : 404;
        if (object)
            err_set(err, "pod %s does not have a host assigned", pod_name);
        else
            err_set(err, "pods \"%s\" not found", pod_name);
        return NULL;
    }
    const struct agent_container *c = choose_container(pod, container, status, err);
    if (!c)
        return NULL;
    *status = 400;
    bool waits = c->phase == CONTAINER_WAITING;
    if (previous) {
        /* While a restart is held back, the run that ended is the one before. */
        const char *path = waits && c->end.reason ? c->log_path : c->last.reason ? c->last_log_path : NULL;
        if (!path)
            err_set(err, "previous terminated container \"%s\" in pod \"%s\" not found", c->name, pod->name);
        return path;
    }
    bool never_ran = c->phase != CONTAINER_RUNNING && c->end.message;
    if (!c->log_path || never_ran) {
        if (never_ran)
            err_set(err, "container \"%s\" in pod \"%s\" is terminated: %s", c->name, pod->name, c->end.message);
        else
            err_set(err, "container \"%s\" in pod \"%s\" is waiting to start: %s", c->name, pod->name,
                    c->waiting_message && *c->waiting_message &&
                            (str_eq(c->waiting, "ErrImagePull") || str_eq(c->waiting, "ImagePullBackOff"))
                        ? "trying and failing to pull image"
                        : str_or_empty(c->waiting));
        return NULL;
    }
    *ended = c->phase != CONTAINER_RUNNING;
    return c->log_path;
}

void edge_node_agents_log_watch(struct edge_node_agents *agents, struct edge_log_watch *watch, const char *ns,
                                const char *pod, loop_fn fn, void *data)
{
    *watch = (struct edge_log_watch){.fn = fn, .data = data, .key = xasprintf("%s/%s", ns, pod)};
    watch->next = agents->watches;
    watch->prev = &agents->watches;
    if (watch->next)
        watch->next->prev = &watch->next;
    agents->watches = watch;
}

void edge_node_agents_log_unwatch(struct edge_log_watch *watch)
{
    if (!watch->prev)
        return;
    *watch->prev = watch->next;
    if (watch->next)
        watch->next->prev = watch->prev;
    watch->prev = NULL;
    free(watch->key);
    watch->key = NULL;
}
