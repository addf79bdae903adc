/* A write is sent once, wherever its connection breaks: a proxy counts. */
#include "net_test.h"

#include "faulty.h"

static struct faulty *proxy;
static struct test_ca *ca;
static char *ca_pem, *cert, *key;
static int writes, reads; /* that arrived whole */

static void route(void *data, struct http_exchange *x)
{
    (void)data;
    *(str_eq(http_method(x), "GET") ? &reads : &writes) += 1;
    http_replyf(x, 200, "text/plain", "done");
}

static void setup(void)
{
    net_setup();
    writes = reads = 0;
}

static void serve(bool tls)
{
    struct err err = ERR_INIT;
    struct http_server_options options = {0};
    if (tls) {
        ca = test_ca_new("test authority");
        ca_pem = test_ca_pem(ca);
        test_ca_issue(ca, NULL, true, 5, &cert, &key);
        options.cert_pem = cert;
        options.key_pem = key;
    }
    net_serve_with(options, route, NULL);
    proxy = faulty_new(net.loop, 0, "127.0.0.1", http_server_port(net.server), &err);
    ck_assert_msg(proxy != NULL, "%s", err.text);
    snprintf(net.origin, sizeof net.origin, "http%s://127.0.0.1:%u", tls ? "s" : "", faulty_port(proxy));
}

static void teardown(void)
{
    http_transport_free(net.client);
    net.client = NULL;
    faulty_free(proxy);
    net_teardown();
    if (ca) {
        test_ca_free(ca);
        free(ca_pem);
        free(cert);
        free(key);
        ca = NULL;
    }
}

static void command(const char *format, unsigned n)
{
    struct err err = ERR_INIT;
    char text[64];
    snprintf(text, sizeof text, "%s %u", format, n);
    ck_assert_msg(faulty_command(proxy, n == UINT_MAX ? format : text, &err) == 0, "%s", err.text);
}
#define NOW UINT_MAX

static void ask(struct got *got, const char *method, const char *body)
{
    got_start(got, &(struct http_request){.method = method,
                                          .url = net_url("/"),
                                          .body = body,
                                          .body_len = strlen(body),
                                          .tls = &(struct http_tls){.ca_pem = ca_pem}});
    WAIT_FOR(got->dones);
}

/* A connection is open and rests. */
static void warm_up(void)
{
    struct got got = {0};
    ask(&got, "GET", "");
    ck_assert_msg(got.result.outcome == HTTP_DONE, "%s", got.result.err.text);
    got_release(&got);
}

static const struct {
    const char *method, *body;
} cases[] = {{"POST", "body"}, {"PATCH", "body"}, {"PUT", "body"}, {"DELETE", "body"},
             {"POST", ""},     {"PATCH", ""},     {"PUT", ""},     {"DELETE", ""}};

/* One write, whose connection breaks at the nth byte; true when it broke. */
static bool try_at(int i, const char *how, unsigned n)
{
    warm_up();
    size_t before = faulty_counts(proxy).requests;
    int arrived = writes;
    command(how, n);
    struct got got = {0};
    ask(&got, cases[i].method, cases[i].body);
    for (int turn = 0; turn < 3; turn++) /* what would come second comes now */
        loop_turn(net.loop, 0);
    if (!ca) /* not a second head, not even one that breaks off */
        ck_assert_uint_le(faulty_counts(proxy).requests, before + 1);
    ck_assert_int_le(writes, arrived + 1);
    bool broke = got.result.outcome != HTTP_DONE;
    if (broke) {
        ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
        ck_assert_ptr_nonnull(strstr(got.result.err.text, net.origin + strlen(ca ? "https://" : "http://")));
    } else {
        ck_assert_int_eq(writes, arrived + 1);
    }
    got_release(&got);
    command("pass", NOW);
    return broke;
}

/* _i: each case with FIN, then with RST, then both over TLS; at many bytes of the request, then of the answer. */
START_TEST(is_sent_once)
{
    int i = _i % (int)ARRAY_SIZE(cases), kind = _i / (int)ARRAY_SIZE(cases);
    serve(kind >= 2);
    unsigned step = kind >= 2 ? 13 : 5, up = (unsigned)i % step, down = up; /* the cases together try every byte */
    while (try_at(i, kind % 2 ? "reset up" : "cut up", up))
        up += step;
    ck_assert_uint_gt(up, 80);
    int arrived = writes;
    while (try_at(i, kind % 2 ? "reset down" : "cut down", down)) {
        down += step;
        ck_assert_int_eq(writes, ++arrived); /* each arrived, none twice */
    }
    ck_assert_uint_gt(down, 30);
}
END_TEST

START_TEST(a_connection_that_died_at_rest_is_not_used)
{
    serve(false);
    warm_up();
    command(_i % 2 ? "reset" : "cut", NOW);
    struct got got = {0};
    ask(&got, cases[_i / 2].method, cases[_i / 2].body);
    ck_assert_msg(got.result.outcome == HTTP_DONE, "%s", got.result.err.text);
    ck_assert_int_eq(writes, 1);
    ck_assert_uint_eq(faulty_counts(proxy).connections, 2);
    got_release(&got);
}
END_TEST

START_TEST(reads_are_sent_again)
{
    serve(false);
    warm_up();
    command("cut up", 0);
    struct got got = {0};
    ask(&got, "GET", "");
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_int_eq(reads, 2);
    ck_assert_uint_eq(faulty_counts(proxy).connections, 2);
    got_release(&got);
}
END_TEST

START_TEST(a_silent_network)
{
    serve(false);
    warm_up();
    command("stall", NOW);
    struct got got = {0};
    got_start(&got, &(struct http_request){.method = "PATCH", .url = net_url("/"), .body = "x", .body_len = 1,
                                           .idle_timeout = 100 * NSEC_PER_MSEC});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    command("pass", NOW);
    net_turn_for(30 * NSEC_PER_MSEC);
    ck_assert_int_le(writes, 1);
    got_release(&got);
    command("refuse", NOW);
    command("cut", NOW);
    struct got refused = {0};
    ask(&refused, "PATCH", "x");
    ck_assert_int_eq(refused.result.outcome, HTTP_REFUSED);
    got_release(&refused);
    command("pass", NOW);
    warm_up();
}
END_TEST

START_TEST(commands_that_there_are_not)
{
    serve(false);
    static const char *const bad[] = {"", "explode", "cut up", "cut sideways 3", "delay", "delay x"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct err err = ERR_INIT;
        ck_assert_int_eq(faulty_command(proxy, bad[i], &err), -1);
        ck_assert(err_is_set(&err));
    }
    command("delay", 60);
    int64_t began = time_monotonic();
    warm_up();
    ck_assert_int_ge(time_monotonic() - began, 120 * NSEC_PER_MSEC);
}
END_TEST

Suite *net_writes_suite(void)
{
    Suite *suite = suite_create("writes");
    TCase *tcase = tcase_create("writes");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, is_sent_once, 0, 4 * ARRAY_SIZE(cases));
    tcase_add_loop_test(tcase, a_connection_that_died_at_rest_is_not_used, 0, 2 * ARRAY_SIZE(cases));
    tcase_add_test(tcase, reads_are_sent_again);
    tcase_add_test(tcase, a_silent_network);
    tcase_add_test(tcase, commands_that_there_are_not);
    suite_add_tcase(suite, tcase);
    return suite;
}
