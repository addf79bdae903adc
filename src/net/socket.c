#include "net/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

int socket_listen(const char *address, uint16_t *port, struct err *err)
{
    address = address ? address : "0.0.0.0";
    const char *open = strchr(address, ':') ? "[" : "", *shut = *open ? "]" : "";
    char service[8];
    snprintf(service, sizeof service, "%u", *port);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(address, service, &hints, &list) != 0)
        return err_set(err, "cannot listen on %s%s%s:%u: '%s' is not an IP address", open, address, shut, *port,
                       address);
    int on = 1, off = 0;
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        (list->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) ||
        bind(fd, list->ai_addr, list->ai_addrlen) < 0 || listen(fd, 512) < 0) {
        err_set_errno(err, "cannot listen on %s%s%s:%u", open, address, shut, *port);
        freeaddrinfo(list);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    freeaddrinfo(list);
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound;
    socklen_t len = sizeof bound;
    if (getsockname(fd, &bound.any, &len) == 0)
        *port = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return fd;
}

void socket_keep_alive(int fd, int idle, int interval)
{
    int on = 1, count = 3;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

void socket_give_up(int fd, int seconds)
{
    unsigned ms = (unsigned)seconds * 1000;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

void socket_send_buffer(int fd, size_t bytes)
{
    int half = (int)(bytes / 2); /* Linux doubles what it is told, for its own book-keeping */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &half, sizeof half);
}
