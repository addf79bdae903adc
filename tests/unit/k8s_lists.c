#include "k8s_mirror.h"

START_TEST(lists_in_pages_then_watches)
{
    expect_state(REFLECTOR_LISTING, "");
    ck_assert(!reflector_synced(reflector));
    answer_list(expect_list(), "10", "next/1=", "a u1 1  b u2 2");
    ck_assert_str_eq(rows(), "a1 b2 "); /* rows are there before the list is whole */
    ck_assert(!reflector_synced(reflector));
    struct script_call *page = script_expect("GET", "/api/v1/pods?limit=500&continue=next%2F1%3D");
    ck_assert_ptr_null(strstr(page->url, "resourceVersion"));
    ck_assert(page->compressed);
    answer_list(page, "11", "", "c u3 3");
    ck_assert(reflector_synced(reflector));
    struct script_call *watch = expect_watch("10"); /* the first page's: nothing after it is missed */
    ck_assert(!watch->compressed);
    script_head(watch, 200, 0);
    expect_state(REFLECTOR_LIVE, "");
    send_event(watch, "ADDED", "d", "u4", "12");
    send_event(watch, "MODIFIED", "a", "u1", "13");
    send_event(watch, "DELETED", "b", "u2", "14");
    ck_assert_str_eq(rows(), "a13 c3 d12 ");
    ck_assert_str_eq(heard.data, "+a +b +c +d ~a -b ");
    ck_assert_int_ge(told, 1);
    script_none();
}
END_TEST

START_TEST(an_expired_continue_lists_all_at_once)
{
    answer_list(expect_list(), "10", "tok", "a u1 1");
    script_answer(script_expect("GET", "continue=tok"), 410, "{\"kind\":\"Status\",\"code\":410}");
    struct script_call *list = script_expect("GET", "/api/v1/pods?");
    ck_assert_ptr_null(strstr(list->url, "limit"));
    ck_assert_ptr_null(strstr(list->url, "continue"));
    ck_assert_ptr_null(strstr(list->url, "resourceVersion"));
    answer_list(list, "12", "", "a u1 1  b u2 3");
    expect_watch("12");
    ck_assert_str_eq(rows(), "a1 b3 ");
}
END_TEST

START_TEST(a_page_honours_retry_after)
{
    answer_list(expect_list(), "10", "tok", "a u1 1");
    script_answer(script_expect("GET", "continue=tok"), 503,
                  "{\"kind\":\"Status\",\"message\":\"busy\",\"details\":{\"retryAfterSeconds\":5}}");
    double then = script_now();
    struct script_call *page = script_expect("GET", "continue=tok");
    ck_assert_between(5, waited(page, then), 5.01);
    answer_list(page, "10", "", "b u2 1");
    ck_assert(reflector_synced(reflector));
    expect_watch("10");
}
END_TEST

START_TEST(what_the_server_asks_to_wait_has_a_bound)
{
    script_answer(expect_list(), 429, "{\"kind\":\"Status\",\"message\":\"busy\",\"details\":"
                                      "{\"retryAfterSeconds\":999999}}");
    double then = script_now();
    ck_assert(reflector_waits(reflector));
    struct script_call *list = expect_list();
    ck_assert_between(60, waited(list, then), 60.01);
    ck_assert(!reflector_waits(reflector));
    answer_list(list, "10", "", "a u1 1");
    ck_assert(reflector_synced(reflector));
}
END_TEST

START_TEST(a_list_without_end_is_given_up)
{
    answer_list(expect_list(), "10", "tok", "a u1 1");
    answer_list(script_expect("GET", "continue=tok"), "10", "tok", "b u2 1");
    double then = script_now();
    expect_state(REFLECTOR_LISTING, "has no end");
    ck_assert_between(0.8, waited(expect_list(), then), 1.61);
}
END_TEST

START_TEST(a_list_that_falls_silent_begins_again)
{
    struct script_call *list = expect_list();
    script_head(list, 200, 0);
    script_text(list, "{\"kind\":\"PodList\",");
    script_pass(101);
    ck_assert(list->cancelled);
    expect_state(REFLECTOR_LISTING, "cannot list pods: no word");
    expect_list();
}
END_TEST

START_TEST(nobody_lets_us_in)
{
    script_answer(expect_list(), 403, "{\"kind\":\"Status\",\"code\":403,\"message\":\"pods is forbidden\"}");
    expect_state(REFLECTOR_REFUSED, "cannot list pods: pods is forbidden");
    double then = script_now();
    struct script_call *list = expect_list();
    ck_assert_between(60, waited(list, then), 60.01);
    script_distrust(list);
    expect_state(REFLECTOR_REFUSED, "not trusted");
    list = expect_list();
    script_refuse(list);
    expect_state(REFLECTOR_LISTING, "cannot list pods: cannot connect to test:6443: connection refused");
    answer_list(expect_list(), "10", "", "a u1 1");
    expect_watch("10");
    expect_state(REFLECTOR_LIVE, "");
}
END_TEST

START_TEST(lists_that_are_none)
{
    static const struct {
        int status;
        const char *text, *why;
    } cases[] = {
        {200, "<html><body>Welcome to the <b>Hotel</b></body></html>", "'Welcome to the Hotel'"},
        {200, "", "the answer is empty"},
        {200, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[{\"metadata\":",
         "ended in the middle"},
        {200, "{\"kind\":\"Status\",\"metadata\":{\"resourceVersion\":\"1\"}}", "no Kubernetes API server"},
        {200, "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[]}", "no version"},
        {200, "[]", "not JSON"},
        {500, "oops", "the server answered 500 internal error: 'oops'"},
        {410, "", "gone"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct script_call *list = expect_list();
        script_head(list, cases[i].status, 0);
        if (*cases[i].text)
            script_text(list, cases[i].text);
        if (list->open)
            script_end(list);
        expect_state(REFLECTOR_LISTING, cases[i].why);
    }
    ck_assert(!reflector_synced(reflector));
}
END_TEST

START_TEST(a_list_that_breaks_keeps_the_rows)
{
    struct script_call *watch = go_live();
    script_text(watch, "{\"type\":\"ERROR\",\"object\":{\"code\":410}}");
    struct script_call *list = expect_list();
    script_head(list, 200, 0);
    script_text(
        list,
        "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[{\"metadata\":{\"name\":\"z\","
        "\"namespace\":\"m\",\"uid\":\"u9\",\"resourceVersion\":\"19\"},\"status\":{\"phase\":\"19\"}},");
    script_break(list);
    ck_assert_str_eq(rows(), "a1 z19 ");
    expect_state(REFLECTOR_STALE, "cannot list pods");
    answer_list(expect_list(), "21", "", "z u9 19");
    ck_assert_str_eq(rows(), "z19 ");
}
END_TEST

START_TEST(asks_for_what_was_chosen)
{
    struct reflector_options options = {.ns = "m", .label_selector = "a=b,c in (d)", .field_selector = "x!=y"};
    struct reflector *other = reflector_new(script.client, store, &options, NULL, NULL);
    expect_list();
    script_expect("GET",
                  "/api/v1/namespaces/m/pods?limit=500&labelSelector=a%3Db%2Cc%20in%20%28d%29&fieldSelector=x%21%3Dy");
    reflector_free(other);
}
END_TEST

static int turns_of_others;

static void count_turn(void *data)
{
    turns_of_others++;
    if (turns_of_others < 1000)
        loop_task_start(data);
}

START_TEST(a_large_page_leaves_turns_to_others)
{
    struct script_call *list = expect_list();
    struct buf text;
    buf_init(&text, 64u << 20);
    buf_adds(&text, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[");
    for (int i = 0; i < 500; i++) {
        buf_addf(
            &text,
            "%s{\"metadata\":{\"name\":\"p%03d\",\"uid\":\"u%d\",\"resourceVersion\":\"1\",\"annotations\":{\"x\":\"",
            i ? "," : "", i, i);
        buf_pad(&text, 'x', 12000);
        buf_adds(&text, "\"}}}");
    }
    buf_adds(&text, "]}");
    script_head(list, 200, 0);
    struct loop_task task;
    loop_task_init(&task, script.loop, count_turn, &task);
    turns_of_others = 0;
    loop_task_start(&task);
    size_t most = 0;
    for (size_t at = 0; at < text.len; at += 16384)
        list->events.body(list->data, &list->call, text.data + at, MIN((size_t)16384, text.len - at));
    ck_assert(list->paused); /* the connection waits for us */
    for (int i = 0; store_count(store) < 500; i++) {
        size_t before = store_count(store);
        loop_turn(script.loop, 0);
        most = MAX(most, store_count(store) - before);
        ck_assert_int_lt(i, 200);
    }
    ck_assert(!list->paused);
    ck_assert_uint_le(most, 30); /* a turn's budget of bytes, not a page */
    ck_assert_int_ge(turns_of_others, 20);
    loop_task_stop(&task);
    buf_release(&text);
    script_end(list);
    ck_assert(reflector_synced(reflector));
    expect_watch("9");
}
END_TEST

Suite *k8s_lists_suite(void)
{
    Suite *suite = suite_create("k8s lists");
    TCase *tc = tcase_create("lists");
    tcase_add_checked_fixture(tc, mirror_setup, mirror_teardown);
    tcase_add_test(tc, lists_in_pages_then_watches);
    tcase_add_test(tc, an_expired_continue_lists_all_at_once);
    tcase_add_test(tc, a_page_honours_retry_after);
    tcase_add_test(tc, what_the_server_asks_to_wait_has_a_bound);
    tcase_add_test(tc, a_list_without_end_is_given_up);
    tcase_add_test(tc, a_list_that_falls_silent_begins_again);
    tcase_add_test(tc, nobody_lets_us_in);
    tcase_add_test(tc, lists_that_are_none);
    tcase_add_test(tc, a_list_that_breaks_keeps_the_rows);
    tcase_add_test(tc, asks_for_what_was_chosen);
    tcase_add_test(tc, a_large_page_leaves_turns_to_others);
    suite_add_tcase(suite, tc);
    return suite;
}
