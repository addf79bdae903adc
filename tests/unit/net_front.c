/* A TLS front before a plain server: what libmicrohttpd does not do (session tickets, ALPN, bytes after an upgrade). */
#include "net_test.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sys/socket.h>

#include "net/socket.h"

#define ROOM (64u << 10)
#define MUST(call) ck_assert_msg((call) >= 0, "%s", #call)

struct pipe { /* one connection */
    struct pipe *next;
    struct tls_front *front;
    int fds[2]; /* the client's, the plain server's */
    struct loop_io io[2];
    gnutls_session_t tls;
    struct buf in, out; /* for the server, for the client */
    bool ready, ends[2], gone;
};

struct tls_front {
    int fd;
    struct loop_io listen;
    struct loop_task sweep;
    struct pipe *pipes;
    uint16_t target, other;
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priority;
    gnutls_datum_t ticket_key;
    const char *alpn;
    struct tls_front_counts counts;
};

static void drop(struct pipe *pipe)
{
    for (int i = 0; i < 2; i++) {
        loop_io_stop(&pipe->io[i]);
        if (pipe->fds[i] >= 0)
            close(pipe->fds[i]);
    }
    gnutls_deinit(pipe->tls);
    buf_release(&pipe->in);
    buf_release(&pipe->out);
    free(pipe);
}

static void sweep(void *data)
{
    struct tls_front *front = data;
    for (struct pipe **at = &front->pipes; *at;) {
        struct pipe *pipe = *at;
        if (!pipe->gone) {
            at = &pipe->next;
            continue;
        }
        *at = pipe->next;
        drop(pipe);
    }
}

static void end(struct pipe *pipe)
{
    pipe->gone = true;
    loop_io_stop(&pipe->io[0]);
    loop_io_stop(&pipe->io[1]);
    loop_task_start(&pipe->front->sweep);
}

static bool shake(struct pipe *pipe)
{
    int rc = gnutls_handshake(pipe->tls);
    if (rc < 0) {
        if (gnutls_error_is_fatal(rc))
            end(pipe);
        return false;
    }
    gnutls_datum_t protocol = {0};
    struct tls_front_counts *counts = &pipe->front->counts;
    pipe->ready = true;
    counts->handshakes++;
    counts->resumed += gnutls_session_is_resumed(pipe->tls) != 0;
    gnutls_alpn_get_selected_protocol(pipe->tls, &protocol);
    snprintf(counts->alpn, sizeof counts->alpn, "%.*s", (int)protocol.size, protocol.size ? (char *)protocol.data : "");
    if (!protocol.size && pipe->front->other) {
        loop_io_stop(&pipe->io[1]);
        close(pipe->fds[1]);
        pipe->fds[1] = raw_connect(pipe->front->other);
    }
    return true;
}

/* As much as goes, each way. */
static void pump(struct pipe *pipe)
{
    static char bytes[ROOM];
    ssize_t n;
    while (pipe->in.len < ROOM && (n = gnutls_record_recv(pipe->tls, bytes, ROOM)) != GNUTLS_E_AGAIN) {
        if (n == GNUTLS_E_INTERRUPTED)
            continue;
        if (n <= 0) {
            pipe->ends[0] = true;
            break;
        }
        buf_add(&pipe->in, bytes, (size_t)n);
    }
    while (pipe->in.len && (n = send(pipe->fds[1], pipe->in.data, pipe->in.len, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
        buf_drop(&pipe->in, (size_t)n);
    while (pipe->out.len < ROOM && !pipe->ends[1] && (n = recv(pipe->fds[1], bytes, ROOM, MSG_DONTWAIT)) >= 0) {
        pipe->ends[1] = n == 0;
        buf_add(&pipe->out, bytes, (size_t)n);
    }
    while (pipe->out.len && (n = gnutls_record_send(pipe->tls, pipe->out.data, pipe->out.len)) > 0)
        buf_drop(&pipe->out, (size_t)n);
    if (pipe->ends[0] || (pipe->ends[1] && !pipe->out.len)) {
        if (pipe->ends[1])
            gnutls_bye(pipe->tls, GNUTLS_SHUT_WR);
        end(pipe);
    }
}

static void on_ready(void *data, short revents)
{
    (void)revents;
    struct pipe *pipe = data;
    if (pipe->ready || shake(pipe))
        pump(pipe);
    if (pipe->gone)
        return;
    bool write = pipe->ready ? pipe->out.len > 0 : gnutls_record_get_direction(pipe->tls) == 1;
    bool read = !pipe->ready || pipe->in.len < ROOM;
    loop_io_start(&pipe->io[0], pipe->fds[0], (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0)));
    loop_io_start(&pipe->io[1], pipe->fds[1],
                  (short)((pipe->ready && pipe->out.len < ROOM ? POLLIN : 0) | (pipe->in.len ? POLLOUT : 0)));
}

static void on_accept(void *data, short revents)
{
    (void)revents;
    struct tls_front *front = data;
    struct pipe *pipe = xcalloc(1, sizeof *pipe);
    pipe->front = front;
    pipe->next = front->pipes;
    front->pipes = pipe;
    pipe->fds[0] = accept4(front->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    pipe->fds[1] = raw_connect(front->target);
    buf_init(&pipe->in, 2 * ROOM);
    buf_init(&pipe->out, 2 * ROOM);
    MUST(gnutls_init(&pipe->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK));
    MUST(gnutls_priority_set(pipe->tls, front->priority));
    MUST(gnutls_credentials_set(pipe->tls, GNUTLS_CRD_CERTIFICATE, front->credentials));
    MUST(gnutls_session_ticket_enable_server(pipe->tls, &front->ticket_key));
    gnutls_datum_t protocol = {(unsigned char *)(uintptr_t)front->alpn, (unsigned)strlen(front->alpn)};
    MUST(gnutls_alpn_set_protocols(pipe->tls, &protocol, 1, 0));
    gnutls_transport_set_int(pipe->tls, pipe->fds[0]);
    for (int i = 0; i < 2; i++)
        loop_io_init(&pipe->io[i], net.loop, on_ready, pipe);
    on_ready(pipe, 0);
}

struct tls_front *tls_front_new(const char *cert, const char *key, const char *alpn, uint16_t target)
{
    struct err err = ERR_INIT;
    struct tls_front *front = xcalloc(1, sizeof *front);
    uint16_t port = 0;
    front->target = target;
    front->alpn = alpn;
    front->fd = socket_listen("127.0.0.1", &port, &err);
    ck_assert_msg(front->fd >= 0, "%s", err.text);
    gnutls_datum_t c = {(unsigned char *)(uintptr_t)cert, (unsigned)strlen(cert)};
    gnutls_datum_t k = {(unsigned char *)(uintptr_t)key, (unsigned)strlen(key)};
    MUST(gnutls_certificate_allocate_credentials(&front->credentials));
    MUST(gnutls_certificate_set_x509_key_mem(front->credentials, &c, &k, GNUTLS_X509_FMT_PEM));
    MUST(gnutls_priority_init(&front->priority, "NORMAL", NULL));
    MUST(gnutls_session_ticket_key_generate(&front->ticket_key));
    loop_task_init(&front->sweep, net.loop, sweep, front);
    loop_io_init(&front->listen, net.loop, on_accept, front);
    loop_io_start(&front->listen, front->fd, POLLIN);
    snprintf(net.origin, sizeof net.origin, "https://127.0.0.1:%u", port);
    return front;
}

void tls_front_else(struct tls_front *front, uint16_t target)
{
    front->other = target;
}

struct tls_front_counts *tls_front_counts(struct tls_front *front)
{
    return &front->counts;
}

void tls_front_cut(struct tls_front *front)
{
    for (struct pipe *pipe = front->pipes; pipe; pipe = pipe->next)
        end(pipe);
}

void tls_front_free(struct tls_front *front)
{
    tls_front_cut(front);
    sweep(front);
    loop_task_stop(&front->sweep);
    loop_io_stop(&front->listen);
    close(front->fd);
    gnutls_certificate_free_credentials(front->credentials);
    gnutls_priority_deinit(front->priority);
    gnutls_free(front->ticket_key.data);
    free(front);
}
