#include "k8s_mirror.h"

/* Lists that come as a watch, and pages that are asked for ahead. */

#define GONE "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}}"
#define END_OF_LIST                                                                                 \
    "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":\"60\"," \
    "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}"

static struct script_call *expect_stream(void)
{
    return script_expect("GET", "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&"
                                "allowWatchBookmarks=true&timeoutSeconds=");
}

START_TEST(a_later_list_comes_as_a_stream)
{
    script_text(go_live(), GONE);
    struct script_call *stream = expect_stream();
    ck_assert_ptr_null(strstr(stream->url, "resourceVersion="));
    buf_reset(&heard);
    script_head(stream, 200, 0);
    expect_state(REFLECTOR_STALE, "too old");
    send_event(stream, "ADDED", "b", "u2", "40");
    script_text(stream, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"50\"}}}");
    ck_assert_str_eq(rows(), "a1 b40 "); /* not whole: the row that went is still there */
    expect_state(REFLECTOR_STALE, "too old");
    script_text(stream, END_OF_LIST);
    ck_assert_str_eq(rows(), "b40 ");
    ck_assert_str_eq(heard.data, "+b -a ");
    expect_state(REFLECTOR_LIVE, "");
    send_event(stream, "ADDED", "c", "u3", "61"); /* and it goes on as a watch */
    ck_assert_str_eq(rows(), "b40 c61 ");
    script_pass(2);
    script_end(stream);
    expect_watch("61");
}
END_TEST

START_TEST(a_stream_that_breaks_keeps_the_rows)
{
    script_text(go_live(), GONE);
    struct script_call *stream = expect_stream();
    script_head(stream, 200, 0);
    send_event(stream, "ADDED", "b", "u2", "40");
    script_break(stream);
    expect_state(REFLECTOR_STALE, "cannot list pods: the connection");
    ck_assert_str_eq(rows(), "a1 b40 ");
    stream = expect_stream(); /* from its beginning */
    script_head(stream, 200, 0);
    script_text(stream, END_OF_LIST);
    ck_assert_str_eq(rows(), "");
}
END_TEST

START_TEST(servers_without_streams_are_asked_for_pages_from_then_on)
{
    static const struct {
        int status;
        const char *text;
    } cases[] = {
        {422,
         "{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\",\"message\":\"sendInitialEvents is forbidden\"}"},
        {400, "{\"kind\":\"Status\",\"code\":400,\"message\":\"what is that\"}"},
        {200, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,\"message\":\"etcd is too old for "
              "RequestWatchProgress\"}}"},
        {200, ""}, /* a plain watch, which ends */
    };
    script_text(go_live(), GONE);
    struct script_call *stream = expect_stream();
    double then = script_now();
    script_head(stream, cases[_i].status, 0);
    if (*cases[_i].text)
        script_text(stream, cases[_i].text);
    if (stream->open)
        script_end(stream);
    struct script_call *list = script_next();
    ck_assert_ptr_nonnull(strstr(list->url, "/api/v1/pods?limit=500"));
    ck_assert_between(0, waited(list, then), 0.001);
    answer_list(list, "50", "", "b u2 40");
    struct script_call *watch = expect_watch("50");
    script_head(watch, 200, 0);
    ck_assert_str_eq(rows(), "b40 ");
    script_text(watch, GONE);
    ck_assert_ptr_nonnull(strstr(script_next()->url, "limit=500")); /* remembered */
}
END_TEST

START_TEST(the_next_page_is_asked_for_while_this_one_arrives)
{
    struct script_call *first = expect_list();
    script_head(first, 200, 0);
    script_text(first, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"t");
    script_none();
    script_text(first, "ok\"},\"items\":[");
    struct script_call *second = script_expect("GET", "/api/v1/pods?limit=500&continue=tok");
    answer_list(second, "9", "", "b u2 2"); /* it is quicker than the first one's end */
    ck_assert_str_eq(rows(), "");
    script_text(first, "{\"metadata\":{\"name\":\"a\",\"namespace\":\"m\",\"uid\":\"u1\",\"resourceVersion\":\"1\"},"
                       "\"status\":{\"phase\":\"1\"}}");
    ck_assert_str_eq(rows(), "a1 ");
    script_text(first, "]}");
    ck_assert(!reflector_synced(reflector));
    script_end(first);
    ck_assert_str_eq(rows(), "a1 b2 ");
    ck_assert(reflector_synced(reflector));
    expect_watch("9");
}
END_TEST

START_TEST(a_page_that_breaks_takes_the_one_ahead_along)
{
    struct script_call *first = expect_list();
    script_head(first, 200, 0);
    script_text(first,
                "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"tok\"},\"items\":[");
    struct script_call *second = script_expect("GET", "continue=tok");
    script_break(first);
    ck_assert(second->cancelled);
    answer_list(expect_list(), "10", "", "a u1 1");
    expect_watch("10");
}
END_TEST

START_TEST(a_state_that_was_restored_replaces_all)
{
    struct script_call *watch = go_live();
    send_event(watch, "MODIFIED", "a", "u1", "30");
    script_pass(2);
    script_end(watch);
    script_answer(expect_watch("30"), 504,
                  "{\"kind\":\"Status\",\"code\":504,\"message\":\"Too large resource version: 30, current: 7\"}");
    expect_state(REFLECTOR_STALE, "Too large resource version");
    /* The same version, and something else: etcd went back and went on. An older one wins as well. */
    struct script_call *list = expect_list();
    script_answer(
        list, 200,
        "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{\"metadata\":{\"name\":\"a\","
        "\"namespace\":\"m\",\"uid\":\"u1\",\"resourceVersion\":\"30\"},\"status\":{\"phase\":\"other\"}}]}");
    ck_assert_str_eq(rows(), "aother ");
    watch = expect_watch("7");
    script_head(watch, 200, 0);
    send_event(watch, "MODIFIED", "a", "u1", "8");
    ck_assert_str_eq(rows(), "a8 ");
}
END_TEST

Suite *k8s_streams_suite(void)
{
    Suite *suite = suite_create("k8s streams");
    TCase *tc = tcase_create("streams");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, mirror_setup, mirror_teardown);
    tcase_add_test(tc, a_later_list_comes_as_a_stream);
    tcase_add_test(tc, a_stream_that_breaks_keeps_the_rows);
    tcase_add_loop_test(tc, servers_without_streams_are_asked_for_pages_from_then_on, 0, 4);
    tcase_add_test(tc, the_next_page_is_asked_for_while_this_one_arrives);
    tcase_add_test(tc, a_page_that_breaks_takes_the_one_ahead_along);
    tcase_add_test(tc, a_state_that_was_restored_replaces_all);
    suite_add_tcase(suite, tc);
    return suite;
}
