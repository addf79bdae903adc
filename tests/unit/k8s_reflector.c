#include "k8s/backoff.h"
#include "k8s/outcome.h"
#include "k8s_mirror.h"

START_TEST(a_clean_end_goes_on_where_it_was)
{
    struct script_call *watch = go_live();
    script_text(watch,
                "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":\"77\"}}}\n");
    script_pass(5);
    script_end(watch);
    double then = script_now();
    watch = expect_watch("77");
    ck_assert_between(0, waited(watch, then), 0.001);
    expect_state(REFLECTOR_LIVE, "");
    ck_assert_str_eq(rows(), "a1 "); /* a bookmark is no row */
}
END_TEST

START_TEST(a_short_end_backs_off)
{
    struct script_call *watch = go_live();
    script_pass(0.5);
    script_end(watch);
    double then = script_now();
    expect_state(REFLECTOR_STALE, "ended the watch at once");
    ck_assert_between(0.8, waited(expect_list(), then), 1.61);
}
END_TEST

START_TEST(watches_that_end_after_an_event_are_begun_with_a_pause)
{
    struct script_call *watch = go_live();
    for (int i = 0; i < 20; i++) {
        double then = script_now();
        char rv[8];
        snprintf(rv, sizeof rv, "%d", 20 + i);
        script_head(watch, 200, 0);
        send_event(watch, "MODIFIED", "a", "u1", rv);
        script_end(watch);
        watch = expect_watch(rv);
        ck_assert_between(i < 3 ? 0 : 1, waited(watch, then), i < 3 ? 0.001 : 1.01);
        expect_state(REFLECTOR_LIVE, "");
    }
    script_head(watch, 200, 0);
    script_pass(5);
    double then = script_now();
    script_end(watch);
    ck_assert_between(0, waited(expect_watch("39"), then), 0.001); /* one that lasts is followed at once again */
}
END_TEST

START_TEST(an_expired_watch_lists_again_without_flicker)
{
    struct script_call *watch = go_live();
    send_event(watch, "ADDED", "b", "u2", "12");
    script_text(watch, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\","
                       "\"message\":\"too old resource version\"}}\n");
    ck_assert(watch->cancelled);
    double then = script_now();
    expect_state(REFLECTOR_STALE, "too old resource version");
    struct script_call *list = expect_list();
    ck_assert_between(0.8, waited(list, then), 1.61);
    ck_assert_str_eq(rows(), "a1 b12 ");
    buf_reset(&heard);
    answer_list(list, "50", "x", "b u2 12");
    ck_assert_str_eq(rows(), "a1 b12 "); /* the row that went is shown until the list is whole */
    answer_list(script_expect("GET", "continue=x"), "50", "", "c u3 40");
    ck_assert_str_eq(rows(), "b12 c40 ");
    ck_assert_str_eq(heard.data, "+c -a "); /* b did not move */
    script_head(expect_watch("50"), 200, 0);
    expect_state(REFLECTOR_LIVE, "");
}
END_TEST

START_TEST(http_410_lists_again)
{
    struct script_call *watch = go_live();
    script_pass(5);
    script_end(watch);
    script_answer(expect_watch("10"), 410, "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}");
    expect_list();
}
END_TEST

START_TEST(error_429_watches_again_later)
{
    struct script_call *watch = go_live();
    script_text(watch, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":429,\"message\":\"busy\","
                       "\"details\":{\"retryAfterSeconds\":7}}}\n");
    double then = script_now();
    expect_state(REFLECTOR_STALE, "busy");
    watch = expect_watch("10");
    ck_assert_between(7, waited(watch, then), 7.21);
}
END_TEST

START_TEST(http_429_watches_again_later)
{
    struct script_call *watch = go_live();
    script_pass(5);
    script_end(watch);
    watch = expect_watch("10");
    script_head(watch, 429, 4 * NSEC_PER_SEC);
    script_end(watch);
    double then = script_now();
    ck_assert_between(4, waited(expect_watch("10"), then), 4.21);
}
END_TEST

/* As a server does whose caches are not filled yet: what it says counts, not how often it has said it. */
START_TEST(servers_word_on_when_to_come_back_is_taken_ten_times)
{
    struct script_call *watch = go_live();
    script_pass(5);
    script_end(watch);
    watch = expect_watch("10");
    for (int i = 0; i < 12; i++) {
        script_head(watch, 429, NSEC_PER_SEC);
        script_end(watch);
        double then = script_now();
        watch = expect_watch("10");
        if (i < 10)
            ck_assert_between(1, waited(watch, then), 1.21);
    }
    script_head(watch, 429, NSEC_PER_SEC);
    script_end(watch);
    double then = script_now();
    ck_assert_between(3.2, waited(expect_watch("10"), then), 6.41);
}
END_TEST

START_TEST(refused_connections_back_off_without_a_list)
{
    struct script_call *watch = go_live();
    script_pass(5);
    script_end(watch);
    watch = expect_watch("10");
    double step = 0.8;
    for (int i = 0; i < 8; i++) {
        script_refuse(watch);
        double then = script_now();
        expect_state(REFLECTOR_STALE, "connection refused");
        watch = expect_watch("10");
        ck_assert_between(step, waited(watch, then), 2 * step + 0.001);
        step = step * 2 > 30 ? 30 : step * 2;
    }
    ck_assert(step == 30);
    script_head(watch, 200, 0);
    expect_state(REFLECTOR_LIVE, "");
    ck_assert_str_eq(rows(), "a1 ");
    for (int i = 0; i < 3; i++) { /* quiet minutes: a bookmark each */
        script_pass(55);
        script_text(watch, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"99\"}}}");
    }
    script_end(watch);
    watch = expect_watch("99");
    script_refuse(watch);
    double then = script_now();
    ck_assert_between(0.8, waited(expect_watch("99"), then), 1.61); /* forgotten */
}
END_TEST

START_TEST(since_is_the_last_word)
{
    struct script_call *watch = go_live();
    script_pass(20);
    send_event(watch, "MODIFIED", "a", "u1", "11");
    int64_t last = loop_now(script.loop);
    script_pass(14);
    ck_assert_int_eq(reflector_since(reflector), last);
    script_pass(2); /* the server was asked whether it is there */
    ck_assert_int_eq(reflector_since(reflector), last + 15 * NSEC_PER_SEC);
    script_pass(5);
    script_break(watch);
    watch = expect_watch("11");
    script_refuse(watch);
    expect_state(REFLECTOR_STALE, "refused");
    ck_assert_int_eq(reflector_since(reflector), last + 15 * NSEC_PER_SEC);
}
END_TEST

START_TEST(anything_else_lists_again)
{
    static const struct {
        int status;
        const char *text, *why;
    } cases[] = {
        {200, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,\"message\":\"etcd\"}}", "etcd"},
        {200,
         "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":504,\"message\":\"Too large resource "
         "version\"}}",
         "Too large"},
        {200, "{\"type\":\"ERROR\",\"object\":[]}", "no type or no object"},
        {200, "{\"type\":\"ADDED\"}", "no type or no object"},
        {200, "{\"object\":{}}", "no type or no object"},
        {200, "{\"type\":7,\"object\":{}}", "no type or no object"},
        {200, "{\"type\" \"ADDED\"}", "no JSON"},
        {200, "\x01\x02", "not JSON"},
        {200, "<html><title>Log in</title>", "no Kubernetes API server (a proxy's page?): 'Log in'"},
        {500, "{\"kind\":\"Status\",\"message\":\"boom\"}", "boom"},
        {403, "{\"kind\":\"Status\",\"message\":\"forbidden\"}", "forbidden"},
        {302, "", "302"},
    };
    struct script_call *watch = go_live();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        script_head(watch, cases[i].status, 0);
        if (*cases[i].text)
            script_text(watch, cases[i].text);
        if (watch->open)
            script_end(watch);
        expect_state(REFLECTOR_STALE, cases[i].why);
        ck_assert(str_starts(reflector_why(reflector), "cannot watch pods: "));
        answer_list(expect_list(), "10", "", "a u1 1");
        watch = expect_watch("10");
        script_pass(130); /* the back-off is forgotten, and the silence is noticed */
        ck_assert(watch->cancelled);
        watch = expect_watch("10");
    }
}
END_TEST

START_TEST(a_cut_event_is_dropped_and_the_watch_goes_on)
{
    struct script_call *watch = go_live();
    send_event(watch, "ADDED", "b", "u2", "12");
    script_text(watch, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"half\"");
    script_break(watch);
    watch = expect_watch("12");
    ck_assert_str_eq(rows(), "a1 b12 ");
    script_head(watch, 200, 0);
    send_event(watch, "ADDED", "c", "u3", "13");
    ck_assert_str_eq(rows(), "a1 b12 c13 ");
}
END_TEST

START_TEST(a_connection_that_breaks_before_an_answer_lists_again)
{
    struct script_call *watch = go_live();
    script_pass(5);
    script_end(watch);
    script_break(expect_watch("10"));
    expect_list();
}
END_TEST

START_TEST(silence_is_noticed)
{
    struct script_call *watch = go_live();
    double then = script_now();
    script_pass(99);
    ck_assert(watch->open);
    script_pass(2);
    ck_assert(watch->cancelled);
    expect_state(REFLECTOR_STALE, "no word from the server for 100 s");
    watch = expect_watch("10");
    ck_assert_between(99.9, waited(watch, then), 100.1);
    script_head(watch, 200, 0);
    expect_state(REFLECTOR_LIVE, "");
}
END_TEST

START_TEST(a_watch_that_outlives_its_time_is_ended)
{
    struct script_call *watch = go_live();
    for (int i = 0; i < 11 && watch->open; i++) {
        script_pass(60);
        if (watch->open)
            script_text(watch, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"20\"}}}");
    }
    ck_assert(watch->cancelled); /* 600 s and the slack at the most */
    expect_watch("20");
}
END_TEST

START_TEST(an_object_made_anew_is_another)
{
    struct script_call *watch = go_live();
    send_event(watch, "ADDED", "a", "u2", "12"); /* its DELETED was missed */
    ck_assert_str_eq(heard.data, "-a +a ");
    send_event(watch, "DELETED", "a", "u1", "11"); /* late news of the old one */
    ck_assert_str_eq(rows(), "a12 ");
    send_event(watch, "DELETED", "a", "u2", "13");
    ck_assert_str_eq(rows(), "");
}
END_TEST

START_TEST(unknown_events_and_odd_objects_are_left_out)
{
    struct script_call *watch = go_live();
    script_text(watch, "{\"type\":\"TELEPORTED\",\"object\":{\"metadata\":{\"name\":\"t\",\"resourceVersion\":\"30\"}}}"
                       "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":null,\"resourceVersion\":31}}}"
                       "{\"type\":\"DELETED\",\"object\":{}}");
    send_event(watch, "ADDED", "b", "u2", "32");
    ck_assert_str_eq(rows(), "a1 b32 ");
    ck_assert_str_eq(reflector_note(reflector), "2 of the pods left out: the last one has no name");
    script_pass(2);
    script_end(watch);
    expect_watch("32");
}
END_TEST

START_TEST(a_giant_event_is_skipped_and_said)
{
    struct script_call *watch = go_live();
    struct buf text;
    buf_init(&text, 64u << 20);
    buf_adds(&text, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"giant\"},\"x\":\"");
    buf_pad(&text, 'x', 17u << 20);
    buf_adds(&text, "\"}}");
    int before = told;
    script_send(watch, text.data, text.len);
    buf_release(&text);
    script_pass(0.1);
    ck_assert_int_gt(told, before); /* the note is news, too */
    send_event(watch, "ADDED", "b", "u2", "32");
    ck_assert_str_eq(rows(), "a1 b32 ");
    ck_assert_ptr_nonnull(strstr(reflector_note(reflector), "1 of the pods left out: "));
    ck_assert_ptr_nonnull(strstr(reflector_note(reflector), "too large"));
    expect_state(REFLECTOR_LIVE, "");
    script_text(watch, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}\n");
    answer_list(expect_list(), "50", "", "b u2 32");
    ck_assert_str_eq(reflector_note(reflector), ""); /* a new list is counted anew */
}
END_TEST

static void free_it(void *data, const struct change *changes, size_t count)
{
    (void)data;
    (void)changes;
    (void)count;
    reflector_free(reflector);
    reflector = NULL;
}

START_TEST(a_listener_may_free_it)
{
    static struct store_listener other;
    struct script_call *watch = go_live();
    store_listen(store, &other, free_it, NULL);
    send_event(watch, "ADDED", "b", "u2", "12");
    ck_assert(watch->cancelled);
    ck_assert_ptr_null(reflector);
}
END_TEST

START_TEST(a_listener_may_free_it_at_a_lists_end)
{
    static struct store_listener other;
    struct script_call *watch = go_live();
    script_text(watch, "{\"type\":\"ERROR\",\"object\":{\"code\":410}}");
    struct script_call *list = expect_list();
    store_listen(store, &other, free_it, NULL);
    answer_list(list, "12", "", ""); /* deletes a */
    ck_assert_ptr_null(reflector);
}
END_TEST

static void free_on_state(void *data, struct reflector *r)
{
    reflector_free(r);
    *(struct reflector **)data = NULL;
}

START_TEST(its_state_callback_may_free_it)
{
    struct reflector *other = NULL;
    other = reflector_new(script.client, store, NULL, free_on_state, &other);
    expect_list();
    script_refuse(expect_list());
    ck_assert_ptr_null(other);
}
END_TEST

START_TEST(the_table_of_outcomes)
{
    cJSON *gone = cJSON_Parse("{\"code\":410}"), *busy = cJSON_Parse("{\"code\":429}"), *odd = cJSON_Parse("{}");
    const struct {
        struct watch_end end;
        enum next_step next;
    } cases[] = {
        {{HTTP_DONE, 200, NULL, false, 2 * NSEC_PER_SEC, 0}, NEXT_WATCH},
        {{HTTP_DONE, 200, NULL, false, 1, 1}, NEXT_WATCH},
        {{HTTP_DONE, 200, NULL, false, NSEC_PER_SEC - 1, 0}, NEXT_LIST_LATER},
        {{HTTP_BROKEN, 200, NULL, false, 2 * NSEC_PER_SEC, 0}, NEXT_WATCH},
        {{HTTP_BROKEN, 200, NULL, false, 1, 0}, NEXT_LIST_LATER},
        {{HTTP_BROKEN, 0, NULL, false, 2 * NSEC_PER_SEC, 0}, NEXT_LIST_LATER},
        {{HTTP_REFUSED, 0, NULL, false, 0, 0}, NEXT_WATCH_LATER},
        {{HTTP_DONE, 429, NULL, false, 0, 0}, NEXT_WATCH_LATER},
        {{HTTP_DONE, 410, NULL, false, 0, 0}, NEXT_LIST_LATER},
        {{HTTP_DONE, 500, NULL, false, 0, 0}, NEXT_LIST_LATER},
        {{HTTP_UNTRUSTED, 0, NULL, false, 0, 0}, NEXT_REFUSED},
        {{HTTP_DONE, 200, gone, false, 2 * NSEC_PER_SEC, 5}, NEXT_LIST_LATER},
        {{HTTP_DONE, 200, busy, false, 2 * NSEC_PER_SEC, 5}, NEXT_WATCH_LATER},
        {{HTTP_DONE, 200, odd, false, 2 * NSEC_PER_SEC, 5}, NEXT_LIST_LATER},
        {{HTTP_DONE, 200, NULL, true, 2 * NSEC_PER_SEC, 5}, NEXT_LIST_LATER},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        ck_assert_msg(watch_next(&cases[i].end) == cases[i].next, "row %zu", i);
    cJSON_Delete(gone);
    cJSON_Delete(busy);
    cJSON_Delete(odd);
}
END_TEST

START_TEST(backs_off_with_jitter)
{
    struct backoff backoff;
    backoff_init(&backoff, 800 * NSEC_PER_MSEC, 30 * NSEC_PER_SEC, 120 * NSEC_PER_SEC);
    int64_t now = 0, first = 0, different = 0;
    for (int i = 0; i < 50; i++) {
        int64_t wait = backoff_next(&backoff, now);
        ck_assert(wait >= 800 * NSEC_PER_MSEC && wait < 60 * NSEC_PER_SEC);
        first = i == 10 ? wait : first;
        different += i > 10 && wait != first;
        now += wait;
    }
    ck_assert_int_gt(different, 30);
    ck_assert(backoff_next(&backoff, now + 121 * NSEC_PER_SEC) <= 1600 * NSEC_PER_MSEC);
}
END_TEST

Suite *k8s_reflector_suite(void)
{
    Suite *suite = suite_create("k8s reflector");
    TCase *tc = tcase_create("reflector");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, mirror_setup, mirror_teardown);
    tcase_add_test(tc, a_clean_end_goes_on_where_it_was);
    tcase_add_test(tc, a_short_end_backs_off);
    tcase_add_test(tc, watches_that_end_after_an_event_are_begun_with_a_pause);
    tcase_add_test(tc, an_expired_watch_lists_again_without_flicker);
    tcase_add_test(tc, http_410_lists_again);
    tcase_add_test(tc, error_429_watches_again_later);
    tcase_add_test(tc, http_429_watches_again_later);
    tcase_add_test(tc, servers_word_on_when_to_come_back_is_taken_ten_times);
    tcase_add_test(tc, refused_connections_back_off_without_a_list);
    tcase_add_test(tc, since_is_the_last_word);
    tcase_add_test(tc, anything_else_lists_again);
    tcase_add_test(tc, a_cut_event_is_dropped_and_the_watch_goes_on);
    tcase_add_test(tc, a_connection_that_breaks_before_an_answer_lists_again);
    tcase_add_test(tc, silence_is_noticed);
    tcase_add_test(tc, a_watch_that_outlives_its_time_is_ended);
    tcase_add_test(tc, an_object_made_anew_is_another);
    tcase_add_test(tc, unknown_events_and_odd_objects_are_left_out);
    tcase_add_test(tc, a_giant_event_is_skipped_and_said);
    tcase_add_test(tc, a_listener_may_free_it);
    tcase_add_test(tc, a_listener_may_free_it_at_a_lists_end);
    tcase_add_test(tc, its_state_callback_may_free_it);
    suite_add_tcase(suite, tc);
    TCase *pure = tcase_create("outcomes");
    tcase_add_test(pure, the_table_of_outcomes);
    tcase_add_test(pure, backs_off_with_jitter);
    suite_add_tcase(suite, pure);
    return suite;
}
