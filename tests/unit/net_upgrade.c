#include "net_test.h"

#include <sys/socket.h>

#define LARGE (3u << 20)

static struct raw_server raw;
static const char *answer;
static bool close_after;
static struct buf echo; /* what the server has still to send */
static char want[512];
static struct tls_front *front; /* NULL: without TLS */
static struct test_ca *ca;
static char *ca_pem, *cert, *key;

static void setup(void)
{
    net_setup();
    front = NULL;
    buf_init(&echo, 64u << 20);
    close_after = false;
}

static void teardown(void)
{
    http_transport_free(net.client);
    net.client = NULL;
    if (front) {
        tls_front_free(front);
        test_ca_free(ca);
        free(ca_pem);
        free(cert);
        free(key);
    }
    raw_release(&raw);
    buf_release(&echo);
    net_teardown();
}

/* Answers the head, and gives back what follows it. */
static bool upgrade(struct raw_server *s, int i)
{
    char *end = strstr(s->in[i].data, "\r\n\r\n");
    if (!answer) {
        buf_add(&echo, s->in[i].data, s->in[i].len);
        buf_reset(&s->in[i]);
    } else if (end) {
        raw_send(s->fds[i], answer);
        answer = NULL;
        return close_after;
    }
    return false;
}

#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

static const char *const headers[] = {"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: eA==", NULL};

static void start_with(struct got *got, const char *what, bool tls)
{
    answer = what;
    raw_serve(&raw, upgrade);
    if (tls) {
        ca = test_ca_new("test authority");
        ca_pem = test_ca_pem(ca);
        test_ca_issue(ca, NULL, true, 5, &cert, &key);
        front = tls_front_new(cert, key, "http/1.1", raw.port);
    }
    got_start(got, &(struct http_request){.url = net_url("/exec?a=%20b#c"),
                                          .headers = headers,
                                          .upgrade = true,
                                          .tls = &(struct http_tls){.ca_pem = tls ? ca_pem : NULL}});
}

static void start(struct got *got, const char *what)
{
    start_with(got, what, false);
}

/* As much of the echo as the client takes. */
static void give_back(int i)
{
    ssize_t n = send(raw.fds[i], echo.data, echo.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        buf_drop(&echo, (size_t)n);
}

START_TEST(carries_bytes_both_ways)
{
    struct got got = {0};
    start_with(&got, SWITCHING "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\nfirst", _i);
    WAIT_FOR(got.heads);
    ck_assert_int_eq(got.status, 101);
    ck_assert_str_eq(http_head_get(got.head, "Sec-WebSocket-Protocol"), "v5.channel.k8s.io");
    snprintf(want, sizeof want,
             "GET /exec?a=%%20b HTTP/1.1\r\nHost: %s\r\nUser-Agent: patchbay-test/1\r\n"
             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n",
             strstr(net.origin, "127"));
    ck_assert_str_eq(raw.in[0].data, want);
    buf_reset(&raw.in[0]);
    WAIT_FOR(got.body.len == 5);
    http_send(got.call, "abc", 3);
    http_send(got.call, "", 0);
    http_send(got.call, "def", 3);
    WAIT_FOR(echo.len == 6);
    give_back(0);
    WAIT_FOR(got.body.len == 11);
    ck_assert_str_eq(got.body.data, "firstabcdef");
    ck_assert_int_eq(got.sents, 1); /* both left in one turn */
    ck_assert_uint_eq(http_unsent(got.call), 0);
    close(raw.fds[0]);
    loop_io_stop(&raw.io[0]);
    raw.fds[0] = -1;
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_int_eq(got.result.status, 101);
    got_release(&got);
}
END_TEST

static char *make_large(void)
{
    char *large = xmalloc(LARGE + 1);
    for (size_t i = 0; i < LARGE; i += 8)
        snprintf(large + i, 9, "%07zu\n", i / 8);
    return large;
}

START_TEST(large_bodies_both_ways)
{
    struct got got = {0};
    start_with(&got, SWITCHING "\r\n", _i);
    WAIT_FOR(got.heads);
    buf_reset(&raw.in[0]);
    raw.in[0].max = LARGE;
    char *large = make_large();
    http_send(got.call, large, LARGE / 2);
    http_send(got.call, large + LARGE / 2, LARGE / 2);
    while (got.body.len < LARGE) {
        give_back(0);
        loop_turn(net.loop, NSEC_PER_MSEC);
    }
    ck_assert(memcmp(got.body.data, large, LARGE) == 0);
    ck_assert_int_eq(got.sents, 1);
    http_cancel(got.call);
    free(large);
    got_release(&got);
}
END_TEST

START_TEST(unsent_has_a_bound)
{
    struct got got = {0};
    start(&got, SWITCHING "\r\n");
    WAIT_FOR(got.heads);
    loop_io_stop(&raw.io[0]); /* it reads no more */
    char *large = make_large();
    while (!got.dones) {
        size_t before = http_unsent(got.call);
        http_send(got.call, large, LARGE / 4);
        ck_assert_uint_le(http_unsent(got.call), 4u << 20);
        if (http_unsent(got.call) < before)
            WAIT_FOR(got.dones);
    }
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    snprintf(want, sizeof want, "127.0.0.1:%u does not take what is sent to it: more than 4 MiB wait", raw.port);
    ck_assert_str_eq(got.result.err.text, want);
    free(large);
    got_release(&got);
}
END_TEST

static void pause_it(struct got *got)
{
    http_pause(got->call, true);
}

/* Meanwhile bytes go out, and the end waits. */
START_TEST(pauses_what_comes_in)
{
    struct got got = {.on_head = pause_it};
    start_with(&got, SWITCHING "\r\nfirst", _i);
    WAIT_FOR(got.heads);
    buf_reset(&raw.in[0]);
    raw.in[0].max = LARGE;
    got.on_head = NULL;
    char *large = make_large();
    http_send(got.call, large, LARGE);
    int64_t until = time_monotonic() + 300 * NSEC_PER_MSEC;
    while (time_monotonic() < until) {
        give_back(0);
        loop_turn(net.loop, NSEC_PER_MSEC);
    }
    ck_assert_uint_eq(got.body.len, 0);
    ck_assert_int_eq(got.sents, 1);
    for (int rest = 0; !rest;) { /* nothing to do meanwhile: the loop waits */
        int64_t began = time_monotonic();
        loop_turn(net.loop, 50 * NSEC_PER_MSEC);
        rest = time_monotonic() - began >= 50 * NSEC_PER_MSEC;
        ck_assert_int_lt(began, until + 5 * NSEC_PER_SEC);
    }
    while (echo.len) {
        http_pause(got.call, false);
        loop_turn(net.loop, NSEC_PER_MSEC);
        http_pause(got.call, true);
        give_back(0);
    }
    close(raw.fds[0]);
    loop_io_stop(&raw.io[0]);
    raw.fds[0] = -1;
    net_turn_for(20 * NSEC_PER_MSEC);
    ck_assert_int_eq(got.dones, 0);
    http_pause(got.call, false);
    WAIT_FOR(got.dones);
    ck_assert_uint_eq(got.body.len, LARGE + 5);
    ck_assert(memcmp(got.body.data + 5, large, LARGE) == 0);
    free(large);
    got_release(&got);
}
END_TEST

static void cancel_it(struct got *got)
{
    http_cancel(got->call);
}

static void free_all(struct got *got)
{
    (void)got;
    http_transport_free(net.client);
    net.client = NULL;
}

static void say(struct got *got)
{
    http_send(got->call, "hello", 5);
}

/* _i: head, body, sent, done; from 4 on the whole transport goes */
START_TEST(goes_from_inside)
{
    void (*const go)(struct got *) = _i < 4 ? cancel_it : free_all;
    struct got got = {.on_head = say};
    switch (_i % 4) {
    case 0:
        got.on_head = go;
        break;
    case 1:
        got.on_body = go;
        break;
    case 2:
        got.on_sent = go;
        break;
    case 3:
        got.on_done = go;
        close_after = true;
        break;
    }
    start(&got, SWITCHING "\r\nfirst");
    WAIT_FOR(_i % 4 == 0 ? got.heads : _i % 4 == 1 ? got.pieces : _i % 4 == 2 ? got.sents : got.dones);
    net_turn_for(20 * NSEC_PER_MSEC);
    ck_assert_int_eq(got.dones, _i % 4 == 3);
    got_release(&got);
}
END_TEST

/* What else a server may answer; NULL body: broken. */
static const struct {
    const char *answer;
    bool close;
    int status;
    const char *body, *sentence;
} answers[] = {
    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nabcdef", false, 403, "abc", ""},
    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", false, 403, "", ""},
    {"HTTP/1.1 403 Forbidden\r\n\r\nabc", true, 403, "abc", ""},
    {"HTTP/1.1 204 No Content\r\n\r\n", false, 204, "", ""},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nabc", false, 500, "abc", ""},
    {"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n1\r\nc\r\n0\r\n\r\n", false, 400, "abc", ""},
    {"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n", false, 400, "abc", ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, 200, "abc", ""},
    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nabc", true, 403, NULL, "middle of the answer"},
    {"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true, 400, NULL, "middle of the answer"},
    {"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", false, 400, NULL, "middle of the answer"},
    {"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n", false, 400, NULL, "middle of the answer"},
    {"", true, 0, NULL, "closed the connection without an answer"},
    {"<html>who are you?</html>\n", false, 0, NULL, "does not answer as an HTTP server does"},
    {"HTTP/1.1 000 What\r\n\r\n", false, 0, NULL, "does not answer as an HTTP server does"},
};

/* _i: also byte by byte, from ARRAY_SIZE(answers) on */
START_TEST(other_answers)
{
    size_t which = (size_t)_i % ARRAY_SIZE(answers);
    bool slow = (size_t)_i >= ARRAY_SIZE(answers);
    close_after = answers[which].close && !slow;
    struct got got = {0};
    start(&got, slow ? "" : answers[which].answer);
    if (slow) {
        WAIT_FOR(raw.accepted && strstr(raw.in[0].data, "\r\n\r\n"));
        for (const char *at = answers[which].answer; *at && !got.dones; at++) {
            send(raw.fds[0], at, 1, MSG_NOSIGNAL);
            loop_turn(net.loop, NSEC_PER_MSEC);
        }
        if (answers[which].close)
            shutdown(raw.fds[0], SHUT_RDWR);
    }
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, answers[which].body ? HTTP_DONE : HTTP_BROKEN);
    ck_assert_int_eq(got.result.status, answers[which].status);
    if (answers[which].body)
        ck_assert_str_eq(got.body.data, answers[which].body);
    ck_assert_msg(strstr(got.result.err.text, answers[which].sentence) != NULL, "%s", got.result.err.text);
    got_release(&got);
}
END_TEST

START_TEST(a_head_without_end_is_cut_off)
{
    struct got got = {0};
    char *endless = xasprintf("HTTP/1.1 101 Switching\r\nX: %0*d", 70 << 10, 0);
    start(&got, endless);
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    ck_assert_int_eq(got.heads, 0);
    free(endless);
    got_release(&got);
}
END_TEST

START_TEST(a_refusal_without_end_is_cut_off)
{
    struct got got = {0};
    char *endless = xasprintf("HTTP/1.1 403 Forbidden\r\n\r\n%0*d", 256 << 10, 0);
    start(&got, endless);
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    snprintf(want, sizeof want, "127.0.0.1:%u refuses with more than 256 KiB", raw.port);
    ck_assert_str_eq(got.result.err.text, want);
    free(endless);
    got_release(&got);
}
END_TEST

START_TEST(a_paused_refusal_waits)
{
    struct got got = {.on_head = pause_it};
    start(&got, "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nabc");
    WAIT_FOR(got.heads);
    net_turn_for(20 * NSEC_PER_MSEC);
    ck_assert_int_eq(got.dones + got.pieces, 0);
    http_pause(got.call, false);
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_str_eq(got.body.data, "abc");
    got_release(&got);
}
END_TEST

START_TEST(a_reset_is_told)
{
    struct got got = {0};
    start(&got, SWITCHING "\r\n");
    WAIT_FOR(got.heads);
    struct linger hard = {1, 0};
    setsockopt(raw.fds[0], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    loop_io_stop(&raw.io[0]);
    close(raw.fds[0]);
    raw.fds[0] = -1;
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    snprintf(want, sizeof want, "lost the connection to 127.0.0.1:%u: connection reset by peer", raw.port);
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
}
END_TEST

/* What had come before the reset is told, also when it is sending that finds out; _i: and when it is paused. */
START_TEST(what_came_before_a_reset_is_told)
{
    struct got got = {0};
    start(&got, SWITCHING "\r\n");
    WAIT_FOR(got.heads);
    char *large = make_large();
    ssize_t came = send(raw.fds[0], large, 40 << 10, MSG_NOSIGNAL); /* into the client's socket, and there it stays */
    struct linger hard = {1, 0};
    setsockopt(raw.fds[0], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    loop_io_stop(&raw.io[0]);
    close(raw.fds[0]);
    raw.fds[0] = -1;
    http_pause(got.call, _i == 1);
    http_send(got.call, "late", 4);
    http_send(got.call, "later", 5);
    ck_assert_uint_eq(http_unsent(got.call), 0);
    if (_i == 1) {
        net_turn_for(20 * NSEC_PER_MSEC);
        ck_assert_int_eq(got.dones, 0);
        http_pause(got.call, false);
    }
    WAIT_FOR(got.dones);
    ck_assert_int_eq((ssize_t)got.body.len, came);
    ck_assert(memcmp(got.body.data, large, got.body.len) == 0);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    snprintf(want, sizeof want, "lost the connection to 127.0.0.1:%u: connection reset by peer", raw.port);
    ck_assert_str_eq(got.result.err.text, want);
    free(large);
    got_release(&got);
}
END_TEST

START_TEST(silence_is_an_idle_time_out)
{
    struct got got = {0};
    answer = "";
    raw_serve(&raw, upgrade);
    got_start(&got, &(struct http_request){
                        .url = net_url("/"), .headers = headers, .upgrade = true, .idle_timeout = 60 * NSEC_PER_MSEC});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    snprintf(want, sizeof want, "nothing came from 127.0.0.1:%u for 0.06s", raw.port);
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
}
END_TEST

START_TEST(nobody_there)
{
    raw_serve(&raw, upgrade);
    close(raw.fd);
    loop_io_stop(&raw.listen);
    struct got got = {0};
    got_start(&got, &(struct http_request){.url = net_url("/"), .headers = headers, .upgrade = true});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_REFUSED);
    snprintf(want, sizeof want, "cannot connect to 127.0.0.1:%u: connection refused", raw.port);
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
}
END_TEST

static bool tunnelled;

static bool tunnel(struct raw_server *s, int i)
{
    if (!strstr(s->in[i].data, "\r\n\r\n"))
        return false;
    bool connect = str_starts(s->in[i].data, "CONNECT camera:8080 HTTP/1.1\r\n");
    ck_assert(connect != tunnelled);
    ck_assert(connect || str_starts(s->in[i].data, "GET /exec HTTP/1.1\r\nHost: camera:8080\r\n"));
    tunnelled = true;
    buf_reset(&s->in[i]);
    raw_send(s->fds[i], connect ? "HTTP/1.1 200 Established\r\n\r\n" : SWITCHING "\r\nbeyond");
    return false;
}

START_TEST(goes_through_a_proxy)
{
    raw_serve(&raw, tunnel);
    struct got got = {0};
    got_start(&got, &(struct http_request){
                        .url = "http://camera:8080/exec", .headers = headers, .upgrade = true, .proxy = net.origin});
    WAIT_FOR(got.body.len == 6);
    ck_assert_int_eq(got.status, 101);
    ck_assert_str_eq(got.body.data, "beyond");
    http_cancel(got.call);
    got_release(&got);
}
END_TEST

START_TEST(line_breaks_are_refused)
{
    raw_serve(&raw, upgrade);
    struct got got = {0};
    const char *const bad[] = {"X: y\r\nAuthorization: z", NULL};
    got_start(&got, &(struct http_request){.url = net_url("/"), .headers = bad, .upgrade = _i});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_REFUSED);
    ck_assert_ptr_nonnull(strstr(got.result.err.text, "there is a line break in what is to be sent"));
    got_release(&got);
}
END_TEST

Suite *net_upgrade_suite(void)
{
    Suite *suite = suite_create("upgrade");
    TCase *tcase = tcase_create("upgrade");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, carries_bytes_both_ways, 0, 2); /* TLS */
    tcase_add_loop_test(tcase, large_bodies_both_ways, 0, 2); /* TLS */
    tcase_add_test(tcase, unsent_has_a_bound);
    tcase_add_loop_test(tcase, pauses_what_comes_in, 0, 2); /* TLS */
    tcase_add_loop_test(tcase, goes_from_inside, 0, 8);
    tcase_add_loop_test(tcase, other_answers, 0, 2 * ARRAY_SIZE(answers));
    tcase_add_test(tcase, a_head_without_end_is_cut_off);
    tcase_add_test(tcase, a_refusal_without_end_is_cut_off);
    tcase_add_test(tcase, a_paused_refusal_waits);
    tcase_add_test(tcase, a_reset_is_told);
    tcase_add_loop_test(tcase, what_came_before_a_reset_is_told, 0, 2);
    tcase_add_test(tcase, silence_is_an_idle_time_out);
    tcase_add_test(tcase, nobody_there);
    tcase_add_test(tcase, goes_through_a_proxy);
    tcase_add_loop_test(tcase, line_breaks_are_refused, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
