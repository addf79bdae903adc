#include "things/page.h"

/* Each input goes on as it came: a video to the output of its number, all lines of detections to one. */

static void on_frame(void *data, struct input *input, struct frame *frame)
{
    struct thing *t = data;
    video_output_push(&t->videos[thing_input_index(t, input)], frame);
    thing_took(t, &input->stats, frame->captured);
}

static void on_line(void *data, struct input *input, const char *line, size_t len)
{
    struct thing *t = data;
    input->stats.analysed++;
    line_output_push(&t->lines, line, len);
}

static bool serve(struct thing *t, struct http_exchange *x)
{
    if (!str_eq(http_path(x), "/"))
        return false;
    struct buf page;
    buf_init(&page, 64u << 10);
    page_write(&page, t);
    http_add_header(x, "Content-Security-Policy",
                    "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self'");
    http_reply(x, 200, "text/html; charset=utf-8", page.data, page.len);
    buf_release(&page);
    return true;
}

static int start(struct thing *t, struct err *err UNUSED)
{
    line_output_init(&t->lines, t->loop, "detections");
    t->has_lines = true;
    t->self = t; /* it keeps nothing of its own */
    return 0;
}

static void nothing(struct thing *t UNUSED)
{
}

static const struct thing_port inputs[] = {
    {.name = "video", .media = "video/mjpeg", .env = "INPUT_VIDEO", .max = THING_INPUTS},
    {.name = "detections", .media = "application/x-ndjson", .env = "INPUT_DETECTIONS", .max = THING_INPUTS},
    {NULL},
};
static const struct thing_port outputs[] = {
    {.name = "video", .media = "video/mjpeg", .path = "/video"},
    {.name = "detections", .media = "application/x-ndjson", .path = "/detections"},
    {NULL},
};

const struct thing_class monitor_class = {
    .verb = "monitor",
    .class = "MActuator",
    .title = "Monitor",
    .what = "shows videos and detections to a browser",
    .inputs = inputs,
    .outputs = outputs,
    .events = {.frame = on_frame, .line = on_line},
    .video_each = true,
    .start = start,
    .stop = nothing,
    .free = nothing,
    .serve = serve,
};
