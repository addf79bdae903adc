#include "edge_agents.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/digest.h"
#include "edge/proxyhead.h"

/* A pod of the Service `cam`: an address of the world's range where this test listens itself. */
static int listener, upstream;
static char upstream_ip[32];
static uint16_t upstream_port;
static struct loop_io accepting;

static void on_accept(void *data UNUSED, short revents UNUSED)
{
    upstream = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static void add_service(const char *name, bool ready)
{
    char *text =
        xasprintf("{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"clusterIP\":\"10.96.1.2\",\"ports\":[{\"port\":8080,"
                  "\"targetPort\":%d}]}}",
                  name, upstream_port);
    world_apply("Service", text);
    free(text);
    text =
        xasprintf("{\"metadata\":{\"name\":\"%s\"},\"subsets\":[{\"%s\":[{\"ip\":\"%s\"}],\"ports\":[{\"port\":%d}]}]}",
                  name, ready ? "addresses" : "notReadyAddresses", upstream_ip, upstream_port);
    world_apply("Endpoints", text);
    free(text);
}

static void setup(void)
{
    world_setup_real();
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    snprintf(upstream_ip, sizeof upstream_ip, "127.%d.200.9", world.net.x);
    inet_pton(AF_INET, upstream_ip, &address.sin_addr);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 16), 0);
    getsockname(listener, (struct sockaddr *)&address, &len);
    upstream_port = ntohs(address.sin_port);
    upstream = -1;
    loop_io_init(&accepting, world.loop, on_accept, NULL);
    loop_io_start(&accepting, listener, POLLIN);
    add_service("cam", true);
    add_service("sleepy", false);
}

static void teardown(void)
{
    loop_io_stop(&accepting);
    close(listener);
    if (upstream >= 0)
        close(upstream);
    world_teardown();
}

static int visit(const char *request)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *url = edge_proxy_url(world.proxy) + strlen("http://"), *colon = strchr(url, ':');
    char host[32];
    snprintf(host, sizeof host, "%.*s", (int)(colon - url), url);
    inet_pton(AF_INET, host, &address.sin_addr);
    address.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    return fd;
}

static char *ask(const char *url, const char *ns)
{
    struct buf out;
    buf_init(&out, 8192);
    buf_addf(&out, "GET %s HTTP/1.1\r\nHost: cam:8080\r\n", url);
    if (ns) {
        char *user = xasprintf("%s:", ns);
        buf_adds(&out, "Proxy-Authorization: Basic ");
        digest_base64(&out, user, strlen(user));
        buf_adds(&out, "\r\n");
        free(user);
    }
    buf_adds(&out, "Proxy-Connection: Keep-Alive\r\nConnection: keep-alive\r\nX-Own: 1\r\n\r\n");
    return buf_take(&out);
}

struct reading {
    int fd;
    struct buf in;
    const char *want; /* NULL: the end */
    bool ended;
};

static bool has_read(void *data)
{
    struct reading *r = data;
    char bytes[4096];
    ssize_t n;
    while ((n = read(r->fd, bytes, sizeof bytes)) > 0)
        buf_add(&r->in, bytes, (size_t)n);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        r->ended = true;
    return r->want ? strstr(r->in.data, r->want) != NULL : r->ended;
}

static char *read_until(int fd, const char *want)
{
    struct reading r = {.fd = fd, .want = want};
    buf_init(&r.in, 4u << 20);
    world_wait(want ? want : "the end", has_read, &r);
    return buf_take(&r.in);
}

static bool is_connected(void *data UNUSED)
{
    return upstream >= 0;
}

START_TEST(a_request_reaches_the_pod_and_the_answer_comes_back)
{
    const char *const urls[] = {"http://cam:8080/video?a=1", "http://cam.media:8080/video?a=1",
                                "http://cam.media.svc:8080/video?a=1",
                                "http://cam.media.svc.cluster.local:8080/video?a=1", "http://10.96.1.2:8080/video?a=1"};
    char *request = ask(urls[_i], _i == 0 ? "media" : "other");
    int fd = visit(request);
    world_wait("a connection", is_connected, NULL);
    char *head = read_until(upstream, "\r\n\r\n");
    ck_assert_str_eq(head, "GET /video?a=1 HTTP/1.1\r\nHost: cam:8080\r\nX-Own: 1\r\nConnection: close\r\n\r\n");
    const char *answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    ck_assert_int_eq(write(upstream, answer, strlen(answer)), (ssize_t)strlen(answer));
    close(upstream);
    upstream = -1;
    char *got = read_until(fd, NULL);
    ck_assert_str_eq(got, answer);
    free(got);
    free(head);
    free(request);
    close(fd);
}
END_TEST

static const struct {
    const char *url, *ns, *status, *body;
} refusals[] = {
    {"http://sleepy:8080/", "media", "503", "no endpoints available for service \"sleepy\"\n"},
    {"http://cam:81/", "media", "503", "no service port \"81\" found for service \"cam\"\n"},
    {"http://cam:8080/", "other", "502",
     "there is no Service \"cam\" in namespace \"other\", and no other host of this name is known\n"},
    {"http://cam:8080/", NULL, "407",
     "the Service \"cam\" is looked for in the namespace that is this proxy's user name: "},
    {"/video", "media", "400", "takes http:// URLs of Services only\n"},
    {"http://", "media", "400", "the URL has no host\n"},
    {"http://a$b/", "media", "400", "the URL's host is no host name\n"},
    {"http://cam:0/", "media", "400", "the URL's port is no port number\n"},
    {"http://cam:99999/", "media", "400", "the URL's port is no port number\n"},
    {"http://-x/", "media", "400", "the URL's host is no host name\n"},
};

START_TEST(refusals_are_sentences)
{
    char *request = ask(refusals[_i].url, refusals[_i].ns);
    int fd = visit(request);
    char *got = read_until(fd, NULL);
    ck_assert_msg(str_starts(got, "HTTP/1.1 ") && str_starts(got + 9, refusals[_i].status), "%s", got);
    ck_assert_msg(strstr(got, refusals[_i].body) != NULL, "%s", got);
    free(got);
    free(request);
    close(fd);
}
END_TEST

START_TEST(garbage_is_refused)
{
    const char *const texts[] = {"\r\n\r\n", "GET\r\n\r\n", "nonsense\n\n", "GET http://cam\r\n\r\n"};
    int fd = visit(texts[_i]);
    char *got = read_until(fd, NULL);
    ck_assert(str_starts(got, "HTTP/1.1 400 "));
    free(got);
    close(fd);
}
END_TEST

START_TEST(an_endless_head_is_refused)
{
    int fd = visit("GET http://cam/ HTTP/1.1\r\n");
    struct reading r = {.fd = fd};
    buf_init(&r.in, 1u << 20);
    char line[1024];
    memset(line, 'x', sizeof line);
    memcpy(line, "X: ", 3);
    memcpy(line + sizeof line - 2, "\r\n", 2);
    for (int i = 0; i < 100 && !r.ended; i++) {
        if (send(fd, line, sizeof line, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
            break;
        loop_turn(world.loop, 0);
        has_read(&r);
    }
    world_wait("the end", has_read, &r);
    ck_assert_msg(str_starts(r.in.data, "HTTP/1.1 431 ") || !r.in.len, "%s", r.in.data);
    buf_release(&r.in);
    close(fd);
}
END_TEST

START_TEST(a_pod_that_went_away)
{
    loop_io_stop(&accepting);
    close(listener);
    char *request = ask("http://cam:8080/", "media");
    int fd = visit(request);
    char *got = read_until(fd, NULL), want[96];
    snprintf(want, sizeof want, "cannot connect to cam, which is now %s:", upstream_ip);
    ck_assert(str_starts(got, "HTTP/1.1 502 Bad Gateway\r\n"));
    ck_assert_ptr_nonnull(strstr(got, want));
    free(got);
    free(request);
    close(fd);
}
END_TEST

START_TEST(a_slow_reader_makes_no_queue)
{
    char *request = ask("http://cam:8080/", "media");
    int fd = visit(request);
    world_wait("a connection", is_connected, NULL);
    free(read_until(upstream, "\r\n\r\n"));
    char block[64 << 10];
    memset(block, 'x', sizeof block);
    size_t sent = 0;
    for (int idle = 0; idle < 50;) { /* until nobody takes any more */
        ssize_t n = send(upstream, block, sizeof block, MSG_NOSIGNAL);
        idle = n > 0 ? 0 : idle + 1;
        sent += n > 0 ? (size_t)n : 0;
        loop_turn(world.loop, 0);
        ck_assert_uint_lt(sent, 64u << 20);
    }
    /* Another visitor is served meanwhile. */
    int first = upstream;
    upstream = -1;
    int other = visit(request);
    world_wait("another connection", is_connected, NULL);
    free(read_until(upstream, "\r\n\r\n"));
    ck_assert_int_eq(write(upstream, "hi", 2), 2);
    char *got = read_until(other, "hi");
    free(got);
    close(upstream);
    close(other);
    /* And when the slow one reads, every byte comes. */
    close(first);
    upstream = -1;
    struct reading r = {.fd = fd};
    buf_init(&r.in, 80u << 20);
    world_wait("the rest", has_read, &r);
    ck_assert_uint_eq(r.in.len, sent);
    buf_release(&r.in);
    free(request);
    close(fd);
}
END_TEST

START_TEST(a_body_goes_up)
{
    char *head = ask("http://cam:8080/", "media"), *cut = strstr(head, "X-Own");
    char *request = xasprintf("%.*sContent-Length: 300000\r\n\r\n", (int)(cut - head), head);
    memcpy(request, "PUT", 3);
    int fd = visit(request);
    size_t sent = 0, got = 0;
    char block[8192];
    memset(block, 'b', sizeof block);
    world_wait("a connection", is_connected, NULL);
    free(read_until(upstream, "\r\n\r\n"));
    while (got < 300000) {
        if (sent < 300000) {
            ssize_t n = send(fd, block, MIN(sizeof block, 300000 - sent), MSG_NOSIGNAL);
            sent += n > 0 ? (size_t)n : 0;
        }
        loop_turn(world.loop, 0);
        ssize_t n = read(upstream, block, sizeof block);
        for (ssize_t i = 0; i < n; i++)
            ck_assert_int_eq(block[i], 'b');
        got += n > 0 ? (size_t)n : 0;
    }
    ck_assert_uint_eq(got, 300000);
    free(head);
    free(request);
    close(fd);
}
END_TEST

static bool upstream_ended(void *data UNUSED)
{
    char byte;
    return read(upstream, &byte, 1) == 0;
}

START_TEST(a_client_that_goes_is_noticed)
{
    char *request = ask("http://cam:8080/", "media");
    int fd = visit(request);
    world_wait("a connection", is_connected, NULL);
    free(read_until(upstream, "\r\n\r\n"));
    close(fd);
    world_wait("the pod to be told", upstream_ended, NULL);
    free(request);
}
END_TEST

START_TEST(other_hosts_by_address)
{
    char *url = xasprintf("http://%s:%d/x", upstream_ip, upstream_port), *request = ask(url, "media");
    int fd = visit(request);
    world_wait("a connection", is_connected, NULL);
    char *head = read_until(upstream, "\r\n\r\n");
    ck_assert(str_starts(head, "GET /x HTTP/1.1\r\n"));
    free(head);
    free(request);
    free(url);
    close(fd);
}
END_TEST

/* From one pod to another by the Service's name, through the whole of the edge. */
static bool log_ok(void *data UNUSED)
{
    char *log = world_log("asker", false);
    bool ok = strstr(log, "hello from cam") != NULL;
    free(log);
    return ok;
}

static bool serve(void *data UNUSED)
{
    static bool answered;
    if (upstream >= 0 && !answered) {
        const char *text = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nhello from cam\n";
        answered = write(upstream, text, strlen(text)) > 0;
    }
    return log_ok(NULL);
}

START_TEST(pod_to_pod)
{
    world_apply(
        "Pod",
        "{\"metadata\":{\"name\":\"asker\"},\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"test/sh:1\","
        "\"args\":[\"-c\",\"curl -s http://cam:8080/video; sleep 1000\"]}]}}");
    world_wait("the answer in the log", serve, NULL);
}
END_TEST

Suite *edge_agents_proxy_suite(void)
{
    Suite *suite = suite_create("edge_proxy");
    TCase *c = tcase_create("proxy");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, a_request_reaches_the_pod_and_the_answer_comes_back, 0, 5);
    tcase_add_loop_test(c, refusals_are_sentences, 0, ARRAY_SIZE(refusals));
    tcase_add_loop_test(c, garbage_is_refused, 0, 4);
    tcase_add_test(c, an_endless_head_is_refused);
    tcase_add_test(c, a_pod_that_went_away);
    tcase_add_test(c, a_slow_reader_makes_no_queue);
    tcase_add_test(c, a_body_goes_up);
    tcase_add_test(c, a_client_that_goes_is_noticed);
    tcase_add_test(c, other_hosts_by_address);
    tcase_add_test(c, pod_to_pod);
    suite_add_tcase(suite, c);
    return suite;
}
