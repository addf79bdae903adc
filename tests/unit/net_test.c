#include "net_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/socket.h"

struct net net;

void net_setup(void)
{
    net.loop = loop_new(NULL);
    net.client = http_curl_new(net.loop, "patchbay-test/1");
    net.server = NULL;
}

void net_teardown(void)
{
    http_transport_free(net.client);
    http_server_free(net.server);
    ck_assert(loop_idle(net.loop)); /* nothing forgot to stop its sources */
    loop_free(net.loop);
}

void net_serve_with(struct http_server_options options, http_handler_fn handler, void *data)
{
    struct err err = ERR_INIT;
    options.address = "127.0.0.1";
    net.server = http_server_new(net.loop, &options, handler, data, &err);
    ck_assert_msg(net.server != NULL, "%s", err.text);
    snprintf(net.origin, sizeof net.origin, "%s://127.0.0.1:%u", options.cert_pem ? "https" : "http",
             http_server_port(net.server));
}

void net_serve(http_handler_fn handler, void *data)
{
    net_serve_with((struct http_server_options){0}, handler, data);
}

const char *net_url(const char *path)
{
    static char url[512];
    snprintf(url, sizeof url, "%s%s", net.origin, path);
    return url;
}

void net_turn_for(int64_t ns)
{
    int64_t until = time_monotonic() + ns;
    while (time_monotonic() < until)
        loop_turn(net.loop, 5 * NSEC_PER_MSEC);
}

/* ---- a recorded call ---- */

static void got_head(void *data, struct http_call *call, const struct http_head *head)
{
    struct got *got = data;
    ck_assert_ptr_eq(call, got->call);
    ck_assert_int_eq(got->heads++, 0);
    ck_assert_int_eq(got->dones, 0);
    got->head = head;
    got->status = head->status;
    got->retry_after = head->retry_after;
    snprintf(got->type, sizeof got->type, "%s", head->content_type);
    if (got->on_head)
        got->on_head(got);
}

static void got_body(void *data, struct http_call *call, const char *bytes, size_t len)
{
    struct got *got = data;
    ck_assert_ptr_eq(call, got->call);
    ck_assert_int_eq(got->heads, 1);
    ck_assert_int_eq(got->dones, 0);
    buf_add(&got->body, bytes, len);
    got->pieces++;
    if (got->on_body)
        got->on_body(got);
}

static void got_done(void *data, struct http_call *call, const struct http_result *result)
{
    struct got *got = data;
    ck_assert_ptr_eq(call, got->call);
    got->dones++;
    got->result = *result;
    if (result->outcome == HTTP_DONE)
        ck_assert_str_eq(result->err.text, "");
    else
        ck_assert_str_ne(result->err.text, "");
    if (got->on_done)
        got->on_done(got);
}

static void got_sent(void *data, struct http_call *call)
{
    struct got *got = data;
    ck_assert_ptr_eq(call, got->call);
    ck_assert_int_eq(got->heads, 1);
    ck_assert_int_eq(got->dones, 0);
    got->sents++;
    if (got->on_sent)
        got->on_sent(got);
}

const struct http_events got_events = {got_head, got_body, got_done, got_sent};

void got_start(struct got *got, const struct http_request *request)
{
    if (!got->body.max)
        buf_init(&got->body, 64u << 20);
    got->call = http_start(net.client, request, &got_events, got);
}

void got_get(struct got *got, const char *path)
{
    got_start(got, &(struct http_request){.url = net_url(path)});
}

void got_release(struct got *got)
{
    buf_release(&got->body);
}

/* ---- bare sockets ---- */

int raw_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

void raw_send(int fd, const char *text)
{
    ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

void raw_read(int fd, struct buf *in, bool *eof)
{
    char bytes[16384];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        buf_add(in, bytes, (size_t)n);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        *eof = true;
}

struct raw_peer {
    struct raw_server *server;
    int i;
};

static struct raw_peer raw_peers[8];

static void raw_readable(void *data, short revents)
{
    (void)revents;
    struct raw_peer *peer = data;
    struct raw_server *s = peer->server;
    bool eof = false;
    raw_read(s->fds[peer->i], &s->in[peer->i], &eof);
    if ((s->in[peer->i].len && s->on_bytes(s, peer->i)) || eof) {
        loop_io_stop(&s->io[peer->i]);
        close(s->fds[peer->i]);
        s->fds[peer->i] = -1;
    }
}

static void raw_accept(void *data, short revents)
{
    (void)revents;
    struct raw_server *s = data;
    int i = s->accepted++;
    ck_assert_int_lt(i, 8);
    s->fds[i] = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
    buf_init(&s->in[i], 1u << 20);
    raw_peers[i] = (struct raw_peer){s, i};
    loop_io_init(&s->io[i], net.loop, raw_readable, &raw_peers[i]);
    loop_io_start(&s->io[i], s->fds[i], POLLIN);
}

void raw_serve(struct raw_server *s, bool (*on_bytes)(struct raw_server *, int))
{
    struct err err = ERR_INIT;
    *s = (struct raw_server){.on_bytes = on_bytes};
    s->fd = socket_listen("127.0.0.1", &s->port, &err);
    ck_assert_msg(s->fd >= 0, "%s", err.text);
    loop_io_init(&s->listen, net.loop, raw_accept, s);
    loop_io_start(&s->listen, s->fd, POLLIN);
    snprintf(net.origin, sizeof net.origin, "http://127.0.0.1:%u", s->port);
}

void raw_release(struct raw_server *s)
{
    loop_io_stop(&s->listen);
    close(s->fd);
    for (int i = 0; i < s->accepted; i++) {
        loop_io_stop(&s->io[i]);
        if (s->fds[i] >= 0)
            close(s->fds[i]);
        buf_release(&s->in[i]);
    }
}
