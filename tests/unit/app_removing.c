#include "app/removing.h"

#include "app_test.h"

static struct {
    int times, lines;
    struct removing_result result;
} got;

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
}

static void on_line(void *data UNUSED, const char *name, size_t through)
{
    ck_assert_ptr_nonnull(name);
    ck_assert_uint_eq(through, (size_t)++got.lines);
}

static void on_done(void *data UNUSED, const struct removing_result *result)
{
    got.times++;
    got.result = *result;
}

static const struct removing_pod pods[] = {{"media", "a", "u-a"}, {"media", "b", NULL}, {"media", "c", NULL}};

START_TEST(deletes_only_what_was_meant)
{
    removing_start(script.client, REMOVAL_RESTART, pods, 3, on_line, on_done, NULL);
    struct script_call *call = script_expect("DELETE", "/api/v1/namespaces/media/pods/a");
    ck_assert(strstr(call->body, "\"preconditions\":{\"uid\":\"u-a\"}"));
    script_answer(call, 200, "{}");
    script_answer(script_expect("DELETE", "/api/v1/namespaces/media/pods/b"), 404, "{}"); /* went by itself */
    ck_assert_int_eq(got.times, 0);
    script_answer(script_expect("DELETE", "/api/v1/namespaces/media/pods/c"), 200, "{}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.result.text, "restarted 3 pods");
}
END_TEST

START_TEST(one_refusal_is_told_with_how_many_there_were)
{
    removing_start(script.client, REMOVAL_EVICT, pods, 2, on_line, on_done, NULL);
    script_answer(script_expect("POST", "/api/v1/namespaces/media/pods/a/eviction"), 201, "{}");
    script_answer(script_expect("POST", "/api/v1/namespaces/media/pods/b/eviction"), 403,
                  "{\"kind\":\"Status\",\"message\":\"pods is forbidden\"}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_msg(str_starts(got.result.text, "1 of 2 pods were not evicted: b: "), "%s", got.result.text);
    ck_assert_uint_eq(got.result.done, 1);
}
END_TEST

START_TEST(a_few_at_a_time)
{
    struct removing_pod many[25];
    char names[25][8];
    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        snprintf(names[i], sizeof names[i], "p%zu", i);
        many[i] = (struct removing_pod){"media", names[i], NULL};
    }
    struct removing *removing = removing_start(script.client, REMOVAL_DELETE, many, ARRAY_SIZE(many), on_line, on_done, NULL);
    for (int i = 0; i < 10; i++)
        script_expect("DELETE", "/pods/p");
    script_none();
    removing_cancel(removing);
}
END_TEST

Suite *app_removing_suite(void)
{
    Suite *suite = suite_create("app removing");
    TCase *tcase = tcase_create("removing");
    tcase_add_checked_fixture(tcase, setup, script_teardown);
    tcase_add_test(tcase, deletes_only_what_was_meant);
    tcase_add_test(tcase, one_refusal_is_told_with_how_many_there_were);
    tcase_add_test(tcase, a_few_at_a_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
