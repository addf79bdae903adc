#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "k8s/forward.h"
#include "ws_peer.h"

static struct {
    struct forward *forward;
    int taken, fds[300], count;
    struct buf failed; /* "[sentence]" */
    bool free_at_take;
} got;

static void on_taken(void *data)
{
    (void)data;
    got.taken++;
    if (got.free_at_take) {
        forward_free(got.forward);
        got.forward = NULL;
    }
}

static void on_failed(void *data, const char *why)
{
    (void)data;
    buf_addf(&got.failed, "[%s]", why);
}

static const struct forward_events events = {on_taken, on_failed};

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
    buf_init(&got.failed, 1 << 20);
    struct err err = ERR_INIT;
    got.forward = forward_new(script.client, &(struct forward_options){.ns = "m", .pod = "web-1", .remote = 8080}, &events,
                              NULL, &err);
    ck_assert_str_eq(err.text, "");
}

static void teardown(void)
{
    for (int i = 0; i < got.count; i++)
        close(got.fds[i]);
    forward_free(got.forward);
    buf_release(&got.failed);
    script_teardown();
}

/* Turns until the client's descriptor has something to say; virtual time stands still. */
static bool readable(int fd)
{
    for (int i = 0; i < 2000; i++) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        loop_turn(script.loop, 0);
        if (poll(&p, 1, 1) == 1)
            return true;
    }
    return false;
}

static int client(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(forward_port(got.forward)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    got.fds[got.count++] = fd;
    return fd;
}

static struct script_call *connected(int *fd)
{
    *fd = client();
    struct script_call *call = script_expect("GET", "/api/v1/namespaces/m/pods/web-1/portforward?ports=8080");
    ck_assert_ptr_nonnull(strstr(call->headers, "Sec-WebSocket-Protocol: v4.channel.k8s.io\n"));
    ws_accept(call, "v4.channel.k8s.io");
    ws_send(call, WS_FIN | WS_BINARY, "\0\x90\x1f", 3);
    ws_send(call, WS_FIN | WS_BINARY, "\1\x90\x1f", 3);
    return call;
}

static void client_gets(int fd, const char *text)
{
    char bytes[256] = "";
    ck_assert(readable(fd));
    ssize_t n = read(fd, bytes, sizeof bytes - 1);
    ck_assert_int_ge(n, 0);
    bytes[n] = '\0';
    ck_assert_str_eq(bytes, text);
}

static void client_says(int fd, const char *text)
{
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Waits until the client's bytes came through, as they do a turn or so after they were written. */
static void comes(struct script_call *call)
{
    for (int i = 0; i < 2000 && !call->out.len; i++) {
        loop_turn(script.loop, 0);
        poll(NULL, 0, 1);
    }
}

START_TEST(carries_bytes_both_ways)
{
    int fd;
    struct script_call *call = connected(&fd);
    ck_assert_int_eq(got.taken, 1);
    ck_assert_uint_eq(forward_count(got.forward), 1);
    client_says(fd, "GET /");
    comes(call);
    ws_expect(call, 0, "GET /");
    ws_channel(call, 0, "200 ");
    ws_channel(call, 5, "nobody");
    ws_channel(call, 0, "OK");
    client_gets(fd, "200 OK");
    ws_close(call, 1000, "");
    client_gets(fd, "");
    close(fd);
    got.count--;
    for (int i = 0; i < 2000 && forward_count(got.forward); i++)
        loop_turn(script.loop, 0);
    ck_assert_uint_eq(forward_count(got.forward), 0);
    ck_assert_str_eq(got.failed.data, "");
}
END_TEST

START_TEST(a_prelude_may_come_in_pieces_or_with_bytes)
{
    int fd = client();
    struct script_call *call = script_next();
    ws_accept(call, "v4.channel.k8s.io");
    ws_send(call, WS_FIN | WS_BINARY, "\0\x90", 2);
    ws_send(call, WS_FIN | WS_BINARY, "\0", 1);
    ws_send(call, WS_FIN | WS_BINARY, "\0\x1fhello", 7);
    client_gets(fd, "hello");
}
END_TEST

START_TEST(what_the_client_says_early_waits)
{
    int fd = client();
    client_says(fd, "early");
    struct script_call *call = script_next();
    ws_accept(call, "v4.channel.k8s.io");
    comes(call);
    ws_expect(call, 0, "early");
}
END_TEST

START_TEST(an_error_is_a_sentence_and_a_reset)
{
    int fd;
    struct script_call *call = connected(&fd);
    ws_channel(call, 1, "dial tcp4 127.0.0.1:8080: no route \033to host");
    ws_close(call, 1000, "");
    ck_assert(readable(fd));
    char byte;
    ck_assert_int_eq(read(fd, &byte, 1), -1);
    ck_assert_int_eq(errno, ECONNRESET);
    ck_assert_str_eq(got.failed.data, "[a connection to port 8080 of pod web-1 broke: dial tcp4 127.0.0.1:8080: no route "
                                      "\xef\xbf\xbdto host]");
    call = connected(&fd);
    ws_channel(call, 1, "error forwarding port 8080 to pod 0a1b: dial tcp4 127.0.0.1:8080: connect: connection refused");
    ws_close(call, 1000, "");
    ck_assert(readable(fd));
    ck_assert(str_ends(got.failed.data, "broke: nothing listens there (connection refused)]"));
    /* and the next one works */
    call = connected(&fd);
    ws_channel(call, 0, "fine");
    client_gets(fd, "fine");
}
END_TEST

static const struct {
    int status;
    const char *body, *sentence;
} refusals[] = {
    {404, "{\"kind\":\"Status\",\"message\":\"pods \\\"web-1\\\" not found\",\"details\":{\"name\":\"web-1\"}}",
     "[a connection to port 8080 of pod web-1 broke: pods \"web-1\" not found]"},
    {404, "", "[a connection to port 8080 of pod web-1 broke: the cluster at https://test:6443 has no port forwarding: it "
              "has nothing at that address]"},
};

START_TEST(a_refusal_breaks_one_connection_only)
{
    int fd = client();
    script_answer(script_next(), refusals[_i].status, refusals[_i].body);
    ck_assert(readable(fd));
    ck_assert_str_eq(got.failed.data, refusals[_i].sentence);
    connected(&fd);
}
END_TEST

START_TEST(a_connection_that_breaks_is_a_reset)
{
    int fd;
    struct script_call *call = connected(&fd);
    script_break(call);
    ck_assert(readable(fd));
    char byte;
    ck_assert_int_eq(read(fd, &byte, 1), -1);
}
END_TEST

START_TEST(a_half_closed_client_gets_what_still_comes)
{
    int fd;
    struct script_call *call = connected(&fd);
    client_says(fd, "question");
    shutdown(fd, SHUT_WR);
    comes(call);
    ws_expect(call, 0, "question");
    for (int i = 0; i < 50; i++)
        loop_turn(script.loop, 0);
    script_pass(9);
    ws_channel(call, 0, "ans");
    script_pass(9);
    ws_channel(call, 0, "wer");
    client_gets(fd, "answer");
    script_pass(11);
    ck_assert(call->cancelled);
    client_gets(fd, "");
    ck_assert_str_eq(got.failed.data, "");
}
END_TEST

START_TEST(a_slow_client_pauses_the_pod)
{
    int fd;
    struct script_call *call = connected(&fd);
    static char big[1 << 20];
    size_t given = 0, taken = 0;
    while (!call->paused && given < (64u << 20)) {
        ws_send(call, WS_FIN | WS_BINARY, big, sizeof big);
        given += sizeof big - 1;
    }
    ck_assert(call->paused);
    while (taken < given && readable(fd)) {
        char bytes[65536];
        ssize_t n = read(fd, bytes, sizeof bytes);
        ck_assert_int_gt(n, 0);
        taken += (size_t)n;
    }
    ck_assert_uint_eq(taken, given);
    ck_assert(!call->paused);
}
END_TEST

START_TEST(a_slow_pod_holds_the_client)
{
    int fd;
    struct script_call *call = connected(&fd);
    static char big[64 << 10];
    call->unsent = 1 << 20;
    loop_turn(script.loop, 0);
    size_t given = 0;
    for (int i = 0; i < 2000; i++) {
        ssize_t n = write(fd, big, sizeof big);
        given += n > 0 ? (size_t)n : 0;
        loop_turn(script.loop, 0);
    }
    ck_assert_uint_gt(given, call->out.len); /* the rest is in the sockets */
    ck_assert_uint_le(call->out.len, 100 << 10);
    shutdown(fd, SHUT_WR);
    script_sent(call);
    size_t got_bytes = 0;
    while (got_bytes < given) {
        comes(call);
        struct ws_frame frame = ws_next(call);
        if (frame.opcode == (WS_FIN | WS_BINARY))
            got_bytes += frame.len - 1;
    }
    ck_assert_uint_eq(got_bytes, given);
}
END_TEST

START_TEST(a_client_that_leaves_takes_its_connection_along)
{
    int fd;
    struct script_call *call = connected(&fd);
    struct linger now = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
    got.count--;
    for (int i = 0; i < 2000 && !call->cancelled; i++)
        loop_turn(script.loop, 0);
    ck_assert(call->cancelled);
    ck_assert_uint_eq(forward_count(got.forward), 0);
    ck_assert_str_eq(got.failed.data, "");
}
END_TEST

START_TEST(further_connections_wait)
{
    for (int i = 0; i < 260; i++)
        client();
    for (int i = 0; i < 600; i++)
        loop_turn(script.loop, 0);
    ck_assert_uint_eq(forward_count(got.forward), 256);
    ck_assert_int_eq(script.started, 256);
    script_refuse(script_next());
    for (int i = 0; i < 2000 && script.started == 256; i++)
        loop_turn(script.loop, 0);
    ck_assert_int_eq(script.started, 257);
}
END_TEST

START_TEST(a_port_in_use_is_an_error)
{
    struct err err = ERR_INIT;
    struct forward_options options = {.ns = "m", .pod = "web-1", .remote = 80, .local = forward_port(got.forward)};
    ck_assert_ptr_null(forward_new(script.client, &options, &events, NULL, &err));
    char *want = xasprintf("cannot listen on 127.0.0.1:%u: Address already in use", options.local);
    ck_assert_int_eq(strcasecmp(err.text, want), 0);
    free(want);
}
END_TEST

START_TEST(callbacks_may_free_it)
{
    got.free_at_take = true;
    int fd = client();
    ck_assert(readable(fd));
    ck_assert_ptr_null(got.forward);
}
END_TEST

Suite *k8s_forward_suite(void)
{
    Suite *suite = suite_create("forward");
    TCase *tc = tcase_create("forward");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, carries_bytes_both_ways);
    tcase_add_test(tc, a_prelude_may_come_in_pieces_or_with_bytes);
    tcase_add_test(tc, what_the_client_says_early_waits);
    tcase_add_test(tc, an_error_is_a_sentence_and_a_reset);
    tcase_add_loop_test(tc, a_refusal_breaks_one_connection_only, 0, ARRAY_SIZE(refusals));
    tcase_add_test(tc, a_connection_that_breaks_is_a_reset);
    tcase_add_test(tc, a_half_closed_client_gets_what_still_comes);
    tcase_add_test(tc, a_slow_client_pauses_the_pod);
    tcase_add_test(tc, a_slow_pod_holds_the_client);
    tcase_add_test(tc, a_client_that_leaves_takes_its_connection_along);
    tcase_add_test(tc, further_connections_wait);
    tcase_add_test(tc, a_port_in_use_is_an_error);
    tcase_add_test(tc, callbacks_may_free_it);
    suite_add_tcase(suite, tc);
    return suite;
}
