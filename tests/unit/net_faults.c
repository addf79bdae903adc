/* Faults of the network and of trust, brought about; and the words for them. */
#include "net_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "faulty.h"

static struct faulty *proxy;
static char want[512];
static char *large;
#define LARGE (2u << 20)

static void route(void *data, struct http_exchange *x)
{
    (void)data;
    if (str_eq(http_path(x), "/large"))
        http_reply(x, 200, "text/plain", large, LARGE);
    else
        http_replyf(x, 200, "text/plain", "done");
}

static void setup(void)
{
    struct err err = ERR_INIT;
    net_setup();
    net_serve(route, NULL);
    large = xmalloc(LARGE);
    memset(large, 'x', LARGE);
    proxy = faulty_new(net.loop, 0, "127.0.0.1", http_server_port(net.server), &err);
    ck_assert_msg(proxy != NULL, "%s", err.text);
    snprintf(net.origin, sizeof net.origin, "http://127.0.0.1:%u", faulty_port(proxy));
}

static void teardown(void)
{
    http_transport_free(net.client);
    net.client = NULL;
    faulty_free(proxy);
    net_teardown();
    free(large);
}

static void command(const char *text)
{
    struct err err = ERR_INIT;
    ck_assert_msg(faulty_command(proxy, text, &err) == 0, "%s", err.text);
}

static const char *peer(void)
{
    return net.origin + strlen("http://");
}

static int64_t expect(const struct http_request *r, enum http_outcome outcome, const char *format, const char *what)
{
    struct got got = {0};
    int64_t began = time_monotonic();
    got_start(&got, r);
    WAIT_FOR(got.dones);
    began = time_monotonic() - began;
    ck_assert_msg(got.result.outcome == outcome, "%d: %s", (int)got.result.outcome, got.result.err.text);
    const char *mark = strstr(format, "%s");
    snprintf(want, sizeof want, "%.*s%s%s", mark ? (int)(mark - format) : (int)strlen(format), format,
             mark ? what : "", mark ? mark + 2 : "");
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
    return began;
}

START_TEST(refused_is_told_at_once)
{
    command("refuse");
    int64_t took = expect(&(struct http_request){.url = net_url("/")}, HTTP_REFUSED,
                          "cannot connect to %s: connection refused", peer());
    ck_assert_int_lt(took, 50 * NSEC_PER_MSEC);
    command("pass");
    expect(&(struct http_request){.url = net_url("/")}, HTTP_DONE, "", "");
}
END_TEST

/* A listener whose queue is full answers no one. */
START_TEST(no_answer_to_a_connection)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fill[8];
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(fd, 0), 0);
    getsockname(fd, (struct sockaddr *)&at, &len);
    for (size_t i = 0; i < ARRAY_SIZE(fill); i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(fill[i], (struct sockaddr *)&at, sizeof at);
    }
    char url[64], where[32];
    snprintf(where, sizeof where, "127.0.0.1:%u", ntohs(at.sin_port));
    snprintf(url, sizeof url, "http%s://127.0.0.1:%u/", _i ? "s" : "", ntohs(at.sin_port));
    /* One that waits for another's connection waits no longer than that. */
    struct got other = {0};
    got_start(&other, &(struct http_request){.url = url, .connect_timeout = 300 * NSEC_PER_MSEC});
    expect(&(struct http_request){.url = url, .connect_timeout = 300 * NSEC_PER_MSEC}, HTTP_REFUSED,
           "cannot connect to %s: no answer within 0.30s", where);
    WAIT_FOR(other.dones);
    ck_assert_int_eq(other.result.outcome, HTTP_REFUSED);
    got_release(&other);
    for (size_t i = 0; i < ARRAY_SIZE(fill); i++)
        close(fill[i]);
    close(fd);
}
END_TEST

START_TEST(an_unknown_host_is_named)
{
    expect(&(struct http_request){.url = "https://no-such-host.invalid:6443/"}, HTTP_REFUSED,
           "cannot connect to no-such-host.invalid:6443: the host name 'no-such-host.invalid' is not known", "");
    expect(&(struct http_request){.url = "https://host.example:6443/", .proxy = "http://no-such-proxy.invalid:3128"},
           HTTP_REFUSED, "cannot connect to host.example:6443: the proxy's host name is not known", "");
}
END_TEST

START_TEST(reset_in_the_middle)
{
    command("reset down 1000000");
    expect(&(struct http_request){.url = net_url("/large")}, HTTP_BROKEN,
           "lost the connection to %s: connection reset by peer", peer());
    expect(&(struct http_request){.url = net_url("/large")}, HTTP_DONE, "", "");
}
END_TEST

START_TEST(ended_in_the_middle)
{
    command("cut down 1000000");
    expect(&(struct http_request){.url = net_url("/large")}, HTTP_BROKEN,
           "the connection to %s ended in the middle of the answer", peer());
}
END_TEST

START_TEST(half_closed)
{
    command("stall");
    struct got got = {0};
    got_get(&got, "/");
    WAIT_FOR(faulty_counts(proxy).open == 1);
    command("half");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    snprintf(want, sizeof want, "%s closed the connection without an answer", peer());
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
}
END_TEST

START_TEST(silence_in_the_middle)
{
    struct got got = {0};
    command("delay 5");
    got_start(&got, &(struct http_request){.url = net_url("/large"), .idle_timeout = 150 * NSEC_PER_MSEC});
    WAIT_FOR(got.body.len > 100000);
    command("stall");
    WAIT_FOR(got.dones);
    ck_assert_int_eq(got.result.outcome, HTTP_BROKEN);
    snprintf(want, sizeof want, "nothing came from %s for 0.15s", peer());
    ck_assert_str_eq(got.result.err.text, want);
    got_release(&got);
}
END_TEST

/* After an outage the connections from before are not asked again, by nobody. */
START_TEST(fresh_leaves_what_may_be_dead)
{
    struct got watch = {0}, first = {0}, second = {0}, later = {0};
    expect(&(struct http_request){.url = net_url("/")}, HTTP_DONE, "", "");
    got_get(&watch, "/");
    WAIT_FOR(watch.dones);
    ck_assert_uint_eq(faulty_counts(proxy).connections, 1);
    net_turn_for(1050 * NSEC_PER_MSEC);
    command("stall");
    got_start(&first, &(struct http_request){.url = net_url("/"), .fresh = true});
    got_start(&second, &(struct http_request){.url = net_url("/"), .fresh = true});
    net_turn_for(20 * NSEC_PER_MSEC);
    ck_assert_uint_eq(faulty_counts(proxy).connections, 3);
    command("pass");
    WAIT_FOR(first.dones && second.dones);
    ck_assert_int_eq(first.result.outcome, HTTP_DONE);
    got_get(&later, "/");
    WAIT_FOR(later.dones);
    ck_assert_uint_eq(faulty_counts(proxy).connections, 3);
    ck_assert_uint_eq(faulty_counts(proxy).open, 2); /* the old one is closed */
    got_release(&watch);
    got_release(&first);
    got_release(&second);
    got_release(&later);
}
END_TEST

Suite *net_faults_suite(void)
{
    Suite *suite = suite_create("faults");
    TCase *tcase = tcase_create("faults");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, refused_is_told_at_once);
    tcase_add_loop_test(tcase, no_answer_to_a_connection, 0, 2);
    tcase_add_test(tcase, an_unknown_host_is_named);
    tcase_add_test(tcase, reset_in_the_middle);
    tcase_add_test(tcase, ended_in_the_middle);
    tcase_add_test(tcase, half_closed);
    tcase_add_test(tcase, silence_in_the_middle);
    tcase_add_test(tcase, fresh_leaves_what_may_be_dead);
    suite_add_tcase(suite, tcase);
    return suite;
}
