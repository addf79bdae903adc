/* pods/log: a container's log file as a stream: all of it, its tail, since when, and on as it grows. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "edge/api.h"

#define READ_BLOCK (64u << 10)
#define RECORD_MAX (1u << 20)

struct edge_log_stream {
    struct edge_api *api;
    char ns[256], pod[320], container[256], *path;
    bool previous, follow, stamps, ended, inside_line, watching;
    int64_t since, left; /* left: bytes that may still be sent, -1: no bound */
    int fd;
    struct buf in, out; /* records not whole yet; text for the client */
    size_t sent;
    struct edge_log_watch watch;
    struct http_stream *stream;
};

/* "TIME stream F|P text": to out, in the client's form. */
static void take_record(struct edge_log_stream *l, char *record, size_t len)
{
    char *stream = memchr(record, ' ', len);
    char *tag = stream ? memchr(stream + 1, ' ', (size_t)(record + len - stream - 1)) : NULL;
    if (!tag || (size_t)(tag - record) + 2 > len)
        return;
    size_t text_at = (size_t)(tag - record) + 3;
    bool partial = tag[1] == 'P';
    if (l->since) {
        *stream = '\0';
        int64_t at = time_parse(record);
        *stream = ' ';
        if (at && at < l->since)
            return;
    }
    if (l->stamps && !l->inside_line)
        buf_add(&l->out, record, (size_t)(stream - record + 1));
    if (text_at < len)
        buf_add(&l->out, record + text_at, len - text_at);
    if (!partial)
        buf_addc(&l->out, '\n');
    l->inside_line = partial;
}

static void take_records(struct edge_log_stream *l)
{
    size_t at = 0;
    char *end;
    while ((end = memchr(l->in.data + at, '\n', l->in.len - at))) {
        take_record(l, l->in.data + at, (size_t)(end - l->in.data) - at);
        at = (size_t)(end - l->in.data) + 1;
    }
    buf_drop(&l->in, at);
    if (l->in.len >= RECORD_MAX) /* no log of ours has such lines */
        buf_reset(&l->in);
}

/* The file was renamed and another begun under its name: go on there. */
static bool rotated(struct edge_log_stream *l)
{
    struct stat ours, now;
    if (fstat(l->fd, &ours) < 0 || stat(l->path, &now) < 0 || file_is_same(&ours, &now))
        return false;
    int fd = open(l->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    close(l->fd);
    l->fd = fd;
    return true;
}

/* Whether the run that this stream follows is over. */
static bool over(struct edge_log_stream *l)
{
    bool ended = true;
    int status;
    struct err err = ERR_INIT;
    const char *path = edge_node_agents_log(l->api->agents, l->ns, l->pod, l->container[0] ? l->container : NULL,
                                            l->previous, &ended, &status, &err);
    return !path || ended || strcmp(path, l->path) != 0;
}

static void fill(struct edge_log_stream *l)
{
    bool last_look = false;
    while (!l->out.len) {
        char block[READ_BLOCK];
        ssize_t n = read(l->fd, block, sizeof block);
        if (n > 0) {
            buf_add(&l->in, block, (size_t)n);
            take_records(l);
        } else if (rotated(l)) {
            continue;
        } else if (!l->follow || n < 0 || last_look) {
            l->ended = !l->follow || n < 0 || over(l);
            break;
        } else if (over(l)) {
            last_look = true; /* what was written between the read and its end */
        } else {
            break;
        }
    }
    if (l->left >= 0 && (int64_t)l->out.len >= l->left) {
        buf_truncate(&l->out, (size_t)l->left);
        l->ended = true;
    }
    if (l->left >= 0)
        l->left -= (int64_t)l->out.len;
}

static ssize_t give(void *data, char *out, size_t max)
{
    struct edge_log_stream *l = data;
    if (l->sent == l->out.len) {
        buf_reset(&l->out);
        l->sent = 0;
        if (!l->ended)
            fill(l);
    }
    if (l->sent == l->out.len)
        return l->ended ? HTTP_STREAM_END : HTTP_STREAM_WAIT;
    size_t n = MIN(max, l->out.len - l->sent);
    memcpy(out, l->out.data + l->sent, n);
    l->sent += n;
    return (ssize_t)n;
}

static void grew(void *data)
{
    struct edge_log_stream *l = data;
    http_stream_wake(l->stream);
}

static void gone(void *data)
{
    struct edge_log_stream *l = data;
    if (l->watching)
        edge_node_agents_log_unwatch(&l->watch);
    if (l->fd >= 0)
        close(l->fd);
    buf_release(&l->in);
    buf_release(&l->out);
    free(l->path);
    free(l);
}

/* The place from which `lines` whole lines remain. A record marked P belongs to the line of the F record after it. */
static off_t tail_offset(int fd, int64_t lines)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || lines <= 0)
        return fstat(fd, &st) < 0 ? 0 : st.st_size;
    off_t end = st.st_size, start = end; /* of the part that is known to belong */
    struct buf part;
    buf_init(&part, 1u << 30);
    for (off_t at = end; at > 0 && lines >= 0;) {
        size_t n = (size_t)MIN(at, (off_t)READ_BLOCK);
        char block[READ_BLOCK];
        at -= (off_t)n;
        if (pread(fd, block, n, at) != (ssize_t)n)
            break;
        buf_splice(&part, 0, 0, block, n);
        /* Whole records only: what stands before the first newline begins in an earlier block. */
        size_t known = at == 0 ? 0 : strcspn(part.data, "\n") + 1;
        while (part.len > known && lines >= 0) {
            size_t from = part.len - 1;
            while (from > known && part.data[from - 1] != '\n')
                from--;
            const char *record = part.data + from, *space = memchr(record, ' ', part.len - from);
            const char *tag = space ? memchr(space + 1, ' ', (size_t)(part.data + part.len - space - 1)) : NULL;
            if (!(tag && tag + 1 < part.data + part.len && tag[1] == 'P') && lines-- == 0)
                break;
            start = at + (off_t)from;
            buf_truncate(&part, from);
        }
    }
    buf_release(&part);
    return start;
}

static void begin(struct edge_req *r, struct edge_log_stream *l, int64_t tail)
{
    bool ended;
    int status = 400;
    struct err err = ERR_INIT;
    const char *path = edge_node_agents_log(r->api->agents, l->ns, l->pod, l->container[0] ? l->container : NULL,
                                            l->previous, &ended, &status, &err);
    if (path)
        l->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (!path) {
        edge_reply_error(r, status, "%s", err.text);
    } else if (l->fd < 0) {
        edge_reply_error(r, 500, "cannot read the log '%s': %s", path, strerror(errno));
    } else {
        l->path = xstrdup(path);
        if (tail >= 0 && lseek(l->fd, tail_offset(l->fd, tail), SEEK_SET) < 0)
            l->ended = true;
        if (l->follow) {
            edge_node_agents_log_watch(r->api->agents, &l->watch, l->ns, l->pod, grew, l);
            l->watching = true;
        }
        l->stream = http_stream(r->x, 200, "text/plain", give, gone, l);
        return;
    }
    gone(l);
}

/* A whole number of at least `least`; false: answered. */
static bool number(struct edge_req *r, const char *name, int64_t least, int64_t *out)
{
    const char *text = http_query(r->x, name);
    if (!text || !*text)
        return true;
    if (text_int(text, out) && *out >= least)
        return true;
    edge_reply_error(r, 422,
                     "PodLogOptions \"%s\" is invalid: %s: Invalid value: %s: must be greater than or equal to "
                     "%" PRId64,
                     r->name, name, text, least);
    return false;
}

void edge_api_log(struct edge_req *r)
{
    int64_t tail = -1, limit = -1, seconds = -1;
    const char *since = http_query(r->x, "sinceTime");
    int64_t since_time = since && *since ? time_parse(since) : 0;
    if (!number(r, "tailLines", 0, &tail) || !number(r, "limitBytes", 1, &limit) ||
        !number(r, "sinceSeconds", 1, &seconds))
        return;
    if (since && *since && !since_time) {
        edge_reply_error(r, 400, "sinceTime: Invalid value: \"%s\": must be a time in RFC 3339", since);
        return;
    }
    if (since_time && seconds >= 0) {
        edge_reply_error(r, 422,
                         "PodLogOptions \"%s\" is invalid: at most one of sinceTime or sinceSeconds may be specified",
                         r->name);
        return;
    }
    struct edge_log_stream *l = xcalloc(1, sizeof *l);
    l->api = r->api;
    l->fd = -1;
    l->left = limit;
    l->follow = edge_query_flag(r, "follow");
    l->previous = edge_query_flag(r, "previous");
    l->stamps = edge_query_flag(r, "timestamps");
    l->since = seconds >= 0 ? edge_now(r) - MIN(seconds, 1000000000) * NSEC_PER_SEC : since_time;
    snprintf(l->ns, sizeof l->ns, "%s", r->ns);
    snprintf(l->pod, sizeof l->pod, "%s", r->name);
    snprintf(l->container, sizeof l->container, "%s", str_or_empty(http_query(r->x, "container")));
    buf_init(&l->in, 2 * RECORD_MAX);
    buf_init(&l->out, 4 * RECORD_MAX);
    begin(r, l, tail);
}
