/* Why a pod is not well, on 1,000 nodes with 10,000 pods and as many events. */
#include "ops/why.h"

#include "base/json.h"
#include "base/time.h"
#include "k8s/kinds/event.h"
#include "ops/timing.h"
#include "tests/bench/bench.h"

#define EVENTS 10000
#define BATCHES 200
#define OF_ITS_OWN 20 /* events */

static void put(struct store *store, const struct kind *kind, const char *json)
{
    struct err err = ERR_INIT;
    cJSON *object = json_parse(json, strlen(json), &err);
    store_put(store, record_new(kind, object));
    cJSON_Delete(object);
}

/* Of the pods of the cluster, and the last of the one that is asked about. */
static void put_events(struct store *events)
{
    struct buf json;
    buf_init(&json, 4096);
    for (int i = 0; i < EVENTS; i++) {
        buf_reset(&json);
        buf_addf(&json,
                 "{\"metadata\":{\"name\":\"event-%d\",\"namespace\":\"team-1\",\"uid\":\"event-%d\"},\"type\":\"Warning\",\"reason\":\"%s\","
                 "\"message\":\"something that is worth a line, number %d\",\"lastTimestamp\":\"2026-11-22T00:00:00Z\","
                 "\"involvedObject\":{\"kind\":\"Pod\",\"name\":\"pod-%d\",\"uid\":\"uid-%d\"}}",
                 i, i, i % 2 ? "FailedScheduling" : "BackOff", i, i, i < EVENTS - OF_ITS_OWN ? i : -1);
        put(events, &kind_event, json.data);
    }
    buf_release(&json);
}

/* The pod waits for more GPUs than are free, so the holders are gone through; or it ends again and again, and has a log. */
static const struct {
    const char *name, *json;
} pods[] = {
    {"why of a pod that waits for GPUs",
     "{\"metadata\":{\"name\":\"asked\",\"namespace\":\"team-1\",\"uid\":\"uid--1\"},\"spec\":{\"containers\":[{\"name\":\"x\",\"resources\":{\"limits\":"
     "{\"nvidia.com/gpu\":\"8\"}}}]},\"status\":{\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"reason\":"
     "\"Unschedulable\",\"message\":\"0/1000 nodes are available: 1000 Insufficient nvidia.com/gpu.\"}]}}"},
    {"  that ends again and again, with its log",
     "{\"metadata\":{\"name\":\"asked\",\"namespace\":\"team-1\",\"uid\":\"uid--1\"},\"spec\":{\"nodeName\":\"node-1.example.org\",\"containers\":[{\"name\":\"x\"}]},"
     "\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"x\",\"restartCount\":3,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},"
     "\"lastState\":{\"terminated\":{\"exitCode\":42,\"reason\":\"Error\"}}}]}}"},
};

static double walk(const struct store *store)
{
    int64_t began = time_monotonic(), sum = 0;
    STORE_EACH(struct pod, pod, store) sum += pod->cpu_milli;
    return (double)(time_monotonic() - began) / 1e6 + (sum == 1);
}

void bench_why(struct bench *bench UNUSED)
{
    static const char *const log[] = {"starting", "reading the configuration", "line three of the log", "the last line: giving up"};
    struct store *nodes = store_new(&kind_node), *all = store_new(&kind_pod), *events = store_new(&kind_event);
    struct store *deployments = store_new(&kind_deployment);
    struct index on_objects;
    bench_put_cluster(nodes, all);
    put_events(events);
    index_init(&on_objects, events, event_object_key);
    struct gpu_ledger *gpus = gpu_ledger_new(nodes, all);
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        struct samples took = {0}, walked = {0};
        put(all, &kind_pod, pods[i].json);
        struct why_of of = {.pod = (const struct pod *)store_find(all, "team-1", "asked"), .nodes = nodes, .deployments = deployments,
                            .gpus = gpus, .events = &on_objects, .log = log, .log_count = i ? ARRAY_SIZE(log) : 0, .now = time_wall()};
        for (int run = 0; run < BATCHES; run++) {
            struct why why;
            int64_t began = time_monotonic();
            why_make(&why, &of);
            samples_add(&took, (double)(time_monotonic() - began) / 1e6);
            why_release(&why);
            samples_add(&walked, walk(all));
        }
        bench_figure(&(struct figure){.name = pods[i].name, .unit = "ms", .samples = &took, .part = 0.99, .aim = 1,
                                      .reference = "going through the pods once", .reference_samples = &walked});
        samples_release(&took);
        samples_release(&walked);
    }
    gpu_ledger_free(gpus);
    index_release(&on_objects);
    store_free(deployments);
    store_free(events);
    store_free(all);
    store_free(nodes);
}
