#include "things/output.h"

#include "things/multipart.h"

#define MAX_CLIENTS 64
#define FRESH (3 * NSEC_PER_SEC)

/* What both kinds of client have. */
struct output_client {
    struct video_output *video; /* one of the two */
    struct line_output *lines;
    struct http_stream *stream;
    struct output_client *next, **prev;
    uint64_t next_index;     /* of the frame or line to send, as the output counts them */
    struct frame *frame;     /* being sent */
    char *line;              /* being sent: a copy, for the shared one may go meanwhile */
    char head[sizeof MULTIPART_START + MULTIPART_HEAD];
    size_t head_len, body_len, sent;
    bool started;
};

static size_t tail_len(const struct output_client *c)
{
    return c->video ? sizeof MULTIPART_TAIL - 1 : 1;
}

/* One stretch of bytes at `from`, of which those from c->sent on are to be written next. */
static size_t copy_piece(struct output_client *c, const char *from, size_t len, size_t start, char *out, size_t max)
{
    if (c->sent < start || c->sent >= start + len)
        return 0;
    size_t n = MIN(max, start + len - c->sent);
    memcpy(out, from + (c->sent - start), n);
    c->sent += n;
    return n;
}

/* Head, body and tail as one run of bytes. */
static size_t copy_item(struct output_client *c, char *out, size_t max)
{
    const char *body = c->video ? (const char *)c->frame->data : c->line;
    const char *tail = c->video ? MULTIPART_TAIL : "\n";
    size_t n = copy_piece(c, c->head, c->head_len, 0, out, max);
    n += copy_piece(c, body, c->body_len, c->head_len, out + n, max - n);
    n += copy_piece(c, tail, tail_len(c), c->head_len + c->body_len, out + n, max - n);
    if (c->sent == c->head_len + c->body_len + tail_len(c)) {
        frame_unref(c->frame);
        free(c->line);
        c->frame = NULL;
        c->line = NULL;
    }
    return n;
}

static bool take_frame(struct output_client *c)
{
    struct video_output *out = c->video;
    if (!out->newest || c->next_index > out->stats.frames)
        return false;
    if (c->started)
        out->stats.skipped += out->stats.frames - c->next_index;
    c->next_index = out->stats.frames + 1;
    c->frame = frame_ref(out->newest);
    c->body_len = c->frame->len;
    size_t n = 0;
    if (!c->started) {
        n = sizeof MULTIPART_START - 1;
        memcpy(c->head, MULTIPART_START, n);
    }
    c->started = true;
    c->head_len = n + multipart_head(c->head + n, c->frame);
    c->sent = 0;
    return true;
}

static bool take_line(struct output_client *c)
{
    struct line_output *out = c->lines;
    uint64_t made = out->stats.frames;
    if (c->next_index >= made)
        return false;
    uint64_t oldest = made > LINES_KEPT ? made - LINES_KEPT : 0;
    if (c->next_index < oldest) {
        out->stats.skipped += oldest - c->next_index;
        c->next_index = oldest;
    }
    size_t i = c->next_index++ % LINES_KEPT;
    c->line = xmemdup(out->kept[i].text, out->kept[i].len);
    c->head_len = 0;
    c->body_len = out->kept[i].len;
    c->sent = 0;
    return true;
}

static ssize_t on_read(void *data, char *out, size_t max)
{
    struct output_client *c = data;
    size_t n = 0;
    while (n < max) {
        if (!c->frame && !c->line && !(c->video ? take_frame(c) : take_line(c)))
            break;
        n += copy_item(c, out + n, max - n);
        if (c->video)
            break; /* what is newest is decided as late as possible */
    }
    return n ? (ssize_t)n : HTTP_STREAM_WAIT;
}

static void on_gone(void *data)
{
    struct output_client *c = data;
    if (c->video)
        c->video->stats.clients--;
    else
        c->lines->stats.clients--;
    *c->prev = c->next;
    if (c->next)
        c->next->prev = c->prev;
    frame_unref(c->frame);
    free(c->line);
    free(c);
}

static struct output_client *client_new(struct output_client **list, struct output_stats *stats)
{
    struct output_client *c = xcalloc(1, sizeof *c);
    c->next = *list;
    c->prev = list;
    if (c->next)
        c->next->prev = &c->next;
    *list = c;
    stats->clients++;
    return c;
}

/* Whether the request is to be answered with the stream; otherwise it was answered. */
static bool admit(const struct output_stats *stats, struct http_exchange *x, const char *type)
{
    if (stats->clients >= MAX_CLIENTS) {
        http_replyf(x, 503, "text/plain", "%d clients read this already\n", MAX_CLIENTS);
        return false;
    }
    http_add_header(x, "Cache-Control", "no-store");
    if (!str_eq(http_method(x), "HEAD"))
        return true;
    http_reply(x, 200, type, "", 0);
    return false;
}

static void wake_all(struct output_client *clients)
{
    for (struct output_client *c = clients; c; c = c->next)
        http_stream_wake(c->stream);
}

static void count(struct output_stats *stats, struct loop *loop)
{
    stats->frames++;
    stats->last = loop_now(loop);
    if (!stats->first_wall)
        stats->first_wall = loop_wall(loop);
}

void video_output_init(struct video_output *out, struct loop *loop, const char *name, loop_fn on_client, void *data)
{
    *out = (struct video_output){.loop = loop, .stats.name = name, .on_client = on_client, .data = data};
}

void video_output_release(struct video_output *out)
{
    if (out->clients)
        BUG("a video output released with clients");
    frame_unref(out->newest);
    out->newest = NULL;
}

void video_output_push(struct video_output *out, struct frame *frame)
{
    frame_ref(frame);
    frame_unref(out->newest);
    out->newest = frame;
    count(&out->stats, out->loop);
    wake_all(out->clients);
}

void video_output_serve(struct video_output *out, struct http_exchange *x)
{
    if (!admit(&out->stats, x, MULTIPART_CONTENT_TYPE))
        return;
    struct output_client *c = client_new(&out->clients, &out->stats);
    c->video = out;
    /* The newest at once, but not an old one as if it came now: who connects again to a camera that is dead is not to be told
     * that it lives. */
    c->next_index = out->stats.frames + (loop_now(out->loop) - out->stats.last > FRESH);
    c->stream = http_stream(x, 200, MULTIPART_CONTENT_TYPE, on_read, on_gone, c);
    if (out->stats.clients == 1 && out->on_client)
        out->on_client(out->data);
}

void line_output_init(struct line_output *out, struct loop *loop, const char *name)
{
    *out = (struct line_output){.loop = loop, .stats.name = name};
}

void line_output_release(struct line_output *out)
{
    if (out->clients)
        BUG("a line output released with clients");
    for (size_t i = 0; i < LINES_KEPT; i++)
        free(out->kept[i].text);
    *out = (struct line_output){.loop = out->loop};
}

void line_output_push(struct line_output *out, const char *line, size_t len)
{
    size_t i = out->stats.frames % LINES_KEPT;
    free(out->kept[i].text);
    out->kept[i].text = xmemdup(line, len);
    out->kept[i].len = len;
    count(&out->stats, out->loop);
    wake_all(out->clients);
}

void line_output_serve(struct line_output *out, struct http_exchange *x)
{
    static const char type[] = "application/x-ndjson";
    if (!admit(&out->stats, x, type))
        return;
    struct output_client *c = client_new(&out->clients, &out->stats);
    c->lines = out;
    c->next_index = out->stats.frames;
    c->stream = http_stream(x, 200, type, on_read, on_gone, c);
}
