#include "net_test.h"

static char answer[3u << 20];
static struct http_exchange *kept;
static char seen_path[128], seen_agent[64], seen_encoding[64];

static void forget(void *data)
{
    (void)data;
    kept = NULL;
}

static void route(void *data, struct http_exchange *x)
{
    (void)data;
    const char *path = http_path(x);
    snprintf(seen_path, sizeof seen_path, "%s", path);
    snprintf(seen_agent, sizeof seen_agent, "%s", str_or_empty(http_header(x, "User-Agent")));
    snprintf(seen_encoding, sizeof seen_encoding, "%s", str_or_empty(http_header(x, "Accept-Encoding")));
    size_t len;
    const char *body = http_body(x, &len);
    if (str_eq(path, "/large")) {
        http_reply(x, 200, "application/json", answer, sizeof answer);
    } else if (str_eq(path, "/keep")) {
        kept = x;
        http_on_gone(x, forget, NULL);
    } else if (str_eq(path, "/busy")) {
        http_add_header(x, "Retry-After", "7");
        http_replyf(x, 429, "text/plain", "busy");
    } else if (str_eq(path, "/move")) {
        http_add_header(x, "Location", "/elsewhere");
        http_replyf(x, 302, "text/plain", "moved");
    } else if (str_eq(path, "/echo")) {
        http_reply(x, 200, "application/octet-stream", body, len);
    } else {
        http_replyf(x, 200, "text/plain", "hello");
    }
}

static void reset(void)
{
    net_setup();
    for (size_t i = 0; i + 8 <= sizeof answer; i += 8) {
        char text[16];
        snprintf(text, sizeof text, "%07zu\n", i / 8);
        memcpy(answer + i, text, 8);
    }
    kept = NULL;
    net_serve(route, NULL);
}

START_TEST(gets)
{
    struct got got = {0};
    got_get(&got, "/");
    ck_assert_int_eq(got.heads + got.dones, 0); /* nothing comes from inside http_start */
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_int_eq(got.result.status, 200);
    ck_assert_str_eq(got.body.data, "hello");
    ck_assert_str_eq(seen_agent, "patchbay-test/1");
    ck_assert_str_eq(seen_encoding, "");
    got_release(&got);
}
END_TEST

START_TEST(hands_out_retry_after)
{
    struct got got = {0};
    got_get(&got, "/busy");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.status, 429);
    ck_assert_int_eq(got.retry_after, 7 * NSEC_PER_SEC);
    got_release(&got);
}
END_TEST

START_TEST(follows_no_redirect)
{
    struct got got = {0};
    got_get(&got, "/move");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.status, 302);
    ck_assert_str_eq(seen_path, "/move");
    got_release(&got);
}
END_TEST

START_TEST(large_answers_come_in_pieces)
{
    struct got got = {0};
    got_get(&got, "/large");
    WAIT_FOR(got.dones);
    ck_assert_uint_eq(got.body.len, sizeof answer);
    ck_assert(memcmp(got.body.data, answer, sizeof answer) == 0);
    ck_assert_int_gt(got.pieces, 2);
    got_release(&got);
}
END_TEST

START_TEST(large_bodies_go_out)
{
    struct got got = {0};
    got_start(&got, &(struct http_request){
                        .method = "POST", .url = net_url("/echo"), .body = answer, .body_len = sizeof answer});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_uint_eq(got.body.len, sizeof answer);
    ck_assert(memcmp(got.body.data, answer, sizeof answer) == 0);
    got_release(&got);
}
END_TEST

static void pause_it(struct got *got)
{
    http_pause(got->call, true);
}

START_TEST(pauses)
{
    struct got got = {.on_body = pause_it};
    got_start(&got, &(struct http_request){.url = net_url("/large"), .http1 = true,
                                           .idle_timeout = 50 * NSEC_PER_MSEC});
    size_t last = 0;
    WAIT_FOR(got.pieces == 1);
    for (int i = 0; i < 3; i++) {
        last = got.body.len;
        net_turn_for(80 * NSEC_PER_MSEC); /* longer than the idle time-out, which a pause holds */
        ck_assert_uint_eq(got.body.len, last);
        ck_assert_int_eq(got.dones, 0);
        http_pause(got.call, false);
        WAIT_FOR(got.body.len > last || got.dones);
    }
    got.on_body = NULL;
    http_pause(got.call, false);
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_uint_eq(got.body.len, sizeof answer);
    ck_assert(memcmp(got.body.data, answer, sizeof answer) == 0);
    got_release(&got);
}
END_TEST

START_TEST(end_waits_for_a_pause)
{
    struct got got = {.on_head = pause_it};
    got_get(&got, "/");
    WAIT_FOR(got.heads);
    net_turn_for(50 * NSEC_PER_MSEC);
    ck_assert_int_eq(got.pieces + got.dones, 0);
    http_pause(got.call, false);
    WAIT_FOR(got.dones);
    ck_assert_str_eq(got.body.data, "hello");
    got_release(&got);
}
END_TEST

static void cancel_it(struct got *got)
{
    http_cancel(got->call);
}

/* _i: from inside head, body or done */
START_TEST(cancels_from_inside)
{
    struct got got = {0};
    *(_i == 0 ? &got.on_head : _i == 1 ? &got.on_body : &got.on_done) = cancel_it;
    got_get(&got, "/large");
    WAIT_FOR(_i == 0 ? got.heads : _i == 1 ? got.pieces : got.dones);
    net_turn_for(50 * NSEC_PER_MSEC);
    ck_assert_int_eq(got.heads, 1);
    ck_assert_int_eq(got.pieces > 0, _i > 0);
    ck_assert_int_eq(got.dones, _i == 2);
    got_release(&got);
}
END_TEST

static struct got *other;

static void cancel_other(struct got *got)
{
    (void)got;
    http_cancel(other->call);
}

START_TEST(cancels_another_from_inside)
{
    struct got first = {.on_done = cancel_other}, second = {0};
    got_get(&second, "/keep");
    WAIT_FOR(kept);
    other = &second;
    got_get(&first, "/");
    WAIT_FOR(first.dones);
    WAIT_FOR(!kept); /* the server saw it go */
    ck_assert_int_eq(second.dones, 0);
    got_release(&first);
    got_release(&second);
}
END_TEST

static void free_transport(struct got *got)
{
    (void)got;
    http_transport_free(net.client);
    net.client = NULL;
}

/* _i: from inside head, body or done */
START_TEST(transport_goes_from_inside)
{
    struct got got = {0}, more = {0};
    *(_i == 0 ? &got.on_head : _i == 1 ? &got.on_body : &got.on_done) = free_transport;
    got_get(&got, "/");
    got_get(&more, "/large");
    WAIT_FOR(!net.client);
    int dones = more.dones;
    net_turn_for(20 * NSEC_PER_MSEC);
    ck_assert_int_eq(more.dones, dones);
    got_release(&got);
    got_release(&more);
}
END_TEST

static struct got next;

static void start_next(struct got *got)
{
    (void)got;
    got_get(&next, "/keep");
}

START_TEST(starts_from_inside)
{
    next = (struct got){0};
    struct got got = {.on_done = start_next};
    got_get(&got, "/");
    WAIT_FOR(kept);
    http_replyf(kept, 200, "text/plain", "next");
    WAIT_FOR(next.dones);
    ck_assert_str_eq(next.body.data, "next");
    got_release(&got);
    got_release(&next);
}
END_TEST

static int fetched;
static struct http_result fetch_result;
static char fetch_body[64];
static size_t fetch_len;

static void on_fetched(void *data, const struct http_result *result, const char *body, size_t len)
{
    (void)data;
    fetched++;
    fetch_result = *result;
    fetch_len = len;
    ck_assert_int_eq(body[len], '\0');
    snprintf(fetch_body, sizeof fetch_body, "%s", body);
}

START_TEST(fetches_whole)
{
    fetched = 0;
    http_fetch(net.client, &(struct http_request){.url = net_url("/")}, 5, on_fetched, NULL);
    WAIT_FOR(fetched);
    ck_assert_int_eq(fetch_result.outcome, HTTP_DONE);
    ck_assert_int_eq(fetch_result.status, 200);
    ck_assert_str_eq(fetch_body, "hello");
}
END_TEST

START_TEST(fetch_is_cut_off)
{
    fetched = 0;
    http_fetch(net.client, &(struct http_request){.url = net_url("/")}, 4, on_fetched, NULL);
    WAIT_FOR(fetched);
    ck_assert_int_eq(fetch_result.outcome, HTTP_BROKEN);
    ck_assert_int_eq(fetch_result.status, 200);
    ck_assert_str_eq(fetch_result.err.text, "the answer is larger than 4 bytes");
    ck_assert_str_eq(fetch_body, "hell");
    ck_assert_uint_eq(fetch_len, 4);
    net_turn_for(20 * NSEC_PER_MSEC);
    ck_assert_int_eq(fetched, 1);
}
END_TEST

START_TEST(fetch_is_cancelled)
{
    fetched = 0;
    struct http_fetch *fetch =
        http_fetch(net.client, &(struct http_request){.url = net_url("/keep")}, 100, on_fetched, NULL);
    WAIT_FOR(kept);
    http_fetch_cancel(fetch);
    WAIT_FOR(!kept);
    ck_assert_int_eq(fetched, 0);
}
END_TEST

START_TEST(many_at_once)
{
    struct got got[60] = {{0}};
    for (int i = 0; i < 60; i++)
        got_get(&got[i], i % 10 ? "/" : "/large");
    for (int i = 0; i < 60; i++)
        WAIT_FOR(got[i].dones);
    for (int i = 0; i < 60; i++) {
        ck_assert_int_eq(got[i].result.outcome, HTTP_DONE);
        ck_assert_uint_eq(got[i].body.len, i % 10 ? 5 : sizeof answer);
        got_release(&got[i]);
    }
}
END_TEST

START_TEST(proxies_are_for_others)
{
    /* Our server plays the proxy: it sees the target as a proxy would. */
    setenv("http_proxy", net_url(""), 1);
    struct got got = {0}, own = {0}, none = {0}, named = {0};
    got_start(&got, &(struct http_request){.url = "http://camera:8080/video?a=b"});
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_DONE);
    ck_assert_str_eq(seen_path, "http://camera:8080/video");
    got_get(&own, "/own");
    WAIT_FOR(own.dones);
    ck_assert_str_eq(seen_path, "/own");
    got_start(&none, &(struct http_request){.url = "http://no-such-host.invalid/", .no_proxy = true});
    WAIT_FOR(none.dones);
    ck_assert_int_eq(none.result.outcome, HTTP_REFUSED);
    ck_assert_str_eq(none.result.err.text,
                     "cannot connect to no-such-host.invalid:80: the host name 'no-such-host.invalid' is not known");
    unsetenv("http_proxy");
    setenv("no_proxy", "*", 1); /* means the environment's proxies, not one that is named */
    char proxy[64];
    snprintf(proxy, sizeof proxy, "%s", net.origin);
    got_start(&named, &(struct http_request){.url = "http://127.0.0.9/x", .proxy = proxy});
    WAIT_FOR(named.dones);
    ck_assert_str_eq(seen_path, "http://127.0.0.9/x");
    got_release(&got);
    got_release(&own);
    got_release(&none);
    got_release(&named);
    unsetenv("no_proxy");
}
END_TEST

Suite *net_client_suite(void)
{
    Suite *suite = suite_create("client");
    TCase *tcase = tcase_create("client");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, reset, net_teardown);
    tcase_add_test(tcase, gets);
    tcase_add_test(tcase, hands_out_retry_after);
    tcase_add_test(tcase, follows_no_redirect);
    tcase_add_test(tcase, large_answers_come_in_pieces);
    tcase_add_test(tcase, large_bodies_go_out);
    tcase_add_test(tcase, pauses);
    tcase_add_test(tcase, end_waits_for_a_pause);
    tcase_add_loop_test(tcase, cancels_from_inside, 0, 3);
    tcase_add_test(tcase, cancels_another_from_inside);
    tcase_add_loop_test(tcase, transport_goes_from_inside, 0, 3);
    tcase_add_test(tcase, starts_from_inside);
    tcase_add_test(tcase, fetches_whole);
    tcase_add_test(tcase, fetch_is_cut_off);
    tcase_add_test(tcase, fetch_is_cancelled);
    tcase_add_test(tcase, many_at_once);
    tcase_add_test(tcase, proxies_are_for_others);
    suite_add_tcase(suite, tcase);
    return suite;
}
