/* HTTP/2: one connection for many calls, and what follows from that. */
#include "net_h2.h"

#include "faulty.h"

static struct h2_server server;
static struct tls_front *front;
static struct faulty *proxy;
static struct test_ca *ca;
static char *ca_pem, *cert, *key;

static void setup(void)
{
    struct err err = ERR_INIT;
    net_setup();
    ca = test_ca_new("test authority");
    ca_pem = test_ca_pem(ca);
    test_ca_issue(ca, NULL, true, 5, &cert, &key);
    h2_serve(&server);
    front = tls_front_new(cert, key, "h2", server.port);
    proxy = faulty_new(net.loop, 0, "127.0.0.1", (uint16_t)strtoul(strrchr(net.origin, ':') + 1, NULL, 10), &err);
    ck_assert_msg(proxy != NULL, "%s", err.text);
    snprintf(net.origin, sizeof net.origin, "https://127.0.0.1:%u", faulty_port(proxy));
}

static void teardown(void)
{
    http_transport_free(net.client);
    net.client = NULL;
    faulty_free(proxy);
    tls_front_free(front);
    h2_release(&server);
    net_teardown();
    test_ca_free(ca);
    free(ca_pem);
    free(cert);
    free(key);
}

static void start(struct got *got, const char *method, const char *path, const char *body)
{
    struct http_tls tls = {.ca_pem = ca_pem};
    got_start(got, &(struct http_request){
                       .method = method, .url = net_url(path), .tls = &tls, .body = body, .body_len = strlen(body)});
}

static void get(const char *path, size_t len)
{
    struct got got = {0};
    start(&got, "GET", path, "");
    WAIT_FOR(got.dones);
    ck_assert_msg(got.result.outcome == HTTP_DONE, "%s", got.result.err.text);
    ck_assert_uint_eq(got.body.len, len);
    got_release(&got);
}

/* _i: the size of every tenth */
START_TEST(many_share_one_connection)
{
    const char *path = _i ? "/huge" : "/large";
    struct got watch = {0}, got[40] = {{0}};
    start(&watch, "GET", "/watch", "");
    for (size_t i = 0; i < ARRAY_SIZE(got); i++)
        start(&got[i], i % 4 ? "GET" : "PATCH", i % 10 ? "/" : path, i % 4 ? "" : "body");
    for (size_t i = 0; i < ARRAY_SIZE(got); i++) {
        WAIT_FOR(got[i].dones);
        ck_assert_int_eq(got[i].result.outcome, HTTP_DONE);
        ck_assert_uint_eq(got[i].body.len, i % 10 ? 4 : _i ? H2_HUGE : H2_LARGE);
        got_release(&got[i]);
    }
    h2_say(&server, 100);
    WAIT_FOR(watch.body.len == 100);
    http_cancel(watch.call);
    got_release(&watch);
    ck_assert_int_eq(server.connections, 1);
    ck_assert_str_eq(tls_front_counts(front)->alpn, "h2");
}
END_TEST

/* _i: bytes that wait with the paused one */
START_TEST(a_paused_watch_holds_up_nobody)
{
    static const size_t sizes[] = {0, 100, 100000, 4u << 20, 24u << 20};
    struct got watch = {0};
    start(&watch, "GET", "/watch", "");
    WAIT_FOR(watch.heads);
    http_pause(watch.call, true);
    h2_say(&server, sizes[_i]);
    net_turn_for(50 * NSEC_PER_MSEC);
    ck_assert_uint_eq(watch.body.len, 0);
    for (int i = 0; i < 3; i++)
        get(i % 2 ? "/large" : "/", i % 2 ? H2_LARGE : 4);
    ck_assert_uint_eq(watch.body.len, 0);
    http_pause(watch.call, false);
    WAIT_FOR(watch.body.len == sizes[_i]);
    http_cancel(watch.call);
    got_release(&watch);
}
END_TEST

START_TEST(go_away)
{
    struct got watch = {0};
    start(&watch, "GET", "/watch", "");
    WAIT_FOR(watch.heads);
    h2_go_away(&server);
    net_turn_for(20 * NSEC_PER_MSEC);
    get("/", 4); /* over another connection */
    ck_assert_int_eq(server.connections, 2);
    struct got write = {0};
    start(&write, "PATCH", "/", "body");
    WAIT_FOR(write.dones);
    ck_assert_int_eq(write.result.outcome, HTTP_DONE);
    ck_assert_int_eq(server.writes, 1);
    if (!watch.dones)
        http_cancel(watch.call);
    got_release(&watch);
    got_release(&write);
}
END_TEST

static const struct {
    const char *method, *body;
} cases[] = {{"POST", "body"}, {"PATCH", ""}, {"DELETE", "body"}, {"DELETE", ""}};

static bool try_at(int i, const char *how, unsigned n)
{
    char command[64];
    struct err err = ERR_INIT;
    get("/", 4);
    net_turn_for(5 * NSEC_PER_MSEC); /* what HTTP/2 says to that */
    int heads = server.heads, writes = server.writes;
    snprintf(command, sizeof command, "%s %u", how, n);
    ck_assert_int_eq(faulty_command(proxy, command, &err), 0);
    struct got got = {0};
    start(&got, cases[i].method, "/", cases[i].body);
    WAIT_FOR(got.dones);
    for (int turn = 0; turn < 3; turn++)
        loop_turn(net.loop, 0);
    ck_assert_int_le(server.heads, heads + 1);
    ck_assert_int_le(server.writes, writes + 1);
    bool broke = got.result.outcome != HTTP_DONE;
    if (broke)
        ck_assert_msg(got.result.outcome == HTTP_BROKEN, "%s", got.result.err.text);
    else
        ck_assert_int_eq(server.writes, writes + 1);
    got_release(&got);
    ck_assert_int_eq(faulty_command(proxy, "pass", &err), 0);
    return broke;
}

/* _i: each case with FIN, then with RST; at many bytes of the request's records, then of the answer's. */
START_TEST(a_write_is_sent_once)
{
    int i = _i % (int)ARRAY_SIZE(cases), hard = _i / (int)ARRAY_SIZE(cases);
    unsigned up = (unsigned)i, down = up;
    while (try_at(i, hard ? "reset up" : "cut up", up))
        up += 7;
    ck_assert_uint_gt(up, 30);
    while (try_at(i, hard ? "reset down" : "cut down", down))
        down += 7;
    ck_assert_uint_gt(down, 20);
}
END_TEST

START_TEST(a_refused_stream)
{
    get("/", 4);
    struct got got = {0};
    start(&got, "PATCH", "/refused", "body");
    WAIT_FOR(got.dones);
    ck_assert_int_ne(got.result.outcome, HTTP_DONE);
    ck_assert_int_eq(server.writes, 0);
    ck_assert_int_eq(server.heads, 2);
    got_release(&got);
}
END_TEST

START_TEST(a_cut_connection_ends_all_and_a_new_one_serves)
{
    struct err err = ERR_INIT;
    struct got watch[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        start(&watch[i], "GET", "/watch", "");
        WAIT_FOR(watch[i].heads);
    }
    faulty_command(proxy, _i ? "reset" : "cut", &err);
    for (int i = 0; i < 3; i++) {
        WAIT_FOR(watch[i].dones);
        ck_assert_int_eq(watch[i].result.outcome, HTTP_BROKEN);
        ck_assert_ptr_nonnull(strstr(watch[i].result.err.text, net.origin + 8));
        got_release(&watch[i]);
    }
    get("/", 4);
    ck_assert_int_eq(server.connections, 2);
}
END_TEST

Suite *net_http2_suite(void)
{
    Suite *suite = suite_create("http2");
    TCase *tcase = tcase_create("http2");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, many_share_one_connection, 0, 2);
    tcase_add_loop_test(tcase, a_paused_watch_holds_up_nobody, 0, 5);
    tcase_add_test(tcase, go_away);
    tcase_add_loop_test(tcase, a_write_is_sent_once, 0, 2 * ARRAY_SIZE(cases));
    tcase_add_test(tcase, a_refused_stream);
    tcase_add_loop_test(tcase, a_cut_connection_ends_all_and_a_new_one_serves, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
