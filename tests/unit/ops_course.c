#include "ops/course.h"

#include "base/time.h"
#include "k8s/kinds/nodeimages.h"
#include "ops/eta.h"
#include "tests/unit/ops_test.h"

/* camera → detect → monitor, and an alarm that gives nothing. */
static const char catalogue_text[] =
    "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: cam}\n"
    "spec: {class: MSensor, title: C, image: i, port: 8080, outputs: [{name: video, media: video/mjpeg, path: /video}]}\n"
    "---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: relay}\n"
    "spec: {class: MAnalyser, title: R, image: i, port: 8080, inputs: [{name: video, media: video/mjpeg, env: IN}],"
    " outputs: [{name: video, media: video/mjpeg, path: /video}]}\n"
    "---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: bell}\n"
    "spec: {class: MActuator, title: B, image: i, port: 8080, inputs: [{name: video, media: video/mjpeg, env: IN}]}\n";
static const char graph_text[] =
    "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: n}\nspec:\n  things:\n"
    "    - {name: camera, type: cam}\n    - {name: detect, type: relay}\n    - {name: monitor, type: relay}\n    - {name: alarm, type: bell}\n"
    "  links:\n    - {from: camera.video, to: detect.video}\n    - {from: detect.video, to: monitor.video}\n"
    "    - {from: detect.video, to: alarm.video}\n";

#define T0 1764547200 /* 2025-12-01T00:00:00Z */
#define AT(seconds) ((int64_t)((T0 + (seconds)) * 1e9))

static struct catalogue cat;
static struct graph *graph;
static struct store *pods;
static double results[10]; /* by the digit at the end of the uid; 0: none */

static int64_t first_result(void *data, const char *uid)
{
    (void)data;
    double at = results[uid[strlen(uid) - 1] - '0'];
    return at > 0 ? AT(at) : 0;
}

/* In whole seconds after T0; -1: not yet. */
static void pod(int number, const char *thing, const char *image, int created, int scheduled, int sandbox, int started, int ready)
{
    char json[2048], times[3][TIME_TEXT], created_text[TIME_TEXT], started_text[TIME_TEXT], conditions[400] = "", state[200];
    static const char *const types[] = {"PodScheduled", "PodReadyToStartContainers", "Ready"};
    const int at[] = {scheduled, sandbox, ready};
    for (int i = 0; i < 3; i++)
        if (at[i] >= 0)
            snprintf(conditions + strlen(conditions), sizeof conditions - strlen(conditions),
                     "%s{'type':'%s','status':'True','lastTransitionTime':'%s'}", *conditions ? "," : "", types[i],
                     time_format(times[i], AT(at[i]), 0));
    if (started >= 0)
        snprintf(state, sizeof state, "'running':{'startedAt':'%s'}", time_format(started_text, AT(started), 0));
    else
        snprintf(state, sizeof state, "'waiting':{'reason':'ContainerCreating'}");
    snprintf(json, sizeof json,
             "{'metadata':{'name':'%s-%d','namespace':'n','uid':'u%d','creationTimestamp':'%s','labels':{'patchbay.dev/graph':'g',"
             "'patchbay.dev/thing':'%s'}},'spec':{'nodeName':'gpu-%d','containers':[{'name':'x','image':'%s'}]},'status':{'phase':'Running',"
             "'conditions':[%s],'containerStatuses':[{'name':'x','image':'%s','ready':%s,'state':{%s}}]}}",
             thing, number, number, time_format(created_text, AT(created), 0), thing, number, image, conditions, image,
             ready >= 0 ? "true" : "false", state);
    store_json(pods, json);
}

static void setup(void)
{
    struct faults faults = {0};
    cat = (struct catalogue){0};
    catalogue_read(&cat, catalogue_text, strlen(catalogue_text), "cat", &faults);
    graph = graph_parse(graph_text, strlen(graph_text), "g", &cat, &faults);
    ck_assert_msg(!faults.errors, "%s", faults.count ? faults.items[0].text : "");
    faults_release(&faults);
    pods = store_new(&kind_pod);
    memset(results, 0, sizeof results);
}

static void teardown(void)
{
    store_free(pods);
    graph_free(graph);
    catalogue_release(&cat);
}

static void make(struct course *out, const struct graph *of)
{
    struct course_of what = {.ns = "n", .name = "g", .graph = of, .pods = pods, .first_result = first_result};
    course_make(out, &what);
}

/* "detect pull 49.0, monitor first result 0.5" and the same sum as from the beginning to the end. */
static void expect_path(const struct graph *of, double began, const char *wanted)
{
    struct course course;
    struct course_step *steps;
    char text[512] = "";
    int64_t sum = 0;
    make(&course, of);
    size_t count = course_path(&course, began >= 0 ? AT(began) : 0, &steps);
    for (size_t i = 0; i < count; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s %s %.1f", i ? ", " : "", steps[i].pod->pod->thing,
                 phase_names[steps[i].phase], (double)(steps[i].to - steps[i].from) / 1e9);
        ck_assert(i == 0 || steps[i].from == steps[i - 1].to);
        sum += steps[i].to - steps[i].from;
    }
    ck_assert_str_eq(text, wanted);
    if (count) {
        ck_assert(steps[count - 1].to == course_end(&course));
        ck_assert(sum == course_end(&course) - steps[0].from);
    }
    free(steps);
    course_release(&course);
}

/* The detector's image takes its time: nobody waits for the camera or the monitor's own start. */
START_TEST(the_chain_goes_through_what_was_waited_for)
{
    pod(1, "camera", "i", 1, 1, 2, 3, 4);
    pod(2, "detect", "d", 1, 1, 2, 50, 52);
    pod(3, "monitor", "i", 1, 2, 3, 4, 5);
    pod(4, "alarm", "i", 1, 2, 3, 4, 5);
    results[1] = 3.5;
    results[2] = 52.25;
    results[3] = 52.75;
    expect_path(graph, 0.5, "detect created 0.5, detect sandbox 1.0, detect start 48.0, detect ready 2.0, detect first result 0.2, "
                            "monitor first result 0.5");
    /* what links it is not known: then the monitor itself seems to have taken that long */
    expect_path(NULL, -1, "monitor scheduled 1.0, monitor sandbox 1.0, monitor start 1.0, monitor ready 1.0, monitor first result 47.8");
}
END_TEST

/* The camera was last: the others, which were up long before, waited for its first frame. */
START_TEST(the_chain_ends_at_the_source)
{
    pod(1, "camera", "c", 1, 1, 2, 30, 31);
    pod(2, "detect", "i", 1, 1, 2, 3, 4);
    pod(3, "monitor", "i", 1, 2, 3, 4, 5);
    results[1] = 30.5;
    results[2] = 30.75;
    results[3] = 31.5;
    expect_path(graph, -1, "camera sandbox 1.0, camera start 28.0, camera first result 0.5, detect first result 0.3, monitor first result 0.7");
}
END_TEST

/* What is ready last, after its first result, is waited for itself. */
START_TEST(a_thing_without_results_ends_when_it_is_ready)
{
    struct course course;
    pod(1, "camera", "i", 1, 1, 1, 2, 3);
    pod(2, "detect", "i", 1, 1, 1, 2, 3);
    pod(4, "alarm", "i", 1, 1, 1, 2, -1);
    results[1] = 2.25;
    results[2] = 2.5;
    make(&course, graph);
    ck_assert(!course_over(&course));
    course_release(&course);
    pod(4, "alarm", "i", 1, 1, 1, 2, 9);
    make(&course, graph);
    ck_assert(course_over(&course));
    ck_assert(course_end(&course) == AT(9));
    course_release(&course);
    expect_path(NULL, -1, "camera start 1.0, camera ready 1.0"); /* without the graph it is not known that no result is to come */
    expect_path(graph, -1, "camera start 1.0, camera first result 0.2, detect first result 0.3, alarm ready 6.5");
    pod(1, "camera", "i", 1, 1, 1, 1, 1);
    pod(2, "detect", "i", 1, 1, 1, 1, 1);
    pod(4, "alarm", "i", 1, 1, 1, 1, 4);
    expect_path(graph, -1, "camera first result 1.2, detect first result 0.3, alarm ready 1.5");
}
END_TEST

/* Phases of which nothing is told are part of the next; a time cut to its second is in order again; a pod that runs again tells
 * nothing of its first start. */
START_TEST(the_chain_has_no_gaps)
{
    pod(1, "camera", "i", 1, -1, -1, 4, 3); /* ready, cut to its second, before it ran */
    results[1] = 4.5;
    expect_path(graph, -1, "camera start 3.0, camera first result 0.5");
    pod(1, "camera", "i", 1, -1, -1, -1, 3);
    results[1] = 0;
    expect_path(graph, -1, "");
}
END_TEST

/* What links say in a circle ends. */
START_TEST(a_circle_of_links)
{
    static const char text[] = "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: n}\nspec:\n  things:\n"
                               "    - {name: a, type: relay}\n    - {name: b, type: relay}\n"
                               "  links:\n    - {from: a.video, to: b.video}\n    - {from: b.video, to: a.video}\n";
    struct faults faults = {0};
    struct graph *circle = graph_parse(text, strlen(text), "g", &cat, &faults);
    struct course course;
    struct pasts pasts = {0};
    struct eta eta;
    faults_release(&faults);
    pod(1, "a", "i", 1, 1, 2, 3, 4);
    pod(2, "b", "i", 1, 1, 2, 3, 4);
    results[1] = 5;
    results[2] = 5;
    expect_path(circle, -1, "a sandbox 1.0, a start 1.0, a ready 1.0, a first result 1.0");
    pod(1, "a", "i", 1, 1, 2, -1, -1);
    pod(2, "b", "i", 1, 1, 2, -1, -1);
    results[1] = results[2] = 0;
    pasts_read(&pasts, "[{\"timing\":[{\"image\":\"i\",\"pull\":0,\"start\":1,\"ready\":1,\"afterInputs\":1}]}]");
    make(&course, circle);
    eta_make(&eta, &course, &pasts, NULL, AT(2));
    ck_assert(eta.at > AT(3) && eta.at < AT(10));
    course_release(&course);
    pasts_release(&pasts);
    graph_free(circle);
}
END_TEST

static const char before[] =
    "[{\"timing\":["
    "{\"image\":\"d\",\"node\":\"gpu-7\",\"nodeKind\":\"T4\",\"scheduled\":0,\"sandbox\":1,\"pull\":40,\"start\":1,\"ready\":2,\"afterInputs\":0.5},"
    "{\"image\":\"d\",\"node\":\"gpu-8\",\"nodeKind\":\"T4\",\"scheduled\":0,\"sandbox\":1,\"pull\":50,\"start\":1,\"ready\":2,\"afterInputs\":0.5},"
    "{\"image\":\"d\",\"node\":\"gpu-8\",\"nodeKind\":\"T4\",\"scheduled\":0,\"sandbox\":1,\"pull\":0,\"start\":1,\"ready\":2,\"afterInputs\":0.5},"
    "{\"image\":\"d\",\"node\":\"gpu-9\",\"nodeKind\":\"A100\",\"scheduled\":0,\"sandbox\":1,\"pull\":10,\"start\":1,\"ready\":2,\"afterInputs\":0.5},"
    "{\"image\":\"i\",\"node\":\"gpu-1\",\"nodeKind\":\"T4\",\"scheduled\":0,\"sandbox\":1,\"pull\":0,\"start\":1,\"ready\":1,\"afterInputs\":0.25}"
    "]},{\"timing\":\"nonsense\"},7]";

static struct store *nodes_of(const struct kind *record, const char *kind)
{
    struct store *nodes = store_new(record);
    for (int i = 1; i < 10; i++) {
        char json[400];
        snprintf(json, sizeof json, "{'metadata':{'name':'gpu-%d','uid':'n%d','labels':{'node.kubernetes.io/instance-type':'%s'}},'status':"
                                    "{'images':[{'names':['docker.io/library/%s:latest'],'sizeBytes':9}]}}", i, i, kind, i == 3 ? "d" : "i");
        store_json(nodes, json);
    }
    return nodes;
}

static void expect_eta(const struct kind *record, const char *kind, double now, const char *wanted)
{
    struct course course;
    struct pasts pasts = {0};
    struct eta eta;
    char words[ETA_TEXT];
    struct store *nodes = nodes_of(record, kind);
    pasts_read(&pasts, before);
    make(&course, graph);
    eta_make(&eta, &course, &pasts, nodes, AT(now));
    ck_assert_str_eq(eta_words(words, &eta, AT(now)), wanted);
    course_release(&course);
    pasts_release(&pasts);
    store_free(nodes);
}

START_TEST(an_estimate_waits_for_the_slowest_input)
{
    pod(1, "camera", "i", 1, 1, 2, 3, 4);
    pod(2, "detect", "d", 1, 1, 2, -1, -1);
    pod(3, "monitor", "i", 1, 1, 2, 3, 4);
    results[1] = 3.5;
    /* 2 + 50 + 1 until it runs, 2 more until it is ready; the monitor has its frame before that */
    expect_eta(&kind_node, "T4", 2, "up in about 53s, pulling, as 1 pod took before");
    expect_eta(&kind_node, "A100", 2, "up in about 13s, pulling, as 1 pod took before on other nodes");
    expect_eta(&kind_node, "H100", 2, "up in about 43s, pulling, as 1 pod took before on other nodes");
    /* it takes longer than it ever did */
    expect_eta(&kind_node, "T4", 60, "up in about 3s, pulling, as 1 pod took before");
    /* all but the first result is there */
    pod(2, "detect", "d", 1, 1, 2, 53, 55);
    expect_eta(&kind_node, "T4", 55, "up any moment, as 1 pod took before");
    results[2] = 53.5;
    results[3] = 54;
    expect_eta(&kind_node, "T4", 56, "");
}
END_TEST

/* A node that ran the image before has it. */
START_TEST(an_estimate_knows_what_was_pulled)
{
    pod(8, "detect", "d", 1, 1, 2, -1, -1);
    expect_eta(&kind_node, "T4", 2, "up in about 3s, as 3 pods took before");
    /* but for one that says what it has: there it went since, or was pulled */
    expect_eta(&kind_nodeimages, "T4", 2, "up in about 53s, pulling, as 3 pods took before");
    store_del(pods, "n", "detect-8");
    pod(3, "detect", "d", 1, 1, 2, -1, -1);
    expect_eta(&kind_nodeimages, "T4", 2, "up in about 3s, as 3 pods took before");
}
END_TEST

START_TEST(no_estimate_without_a_past)
{
    pod(1, "camera", "never-seen", 1, 1, 2, -1, -1);
    expect_eta(&kind_node, "T4", 2, "");
}
END_TEST

Suite *ops_course_suite(void)
{
    Suite *suite = suite_create("course, eta");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_chain_goes_through_what_was_waited_for);
    tcase_add_test(tc, the_chain_ends_at_the_source);
    tcase_add_test(tc, a_thing_without_results_ends_when_it_is_ready);
    tcase_add_test(tc, the_chain_has_no_gaps);
    tcase_add_test(tc, a_circle_of_links);
    tcase_add_test(tc, an_estimate_waits_for_the_slowest_input);
    tcase_add_test(tc, an_estimate_knows_what_was_pulled);
    tcase_add_test(tc, no_estimate_without_a_past);
    suite_add_tcase(suite, tc);
    return suite;
}
