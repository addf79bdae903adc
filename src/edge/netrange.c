#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/digest.h"
#include "edge/edge.h"

#define LOCK_PORT 42021 /* nobody listens on it for anything else: it only says that a range is taken */

/* A listening socket ends with its process, however that ends: the lock cannot be left behind. */
static int try_range(int x)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(LOCK_PORT)};
    address.sin_addr.s_addr = htonl(0x7f000001u | (uint32_t)x << 16);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

int edge_net_init(struct edge_net *net, struct err *err)
{
    /* 127.0.0.0/16 is everybody's; 127.53.0.0/16 is systemd-resolved's neighbourhood. */
    uint8_t dice;
    digest_random(&dice, sizeof dice);
    for (int i = 0; i < 254; i++) {
        int x = 1 + (dice + i) % 254;
        if (x == 53)
            continue;
        net->lock_fd = try_range(x);
        if (net->lock_fd >= 0) {
            net->x = x;
            return 0;
        }
        if (errno != EADDRINUSE)
            return err_set_errno(err,
                                 "cannot use the loopback address 127.%d.0.1 (the embedded cluster gives each "
                                 "pod one of 127.0.0.0/8)",
                                 x);
    }
    return err_set(err, "every loopback range from 127.1.0.0 to 127.254.0.0 is taken by another embedded cluster");
}
