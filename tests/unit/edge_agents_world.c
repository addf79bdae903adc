#include "edge_agents.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/time.h"

struct world world;

#define MOMENT (30 * NSEC_PER_MSEC)

static int64_t patient_now(void *data UNUSED)
{
    return world.now;
}

static int64_t patient_wall(void *data UNUSED)
{
    return world.wall;
}

static int patient_wait(void *data UNUSED, struct pollfd *fds, nfds_t count, int64_t timeout)
{
    int64_t wait = timeout < 0 ? MOMENT : MIN(timeout, MOMENT);
    struct timespec ts = {wait / NSEC_PER_SEC, wait % NSEC_PER_SEC};
    int ready = ppoll(fds, count, &ts, NULL);
    if (ready == 0 && timeout > 0) {
        world.now += timeout;
        world.wall += timeout;
    }
    return ready;
}

static void add_node(int i)
{
    char *text = xasprintf("{\"metadata\":{\"name\":\"gpu-%d\",\"labels\":{\"kubernetes.io/hostname\":\"gpu-%d\","
                           "\"disk\":\"%s\"}},\"status\":{\"allocatable\":{\"cpu\":\"4\",\"memory\":\"8Gi\","
                           "\"pods\":\"110\",\"nvidia.com/gpu\":\"1\"}}}",
                           i, i, i == 3 ? "ssd" : "hdd");
    world_apply("Node", text);
    free(text);
}

static void setup(bool real, bool pure)
{
    struct err err = ERR_INIT;
    world = (struct world){.real = real, .now = NSEC_PER_SEC, .wall = time_wall()};
    struct loop_clock clock = {patient_now, patient_wall, patient_wait, NULL};
    world.loop = loop_new(real ? NULL : &clock);
    world.store = edge_store_new(world.loop);
    for (int i = 1; i <= 4; i++)
        add_node(i);
    world_apply("Namespace", "{\"metadata\":{\"name\":\"media\"}}");
    world.gc = edge_gc_new(world.store);
    world.controllers = edge_controllers_new(world.store);
    if (pure)
        return;
    snprintf(world.dir, sizeof world.dir, "/tmp/edge-agents-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(world.dir));
    ck_assert_msg(edge_net_init(&world.net, &err) == 0, "%s", err.text);
    world.http = http_curl_new(world.loop, "edge-agents-test");
    world.proxy = edge_proxy_new(world.store, &world.net, &err);
    ck_assert_msg(world.proxy != NULL, "%s", err.text);
    world.agents = edge_node_agents_new(world.store, world.http, &world.net, world.dir, edge_proxy_url(world.proxy));
    edge_image_add("test/sh:1", "/bin/sh");
}

void world_setup(void)
{
    setup(false, false);
}

void world_setup_real(void)
{
    setup(true, false);
}

void world_setup_pure(void)
{
    setup(false, true);
}

static void on_stopped(void *data)
{
    *(bool *)data = true;
}

static bool is_true(void *data)
{
    return *(bool *)data;
}

/* Killed probes and the like are reaped by the loop. */
static bool no_children(void *data UNUSED)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0;
}

void world_teardown_agents(void)
{
    bool stopped = false;
    edge_node_agents_stop(world.agents, on_stopped, &stopped);
    world_wait("the agents to stop", is_true, &stopped);
    edge_node_agents_free(world.agents);
    world.agents = NULL;
    world_wait("all children to be reaped", no_children, NULL);
}

void world_teardown(void)
{
    if (world.agents)
        world_teardown_agents();
    if (world.http) {
        struct err err = ERR_INIT;
        edge_proxy_free(world.proxy);
        http_transport_free(world.http);
        close(world.net.lock_fd);
        file_remove_tree(world.dir, &err);
    }
    edge_controllers_free(world.controllers);
    edge_gc_free(world.gc);
    edge_store_free(world.store);
    loop_free(world.loop);
    edge_images_release();
}

void world_wait(const char *what, world_condition condition, void *data)
{
    int64_t end = time_monotonic() + 20 * NSEC_PER_SEC;
    while (!condition(data)) {
        if (time_monotonic() > end) {
            for (const struct edge_object *o = edge_store_first(world.store, edge_pod_kind(), NULL); o;
                 o = edge_store_next(o, NULL)) {
                char *text = cJSON_Print(json_get(o->json, "status")), *events = world_events(edge_name(o->json));
                fprintf(stderr, "%s: %s\n%s\n", edge_name(o->json), text, events);
                free(text);
                free(events);
            }
            ck_abort_msg("waited 20 s for %s", what);
        }
        loop_turn(world.loop, world.real ? 100 * NSEC_PER_MSEC : -1);
    }
}

void world_settle(void)
{
    for (int i = 0; i < 200; i++)
        loop_turn(world.loop, 0);
}

static void on_passed(void *data)
{
    *(bool *)data = true;
}

void world_pass(int64_t ns)
{
    bool passed = false;
    struct loop_timer timer;
    loop_timer_init(&timer, world.loop, on_passed, &passed);
    loop_timer_start(&timer, ns);
    world_wait("time to pass", is_true, &passed);
}

const struct edge_object *world_apply(const char *kind_name, const char *text)
{
    const struct edge_kind *kind = edge_kind_by_name(kind_name);
    struct err err = ERR_INIT;
    int status = 0;
    cJSON *json = json_parse(text, strlen(text), &err);
    ck_assert_msg(json != NULL, "%s in %s", err.text, text);
    if (kind->namespaced && !json_str(json, "metadata.namespace"))
        json_set_str(json, "metadata.namespace", "media");
    const struct edge_object *old = edge_store_find(world.store, kind, "media", edge_name(json)), *saved;
    if (old) {
        cJSON *copy = edge_edit(old);
        json_set(copy, "spec", cJSON_Duplicate(json_get(json, "spec"), true));
        cJSON_Delete(json);
        saved = edge_store_update(world.store, kind, copy, &status, &err);
    } else {
        saved = edge_store_create(world.store, kind, json, &status, &err);
    }
    ck_assert_msg(saved != NULL, "%s", err.text);
    return saved;
}

const cJSON *world_get(const char *kind, const char *name)
{
    const struct edge_object *o = edge_store_find(world.store, edge_kind_by_name(kind), "media", name);
    return o ? o->json : NULL;
}

void world_delete(const char *kind, const char *name)
{
    const struct edge_object *o = edge_store_find(world.store, edge_kind_by_name(kind), "media", name);
    ck_assert_ptr_nonnull(o);
    edge_delete(world.store, o, -1);
}

size_t world_pods(const cJSON **pods, size_t max)
{
    size_t count = 0;
    const struct edge_object *o = edge_store_first(world.store, edge_pod_kind(), NULL);
    for (; o; o = edge_store_next(o, NULL)) {
        if (!edge_pod_active(o->json))
            continue;
        if (count < max)
            pods[count] = o->json;
        count++;
    }
    return count;
}

const cJSON *world_pod(void)
{
    const cJSON *pods[1];
    ck_assert_uint_eq(world_pods(pods, 1), 1);
    return pods[0];
}

char *world_events(const char *name)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    const struct edge_object *o = edge_store_first(world.store, edge_kind_by_name("Event"), NULL);
    for (; o; o = edge_store_next(o, NULL)) {
        if (!str_starts(json_str(o->json, "involvedObject.name"), name))
            continue;
        buf_addf(&text, "%s: %s\n", json_str(o->json, "reason"), json_str(o->json, "message"));
    }
    return buf_take(&text);
}

bool world_has_event(const char *name, const char *want)
{
    char *events = world_events(name);
    bool has = strstr(events, want) != NULL;
    free(events);
    return has;
}

struct wish {
    const char *kind, *name, *path, *text;
    int64_t number;
};

static bool str_there(void *data)
{
    const struct wish *w = data;
    return str_eq(json_str(world_get(w->kind, w->name), w->path), w->text);
}

static bool int_there(void *data)
{
    const struct wish *w = data;
    return json_int(world_get(w->kind, w->name), w->path, 0) == w->number;
}

static bool condition_there(void *data)
{
    const struct wish *w = data;
    return str_eq(json_str(edge_condition(world_get(w->kind, w->name), w->path), "status"), w->text);
}

static bool is_gone(void *data)
{
    const struct wish *w = data;
    return !world_get(w->kind, w->name);
}

static void wait_wish(struct wish wish, world_condition condition)
{
    char *what = xasprintf("%s %s %s to be %s %" PRId64, wish.kind, wish.name, str_or_empty(wish.path),
                           str_or_empty(wish.text), wish.number);
    world_wait(what, condition, &wish);
    free(what);
}

void world_wait_str(const char *kind, const char *name, const char *path, const char *text)
{
    wait_wish((struct wish){kind, name, path, text, 0}, str_there);
}

void world_wait_condition(const char *kind, const char *name, const char *type, const char *status)
{
    wait_wish((struct wish){kind, name, type, status, 0}, condition_there);
}

void world_wait_int(const char *kind, const char *name, const char *path, int64_t number)
{
    wait_wish((struct wish){kind, name, path, NULL, number}, int_there);
}

void world_wait_gone(const char *kind, const char *name)
{
    wait_wish((struct wish){kind, name, NULL, NULL, 0}, is_gone);
}

const cJSON *world_container(const char *pod)
{
    const cJSON *list = json_array(world_get("Pod", pod), "status.containerStatuses");
    return list ? list->child : NULL;
}

char *world_log(const char *pod, bool previous)
{
    struct err err = ERR_INIT;
    struct buf text;
    bool ended;
    int status;
    buf_init(&text, 64u << 20);
    const char *path = edge_node_agents_log(world.agents, "media", pod, NULL, previous, &ended, &status, &err);
    if (!path || file_read(path, &text, &err) < 0)
        buf_addf(&text, "no log: %s", err.text);
    return buf_take(&text);
}

bool world_group_gone(void *data)
{
    pid_t group = *(pid_t *)data;
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    bool gone = true;
    while (proc && (entry = readdir(proc))) {
        char path[300], text[512] = "", state;
        int parent, its_group;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        int fd = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        if (fd < 0)
            continue;
        ssize_t n = read(fd, text, sizeof text - 1);
        close(fd);
        const char *end = n > 0 ? strrchr(text, ')') : NULL;
        if (end && sscanf(end, ") %c %d %d", &state, &parent, &its_group) == 3 && its_group == group && state != 'Z')
            gone = false;
    }
    closedir(proc);
    return gone;
}

char *world_deployment(const char *name, int replicas, const char *marker, const char *strategy)
{
    char *how = str_eq(strategy, "Recreate")
                    ? xstrdup("{\"type\":\"Recreate\"}")
                    : xasprintf("{\"type\":\"RollingUpdate\",\"rollingUpdate\":{%s}}", str_or_empty(strategy));
    char *text = xasprintf(
        "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"replicas\":%d,\"strategy\":%s,\"selector\":{\"matchLabels\":"
        "{\"app\":\"%s\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"%s\"}},\"spec\":{\"containers\":"
        "[{\"name\":\"main\",\"image\":\"test/sh:1\",\"env\":[{\"name\":\"MARKER\",\"value\":\"%s\"}]}]}}}}",
        name, replicas, how, name, name, marker);
    free(how);
    return text;
}

void world_play_kubelet(bool ready)
{
    const struct edge_object *o = edge_store_first(world.store, edge_pod_kind(), NULL), *next;
    for (; o; o = next) {
        next = edge_store_next(o, NULL);
        if (!json_str(o->json, "spec.nodeName"))
            continue;
        if (edge_deleting(o->json)) {
            edge_store_remove(world.store, edge_pod_kind(), "media", edge_name(o->json));
            continue;
        }
        cJSON *json = edge_edit(o);
        json_set_str(json, "status.phase", "Running");
        edge_condition_set(json, "Ready", ready ? "True" : "False", NULL, NULL, loop_wall(world.loop));
        edge_save(world.store, edge_pod_kind(), json);
    }
    world_settle();
}
