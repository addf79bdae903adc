/* What the network does, and who answers on it. */
#include "wire.h"

#include "net_h2.h"

/* HTTP/2 for watches, HTTP/1.1 for pages, at one port. */
static struct {
    struct h2_server h2;
    struct http_server *plain;
    struct tls_front *front;
    int watches;
} two;

static void expect_rows(void)
{
    expect("camera-1");
    expect("detector-1");
}

void refused_connection(void)
{
    wire_begin();
    wire_proxy("refuse");
    wire_proxy("reset");
    int64_t began = time_monotonic();
    await("STALE");
    ck_assert_int_lt(time_monotonic() - began, NSEC_PER_SEC);
    char *words = xasprintf("cannot connect to %s: connection refused", wire_where());
    await(words);
    expect_rows();
    await("STALE 2s"); /* the age of what is shown */
    expect_rows();
    wire_proxy("pass");
    began = time_monotonic();
    await("live");
    ck_assert_int_lt(time_monotonic() - began, 2 * NSEC_PER_SEC);
    lacks("refused");
    expect_rows();
    free(words);
}

void unknown_host(void)
{
    wire_set_up();
    char *config = wire_config("https://no-such-host.invalid:6443", wire.ca_pem);
    operator_begin(net.loop, net.client, config, "pods");
    free(config);
    expect("loading"); /* the dashboard is there at once */
    await("cannot connect to no-such-host.invalid:6443: the host name 'no-such-host.invalid' is not known");
    expect("STALE");
    type(":ctx two<Enter>"); /* and lets go at once */
    await("live");
    expect_rows();
}

/* The server comes back with a certificate that is not to be trusted. */
static void distrust(struct test_ca *ca, const char *dns, bool loopback, const char *words)
{
    wire_begin();
    wire_serve(ca, dns, loopback);
    int asked = wire.requests;
    wire_proxy("reset");
    await(words);
    expect_rows();
    wire_pass(2);
    expect(words);
    ck_assert_msg(shows("REFUSED") || shows("STALE"), "%s", op.screen);
    expect_rows();
    ck_assert_int_eq(wire.requests, asked); /* nothing was said to it: no downgrade */
    wire_serve(wire.ca, "kubernetes", true);
    wire_speed(10); /* it is asked again, but seldom */
    await("live");
    expect_rows();
}

void unknown_authority(void)
{
    struct test_ca *stranger = test_ca_new("a stranger");
    distrust(stranger, "kubernetes", true, "is not signed by the cluster's certificate authority");
    test_ca_free(stranger);
}

void other_host(void)
{
    distrust(NULL, "kubernetes", false, "is not for the name '127.0.0.1'; it is for DNS:kubernetes");
}

/* A network that is silent: TCP itself would believe in it for a quarter of an hour. */
void half_open(void)
{
    wire_begin();
    wire_proxy("stall");
    wire_speed(8);
    int64_t began = loop_now(net.loop);
    await("STALE");
    ck_assert_int_le(loop_now(net.loop) - began, 30 * NSEC_PER_SEC);
    expect("no word from the server for 2");
    expect_rows();
    wire_speed(1);
    wire_proxy("pass");
    await("live");
    expect_rows();
}

void reset_event(void)
{
    wire_begin();
    struct buf pod;
    buf_init(&pod, 1u << 20);
    pod_text(&pod, "camera-1", "u1", "12", "{\"phase\":\"Succeeded\"}");
    wire_event("pods", "MODIFIED", pod.data);
    await("Succeeded");
    struct wire_watch *watch = wire_watch("pods");
    wire_proxy("reset down 40000");
    buf_reset(&pod);
    buf_adds(&pod, "{\"metadata\":{\"name\":\"third-1\",\"namespace\":\"media\",\"uid\":\"u3\",\"resourceVersion\":"
                   "\"13\"},\"x\":\"");
    buf_pad(&pod, 'x', 200000);
    buf_adds(&pod, "\"}");
    wire_event("pods", "ADDED", pod.data);
    WAIT_FOR(wire_watch("pods") && wire_watch("pods") != watch);
    ck_assert_str_eq(wire_watch("pods")->rv, "12"); /* where it was */
    await("live");
    lacks("third-1");
    wire_event("pods", "ADDED", pod.data); /* as a server does: it comes again */
    await("third-1");
    expect("Succeeded");
    buf_release(&pod);
}

static char *answer_h2(const char *path, bool *endless)
{
    *endless = strstr(path, "watch=1");
    two.watches += *endless;
    return xstrdup(*endless ? "" : "ok");
}

static void route_pages(void *data, struct http_exchange *x)
{
    (void)data;
    char *text = list_of(http_path(x));
    http_reply(x, 200, "application/json", text, strlen(text));
    free(text);
}

/* An API server that is about to be restarted, or that spreads its clients, says so. */
void go_away(void)
{
    struct err err = ERR_INIT;
    wire_set_up();
    h2_serve(&two.h2);
    two.h2.answer = answer_h2;
    two.plain =
        http_server_new(net.loop, &(struct http_server_options){.address = "127.0.0.1"}, route_pages, NULL, &err);
    ck_assert_msg(two.plain != NULL, "%s", err.text);
    two.front = tls_front_new(wire.cert, wire.key, "h2", two.h2.port);
    tls_front_else(two.front, http_server_port(two.plain));
    char *config = wire_config(net.origin, wire.ca_pem);
    operator_begin(net.loop, net.client, config, "pods");
    free(config);
    await("live");
    WAIT_FOR(two.watches == SOURCE_COUNT);
    int connections = two.h2.connections;
    wire_speed(4); /* so that these watches are no short ones */
    wire_pass(3);
    wire_speed(1);
    h2_go_away(&two.h2);
    wire_pass(0.2);
    expect("live"); /* what is open goes on */
    h2_finish(&two.h2);
    int64_t until = time_monotonic() + 5 * NSEC_PER_SEC;
    while (two.watches < 2 * SOURCE_COUNT && time_monotonic() < until) {
        loop_turn(net.loop, 10 * NSEC_PER_MSEC);
        expect("live"); /* nobody notices */
        expect_rows();
    }
    ck_assert_int_eq(two.watches, 2 * SOURCE_COUNT);
    ck_assert_int_gt(two.h2.connections, connections);
    operator_leave();
    tls_front_free(two.front);
    h2_release(&two.h2);
    http_server_free(two.plain);
}
