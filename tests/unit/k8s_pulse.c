#include "k8s_mirror.h"

/* When the server cannot be heard, and when it can again. */

START_TEST(a_silent_network_is_known_within_30_seconds)
{
    struct script_call *watch = go_live();
    int64_t last = loop_now(script.loop);
    script.ready = SCRIPT_SILENT;
    script_pass(24.9);
    expect_state(REFLECTOR_LIVE, "");
    script_pass(0.2);
    expect_state(REFLECTOR_STALE, "no word from the server for 25 s");
    ck_assert_int_eq(reflector_since(reflector), last);
    ck_assert(watch->cancelled);
    ck_assert_str_eq(rows(), "a1 ");
    script_pass(0.5);
    double then = script_now();
    script.ready = 0;
    watch = expect_watch("10"); /* its back-off had begun with 0.8 s at the least */
    ck_assert_between(0, waited(watch, then), 1.0);
    ck_assert(watch->fresh); /* the old connections lead into the silence */
    script_head(watch, 200, 0);
    expect_state(REFLECTOR_LIVE, "");
}
END_TEST

START_TEST(nobody_waits_for_a_server_that_is_back)
{
    struct script_call *watch = go_live();
    script.ready = SCRIPT_REFUSED;
    script_pass(5);
    script_break(watch);
    double then = script_now();
    for (int i = 0; i < 7; i++)
        script_refuse(expect_watch("10"));
    expect_state(REFLECTOR_STALE, "connection refused");
    double took = script_now() - then;
    ck_assert_int_le(script.asked_ready, (int)(2 * took) + 3); /* twice a second, whoever waits */
    script_pass(0.3);                                          /* the next back-off would be 30 s to 60 s */
    then = script_now();
    script.ready = 500;
    script_pass(3);
    script_none(); /* it is there, but not ready */
    then = script_now();
    script.ready = 0;
    watch = expect_watch("10");
    ck_assert_between(0, waited(watch, then), 0.8);
    /* It was restarted and no longer knows our version: the list does not wait either. */
    script_head(watch, 200, 0);
    script_text(watch, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}}");
    then = script_now();
    ck_assert_between(0, waited(expect_list(), then), 0.21);
}
END_TEST

START_TEST(one_that_was_refused_tries_again_when_the_server_is_back)
{
    struct script_call *watch = go_live();
    script.ready = SCRIPT_REFUSED;
    script_pass(5);
    script_break(watch);
    script_refuse(expect_watch("10"));
    script_pass(0.1);
    script_answer(script_next(), 403, "{\"kind\":\"Status\",\"code\":403,\"message\":\"no roles yet\"}");
    struct script_call *list = expect_list();
    script_answer(list, 403, "{\"kind\":\"Status\",\"code\":403,\"message\":\"no roles yet\"}");
    expect_state(REFLECTOR_REFUSED, "no roles yet");
    double then = script_now();
    script.ready = 0;
    ck_assert_between(0, waited(expect_list(), then), 0.8);
}
END_TEST

START_TEST(a_reset_is_asked_about_and_need_not_mean_the_end)
{
    struct script_call *watch = go_live();
    script_pass(5);
    script_break(watch);
    script_break(expect_watch("10")); /* before an answer */
    ck_assert_int_eq(script.asked_ready, 1);
    script_pass(0.1);
    double then = script_now();
    ck_assert_between(0.6, waited(expect_list(), then), 1.61); /* the server is there: the back-off counts */
}
END_TEST

START_TEST(a_watch_that_does_not_come_back_is_news_within_a_second)
{
    struct script_call *watch = go_live();
    script_pass(20);
    script_end(watch);
    watch = expect_watch("10");
    script_pass(0.7);
    expect_state(REFLECTOR_LIVE, "");
    script_pass(0.2);
    expect_state(REFLECTOR_STALE, "has not begun another yet");
    script_head(watch, 200, 0);
    expect_state(REFLECTOR_LIVE, "");
}
END_TEST

START_TEST(a_quiet_hour_costs_three_questions_a_minute)
{
    struct store *nodes = store_new(&kind_node);
    struct script_call *watch = go_live();
    struct reflector *other = reflector_new(script.client, nodes, NULL, NULL, NULL); /* they share the pulse */
    struct script_call *list = script_expect("GET", "/api/v1/nodes?limit=500");
    script_answer(list, 200, "{\"kind\":\"NodeList\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}");
    struct script_call *second = script_expect("GET", "/api/v1/nodes?watch=1");
    script_head(second, 200, 0);
    for (int i = 0; i < 4; i++) {
        script_pass(60);
        script_text(watch, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"20\"}}}");
        script_text(second, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"20\"}}}");
    }
    ck_assert_int_le(script.asked_ready, 16);
    ck_assert_int_ge(script.asked_ready, 12);
    script.ready = SCRIPT_SILENT;
    script_pass(26);
    expect_state(REFLECTOR_STALE, "no word");
    ck_assert_int_eq(reflector_state(other), REFLECTOR_STALE);
    ck_assert_int_eq(reflector_since(other), reflector_since(reflector));
    reflector_free(other);
    store_free(nodes);
}
END_TEST

Suite *k8s_pulse_suite(void)
{
    Suite *suite = suite_create("k8s pulse");
    TCase *tc = tcase_create("pulse");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, mirror_setup, mirror_teardown);
    tcase_add_test(tc, a_silent_network_is_known_within_30_seconds);
    tcase_add_test(tc, nobody_waits_for_a_server_that_is_back);
    tcase_add_test(tc, one_that_was_refused_tries_again_when_the_server_is_back);
    tcase_add_test(tc, a_reset_is_asked_about_and_need_not_mean_the_end);
    tcase_add_test(tc, a_watch_that_does_not_come_back_is_news_within_a_second);
    tcase_add_test(tc, a_quiet_hour_costs_three_questions_a_minute);
    suite_add_tcase(suite, tc);
    return suite;
}
