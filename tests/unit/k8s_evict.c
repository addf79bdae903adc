#include "k8s/evict.h"

#include "k8s_script.h"

#define PATH "/api/v1/namespaces/media/pods/camera-1/eviction"

static struct {
    int times;
    enum evict_end end;
    struct err err;
    bool unreachable;
} got;

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
}

static void on_done(void *data, enum evict_end end, const struct err *err, bool unreachable)
{
    (void)data;
    got.times++;
    got.end = end;
    got.err = *err;
    got.unreachable = unreachable;
}

static struct script_call *start(int grace, bool dry_run)
{
    evict_start(script.client,
                &(struct evict_options){.ns = "media", .name = "camera-1", .uid = "u1", .grace = grace, .dry_run = dry_run},
                on_done, NULL);
    return script_expect("POST", PATH);
}

START_TEST(the_pod_that_is_meant)
{
    struct script_call *call = start(30, true);
    ck_assert_str_eq(strstr(call->url, PATH), PATH "?dryRun=All");
    cJSON *body = cJSON_Parse(call->body);
    ck_assert_str_eq(json_str(body, "apiVersion"), "policy/v1");
    ck_assert_str_eq(json_str(body, "kind"), "Eviction");
    ck_assert_str_eq(json_str(body, "deleteOptions.preconditions.uid"), "u1");
    ck_assert_int_eq(json_int(body, "deleteOptions.gracePeriodSeconds", -1), 30);
    cJSON_Delete(body);
    script_answer(call, 201, "{\"kind\":\"Status\",\"status\":\"Success\"}");
    ck_assert(got.times == 1 && got.end == EVICT_ASKED && !err_is_set(&got.err));
    call = start(-1, false);
    ck_assert_ptr_null(strstr(call->body, "gracePeriodSeconds"));
    script_answer(call, 201, "{}");
}
END_TEST

/* As kube-apiserver says it, without a time to wait: it is not asked again by itself. */
START_TEST(a_budget_is_named)
{
    script_answer(start(-1, false), 429,
                  "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"TooManyRequests\",\"code\":429,\"message\":"
                  "\"Cannot evict pod as it would violate the pod's disruption budget.\",\"details\":{\"causes\":[{\"reason\":"
                  "\"DisruptionBudget\",\"message\":\"The disruption budget camera needs 1 healthy pods and has 1 currently\"}]}}");
    ck_assert_int_eq(got.end, EVICT_BUDGET);
    ck_assert_str_eq(got.err.text, "cannot evict pod media/camera-1: The disruption budget camera needs 1 healthy pods and "
                                   "has 1 currently");
    script_pass(60);
    script_none();
}
END_TEST

START_TEST(what_is_gone_is_no_failure)
{
    script_answer(start(-1, false), 404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"pods not found\"}");
    ck_assert_int_eq(got.end, EVICT_GONE);
    script_answer(start(-1, false), 409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"the UID differs\"}");
    ck_assert(got.end == EVICT_GONE && got.times == 2);
}
END_TEST

START_TEST(failures_say_which_pod)
{
    script_answer(start(-1, false), 403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"pods is forbidden\"}");
    ck_assert(got.end == EVICT_FAILED && !got.unreachable);
    ck_assert_str_eq(got.err.text, "cannot evict pod media/camera-1: pods is forbidden");
    script_refuse(start(-1, false));
    ck_assert(got.end == EVICT_FAILED && got.unreachable);
}
END_TEST

Suite *k8s_evict_suite(void)
{
    Suite *suite = suite_create("evict");
    TCase *tcase = tcase_create("evict");
    tcase_add_checked_fixture(tcase, setup, script_teardown);
    tcase_add_test(tcase, the_pod_that_is_meant);
    tcase_add_test(tcase, a_budget_is_named);
    tcase_add_test(tcase, what_is_gone_is_no_failure);
    tcase_add_test(tcase, failures_say_which_pod);
    suite_add_tcase(suite, tcase);
    return suite;
}
