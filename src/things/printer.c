#include "things/printer.h"

#define MAX_PENDING (64u << 10)
#define PIECE 4096u /* PIPE_BUF: a pipe that is writable takes this much without waiting */

static bool ready(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLOUT | POLLERR | POLLHUP));
}

/* The descriptor is shared with others, so it is not made non-blocking: it is asked before each piece. */
static void flush(struct printer *p)
{
    while (p->pending.len && p->fd >= 0 && ready(p->fd)) {
        ssize_t n = write(p->fd, p->pending.data, MIN(p->pending.len, PIECE));
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            break;
        if (n < 0) { /* nobody reads any more: lines are still counted, as dropped */
            p->fd = -1;
            buf_reset(&p->pending);
            break;
        }
        buf_drop(&p->pending, (size_t)n);
    }
    if (p->pending.len)
        loop_io_start(&p->io, p->fd, POLLOUT);
    else
        loop_io_stop(&p->io);
}

static void on_ready(void *data, short revents UNUSED)
{
    flush(data);
}

void printer_init(struct printer *p, struct loop *loop, int fd)
{
    *p = (struct printer){.fd = fd};
    buf_init(&p->pending, MAX_PENDING);
    loop_io_init(&p->io, loop, on_ready, p);
}

void printer_release(struct printer *p)
{
    flush(p);
    loop_io_stop(&p->io);
    buf_release(&p->pending);
}

void printer_line(struct printer *p, const char *line, size_t len)
{
    if (p->fd < 0 || len + 1 > MAX_PENDING - p->pending.len) {
        p->dropped++;
        return;
    }
    buf_add(&p->pending, line, len);
    buf_addc(&p->pending, '\n');
    flush(p);
}
