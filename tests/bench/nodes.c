/* Nodes: 1,000 nodes with 8 GPUs each and 100,000 pods, some of which hold one, at 120×40 and without a terminal; beside it 40 nodes
 * with 400 pods. Of processor time. */
#include <time.h>

#include "base/time.h"
#include "k8s/kinds/pod.h"
#include "tests/bench/bench.h"
#include "tests/screen/scene.h"
#include "ui/dashboard.h"

#define W 120
#define H 40
#define TIMES 20
#define CHANGES 1000

struct world {
    struct loop *loop;
    struct scene *scene;
    struct dashboard *dash;
    int nodes, pods, version;
};

static void put_pod(struct world *world, int number, int milli)
{
    char json[700];
    snprintf(json, sizeof json,
             "{'metadata': {'name': 'pod-%05d', 'namespace': 'namespace-%d', 'uid': 'uid-%d', 'resourceVersion': '%d'}, 'spec':"
             " {'nodeName': 'node-%04d', 'containers': [{'name': 'main', 'resources': {'requests': {'cpu': '%dm', 'memory':"
             " '64Mi'%s}}}]}, 'status': {'phase': 'Running'}}",
             number, number % 100, number, ++world->version, number % world->nodes, milli,
             number % 20 ? "" : ", 'nvidia.com/gpu': '1'");
    scene_put(world->scene, SOURCE_PODS, json);
}

static void open_world(struct world *world, int nodes, int pods)
{
    *world = (struct world){.loop = loop_new(NULL), .nodes = nodes, .pods = pods};
    world->scene = scene_new(world->loop, "empty", time_wall());
    for (int i = 0; i < nodes; i++) {
        char json[600];
        snprintf(json, sizeof json,
                 "{'metadata': {'name': 'node-%04d', 'uid': 'node-%d', 'resourceVersion': '1', 'labels': {'nvidia.com/gpu.product':"
                 " 'NVIDIA-A100'}}, 'status': {'capacity': {'nvidia.com/gpu': '8', 'cpu': '64', 'memory': '512Gi'}, 'allocatable':"
                 " {'nvidia.com/gpu': '8', 'cpu': '64', 'memory': '512Gi'}, 'conditions': [{'type': 'Ready', 'status': 'True'}]}}",
                 i, i);
        scene_put(world->scene, SOURCE_NODES, json);
    }
    for (int i = 0; i < pods; i++)
        put_pod(world, i, 50);
    world->dash = dashboard_new(&world->scene->model, &(struct dashboard_options){.view = "events"}, W, H);
    dashboard_draw(world->dash);
}

static void close_world(struct world *world)
{
    dashboard_free(world->dash);
    scene_free(world->scene);
    loop_free(world->loop);
}

static int64_t spent(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (int64_t)at.tv_sec * NSEC_PER_SEC + at.tv_nsec;
}

static double key(struct world *world, const char *name)
{
    struct key key;
    key_parse(name, &key);
    int64_t began = spent();
    dashboard_key(world->dash, &key);
    dashboard_draw(world->dash);
    return (double)(spent() - began) / 1e6;
}

/* Opened by `name` again and again, from the view that `back` leads to. */
static void opened(struct world *world, struct samples *out, const char *name, const char *back)
{
    for (int i = 0; i < TIMES; i++) {
        samples_add(out, key(world, name));
        key(world, back);
    }
}

static void change(struct world *world, struct samples *out)
{
    for (int i = 0; i < CHANGES; i++) {
        struct store *pods = model_store(&world->scene->model, SOURCE_PODS);
        store_batch_begin(pods);
        put_pod(world, i * 37 % world->pods, 50 + i);
        int64_t began = spent();
        store_batch_end(pods);
        dashboard_draw(world->dash);
        samples_add(out, (double)(spent() - began) / 1e3);
    }
}

static void figure(const char *name, const char *unit, double aim, struct samples *many, struct samples *few)
{
    bench_figure(&(struct figure){.name = name, .unit = unit, .samples = many, .aim = aim,
                                  .reference = "the same with 40 nodes and 400 pods", .reference_samples = few});
    samples_release(many);
    samples_release(few);
}

void bench_nodes(struct bench *bench UNUSED)
{
    struct world many, few;
    struct samples a = {0}, b = {0};
    open_world(&many, 1000, 100000);
    open_world(&few, 40, 400);
    opened(&many, &a, "3", "5");
    opened(&few, &b, "3", "5");
    figure("1,000 nodes, 100,000 pods: Nodes is opened", "ms", 50, &a, &b);
    key(&many, "3");
    key(&few, "3");
    change(&many, &a);
    change(&few, &b);
    figure("  a pod asks for more, to the frame drawn", "µs", 1000, &a, &b);
    opened(&many, &a, "j", "j");
    opened(&few, &b, "j", "j");
    figure("  a key, to the frame drawn", "ms", 8, &a, &b);
    opened(&many, &a, "Enter", "Esc");
    opened(&few, &b, "Enter", "Esc");
    figure("  a node is looked into", "ms", 50, &a, &b);
    opened(&many, &a, "t", "t");
    opened(&few, &b, "t", "t");
    figure("  the GPUs by product", "ms", 50, &a, &b);
    close_world(&many);
    close_world(&few);
}
