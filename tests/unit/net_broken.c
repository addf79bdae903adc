#include "net_test.h"

static struct raw_server raw;
static int requests;
static char want[256];

static void teardown(void)
{
    http_transport_free(net.client);
    net.client = NULL;
    raw_release(&raw);
    net_teardown();
}

static bool whole_request(int i)
{
    return strstr(raw.in[i].data, "\r\n\r\n");
}

static const char *peer(void)
{
    return net.origin + strlen("http://");
}

START_TEST(refused)
{
    raw_serve(&raw, NULL);
    close(raw.fd);
    loop_io_stop(&raw.listen);
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_REFUSED);
    ck_assert_int_eq(got.result.status, 0);
    snprintf(want, sizeof want, "cannot connect to %s: connection refused", peer());
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
}
END_TEST

/* What a server may do instead of answering, and what is said of it. */
static const struct {
    const char *answer;
    bool close;
    enum http_outcome outcome;
    int status;
    const char *sentence; /* after or with the peer; NULL: any */
} faults[] = {
    {"", true, HTTP_BROKEN, 0, "%s closed the connection without an answer"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true, HTTP_BROKEN, 200,
     "the connection to %s ended in the middle of the answer"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true, HTTP_BROKEN, 200,
     "the connection to %s ended in the middle of the answer"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", true, HTTP_BROKEN, 200, NULL},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", true, HTTP_BROKEN, 200, NULL},
    {"<html>who are you?</html>\n", true, HTTP_BROKEN, 0, NULL},
    {"HTTP/1.1 200 OK\r\nContent-Len", true, HTTP_BROKEN, 0, "the connection to %s ended in the middle of the answer"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", true, HTTP_BROKEN, 0,
     "the connection to %s ended in the middle of the answer"},
    {"HTTP/1.1 200 OK\r\n\r\nabc", true, HTTP_DONE, 200, ""},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, HTTP_DONE, 200, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", false, HTTP_DONE, 200, ""},
};

static bool misbehave(struct raw_server *s, int i)
{
    size_t which = *(size_t *)s->data;
    if (!whole_request(i))
        return false;
    buf_reset(&s->in[i]);
    raw_send(s->fds[i], faults[which].answer);
    return faults[which].close;
}

START_TEST(faulty_answers)
{
    size_t which = (size_t)_i;
    raw_serve(&raw, misbehave);
    raw.data = &which;
    struct got got = {0};
    got_start(&got, &(struct http_request){.url = net_url("/"), .compressed = true});
    WAIT_FOR(got.dones);
    ck_assert_msg(got.result.outcome == faults[_i].outcome, "%d: %s", (int)got.result.outcome, got.result.err.text);
    ck_assert_int_eq(got.result.status, faults[_i].status);
    if (got.result.outcome == HTTP_DONE)
        ck_assert_str_eq(got.body.data, "abc");
    if (faults[_i].sentence) {
        char at[256];
        const char *mark = strstr(faults[_i].sentence, "%s");
        snprintf(at, sizeof at, "%.*s%s%s", mark ? (int)(mark - faults[_i].sentence) : 0, faults[_i].sentence,
                 mark ? peer() : "", mark ? mark + 2 : "");
        ck_assert_str_eq(got.result.err.text, at);
    } else {
        ck_assert_ptr_nonnull(strstr(got.result.err.text, peer()));
    }
    got_release(&got);
}
END_TEST

/* Answers once on each connection, and closes at the second request without a word. */
static bool answer_once(struct raw_server *s, int i)
{
    if (!whole_request(i))
        return false;
    requests++;
    buf_reset(&s->in[i]);
    if (s->fds[i] == s->fds[0] && requests > 1)
        return true;
    raw_send(s->fds[i], "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return false;
}

static void warm_up(void)
{
    raw_serve(&raw, answer_once);
    requests = 0;
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(got.dones);
    ck_assert_str_eq(got.body.data, "ok");
    ck_assert_int_eq(requests, 1);
    got_release(&got);
}

START_TEST(get_is_sent_again_over_a_new_connection)
{
    warm_up();
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_int_eq(requests, 3);
    ck_assert_int_eq(raw.accepted, 2);
    got_release(&got);
}
END_TEST

static bool answer_always(struct raw_server *s, int i)
{
    if (!whole_request(i))
        return false;
    buf_reset(&s->in[i]);
    raw_send(s->fds[i], "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return false;
}

START_TEST(connections_are_kept)
{
    raw_serve(&raw, answer_always);
    for (int n = 0; n < 20; n++) {
        struct got got = {0};
        got_start(&got, &(struct http_request){.url = net_url("/"), .method = n % 3 ? "GET" : "PATCH", .body = "x",
                                               .body_len = n % 3 ? 0 : 1});
        WAIT_FOR(got.dones);
        ck_assert_int_eq(got.result.outcome, HTTP_DONE);
        got_release(&got);
    }
    ck_assert_int_eq(raw.accepted, 1);
}
END_TEST

START_TEST(works_again_after_errors)
{
    size_t which = 2;
    raw_serve(&raw, misbehave);
    raw.data = &which;
    for (int n = 0; n < 3; n++) {
        struct got got = {0};
        got_get(&got, "/");
        WAIT_FOR(got.dones);
        ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
        got_release(&got);
    }
    which = 10;
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    got_release(&got);
}
END_TEST

static bool say_nothing(struct raw_server *s, int i)
{
    (void)s, (void)i;
    return false;
}

START_TEST(silence_is_an_idle_time_out)
{
    raw_serve(&raw, say_nothing);
    struct got got = {0};
    got_start(&got, &(struct http_request){.url = net_url("/"), .idle_timeout = 60 * NSEC_PER_MSEC});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    snprintf(want, sizeof want, "nothing came from %s for 0.06s", peer());
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
}
END_TEST

static bool begin_answer(struct raw_server *s, int i)
{
    if (whole_request(i)) {
        buf_reset(&s->in[i]);
        raw_send(s->fds[i], "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    }
    return false;
}

START_TEST(bytes_hold_off_the_idle_time_out)
{
    raw_serve(&raw, begin_answer);
    struct got got = {0};
    got_start(&got, &(struct http_request){.url = net_url("/"), .idle_timeout = 200 * NSEC_PER_MSEC});
    WAIT_FOR(got.heads);
    for (int n = 1; n <= 8; n++) {
        net_turn_for(50 * NSEC_PER_MSEC);
        raw_send(raw.fds[0], "1\r\nx\r\n");
        WAIT_FOR(got.body.len == (size_t)n);
    }
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    ck_assert_int_eq(got.result.status, 200);
    got_release(&got);
}
END_TEST

START_TEST(total_time_out)
{
    raw_serve(&raw, begin_answer);
    struct got got = {0};
    got_start(&got, &(struct http_request){.url = net_url("/"), .total_timeout = 80 * NSEC_PER_MSEC});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    ck_assert_int_eq(got.result.status, 200);
    snprintf(want, sizeof want, "no whole answer from %s within 0.08s", peer());
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
}
END_TEST

START_TEST(strange_urls_fail_from_the_loop)
{
    static const char *const urls[] = {NULL, "", "camera", "ftp://h/", "file:///etc/passwd", "http://h:0/",
                                       "http://a b/"};
    raw_serve(&raw, NULL);
    struct got got = {0};
    got_start(&got, &(struct http_request){.url = urls[_i]});
    ck_assert_int_eq(got.dones, 0);
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_REFUSED);
    got_release(&got);
}
END_TEST

Suite *net_broken_suite(void)
{
    Suite *suite = suite_create("broken");
    TCase *tcase = tcase_create("broken");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, net_setup, teardown);
    tcase_add_test(tcase, refused);
    tcase_add_loop_test(tcase, faulty_answers, 0, ARRAY_SIZE(faults));
    tcase_add_test(tcase, get_is_sent_again_over_a_new_connection);
    tcase_add_test(tcase, connections_are_kept);
    tcase_add_test(tcase, works_again_after_errors);
    tcase_add_test(tcase, silence_is_an_idle_time_out);
    tcase_add_test(tcase, bytes_hold_off_the_idle_time_out);
    tcase_add_test(tcase, total_time_out);
    tcase_add_loop_test(tcase, strange_urls_fail_from_the_loop, 0, 7);
    suite_add_tcase(suite, tcase);
    return suite;
}
