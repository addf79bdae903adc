#include "app_test.h"

/* What the dashboard does to nodes, and what it measures of them. */

static struct model *model;

static void setup(void)
{
    model = app_session_begin("");
}

#define PODS "/api/v1/pods?fieldSelector=spec.nodeName%3Dgpu-1"
#define LIST(pods) "{\"kind\":\"PodList\",\"items\":[" pods "]}"
#define CAMERA "{\"metadata\":{\"name\":\"camera\",\"namespace\":\"media\",\"uid\":\"u1\"}}"

START_TEST(a_drain_is_a_task)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(model_drain(model, "gpu-1", &err), 0);
    ck_assert(model->task.running);
    ck_assert_str_eq(model->task.text, "draining gpu-1");
    ck_assert_int_eq(model_cordon(model, "gpu-2", true, &err), -1); /* one thing at a time */
    ck_assert_str_eq(err.text, "something is under way: draining gpu-1; ':cancel' ends it");
    script_answer(app_session_expect("PATCH", "/api/v1/nodes/gpu-1"), 200, "{}");
    script_answer(app_session_expect("GET", PODS), 200, LIST(CAMERA));
    ck_assert_str_eq(model->task.text, "draining gpu-1: evicting media/camera");
    ck_assert_uint_eq(model->task.total, 1);
    script_answer(app_session_expect("POST", "/pods/camera/eviction"), 201, "{}");
    script_answer(app_session_expect("GET", PODS), 200, LIST(""));
    ck_assert(!model->task.running && !model->task.failed);
    ck_assert_str_eq(model->task.text, "drained gpu-1: 1 pod left; it stays cordoned");
}
END_TEST

START_TEST(a_drain_is_cancelled)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(model_drain(model, "gpu-1", &err), 0);
    script_answer(app_session_expect("PATCH", "/api/v1/nodes/gpu-1"), 200, "{}");
    script_answer(app_session_expect("GET", PODS), 200, LIST(CAMERA));
    struct script_call *call = app_session_expect("POST", "/pods/camera/eviction");
    ck_assert_int_eq(model_cancel(model, &err), 0);
    ck_assert(call->cancelled && !model->task.running && model->task.failed);
    ck_assert_str_eq(model->task.text, "cancelled after 0 of 1 pods; gpu-1 stays cordoned");
}
END_TEST

START_TEST(a_refusal_says_what_to_do)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(model_drain(model, "gpu-1", &err), 0);
    script_answer(app_session_expect("PATCH", "/api/v1/nodes/gpu-1"), 200, "{}");
    script_answer(app_session_expect("GET", PODS), 200, LIST(CAMERA));
    script_answer(app_session_expect("POST", "/pods/camera/eviction"), 403, "{\"kind\":\"Status\",\"message\":\"not you\"}");
    ck_assert_str_eq(model->task.text, "cannot evict pod media/camera: not you; gpu-1 stays cordoned, 'u' or ':uncordon gpu-1' lets "
                                       "pods in again");
    ck_assert_int_eq(model_cordon(model, "gpu-1", false, &err), 0);
    script_answer(app_session_expect("PATCH", "/api/v1/nodes/gpu-1"), 200, "{}");
    ck_assert_str_eq(model->task.text, "uncordoned gpu-1");
    model->read_only = true;
    ck_assert_int_eq(model_drain(model, "gpu-1", &err), -1);
}
END_TEST

/* Devices of drivers as well; where there is no such API, nothing is said of it. */
START_TEST(measured_while_a_view_wants_it)
{
    model->ops.measure(model->data, USAGE_BIT(USAGE_NODES) | USAGE_BIT(USAGE_GPUS));
    script_answer(app_session_expect("GET", "/apis/resource.k8s.io/v1/resourceslices"), 404, "{\"kind\":\"Status\",\"message\":\"none\"}");
    script_answer(app_session_expect("GET", "/apis/metrics.k8s.io/v1beta1/nodes"), 200,
                  "{\"items\":[{\"metadata\":{\"name\":\"gpu-1\"},\"usage\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}]}");
    ck_assert_int_eq(usage_of_node(model->usage, "gpu-1")->cpu_milli, 1000);
    ck_assert_uint_eq(store_count(model->slices), 0);
    model->ops.measure(model->data, 0);
    for (struct script_call *call = script.calls; call; call = call->next)
        ck_assert_msg(!call->open || (!strstr(call->url, "metrics") && !strstr(call->url, "resource.k8s.io")), "still open: %s",
                      call->url);
}
END_TEST

Suite *app_session_node_suite(void)
{
    Suite *suite = suite_create("session, nodes");
    TCase *tcase = tcase_create("nodes");
    tcase_add_checked_fixture(tcase, setup, app_session_end);
    tcase_add_test(tcase, a_drain_is_a_task);
    tcase_add_test(tcase, a_drain_is_cancelled);
    tcase_add_test(tcase, a_refusal_says_what_to_do);
    tcase_add_test(tcase, measured_while_a_view_wants_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
