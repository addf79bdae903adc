/* What the network does, and who answers on it. */
#include "wire.h"

#include "net_h2.h"

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
    buf_adds(&pod, "{\"metadata\":{\"name\":\"third-1\",\"namespace\":\"media\",\"uid\":\"u3\",\"resourceVersion\":\"13\"},\"x\":\"");
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
