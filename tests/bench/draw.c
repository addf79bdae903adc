/* Redraw of the Graph view at 120×40: from a change to the finished canvas, without a terminal; and working out where a
 * graph's things could run. */
#include "base/time.h"
#include "graph/layout.h"
#include "ops/place.h"
#include "tests/bench/bench.h"
#include "tests/screen/graph_scene.h"
#include "ui/dashboard.h"

#define W 120
#define H 40
#define BATCHES 40
#define THINGS 200

/* Cameras, detectors and monitors; each detector feeds three monitors, its own and two further down. */
static void write_graph(struct buf *text)
{
    static const char *const types[] = {"ip-camera", "people-detector", "monitor"};
    buf_adds(text, "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: media}\n"
                   "spec:\n  things:\n");
    for (int i = 0; i < THINGS; i++)
        buf_addf(text, "    - {name: thing-%d, type: %s}\n", i, types[i % 3]);
    buf_adds(text, "  links:\n");
    for (int i = 0; i + 1 < THINGS; i += 3) {
        buf_addf(text, "    - {from: thing-%d.video, to: thing-%d.video}\n", i, i + 1);
        for (int other = i; other <= i + 12; other += 6)
            if (other + 2 < THINGS)
                buf_addf(text, "    - {from: thing-%d.video, to: thing-%d.video}\n", i + 1, other + 2);
    }
}

static void put_things(struct scene *scene)
{
    struct buf json;
    buf_init(&json, 4096);
    for (int i = 0; i < THINGS; i++) {
        buf_reset(&json);
        buf_addf(&json,
                 "{'metadata': {'name': 'thing-%d-5b8c6d9f7-qwz4m', 'namespace': 'media', 'uid': 'uid-%d',"
                 " 'resourceVersion': '1', 'creationTimestamp': '2024-01-01T00:00:00Z',"
                 " 'labels': {'patchbay.dev/graph': 'lobby', 'patchbay.dev/thing': 'thing-%d'}},"
                 " 'spec': {'nodeName': 'gpu-1', 'containers': [{'name': 'thing', 'image': 'patchbay/thing:1'}]},"
                 " 'status': {'phase': 'Running', 'podIP': '127.1.0.1',"
                 " 'conditions': [{'type': 'Ready', 'status': 'True'}], 'containerStatuses': [{'name': 'thing',"
                 " 'ready': true, 'restartCount': 0, 'state': {'running': {}}}]}}",
                 i, i, i);
        scene_put(scene, SOURCE_PODS, json.data);
        buf_reset(&json);
        buf_addf(
            &json,
            "{'metadata': {'name': 'thing-%d', 'namespace': 'media', 'uid': 'deployment-%d',"
            " 'resourceVersion': '1', 'labels': {'patchbay.dev/graph': 'lobby', 'patchbay.dev/thing': 'thing-%d'}},"
            " 'spec': {'replicas': 1}, 'status': {'replicas': 1, 'readyReplicas': 1, 'updatedReplicas': 1,"
            " 'availableReplicas': 1}}",
            i, i, i);
        scene_put(scene, SOURCE_DEPLOYMENTS, json.data);
    }
    buf_release(&json);
}

static int make_large(struct graph_scene *gs, struct err *err)
{
    struct model *model = &gs->scene->model;
    struct buf text;
    buf_init(&text, 1u << 20);
    write_graph(&text);
    struct document *document = document_new(text.data, text.len, "large.yaml", NULL, NULL, model->catalogue, err);
    buf_release(&text);
    if (!document)
        return -1;
    document_free(model->document);
    model->document = document;
    put_things(gs->scene);
    model_changed(model, CHANGED_DOCUMENT);
    return 0;
}

/* The same canvas full of words: what any screen costs. */
static double fill_with_text(void)
{
    static const char words[] = "a line of plain text as long as the screen is wide, without borders, wires or "
                                "state, in one role and no more than it";
    struct canvas canvas;
    canvas_init(&canvas, W, H);
    int64_t began = time_monotonic();
    const int rounds = 20;
    for (int i = 0; i < rounds; i++) {
        canvas_clear(&canvas);
        for (int y = 0; y < H; y++)
            draw_text(canvas_area(&canvas), 0, y, ROLE_NORMAL, 0, words);
    }
    int64_t took = time_monotonic() - began;
    canvas_release(&canvas);
    return (double)took / 1e3 / rounds;
}

/* Each time something changed, so that nothing may be kept; `mask` says what. */
static double redraw(struct model *model, struct dashboard *dash, unsigned mask, int rounds)
{
    int64_t began = time_monotonic();
    for (int i = 0; i < rounds; i++) {
        model_changed(model, mask);
        dashboard_draw(dash);
    }
    return (double)(time_monotonic() - began) / 1e3 / rounds;
}

static void measure(struct bench *bench, const char *name, const char *scene, bool large, unsigned mask, int rounds)
{
    struct loop *loop = loop_new(NULL);
    struct graph_scene *gs = graph_scene_new(loop, scene, bench->srcdir, time_wall());
    struct dashboard *dash = dashboard_new(&gs->scene->model, &(struct dashboard_options){.view = "graph"}, W, H);
    struct samples is = {0}, text = {0};
    struct err err = ERR_INIT;
    if (large && make_large(gs, &err) < 0) {
        bench_missing(bench, name, &err);
    } else {
        dashboard_draw(dash);
        for (int i = 0; i < BATCHES; i++) {
            samples_add(&is, redraw(&gs->scene->model, dash, mask, rounds));
            samples_add(&text, fill_with_text());
        }
        bench_figure(&(struct figure){.name = name,
                                      .unit = "µs",
                                      .samples = &is,
                                      .aim = 1000,
                                      .reference = "the same screen full of text",
                                      .reference_samples = &text});
    }
    samples_release(&is);
    samples_release(&text);
    dashboard_free(dash);
    graph_scene_free(gs);
    loop_free(loop);
}

#define NODES 1000
#define PODS 10000

void bench_put_cluster(struct store *nodes, struct store *pods)
{
    struct err err = ERR_INIT;
    struct buf json;
    buf_init(&json, 1u << 16);
    for (int i = 0; i < NODES + PODS; i++) {
        buf_reset(&json);
        if (i < NODES) {
            buf_addf(&json, "{\"metadata\":{\"name\":\"node-%d.example.org\",\"labels\":{", i);
            for (int l = 0; l < 25; l++)
                buf_addf(&json, "\"feature.node.kubernetes.io/feature-%d\":\"true\",", l);
            buf_addf(&json,
                     "\"kubernetes.io/hostname\":\"node-%d\"}},\"spec\":{\"taints\":[{\"key\":\"a\",\"effect\":"
                     "\"PreferNoSchedule\"}]},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],"
                     "\"allocatable\":{\"cpu\":\"64\",\"memory\":\"256Gi\",\"pods\":\"110\",\"nvidia.com/gpu\":\"8\"}}}",
                     i);
        } else {
            buf_addf(&json,
                     "{\"metadata\":{\"name\":\"pod-%d\",\"namespace\":\"team-%d\"},\"spec\":{\"nodeName\":"
                     "\"node-%d.example.org\",\"containers\":[{\"name\":\"x\",\"resources\":{\"limits\":{"
                     "\"nvidia.com/gpu\":\"%d\"},\"requests\":{\"cpu\":\"100m\"}}}]},\"status\":{\"phase\":\"Running\"}}",
                     i, i % 50, i * 7 % NODES, i % 3 == 0);
        }
        cJSON *object = json_parse(json.data, json.len, &err);
        store_put(i < NODES ? nodes : pods, record_new(i < NODES ? &kind_node : &kind_pod, object));
        cJSON_Delete(object);
    }
    buf_release(&json);
}

/* A third of the things with a GPU. worst: none finds room, and they select their nodes in 25 ways. */
static struct graph *place_graph(const struct catalogue *catalogue, bool worst)
{
    struct buf text;
    struct faults faults = {0};
    buf_init(&text, 1u << 20);
    buf_adds(&text, "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: n}\nspec:\n  things:\n");
    for (int i = 0; i < THINGS; i++) {
        buf_addf(&text, "    - {name: thing-%d, type: ip-camera, gpu: {count: %d}", i, worst ? 9 : i % 3 == 0);
        if (worst)
            buf_addf(&text, ", nodeSelector: {feature.node.kubernetes.io/feature-%d: \"true\"}",
                     i % 25);
        buf_adds(&text, "}\n");
    }
    struct graph *graph = graph_parse(text.data, text.len, "place.yaml", catalogue, &faults);
    faults_release(&faults);
    buf_release(&text);
    return graph;
}

static double walk(const struct store *nodes, const struct store *pods)
{
    int64_t began = time_monotonic(), sum = 0;
    STORE_EACH(struct pod, pod, pods) sum += pod->cpu_milli;
    for (int i = 0; i < THINGS; i++)
        STORE_EACH(struct node, node, nodes) sum += node->cpu_milli;
    return (double)(time_monotonic() - began) / 1e3 + (sum == 1);
}

static void measure_place(struct bench *bench, const char *name, bool worst)
{
    struct loop *loop = loop_new(NULL);
    struct graph_scene *gs = graph_scene_new(loop, "draft", bench->srcdir, time_wall());
    struct store *nodes = store_new(&kind_node), *pods = store_new(&kind_pod);
    struct graph *graph = place_graph(gs->scene->model.catalogue, worst);
    struct samples took = {0}, walked = {0};
    bench_put_cluster(nodes, pods);
    for (int i = 0; i < BATCHES; i++) {
        struct place place;
        int64_t began = time_monotonic();
        place_make(&place, graph, nodes, pods);
        place_release(&place);
        samples_add(&took, (double)(time_monotonic() - began) / 1e3);
        samples_add(&walked, walk(nodes, pods));
    }
    bench_figure(&(struct figure){.name = name, .unit = "µs", .samples = &took, .aim = 5000,
                                  .reference = "going through the pods once, the nodes for each thing",
                                  .reference_samples = &walked});
    samples_release(&took);
    samples_release(&walked);
    graph_free(graph);
    store_free(nodes);
    store_free(pods);
    graph_scene_free(gs);
    loop_free(loop);
}

/* 200 things, 400 links: each feeds its own detector and some of those around. */
static struct graph *make_graph(void)
{
    struct graph *graph = xcalloc(1, sizeof *graph);
    graph->things = xcalloc(THINGS, sizeof *graph->things);
    graph->links = xcalloc(2 * THINGS, sizeof *graph->links);
    for (int i = 0; i < THINGS; i++) {
        char name[16];
        snprintf(name, sizeof name, "thing-%d", i);
        graph->things[graph->thing_count++] = (struct graph_thing){.name = xstrdup(name), .replicas = 1};
    }
    const int rank = THINGS / 5; /* five ranks of forty */
    for (int i = 0; i < 2 * THINGS; i++) {
        int from = i % (4 * rank), to = (from + i / (4 * rank) * 3 - 2) % rank;
        graph->links[graph->link_count++] =
            (struct graph_link){.from = (size_t)from, .to = (size_t)(from / rank * rank + rank + (to + rank) % rank),
                                .from_port = i % 3 ? "video" : "detections", .to_port = i % 3 ? "video" : "detections",
                                .valid = true};
    }
    return graph;
}

static void free_graph(struct graph *graph)
{
    for (size_t i = 0; i < graph->thing_count; i++)
        free((void *)(uintptr_t)graph->things[i].name);
    free(graph->things);
    free(graph->links);
    free(graph);
}

static int compare_numbers(const void *pa, const void *pb)
{
    const uint32_t *a = pa, *b = pb;
    return *a < *b ? -1 : *a > *b;
}

/* What sorting and copying as much as a picture has costs: qsort of 100,000 numbers. */
static double sort_numbers(void)
{
    enum { COUNT = 100000 };
    uint32_t *numbers = xcalloc(COUNT, sizeof *numbers), at = 1;
    for (int i = 0; i < COUNT; i++)
        numbers[i] = at = at * 1664525u + 1013904223u;
    int64_t began = time_monotonic();
    qsort(numbers, COUNT, sizeof *numbers, compare_numbers);
    int64_t took = time_monotonic() - began;
    free(numbers);
    return (double)took / 1e3;
}

static void measure_layout(const char *name, enum layout_density density, bool pinned)
{
    struct graph *graph = make_graph();
    struct layout_options options = layout_densities[density];
    options.fit = 200;
    struct graph_thing *moved = &graph->things[THINGS / 2];
    struct layout *first = layout_make(graph, &options);
    moved->pinned = pinned;
    layout_place(first, first->boxes[THINGS / 2].x + 6, first->boxes[THINGS / 2].y + 2, &moved->x, &moved->y);
    layout_free(first);
    struct samples is = {0}, sort = {0};
    for (int i = 0; i < BATCHES; i++) {
        int64_t began = time_monotonic();
        layout_free(layout_make(graph, &options));
        samples_add(&is, (double)(time_monotonic() - began) / 1e3);
        samples_add(&sort, sort_numbers());
    }
    bench_figure(&(struct figure){.name = name,
                                  .unit = "µs",
                                  .samples = &is,
                                  .aim = 5000,
                                  .reference = "qsort of 100,000 numbers",
                                  .reference_samples = &sort});
    samples_release(&is);
    samples_release(&sort);
    free_graph(graph);
}

void bench_draw(struct bench *bench)
{
    measure(bench, "redraw of Graph 120×40, traffic changed", "lobby", false, CHANGED_TRAFFIC, 20);
    measure(bench, "  200 things, traffic changed", "draft", true, CHANGED_TRAFFIC, 5);
    measure(bench, "  200 things, pods changed", "draft", true, CHANGED_PODS, 5);
    measure(bench, "  200 things, the document changed (layout)", "draft", true, CHANGED_DOCUMENT, 1);
    measure_place(bench, "placement of 200 things on 1,000 nodes, 10,000 pods", false);
    measure_place(bench, "  none finds room, 25 different nodeSelectors", true);
    measure_layout("layout of 200 things and 400 links", LAYOUT_FULL, false);
    measure_layout("  compact", LAYOUT_COMPACT, false);
    measure_layout("  a line a thing", LAYOUT_LINES, false);
    measure_layout("  a box moved", LAYOUT_FULL, true);
    measure_layout("  a box moved, a line a thing", LAYOUT_LINES, true);
}
