#include "net_test.h"

#include <sys/socket.h>

static struct http_exchange *kept;
static int gone, asked;

static void on_gone(void *data)
{
    (void)data;
    gone++;
    kept = NULL;
}

static void reset(void)
{
    net_setup();
    kept = NULL;
    gone = asked = 0;
}

/* Says back what was asked. */
static void echo(void *data, struct http_exchange *x)
{
    (void)data;
    asked++;
    size_t len;
    const char *body = http_body(x, &len);
    const char *colour = http_query(x, "colour"), *extra = http_header(x, "x-extra");
    http_add_header(x, "X-Made-By", "test");
    http_replyf(x, 200, "text/plain", "%s|%s|%s|%s|%s|%zu|%.20s", http_method(x), http_path(x), http_query_string(x),
                str_or_empty(colour), str_or_empty(extra), len, body);
}

static void keep(void *data, struct http_exchange *x)
{
    (void)data;
    asked++;
    kept = x;
    http_on_gone(x, on_gone, NULL);
}

START_TEST(replies)
{
    net_serve(echo, NULL);
    struct got got = {0};
    const char *headers[] = {"X-Extra: yes", NULL};
    got_start(&got, &(struct http_request){.url = net_url("/a%2Fb?colour=light%20blue+1&z"), .headers = headers});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.type, "text/plain");
    ck_assert_str_eq(got.body.data, "GET|/a/b|colour=light%20blue+1&z|light blue 1|yes|0|");
    got_release(&got);
}
END_TEST

static const struct {
    const char *method, *body, *answer;
} methods[] = {
    {"POST", "hello", "POST|/|||" "|5|hello"}, {"PUT", "hello", "PUT|/||||5|hello"}, {"PATCH", "{}", "PATCH|/||||2|{}"},
    {"DELETE", "{}", "DELETE|/||||2|{}"},      {"POST", "", "POST|/||||0|"},         {"PUT", "", "PUT|/||||0|"},
    {"PATCH", "", "PATCH|/||||0|"},            {"DELETE", "", "DELETE|/||||0|"},     {"HEAD", "", ""},
};

START_TEST(takes_methods)
{
    net_serve(echo, NULL);
    struct got got = {0};
    got_start(&got, &(struct http_request){.method = methods[_i].method,
                                           .url = net_url("/"),
                                           .body = methods[_i].body,
                                           .body_len = strlen(methods[_i].body)});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_int_eq(got.result.status, 200);
    ck_assert_str_eq(got.body.data, methods[_i].answer);
    got_release(&got);
}
END_TEST

static void status_of_path(void *data, struct http_exchange *x)
{
    (void)data;
    http_reply(x, (int)strtol(http_path(x) + 1, NULL, 10), NULL, "x", 1);
}

START_TEST(sends_any_status)
{
    static const int statuses[] = {200, 201, 204, 301, 304, 400, 401, 404, 409, 410, 422, 429, 500, 503, 599};
    net_serve(status_of_path, NULL);
    struct got got = {0};
    char path[16];
    snprintf(path, sizeof path, "/%d", statuses[_i]);
    got_get(&got, path);
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_int_eq(got.status, statuses[_i]);
    ck_assert_str_eq(got.type, "");
    got_release(&got);
}
END_TEST

START_TEST(impossible_status_ends_the_connection)
{
    net_serve(status_of_path, NULL);
    struct got got = {0};
    got_get(&got, "/7");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    got_release(&got);
}
END_TEST

START_TEST(replies_later)
{
    net_serve(keep, NULL);
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(kept);
    net_turn_for(30 * NSEC_PER_MSEC);
    ck_assert_int_eq(got.heads, 0);
    http_replyf(kept, 202, "text/plain", "late");
    WAIT_FOR(got.dones);
    ck_assert_str_eq(got.body.data, "late");
    ck_assert_int_eq(gone, 0);
    got_release(&got);
}
END_TEST

START_TEST(tells_when_the_client_left)
{
    net_serve(keep, NULL);
    int fd = raw_connect(http_server_port(net.server));
    raw_send(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    WAIT_FOR(kept);
    int64_t left = time_monotonic();
    close(fd);
    WAIT_FOR(gone);
    ck_assert_int_lt(time_monotonic() - left, NSEC_PER_SEC);
    net_turn_for(20 * NSEC_PER_MSEC);
    ck_assert_int_eq(gone, 1);
}
END_TEST

/* A handler that did not ask to be told may answer long after. */
static void keep_untold(void *data, struct http_exchange *x)
{
    (void)data;
    kept = x;
}

static ssize_t read_never(void *data, char *out, size_t max)
{
    (void)data, (void)out, (void)max;
    ck_abort_msg("nobody is there to read for");
}

START_TEST(answers_to_nobody_are_harmless)
{
    net_serve(keep_untold, NULL);
    int fd = raw_connect(http_server_port(net.server));
    raw_send(fd, "GET /p HTTP/1.1\r\nHost: x\r\n\r\n");
    WAIT_FOR(kept);
    close(fd);
    net_turn_for(30 * NSEC_PER_MSEC);
    ck_assert_str_eq(http_path(kept), "/p");
    ck_assert_ptr_null(http_header(kept, "Host"));
    if (_i == 0) {
        http_reply(kept, 200, NULL, "x", 1);
    } else {
        http_stream_wake(http_stream(kept, 200, NULL, read_never, on_gone, NULL));
        ck_assert_int_eq(gone, 0); /* never from inside http_stream */
        WAIT_FOR(gone);
    }
    net_turn_for(10 * NSEC_PER_MSEC);
    ck_assert_int_eq(gone, _i);
}
END_TEST

START_TEST(half_closed_client_gets_its_answer)
{
    net_serve(echo, NULL);
    int fd = raw_connect(http_server_port(net.server));
    raw_send(fd, "GET /h HTTP/1.1\r\nHost: x\r\n\r\n");
    shutdown(fd, SHUT_WR);
    struct buf in;
    buf_init(&in, 10000);
    bool eof = false;
    WAIT_FOR((raw_read(fd, &in, &eof), eof));
    ck_assert_ptr_nonnull(strstr(in.data, "GET|/h|"));
    buf_release(&in);
    close(fd);
}
END_TEST

START_TEST(keeps_connections_and_takes_piped_requests)
{
    net_serve(echo, NULL);
    int fd = raw_connect(http_server_port(net.server));
    raw_send(fd, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
                 "GET http://camera:8080/vi%64eo?q HTTP/1.1\r\nHost: camera:8080\r\n\r\n");
    struct buf in;
    buf_init(&in, 10000);
    bool eof = false;
    WAIT_FOR((raw_read(fd, &in, &eof), strstr(in.data, "GET|http://camera:8080/video|q|")));
    ck_assert_ptr_nonnull(strstr(in.data, "POST|/2||||5|abcde"));
    ck_assert_ptr_nonnull(strstr(in.data, "\r\nDate: "));
    ck_assert_ptr_nonnull(strstr(in.data, "X-Made-By: test\r\n"));
    ck_assert_int_eq(asked, 3);
    buf_release(&in);
    close(fd);
}
END_TEST

START_TEST(head_has_the_length_but_no_body)
{
    net_serve(echo, NULL);
    int fd = raw_connect(http_server_port(net.server));
    raw_send(fd, "HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    struct buf in;
    buf_init(&in, 10000);
    bool eof = false;
    WAIT_FOR((raw_read(fd, &in, &eof), eof));
    ck_assert_ptr_nonnull(strstr(in.data, "Content-Length: 13\r\n"));
    ck_assert(str_ends(in.data, "\r\n\r\n"));
    buf_release(&in);
    close(fd);
}
END_TEST

/* _i: 0 in one go; 1 with "Expect: 100-continue"; 2 chunked, so that nothing says how much will come */
START_TEST(large_body_gets_413)
{
    net_serve_with((struct http_server_options){.max_body = 10000}, echo, NULL);
    int fd = raw_connect(http_server_port(net.server));
    struct buf out, in;
    buf_init(&out, 1u << 20);
    buf_init(&in, 1u << 20);
    if (_i == 2)
        buf_adds(&out, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n");
    else
        buf_addf(&out, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n%s\r\n",
                 _i == 1 ? "Expect: 100-continue\r\n" : "");
    if (_i != 1)
        buf_pad(&out, 'x', 65536);
    if (_i == 2)
        buf_adds(&out, "\r\n0\r\n\r\n");
    raw_send(fd, out.data);
    bool eof = false;
    WAIT_FOR((raw_read(fd, &in, &eof), strstr(in.data, "bytes\n")));
    ck_assert(str_starts(in.data, "HTTP/1.1 413 "));
    ck_assert_ptr_nonnull(strstr(in.data, "the request body is larger than 10000 bytes\n"));
    ck_assert_int_eq(asked, 0);
    if (_i != 1) { /* the connection goes on */
        raw_send(fd, "GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
        WAIT_FOR((raw_read(fd, &in, &eof), strstr(in.data, "GET|/next|")));
    }
    buf_release(&in);
    buf_release(&out);
    close(fd);
}
END_TEST

START_TEST(body_of_exactly_the_maximum_is_taken)
{
    net_serve_with((struct http_server_options){.max_body = 5}, echo, NULL);
    struct got got = {0};
    got_start(&got, &(struct http_request){.method = "PUT", .url = net_url("/"), .body = "12345", .body_len = 5});
    WAIT_FOR(got.dones);
    ck_assert_str_eq(got.body.data, "PUT|/||||5|12345");
    got_release(&got);
}
END_TEST

START_TEST(garbage_and_broken_requests_are_survived)
{
    static const char *const texts[] = {
        "\r\n\r\n\r\n", "GARBAGE", "GET / HTTP/1.1\r\nHost",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03",
        "GET /\x01\x02 HTTP/9.9\r\n\r\n",
    };
    net_serve(echo, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        int fd = raw_connect(http_server_port(net.server));
        raw_send(fd, texts[i]);
        net_turn_for(5 * NSEC_PER_MSEC);
        close(fd);
    }
    struct got got = {0};
    got_get(&got, "/still");
    WAIT_FOR(got.dones);
    ck_assert_str_eq(got.body.data, "GET|/still||||0|");
    got_release(&got);
}
END_TEST

START_TEST(endless_head_is_refused)
{
    net_serve(echo, NULL);
    int fd = raw_connect(http_server_port(net.server));
    struct buf out, in;
    buf_init(&out, 1u << 20);
    buf_init(&in, 1u << 20);
    buf_adds(&out, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    buf_pad(&out, 'x', 100000);
    raw_send(fd, out.data);
    bool eof = false;
    WAIT_FOR((raw_read(fd, &in, &eof), eof));
    ck_assert_int_eq(asked, 0);
    buf_release(&out);
    buf_release(&in);
    close(fd);
}
END_TEST

START_TEST(faults_of_listening_are_sentences)
{
    net_serve(echo, NULL);
    struct err err = ERR_INIT;
    struct http_server_options options = {.address = "127.0.0.1", .port = http_server_port(net.server)};
    char want[128];
    snprintf(want, sizeof want, "cannot listen on 127.0.0.1:%u: address already in use", options.port);
    ck_assert_ptr_null(http_server_new(net.loop, &options, echo, NULL, &err));
    ck_assert_str_eq(err.text, want);
    options = (struct http_server_options){.address = "camera", .port = 80};
    ck_assert_ptr_null(http_server_new(net.loop, &options, echo, NULL, &err));
    ck_assert_str_eq(err.text, "cannot listen on camera:80: 'camera' is not an IP address");
    options = (struct http_server_options){.address = "192.0.2.1", .port = 8080};
    ck_assert_ptr_null(http_server_new(net.loop, &options, echo, NULL, &err));
    ck_assert_str_eq(err.text, "cannot listen on 192.0.2.1:8080: cannot assign requested address");
    options = (struct http_server_options){.address = "127.0.0.1", .cert_pem = "no", .key_pem = "no"};
    ck_assert_ptr_null(http_server_new(net.loop, &options, echo, NULL, &err));
    ck_assert(str_starts(err.text, "cannot serve HTTPS on port "));
}
END_TEST

static void keep_and_end_server(void *data, struct http_exchange *x)
{
    (void)data;
    http_on_gone(x, on_gone, NULL);
    http_server_free(net.server);
    net.server = NULL;
}

START_TEST(goes_from_inside_a_handler)
{
    net_serve(keep_and_end_server, NULL);
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    ck_assert_int_eq(gone, 1);
    got_release(&got);
}
END_TEST

static void reply_and_end_server(void *data, struct http_exchange *x)
{
    (void)data;
    http_replyf(x, 200, "text/plain", "bye");
    http_server_free(net.server);
    net.server = NULL;
}

START_TEST(last_answer_is_sent_before_it_goes)
{
    net_serve(reply_and_end_server, NULL);
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_str_eq(got.body.data, "bye");
    got_release(&got);
}
END_TEST

START_TEST(rests_when_nobody_asks)
{
    net_serve(keep, NULL);
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(kept);
    net_turn_for(20 * NSEC_PER_MSEC);
    /* Every turn must wait out its time: a loop that spins would make many more. */
    int turns = 0;
    for (int64_t until = time_monotonic() + 200 * NSEC_PER_MSEC; time_monotonic() < until; turns++)
        loop_turn(net.loop, 20 * NSEC_PER_MSEC);
    ck_assert_int_lt(turns, 20);
    http_cancel(got.call);
    WAIT_FOR(gone);
    got_release(&got);
}
END_TEST

Suite *net_server_suite(void)
{
    Suite *suite = suite_create("server");
    TCase *tcase = tcase_create("server");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, reset, net_teardown);
    tcase_add_test(tcase, replies);
    tcase_add_loop_test(tcase, takes_methods, 0, ARRAY_SIZE(methods));
    tcase_add_loop_test(tcase, sends_any_status, 0, 15);
    tcase_add_test(tcase, impossible_status_ends_the_connection);
    tcase_add_test(tcase, replies_later);
    tcase_add_test(tcase, tells_when_the_client_left);
    tcase_add_loop_test(tcase, answers_to_nobody_are_harmless, 0, 2);
    tcase_add_test(tcase, half_closed_client_gets_its_answer);
    tcase_add_test(tcase, keeps_connections_and_takes_piped_requests);
    tcase_add_test(tcase, head_has_the_length_but_no_body);
    tcase_add_loop_test(tcase, large_body_gets_413, 0, 3);
    tcase_add_test(tcase, body_of_exactly_the_maximum_is_taken);
    tcase_add_test(tcase, garbage_and_broken_requests_are_survived);
    tcase_add_test(tcase, endless_head_is_refused);
    tcase_add_test(tcase, faults_of_listening_are_sentences);
    tcase_add_test(tcase, goes_from_inside_a_handler);
    tcase_add_test(tcase, last_answer_is_sent_before_it_goes);
    tcase_add_test(tcase, rests_when_nobody_asks);
    suite_add_tcase(suite, tcase);
    return suite;
}
