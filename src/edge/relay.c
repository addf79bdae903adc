#include "edge/relay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define WAY_MAX (64u << 10)
/* A client that sends no more, while nothing comes for it either, may be gone altogether: TCP does not tell. */
#define HALF_GONE (10 * NSEC_PER_SEC)

struct way { /* one direction: read here, not yet written there */
    struct buf bytes;
    bool ended; /* nothing more comes */
    bool told;  /* and the other side knows */
};

struct relay {
    struct loop *loop;
    struct loop_io client, server;
    int client_fd, server_fd; /* known also while their sources are stopped */
    struct way up, down;      /* up: client → server */
    struct loop_timer half_gone;
    loop_fn done;
    void *data;
};

/* Reads once. -1: the socket is broken. */
static int fill(struct way *way, int fd)
{
    char bytes[16 << 10];
    size_t room = MIN(sizeof bytes, WAY_MAX - way->bytes.len);
    if (way->ended || !room)
        return 0;
    ssize_t n = recv(fd, bytes, room, 0);
    if (n > 0)
        buf_add(&way->bytes, bytes, (size_t)n);
    else if (n == 0)
        way->ended = true;
    else if (errno != EAGAIN && errno != EINTR)
        return -1;
    return 0;
}

static int drain(struct way *way, int fd)
{
    if (way->bytes.len) {
        ssize_t n = send(fd, way->bytes.data, way->bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        if (n > 0)
            buf_drop(&way->bytes, (size_t)n);
    }
    if (way->ended && !way->bytes.len && !way->told) {
        shutdown(fd, SHUT_WR);
        way->told = true;
    }
    return 0;
}

/* A socket that nothing is wanted of is not watched at all: poll would report its hang-up again and again. */
static void watch(struct loop_io *io, int fd, const struct way *in, const struct way *out)
{
    short events = 0;
    if (!in->ended && in->bytes.len < WAY_MAX)
        events |= POLLIN;
    if (out->bytes.len)
        events |= POLLOUT;
    if (events)
        loop_io_start(io, fd, events);
    else
        loop_io_stop(io);
}

static void finish(struct relay *r)
{
    loop_fn done = r->done;
    void *data = r->data;
    relay_free(r);
    done(data);
}

static void pump(struct relay *r, short client, short server)
{
    bool moved = client || server;
    /* A server that hangs up early has perhaps answered all the same: its answer still goes through. */
    if (server && fill(&r->down, r->server_fd) < 0)
        r->down.ended = true;
    if (client && fill(&r->up, r->client_fd) < 0) {
        finish(r);
        return;
    }
    if (drain(&r->up, r->server_fd) < 0) {
        buf_reset(&r->up.bytes);
        r->up.ended = r->up.told = true;
    }
    if (drain(&r->down, r->client_fd) < 0 || r->down.told) {
        finish(r);
        return;
    }
    watch(&r->client, r->client_fd, &r->up, &r->down);
    watch(&r->server, r->server_fd, &r->down, &r->up);
    if (r->up.ended && moved)
        loop_timer_start(&r->half_gone, HALF_GONE);
}

static void on_client(void *data, short revents)
{
    pump(data, revents, 0);
}

static void on_server(void *data, short revents)
{
    pump(data, 0, revents);
}

static void on_half_gone(void *data)
{
    finish(data);
}

struct relay *relay_new(struct loop *loop, int client, int server, struct buf *first, loop_fn done, void *data)
{
    struct relay *r = xcalloc(1, sizeof *r);
    r->client_fd = client;
    r->server_fd = server;
    r->loop = loop;
    /* What comes in small pieces (a frame's end, a line of detections) must not wait for the next. */
    const int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    r->done = done;
    r->data = data;
    buf_init(&r->up.bytes, WAY_MAX + first->len); /* the head may stand before a full way */
    buf_init(&r->down.bytes, WAY_MAX);
    buf_add(&r->up.bytes, first->data, first->len);
    buf_reset(first);
    loop_io_init(&r->client, loop, on_client, r);
    loop_io_init(&r->server, loop, on_server, r);
    loop_timer_init(&r->half_gone, loop, on_half_gone, r);
    watch(&r->client, client, &r->up, &r->down);
    watch(&r->server, server, &r->down, &r->up);
    return r;
}

void relay_free(struct relay *r)
{
    loop_io_stop(&r->client);
    loop_io_stop(&r->server);
    loop_timer_stop(&r->half_gone);
    close(r->client_fd);
    close(r->server_fd);
    buf_release(&r->up.bytes);
    buf_release(&r->down.bytes);
    free(r);
}
