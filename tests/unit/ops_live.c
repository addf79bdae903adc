#include "ops/live.h"

#include "base/time.h"
#include "ops/gpu.h"
#include "ops/timing.h"
#include "ops/why.h"
#include "tests/unit/ops_test.h"

static const char catalogue_text[] =
    "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: cam}\n"
    "spec: {class: MSensor, title: C, image: i, port: 8080, outputs: [{name: video, media: video/mjpeg, path: /video}]}\n"
    "---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: relay}\n"
    "spec: {class: MAnalyser, title: R, image: i, port: 8080, inputs: [{name: video, media: video/mjpeg, env: IN}],"
    " outputs: [{name: video, media: video/mjpeg, path: /video}]}\n";
static const char graph_text[] =
    "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: n}\nspec:\n  things:\n"
    "    - {name: a, type: cam}\n    - {name: b, type: relay}\n    - {name: c, type: relay}\n"
    "  links:\n    - {from: a.video, to: b.video}\n    - {from: b.video, to: c.video}\n";

struct world {
    struct catalogue cat;
    struct faults faults;
    struct graph *graph;
    struct store *pods, *deployments;
    struct thing_traffic traffic[3];
};

static struct world w;

static void put_thing(const char *name, bool ready)
{
    char json[1024];
    snprintf(json, sizeof json,
             "{'metadata':{'name':'%s','namespace':'n','uid':'d-%s','labels':{'patchbay.dev/graph':'g','patchbay.dev/thing':"
             "'%s'}},'spec':{'replicas':1},'status':{'readyReplicas':%d}}",
             name, name, name, ready);
    store_json(w.deployments, json);
    snprintf(json, sizeof json,
             "{'metadata':{'name':'%s-1','namespace':'n','uid':'%s','labels':{'patchbay.dev/graph':'g','patchbay.dev/thing':"
             "'%s'}},'spec':{'nodeName':'gpu-2','containers':[{'name':'x'}]},'status':{'phase':'Running','conditions':[{'type':'Ready','status':"
             "'%s'}],'containerStatuses':[{'name':'x','ready':%s,'state':{'running':{}}}]}}",
             name, name, name, ready ? "True" : "False", ready ? "true" : "false");
    store_json(w.pods, json);
}

static void setup(void)
{
    memset(&w, 0, sizeof w);
    catalogue_read(&w.cat, catalogue_text, strlen(catalogue_text), "cat", &w.faults);
    w.graph = graph_parse(graph_text, strlen(graph_text), "g", &w.cat, &w.faults);
    ck_assert_msg(w.faults.errors == 0, "%s", w.faults.count ? w.faults.items[0].text : "");
    w.pods = store_new(&kind_pod);
    w.deployments = store_new(&kind_deployment);
}

static void teardown(void)
{
    store_free(w.pods);
    store_free(w.deployments);
    graph_free(w.graph);
    catalogue_release(&w.cat);
    faults_release(&w.faults);
}

static const struct thing_traffic *traffic(void *data, const char *uid)
{
    (void)data;
    return uid[0] >= 'a' && uid[0] <= 'c' && !uid[1] ? &w.traffic[uid[0] - 'a'] : NULL;
}

static void scrape(int thing, int64_t now, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void scrape(int thing, int64_t now, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    thing_traffic_update(&w.traffic[thing], text, strlen(text), now);
}

#define OUTPUT "patchbay_output_frames_total{output=\"video\"} %d\n"
#define INPUT_FROM(host)                                                                                               \
    "# HELP x\npatchbay_input_frames_total{input=\"video\",source=\"http://" host ":8080/video\"} %g\n"                \
    "patchbay_input_last_frame_age_seconds{input=\"video\",source=\"http://" host ":8080/video\"} %g\n"

START_TEST(the_dead_wire_is_the_one_that_shows)
{
    struct live live;
    const int64_t second = NSEC_PER_SEC;
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, second);
    ck_assert_str_eq(live.things[0].state, "not deployed");
    ck_assert_int_eq(live.wires[0].state, WIRE_UNKNOWN);
    live_release(&live);

    put_thing("a", true);
    put_thing("b", true);
    put_thing("c", true);
    scrape(1, 1 * second, INPUT_FROM("a"), 100.0, 0.1);
    scrape(2, 1 * second, INPUT_FROM("b"), 50.0, 0.1);
    scrape(1, 2 * second, INPUT_FROM("a"), 110.0, 0.1);
    scrape(2, 2 * second, INPUT_FROM("b"), 55.0, 0.1);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 2 * second);
    ck_assert_str_eq(live.things[1].state, "Running");
    ck_assert_int_eq(live.wires[0].state, WIRE_FLOWING);
    ck_assert_double_eq_tol(live.wires[0].rate, 10, 0.01);
    ck_assert_double_eq_tol(live.wires[1].rate, 5, 0.01);
    live_release(&live);

    /* the camera freezes: nothing on either wire, yet only the first is the cause */
    scrape(1, 10 * second, INPUT_FROM("a"), 110.0, 8.0);
    scrape(2, 10 * second, INPUT_FROM("b"), 55.0, 8.0);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 12 * second);
    ck_assert_int_eq(live.wires[0].state, WIRE_NO_FRAMES);
    ck_assert_double_eq_tol(live.wires[0].age, 10, 0.01);
    ck_assert_int_eq(live.wires[1].state, WIRE_STARVED);
    live_release(&live);

    scrape(1, 13 * second, INPUT_FROM("a"), 120.0, 0.1);
    scrape(2, 13 * second, INPUT_FROM("b"), 60.0, 0.1);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 13 * second);
    ck_assert_int_eq(live.wires[0].state, WIRE_FLOWING);
    ck_assert_int_eq(live.wires[1].state, WIRE_FLOWING);
    live_release(&live);
}
END_TEST

static void expect_why(const struct live *live, size_t thing, const char *sentence)
{
    struct why_of of = {.graph = w.graph, .live = live, .thing = thing, .now = 10 * NSEC_PER_SEC};
    struct why why;
    why_make(&why, &of);
    ck_assert_uint_ge(why.count, 1);
    ck_assert_str_eq(why.causes[0].sentence, sentence);
    why_release(&why);
}

/* What a camera says of what is in front of it is why its consumer gets nothing. */
START_TEST(a_source_that_is_gone_is_the_cause)
{
#define SOURCE_GONE "patchbay_input_connected{input=\"source\",source=\"rtsp://x\"} 0\n"                                               \
                    "patchbay_input_error{input=\"source\",source=\"rtsp://x\",cause=\"%s\"} 1\n"
    struct live live;
    const int64_t second = NSEC_PER_SEC;
    put_thing("a", true);
    put_thing("b", true);
    put_thing("c", true);
    scrape(0, 10 * second, SOURCE_GONE, "timed out");
    scrape(1, 10 * second, INPUT_FROM("a"), 110.0, 8.0);
    scrape(2, 10 * second, INPUT_FROM("b"), 55.0, 8.0);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 10 * second);
    ck_assert_int_eq(live.wires[0].state, WIRE_NO_FRAMES);
    ck_assert_str_eq(live.things[0].source_cause, "timed out");
    ck_assert_str_eq(live.things[1].source_cause, "");
    expect_why(&live, 1, "b is Ready, but its input stopped: a's source timed out");
    expect_why(&live, 0, "a is Ready, but its source timed out");
    expect_why(&live, 2, "c is Running and starves: no frames from b for 8s, which itself gets nothing");
    live_release(&live);

    /* A wire's own trouble is its consumer's to tell, not a source's. */
    scrape(0, 11 * second, OUTPUT, 5);
    scrape(1, 11 * second, INPUT_FROM("a") "patchbay_input_error{input=\"video\",source=\"http://a:8080/video\",cause=\"refused\"} 1\n",
           110.0, 9.0);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 11 * second);
    ck_assert_str_eq(live.things[1].source_cause, "");
    ck_assert_str_eq(live.wires[0].cause, "refused");
    expect_why(&live, 1, "b is Ready, but its input stopped: no frames from a for 9s");
    live_release(&live);

    /* What comes from outside is harmless; an old scrape is none. */
    scrape(0, 11 * second, SOURCE_GONE, "\033[31mx");
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 12 * second);
    ck_assert_ptr_null(strchr(live.things[0].source_cause, '\033'));
    ck_assert_ptr_nonnull(strstr(live.things[0].source_cause, "[31mx"));
    live_release(&live);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 20 * second);
    ck_assert_str_eq(live.things[0].source_cause, "");
    live_release(&live);
#undef SOURCE_GONE
}
END_TEST

static void put_held(const char *name, const char *spec)
{
    char json[500];
    snprintf(json, sizeof json,
             "{'metadata':{'name':'%s','namespace':'n','uid':'d-%s','resourceVersion':'2','labels':{'patchbay.dev/graph':'g',"
             "'patchbay.dev/thing':'%s'}},'spec':{%s},'status':{'readyReplicas':1}}",
             name, name, name, spec);
    store_json(w.deployments, json);
}

/* What was stopped on purpose is the cause of the silence behind it, and no wire is. */
START_TEST(held_things_and_what_is_behind_them)
{
    struct live live;
    const int64_t second = NSEC_PER_SEC;
    put_thing("b", true);
    put_thing("c", true);
    put_held("a", "'replicas':0");
    put_held("c", "'replicas':1,'paused':true");
    scrape(1, 10 * second, INPUT_FROM("a"), 110.0, 8.0);
    scrape(2, 10 * second, INPUT_FROM("b"), 55.0, 8.0);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 10 * second);
    ck_assert_str_eq(live.things[0].state, "Stopped");
    ck_assert_int_eq(live.things[0].health, HEALTH_UNKNOWN);
    ck_assert_str_eq(live.things[1].state, "Running");
    ck_assert_str_eq(live.things[2].state, "Paused");
    ck_assert_int_eq(live.things[2].health, HEALTH_WARN);
    ck_assert_int_eq(live.wires[0].state, WIRE_UNKNOWN);
    ck_assert_int_eq(live.wires[1].state, WIRE_STARVED);
    live_release(&live);
}
END_TEST

/* Who does not answer says nothing of its wires; whoever waits for it does. */
START_TEST(a_consumer_that_does_not_answer_blames_nobody)
{
    struct live live;
    const int64_t second = NSEC_PER_SEC;
    put_thing("a", true);
    put_thing("b", true);
    put_thing("c", true);
    scrape(1, 1 * second, INPUT_FROM("a"), 100.0, 0.1);
    scrape(2, 6 * second, INPUT_FROM("b"), 50.0, 5.0);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 6 * second);
    ck_assert_int_eq(live.wires[0].state, WIRE_UNKNOWN);
    ck_assert_double_eq(live.wires[0].rate, -1);
    ck_assert_int_eq(live.wires[1].state, WIRE_NO_FRAMES);
    live_release(&live);

    /* and when nobody can be asked, none is called dead */
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, 20 * second);
    ck_assert_int_eq(live.wires[0].state, WIRE_UNKNOWN);
    ck_assert_int_eq(live.wires[1].state, WIRE_UNKNOWN);
    live_release(&live);
}
END_TEST

START_TEST(a_wire_that_never_carried_anything)
{
    struct live live;
    put_thing("a", true);
    put_thing("b", false);
    scrape(1, NSEC_PER_SEC, INPUT_FROM("a"), 0.0, -1.0);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, NSEC_PER_SEC);
    ck_assert_int_eq(live.wires[0].state, WIRE_STARTING);
    live_release(&live);
    put_thing("b", true);
    live_make(&live, w.graph, w.deployments, w.pods, traffic, NULL, NSEC_PER_SEC);
    ck_assert_int_eq(live.wires[0].state, WIRE_NO_FRAMES);
    live_release(&live);
}
END_TEST

START_TEST(rates_survive_a_restart)
{
    struct thing_traffic *t = &w.traffic[0];
    scrape(0, NSEC_PER_SEC, OUTPUT, 1000);
    ck_assert_double_eq(t->ports[0].rate, -1);
    scrape(0, 2 * NSEC_PER_SEC, OUTPUT, 1010);
    ck_assert_double_eq_tol(t->ports[0].rate, 10, 0.01);
    scrape(0, 3 * NSEC_PER_SEC, OUTPUT, 4); /* counts from nothing again */
    ck_assert_double_eq(t->ports[0].rate, -1);
    const char *hostile = "patchbay_input_frames_total{input=\"a\\\"},b\",source=\"\"} 5\nx{ 1\n{} 2\nname\nnan NaN\n= = =\n";
    thing_traffic_update(t, hostile, strlen(hostile), 4 * NSEC_PER_SEC);
    ck_assert_uint_eq(t->count, 1);
    ck_assert_str_eq(t->ports[0].port, "a\"},b");
}
END_TEST

START_TEST(gpus_are_counted_as_the_scheduler_does)
{
    struct store *nodes = store_new(&kind_node);
    store_json(nodes, "{'metadata':{'name':'gpu-1','uid':'1'},'status':{'capacity':{'nvidia.com/gpu':'4'},'allocatable':"
                      "{'nvidia.com/gpu':'3','cpu':'8'}}}");
    store_json(nodes, "{'metadata':{'name':'cpu-1','uid':'2'},'status':{'capacity':{'cpu':'8'}}}");
    static const struct {
        const char *name, *phase;
        bool deleted;
    } pods[] = {{"runs", "Running", false}, {"ends", "Running", true}, {"done", "Succeeded", false}};
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        char json[512];
        snprintf(json, sizeof json,
                 "{'metadata':{'name':'%s','namespace':'n','uid':'%s'%s},'spec':{'nodeName':'gpu-1','containers':[{'name':'x',"
                 "'resources':{'limits':{'nvidia.com/gpu':'1'},'requests':{'nvidia.com/gpu':'1'}}}]},'status':{'phase':'%s'}}",
                 pods[i].name, pods[i].name, pods[i].deleted ? ",'deletionTimestamp':'2026-11-22T00:00:00Z'" : "",
                 pods[i].phase);
        store_json(w.pods, json);
    }
    struct gpu_ledger *ledger = gpu_ledger_new(nodes, w.pods);
    ck_assert_uint_eq(ledger->accounts, 1);
    ck_assert_int_eq(ledger->capacity, 4);
    ck_assert_int_eq(ledger->used, 2); /* the terminating one still holds, the finished one does not */
    ck_assert_int_eq(ledger->free, 1);
    ck_assert(!ledger->simulated);
    gpu_ledger_free(ledger);
    store_free(nodes);
}
END_TEST

/* gpus -1: it has no such resource. */
static void gpu_node(struct store *nodes, int number, int rv, int gpus)
{
    char json[256];
    const char *resource = gpus < 0 ? "memory" : "nvidia.com/gpu";
    snprintf(json, sizeof json, "{'metadata':{'name':'gpu-%d','uid':'%d','resourceVersion':'%d'},'status':{'capacity':"
             "{'%s':'%d'},'allocatable':{'%s':'%d'}}}", number, number, rv, resource, gpus, resource, gpus);
    store_json(nodes, json);
}

static void gpu_pod(struct store *pods, int number, int rv, int node, int gpus, const char *phase)
{
    char json[512];
    snprintf(json, sizeof json, "{'metadata':{'name':'p%d','namespace':'n','uid':'p%d','resourceVersion':'%d'},'spec':"
             "{'nodeName':'gpu-%d','containers':[{'name':'x','resources':{'limits':{'nvidia.com/gpu':'%d'}}}]},"
             "'status':{'phase':'%s'}}", number, number, rv, node, gpus, phase);
    store_json(pods, json);
}

/* Whatever happened on the way, the sums are those of one who counts now. */
static void counts_as_new(const struct gpu_ledger *ledger)
{
    struct gpu_ledger *anew = gpu_ledger_new(ledger->node_store, ledger->pod_store);
    ck_assert_int_eq(ledger->capacity, anew->capacity);
    ck_assert_int_eq(ledger->allocatable, anew->allocatable);
    ck_assert_int_eq(ledger->used, anew->used);
    ck_assert_int_eq(ledger->free, anew->free);
    ck_assert_uint_eq(ledger->accounts, anew->accounts);
    STORE_EACH(struct node, node, ledger->node_store) {
        const struct gpu_account *a = gpu_ledger_node(ledger, node->r.name), *b = gpu_ledger_node(anew, node->r.name);
        for (; a && b; a = a->next, b = b->next) {
            ck_assert_ptr_eq(a->node, b->node); /* this one, or none: something is held of what it has no more */
            ck_assert_uint_eq(a->holder_count, b->holder_count);
            ck_assert_int_eq(a->free, b->free);
        }
        ck_assert_ptr_null(a);
        ck_assert_ptr_null(b);
    }
    gpu_ledger_free(anew);
}

START_TEST(gpu_accounts_follow_what_changes)
{
    struct store *nodes = store_new(&kind_node);
    struct gpu_ledger *ledger = gpu_ledger_new(nodes, w.pods);
    gpu_pod(w.pods, 1, 1, 1, 2, "Running"); /* before its node is known */
    ck_assert_int_eq(ledger->used, 0);
    gpu_node(nodes, 1, 1, 4);
    ck_assert_int_eq(ledger->used, 2);
    ck_assert_int_eq(ledger->free, 2);
    gpu_pod(w.pods, 1, 2, 1, 2, "Running"); /* another record of the same pod */
    ck_assert_ptr_eq(gpu_ledger_node(ledger, "gpu-1")->holders[0].pod, store_at(w.pods, 0));
    gpu_pod(w.pods, 1, 3, 1, 2, "Succeeded");
    ck_assert_int_eq(ledger->free, 4);
    gpu_node(nodes, 1, 2, 0);
    gpu_node(nodes, 2, 1, 0);
    gpu_node(nodes, 3, 1, -1);
    gpu_node(nodes, 3, 2, -1); /* one without GPUs is still one row, and that of now */
    counts_as_new(ledger);
    srand(7);
    for (int i = 0; i < 2000; i++) {
        int number = rand() % 12;
        if (rand() % 5 == 0)
            gpu_node(nodes, number % 4, 100 + i, rand() % 4 * 2 - 1);
        else if (rand() % 9 == 0)
            store_del(nodes, NULL, number % 2 ? "gpu-1" : "gpu-2");
        else if (rand() % 4 == 0)
            store_del(w.pods, "n", number % 2 ? "p1" : "p2");
        else
            gpu_pod(w.pods, number, 100 + i, rand() % 5, rand() % 4, rand() % 3 ? "Running" : "Failed");
        if (i % 20 == 0)
            counts_as_new(ledger);
    }
    gpu_ledger_free(ledger);
    store_free(nodes);
}
END_TEST

/* As the dashboard has it: an index, made anew here because nobody hands changes on. */
static void timing(struct pod_timing *out, const struct record *pod, struct store *events, int64_t first_result)
{
    struct index index;
    index_init(&index, events, event_object_key);
    pod_timing(out, (const struct pod *)pod, &index, first_result);
    index_release(&index);
}

START_TEST(a_sandbox_told_late_ends_where_the_pull_begins)
{
    struct store *events = store_new(&kind_event);
    struct record *pod = record_of(
        &kind_pod, "{'metadata':{'name':'p','namespace':'n','uid':'u','creationTimestamp':'2026-11-22T00:00:00Z'},'spec':"
                   "{'containers':[{'name':'x'}]},'status':{'conditions':[{'type':'PodScheduled','status':'True',"
                   "'lastTransitionTime':'2026-11-22T00:00:01Z'},{'type':'PodReadyToStartContainers','status':'True',"
                   "'lastTransitionTime':'2026-11-22T00:00:09Z'}]}}");
    struct pod_timing t;
    timing(&t, pod, events, 0);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_SANDBOX), 8 * NSEC_PER_SEC);
    store_json(events, "{'metadata':{'name':'p.1','namespace':'n','uid':'e1'},'involvedObject':{'uid':'u','name':'p'},"
                       "'reason':'Pulling','firstTimestamp':'2026-11-22T00:00:03Z'}");
    timing(&t, pod, events, 0);
    ck_assert(t.pulling == time_parse("2026-11-22T00:00:03Z"));
    store_json(events, "{'metadata':{'name':'p.2','namespace':'n','uid':'e2'},'involvedObject':{'uid':'u','name':'p'},'reason':"
                       "'Pulled','message':'Successfully pulled image \\'i\\' in 5s.','firstTimestamp':'2026-11-22T00:00:08Z'}");
    timing(&t, pod, events, 0);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_SANDBOX), 2 * NSEC_PER_SEC);
    ck_assert(t.pulling == 0);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_PULLED), 5 * NSEC_PER_SEC);
    ck_assert_str_eq(t.phases[PHASE_SANDBOX].source, "event");
    store_free(events);
    record_unref(pod);
}
END_TEST

START_TEST(timing_never_calls_the_unknown_zero)
{
    struct store *events = store_new(&kind_event);
    struct record *pod = record_of(
        &kind_pod, "{'metadata':{'name':'p','namespace':'n','uid':'u','creationTimestamp':'2026-11-22T00:00:00Z'},'spec':"
                   "{'containers':[{'name':'x'}]},'status':{'phase':'Running','conditions':[{'type':'PodScheduled','status':"
                   "'True','lastTransitionTime':'2026-11-22T00:00:00Z'},{'type':'Ready','status':'True','lastTransitionTime':"
                   "'2026-11-22T00:01:05Z'}],'containerStatuses':[{'name':'x','ready':true,'state':{'running':{'startedAt':"
                   "'2026-11-22T00:01:00Z'}}}]}}");
    struct pod_timing t;
    timing(&t, pod, events, 0);
    ck_assert_int_eq(t.pull, -1);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_PULLED), -1);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_SANDBOX), -1);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_READY), 5 * NSEC_PER_SEC);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_FIRST_RESULT), -1);
    ck_assert_str_eq(t.phases[PHASE_READY].source, "condition");
    ck_assert(!t.skewed);

    store_json(events, "{'metadata':{'name':'p.1','namespace':'n','uid':'e1'},'involvedObject':{'uid':'u','name':'p'},'reason':"
                       "'Pulled','message':'Successfully pulled image \\'i\\' in 49.65s (50s including waiting). Image size: 3 "
                       "bytes.','firstTimestamp':'2026-11-22T00:00:59Z','lastTimestamp':'2026-11-22T00:00:59Z'}");
    timing(&t, pod, events, 0);
    ck_assert_int_eq(t.phases[PHASE_PULLED].at, time_parse("2026-11-22T00:00:59Z"));
    store_json(events, "{'metadata':{'name':'p.2','namespace':'n','uid':'e2'},'involvedObject':{'uid':'u','name':'p'},'reason':"
                       "'Scheduled','eventTime':'2026-11-22T00:00:00.250000Z'}");
    /* results come before somebody asks whether it is ready: that is neither skew nor unknown */
    timing(&t, pod, events, time_parse("2026-11-22T00:01:01Z"));
    ck_assert(!t.skewed);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_FIRST_RESULT), 0);
    store_json(events, "{'metadata':{'name':'p.9','namespace':'n','uid':'e9'},'involvedObject':{'uid':'u','name':'p'},'reason':"
                       "'Started','eventTime':'2026-11-22T00:01:00.500000Z'}");
    timing(&t, pod, events, time_parse("2026-11-22T00:01:00.3Z")); /* the kubelet says so a little after */
    ck_assert(!t.skewed);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_FIRST_RESULT), 0);
    timing(&t, pod, events, time_parse("2026-11-22T00:00:50Z")); /* but not so long after */
    ck_assert(t.skewed);
    timing(&t, pod, events, time_parse("2026-11-22T00:01:06.5Z"));
    ck_assert_str_eq(t.phases[PHASE_SCHEDULED].source, "event");
    ck_assert_int_eq(pod_timing_span(&t, PHASE_SCHEDULED), 250 * NSEC_PER_MSEC);
    ck_assert_int_eq(pod_timing_span(&t, PHASE_FIRST_RESULT), 1500 * NSEC_PER_MSEC);
    /* readiness lost and regained: the condition's time is not the first one any more */
    store_json(events, "{'metadata':{'name':'p.3','namespace':'n','uid':'e3'},'involvedObject':{'uid':'u','name':'p'},'reason':"
                       "'Unhealthy','message':'Readiness probe failed: timeout','firstTimestamp':'2026-11-22T00:01:04Z',"
                       "'lastTimestamp':'2026-11-22T00:01:04Z'}");
    timing(&t, pod, events, time_parse("2026-11-22T00:01:01Z"));
    ck_assert_int_eq(t.phases[PHASE_READY].at, 0);
    timing(&t, pod, events, time_parse("2026-11-22T00:01:06.5Z"));
    ck_assert_int_ne(t.phases[PHASE_READY].at, 0);
    record_unref(pod);
    store_free(events);
}
END_TEST

START_TEST(pull_texts)
{
    static const struct {
        const char *message;
        int64_t pull, plus_minus;
        const char *source;
    } rows[] = {
        {"Successfully pulled image \\\"i\\\" in 49.65s", 49650 * NSEC_PER_MSEC, NSEC_PER_MSEC, "event text"},
        {"Successfully pulled image \\\"i\\\" in 2.1s (3.4s including waiting). Image size: 12 bytes.", 2100 * NSEC_PER_MSEC, NSEC_PER_MSEC,
         "event text"},
        {"Successfully pulled image \\\"i\\\" in 1m2s. Image size: 1 bytes.", 62 * NSEC_PER_SEC, NSEC_PER_MSEC, "event text"},
        {"Container image \\\"i\\\" already present on machine", 0, 0, "event"},
        {"something else", -1, 0, NULL},
    };
    struct record *pod =
        record_of(&kind_pod, "{'metadata':{'name':'p','namespace':'n','uid':'u'},'spec':{},'status':{}}");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct store *events = store_new(&kind_event);
        char json[512];
        snprintf(json, sizeof json,
                 "{'metadata':{'name':'p.1','namespace':'n','uid':'e'},'involvedObject':{'uid':'u'},'reason':'Pulled','message':"
                 "'%s','firstTimestamp':'2026-11-22T00:00:59Z'}",
                 rows[i].message);
        store_json(events, json);
        struct pod_timing t;
        timing(&t, pod, events, 0);
        ck_assert_msg(t.pull == rows[i].pull, "'%s' gave %" PRId64, rows[i].message, t.pull);
        ck_assert_int_eq(t.pull_plus_minus, rows[i].plus_minus);
        ck_assert(t.pull_source == rows[i].source || str_eq(t.pull_source, rows[i].source));
        store_free(events);
    }
    record_unref(pod);
}
END_TEST

Suite *ops_live_suite(void)
{
    Suite *suite = suite_create("live, metrics, gpu, timing");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_dead_wire_is_the_one_that_shows);
    tcase_add_test(tc, a_source_that_is_gone_is_the_cause);
    tcase_add_test(tc, held_things_and_what_is_behind_them);
    tcase_add_test(tc, a_consumer_that_does_not_answer_blames_nobody);
    tcase_add_test(tc, a_wire_that_never_carried_anything);
    tcase_add_test(tc, rates_survive_a_restart);
    tcase_add_test(tc, gpus_are_counted_as_the_scheduler_does);
    tcase_add_test(tc, gpu_accounts_follow_what_changes);
    tcase_add_test(tc, a_sandbox_told_late_ends_where_the_pull_begins);
    tcase_add_test(tc, timing_never_calls_the_unknown_zero);
    tcase_add_test(tc, pull_texts);
    suite_add_tcase(suite, tc);
    return suite;
}
