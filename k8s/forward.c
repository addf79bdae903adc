#include "k8s/forward.h"

#include <sys/socket.h>

#include "base/text.h"
#include "k8s/channels.h"
#include "k8s/record.h"
#include "net/socket.h"

#define PROTOCOL "v4.channel.k8s.io"
#define MAX_CONNECTIONS 256 /* further ones wait in the listeners' queues */
#define PIECE (32u << 10)
#define HOLD (256u << 10)   /* that a client has not taken: the pod is paused */
#define MAX_HELD (4u << 20)
#define MAX_WHY 1024
#define LAST_WORDS (10 * NSEC_PER_SEC)
#define NO_DESCRIPTOR NSEC_PER_SEC

enum { CHANNEL_DATA, CHANNEL_ERROR, CHANNELS };

struct forward {
    struct kube_client *client;
    struct forward_events events;
    void *data;
    char *path, *ns, *pod;
    uint16_t local, remote;
    uint64_t sent, received;
    struct loop_io listeners[2]; /* IPv4, IPv6 */
    struct loop_timer again;     /* accepting rested for want of a descriptor */
    struct connection *connections;
    size_t count;
};

struct connection {
    struct forward *forward;
    struct connection *next, **prev;
    struct loop_io io;
    int fd;
    struct channels *channels; /* NULL once the pod's side is over */
    size_t prelude[CHANNELS];  /* bytes seen of the port that each channel begins with */
    struct buf out, why;
    size_t taken; /* of out, by the client */
    struct loop_timer last_words;
    bool open, ended_in /* by the client */, ended_out, paused;
};

static void listen_again(struct forward *f);
static void watch(struct connection *c);

/* ---- a connection's end ---- */

static void connection_free(struct connection *c)
{
    struct forward *f = c->forward;
    *c->prev = c->next;
    if (c->next)
        c->next->prev = c->prev;
    f->count--;
    channels_free(c->channels);
    loop_io_stop(&c->io);
    loop_timer_stop(&c->last_words);
    close(c->fd);
    buf_release(&c->out);
    buf_release(&c->why);
    free(c);
}

static void drop(struct connection *c)
{
    struct forward *f = c->forward;
    connection_free(c);
    listen_again(f);
}

/* The client must not take a part for the whole: it sees a reset, not an end. */
static void reset(struct connection *c, const char *why)
{
    struct forward *f = c->forward;
    struct linger now = {.l_onoff = 1};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    struct err sentence = ERR_INIT;
    struct buf clean;
    buf_init(&clean, 2 * MAX_WHY);
    text_sanitise(&clean, why, strnlen(why, MAX_WHY));
    err_set(&sentence, "a connection to port %u of pod %s broke: %s", f->remote, f->pod, clean.data);
    buf_release(&clean);
    drop(c);
    if (f->events.failed)
        f->events.failed(f->data, sentence.text);
}

/* ---- from the pod to the client ---- */

/* False: the connection is gone. */
static bool write_out(struct connection *c)
{
    while (c->taken < c->out.len) {
        ssize_t n = send(c->fd, c->out.data + c->taken, c->out.len - c->taken, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN) {
            drop(c); /* the client left */
            return false;
        }
        if (n < 0)
            break;
        c->taken += (size_t)n;
    }
    if (c->taken == c->out.len) {
        buf_reset(&c->out);
        c->taken = 0;
    }
    bool much = c->out.len - c->taken > (c->paused ? HOLD / 2 : HOLD);
    if (c->channels && much != c->paused) {
        c->paused = much;
        channels_pause(c->channels, much);
    }
    if (!c->channels && !c->out.len && !c->ended_out) {
        if (c->ended_in) {
            drop(c);
            return false;
        }
        /* Closing with something unread would be a reset, which takes away what the client did not read yet. */
        c->ended_out = true;
        shutdown(c->fd, SHUT_WR);
        loop_timer_start(&c->last_words, LAST_WORDS);
    }
    watch(c);
    return true;
}

static void on_bytes(void *data, int channel, const char *bytes, size_t len)
{
    struct connection *c = data;
    if (channel >= CHANNELS)
        return;
    size_t head = MIN(len, 2 - c->prelude[channel]);
    c->prelude[channel] += head;
    bytes += head;
    len -= head;
    if (!len)
        return;
    if (channel == CHANNEL_ERROR) {
        buf_add(&c->why, bytes, MIN(len, MAX_WHY - c->why.len));
        if (!loop_timer_active(&c->last_words)) /* for the rest of the sentence */
            loop_timer_start(&c->last_words, NSEC_PER_SEC);
        return;
    }
    c->forward->received += len;
    if (c->ended_in)
        loop_timer_start(&c->last_words, LAST_WORDS);
    if (c->taken) {
        buf_drop(&c->out, c->taken);
        c->taken = 0;
    }
    if (buf_add(&c->out, bytes, len) < 0)
        reset(c, "the server sends more than was asked for");
    else
        write_out(c);
}

/* Its error channel has spoken. Runtimes say a lot before they come to it. */
static void refused(struct connection *c)
{
    bool nobody = strstr(c->why.data, "connection refused") != NULL;
    reset(c, nobody ? "nothing listens there (connection refused)" : c->why.data);
}

static void on_done(void *data, const struct err *err)
{
    struct connection *c = data;
    if (c->why.len) {
        refused(c);
    } else if (err_is_set(err)) {
        reset(c, err->text);
    } else {
        channels_free(c->channels);
        c->channels = NULL;
        write_out(c);
    }
}

/* ---- from the client to the pod ---- */

static void read_in(struct connection *c)
{
    static char piece[PIECE];
    for (int i = 0; i < 8 && !(c->channels && channels_full(c->channels)); i++) {
        ssize_t n = recv(c->fd, piece, sizeof piece, MSG_DONTWAIT);
        if (n > 0) {
            c->forward->sent += (size_t)n;
            if (c->channels)
                channels_send(c->channels, CHANNEL_DATA, piece, (size_t)n);
        } else if (n == 0) {
            c->ended_in = true;
            if (c->ended_out) {
                drop(c);
                return;
            }
            loop_timer_start(&c->last_words, LAST_WORDS);
            break;
        } else if (errno == EAGAIN || errno == EINTR) {
            break;
        } else {
            drop(c); /* the client left in anger */
            return;
        }
    }
    watch(c);
}

static void on_io(void *data, short revents)
{
    struct connection *c = data;
    /* Told whether asked for or not: the client was reset, or is gone while the pod takes nothing. */
    if ((revents & POLLERR) || ((revents & POLLHUP) && c->channels && channels_full(c->channels))) {
        drop(c);
        return;
    }
    if ((revents & POLLOUT) && !write_out(c))
        return;
    if (revents & (POLLIN | POLLERR | POLLHUP)) {
        if (!c->ended_in && c->open)
            read_in(c);
        else if (revents & (POLLERR | POLLHUP))
            drop(c);
    }
}

static void watch(struct connection *c)
{
    bool in = c->open && !c->ended_in && !(c->channels && channels_full(c->channels));
    loop_io_start(&c->io, c->fd, (short)((in ? POLLIN : 0) | (c->out.len ? POLLOUT : 0)));
}

static void on_open(void *data)
{
    struct connection *c = data;
    c->open = true;
    watch(c);
}

static void on_room(void *data)
{
    watch(data);
}

static void on_last_words(void *data)
{
    struct connection *c = data;
    if (c->why.len)
        refused(c);
    else if (c->out.len > c->taken) /* the client is slow: a close now would look like the end */
        loop_timer_start(&c->last_words, LAST_WORDS);
    else
        drop(c);
}

/* ---- the listeners ---- */

static void take(struct forward *f, int fd)
{
    static const struct channels_events events = {on_open, on_bytes, on_room, on_done};
    static const char *const protocols[] = {PROTOCOL, NULL};
    struct loop *loop = kube_client_loop(f->client);
    struct connection *c = xcalloc(1, sizeof *c);
    c->forward = f;
    c->fd = fd;
    c->next = f->connections;
    c->prev = &f->connections;
    if (c->next)
        c->next->prev = &c->next;
    f->connections = c;
    f->count++;
    buf_init(&c->out, MAX_HELD);
    buf_init(&c->why, MAX_WHY);
    loop_io_init(&c->io, loop, on_io, c);
    loop_timer_init(&c->last_words, loop, on_last_words, c);
    c->channels = channels_new(f->client, f->path, protocols, "port forwarding", &events, c);
    watch(c); /* for a client that leaves before the pod answers */
}

/* One at a time: whoever is told of it may free us. */
static void on_listener(struct forward *f, int which)
{
    int fd = accept4(f->listeners[which].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        take(f, fd);
        listen_again(f);
        if (f->events.taken)
            f->events.taken(f->data);
    } else if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN) {
        struct err err = ERR_INIT;
        err_set_errno(&err, "cannot take a connection to port %u", f->local);
        loop_timer_start(&f->again, NO_DESCRIPTOR);
        listen_again(f);
        if (f->events.failed)
            f->events.failed(f->data, err.text);
    }
}

static void on_listener4(void *data, short revents UNUSED)
{
    on_listener(data, 0);
}

static void on_listener6(void *data, short revents UNUSED)
{
    on_listener(data, 1);
}

static void listen_again(struct forward *f)
{
    bool rest = f->count >= MAX_CONNECTIONS || loop_timer_active(&f->again);
    for (size_t i = 0; i < ARRAY_SIZE(f->listeners); i++)
        if (f->listeners[i].fd >= 0)
            loop_io_start(&f->listeners[i], f->listeners[i].fd, rest ? 0 : POLLIN);
}

static void on_again(void *data)
{
    listen_again(data);
}

void forward_to_pod(struct forward *f, const char *pod)
{
    struct buf path;
    char *before = f->pod;
    buf_init(&path, 4096);
    kind_path(&path, &kind_pod, f->ns, pod);
    buf_addf(&path, "/portforward?ports=%u", f->remote);
    free(f->path);
    f->path = buf_take(&path);
    f->pod = xstrdup(pod);
    free(before);
    buf_release(&path);
}

struct forward *forward_new(struct kube_client *client, const struct forward_options *options,
                            const struct forward_events *events, void *data, struct err *err)
{
    uint16_t port = options->local;
    int fd = socket_listen("127.0.0.1", &port, err);
    if (fd < 0)
        return NULL;
    struct loop *loop = kube_client_loop(client);
    struct forward *f = xcalloc(1, sizeof *f);
    f->client = client;
    f->events = *events;
    f->data = data;
    f->ns = xstrdup(options->ns);
    f->local = port;
    f->remote = options->remote;
    forward_to_pod(f, options->pod);
    loop_timer_init(&f->again, loop, on_again, f);
    loop_io_init(&f->listeners[0], loop, on_listener4, f);
    loop_io_init(&f->listeners[1], loop, on_listener6, f);
    loop_io_start(&f->listeners[0], fd, POLLIN);
    struct err ignored = ERR_INIT; /* a machine without IPv6, or with that port in use there */
    fd = socket_listen("::1", &port, &ignored);
    if (fd >= 0)
        loop_io_start(&f->listeners[1], fd, POLLIN);
    return f;
}

void forward_free(struct forward *f)
{
    if (!f)
        return;
    while (f->connections)
        connection_free(f->connections);
    loop_timer_stop(&f->again);
    for (size_t i = 0; i < ARRAY_SIZE(f->listeners); i++) {
        int fd = f->listeners[i].fd;
        loop_io_stop(&f->listeners[i]);
        if (fd >= 0)
            close(fd);
    }
    free(f->path);
    free(f->ns);
    free(f->pod);
    free(f);
}

uint16_t forward_port(const struct forward *f)
{
    return f->local;
}

bool forward_has_ipv6(const struct forward *f)
{
    return f->listeners[1].fd >= 0;
}

size_t forward_count(const struct forward *f)
{
    return f->count;
}

void forward_bytes(const struct forward *f, uint64_t *sent, uint64_t *received)
{
    *sent = f->sent;
    *received = f->received;
}
