/* Which connections are made, kept and shared. */
#include "net_test.h"

static struct test_ca *ca;
static char *ca_pem, *cert, *key;
static struct tls_front *front;

static void route(void *data, struct http_exchange *x)
{
    (void)data;
    http_replyf(x, 200, "text/plain", "done");
}

static void setup(void)
{
    net_setup();
    ca = test_ca_new("test authority");
    ca_pem = test_ca_pem(ca);
    test_ca_issue(ca, NULL, true, 5, &cert, &key);
    front = NULL;
}

static void teardown(void)
{
    http_transport_free(net.client);
    net.client = NULL;
    if (front)
        tls_front_free(front);
    net_teardown();
    test_ca_free(ca);
    free(ca_pem);
    free(cert);
    free(key);
}

static void serve(void)
{
    net_serve(route, NULL);
    front = tls_front_new(cert, key, "http/1.1", http_server_port(net.server));
}

static void get(bool http1)
{
    struct got got = {0};
    struct http_tls tls = {.ca_pem = ca_pem};
    got_start(&got, &(struct http_request){.url = net_url("/"), .tls = &tls, .http1 = http1});
    WAIT_FOR(got.dones);
    ck_assert_msg(got.result.outcome == HTTP_DONE, "%s", got.result.err.text);
    ck_assert_str_eq(got.body.data, "done");
    got_release(&got);
}

/* Any call resumes what another began, in either pool. */
START_TEST(tls_sessions_are_resumed)
{
    serve();
    struct tls_front_counts *counts = tls_front_counts(front);
    struct http_tls tls = {.ca_pem = ca_pem};
    get(false);
    tls_front_cut(front);
    net_turn_for(5 * NSEC_PER_MSEC);
    struct got got[4] = {{0}};
    for (size_t i = 0; i < ARRAY_SIZE(got); i++)
        got_start(&got[i], &(struct http_request){.url = net_url("/"), .tls = &tls, .http1 = i % 2});
    for (size_t i = 0; i < ARRAY_SIZE(got); i++) {
        WAIT_FOR(got[i].dones);
        ck_assert_int_eq(got[i].result.outcome, HTTP_DONE);
        got_release(&got[i]);
    }
    ck_assert_int_ge(counts->handshakes, 3);
    ck_assert_int_eq(counts->resumed, counts->handshakes - 1);
    ck_assert_str_eq(counts->alpn, "http/1.1");
}
END_TEST

START_TEST(http1_calls_keep_their_connection)
{
    serve();
    for (int i = 0; i < 6; i++)
        get(true);
    ck_assert_int_eq(tls_front_counts(front)->handshakes, 1);
    for (int i = 0; i < 6; i++)
        get(false);
    ck_assert_int_eq(tls_front_counts(front)->handshakes, 2);
}
END_TEST

Suite *net_pool_suite(void)
{
    Suite *suite = suite_create("pool");
    TCase *tcase = tcase_create("pool");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tls_sessions_are_resumed);
    tcase_add_test(tcase, http1_calls_keep_their_connection);
    suite_add_tcase(suite, tcase);
    return suite;
}
