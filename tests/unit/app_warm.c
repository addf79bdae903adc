#include "app/warm.h"

#include "app_test.h"
#include "app_warm_server.h"

#define TYPE(name, image)                                                                                              \
    "---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: " name "}\n"                                 \
    "spec: {class: MSensor, image: '" image "', port: 80, outputs: [{name: v, media: video/mjpeg, path: /v}]}\n"
static const char types[] = TYPE("one", "x/one:1") TYPE("two", "x/two:1") TYPE("three", "x/three:1");

#define GRAPH(things)                                                                                                  \
    "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g, namespace: media}\nspec:\n  things:\n" things
#define ONE "    - {name: a, type: one}\n"
#define THREE ONE "    - {name: b, type: two}\n    - {name: c, type: three}\n"

static struct catalogue cat;
static struct faults faults;
static struct graph *graph;
static struct warm *warm;
static bool over;
static int posts;
static struct buf told; /* what an operator reads, a line each */

static void on_item(void *data, const struct warm_item *item)
{
    (void)data;
    char words[2048];
    warm_item_words(words, sizeof words, item);
    buf_addf(&told, "%s\n", words);
}

static void on_note(void *data, const char *sentence)
{
    (void)data;
    buf_addf(&told, "%s\n", sentence);
}

static void on_done(void *data)
{
    (void)data;
    ck_assert(!over);
    over = true;
    buf_adds(&told, "done\n");
}

/* Until it is done, or that much time has passed. */
static void run(double seconds)
{
    serve();
    for (double until = script_now() + seconds; !over && script_now() < until;) {
        script_pass(0.25);
        serve();
    }
}

static void setup(void)
{
    script_setup();
    memset(&server, 0, sizeof server);
    buf_init(&server.log, 1 << 16);
    buf_init(&told, 1 << 16);
    over = false;
    catalogue_read(&cat, types, strlen(types), "cat", &faults);
    server.left = "";
}

static void teardown(void)
{
    warm_free(warm);
    warm = NULL;
    graph_free(graph);
    catalogue_release(&cat);
    faults_release(&faults);
    buf_release(&server.log);
    buf_release(&told);
    script_teardown();
    cat = (struct catalogue){0};
}

static void begin(const char *text, int parallel, int seconds)
{
    static const struct warm_events events = {on_item, on_note, on_done};
    graph = graph_parse(text, strlen(text), "g", &cat, &faults);
    ck_assert_msg(graph && !faults.errors, "%s", faults.count ? faults.items[0].text : "");
    struct warm_options options = {.graph = graph, .parallel = parallel, .timeout = seconds * NSEC_PER_SEC};
    warm = warm_new(script.client, &options, &events, NULL);
}

#define NODE(name, images)                                                                                             \
    "{\"metadata\":{\"name\":\"" name "\",\"uid\":\"" name "\"},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]," \
    "\"allocatable\":{\"cpu\":\"4\",\"memory\":\"8Gi\",\"pods\":\"10\"},\"images\":[" images "]}}"
#define HOLDS "{\"names\":[\"docker.io/x/one:1\"],\"sizeBytes\":3400000000}"
#define STARTED "'phase':'Failed','containerStatuses':[{'name':'warm','state':{'terminated':{'exitCode':128,'reason':'StartError'}}}]"
#define WAITS(reason, message)                                                                                         \
    "'phase':'Pending','containerStatuses':[{'name':'warm','state':{'waiting':{'reason':'" reason "','message':'" message "'}}}]"

static const char *started(const char *node, const char *image)
{
    (void)node, (void)image;
    return STARTED;
}

static const char *in_12_seconds(const char *image)
{
    (void)image;
    return "Successfully pulled image \\'i\\' in 12.3s (12.3s including waiting). Image size: 3400000000 bytes.";
}

START_TEST(it_is_pulled_and_the_pod_is_gone)
{
    server.nodes = NODE("n1", HOLDS) "," NODE("n2", "");
    server.status = started;
    server.pulled = in_12_seconds;
    begin(GRAPH(ONE), 8, 60);
    run(5);
    ck_assert_str_eq(told.data, "n1: x/one:1 is present, 3.4 GB\nn2: x/one:1 is asked for\n"
                                "n2: x/one:1 pulled in 12.3s, 3.4 GB\ndone\n");
    ck_assert_str_eq(server.log.data, "make x/one:1 on n2\ndelete patchbay-warm-0\n");
    ck_assert_str_eq(warm_item(warm, 0)->source, "node status");
    ck_assert_str_eq(warm_item(warm, 1)->source, "event text");
    ck_assert_int_eq(warm_item(warm, 1)->plus_minus, NSEC_PER_MSEC);
    ck_assert_ptr_null(warm_item(warm, 2));
}
END_TEST

START_TEST(what_is_there_is_not_asked_for)
{
    server.nodes = NODE("n1", HOLDS) "," NODE("n2", HOLDS);
    begin(GRAPH(ONE), 8, 60);
    run(5);
    ck_assert(over);
    ck_assert_str_eq(server.log.data, "");
}
END_TEST

START_TEST(what_a_killed_run_left_goes_first)
{
    server.nodes = NODE("n1", "");
    server.left = "{\"metadata\":{\"name\":\"old-1\",\"namespace\":\"media\",\"uid\":\"o1\",\"labels\":{\"patchbay.dev/warm\":\"g\"}}},"
                  "{\"metadata\":{\"name\":\"old-2\",\"namespace\":\"media\",\"uid\":\"o2\",\"labels\":{\"patchbay.dev/warm\":\"g\"}}}";
    server.status = started;
    server.pulled = in_12_seconds;
    begin(GRAPH(ONE), 8, 60);
    run(5);
    ck_assert(over);
    ck_assert_msg(str_starts(told.data, "2 pods that an earlier run left behind are removed\n"), "%s", told.data);
    ck_assert(str_starts(server.log.data, "delete old-"));
    ck_assert_ptr_nonnull(strstr(server.log.data, "delete old-1\n"));
    ck_assert_ptr_nonnull(strstr(server.log.data, "delete old-2\nmake") ? server.log.data
                                                                          : strstr(server.log.data, "delete old-1\nmake"));
}
END_TEST

static struct script_call *held;
static bool hold_deletion(struct script_call *call)
{
    if (!str_eq(call->method, "DELETE"))
        return false;
    held = call;
    return true;
}

START_TEST(and_nothing_is_asked_for_before)
{
    server.nodes = NODE("n1", "");
    server.left = "{\"metadata\":{\"name\":\"old-1\",\"namespace\":\"media\",\"uid\":\"o1\"}}";
    server.answer = hold_deletion;
    begin(GRAPH(ONE), 8, 60);
    run(3);
    ck_assert_int_eq(server.made, 0);
    delete_pod(held);
    run(1);
    ck_assert_str_eq(server.log.data, "delete old-1\nmake x/one:1 on n1\n");
}
END_TEST

#define OTHERS(more) "{\"metadata\":{\"name\":\"theirs\",\"namespace\":\"media\",\"uid\":\"t\",\"labels\":{\"patchbay.dev/warm\":\"g\"}," \
                     "\"annotations\":{\"patchbay.dev/warm-holder\":\"{\\\"id\\\":\\\"x\\\",\\\"by\\\":\\\"anna\\\",\\\"host\\\":" \
                     "\\\"another.desk\\\",\\\"pid\\\":7," more "}\"}}}"

/* A colleague's run is at it, and goes on saying so: each does its own. */
static bool beats(struct script_call *call)
{
    static char text[1000];
    if (str_eq(call->method, "GET") && strstr(call->url, "/pods?labelSelector=patchbay.dev%2Fwarm%3Dg")) {
        snprintf(text, sizeof text, OTHERS("\\\"beats\\\":%d"), ++posts);
        server.left = text;
    }
    return false;
}

START_TEST(what_a_live_run_made_is_left_alone)
{
    posts = 0;
    server.nodes = NODE("n1", "");
    server.left = OTHERS("\\\"beats\\\":0");
    server.answer = beats;
    begin(GRAPH(ONE), 8, 600);
    run(60);
    ck_assert_int_eq(server.deleted, 0);
    ck_assert_int_ge(posts, 6);
    ck_assert(str_starts(told.data, "anna on another.desk has these images pulled as well; the pods of that run are left alone\n"));
    server.status = started;
    server.pulled = in_12_seconds;
    run(5);
    ck_assert(over);
    ck_assert_str_eq(server.log.data, "make x/one:1 on n1\ndelete patchbay-warm-0\n");
}
END_TEST

/* Silent for long, or it says itself that it ended. */
START_TEST(what_a_dead_run_made_goes)
{
    server.nodes = NODE("n1", "");
    server.left = OTHERS("\\\"beats\\\":0");
    begin(GRAPH(ONE), 8, 600);
    run(24);
    ck_assert_str_eq(server.log.data, "make x/one:1 on n1\n");
    run(7);
    ck_assert_str_eq(server.log.data, "make x/one:1 on n1\ndelete theirs\n");
    ck_assert_ptr_nonnull(strstr(told.data, "1 pod that an earlier run left behind is removed\n"));
    teardown();
    setup();
    server.nodes = NODE("n1", "");
    server.left = OTHERS("\\\"over\\\":true");
    begin(GRAPH(ONE), 8, 600);
    run(1);
    ck_assert_str_eq(server.log.data, "delete theirs\nmake x/one:1 on n1\n");
}
END_TEST

static bool hear_beats(struct script_call *call)
{
    if (!str_eq(call->method, "PATCH"))
        return false;
    ck_assert_ptr_nonnull(strstr(call->url, "/pods/patchbay-warm-0"));
    ck_assert_ptr_nonnull(strstr(call->body, "\"patchbay.dev/warm-holder\":\"{"));
    buf_addf(&server.log, "%s\n", strstr(call->body, "\\\"beats"));
    script_answer(call, 200, "{}");
    return true;
}

START_TEST(one_of_our_pods_says_that_we_are_there)
{
    server.nodes = NODE("n1", "") "," NODE("n2", "");
    server.answer = hear_beats;
    begin(GRAPH(ONE), 8, 600);
    run(21);
    ck_assert_ptr_nonnull(strstr(server.log.data, "on n2\n\\\"beats\\\":2}\"}}}\n\\\"beats\\\":3}\"}}}\n"));
}
END_TEST

static const char *only_two_is_there(const char *node, const char *image)
{
    (void)node;
    return str_eq(image, "x/two:1") ? STARTED : WAITS("ErrImagePull", "rpc error: code = NotFound desc = x/one:1: not found");
}

START_TEST(what_is_nowhere_is_said_once_and_the_rest_is_pulled)
{
    server.nodes = NODE("n1", "") "," NODE("n2", "");
    server.status = only_two_is_there;
    server.pulled = in_12_seconds;
    begin(GRAPH(ONE "    - {name: b, type: two}\n"), 8, 60);
    run(5);
    ck_assert(over);
    ck_assert_ptr_nonnull(strstr(told.data, "n1: x/one:1 is not there: there is no such image (x/one:1: not found)\n"));
    ck_assert_ptr_nonnull(strstr(told.data, "n2: x/one:1 is not there: there is no such image\n"));
    ck_assert_ptr_nonnull(strstr(told.data, "n2: x/two:1 pulled in 12.3s"));
    ck_assert_int_eq(server.deleted, 4);
    char total[100];
    ck_assert_uint_eq(warm_total_words(total, sizeof total, warm), 2);
    ck_assert_str_eq(total, "2 pulled, 0 present, 2 not there");
}
END_TEST

static const char *silent_registry(const char *node, const char *image)
{
    (void)node, (void)image;
    return WAITS("ErrImagePull", "dial tcp 10.0.0.1:443: connection refused");
}

START_TEST(a_kubelet_may_try_again_and_not_for_ever)
{
    server.nodes = NODE("n1", "");
    server.status = silent_registry;
    begin(GRAPH(ONE), 8, 600);
    run(20);
    ck_assert(!over);
    ck_assert_str_eq(told.data, "n1: x/one:1 is asked for\nn1: x/one:1 is not there yet: the registry does not answer (dial tcp "
                                "10.0.0.1:443: connection refused)\n");
    ck_assert_int_eq(server.deleted, 0);
    run(20);
    ck_assert(over);
    ck_assert_ptr_nonnull(strstr(told.data, "n1: x/one:1 is not there: the registry does not answer\n"));
    ck_assert_int_eq(server.deleted, 1);
}
END_TEST

START_TEST(a_second_try_may_do)
{
    server.nodes = NODE("n1", "");
    server.status = silent_registry;
    server.pulled = in_12_seconds;
    begin(GRAPH(ONE), 8, 600);
    run(12);
    server.status = started;
    server.pods[0].seen = false;
    run(5);
    ck_assert(over);
    ck_assert_int_eq(warm_item(warm, 0)->state, WARM_DONE);
}
END_TEST

static bool no_events(struct script_call *call)
{
    if (!strstr(call->url, "/events"))
        return false;
    script_answer(call, 403, "{\"kind\":\"Status\",\"code\":403,\"reason\":\"Forbidden\",\"message\":\"events is forbidden\"}");
    return true;
}

START_TEST(who_may_not_see_events_knows_no_time)
{
    server.nodes = NODE("n1", "");
    server.status = started;
    server.answer = no_events;
    begin(GRAPH(ONE), 8, 60);
    run(5);
    ck_assert(over);
    ck_assert_int_eq(warm_item(warm, 0)->state, WARM_THERE);
    ck_assert_int_eq(warm_item(warm, 0)->pull, -1);
    ck_assert_ptr_null(warm_item(warm, 0)->source);
}
END_TEST

START_TEST(so_many_at_a_time)
{
    server.nodes = NODE("n1", "") "," NODE("n2", "") "," NODE("n3", "");
    begin(GRAPH(THREE), 5, 600);
    run(5);
    ck_assert_int_eq(server.made, 5);
    ck_assert_int_eq(server.most_a_node, 2);
    server.status = started;
    server.pulled = in_12_seconds;
    run(20);
    ck_assert(over);
    ck_assert_int_eq(server.made, 9);
    ck_assert_int_eq(server.most, 5);
    ck_assert_int_eq(server.most_a_node, 2);
    ck_assert_int_eq(server.deleted, 9);
}
END_TEST

/* Of a graph that was never deployed: the namespace is not there, then its service account is not. */
static bool no_namespace(struct script_call *call)
{
    if (!str_eq(call->method, "POST"))
        return false;
    if (strstr(call->url, "/api/v1/namespaces?")) {
        buf_adds(&server.log, "make the namespace\n");
        script_answer(call, 201, "{\"kind\":\"Namespace\"}");
        return true;
    }
    if (posts++ >= 4)
        return false;
    if (posts <= 2)
        script_answer(call, 404, "{\"kind\":\"Status\",\"code\":404,\"reason\":\"NotFound\",\"message\":\"namespaces \\\"media\\\" not "
                                 "found\",\"details\":{\"name\":\"media\",\"kind\":\"namespaces\"}}");
    else
        script_answer(call, 403, "{\"kind\":\"Status\",\"code\":403,\"reason\":\"Forbidden\",\"message\":\"pods \\\"patchbay-warm-\\\" is "
                                 "forbidden: error looking up service account media/default: serviceaccount \\\"default\\\" not "
                                 "found\"}");
    return true;
}

START_TEST(a_namespace_that_is_not_there_is_made)
{
    posts = 0;
    server.nodes = NODE("n1", "") "," NODE("n2", "");
    server.answer = no_namespace;
    server.status = started;
    server.pulled = in_12_seconds;
    begin(GRAPH(ONE), 8, 60);
    run(5);
    ck_assert(over);
    ck_assert_msg(str_starts(server.log.data, "make the namespace\nmake x/one:1 on n"), "%s", server.log.data);
    ck_assert_ptr_nonnull(strstr(told.data, "namespace media is made, as the deployment would\n"));
    ck_assert_int_eq(server.made, 2);
    ck_assert_int_eq(server.deleted, 2);
}
END_TEST

START_TEST(stopped_it_leaves_nothing)
{
    server.nodes = NODE("n1", HOLDS) "," NODE("n2", "") "," NODE("n3", "");
    begin(GRAPH(ONE), 1, 60);
    run(2);
    warm_stop(warm, "interrupted");
    run(2);
    ck_assert(over);
    ck_assert_int_eq(server.made, 1);
    ck_assert_int_eq(server.deleted, 1);
    ck_assert_ptr_nonnull(strstr(told.data, "n2: x/one:1 is not there: interrupted\n"));
    ck_assert_ptr_nonnull(strstr(told.data, "n3: x/one:1 is not there: interrupted\n"));
    ck_assert_int_eq(warm_item(warm, 0)->state, WARM_PRESENT);
}
END_TEST

/* Stopped between the request and its answer: the pod is there all the same. */
static bool hold(struct script_call *call)
{
    if (!str_eq(call->method, "POST"))
        return false;
    held = call;
    return true;
}

START_TEST(also_what_was_just_being_made)
{
    server.nodes = NODE("n1", "");
    server.answer = hold;
    begin(GRAPH(ONE), 1, 60);
    run(1);
    warm_stop(warm, "interrupted");
    run(1);
    ck_assert(!over);
    make_pod(held);
    run(1);
    ck_assert(over);
    ck_assert_int_eq(server.deleted, 1);
}
END_TEST

START_TEST(its_time_ends)
{
    server.nodes = NODE("n1", "");
    begin(GRAPH(ONE), 8, 10);
    run(9);
    ck_assert(!over);
    run(2);
    ck_assert(over);
    ck_assert_int_eq(server.deleted, 1);
    ck_assert_ptr_nonnull(strstr(told.data, "n1: x/one:1 is not there: it took longer than was allowed\n"));
}
END_TEST

static bool quota(struct script_call *call)
{
    if (!str_eq(call->method, "POST"))
        return false;
    script_answer(call, 403, "{\"kind\":\"Status\",\"code\":403,\"reason\":\"Forbidden\",\"message\":\"exceeded quota: pods=1\"}");
    return true;
}

START_TEST(a_refusal_is_told_as_it_is)
{
    server.nodes = NODE("n1", "") "," NODE("n2", "");
    server.answer = quota;
    begin(GRAPH(ONE), 8, 60);
    run(2);
    ck_assert(over);
    ck_assert_ptr_nonnull(strstr(told.data, "exceeded quota: pods=1\n"));
    ck_assert_ptr_nonnull(strstr(told.data, ": x/one:1 is not there, for the same reason\n"));
}
END_TEST

static bool no_nodes(struct script_call *call)
{
    if (!strstr(call->url, "/nodes"))
        return false;
    script_answer(call, 403, "{\"kind\":\"Status\",\"code\":403,\"reason\":\"Forbidden\",\"message\":\"nodes is forbidden\"}");
    return true;
}

START_TEST(who_may_not_see_nodes_begins_nothing)
{
    bool unreachable;
    server.answer = no_nodes;
    begin(GRAPH(ONE), 8, 60);
    run(2);
    ck_assert(over);
    ck_assert_ptr_nonnull(strstr(warm_why(warm, &unreachable), "nodes is forbidden"));
    ck_assert(!unreachable);
    ck_assert_int_eq(server.made, 0);
}
END_TEST

START_TEST(somebody_deletes_the_pod)
{
    server.nodes = NODE("n1", "");
    begin(GRAPH(ONE), 8, 60);
    run(1);
    ck_assert(send_event("/pods", "{'type':'ADDED','object':{'metadata':{'name':'patchbay-warm-0','namespace':'media','uid':'u0',"
                                  "'resourceVersion':'50'}}}\n"));
    ck_assert(send_event("/pods", "{'type':'DELETED','object':{'metadata':{'name':'patchbay-warm-0','namespace':'media','uid':'u0',"
                                  "'resourceVersion':'51'}}}\n"));
    run(2);
    ck_assert(over);
    ck_assert_ptr_nonnull(strstr(told.data, "n1: x/one:1 is not there: somebody else deleted its pod\n"));
}
END_TEST

static bool gone_away(struct script_call *call)
{
    script_refuse(call);
    return true;
}

START_TEST(a_cluster_that_is_gone_is_told)
{
    server.nodes = NODE("n1", "");
    begin(GRAPH(ONE), 8, 600);
    run(2);
    server.answer = gone_away;
    struct script_call *watch = script.calls;
    while (watch && !(watch->open && watch->status == 200 && strstr(watch->url, "/pods?watch=1")))
        watch = watch->next;
    ck_assert_ptr_nonnull(watch);
    script_break(watch);
    run(60);
    ck_assert(!over);
    const char *first = strstr(told.data, "the cluster: ");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 1, "the cluster: ")); /* once */
}
END_TEST

Suite *app_warm_suite(void)
{
    Suite *suite = suite_create("warm");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, it_is_pulled_and_the_pod_is_gone);
    tcase_add_test(tc, what_is_there_is_not_asked_for);
    tcase_add_test(tc, what_a_killed_run_left_goes_first);
    tcase_add_test(tc, and_nothing_is_asked_for_before);
    tcase_add_test(tc, what_a_live_run_made_is_left_alone);
    tcase_add_test(tc, what_a_dead_run_made_goes);
    tcase_add_test(tc, one_of_our_pods_says_that_we_are_there);
    tcase_add_test(tc, what_is_nowhere_is_said_once_and_the_rest_is_pulled);
    tcase_add_test(tc, a_kubelet_may_try_again_and_not_for_ever);
    tcase_add_test(tc, a_second_try_may_do);
    tcase_add_test(tc, who_may_not_see_events_knows_no_time);
    tcase_add_test(tc, so_many_at_a_time);
    tcase_add_test(tc, a_namespace_that_is_not_there_is_made);
    tcase_add_test(tc, stopped_it_leaves_nothing);
    tcase_add_test(tc, also_what_was_just_being_made);
    tcase_add_test(tc, its_time_ends);
    tcase_add_test(tc, a_refusal_is_told_as_it_is);
    tcase_add_test(tc, who_may_not_see_nodes_begins_nothing);
    tcase_add_test(tc, somebody_deletes_the_pod);
    tcase_add_test(tc, a_cluster_that_is_gone_is_told);
    suite_add_tcase(suite, tc);
    return suite;
}
