#include "app/snapshots.h"

#include "app_test.h"

static struct model model;
static struct snapshots *snapshots;
static unsigned changes;

static void on_changed(void *data UNUSED, unsigned mask)
{
    changes += (mask & CHANGED_PICTURE) != 0;
}

static void setup(void)
{
    script_setup();
    changes = 0;
    model = (struct model){.loop = script.loop, .changed = on_changed};
    snapshots = snapshots_new(script.client, &model);
}

static void teardown(void)
{
    snapshots_free(snapshots);
    ck_assert_ptr_null(model.picture.jpeg);
    ck_assert_ptr_null(model.picture.pod);
    script_teardown();
}

static void look(const char *pod)
{
    struct model_look what = {.ns = "media", .pod = pod, .thing = "camera", .port = 8080, .width = 120, .every = NSEC_PER_SEC / 2};
    snapshots_look(snapshots, &what);
}

START_TEST(one_picture_for_each_that_is_asked_for)
{
    look("camera-1");
    look("camera-1"); /* it was drawn again meanwhile */
    struct script_call *call = script_expect("GET", "/api/v1/namespaces/media/pods/camera-1:8080/proxy/snapshot?w=120");
    look("camera-1");
    script_head_fields(call, 200, "X-Timestamp: 1700000001.250000\n");
    script_text(call, "JPEG");
    script_end(call);
    ck_assert_uint_eq(model.picture.number, 1);
    ck_assert_str_eq(model.picture.jpeg, "JPEG");
    ck_assert_int_eq(model.picture.captured, INT64_C(1700000001250000000));
    ck_assert_uint_eq(changes, 1);
    script_pass(5); /* nobody draws it */
    script_none();
    double then = script_now();
    look("camera-1");
    script_answer(script_expect("GET", "snapshot"), 200, "second");
    look("camera-1");
    script_expect("GET", "snapshot");
    ck_assert_double_eq_tol(script_now() - then, 0.5, 0.01);
}
END_TEST

START_TEST(another_pod_takes_its_place)
{
    look("camera-1");
    struct script_call *call = script_expect("GET", "camera-1");
    script_head_fields(call, 200, "X-Timestamp: 1e400\n");
    look("camera-2");
    ck_assert(call->cancelled);
    script_answer(script_expect("GET", "camera-2"), 200, "JPEG");
    ck_assert_str_eq(model.picture.pod, "camera-2");
    ck_assert_int_eq(model.picture.captured, 0);
}
END_TEST

START_TEST(why_none_comes_is_said_and_not_asked_at_once)
{
    look("camera-1");
    script_answer(script_expect("GET", "camera-1"), 200, "JPEG");
    look("camera-1");
    script_answer(script_expect("GET", "camera-1"), 503, "there is no picture yet: \033[2Jno camera\n");
    ck_assert_str_eq(model.picture.why, "camera answers 503: there is no picture yet: \xef\xbf\xbd[2Jno camera");
    ck_assert_str_eq(model.picture.jpeg, "JPEG"); /* the last one is still the last one */
    double then = script_now();
    look("camera-1");
    struct script_call *call = script_expect("GET", "camera-1");
    ck_assert_double_ge(script_now() - then, 0.9);
    script_answer(call, 403,
                  "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"pods \\\"camera-1\\\" is forbidden\","
                  "\"reason\":\"Forbidden\",\"code\":403}");
    ck_assert(strstr(model.picture.why, "forbidden"));
    look("camera-1");
    script_break(script_expect("GET", "camera-1"));
    ck_assert(model.picture.why[0]);
    look("camera-1");
    script_answer(script_expect("GET", "camera-1"), 200, "JPEG");
    ck_assert_str_eq(model.picture.why, "");
}
END_TEST

START_TEST(a_picture_without_an_end_is_given_up)
{
    char *much = xcalloc(1, 1u << 20);
    look("camera-1");
    struct script_call *call = script_expect("GET", "camera-1");
    script_head(call, 200, 0);
    for (int i = 0; i < 40 && call->open; i++)
        script_send(call, much, 1u << 20);
    ck_assert(call->cancelled);
    ck_assert_str_eq(model.picture.why, "a picture of more than 8 MiB is not taken");
    free(much);
}
END_TEST

Suite *app_snapshots_suite(void)
{
    Suite *suite = suite_create("snapshots");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, one_picture_for_each_that_is_asked_for);
    tcase_add_test(tc, another_pod_takes_its_place);
    tcase_add_test(tc, why_none_comes_is_said_and_not_asked_at_once);
    tcase_add_test(tc, a_picture_without_an_end_is_given_up);
    suite_add_tcase(suite, tc);
    return suite;
}
