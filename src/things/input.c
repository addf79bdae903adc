#include "things/input.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/url.h"

#define FIRST_PAUSE (200 * NSEC_PER_MSEC)
#define LONGEST_PAUSE NSEC_PER_SEC /* a producer whose image is pulled for minutes is not kept waiting when it comes */
/* An address that is not routed yet swallows the whole attempt, so the first ones are short; a far camera gets longer ones. */
#define FIRST_CONNECT NSEC_PER_SEC
#define LONGEST_CONNECT (5 * NSEC_PER_SEC)
#define IDLE_TIMEOUT (10 * NSEC_PER_SEC)
#define MAX_LINE (256u << 10)
#define MAX_ERROR_TEXT 256 /* of an answer that is no stream, told in `why` */

static void arrived(struct input *in)
{
    in->stats.frames++;
    in->stats.last = loop_now(in->loop);
    in->pause = FIRST_PAUSE;
    in->connect_timeout = FIRST_CONNECT;
}

static void on_part(void *data, const struct multipart_part *part)
{
    struct input *in = data;
    int64_t captured = part->timestamp ? part->timestamp : loop_wall(in->loop);
    arrived(in);
    struct frame *frame = frame_new(part->data, part->len, part->width, part->height, captured);
    in->events->frame(in->data, in, frame);
    frame_unref(frame);
}

static void on_line(struct input *in, const char *line, size_t len)
{
    if (len && line[len - 1] == '\r')
        len--;
    if (!len)
        return;
    struct err err = ERR_INIT;
    cJSON *value = json_parse(line, len, &err);
    if (cJSON_IsObject(value)) {
        arrived(in);
        in->events->line(in->data, in, line, len);
    } else {
        in->stats.broken++;
    }
    cJSON_Delete(value);
}

static void feed_lines(struct input *in, const char *bytes, size_t len)
{
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end ? (size_t)(end - bytes) : len;
        if (!in->text.over)
            buf_add(&in->text, bytes, n); /* `over` until the line ends: it is too long */
        if (!end)
            return;
        if (in->text.over)
            in->stats.broken++;
        else
            on_line(in, in->text.data, in->text.len);
        buf_reset(&in->text);
        bytes += n + 1;
        len -= n + 1;
    }
}

static void on_head(void *data, struct http_call *call UNUSED, const struct http_head *head)
{
    struct input *in = data;
    char boundary[MULTIPART_BOUNDARY];
    in->answered = true;
    in->followed = false;
    buf_reset(&in->text);
    if (head->status != 200) {
        err_set(&in->stats.why, "%s answered %d", in->stats.shown, head->status);
        return;
    }
    if (in->kind == INPUT_VIDEO) {
        if (multipart_boundary(head->content_type, boundary) < 0) {
            struct buf type;
            buf_init(&type, 4096);
            text_sanitise(&type, head->content_type, strlen(head->content_type));
            err_set(&in->stats.why, "%s is no MJPEG stream: its type is '%s'", in->stats.shown, type.data);
            buf_release(&type);
            return;
        }
        uint64_t broken = in->parts.broken;
        multipart_release(&in->parts);
        multipart_init(&in->parts, boundary, on_part, in);
        in->parts.broken = broken;
    }
    in->followed = true;
    in->stats.connected = true;
    in->stats.connects++;
    err_clear(&in->stats.why);
}

static void on_body(void *data, struct http_call *call UNUSED, const char *bytes, size_t len)
{
    struct input *in = data;
    if (!in->followed) {
        if (in->text.len < MAX_ERROR_TEXT)
            buf_add(&in->text, bytes, MIN(len, MAX_ERROR_TEXT - in->text.len));
    } else if (in->kind == INPUT_VIDEO) {
        multipart_feed(&in->parts, bytes, len);
        in->stats.broken = in->parts.broken;
    } else {
        feed_lines(in, bytes, len);
    }
}

/* The first line of what an error answer said. */
static void add_answer(struct input *in)
{
    in->text.data[strcspn(in->text.data, "\r\n")] = '\0';
    if (!in->text.data[0] || in->text.data[0] == '<')
        return;
    struct buf clean;
    buf_init(&clean, 4 * MAX_ERROR_TEXT);
    text_sanitise(&clean, in->text.data, strlen(in->text.data));
    err_set(&in->stats.why, "%s: %s", in->stats.why.text, clean.data);
    buf_release(&clean);
}

static void on_done(void *data, struct http_call *call UNUSED, const struct http_result *result)
{
    struct input *in = data;
    in->call = NULL;
    if (in->followed) {
        if (in->kind == INPUT_VIDEO) {
            multipart_end(&in->parts);
            in->stats.broken = in->parts.broken;
        } else if (in->text.len) {
            in->stats.broken++; /* half a line */
        }
        if (result->outcome == HTTP_DONE)
            err_set(&in->stats.why, "%s ended its stream", in->stats.shown);
        else
            in->stats.why = result->err;
    } else if (in->answered) {
        add_answer(in);
    } else {
        in->stats.why = result->err;
    }
    if (!err_is_set(&in->stats.why))
        err_set(&in->stats.why, "%s gave no answer", in->stats.shown);
    in->followed = in->stats.connected = false;
    buf_reset(&in->text);
    loop_timer_start(&in->retry, in->pause);
    in->pause = MIN(in->pause * 2, LONGEST_PAUSE);
    in->connect_timeout = MIN(in->connect_timeout * 2, LONGEST_CONNECT);
}

static void connect_now(void *data)
{
    static const struct http_events events = {on_head, on_body, on_done};
    struct input *in = data;
    struct http_request request = {
        .url = in->url,
        .connect_timeout = in->connect_timeout,
        .idle_timeout = IDLE_TIMEOUT,
        .http1 = true,
    };
    in->answered = in->followed = false;
    in->call = http_start(in->http, &request, &events, in);
}

int input_start(struct input *in, struct loop *loop, struct http_transport *http, enum input_kind kind,
                const char *name, const char *url, const struct input_events *events, void *data, struct err *err)
{
    struct url parsed;
    if (url_parse(&parsed, url, err) < 0)
        return -1;
    bool usable = str_eq(parsed.scheme, "http") || str_eq(parsed.scheme, "https");
    if (!usable)
        err_set(err, "a stream is read by http or https, not by %s", parsed.scheme);
    url_release(&parsed);
    if (!usable)
        return -1;
    *in = (struct input){.stats.name = name, .url = xstrdup(url), .kind = kind, .loop = loop, .http = http,
                         .events = events, .data = data, .pause = FIRST_PAUSE, .connect_timeout = FIRST_CONNECT};
    struct buf shown;
    buf_init(&shown, 4096);
    secret_mask(&shown, url);
    in->stats.shown = buf_take(&shown);
    buf_init(&in->text, MAX_LINE);
    multipart_init(&in->parts, "", on_part, in);
    loop_timer_init(&in->retry, loop, connect_now, in);
    connect_now(in);
    return 0;
}

void input_stop(struct input *in)
{
    if (in->call)
        http_cancel(in->call);
    in->call = NULL;
    loop_timer_stop(&in->retry);
    multipart_release(&in->parts);
    buf_release(&in->text);
    free(in->url);
    free(in->stats.shown);
    in->url = in->stats.shown = NULL;
}
