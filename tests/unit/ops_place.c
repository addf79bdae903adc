#include "tests/unit/ops_place_test.h"

START_TEST(an_empty_cluster_takes_all)
{
    gpus(4);
    ck_assert_str_eq(placed(A B_GPU), "a 1/1 gpu-1, gpu-2, gpu-3 or gpu-4; b 1/1 gpu-1, gpu-2, gpu-3 or gpu-4; "
                                      "nvidia.com/gpu asks 1, free 4 of 4 (simulated)");
    ck_assert_str_eq(placed("    - {name: door, external: {video: \"rtsp://10.0.0.9/s\"}}\n"), "door 0/0");
}
END_TEST

START_TEST(no_nodes)
{
    ck_assert_str_eq(placed(A), "a 0/1: would stay Pending: no nodes available to schedule pods");
}
END_TEST

START_TEST(what_others_hold_is_taken)
{
    gpus(2);
    pod("other", "gpu-1", "x", ONE_GPU, "Running");
    store_json(w.pods, "{'metadata':{'name':'foreign','namespace':'other'},'spec':{'nodeName':'gpu-1','containers':["
                       "{'name':'x','resources':{'limits':{'nvidia.com/gpu':'1'}}}]},'status':{'phase':'Pending'}}");
    ck_assert_str_eq(placed(A_GPU), "a 1/1 gpu-2; nvidia.com/gpu asks 1, holds 1, free 1 of 2 (simulated)");
    ck_assert_str_eq(placed(A_GPU B_GPU),
                     "a 1/1 gpu-2; b 0/1 gpu-2: would stay Pending: 0/2 nodes: 2 Insufficient nvidia.com/gpu; "
                     "nvidia.com/gpu asks 2, holds 1, free 1 of 2 (simulated)");
}
END_TEST

/* What ended holds nothing; what is being deleted still does, if it is another's. */
START_TEST(what_ended_holds_nothing)
{
    gpus(1);
    static const char foreign[] = "{'metadata':{'name':'f','namespace':'o'%s},'spec':{'nodeName':'gpu-1','containers':[{"
                                  "'name':'x','resources':{'limits':{'nvidia.com/gpu':'1'}}}]},'status':{'phase':'%s'}}";
    char json[600];
    snprintf(json, sizeof json, foreign, "", "Succeeded");
    store_json(w.pods, json);
    ck_assert_str_eq(placed(A_GPU), "a 1/1 gpu-1; nvidia.com/gpu asks 1, free 1 of 1 (simulated)");
    snprintf(json, sizeof json, foreign, ",'uid':'2','deletionTimestamp':'2025-03-01T11:00:00Z'", "Running");
    store_json(w.pods, json);
    ck_assert_str_eq(placed(A_GPU), "a 0/1: would stay Pending: 0/1 nodes: 1 Insufficient nvidia.com/gpu; "
                                    "nvidia.com/gpu asks 1, free 0 of 1 (simulated): 1 short");
}
END_TEST

START_TEST(its_own_pods_are_not_in_its_way)
{
    gpus(2);
    pod("a-1", "gpu-1", "a", ONE_GPU, "Running");
    ck_assert_str_eq(placed(A_GPU), "a 1/1 gpu-1 or gpu-2; nvidia.com/gpu asks 1, holds 1, free 1 of 2 (simulated)");
    /* what runs stays: another thing does not get its room */
    ck_assert_str_eq(placed(B_GPU A_GPU), "b 1/1 gpu-2; a 1/1 gpu-1 or gpu-2; "
                                          "nvidia.com/gpu asks 2, holds 1, free 1 of 2 (simulated)");
    pod("a-0", "gpu-2", "a", ONE_GPU, "leaving");
    ck_assert_str_eq(placed(B_GPU A_GPU), "b 1/1 gpu-2; a 1/1 gpu-1 or gpu-2; "
                                          "nvidia.com/gpu asks 2, holds 2, free 0 of 2 (simulated)");
}
END_TEST

/* A thing that left the graph, or runs in more pods than it is to, gives its room back. */
START_TEST(what_goes_away_makes_room)
{
    gpus(2);
    pod("gone-1", "gpu-1", "gone", ONE_GPU, "Running");
    pod("a-1", "gpu-2", "a", ONE_GPU, "Running");
    ck_assert_str_eq(placed(A_GPU B_GPU), "a 1/1 gpu-1 or gpu-2; b 1/1 gpu-1; "
                                          "nvidia.com/gpu asks 2, holds 2, free 0 of 2 (simulated)");
    ck_assert_str_eq(placed("    - {name: a, type: cam, replicas: 0, gpu: {count: 1}}\n" B_GPU),
                     "a 0/0 gpu-1 or gpu-2; b 1/1 gpu-1 or gpu-2; "
                     "nvidia.com/gpu asks 1, holds 2, free 0 of 2 (simulated)");
}
END_TEST

/* Cordoned and tainted after it came: it runs on; another nodeSelector moves it. */
START_TEST(what_runs_stays)
{
    node("gpu-1", "'disk':'ssd'", "'unschedulable':true,'taints':[{'key':'t','effect':'NoSchedule'}]", "True", GPU);
    pod("a-1", "gpu-1", "a", ONE_GPU, "Running");
    ck_assert_str_eq(placed(A_GPU), "a 1/1; nvidia.com/gpu asks 1, holds 1, free 0 of 1 (simulated)");
    ck_assert_str_eq(placed("    - {name: a, type: cam, gpu: {count: 1}, nodeSelector: {disk: hdd}}\n"),
                     "a 0/1: would stay Pending: 0/1 nodes: 1 unschedulable; "
                     "nvidia.com/gpu asks 1, holds 1, free 0 of 1 (simulated)");
    /* the node is more than full, but it does not ask for more than it has */
    pod("fat", "gpu-1", "x", "'cpu':'100','nvidia.com/gpu':'5'", "Running");
    store_json(w.pods, "{'metadata':{'name':'fat','namespace':'o'},'spec':{'nodeName':'gpu-1','containers':["
                       "{'name':'x','resources':{'requests':{'cpu':'100'}}}]},'status':{'phase':'Running'}}");
    ck_assert_str_eq(placed(A_GPU), "a 1/1; nvidia.com/gpu asks 1, holds 6, free 0 of 1 (simulated)");
    ck_assert_str_eq(placed("    - {name: a, type: cam, resources: {requests: {cpu: 60m}}}\n"),
                     "a 0/1: would stay Pending: 0/1 nodes: 1 unschedulable");
}
END_TEST

START_TEST(replicas_are_counted)
{
    gpus(3);
    ck_assert_str_eq(placed("    - {name: a, type: cam, replicas: 5, gpu: {count: 1}}\n"),
                     "a 3/5 gpu-1, gpu-2 or gpu-3: 2 of 5 would stay Pending: 0/3 nodes: 3 Insufficient nvidia.com/gpu; "
                     "nvidia.com/gpu asks 5, free 3 of 3 (simulated): 2 short");
    ck_assert_str_eq(placed("    - {name: a, type: cam, replicas: 31}\n"),
                     "a 30/31 gpu-1, gpu-2 or gpu-3: 1 of 31 would stay Pending: 0/3 nodes: 3 Too many pods");
    ck_assert_str_eq(placed("    - {name: a, type: cam, replicas: 7, resources: {requests: {cpu: \"2\"}}}\n"),
                     "a 6/7 gpu-1, gpu-2 or gpu-3: 1 of 7 would stay Pending: 0/3 nodes: 3 Insufficient cpu");
    ck_assert_str_eq(placed("    - {name: a, type: cam, resources: {requests: {cpu: \"5\"}, limits: {memory: 9Gi}}}\n"),
                     "a 0/1: would stay Pending: 0/3 nodes: 3 Insufficient cpu, 3 Insufficient memory");
}
END_TEST

/* Each goes where the fewest devices are taken, then the least CPU. */
START_TEST(places_one_after_the_other)
{
    node("gpu-1", "", "", "True", GPU);
    node("cpu-1", "", "", "True", "");
    ck_assert_str_eq(placed("    - {name: a, type: cam, resources: {requests: {cpu: \"3\"}}}\n"
                            "    - {name: b, type: cam, gpu: {count: 1}, resources: {requests: {cpu: \"3\"}}}\n"),
                     "a 1/1 cpu-1 or gpu-1; b 1/1 gpu-1; nvidia.com/gpu asks 1, free 1 of 1 (simulated)");
    ck_assert_str_eq(placed("    - {name: b, type: cam, gpu: {count: 1}, resources: {requests: {cpu: \"3\"}}}\n"
                            "    - {name: a, type: cam, replicas: 2, resources: {requests: {cpu: \"3\"}}}\n"),
                     "b 1/1 gpu-1; a 1/2 cpu-1 or gpu-1: 1 of 2 would stay Pending: 0/2 nodes: 2 Insufficient cpu; "
                     "nvidia.com/gpu asks 1, free 1 of 1 (simulated)");
}
END_TEST

START_TEST(prefers_nodes_with_few_devices_taken)
{
    node("gpu-1", "", "", "True", ",'nvidia.com/gpu':'2'");
    node("gpu-2", "", "", "True", ",'nvidia.com/gpu':'2'");
    store_json(w.pods, "{'metadata':{'name':'p1','namespace':'o'},'spec':{'nodeName':'gpu-1','containers':[{'name':'x',"
                       "'resources':{'limits':{'nvidia.com/gpu':'1'}}}]}}");
    store_json(w.pods, "{'metadata':{'name':'p2','namespace':'o'},'spec':{'nodeName':'gpu-2','containers':[{'name':'x',"
                       "'resources':{'requests':{'cpu':'1'}}}]}}");
    /* b fits only because a went to gpu-2 */
    ck_assert_str_eq(placed("    - {name: a, type: cam, gpu: {count: 1}, resources: {requests: {cpu: \"1\"}}}\n"
                            "    - {name: b, type: cam, resources: {requests: {cpu: \"4\"}}}\n"),
                     "a 1/1 gpu-1 or gpu-2; b 1/1 gpu-1; nvidia.com/gpu asks 1, free 3 of 4 (simulated)");
}
END_TEST

START_TEST(nodes_that_are_not_well)
{
    plain("gpu-1");
    node("gpu-2", "", "'unschedulable':true,'taints':[{'key':'node.kubernetes.io/unschedulable','effect':'NoSchedule'}]",
         "True", GPU);
    node("gpu-3", "", "'taints':[{'key':'node.kubernetes.io/not-ready','effect':'NoExecute'}]", "False", GPU);
    node("gpu-4", "", "", "Unknown", GPU);
    ck_assert_str_eq(placed(A), "a 1/1 gpu-1");
    ck_assert_str_eq(placed("    - {name: a, type: cam, gpu: {count: 2}}\n"),
                     "a 0/1: would stay Pending: 0/4 nodes: 2 not Ready, 1 Insufficient nvidia.com/gpu, 1 unschedulable; "
                     "nvidia.com/gpu asks 2, free 4 of 4 (simulated)");
    ck_assert_str_eq(placed("    - {name: a, type: cam, tolerations: [{operator: Exists}]}\n"),
                     "a 1/1 gpu-1, gpu-2, gpu-3 or gpu-4");
    ck_assert_str_eq(placed("    - {name: a, type: cam, tolerations: [{key: node.kubernetes.io/not-ready, operator: "
                            "Exists, effect: NoSchedule}]}\n"),
                     "a 1/1 gpu-1 or gpu-3");
    ck_assert_str_eq(placed("    - {name: a, type: cam, tolerations: [{key: node.kubernetes.io/unschedulable, operator: "
                            "Exists}]}\n"),
                     "a 1/1 gpu-1 or gpu-2");
}
END_TEST

START_TEST(taints_and_tolerations)
{
    static const struct {
        const char *taint, *toleration, *said;
    } cases[] = {
        {"'key':'gpu','value':'only','effect':'NoSchedule'", NULL, "untolerated taint gpu=only:NoSchedule"},
        {"'key':'gpu','effect':'NoExecute'", NULL, "untolerated taint gpu:NoExecute"},
        {"'key':'gpu','value':'only','effect':'PreferNoSchedule'", NULL, NULL},
        {"'key':'gpu','value':'only','effect':'NoSchedule'", "key: gpu, value: only", NULL},
        {"'key':'gpu','value':'only','effect':'NoSchedule'", "key: gpu, operator: Exists", NULL},
        {"'key':'gpu','value':'only','effect':'NoSchedule'", "key: gpu, operator: Equal, value: only, effect: NoSchedule",
         NULL},
        {"'key':'gpu','value':'only','effect':'NoSchedule'", "operator: Exists", NULL},
        {"'key':'gpu','value':'only','effect':'NoSchedule'", "key: gpu, value: other",
         "untolerated taint gpu=only:NoSchedule"},
        {"'key':'gpu','value':'only','effect':'NoSchedule'", "key: gpu, value: only, effect: NoExecute",
         "untolerated taint gpu=only:NoSchedule"},
        {"'key':'gpu','value':'only','effect':'NoSchedule'", "key: cpu, operator: Exists",
         "untolerated taint gpu=only:NoSchedule"},
        {"'key':'gpu','effect':'NoSchedule'", "key: gpu", NULL},
        {"'key':'node.kubernetes.io/memory-pressure','effect':'NoSchedule'", NULL,
         "untolerated taint node.kubernetes.io/memory-pressure:NoSchedule"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char spec[300], thing[300], expected[300];
        snprintf(spec, sizeof spec, "'taints':[{%s}]", cases[i].taint);
        node("gpu-1", "", spec, "True", GPU);
        snprintf(thing, sizeof thing, "    - {name: a, type: cam%s%s%s}\n",
                 cases[i].toleration ? ", tolerations: [{" : "", str_or_empty(cases[i].toleration),
                 cases[i].toleration ? "}]" : "");
        snprintf(expected, sizeof expected, "a %s%s", cases[i].said ? "0/1: would stay Pending: 0/1 nodes: 1 " : "1/1 gpu-1",
                 str_or_empty(cases[i].said));
        ck_assert_msg(strcmp(placed(thing), expected) == 0, "%zu: %s, not %s", i, w.text, expected);
    }
}
END_TEST

START_TEST(node_selectors)
{
    node("gpu-1", "'disk':'ssd','zone':''", "", "True", GPU);
    node("gpu-2", "'disk':'hdd','zone':'a'", "", "True", GPU);
    node("gpu-3", "'disk':'ssd'", "'taints':[{'key':'gpu','value':'only','effect':'NoSchedule'}]", "True", GPU);
    ck_assert_str_eq(placed("    - {name: a, type: cam, nodeSelector: {disk: ssd}}\n"), "a 1/1 gpu-1");
    ck_assert_str_eq(placed("    - {name: a, type: cam, nodeSelector: {zone: \"\"}}\n"), "a 1/1 gpu-1");
    ck_assert_str_eq(placed("    - {name: a, type: cam, nodeSelector: {disk: ssd, zone: a}}\n"),
                     "a 0/1: would stay Pending: 0/3 nodes: 1 didn't match nodeSelector zone=a, "
                     "1 didn't match nodeSelector disk=ssd, 1 untolerated taint gpu=only:NoSchedule");
    /* a rule each: one thing's selector is not another's */
    ck_assert_str_eq(placed("    - {name: a, type: cam, nodeSelector: {disk: ssd}}\n"
                            "    - {name: b, type: cam, nodeSelector: {disk: hdd}}\n" "    - {name: c, type: cam}\n"),
                     "a 1/1 gpu-1; b 1/1 gpu-2; c 1/1 gpu-1 or gpu-2");
}
END_TEST

START_TEST(several_devices)
{
    node("amd-1", "", "", "True", ",'amd.com/gpu':'2','example.com/tuner':'1'");
    node("nv-1", "", "", "True", ",'nvidia.com/gpu':'2'");
    ck_assert_str_eq(placed("    - {name: a, type: cam, gpu: {count: 2, resource: amd.com/gpu}}\n"
                            "    - {name: b, type: cam, gpu: {count: 1}}\n"
                            "    - {name: c, type: cam, resources: {limits: {example.com/tuner: 1}}}\n"
                            "    - {name: d, type: cam, resources: {limits: {example.com/tuner: 1}}}\n"),
                     "a 1/1 amd-1; b 1/1 nv-1; c 1/1 amd-1; d 0/1 amd-1: would stay Pending: 0/2 nodes: "
                     "2 Insufficient example.com/tuner; amd.com/gpu asks 2, free 2 of 2 (simulated); "
                     "nvidia.com/gpu asks 1, free 2 of 2 (simulated)");
    char wants[200];
    place_wants_words(wants, sizeof wants, &w.graph->things[0]);
    ck_assert_str_eq(wants, "2 amd.com/gpu, 50m, 64Mi");
    place_wants_words(wants, sizeof wants, &w.graph->things[2]);
    ck_assert_str_eq(wants, "1 example.com/tuner, 50m, 64Mi");
}
END_TEST

/* Whatever the cluster says, the figures stay figures. */
START_TEST(absurd_amounts)
{
    gpus(1);
    for (int i = 0; i < 3; i++) {
        char json[400];
        snprintf(json, sizeof json,
                 "{'metadata':{'name':'p%d','namespace':'o'},'spec':{'nodeName':'gpu-1','containers':[{'name':'x',"
                 "'resources':{'requests':{'cpu':'9e18','memory':'9e18','nvidia.com/gpu':'9e18'}}}]}}",
                 i);
        store_json(w.pods, json);
    }
    ck_assert_str_eq(placed(A_GPU), "a 0/1: would stay Pending: 0/1 nodes: 1 Insufficient cpu, 1 Insufficient memory, "
                                    "1 Insufficient nvidia.com/gpu; nvidia.com/gpu asks 1, free 0 of 1 (simulated): 1 "
                                    "short");
    for (int i = 2; i <= 40; i++) {
        char name[16], taint[80];
        snprintf(name, sizeof name, "gpu-%d", i);
        snprintf(taint, sizeof taint, "'taints':[{'key':'taint-number-%d','effect':'NoSchedule'}]", i);
        node(name, "", taint, "True", GPU);
    }
    placed(A_GPU);
    ck_assert_str_eq(w.place.things[0].why + strlen(w.place.things[0].why) - strlen(" …"), " …");
}
END_TEST

START_TEST(many_nodes_are_counted)
{
    gpus(250);
    placed(A);
    char text[200];
    place_nodes_words(text, sizeof text, &w.place.things[0], 2);
    ck_assert_str_eq(text, "gpu-1 or 249 more");
    place_nodes_words(text, sizeof text, &w.place.things[0], 4);
    ck_assert_str_eq(text, "gpu-1, gpu-10, gpu-100 or 247 more");
    ck_assert_uint_eq(w.place.things[0].node_count, 250);
}
END_TEST

Suite *ops_place_suite(void)
{
    Suite *suite = suite_create("place");
    TCase *tc = tcase_create("place");
    tcase_add_checked_fixture(tc, place_setup, place_teardown);
    tcase_add_test(tc, an_empty_cluster_takes_all);
    tcase_add_test(tc, no_nodes);
    tcase_add_test(tc, what_others_hold_is_taken);
    tcase_add_test(tc, what_ended_holds_nothing);
    tcase_add_test(tc, its_own_pods_are_not_in_its_way);
    tcase_add_test(tc, what_goes_away_makes_room);
    tcase_add_test(tc, what_runs_stays);
    tcase_add_test(tc, replicas_are_counted);
    tcase_add_test(tc, places_one_after_the_other);
    tcase_add_test(tc, prefers_nodes_with_few_devices_taken);
    tcase_add_test(tc, nodes_that_are_not_well);
    tcase_add_test(tc, taints_and_tolerations);
    tcase_add_test(tc, node_selectors);
    tcase_add_test(tc, several_devices);
    tcase_add_test(tc, absurd_amounts);
    tcase_add_test(tc, many_nodes_are_counted);
    suite_add_tcase(suite, tc);
    return suite;
}
