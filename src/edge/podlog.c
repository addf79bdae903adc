#include "edge/podlog.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/time.h"

struct stream {
    struct edge_podlog *log;
    const char *name;
    int fd;
    struct loop_io io;
    struct buf part; /* a line that has not ended */
};

struct edge_podlog {
    struct loop *loop;
    char *path;
    int fd;
    off_t size;
    uint64_t lost; /* bytes that could not be written, told when it works again */
    struct stream streams[2];
    loop_fn grew;
    void *data;
};

static int open_file(struct edge_podlog *log, struct err *err)
{
    log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log->fd < 0)
        return err_set_errno(err, "cannot write the log '%s'", log->path);
    struct stat st;
    log->size = fstat(log->fd, &st) == 0 ? st.st_size : 0;
    return 0;
}

static void rotate(struct edge_podlog *log)
{
    struct err err = ERR_INIT;
    char *old = xasprintf("%s.1", log->path);
    int fd = log->fd;
    if (rename(log->path, old) == 0 && open_file(log, &err) == 0)
        close(fd);
    else
        log->fd = fd; /* goes on in the old one */
    log->size = 0;
    free(old);
}

/* The file's end must not hold half a record: what was written of it is taken back. */
static void put(struct edge_podlog *log, const char *bytes, size_t len)
{
    ssize_t n = write(log->fd, bytes, len);
    if (n == (ssize_t)len) {
        log->size += n;
        return;
    }
    if (n > 0 && ftruncate(log->fd, log->size) < 0)
        log->size += n;
    log->lost += len;
}

static void record(struct buf *out, struct stream *s, const char *line, size_t len, bool whole)
{
    char stamp[TIME_TEXT];
    time_format(stamp, loop_wall(s->log->loop), 9);
    buf_addf(out, "%s %s %c ", stamp, s->name, whole ? 'F' : 'P');
    buf_add(out, line, len);
    buf_addc(out, '\n');
}

/* All whole lines of part, and of a line that is too long its beginnings. */
static void write_lines(struct stream *s, bool end)
{
    struct edge_podlog *log = s->log;
    struct buf out;
    buf_init(&out, 8u << 20);
    if (log->lost) {
        char text[80];
        int n = snprintf(text, sizeof text, "%" PRIu64 " bytes of output could not be written here", log->lost);
        record(&out, s, text, (size_t)n, true);
        log->lost = 0;
    }
    size_t at = 0;
    while (at < s->part.len) {
        const char *line = s->part.data + at;
        size_t left = s->part.len - at;
        const char *nl = memchr(line, '\n', MIN(left, (size_t)EDGE_LOG_LINE + 1));
        if (nl) {
            record(&out, s, line, (size_t)(nl - line), true);
            at += (size_t)(nl - line) + 1;
        } else if (left > EDGE_LOG_LINE) {
            record(&out, s, line, EDGE_LOG_LINE, false);
            at += EDGE_LOG_LINE;
        } else if (end) {
            record(&out, s, line, left, true);
            at += left;
        } else {
            break;
        }
    }
    buf_drop(&s->part, at);
    if (out.len) {
        if (log->size > 0 && log->size + (off_t)out.len > EDGE_LOG_MAX)
            rotate(log);
        put(log, out.data, out.len);
        if (log->grew)
            log->grew(log->data);
    }
    buf_release(&out);
}

/* One chunk; false when there is nothing now or no more. */
static bool read_some(struct stream *s)
{
    char bytes[64 << 10];
    ssize_t n = read(s->fd, bytes, sizeof bytes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        write_lines(s, true);
        loop_io_stop(&s->io);
        close(s->fd);
        s->fd = -1;
        return false;
    }
    buf_add(&s->part, bytes, (size_t)n);
    write_lines(s, false);
    return true;
}

static void on_readable(void *data, short revents UNUSED)
{
    read_some(data); /* one chunk a turn: a flood must not keep the others waiting */
}

static void stream_init(struct stream *s, struct edge_podlog *log, const char *name, int fd)
{
    *s = (struct stream){.log = log, .name = name, .fd = fd};
    buf_init(&s->part, EDGE_LOG_LINE + (128u << 10));
    loop_io_init(&s->io, log->loop, on_readable, s);
    if (fd >= 0)
        loop_io_start(&s->io, fd, POLLIN);
}

struct edge_podlog *edge_podlog_new(struct loop *loop, const char *path, int out, int err_fd, loop_fn grew, void *data,
                                    struct err *err)
{
    struct edge_podlog *log = xcalloc(1, sizeof *log);
    log->loop = loop;
    log->path = xstrdup(path);
    log->grew = grew;
    log->data = data;
    if (open_file(log, err) < 0) {
        if (out >= 0)
            close(out);
        if (err_fd >= 0)
            close(err_fd);
        free(log->path);
        free(log);
        return NULL;
    }
    stream_init(&log->streams[0], log, "stdout", out);
    stream_init(&log->streams[1], log, "stderr", err_fd);
    return log;
}

void edge_podlog_finish(struct edge_podlog *log)
{
    for (size_t i = 0; i < ARRAY_SIZE(log->streams); i++) {
        struct stream *s = &log->streams[i];
        /* A pipe holds 64 KiB; more than a few of them means that somebody who escaped still writes. */
        for (int turns = 0; s->fd >= 0 && turns < 32 && read_some(s); turns++) {
        }
        if (s->fd < 0)
            continue;
        write_lines(s, true);
        loop_io_stop(&s->io);
        close(s->fd);
        s->fd = -1;
    }
}

void edge_podlog_free(struct edge_podlog *log)
{
    if (!log)
        return;
    log->grew = NULL;
    edge_podlog_finish(log);
    for (size_t i = 0; i < ARRAY_SIZE(log->streams); i++)
        buf_release(&log->streams[i].part);
    close(log->fd);
    free(log->path);
    free(log);
}
