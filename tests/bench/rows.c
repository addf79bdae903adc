/* A list of 100,000 pods at 120×40: from a change, or a key, to the finished canvas, without a terminal; beside it the same
 * with 40 pods. Of processor time: what others do on the machine is no cost of a row. */
#include <malloc.h>
#include <time.h>

#include "base/time.h"
#include "tests/bench/bench.h"
#include "tests/screen/scene.h"
#include "ops/timing.h"
#include "ops/why.h"
#include "ui/dashboard.h"

#define W 120
#define H 40
#define MANY 100000
#define FEW 40
#define CHANGES 2000
#define KEYS 400

struct rows {
    struct loop *loop;
    struct scene *scene;
    struct dashboard *dash;
    int count, version;
};

static void put_pod(struct rows *rows, int number, int restarts)
{
    char json[1024];
    snprintf(json, sizeof json,
             "{'metadata': {'name': 'deployment-%d-5b8c6d9f7-p%05d', 'namespace': 'namespace-%d', 'uid': 'uid-%d',"
             " 'resourceVersion': '%d', 'creationTimestamp': '2024-01-%02dT00:00:00Z', 'ownerReferences': [{'controller':"
             " true, 'kind': 'ReplicaSet', 'name': 'deployment-%d-5b8c6d9f7'}]}, 'spec': {'nodeName': 'node-%d',"
             " 'containers': [{'name': 'main', 'image': 'image:1'}, {'name': 'side', 'image': 'image:2'}]}, 'status':"
             " {'phase': 'Running', 'podIP': '10.0.0.1', 'conditions': [{'type': 'Ready', 'status': 'True'}],"
             " 'containerStatuses': [{'name': 'main', 'ready': true, 'restartCount': %d, 'state': {'running': {}}},"
             " {'name': 'side', 'ready': true, 'state': {'running': {}}}]}}",
             number % 997, number, number % 100, number, ++rows->version, 1 + number % 28, number % 997, number % 1000,
             restarts);
    scene_put(rows->scene, SOURCE_PODS, json);
}

static void open_rows(struct rows *rows, int count)
{
    *rows = (struct rows){.loop = loop_new(NULL), .count = count};
    rows->scene = scene_new(rows->loop, "empty", time_wall());
    free(rows->scene->model.ns);
    rows->scene->model.ns = NULL;
    for (int i = 0; i < count; i++)
        put_pod(rows, i, 0);
    rows->dash = dashboard_new(&rows->scene->model, &(struct dashboard_options){.view = "events"}, W, H);
    dashboard_draw(rows->dash);
}

static void close_rows(struct rows *rows)
{
    dashboard_free(rows->dash);
    scene_free(rows->scene);
    loop_free(rows->loop);
}

static int64_t spent(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (int64_t)at.tv_sec * NSEC_PER_SEC + at.tv_nsec;
}

static double key(struct rows *rows, const char *name)
{
    struct key key;
    key_parse(name, &key);
    int64_t began = spent();
    dashboard_key(rows->dash, &key);
    dashboard_draw(rows->dash);
    return (double)(spent() - began) / 1e6;
}

/* The record is made outside of what is measured: `of` says whose rows change, among all or only those shown. */
static void change(struct rows *rows, struct samples *out, int of)
{
    for (int i = 0; i < CHANGES; i++) {
        struct store *pods = model_store(&rows->scene->model, SOURCE_PODS);
        store_batch_begin(pods);
        put_pod(rows, rand() % of * 100 % rows->count, i % 3);
        int64_t began = spent();
        store_batch_end(pods);
        dashboard_draw(rows->dash);
        samples_add(out, (double)(spent() - began) / 1e3);
    }
}

static void press(struct rows *rows, struct samples *out, const char *name)
{
    key(rows, "g");
    for (int i = 0; i < KEYS; i++)
        samples_add(out, key(rows, name));
}

/* Words that some rows have, and that none has; taken back letter by letter. */
static void filter(struct rows *rows, struct samples *out)
{
    static const char *const words[] = {"p0123", "zq", "node-77", "running", "namespace-4"};
    for (size_t w = 0; w < ARRAY_SIZE(words); w++) {
        key(rows, "/");
        for (const char *c = words[w]; *c; c++)
            samples_add(out, key(rows, (char[]){*c, '\0'}));
        for (const char *c = words[w]; *c; c++)
            samples_add(out, key(rows, "Backspace"));
        key(rows, "Esc");
    }
}

static void order(struct rows *rows, struct samples *out)
{
    for (int i = 0; i < 18; i++) /* twice through all columns */
        samples_add(out, key(rows, ">"));
}

static double in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd);
}

static void compare(const char *name, const char *unit, double part, double aim, struct samples *many, struct samples *few)
{
    bench_figure(&(struct figure){.name = name, .unit = unit, .samples = many, .part = part, .aim = aim,
                                  .reference = few->count ? "the same with 40 pods" : NULL, .reference_samples = few});
    samples_release(many);
    samples_release(few);
}

#define CRASHES                                                                                                        \
    "'nodeName': 'node-1', 'containers': [{'name': 'main', 'image': 'image:1'}]}, 'status': {'phase': 'Running', 'containerStatuses': [{"        \
    "'name': 'main', 'restartCount': 9, 'state': {'waiting': {'reason': 'CrashLoopBackOff'}}, 'lastState': {'terminated': {'exitCode': 139}}}]"
#define WAITS_FOR_GPU                                                                                                  \
    "'containers': [{'name': 'main', 'resources': {'limits': {'nvidia.com/gpu': 1}}}]}, 'status': {'phase': 'Pending', 'conditions': [{"          \
    "'type': 'PodScheduled', 'status': 'False', 'reason': 'Unschedulable', 'message': '9 Insufficient nvidia.com/gpu.'}]"

/* Of one such, among all. */
static void why(struct rows *rows, struct samples *out, const char *spec)
{
    struct model *model = &rows->scene->model;
    struct index on_objects;
    char json[1024];
    snprintf(json, sizeof json, "{'metadata': {'name': 'ill', 'namespace': 'namespace-1', 'uid': 'ill-%d'}, 'spec': {%s}}", ++rows->version, spec);
    scene_put(rows->scene, SOURCE_PODS, json);
    for (int i = 0; i < rows->count / 100; i++) { /* nodes whose GPU is held, and events on it */
        snprintf(json, sizeof json, "{'metadata': {'name': 'node-%d', 'uid': 'node-%d'}, 'status': {'conditions': [{'type': 'Ready', 'status': 'True'}],"
                 " 'capacity': {'nvidia.com/gpu': '1'}, 'allocatable': {'nvidia.com/gpu': '1'}}}", i, i);
        scene_put(rows->scene, SOURCE_NODES, json);
        snprintf(json, sizeof json, "{'metadata': {'name': 'holder-%d', 'namespace': 'gpu', 'uid': 'holder-%d'}, 'spec': {'nodeName': 'node-%d',"
                 " 'containers': [{'name': 'main', 'resources': {'limits': {'nvidia.com/gpu': 1}}}]}, 'status': {'phase': 'Running'}}", i, i, i);
        scene_put(rows->scene, SOURCE_PODS, json);
        snprintf(json, sizeof json, "{'metadata': {'name': 'ill.%d', 'namespace': 'namespace-1', 'uid': 'event-%d'}, 'reason': 'BackOff', 'message':"
                 " 'Back-off restarting', 'involvedObject': {'kind': 'Pod', 'uid': 'ill-%d'}}", i, i, rows->version);
        scene_put(rows->scene, SOURCE_EVENTS, json);
    }
    index_init(&on_objects, model_store(model, SOURCE_EVENTS), event_object_key);
    const struct store *pods = model_store(model, SOURCE_PODS);
    struct why_of of = {.gpus = dashboard_gpus(rows->dash), .nodes = model_store(model, SOURCE_NODES), .deployments =
                        model_store(model, SOURCE_DEPLOYMENTS), .events = &on_objects, .now = time_wall()};
    of.pod = (const struct pod *)store_find(pods, "namespace-1", "ill");
    for (int i = 0; i < KEYS; i++) {
        struct why told;
        int64_t began = spent();
        why_make(&told, &of);
        samples_add(out, (double)(spent() - began) / 1e6);
        why_release(&told);
    }
    index_release(&on_objects);
}

void bench_rows(struct bench *bench UNUSED)
{
    struct rows many, few;
    struct samples a = {0}, b = {0};
    open_rows(&many, MANY);
    open_rows(&few, FEW);
    key(&few, "4");
    for (int i = 0; i < 9; i++) {
        double before = in_use();
        samples_add(&a, key(&many, "4"));
        samples_add(&b, (in_use() - before) / MANY);
        if (i < 8)
            key(&many, "5");
    }
    bench_figure(&(struct figure){.name = "100,000 pods: their view is opened", .unit = "ms", .samples = &a, .aim = 16});
    bench_figure(&(struct figure){.name = "  memory of a row in the view", .unit = "B", .samples = &b, .aim = 16});
    samples_release(&a);
    samples_release(&b);
    change(&many, &a, MANY);
    change(&few, &b, FEW);
    compare("  one changes, to the frame drawn", "µs", 0, 1000, &a, &b);
    key(&many, ">"), key(&many, ">"), key(&many, ">"), key(&many, ">"), key(&many, ">");
    change(&many, &a, MANY);
    compare("  the same, ordered by restarts", "µs", 0, 1000, &a, &b);
    key(&many, "<"), key(&many, "<"), key(&many, "<"), key(&many, "<"), key(&many, "<");
    static const struct {
        const char *key, *name;
    } keys[] = {{"j", "  cursor down, p99"}, {"PgDn", "  page down, p99"}, {"G", "  last row, p99"}};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        press(&many, &a, keys[i].key);
        press(&few, &b, keys[i].key);
        compare(keys[i].name, "ms", 0.99, 16, &a, &b);
    }
    filter(&many, &a);
    filter(&few, &b);
    compare("  a letter of a filter, p99", "ms", 0.99, 30, &a, &b);
    order(&many, &a);
    order(&few, &b);
    compare("  order by another column, p99", "ms", 0.99, 100, &a, &b);
    why(&many, &a, CRASHES);
    why(&few, &b, CRASHES);
    compare("  why one of them crashes, p99", "ms", 0.99, 1, &a, &b);
    why(&many, &a, WAITS_FOR_GPU);
    why(&few, &b, WAITS_FOR_GPU);
    compare("  why one waits for a GPU, p99", "ms", 0.99, 1, &a, &b);
    close_rows(&many);
    close_rows(&few);
}
