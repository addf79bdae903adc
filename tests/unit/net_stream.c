#include "net_test.h"

#include <sys/socket.h>

/* A source that a test fills by hand. */
struct source {
    struct http_stream *stream;
    struct buf bytes;
    bool end;
    bool endless;
    bool wakes_itself;
    size_t given;
    int reads, gone;
};

static struct source source;

static ssize_t source_read(void *data, char *out, size_t max)
{
    struct source *s = data;
    s->reads++;
    if (s->endless) {
        memset(out, 'x', max);
        s->given += max;
        return (ssize_t)max;
    }
    if (s->wakes_itself) {
        s->wakes_itself = false;
        buf_adds(&s->bytes, "late");
        http_stream_wake(s->stream);
        return HTTP_STREAM_WAIT;
    }
    if (s->bytes.len) {
        size_t n = MIN(max, s->bytes.len);
        memcpy(out, s->bytes.data, n);
        buf_drop(&s->bytes, n);
        s->given += n;
        return (ssize_t)n;
    }
    return s->end ? HTTP_STREAM_END : HTTP_STREAM_WAIT;
}

static void source_gone(void *data)
{
    struct source *s = data;
    s->gone++;
    s->stream = NULL;
}

static void serve_source(void *data, struct http_exchange *x)
{
    (void)data;
    ck_assert_ptr_null(source.stream);
    source.stream = http_stream(x, 200, "text/plain", source_read, source_gone, &source);
}

static void say(const char *text)
{
    buf_adds(&source.bytes, text);
    http_stream_wake(source.stream);
}

static void reset(void)
{
    net_setup();
    source = (struct source){0};
    buf_init(&source.bytes, 64u << 20);
}

static void teardown(void)
{
    net_teardown();
    ck_assert_ptr_null(source.stream);
    buf_release(&source.bytes);
}

START_TEST(head_comes_before_the_first_byte)
{
    net_serve(serve_source, NULL);
    struct got got = {0};
    int64_t asked = time_monotonic();
    got_get(&got, "/watch");
    WAIT_FOR(got.heads);
    ck_assert_int_lt(time_monotonic() - asked, 150 * NSEC_PER_MSEC); /* TCP would hold it back for 200 */
    ck_assert_int_eq(got.pieces, 0);
    say("one\n");
    WAIT_FOR(str_eq(got.body.data, "one\n"));
    say("two\n");
    source.end = true;
    http_stream_wake(source.stream);
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_str_eq(got.body.data, "one\ntwo\n");
    WAIT_FOR(source.gone == 1);
    got_release(&got);
}
END_TEST

START_TEST(each_word_arrives_at_once)
{
    net_serve(serve_source, NULL);
    struct got got = {0};
    got_get(&got, "/watch");
    WAIT_FOR(got.heads);
    int64_t best = INT64_MAX, sum = 0;
    for (int i = 0; i < 50; i++) {
        int before = got.pieces;
        int64_t said = time_monotonic();
        say("{\"type\":\"MODIFIED\"}\n");
        WAIT_FOR(got.pieces > before);
        int64_t took = time_monotonic() - said;
        best = MIN(best, took);
        sum += took;
    }
    ck_assert_int_lt(best, 5 * NSEC_PER_MSEC);
    ck_assert_int_lt(sum / 50, 20 * NSEC_PER_MSEC); /* Nagle and a delayed ACK would make it 40 */
    http_cancel(got.call);
    WAIT_FOR(source.gone == 1);
    got_release(&got);
}
END_TEST

START_TEST(wake_from_inside_read_is_not_lost)
{
    net_serve(serve_source, NULL);
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(got.heads);
    source.wakes_itself = true;
    http_stream_wake(source.stream);
    WAIT_FOR(str_eq(got.body.data, "late"));
    http_cancel(got.call);
    WAIT_FOR(source.gone == 1);
    got_release(&got);
}
END_TEST

static void serve_and_wake(void *data, struct http_exchange *x)
{
    serve_source(data, x);
    say("at once");
    http_stream_wake(source.stream);
}

START_TEST(wake_before_the_first_read_is_not_lost)
{
    net_serve(serve_and_wake, NULL);
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(str_eq(got.body.data, "at once"));
    http_cancel(got.call);
    WAIT_FOR(source.gone == 1);
    got_release(&got);
}
END_TEST

START_TEST(large_streams_arrive_whole)
{
    net_serve(serve_source, NULL);
    struct got got = {0};
    for (int i = 0; i < 400000; i++)
        buf_addf(&source.bytes, "%07d\n", i);
    source.end = true;
    got_get(&got, "/");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_uint_eq(got.body.len, 3200000);
    for (int i = 0; i < 400000; i += 997)
        ck_assert_int_eq(strtol(got.body.data + i * 8, NULL, 10), i);
    ck_assert_int_gt(got.pieces, 2);
    WAIT_FOR(source.gone == 1);
    got_release(&got);
}
END_TEST

START_TEST(slow_reader_makes_no_queue)
{
    net_serve(serve_source, NULL);
    source.endless = true;
    int fd = raw_connect(http_server_port(net.server));
    raw_send(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    net_turn_for(300 * NSEC_PER_MSEC);
    size_t given = source.given;
    ck_assert_uint_gt(given, 0);
    ck_assert_uint_lt(given, 16u << 20); /* what the kernel's buffers hold */
    net_turn_for(100 * NSEC_PER_MSEC);
    ck_assert_uint_eq(source.given, given);
    close(fd);
    WAIT_FOR(source.gone == 1);
}
END_TEST

/* _i: 0 closed in order, 1 reset */
START_TEST(client_that_leaves_a_resting_stream_is_noticed)
{
    net_serve(serve_source, NULL);
    int fd = raw_connect(http_server_port(net.server));
    raw_send(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    struct buf in;
    buf_init(&in, 10000);
    bool eof = false;
    WAIT_FOR((raw_read(fd, &in, &eof), strstr(in.data, "\r\n\r\n")));
    net_turn_for(20 * NSEC_PER_MSEC);
    if (_i == 1) {
        struct linger reset_it = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset_it, sizeof reset_it);
    }
    int64_t left = time_monotonic();
    close(fd);
    WAIT_FOR(source.gone == 1);
    ck_assert_int_lt(time_monotonic() - left, NSEC_PER_SEC);
    buf_release(&in);
}
END_TEST

START_TEST(head_request_for_a_stream_has_no_body)
{
    net_serve(serve_source, NULL);
    source.endless = true;
    struct got got = {0};
    got_start(&got, &(struct http_request){.method = "HEAD", .url = net_url("/")});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_uint_eq(got.body.len, 0);
    WAIT_FOR(source.gone == 1);
    got_release(&got);
}
END_TEST

START_TEST(old_clients_read_until_the_end)
{
    net_serve(serve_source, NULL);
    int fd = raw_connect(http_server_port(net.server));
    raw_send(fd, "GET / HTTP/1.0\r\n\r\n");
    struct buf in;
    buf_init(&in, 10000);
    bool eof = false;
    WAIT_FOR((raw_read(fd, &in, &eof), strstr(in.data, "\r\n\r\n")));
    say("plain");
    WAIT_FOR((raw_read(fd, &in, &eof), str_ends(in.data, "\r\n\r\nplain")));
    source.end = true;
    http_stream_wake(source.stream);
    WAIT_FOR((raw_read(fd, &in, &eof), eof));
    WAIT_FOR(source.gone == 1);
    buf_release(&in);
    close(fd);
}
END_TEST

START_TEST(end_of_the_server_ends_streams)
{
    net_serve(serve_source, NULL);
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(got.heads);
    http_server_free(net.server);
    net.server = NULL;
    ck_assert_int_eq(source.gone, 1);
    WAIT_FOR(got.dones);
    got_release(&got);
}
END_TEST

START_TEST(many_streams_at_once)
{
    /* They share one source, so each is woken alone. */
    struct http_stream *streams[100];
    struct got got[100] = {{0}};
    net_serve(serve_source, NULL);
    for (int i = 0; i < 100; i++) {
        got_get(&got[i], "/");
        WAIT_FOR(got[i].heads);
        streams[i] = source.stream; /* kept by hand: the next one takes its place */
        source.stream = NULL;
    }
    for (int i = 0; i < 100; i++) {
        buf_adds(&source.bytes, "x");
        http_stream_wake(streams[i]);
        WAIT_FOR(got[i].body.len == 1);
    }
    for (int i = 0; i < 100; i++)
        http_cancel(got[i].call);
    WAIT_FOR(source.gone == 100);
    for (int i = 0; i < 100; i++)
        got_release(&got[i]);
}
END_TEST

Suite *net_stream_suite(void)
{
    Suite *suite = suite_create("stream");
    TCase *tcase = tcase_create("stream");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, reset, teardown);
    tcase_add_test(tcase, head_comes_before_the_first_byte);
    tcase_add_test(tcase, each_word_arrives_at_once);
    tcase_add_test(tcase, wake_from_inside_read_is_not_lost);
    tcase_add_test(tcase, wake_before_the_first_read_is_not_lost);
    tcase_add_test(tcase, large_streams_arrive_whole);
    tcase_add_test(tcase, slow_reader_makes_no_queue);
    tcase_add_loop_test(tcase, client_that_leaves_a_resting_stream_is_noticed, 0, 2);
    tcase_add_test(tcase, head_request_for_a_stream_has_no_body);
    tcase_add_test(tcase, old_clients_read_until_the_end);
    tcase_add_test(tcase, end_of_the_server_ends_streams);
    tcase_add_test(tcase, many_streams_at_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
