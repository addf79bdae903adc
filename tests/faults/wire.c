#include "wire.h"

#include "base/digest.h"

struct wire wire;

/* A clock that can be made to run faster than the machine's. */

static int64_t quick_now(void *data)
{
    (void)data;
    return wire.then + (time_monotonic() - wire.real) * wire.speed;
}

static int64_t quick_wall(void *data)
{
    (void)data;
    return time_wall();
}

static int quick_wait(void *data, struct pollfd *fds, nfds_t count, int64_t timeout)
{
    (void)data;
    struct timespec ts = {.tv_sec = timeout / wire.speed / NSEC_PER_SEC,
                          .tv_nsec = timeout / wire.speed % NSEC_PER_SEC};
    return ppoll(fds, count, timeout < 0 ? NULL : &ts, NULL);
}

void wire_speed(int speed)
{
    wire.then = quick_now(NULL);
    wire.real = time_monotonic();
    wire.speed = speed;
}

/* The API server. */

static ssize_t read_watch(void *data, char *out, size_t max)
{
    struct wire_watch *watch = data;
    size_t n = MIN(max, watch->out.len);
    if (!n)
        return watch->over ? HTTP_STREAM_END : HTTP_STREAM_WAIT;
    memcpy(out, watch->out.data, n);
    buf_drop(&watch->out, n);
    return (ssize_t)n;
}

static void watch_gone(void *data)
{
    struct wire_watch *watch = data, **at = &wire.watches;
    while (*at != watch)
        at = &(*at)->next;
    *at = watch->next;
    buf_release(&watch->out);
    free(watch);
}

static void begin_watch(struct http_exchange *x)
{
    struct wire_watch *watch = xcalloc(1, sizeof *watch);
    buf_init(&watch->out, 64u << 20);
    snprintf(watch->path, sizeof watch->path, "%s", http_path(x));
    snprintf(watch->rv, sizeof watch->rv, "%s", str_or_empty(http_query(x, "resourceVersion")));
    watch->next = wire.watches;
    wire.watches = watch;
    watch->stream = http_stream(x, 200, "application/json", read_watch, watch_gone, watch);
}

static void route(void *data, struct http_exchange *x)
{
    (void)data;
    wire.requests++;
    if (wire.answer && wire.answer(x))
        return;
    if (str_ends(http_path(x), "selfsubjectaccessreviews")) {
        http_replyf(x, 201, "application/json", "{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":true}}");
    } else if (str_ends(http_path(x), "/readyz")) {
        http_replyf(x, 200, "text/plain", "ok");
    } else if (http_query(x, "sendInitialEvents")) {
        http_replyf(x, 422, "application/json", "{\"kind\":\"Status\",\"code\":422,\"message\":\"forbidden\"}");
    } else if (http_query(x, "watch")) {
        begin_watch(x);
    } else {
        char *text = list_of(http_path(x));
        http_reply(x, 200, "application/json", text, strlen(text));
        free(text);
    }
}

struct wire_watch *wire_watch(const char *plural)
{
    for (struct wire_watch *watch = wire.watches; watch; watch = watch->next)
        if (str_ends(watch->path, plural))
            return watch;
    return NULL;
}

void wire_event(const char *plural, const char *type_, const char *object)
{
    struct wire_watch *watch = wire_watch(plural);
    ck_assert_msg(watch != NULL, "the %s are not watched", plural);
    buf_addf(&watch->out, "{\"type\":\"%s\",\"object\":%s}\n", type_, object);
    http_stream_wake(watch->stream);
}

void wire_serve(struct test_ca *ca, const char *dns, bool loopback)
{
    struct err err = ERR_INIT;
    uint16_t port = wire.server ? http_server_port(wire.server) : 0;
    if (wire.server)
        http_server_free(wire.server);
    free(wire.cert);
    free(wire.key);
    test_ca_issue(ca ? ca : wire.ca, dns, loopback, 5, &wire.cert, &wire.key);
    wire.server = http_server_new(net.loop, &(struct http_server_options){"127.0.0.1", port, wire.cert, wire.key, 0, 0},
                                  route, NULL, &err);
    ck_assert_msg(wire.server != NULL, "%s", err.text);
}

/* What stands before it. */

void wire_proxy(const char *command)
{
    struct err err = ERR_INIT;
    ck_assert_msg(faulty_command(wire.proxy, command, &err) == 0, "%s", err.text);
}

const char *wire_where(void)
{
    static char where[32];
    snprintf(where, sizeof where, "127.0.0.1:%u", faulty_port(wire.proxy));
    return where;
}

void wire_pass(double seconds)
{
    int64_t until = loop_now(net.loop) + (int64_t)(seconds * NSEC_PER_SEC);
    while (loop_now(net.loop) < until)
        loop_turn(net.loop, 20 * NSEC_PER_MSEC);
}

static void settle(void)
{
    for (int i = 0; i < 20; i++)
        loop_turn(net.loop, NSEC_PER_MSEC);
}

void await(const char *part)
{
    int64_t until = time_monotonic() + 20 * NSEC_PER_SEC;
    while (!shows(part) && time_monotonic() < until)
        loop_turn(net.loop, 20 * NSEC_PER_MSEC * wire.speed);
    expect(part);
}

static void add_data(struct buf *out, const char *key, const char *pem)
{
    buf_addf(out, ", %s: ", key);
    digest_base64(out, pem, strlen(pem));
}

char *wire_config(const char *server, const char *ca_pem)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    buf_addf(&out, "apiVersion: v1\nkind: Config\ncurrent-context: one\nclusters:\n- {name: c1, cluster: {server: '%s'",
             server);
    add_data(&out, "certificate-authority-data", ca_pem);
    buf_addf(&out, "}}\n- {name: c2, cluster: {server: 'https://%s'", wire_where());
    add_data(&out, "certificate-authority-data", wire.ca_pem);
    buf_adds(&out, "}}\nusers:\n- {name: operator, user: {token: t}}\n"
                   "contexts:\n- {name: one, context: {cluster: c1, user: operator}}\n"
                   "- {name: two, context: {cluster: c2, user: operator}}\n");
    return buf_take(&out);
}

void wire_set_up(void)
{
    struct err err = ERR_INIT;
    static const struct loop_clock clock = {quick_now, quick_wall, quick_wait, NULL};
    wire.speed = 1;
    wire.then = wire.real = time_monotonic();
    net.loop = loop_new(&clock);
    net.client = http_curl_new(net.loop, "patchbay-test/1");
    wire.ca = test_ca_new("the cluster's authority");
    wire.ca_pem = test_ca_pem(wire.ca);
    wire_serve(wire.ca, "kubernetes", true);
    wire.proxy = faulty_new(net.loop, 0, "127.0.0.1", http_server_port(wire.server), &err);
    ck_assert_msg(wire.proxy != NULL, "%s", err.text);
    op.settle = settle;
}

void wire_begin(void)
{
    wire_set_up();
    char *server = xasprintf("https://%s", wire_where());
    char *config = wire_config(server, wire.ca_pem);
    operator_begin(net.loop, net.client, config, "pods");
    free(config);
    free(server);
    await("live");
    WAIT_FOR(wire_watch("pods"));
}

void wire_end(void)
{
    operator_end();
    world_release();
    http_transport_free(net.client);
    faulty_free(wire.proxy);
    if (wire.server)
        http_server_free(wire.server);
    ck_assert_msg(loop_idle(net.loop), "something was left started on the loop");
    loop_free(net.loop);
    test_ca_free(wire.ca);
    free(wire.ca_pem);
    free(wire.cert);
    free(wire.key);
    wire = (struct wire){0};
}
