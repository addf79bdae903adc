#include "k8s/drain.h"

#include "k8s_script.h"

static struct {
    struct err err;
    size_t count, of[DRAIN_FATES], gone, total, times;
    bool local, bare;
    char said[4096];
} got;

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
}

#define POD(name, more, spec) "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"media\",\"uid\":\"u-" name "\"" more "},\"spec\":{" spec "}}"
#define OWNED(kind) ",\"ownerReferences\":[{\"kind\":\"" kind "\",\"name\":\"x\",\"controller\":true}]"
#define CAMERA POD("camera", OWNED("ReplicaSet"), "")
#define SCRATCH POD("scratch", "", "\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]")
#define STAYS                                                                                                          \
    POD("proxy", OWNED("DaemonSet"), "") "," POD("etcd", OWNED("Node") ",\"annotations\":{\"kubernetes.io/config.mirror\":\"h\"}", "") \
    ",{\"metadata\":{\"name\":\"job\",\"namespace\":\"media\",\"uid\":\"u-job\"},\"status\":{\"phase\":\"Succeeded\"}}"
#define LIST(items) "{\"kind\":\"PodList\",\"items\":[" items "]}"
#define PODS "/api/v1/pods?fieldSelector=spec.nodeName%3Dgpu-1"
#define BUDGET                                                                                                         \
    "{\"kind\":\"Status\",\"reason\":\"TooManyRequests\",\"message\":\"Cannot evict pod as it would violate the pod's disruption budget.\"}"

static void on_look(void *data, const struct drain_plan *plan, const struct err *err, bool unreachable)
{
    (void)data;
    (void)unreachable;
    got.err = *err;
    got.times++;
    if (!plan)
        return;
    got.count = plan->count;
    memcpy(got.of, plan->of, sizeof got.of);
    for (size_t i = 0; i < plan->count; i++)
        if (str_eq(plan->pods[i].name, "scratch")) {
            got.local = plan->pods[i].local;
            got.bare = plan->pods[i].bare;
        }
}

START_TEST(what_a_drain_would_do)
{
    drain_look(script.client, "gpu-1", on_look, NULL);
    script_answer(script_expect("GET", PODS), 200, LIST(CAMERA "," SCRATCH "," STAYS));
    ck_assert(got.times == 1 && got.count == 5 && got.of[DRAIN_EVICT] == 2 && got.of[DRAIN_DAEMON] == 1 &&
              got.of[DRAIN_MIRROR] == 1 && got.of[DRAIN_ENDED] == 1);
    ck_assert(got.local && got.bare);
    drain_look(script.client, "gpu-1", on_look, NULL);
    script_answer(script_expect("GET", PODS), 403, "{\"kind\":\"Status\",\"message\":\"pods is forbidden\"}");
    ck_assert_str_eq(got.err.text, "cannot list the pods of node gpu-1: pods is forbidden");
}
END_TEST

static void on_progress(void *data, size_t gone, size_t total, const char *text)
{
    (void)data;
    got.gone = gone;
    got.total = total;
    size_t len = strlen(got.said);
    snprintf(got.said + len, sizeof got.said - len, "%s\n", text);
}

static void on_done(void *data, size_t gone, const struct err *err, bool unreachable)
{
    (void)data;
    (void)unreachable;
    got.times++;
    got.gone = gone;
    got.err = *err;
}

static struct drain *start(void)
{
    struct drain *drain = drain_start(script.client, &(struct drain_options){"gpu-1", -1}, on_progress, on_done, NULL);
    struct script_call *call = script_expect("PATCH", "/api/v1/nodes/gpu-1");
    ck_assert_str_eq(call->body, "{\"spec\":{\"unschedulable\":true}}");
    script_answer(call, 200, "{}");
    return drain;
}

static struct script_call *expect_eviction(const char *name)
{
    char *path = xasprintf("/api/v1/namespaces/media/pods/%s/eviction", name);
    struct script_call *call = script_expect("POST", path);
    free(path);
    return call;
}

START_TEST(all_leave)
{
    start();
    script_answer(script_expect("GET", PODS), 200, LIST(CAMERA "," SCRATCH "," STAYS));
    script_answer(expect_eviction("camera"), 201, "{}");
    script_answer(expect_eviction("scratch"), 404, "{\"kind\":\"Status\",\"reason\":\"NotFound\"}");
    script_answer(script_expect("GET", PODS), 200, LIST(CAMERA "," STAYS)); /* it takes its time, and is asked once */
    ck_assert(got.gone == 1 && got.total == 2 && !got.times);
    script_answer(script_expect("GET", PODS), 200, LIST(STAYS));
    ck_assert(got.times == 1 && got.gone == 2 && !err_is_set(&got.err));
    ck_assert_str_eq(got.said, "cordoned gpu-1\nevicting media/camera\nevicting media/scratch\n1 of 2 pods have left gpu-1\n");
    script_pass(10);
    script_none();
}
END_TEST

START_TEST(a_budget_is_asked_again)
{
    start();
    script_answer(script_expect("GET", PODS), 200, LIST(CAMERA));
    script_answer(expect_eviction("camera"), 429, BUDGET);
    ck_assert_ptr_nonnull(strstr(got.said, "disruption budget.; asking again"));
    double then = script_now();
    for (int i = 0; i < 5; i++)
        script_answer(script_expect("GET", PODS), 200, LIST(CAMERA));
    script_answer(expect_eviction("camera"), 201, "{}");
    ck_assert(script_now() - then >= 5 && script_now() - then < 7);
    script_answer(script_expect("GET", PODS), 200, LIST(""));
    ck_assert(got.times == 1 && !err_is_set(&got.err));
}
END_TEST

START_TEST(what_may_not_be_ends_it)
{
    start();
    script_answer(script_expect("GET", PODS), 200, LIST(CAMERA));
    script_answer(expect_eviction("camera"), 403, "{\"kind\":\"Status\",\"message\":\"forbidden here\"}");
    ck_assert_str_eq(got.err.text, "cannot evict pod media/camera: forbidden here");
    script_pass(10);
    script_none();
    drain_start(script.client, &(struct drain_options){"gpu-1", -1}, on_progress, on_done, NULL);
    script_answer(script_expect("PATCH", "/api/v1/nodes/gpu-1"), 403, "{\"kind\":\"Status\",\"message\":\"nodes is forbidden\"}");
    ck_assert_str_eq(got.err.text, "cannot cordon node gpu-1: nodes is forbidden");
}
END_TEST

START_TEST(cancelled_in_the_middle)
{
    struct drain *drain = start();
    script_answer(script_expect("GET", PODS), 200, LIST(CAMERA "," SCRATCH));
    struct script_call *call = expect_eviction("camera");
    drain_cancel(drain);
    ck_assert(call->cancelled && !got.times);
    script_next();
    script_pass(10);
    script_none();
}
END_TEST

Suite *k8s_drain_suite(void)
{
    Suite *suite = suite_create("drain");
    TCase *tcase = tcase_create("drain");
    tcase_add_checked_fixture(tcase, setup, script_teardown);
    tcase_add_test(tcase, what_a_drain_would_do);
    tcase_add_test(tcase, all_leave);
    tcase_add_test(tcase, a_budget_is_asked_again);
    tcase_add_test(tcase, what_may_not_be_ends_it);
    tcase_add_test(tcase, cancelled_in_the_middle);
    suite_add_tcase(suite, tcase);
    return suite;
}
