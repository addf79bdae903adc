#include "things/thing.h"

#include "base/text.h"
#include "things/vision.h"

#define QUALITY 80
#define MIN_WIDTH 16
#define MAX_WIDTH 4096

/* One answer that waits for the vision thread. */
struct snapshot {
    struct http_exchange *x; /* NULL: the client left */
    struct frame *frame;
    int width;
    void *jpeg;
    size_t len;
    struct err err;
};

static void run(void *data)
{
    struct snapshot *s = data;
    struct vision_image *image = vision_decode(s->frame->data, s->frame->len, s->width, &s->err);
    if (!image)
        return;
    vision_encode(image, QUALITY, &s->jpeg, &s->len, &s->err);
    vision_image_free(image);
}

void thing_reply_picture(struct http_exchange *x, int64_t captured, const void *jpeg, size_t len)
{
    char stamp[48];
    snprintf(stamp, sizeof stamp, "%" PRId64 ".%06" PRId64, captured / NSEC_PER_SEC, captured % NSEC_PER_SEC / NSEC_PER_USEC);
    http_add_header(x, "X-Timestamp", stamp);
    http_add_header(x, "Cache-Control", "no-store");
    http_reply(x, 200, "image/jpeg", jpeg, len);
}

static void done(void *data)
{
    struct snapshot *s = data;
    if (s->x) {
        http_on_gone(s->x, NULL, NULL);
        if (s->jpeg)
            thing_reply_picture(s->x, s->frame->captured, s->jpeg, s->len);
        else
            http_replyf(s->x, 503, "text/plain", "%s\n",
                        err_is_set(&s->err) ? s->err.text : "the thing is being ended");
    }
    frame_unref(s->frame);
    free(s->jpeg);
    free(s);
}

static void on_gone(void *data)
{
    struct snapshot *s = data;
    s->x = NULL;
}

/* The number asked for, or `other` where it is not given; -1 when it is none, or out of bounds. */
static int64_t asked(struct http_exchange *x, const char *name, int64_t min, int64_t max, int64_t other)
{
    const char *text = http_query(x, name);
    int64_t n;
    if (!text)
        return other;
    return text_int(text, &n) && n >= min && n <= max ? n : -1;
}

static const struct frame *newest(const struct thing *t, int64_t which)
{
    if (which > 0)
        return t->videos[which - 1].newest;
    const struct frame *frame = NULL;
    for (size_t i = 0; i < t->video_count; i++) {
        const struct frame *other = t->videos[i].newest;
        if (other && (!frame || other->captured > frame->captured))
            frame = other;
    }
    return frame;
}

void thing_snapshot(struct thing *t, struct http_exchange *x)
{
    int64_t width = asked(x, "w", MIN_WIDTH, MAX_WIDTH, 0);
    int64_t which = asked(x, "video", 1, (int64_t)t->video_count, 0);
    if (width < 0) {
        http_replyf(x, 400, "text/plain", "w is a width in pixels from %d to %d\n", MIN_WIDTH, MAX_WIDTH);
        return;
    }
    if (which < 0) {
        http_replyf(x, 400, "text/plain", "video is a number from 1 to %zu\n", t->video_count);
        return;
    }
    const struct frame *frame = newest(t, which);
    if (!frame) {
        struct err why = ERR_INIT;
        thing_check_ready(t, &why);
        http_replyf(x, 503, "text/plain", "there is no picture yet%s%s\n", *why.text ? ": " : "", why.text);
        return;
    }
    if (width == 0 || width >= frame->width) {
        thing_reply_picture(x, frame->captured, frame->data, frame->len);
        return;
    }
    struct snapshot *s = xcalloc(1, sizeof *s);
    s->x = x;
    s->width = (int)width;
    s->frame = frame_ref((struct frame *)(uintptr_t)frame);
    if (!worker_post(t->worker, run, done, s)) {
        http_replyf(x, 503, "text/plain", "too many pictures are asked for at once\n");
        frame_unref(s->frame);
        free(s);
        return;
    }
    http_on_gone(x, on_gone, s);
}
