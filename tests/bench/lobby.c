#include "tests/bench/lobby.h"

#include "base/file.h"
#include "ops/metrics.h"

static void look(void *data, const struct change *changes UNUSED, size_t count UNUSED)
{
    struct watch *watch = data;
    size_t ready = 0;
    STORE_EACH(struct pod, pod, watch->pods)
    ready += pod->ready && !pod->deleted;
    if (ready == watch->wanted && !watch->ready)
        watch->ready_at = loop_wall(watch->cluster->loop);
    watch->ready = ready == watch->wanted;
    watch->none = store_count(watch->pods) == 0;
}

void watch_begin(struct watch *watch, struct cluster *cluster)
{
    *watch = (struct watch){.cluster = cluster, .wanted = 3, .none = true};
    watch->pods = store_new(&kind_pod);
    store_listen(watch->pods, &watch->listener, look, watch);
    watch->reflector = reflector_new(cluster->client, watch->pods, &(struct reflector_options){.ns = NS}, NULL, NULL);
}

void watch_end(struct watch *watch)
{
    reflector_free(watch->reflector);
    store_unlisten(&watch->listener);
    store_free(watch->pods);
}

static void on_metrics(void *data, const struct kube_answer *answer)
{
    struct firsts *firsts = data;
    struct thing_traffic traffic = {0};
    firsts->over = true;
    if (answer->status != 200) {
        firsts->all = false;
        return;
    }
    thing_traffic_update(&traffic, answer->body, answer->len, 1);
    for (size_t i = 0; i < traffic.count; i++)
        if (!traffic.ports[i].input) {
            firsts->all &= traffic.ports[i].first > 0;
            firsts->last = MAX(firsts->last, (int64_t)(traffic.ports[i].first * 1e9));
        }
}

int watch_firsts(struct watch *watch, struct firsts *firsts, struct err *err)
{
    *firsts = (struct firsts){.all = true};
    for (size_t i = 0; i < store_count(watch->pods); i++) {
        const struct pod *pod = (const struct pod *)store_at(watch->pods, i);
        struct buf path;
        buf_init(&path, 4096);
        kube_proxy_path(&path, "pods", NS, pod->r.name, pod->port, "/metrics");
        struct kube_request request = {.path = path.data, .accept = "text/plain"};
        firsts->over = false;
        struct kube_call *call = kube_start(watch->cluster->client, &request, on_metrics, firsts);
        buf_release(&path);
        if (cluster_wait(watch->cluster, &firsts->over, PATIENCE, "a thing's metrics", err) < 0) {
            kube_cancel(call);
            return -1;
        }
    }
    return 0;
}

void bench_lobby(struct bench *bench)
{
    struct err err = ERR_INIT;
    struct cluster *cluster = NULL;
    char *thing = bench_program(bench, "patchbay-thing");
    if (!file_exists(thing))
        err_set(&err, "the media things were not built (OpenCV is missing)");
    else
        cluster = cluster_start(bench, &err);
    free(thing);
    if (!cluster)
        bench_missing(bench, GRAPH " on the embedded cluster", &err);
    else if (measure_deploy(bench, cluster) == 0) {
        measure_dashboard(bench, cluster);
        measure_playing(bench, cluster);
    }
    if (cluster)
        cluster_free(cluster);
}
