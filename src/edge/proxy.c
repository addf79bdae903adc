#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/child.h"
#include "edge/edge.h"
#include "edge/object.h"
#include "edge/proxyhead.h"
#include "edge/relay.h"

#define HEAD_MAX (64u << 10)
#define VISITS_MAX 1024
#define PATIENCE (10 * NSEC_PER_SEC) /* for a head, for a name, for a connection */

struct edge_proxy {
    struct edge_store *store;
    struct loop *loop;
    struct loop_io listener;
    struct loop_timer breath; /* before accepting again when descriptors ran out */
    int fd;
    char url[64];
    struct visit *visits;
    size_t count;
};

/* One request: its head is read, its host is found, the pod is connected to; then a relay does the rest. */
struct visit {
    struct edge_proxy *proxy;
    struct loop_io client, server, names;
    struct buf in, out; /* what came, and what the pod gets first */
    struct proxy_head head;
    char address[64];
    uint16_t port;
    struct child *getent;
    struct buf found;
    struct relay *relay;
    struct loop_timer patience;
    struct visit *next, **prev;
};

static void close_io(struct loop_io *io)
{
    if (io->fd < 0)
        return;
    int fd = io->fd;
    loop_io_stop(io);
    close(fd);
}

static void end_visit(void *data)
{
    struct visit *v = data;
    close_io(&v->client);
    close_io(&v->server);
    close_io(&v->names);
    if (v->getent) {
        child_kill(v->getent, SIGKILL);
        child_forget(v->getent);
    }
    if (v->relay)
        relay_free(v->relay);
    loop_timer_stop(&v->patience);
    buf_release(&v->in);
    buf_release(&v->out);
    buf_release(&v->found);
    *v->prev = v->next;
    if (v->next)
        v->next->prev = v->prev;
    v->proxy->count--;
    free(v);
}

static void on_relayed(void *data)
{
    struct visit *v = data;
    v->relay = NULL;
    end_visit(v);
}

static void answer(struct visit *v, int status, const char *words, const char *fmt, ...) PRINTF_LIKE(4, 5);
static void answer(struct visit *v, int status, const char *words, const char *fmt, ...)
{
    struct buf body, text;
    va_list ap;
    buf_init(&body, 4096);
    buf_init(&text, 8192);
    va_start(ap, fmt);
    buf_vaddf(&body, fmt, ap);
    va_end(ap);
    buf_addf(&text,
             "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n%s"
             "Connection: close\r\n\r\n%s\n",
             status, words, body.len + 1, status == 407 ? "Proxy-Authenticate: Basic realm=\"namespace\"\r\n" : "",
             body.data);
    /* Far less than a fresh socket's buffer: it is taken whole or the client is gone. */
    if (send(v->client.fd, text.data, text.len, MSG_NOSIGNAL) > 0)
        shutdown(v->client.fd, SHUT_WR);
    buf_release(&body);
    buf_release(&text);
    end_visit(v);
}

static void on_connected(void *data, short revents UNUSED)
{
    struct visit *v = data;
    int why = 0;
    socklen_t len = sizeof why;
    getsockopt(v->server.fd, SOL_SOCKET, SO_ERROR, &why, &len);
    if (why) {
        answer(v, 502, "Bad Gateway", "cannot connect to %s, which is now %s:%d: %s", v->head.host, v->address, v->port,
               strerror(why));
        return;
    }
    int client = v->client.fd, server = v->server.fd;
    loop_io_stop(&v->client);
    loop_io_stop(&v->server);
    loop_timer_stop(&v->patience);
    buf_add(&v->out, v->in.data, v->in.len); /* the body's beginning */
    v->relay = relay_new(v->proxy->loop, client, server, &v->out, on_relayed, v);
}

static void connect_to(struct visit *v)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(v->port)};
    int fd = -1;
    if (inet_pton(AF_INET, v->address, &address.sin_addr) == 1)
        fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        answer(v, 502, "Bad Gateway", "cannot connect to %s, which is now %s:%d: %s", v->head.host, v->address, v->port,
               strerror(why));
        return;
    }
    loop_timer_start(&v->patience, PATIENCE);
    loop_io_start(&v->server, fd, POLLOUT);
}

/* Hosts that are no Services: a camera in the building, say. The C library's resolver would block, so a process asks.
 */
static void on_names(void *data, short revents UNUSED)
{
    struct visit *v = data;
    char bytes[512];
    ssize_t n = read(v->names.fd, bytes, sizeof bytes);
    if (n > 0) {
        buf_add(&v->found, bytes, (size_t)n);
        return;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    close_io(&v->names);
    if (v->getent)
        child_forget(v->getent);
    v->getent = NULL;
    struct in_addr address;
    snprintf(v->address, sizeof v->address, "%.*s", (int)strcspn(v->found.data, " \t\n"), v->found.data);
    if (inet_pton(AF_INET, v->address, &address) == 1) {
        connect_to(v);
        return;
    }
    answer(v, 502, "Bad Gateway",
           "there is no Service \"%s\" in namespace \"%s\", and no other host of this name is known", v->head.host,
           v->head.ns);
}

static void on_getent_exit(void *data, int status UNUSED)
{
    ((struct visit *)data)->getent = NULL; /* what it said is still in the pipe */
}

static void find_host(struct visit *v)
{
    const char *argv[] = {"getent", "ahostsv4", v->head.host, NULL};
    struct child_options options = {
        .argv = argv, .in = CHILD_NULL, .out = CHILD_PIPE, .err = CHILD_NULL, .new_group = true};
    struct err err = ERR_INIT;
    v->port = (uint16_t)strtol(v->head.port, NULL, 10);
    v->getent = child_start(v->proxy->loop, &options, on_getent_exit, v, &err);
    if (!v->getent) {
        answer(v, 502, "Bad Gateway", "there is no Service \"%s\" in namespace \"%s\"", v->head.host, v->head.ns);
        return;
    }
    loop_timer_start(&v->patience, PATIENCE);
    loop_io_start(&v->names, child_out(v->getent), POLLIN);
}

static bool has_service(struct visit *v, const char *ns, const char *name)
{
    return edge_store_find(v->proxy->store, edge_kind_by_name("Service"), ns, name) != NULL;
}

/* SERVICE, SERVICE.NS, SERVICE.NS.svc, SERVICE.NS.svc.cluster.local, or a Service's cluster IP. */
static bool split_host(struct visit *v, char service[256], char ns[256])
{
    struct in_addr address;
    if (inet_pton(AF_INET, v->head.host, &address) == 1) {
        const struct edge_object *s = edge_store_first(v->proxy->store, edge_kind_by_name("Service"), NULL);
        for (; s; s = edge_store_next(s, NULL)) {
            if (!str_eq(json_str(s->json, "spec.clusterIP"), v->head.host))
                continue;
            snprintf(service, 256, "%s", edge_name(s->json));
            snprintf(ns, 256, "%s", edge_ns(s->json));
            return true;
        }
        return false;
    }
    const char *dot = strchr(v->head.host, '.'), *rest = dot ? strchr(dot + 1, '.') : NULL;
    size_t n = dot ? (size_t)(dot - v->head.host) : strlen(v->head.host);
    snprintf(service, 256, "%.*s", (int)n, v->head.host);
    if (!dot)
        snprintf(ns, 256, "%s", v->head.ns);
    else
        snprintf(ns, 256, "%.*s", rest ? (int)(rest - dot - 1) : (int)strlen(dot + 1), dot + 1);
    if (rest && strcmp(rest, ".svc") != 0 && strcmp(rest, ".svc.cluster.local") != 0 &&
        strcmp(rest, ".svc.cluster.local.") != 0)
        return false;
    return has_service(v, ns, service);
}

static void route(struct visit *v)
{
    char service[256], ns[256];
    struct err err = ERR_INIT;
    if (!strchr(v->head.host, '.') && !v->head.ns[0]) {
        answer(v, 407, "Proxy Authentication Required",
               "the Service \"%s\" is looked for in the namespace that is this proxy's user name: http://NAMESPACE@%s",
               v->head.host, v->proxy->url + strlen("http://"));
        return;
    }
    if (!split_host(v, service, ns)) {
        find_host(v);
        return;
    }
    if (edge_resolve(v->proxy->store, ns, service, v->head.port, v->address, &v->port, &err) < 0) {
        answer(v, 503, "Service Unavailable", "%s", err.text);
        return;
    }
    connect_to(v);
}

static void on_head(void *data, short revents UNUSED)
{
    struct visit *v = data;
    char bytes[16 << 10];
    ssize_t n = recv(v->client.fd, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end_visit(v);
        return;
    }
    struct err err = ERR_INIT;
    bool over = buf_add(&v->in, bytes, (size_t)n) < 0;
    size_t head = proxy_head_length(v->in.data, v->in.len);
    if (!head && over) {
        answer(v, 431, "Request Header Fields Too Large", "the request's head is longer than 64 KiB");
        return;
    }
    if (!head)
        return;
    int fd = v->client.fd;
    if (proxy_head_read(&v->head, v->in.data, head, &v->out, &err) < 0) {
        answer(v, 400, "Bad Request", "%s", err.text);
        return;
    }
    buf_drop(&v->in, head);
    loop_timer_stop(&v->patience);
    loop_io_start(&v->client, fd, 0); /* the rest waits for the relay; a hang-up is told all the same */
    route(v);
}

static void on_impatient(void *data)
{
    struct visit *v = data;
    if (v->server.fd >= 0)
        answer(v, 504, "Gateway Timeout", "%s, which is now %s:%d, does not take the connection", v->head.host,
               v->address, v->port);
    else if (v->names.fd >= 0)
        answer(v, 504, "Gateway Timeout", "the name \"%s\" could not be looked up in time", v->head.host);
    else
        end_visit(v);
}

static void on_client(void *data, short revents)
{
    struct visit *v = data;
    if (!v->head.host[0])
        on_head(v, revents);
    else if (revents & (POLLHUP | POLLERR))
        end_visit(v);
}

static void on_visitor(void *data, short revents UNUSED)
{
    struct edge_proxy *proxy = data;
    int fd = accept4(proxy->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            loop_io_stop(&proxy->listener);
            loop_timer_start(&proxy->breath, 100 * NSEC_PER_MSEC);
        }
        return;
    }
    if (proxy->count >= VISITS_MAX) {
        close(fd);
        return;
    }
    struct visit *v = xcalloc(1, sizeof *v);
    v->proxy = proxy;
    buf_init(&v->in, HEAD_MAX);
    buf_init(&v->out, 3 * HEAD_MAX);
    buf_init(&v->found, 4096);
    loop_io_init(&v->client, proxy->loop, on_client, v);
    loop_io_init(&v->server, proxy->loop, on_connected, v);
    loop_io_init(&v->names, proxy->loop, on_names, v);
    loop_timer_init(&v->patience, proxy->loop, on_impatient, v);
    v->next = proxy->visits;
    v->prev = &proxy->visits;
    if (v->next)
        v->next->prev = &v->next;
    proxy->visits = v;
    proxy->count++;
    loop_timer_start(&v->patience, PATIENCE);
    loop_io_start(&v->client, fd, POLLIN);
}

static void accept_again(void *data)
{
    struct edge_proxy *proxy = data;
    loop_io_start(&proxy->listener, proxy->fd, POLLIN);
}

struct edge_proxy *edge_proxy_new(struct edge_store *store, const struct edge_net *net, struct err *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(0x7f000001u | (uint32_t)net->x << 16);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
        err_set_errno(err, "cannot listen on 127.%d.0.1 for the pods' proxy", net->x);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct edge_proxy *proxy = xcalloc(1, sizeof *proxy);
    proxy->store = store;
    proxy->loop = edge_store_loop(store);
    proxy->fd = fd;
    snprintf(proxy->url, sizeof proxy->url, "http://127.%d.0.1:%d", net->x, ntohs(address.sin_port));
    loop_io_init(&proxy->listener, proxy->loop, on_visitor, proxy);
    loop_timer_init(&proxy->breath, proxy->loop, accept_again, proxy);
    loop_io_start(&proxy->listener, fd, POLLIN);
    return proxy;
}

void edge_proxy_free(struct edge_proxy *proxy)
{
    if (!proxy)
        return;
    while (proxy->visits)
        end_visit(proxy->visits);
    loop_io_stop(&proxy->listener);
    loop_timer_stop(&proxy->breath);
    close(proxy->fd);
    free(proxy);
}

const char *edge_proxy_url(const struct edge_proxy *proxy)
{
    return proxy->url;
}
