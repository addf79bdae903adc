#include "things/source.h"
#include "things/thing.h"

#define QUALITY 80
#define IDLE_STEP NSEC_PER_SEC /* between frames while nobody watches: enough for a snapshot and to be seen alive */
#define RETRY NSEC_PER_SEC     /* after a frame that could not be read */

struct camera {
    struct thing *thing;
    struct source *source;
    int64_t start; /* monotonic time of tick 0 */
    double fps;
    struct loop_timer timer;
    bool busy, stopping;
    struct err why;
    uint64_t missed; /* ticks at which the frame before was not done yet */

    /* The job: written by the loop before it is posted, by the vision thread while it runs. */
    int64_t number, captured;
    void *jpeg;
    size_t len;
    int width, height;
    struct err err;
};

/* The time of a tick, and the first tick that is not before a time. */
static int64_t tick_time(const struct camera *c, int64_t tick)
{
    return c->start + (int64_t)((double)tick * 1e9 / c->fps);
}

static int64_t tick_at(const struct camera *c, int64_t time)
{
    int64_t tick = (int64_t)((double)(time - c->start) * c->fps / 1e9);
    while (tick_time(c, tick) < time)
        tick++;
    return tick;
}

static void schedule(struct camera *c, int64_t after)
{
    int64_t now = loop_now(c->thing->loop);
    loop_timer_start(&c->timer, tick_time(c, tick_at(c, now + after)) - now);
}

static void run(void *data)
{
    struct camera *c = data;
    struct vision_image *image = source_read(c->source, c->number, c->thing->options->width, &c->err);
    if (!image)
        return;
    c->width = vision_image_width(image);
    c->height = vision_image_height(image);
    vision_encode(image, QUALITY, &c->jpeg, &c->len, &c->err);
    vision_image_free(image);
}

static void failed(struct camera *c)
{
    if (!str_eq(c->why.text, c->err.text))
        thing_say(c->thing, "%s", c->err.text);
    c->why = c->err;
    loop_timer_start(&c->timer, RETRY);
}

static void done(void *data)
{
    struct camera *c = data;
    c->busy = false;
    if (c->stopping)
        return;
    if (!c->jpeg) {
        failed(c);
        return;
    }
    err_clear(&c->why);
    struct frame *frame = frame_new(c->jpeg, c->len, c->width, c->height, c->captured);
    free(c->jpeg);
    c->jpeg = NULL;
    c->thing->latency = (double)(loop_wall(c->thing->loop) - c->captured) / 1e9;
    video_output_push(&c->thing->videos[0], frame);
    frame_unref(frame);
}

static void on_tick(void *data)
{
    struct camera *c = data;
    struct thing *t = c->thing;
    int64_t now = loop_now(t->loop);
    if (c->busy) {
        c->missed++;
    } else {
        /* The tick that is due is the last one not after now. */
        int64_t tick = tick_at(c, now + 1) - 1;
        c->number = (int64_t)((double)tick * source_rate(c->source) / c->fps + 1e-6);
        c->captured = loop_wall(t->loop);
        err_clear(&c->err);
        c->busy = worker_post(t->worker, run, done, c);
    }
    schedule(c, t->videos[0].stats.clients ? 1 : IDLE_STEP);
}

static void on_client(void *data)
{
    struct thing *t = data;
    struct camera *c = t->self;
    schedule(c, 0);
}

static int start(struct thing *t, struct err *err)
{
    const struct thing_options *o = t->options;
    struct source *source = source_open(o->source, o->fps > 0 ? o->fps : 1, err);
    if (!source)
        return -1;
    struct camera *c = xcalloc(1, sizeof *c);
    t->self = c;
    c->thing = t;
    c->source = source;
    /* No faster than the source: nobody gains by the same picture twice. */
    c->fps = o->fps > 0 ? MIN(o->fps, source_rate(source)) : source_rate(source);
    c->start = loop_now(t->loop);
    thing_add_video(t, on_client);
    loop_timer_init(&c->timer, t->loop, on_tick, c);
    loop_timer_start(&c->timer, 0);
    thing_say(t, "playing %s at %.3g of its %.3g frames a second", source_path(source), c->fps, source_rate(source));
    return 0;
}

static void stop(struct thing *t)
{
    struct camera *c = t->self;
    c->stopping = true;
    loop_timer_stop(&c->timer);
}

static void camera_free(struct thing *t)
{
    struct camera *c = t->self;
    source_close(c->source);
    free(c->jpeg);
    free(c);
}

static void why(struct thing *t, struct err *err)
{
    struct camera *c = t->self;
    if (err_is_set(&c->why))
        *err = c->why;
    else
        err_set(err, "the first picture of %s is being read", source_path(c->source));
}

static void metrics(struct thing *t, struct buf *out)
{
    struct camera *c = t->self;
    buf_addf(out,
             "# HELP patchbay_camera_missed_total Frames left out because the one before was not done.\n"
             "# TYPE patchbay_camera_missed_total counter\npatchbay_camera_missed_total %" PRIu64 "\n",
             c->missed);
}

static const struct thing_port no_inputs[] = {{NULL}};
static const struct thing_port outputs[] = {
    {.name = "video", .media = "video/mjpeg", .path = "/video"},
    {NULL},
};

const struct thing_class camera_class = {
    .verb = "camera",
    .class = "MSensor",
    .title = "Camera",
    .what = "plays a video or pictures as a camera would send them",
    .inputs = no_inputs,
    .outputs = outputs,
    .start = start,
    .stop = stop,
    .free = camera_free,
    .why = why,
    .metrics = metrics,
};
