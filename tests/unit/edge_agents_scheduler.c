#include "edge_agents.h"

#include "edge/fit.h"

static void pod(const char *name, const char *spec)
{
    char *text = xasprintf("{\"metadata\":{\"name\":\"%s\"},\"spec\":{%s}}", name, spec);
    world_apply("Pod", text);
    free(text);
    world_settle();
}

#define LIMITS(resources) "\"containers\":[{\"name\":\"a\",\"image\":\"i\",\"resources\":{\"limits\":{" resources "}}}]"
#define ASKS(resources) "\"containers\":[{\"name\":\"a\",\"image\":\"i\",\"resources\":{\"requests\":{" resources "}}}]"

static const char *node_of_pod(const char *name)
{
    return str_or_empty(json_str(world_get("Pod", name), "spec.nodeName"));
}

static const char *why(const char *name)
{
    return str_or_empty(json_str(edge_condition(world_get("Pod", name), "PodScheduled"), "message"));
}

START_TEST(pods_spread)
{
    pod("a", ASKS("\"cpu\":\"1\""));
    pod("b", ASKS("\"cpu\":\"1\""));
    pod("c", LIMITS("\"nvidia.com/gpu\":\"1\""));
    pod("d", ASKS("\"cpu\":\"100m\""));
    ck_assert_str_eq(node_of_pod("a"), "gpu-1");
    ck_assert_str_eq(node_of_pod("b"), "gpu-2");
    ck_assert_str_eq(node_of_pod("c"), "gpu-3");
    ck_assert_str_eq(node_of_pod("d"), "gpu-4");
    ck_assert(world_has_event("a", "Scheduled: Successfully assigned media/a to gpu-1"));
    ck_assert(edge_condition_true(world_get("Pod", "a"), "PodScheduled"));
}
END_TEST

START_TEST(no_gpu_left_and_then_one)
{
    for (int i = 0; i < 4; i++) {
        char name[8];
        snprintf(name, sizeof name, "g%d", i);
        pod(name, LIMITS("\"nvidia.com/gpu\":\"1\""));
        ck_assert_str_ne(node_of_pod(name), "");
    }
    pod("late", LIMITS("\"nvidia.com/gpu\":\"1\""));
    const char *text =
        "0/4 nodes are available: 4 Insufficient nvidia.com/gpu. preemption: 0/4 nodes are available: 4 No "
        "preemption victims found for incoming pod.";
    ck_assert_str_eq(why("late"), text);
    ck_assert_str_eq(json_str(edge_condition(world_get("Pod", "late"), "PodScheduled"), "reason"), "Unschedulable");
    char *event = xasprintf("FailedScheduling: %s", text);
    ck_assert(world_has_event("late", event));
    free(event);
    /* A finished pod holds nothing. */
    char *node = xstrdup(node_of_pod("g2"));
    cJSON *json = cJSON_Duplicate(world_get("Pod", "g2"), true);
    json_set_str(json, "status.phase", "Succeeded");
    edge_save(world.store, edge_pod_kind(), json);
    world_settle();
    ck_assert_str_eq(node_of_pod("late"), node);
    free(node);
}
END_TEST

static const struct {
    const char *spec, *node; /* node "": why */
    const char *why;
} fits[] = {
    {ASKS("\"cpu\":\"4\""), "gpu-1", ""},
    {ASKS("\"cpu\":\"4001m\""), "",
     "0/4 nodes are available: 4 Insufficient cpu. preemption: 0/4 nodes are available: 4 "
     "Preemption is not helpful for scheduling."},
    {ASKS("\"memory\":\"8Gi\""), "gpu-1", ""},
    {ASKS("\"memory\":\"9G\",\"cpu\":\"5\""), "",
     "0/4 nodes are available: 4 Insufficient cpu, 4 Insufficient memory. preemption: 0/4 nodes are available: 4 "
     "Preemption "
     "is not helpful for scheduling."},
    {LIMITS("\"amd.com/gpu\":\"1\""), "",
     "0/4 nodes are available: 4 Insufficient amd.com/gpu. preemption: 0/4 nodes are "
     "available: 4 Preemption is not helpful for scheduling."},
    {ASKS("") ",\"nodeSelector\":{\"disk\":\"ssd\"}", "gpu-3", ""},
    {ASKS("") ",\"nodeSelector\":{\"disk\":\"tape\"}", "",
     "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are "
     "available: 4 "
     "Preemption is not helpful for scheduling."},
    {ASKS("") ",\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
              "\"nodeSelectorTerms\":["
              "{\"matchExpressions\":[{\"key\":\"disk\",\"operator\":\"NotIn\",\"values\":[\"hdd\"]}]}]}}}",
     "gpu-3", ""},
    {ASKS("") ",\"affinity\":{\"nodeAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":[{\"weight\":5,"
              "\"preference\":{\"matchExpressions\":[{\"key\":\"kubernetes.io/"
              "hostname\",\"operator\":\"In\",\"values\":[\"gpu-4\"]}"
              "]}}]}}",
     "gpu-4", ""},
    /* The greater of init containers and the rest; a sidecar counts on both sides. */
    {"\"initContainers\":[{\"name\":\"i\",\"image\":\"i\",\"resources\":{\"requests\":{\"cpu\":\"5\"}}}]," ASKS(
         "\"cpu\":\"1\""),
     "",
     "0/4 nodes are available: 4 Insufficient cpu. preemption: 0/4 nodes are available: 4 Preemption is not helpful "
     "for "
     "scheduling."},
    {"\"initContainers\":[{\"name\":\"i\",\"image\":\"i\",\"restartPolicy\":\"Always\",\"resources\":{\"requests\":{"
     "\"cpu\":"
     "\"3\"}}}]," ASKS("\"cpu\":\"1\""),
     "gpu-1", ""},
};

START_TEST(fit)
{
    pod("p", fits[_i].spec);
    ck_assert_str_eq(node_of_pod("p"), fits[_i].node);
    ck_assert_str_eq(why("p"), fits[_i].why);
}
END_TEST

static void edit_node(const char *name, const char *spec)
{
    struct err err = ERR_INIT;
    cJSON *json = cJSON_Duplicate(edge_store_find(world.store, edge_node_kind(), NULL, name)->json, true);
    json_set(json, "spec", json_parse(spec, strlen(spec), &err));
    edge_save(world.store, edge_node_kind(), json);
    world_settle();
}

START_TEST(taints_and_cordons)
{
    edit_node("gpu-1", "{\"unschedulable\":true}");
    edit_node("gpu-2", "{\"taints\":[{\"key\":\"only\",\"value\":\"gpu\",\"effect\":\"NoSchedule\"}]}");
    edit_node("gpu-3", "{\"taints\":[{\"key\":\"only\",\"value\":\"gpu\",\"effect\":\"NoExecute\"}]}");
    pod("big", ASKS("\"cpu\":\"5\""));
    ck_assert_str_eq(
        why("big"),
        "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable, 2 node(s) had untolerated "
        "taint(s). preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.");
    pod("plain", ASKS("\"cpu\":\"1\""));
    ck_assert_str_eq(node_of_pod("plain"), "gpu-4");
    pod("tolerant",
        ASKS("\"cpu\":\"1\"") ",\"tolerations\":[{\"key\":\"only\",\"operator\":\"Equal\",\"value\":\"gpu\","
                              "\"effect\":\"NoSchedule\"}]");
    ck_assert_str_eq(node_of_pod("tolerant"), "gpu-2");
    pod("anything", ASKS("\"cpu\":\"1\"") ",\"nodeSelector\":{\"kubernetes.io/hostname\":\"gpu-3\"},\"tolerations\":"
                                          "[{\"operator\":\"Exists\"}]");
    ck_assert_str_eq(node_of_pod("anything"), "gpu-3");
    pod("rest", ASKS("\"cpu\":\"4\""));
    ck_assert_ptr_nonnull(strstr(why("rest"), "4 Preemption is not helpful") ? NULL : why("rest"));
    edit_node("gpu-1", "{}"); /* uncordoned: whoever waits is tried again */
    ck_assert_str_eq(node_of_pod("rest"), "gpu-1");
}
END_TEST

START_TEST(too_many_pods_and_no_nodes)
{
    cJSON *json = cJSON_Duplicate(edge_store_find(world.store, edge_node_kind(), NULL, "gpu-1")->json, true);
    json_set_str(json, "status.allocatable.pods", "0");
    edge_save(world.store, edge_node_kind(), json);
    for (int i = 2; i <= 4; i++) {
        char name[8];
        snprintf(name, sizeof name, "gpu-%d", i);
        edge_store_remove(world.store, edge_node_kind(), NULL, name);
    }
    pod("p", ASKS(""));
    ck_assert_str_eq(why("p"),
                     "0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption "
                     "victims found for incoming pod.");
    edge_store_remove(world.store, edge_node_kind(), NULL, "gpu-1");
    world_settle();
    ck_assert_str_eq(why("p"), "no nodes available to schedule pods");
}
END_TEST

START_TEST(gates_and_other_schedulers)
{
    pod("gated", ASKS("") ",\"schedulingGates\":[{\"name\":\"wait\"}]");
    ck_assert_str_eq(json_str(edge_condition(world_get("Pod", "gated"), "PodScheduled"), "reason"), "SchedulingGated");
    pod("other", ASKS("") ",\"schedulerName\":\"mine\"");
    ck_assert_str_eq(node_of_pod("other"), "");
    ck_assert_ptr_null(edge_condition(world_get("Pod", "other"), "PodScheduled"));
    cJSON *json = cJSON_Duplicate(world_get("Pod", "gated"), true);
    json_del(json, "spec.schedulingGates");
    edge_save(world.store, edge_pod_kind(), json);
    world_settle();
    ck_assert_str_ne(node_of_pod("gated"), "");
}
END_TEST

Suite *edge_agents_scheduler_suite(void)
{
    Suite *suite = suite_create("edge_scheduler");
    TCase *c = tcase_create("scheduler");
    tcase_add_checked_fixture(c, world_setup_pure, world_teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, pods_spread);
    tcase_add_test(c, no_gpu_left_and_then_one);
    tcase_add_loop_test(c, fit, 0, ARRAY_SIZE(fits));
    tcase_add_test(c, taints_and_cordons);
    tcase_add_test(c, too_many_pods_and_no_nodes);
    tcase_add_test(c, gates_and_other_schedulers);
    suite_add_tcase(suite, c);
    return suite;
}
