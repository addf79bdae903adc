#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "things/metrics.h"
#include "things/recording.h"
#include "things/thing.h"

/* Each input goes on as it came, as a monitor's does, and what it keeps is written beside. A disk that takes nothing is told
 * and tried again with the next frame. */

#define MAX_INPUTS 4
#define MAX_LIST (1u << 20)
#define MAX_LINES (8u << 20)
#define LOOK (5 * NSEC_PER_SEC) /* how often for what is too old */

struct storage {
    struct thing *thing;
    struct recording *recording;
    struct loop_timer expiry;
    int64_t next[MAX_INPUTS]; /* monotonic time before which no frame of a video is kept */
    uint64_t frames, lines, lost;
    struct err why;           /* the newest was not kept, "": it was */
};

static void keep(struct storage *s, enum record_kind kind, unsigned input, int64_t time, const void *data, size_t len)
{
    struct err err = ERR_INIT;
    uint64_t *count = kind == RECORD_FRAME ? &s->frames : &s->lines;
    if (recording_add(s->recording, kind, input, time, data, len, &err) == 0) {
        ++*count;
        if (err_is_set(&s->why))
            thing_say(s->thing, "recording again; %" PRIu64 " frames and lines were lost", s->lost);
        s->why = (struct err)ERR_INIT;
        return;
    }
    s->lost++;
    if (!str_eq(s->why.text, err.text))
        thing_say(s->thing, "error: not recording: %s", err.text);
    s->why = err;
}

static void on_frame(void *data, struct input *input, struct frame *frame)
{
    struct thing *t = data;
    struct storage *s = t->self;
    size_t index = thing_input_index(t, input);
    int64_t now = loop_now(t->loop), step = (int64_t)(1e9 / t->options->fps);
    video_output_push(&t->videos[index], frame);
    thing_took(t, &input->stats, frame->captured);
    if (now < s->next[index])
        return;
    /* On a steady beat, unless it fell behind. */
    s->next[index] = s->next[index] + step > now ? s->next[index] + step : now + step;
    keep(s, RECORD_FRAME, (unsigned)index, frame->captured, frame->data, frame->len);
}

static void on_line(void *data, struct input *input, const char *text, size_t len)
{
    struct thing *t = data;
    struct err err = ERR_INIT;
    cJSON *line = json_parse(text, len, &err);
    int64_t time = json_time(line, "utc");
    cJSON_Delete(line);
    line_output_push(&t->lines, text, len);
    input->stats.analysed++;
    keep(t->self, RECORD_LINE, (unsigned)thing_input_index(t, input), time > 0 ? time : loop_wall(t->loop), text, len);
}

static void on_expiry(void *data)
{
    struct storage *s = data;
    recording_expire(s->recording, loop_wall(s->thing->loop));
    loop_timer_start(&s->expiry, LOOK);
}

static void serve_list(struct storage *s, struct http_exchange *x)
{
    struct buf out;
    char begin[TIME_TEXT], end[TIME_TEXT];
    buf_init(&out, MAX_LIST);
    buf_addc(&out, '[');
    for (size_t i = 0; i < s->recording->count; i++) {
        const struct segment *g = &s->recording->segments[i];
        buf_addf(&out, "%s\n{\"begin\":\"%s\",\"end\":\"%s\",\"bytes\":%" PRId64 "}", i ? "," : "",
                 time_format(begin, g->begin, 6), time_format(end, g->end, 6), g->bytes);
    }
    buf_adds(&out, "\n]\n");
    http_reply(x, 200, "application/json", out.data, out.len);
    buf_release(&out);
}

/* The time asked for, `other` where none is; -1 when it is none, and answered. */
static int64_t asked(struct http_exchange *x, const char *name, int64_t other)
{
    const char *text = http_query(x, name);
    int64_t time = text ? time_parse(text) : other;
    if (time > 0)
        return time;
    http_replyf(x, 400, "text/plain", "%s is a time as 2026-01-01T12:00:00Z\n", name);
    return -1;
}

/* video: its number, from 1; without it any. */
static void serve_frame(struct storage *s, struct http_exchange *x)
{
    int64_t at = asked(x, "at", loop_wall(s->thing->loop)), captured, video = 0;
    const char *which = http_query(x, "video");
    struct buf jpeg;
    if (at < 0)
        return;
    if (which && (!text_int(which, &video) || video < 1 || video > MAX_INPUTS)) {
        http_replyf(x, 400, "text/plain", "video is a number from 1 to %d\n", MAX_INPUTS);
        return;
    }
    buf_init(&jpeg, FRAME_MAX_BYTES);
    if (recording_frame(s->recording, at, (int)video - 1, &jpeg, &captured))
        thing_reply_picture(x, captured, jpeg.data, jpeg.len);
    else
        http_replyf(x, 404, "text/plain", "no frame is recorded%s%s\n", err_is_set(&s->why) ? ": " : " yet", s->why.text);
    buf_release(&jpeg);
}

static void serve_lines(struct storage *s, struct http_exchange *x)
{
    struct buf lines;
    int64_t from = asked(x, "from", 1);
    int64_t to = from < 0 ? -1 : asked(x, "to", INT64_MAX);
    if (to < 0)
        return;
    buf_init(&lines, MAX_LINES);
    recording_lines(s->recording, from, to, &lines);
    if (lines.over)
        http_replyf(x, 413, "text/plain", "more than %u bytes of lines are recorded then: ask for less, by from and to\n",
                    MAX_LINES);
    else
        http_reply(x, 200, "application/x-ndjson", lines.data, lines.len);
    buf_release(&lines);
}

static bool serve(struct thing *t, struct http_exchange *x)
{
    static const struct {
        const char *path;
        void (*serve)(struct storage *s, struct http_exchange *x);
    } rows[] = {{"/recordings", serve_list}, {"/frames", serve_frame}, {"/lines", serve_lines}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (str_eq(http_path(x), rows[i].path)) {
            rows[i].serve(t->self, x);
            return true;
        }
    }
    return false;
}

/* A pod that is a process of this machine has no volume, but a folder of its own that it runs in. */
static const char *folder_of(const struct thing *t)
{
    const char *pod_ip = str_or_empty(getenv("POD_IP"));
    if (*t->options->folder)
        return t->options->folder;
    return *pod_ip && !str_starts(pod_ip, "127.") ? "/data" : "recordings";
}

static int start(struct thing *t, struct err *err)
{
    struct recording *recording = recording_open(folder_of(t), t->options->keep, (int64_t)(t->options->keep_hours * 3600e9), err);
    if (!recording)
        return err_set(err, "%s; on a cluster a volume is mounted there when the graph gives this thing a 'storage'", err->text);
    struct storage *s = xcalloc(1, sizeof *s);
    t->self = s;
    s->thing = t;
    s->recording = recording;
    line_output_init(&t->lines, t->loop, "detections");
    t->has_lines = true;
    loop_timer_init(&s->expiry, t->loop, on_expiry, s);
    on_expiry(s);
    thing_say(t, "recording in '%s': %" PRId64 " of %" PRId64 " bytes, %zu segments", recording->folder, recording->bytes,
              recording->keep, recording->count);
    return 0;
}

static void stop(struct thing *t)
{
    struct storage *s = t->self;
    loop_timer_stop(&s->expiry);
    recording_close(s->recording);
    s->recording = NULL;
}

static void storage_free(struct thing *t)
{
    free(t->self);
}

static void metrics(struct thing *t, struct buf *out)
{
    const struct storage *s = t->self;
    metrics_single(out, "patchbay_recorded_frames_total", "counter", "Frames written.", (double)s->frames);
    metrics_single(out, "patchbay_recorded_lines_total", "counter", "Lines of detections written.", (double)s->lines);
    metrics_single(out, "patchbay_recorded_lost_total", "counter", "Frames and lines that the disk did not take.",
                   (double)s->lost);
    metrics_single(out, "patchbay_recording_failing", "gauge", "1 while the disk takes nothing.", err_is_set(&s->why));
    metrics_single(out, "patchbay_recording_bytes", "gauge", "Bytes on disk.", (double)s->recording->bytes);
    metrics_single(out, "patchbay_recording_keep_bytes", "gauge", "Their bound.", (double)s->recording->keep);
    metrics_single(out, "patchbay_recording_oldest_time_seconds", "gauge", "Of what is kept, seconds since 1970; 0: nothing is.",
                   s->recording->count ? (double)s->recording->segments[0].begin / 1e9 : 0);
    metrics_single(out, "patchbay_recording_segments", "gauge", "Files on disk.", (double)s->recording->count);
}

static void trouble(struct thing *t, struct err *what)
{
    const struct storage *s = t->self;
    if (err_is_set(&s->why))
        err_set(what, "not recording: %s", s->why.text);
}

static const struct thing_port inputs[] = {
    {.name = "video", .media = "video/mjpeg", .env = "INPUT_VIDEO", .max = MAX_INPUTS},
    {.name = "detections", .media = "application/x-ndjson", .env = "INPUT_DETECTIONS", .max = MAX_INPUTS},
    {NULL},
};
static const struct thing_port outputs[] = {
    {.name = "video", .media = "video/mjpeg", .path = "/video"},
    {.name = "detections", .media = "application/x-ndjson", .path = "/detections"},
    {NULL},
};

const struct thing_class storage_class = {
    .verb = "storage",
    .class = "MStorage",
    .title = "Recorder",
    .what = "keeps frames and detections by time, with a bound on disk",
    .inputs = inputs,
    .outputs = outputs,
    .events = {.frame = on_frame, .line = on_line},
    .video_each = true,
    .start = start,
    .stop = stop,
    .free = storage_free,
    .serve = serve,
    .metrics = metrics,
    .trouble = trouble,
};
