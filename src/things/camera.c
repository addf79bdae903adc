#include "base/time.h"
#include "things/metrics.h"
#include "things/source.h"
#include "things/thing.h"

/* What is played has its frames whenever they are asked for: a timer asks. What is live has them when they come: the vision thread
 * waits for each, and a source that breaks off is tried again, after a pause that grows. */

#define QUALITY 80
#define IDLE_STEP NSEC_PER_SEC /* between frames while nobody watches: enough for a snapshot and to be seen alive */
#define RETRY NSEC_PER_SEC     /* after a frame that could not be read */
#define FIRST_PAUSE (500 * NSEC_PER_MSEC)
#define LONGEST_PAUSE (5 * NSEC_PER_SEC)

struct camera {
    struct thing *thing;
    struct source *source;
    int64_t start; /* monotonic time of tick 0 */
    double fps;
    struct loop_timer timer;
    bool busy, stopping;
    struct err why;
    uint64_t missed; /* ticks at which the frame before was not done yet */
    struct input_stats live;
    int64_t beat;    /* when its next frame is due, monotonic */
    int64_t pause;   /* before a live source is tried again */

    /* The job: written by the loop before it is posted, by the vision thread while it runs. */
    int64_t number, not_before, captured;
    uint64_t came;
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

static void encode(struct camera *c, struct vision_image *image)
{
    c->width = vision_image_width(image);
    c->height = vision_image_height(image);
    vision_encode(image, QUALITY, &c->jpeg, &c->len, &c->err);
    vision_image_free(image);
}

static void run(void *data)
{
    struct camera *c = data;
    struct vision_image *image = source_read(c->source, c->number, c->thing->options->width, &c->err);
    if (image)
        encode(c, image);
}

static void failed(struct camera *c, int64_t pause)
{
    if (!str_eq(c->why.text, c->err.text))
        thing_say(c->thing, "error: %s", c->err.text);
    c->why = c->err;
    loop_timer_start(&c->timer, pause);
}

static void publish(struct camera *c)
{
    err_clear(&c->why);
    struct frame *frame = frame_new(c->jpeg, c->len, c->width, c->height, c->captured);
    free(c->jpeg);
    c->jpeg = NULL;
    thing_took(c->thing, &c->live, c->captured);
    video_output_push(&c->thing->videos[0], frame);
    frame_unref(frame);
}

static void done(void *data)
{
    struct camera *c = data;
    c->busy = false;
    if (c->stopping)
        return;
    if (c->jpeg)
        publish(c);
    else
        failed(c, RETRY);
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
    if (!source_is_live(c->source))
        schedule(c, 0);
}

static void run_live(void *data)
{
    struct camera *c = data;
    struct vision_image *image = source_next(c->source, c->not_before, c->thing->options->width, &c->came, &c->err);
    c->captured = time_wall();
    if (image)
        encode(c, image);
}

/* Between two frames that are wanted those that come are passed over. */
static int64_t live_step(const struct camera *c)
{
    int64_t step = c->fps > 0 ? (int64_t)(1e9 / c->fps) : 0;
    return c->thing->videos[0].stats.clients ? step : MAX(step, IDLE_STEP);
}

static void read_live(void *data);

static void broke_off(struct camera *c)
{
    struct err why = c->err;
    c->live.connected = false;
    c->live.why = why;
    err_set(&c->err, "the source %s %s", source_path(c->source), why.text);
    failed(c, c->pause);
    c->pause = MIN(2 * c->pause, LONGEST_PAUSE);
}

static void done_live(void *data)
{
    struct camera *c = data;
    c->busy = false;
    if (c->stopping)
        return;
    c->live.frames += c->came;
    c->live.dropped += c->came - (c->jpeg != NULL);
    if (!c->jpeg) {
        broke_off(c);
        return;
    }
    if (!c->live.connected) {
        c->live.connects++;
        thing_say(c->thing, "showing %s, %d × %d", source_path(c->source), c->width, c->height);
    }
    c->live.connected = true;
    c->live.last = loop_now(c->thing->loop);
    c->pause = FIRST_PAUSE;
    /* On a steady beat, unless it fell behind; a frame that comes a little before it is in time. */
    c->beat = MAX(c->beat, c->live.last - live_step(c)) + live_step(c);
    c->not_before = c->beat - live_step(c) / 4;
    publish(c);
    read_live(c);
}

static void read_live(void *data)
{
    struct camera *c = data;
    err_clear(&c->err);
    c->busy = worker_post(c->thing->worker, run_live, done_live, c);
}

static void start_live(struct camera *c)
{
    c->live = (struct input_stats){.name = "source", .shown = (char *)(uintptr_t)source_path(c->source)};
    c->fps = c->thing->options->fps;
    c->pause = FIRST_PAUSE;
    c->thing->source = &c->live;
    loop_timer_init(&c->timer, c->thing->loop, read_live, c);
    read_live(c);
}

static void start_played(struct camera *c)
{
    double fps = c->thing->options->fps, rate = source_rate(c->source);
    /* No faster than the source: nobody gains by the same picture twice. */
    c->fps = fps > 0 ? MIN(fps, rate) : rate;
    c->start = loop_now(c->thing->loop);
    loop_timer_init(&c->timer, c->thing->loop, on_tick, c);
    loop_timer_start(&c->timer, 0);
    thing_say(c->thing, "playing %s at %.3g of its %.3g frames a second", source_path(c->source), c->fps, rate);
}

static int start(struct thing *t, struct err *err)
{
    const struct thing_options *o = t->options;
    struct source *source = source_open(o->source, o->fps, err);
    if (!source)
        return -1;
    struct camera *c = xcalloc(1, sizeof *c);
    t->self = c;
    c->thing = t;
    c->source = source;
    thing_add_video(t, on_client);
    if (source_is_live(source))
        start_live(c);
    else
        start_played(c);
    return 0;
}

static void stop(struct thing *t)
{
    struct camera *c = t->self;
    c->stopping = true;
    source_interrupt(c->source);
    loop_timer_stop(&c->timer);
}

static void camera_free(struct thing *t)
{
    struct camera *c = t->self;
    t->source = NULL;
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
        err_set(err, "the first picture of %s is being waited for", source_path(c->source));
}

static void metrics(struct thing *t, struct buf *out)
{
    struct camera *c = t->self;
    metrics_single(out, "patchbay_camera_missed_total", "counter", "Frames left out because the one before was not done.",
                   (double)c->missed);
}

static void trouble(struct thing *t, struct err *what)
{
    struct camera *c = t->self;
    *what = c->why;
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
    .what = "shows a camera's stream, or plays a video or pictures as one would send them",
    .inputs = no_inputs,
    .outputs = outputs,
    .start = start,
    .stop = stop,
    .free = camera_free,
    .why = why,
    .metrics = metrics,
    .trouble = trouble,
};
