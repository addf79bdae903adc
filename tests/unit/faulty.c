#include "faulty.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/socket.h"

#define ROOM (64u << 10)
#define MARK " HTTP/1.1\r\n" /* the end of a request's first line */

enum { UP, DOWN };

struct link;

/* Bytes one way: read from one end, held, written to the other. */
struct way {
    struct link *link;
    int from; /* index of the end */
    struct buf held;
    size_t sent;
    bool ended, shut; /* no more to read; and that was passed on */
    int64_t due;      /* when what is held may go */
};

struct link {
    struct faulty *faulty;
    struct link *prev, *next;
    int fds[2]; /* the client's, the server's */
    struct loop_io io[2];
    struct way ways[2];
    bool connecting;
    size_t marked; /* how much of MARK the last bytes up were */
};

struct limit {
    bool set, hard;
    uint64_t left;
};

struct faulty {
    struct loop *loop;
    struct loop_io listen;
    struct loop_timer timer;
    struct link *links;
    int fd;
    uint16_t port;
    struct sockaddr_storage target;
    socklen_t target_len;
    bool stalled;
    int64_t delay;
    struct limit limits[2];
    struct faulty_counts counts;
};

static void unlink_link(struct link *link, bool hard)
{
    struct faulty *f = link->faulty;
    for (int i = 0; i < 2; i++) {
        loop_io_stop(&link->io[i]);
        struct linger linger = {1, 0};
        if (hard)
            setsockopt(link->fds[i], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        if (link->fds[i] >= 0)
            close(link->fds[i]);
        buf_release(&link->ways[i].held);
    }
    *(link->prev ? &link->prev->next : &f->links) = link->next;
    if (link->next)
        link->next->prev = link->prev;
    f->counts.open--;
    free(link);
}

static void count_requests(struct link *link, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        link->marked = bytes[i] == MARK[link->marked] ? link->marked + 1 : bytes[i] == MARK[0];
        if (link->marked == strlen(MARK)) {
            link->faulty->counts.requests++;
            link->marked = 0;
        }
    }
}

/* What is watched for follows from what is held. */
static void watch(struct link *link)
{
    struct faulty *f = link->faulty;
    int64_t now = loop_now(f->loop);
    for (int i = 0; i < 2; i++) {
        struct way *out = &link->ways[i], *in = &link->ways[1 - i]; /* out of this end, into it */
        bool waits = in->held.len > in->sent;
        short events = 0;
        if (!f->stalled && !link->connecting && !out->ended && out->held.len < ROOM)
            events |= POLLIN;
        if ((i == 1 && link->connecting) || (!f->stalled && waits && in->due <= now))
            events |= POLLOUT;
        if (waits && in->due > now && (!loop_timer_active(&f->timer) || f->timer.at > in->due))
            loop_timer_start(&f->timer, in->due - now);
        if (events)
            loop_io_start(&link->io[i], link->fds[i], events);
        else
            loop_io_stop(&link->io[i]);
    }
}

/* False: the limit was reached, and the link is gone. */
static bool take(struct way *way, const char *bytes, size_t len)
{
    struct link *link = way->link;
    struct faulty *f = link->faulty;
    struct limit *limit = &f->limits[way->from];
    bool reached = limit->set && len >= limit->left + (limit->left == 0);
    size_t n = limit->set ? MIN(len, limit->left) : len;
    if (!way->held.len)
        way->due = loop_now(f->loop) + f->delay;
    buf_add(&way->held, bytes, n);
    if (limit->set)
        limit->left -= n;
    if (way->from == UP) {
        f->counts.up += n;
        count_requests(link, bytes, n);
    } else {
        f->counts.down += n;
    }
    if (!reached)
        return true;
    limit->set = false;
    /* What came before still passes. */
    if (!link->connecting && way->held.len > way->sent)
        send(link->fds[1 - way->from], way->held.data + way->sent, way->held.len - way->sent, MSG_NOSIGNAL);
    unlink_link(link, limit->hard);
    return false;
}

/* Each returns false when the link is gone. */
static bool read_end(struct link *link, int end)
{
    struct way *way = &link->ways[end];
    char bytes[ROOM];
    ssize_t n = recv(link->fds[end], bytes, ROOM - way->held.len, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return true;
    if (n < 0) {
        unlink_link(link, true);
        return false;
    }
    way->ended |= n == 0;
    return n == 0 || take(way, bytes, (size_t)n);
}

static bool write_end(struct link *link, int end)
{
    struct way *way = &link->ways[1 - end];
    if (way->held.len > way->sent) {
        ssize_t n = send(link->fds[end], way->held.data + way->sent, way->held.len - way->sent,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) {
            unlink_link(link, true);
            return false;
        }
        way->sent += n > 0 ? (size_t)n : 0;
    }
    if (way->sent == way->held.len) {
        buf_reset(&way->held);
        way->sent = 0;
    }
    return true;
}

static bool pass_ends(struct link *link)
{
    for (int i = 0; i < 2; i++) {
        struct way *way = &link->ways[i];
        if (way->ended && !way->shut && !way->held.len && !link->connecting) {
            way->shut = true;
            shutdown(link->fds[1 - i], SHUT_WR);
        }
    }
    if (link->ways[UP].shut && link->ways[DOWN].shut) {
        unlink_link(link, false);
        return false;
    }
    return true;
}

static void on_end(struct link *link, int end, short revents)
{
    if (end == 1 && link->connecting) {
        int error = 0;
        socklen_t len = sizeof error;
        getsockopt(link->fds[1], SOL_SOCKET, SO_ERROR, &error, &len);
        if (error) {
            unlink_link(link, true);
            return;
        }
        link->connecting = false;
    } else {
        if (revents & POLLOUT && !write_end(link, end))
            return;
        if (revents & ~POLLOUT && !link->faulty->stalled && !link->ways[end].ended &&
            link->ways[end].held.len < ROOM && !read_end(link, end))
            return;
    }
    if (pass_ends(link))
        watch(link);
}

static void on_client(void *data, short revents)
{
    on_end(data, 0, revents);
}

static void on_server(void *data, short revents)
{
    on_end(data, 1, revents);
}

static void on_accept(void *data, short revents UNUSED)
{
    struct faulty *f = data;
    int fd = accept4(f->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    f->counts.connections++;
    int server = socket(f->target.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server < 0 ||
        (connect(server, (struct sockaddr *)&f->target, f->target_len) < 0 && errno != EINPROGRESS)) {
        struct linger linger = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        close(fd);
        if (server >= 0)
            close(server);
        return;
    }
    struct link *link = xcalloc(1, sizeof *link);
    link->faulty = f;
    link->fds[0] = fd;
    link->fds[1] = server;
    link->connecting = true;
    link->next = f->links;
    if (link->next)
        link->next->prev = link;
    f->links = link;
    f->counts.open++;
    for (int i = 0; i < 2; i++) {
        link->ways[i] = (struct way){.link = link, .from = i};
        buf_init(&link->ways[i].held, ROOM);
        loop_io_init(&link->io[i], f->loop, i ? on_server : on_client, link);
        setsockopt(link->fds[i], IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    }
    watch(link);
}

static void watch_all(struct faulty *f)
{
    for (struct link *link = f->links; link; link = link->next)
        watch(link);
}

static void on_due(void *data)
{
    watch_all(data);
}

/* ---- commands ---- */

static int listen_again(struct faulty *f, struct err *err)
{
    if (f->fd >= 0)
        return 0;
    f->fd = socket_listen("127.0.0.1", &f->port, err);
    if (f->fd < 0)
        return -1;
    loop_io_start(&f->listen, f->fd, POLLIN);
    return 0;
}

static void refuse(struct faulty *f)
{
    loop_io_stop(&f->listen);
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

static void end_all(struct faulty *f, bool hard)
{
    while (f->links)
        unlink_link(f->links, hard);
}

static void half(struct faulty *f)
{
    for (struct link *link = f->links; link; link = link->next) {
        struct way *down = &link->ways[DOWN];
        down->ended = true;
        buf_reset(&down->held);
        down->sent = 0;
        pass_ends(link);
    }
}

int faulty_command(struct faulty *f, const char *command, struct err *err)
{
    char word[16] = "", way[8] = "";
    unsigned long long n = 0;
    int words = sscanf(command, "%15s %7s %llu", word, way, &n), ms = 0;
    if (str_eq(word, "cut") || str_eq(word, "reset")) {
        bool hard = str_eq(word, "reset");
        if (words == 1)
            end_all(f, hard);
        else if (words == 3 && (str_eq(way, "up") || str_eq(way, "down")))
            f->limits[str_eq(way, "up") ? UP : DOWN] = (struct limit){true, hard, n};
        else
            return err_set(err, "faulty: '%s' is not '%s' or '%s up|down N'", command, word, word);
        return 0;
    }
    if (str_eq(word, "pass")) {
        f->stalled = false;
        f->delay = 0;
        f->limits[UP] = f->limits[DOWN] = (struct limit){0};
        if (listen_again(f, err) < 0)
            return -1;
    } else if (str_eq(word, "stall")) {
        f->stalled = true;
    } else if (str_eq(word, "refuse")) {
        refuse(f);
    } else if (str_eq(word, "half")) {
        half(f);
    } else if (str_eq(word, "delay") && sscanf(way, "%d", &ms) == 1) {
        f->delay = ms * NSEC_PER_MSEC;
    } else if (!str_eq(word, "counts")) {
        return err_set(err, "faulty: there is no command '%s'", command);
    }
    watch_all(f);
    return 0;
}

struct faulty_counts faulty_counts(const struct faulty *f)
{
    return f->counts;
}

uint16_t faulty_port(const struct faulty *f)
{
    return f->port;
}

struct faulty *faulty_new(struct loop *loop, uint16_t port, const char *target, uint16_t target_port, struct err *err)
{
    char service[8];
    snprintf(service, sizeof service, "%u", target_port);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *list = NULL;
    if (getaddrinfo(target, service, &hints, &list) != 0) {
        err_set(err, "faulty: '%s' is not an IP address", target);
        return NULL;
    }
    struct faulty *f = xcalloc(1, sizeof *f);
    f->loop = loop;
    f->fd = -1;
    f->port = port;
    memcpy(&f->target, list->ai_addr, list->ai_addrlen);
    f->target_len = list->ai_addrlen;
    freeaddrinfo(list);
    loop_io_init(&f->listen, loop, on_accept, f);
    loop_timer_init(&f->timer, loop, on_due, f);
    if (listen_again(f, err) < 0) {
        free(f);
        return NULL;
    }
    return f;
}

void faulty_free(struct faulty *f)
{
    if (!f)
        return;
    end_all(f, false);
    refuse(f);
    loop_timer_stop(&f->timer);
    free(f);
}
