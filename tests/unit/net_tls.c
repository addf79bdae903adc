#include "net_test.h"

static struct test_ca *ca;
static char *ca_pem, *cert, *key;
static struct http_stream *stream;
static int gone;
static bool say;
static char seen_host[128];

static ssize_t read_word(void *data, char *out, size_t max)
{
    (void)data;
    if (!say || max < 5)
        return HTTP_STREAM_WAIT;
    say = false;
    memcpy(out, "word\n", 5);
    return 5;
}

static void on_gone(void *data)
{
    (void)data;
    gone++;
}

static void route(void *data, struct http_exchange *x)
{
    (void)data;
    snprintf(seen_host, sizeof seen_host, "%s", str_or_empty(http_header(x, "Host")));
    if (str_eq(http_path(x), "/watch"))
        stream = http_stream(x, 200, "text/plain", read_word, on_gone, NULL);
    else
        http_replyf(x, 200, "text/plain", "safe");
}

static void reset(void)
{
    net_setup();
    ca = test_ca_new("test authority");
    ca_pem = test_ca_pem(ca);
    gone = 0;
    stream = NULL;
    say = false;
}

static void teardown(void)
{
    net_teardown();
    test_ca_free(ca);
    free(ca_pem);
    free(cert);
    free(key);
    cert = key = NULL;
}

static void serve(const char *dns, bool loopback, int days)
{
    test_ca_issue(ca, dns, loopback, days, &cert, &key);
    net_serve_with((struct http_server_options){.cert_pem = cert, .key_pem = key}, route, NULL);
}

static void get(struct got *got, const struct http_tls *tls)
{
    got_start(got, &(struct http_request){.url = net_url("/"), .tls = tls});
    WAIT_FOR(got->dones);
}

START_TEST(trusts_its_authority)
{
    serve("kubernetes", true, 5);
    struct http_tls tls = {.ca_pem = ca_pem};
    for (int i = 0; i < 3; i++) {
        struct got got = {0};
        get(&got, &tls);
        ck_assert_msg(got.result.outcome == HTTP_DONE, "%s", got.result.err.text);
        ck_assert_str_eq(got.body.data, "safe");
        got_release(&got);
    }
}
END_TEST

static void expect_untrusted(const struct http_tls *tls, const char *fmt)
{
    struct got got = {0};
    get(&got, tls);
    ck_assert_msg(got.result.outcome == HTTP_UNTRUSTED, "%d: %s", (int)got.result.outcome, got.result.err.text);
    const char *mark = strstr(fmt, "PEER");
    char text[512];
    snprintf(text, sizeof text, "%.*s%s%s", (int)(mark - fmt), fmt, net.origin + strlen("https://"), mark + 4);
    ck_assert_str_eq(got.result.err.text, text);
    got_release(&got);
}

/* _i: 0 an authority of the same name (a cluster that was set up anew), 1 of another */
START_TEST(wrong_authority)
{
    serve("kubernetes", true, 5);
    struct test_ca *stranger = test_ca_new(_i ? "stranger" : "test authority");
    char *pem = test_ca_pem(stranger);
    expect_untrusted(&(struct http_tls){.ca_pem = pem},
                     "the certificate of PEER is not signed by the cluster's certificate authority");
    expect_untrusted(NULL, "the certificate of PEER is not signed by an authority that this system trusts");
    /* ... and the right one still works after. */
    struct got got = {0};
    get(&got, &(struct http_tls){.ca_pem = ca_pem});
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    got_release(&got);
    free(pem);
    test_ca_free(stranger);
}
END_TEST

START_TEST(trust_is_not_inherited_by_a_kept_connection)
{
    serve("kubernetes", true, 5);
    struct got got = {0};
    get(&got, &(struct http_tls){.insecure = true});
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    got_release(&got);
    expect_untrusted(NULL, "the certificate of PEER is not signed by an authority that this system trusts");
}
END_TEST

START_TEST(wrong_name)
{
    serve("kubernetes", false, 5);
    expect_untrusted(&(struct http_tls){.ca_pem = ca_pem},
                     "the certificate of PEER is not for the name '127.0.0.1'; it is for DNS:kubernetes");
}
END_TEST

START_TEST(expired)
{
    serve("kubernetes", true, -5);
    expect_untrusted(&(struct http_tls){.ca_pem = ca_pem},
                     "the certificate of PEER has expired, or this machine's clock is wrong");
}
END_TEST

START_TEST(server_name_is_what_is_verified)
{
    serve("kubernetes", false, 5);
    struct got got = {0};
    get(&got, &(struct http_tls){.ca_pem = ca_pem, .server_name = "kubernetes"});
    ck_assert_msg(got.result.outcome == HTTP_DONE, "%s", got.result.err.text);
    ck_assert_str_eq(seen_host, net.origin + strlen("https://"));
    got_release(&got);
    expect_untrusted(&(struct http_tls){.ca_pem = ca_pem, .server_name = "other"},
                     "the certificate of PEER is not for the name 'other'; it is for DNS:kubernetes");
}
END_TEST

START_TEST(insecure_asks_nothing)
{
    serve("kubernetes", false, -5);
    struct got got = {0};
    get(&got, &(struct http_tls){.insecure = true});
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    got_release(&got);
}
END_TEST

START_TEST(bad_client_certificate)
{
    serve("kubernetes", true, 5);
    struct got got = {0};
    get(&got, &(struct http_tls){.ca_pem = ca_pem, .cert_pem = "nonsense", .key_pem = "nonsense"});
    ck_assert_int_eq(got.result.outcome, HTTP_UNTRUSTED);
    ck_assert(str_starts(got.result.err.text, "the client certificate or key for 127.0.0.1:"));
    got_release(&got);
}
END_TEST

START_TEST(bad_authority)
{
    serve("kubernetes", true, 5);
    struct got got = {0};
    get(&got, &(struct http_tls){.ca_pem = "nonsense"});
    ck_assert_int_eq(got.result.outcome, HTTP_UNTRUSTED);
    ck_assert_ptr_nonnull(strstr(got.result.err.text, "127.0.0.1:"));
    got_release(&got);
}
END_TEST

START_TEST(client_certificate_is_sent_from_memory)
{
    serve("kubernetes", true, 5);
    char *client_cert, *client_key;
    test_ca_issue(ca, NULL, false, 5, &client_cert, &client_key);
    struct got got = {0};
    get(&got, &(struct http_tls){.ca_pem = ca_pem, .cert_pem = client_cert, .key_pem = client_key});
    ck_assert_msg(got.result.outcome == HTTP_DONE, "%s", got.result.err.text);
    got_release(&got);
    free(client_cert);
    free(client_key);
}
END_TEST

START_TEST(plain_server_is_no_tls_server)
{
    net_serve(route, NULL);
    struct got got = {0};
    char url[128];
    snprintf(url, sizeof url, "https%s", net.origin + strlen("http"));
    got_start(&got, &(struct http_request){.url = url});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_REFUSED);
    ck_assert(str_starts(got.result.err.text, "cannot agree on TLS with 127.0.0.1:"));
    got_release(&got);
}
END_TEST

static struct http_exchange *kept;

static void forget(void *data)
{
    (void)data;
    kept = NULL;
}

static void keep_first(void *data, struct http_exchange *x)
{
    if (kept) {
        route(data, x);
        return;
    }
    kept = x;
    http_on_gone(x, forget, NULL);
}

START_TEST(a_late_answer_keeps_nobody_waiting)
{
    test_ca_issue(ca, NULL, true, 5, &cert, &key);
    net_serve_with((struct http_server_options){.cert_pem = cert, .key_pem = key}, keep_first, NULL);
    kept = NULL;
    struct http_tls tls = {.ca_pem = ca_pem};
    struct got late = {0}, got = {0};
    got_start(&late, &(struct http_request){.url = net_url("/"), .tls = &tls});
    WAIT_FOR(kept);
    get(&got, &tls);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    http_cancel(late.call);
    WAIT_FOR(!kept);
    got_release(&late);
    got_release(&got);
}
END_TEST

START_TEST(watch_is_prompt)
{
    serve("kubernetes", true, 5);
    struct http_tls tls = {.ca_pem = ca_pem};
    struct got got = {0};
    got_start(&got, &(struct http_request){.url = net_url("/watch"), .tls = &tls, .http1 = true});
    WAIT_FOR(stream);
    int64_t sum = 0, answered = time_monotonic();
    WAIT_FOR(got.heads);
    ck_assert_int_lt(time_monotonic() - answered, 150 * NSEC_PER_MSEC);
    for (int i = 0; i < 20; i++) {
        size_t before = got.body.len;
        int64_t said = time_monotonic();
        say = true;
        http_stream_wake(stream);
        WAIT_FOR(got.body.len == before + 5);
        sum += time_monotonic() - said;
    }
    ck_assert_int_lt(sum / 20, 20 * NSEC_PER_MSEC);
    http_cancel(got.call);
    WAIT_FOR(gone);
    got_release(&got);
}
END_TEST

Suite *net_tls_suite(void)
{
    Suite *suite = suite_create("tls");
    TCase *tcase = tcase_create("tls");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, reset, teardown);
    tcase_add_test(tcase, trusts_its_authority);
    tcase_add_loop_test(tcase, wrong_authority, 0, 2);
    tcase_add_test(tcase, trust_is_not_inherited_by_a_kept_connection);
    tcase_add_test(tcase, wrong_name);
    tcase_add_test(tcase, expired);
    tcase_add_test(tcase, server_name_is_what_is_verified);
    tcase_add_test(tcase, insecure_asks_nothing);
    tcase_add_test(tcase, bad_client_certificate);
    tcase_add_test(tcase, bad_authority);
    tcase_add_test(tcase, client_certificate_is_sent_from_memory);
    tcase_add_test(tcase, plain_server_is_no_tls_server);
    tcase_add_test(tcase, a_late_answer_keeps_nobody_waiting);
    tcase_add_test(tcase, watch_is_prompt);
    suite_add_tcase(suite, tcase);
    return suite;
}
