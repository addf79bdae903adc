#include "base/text.h"
#include "things/detections.h"
#include "things/labels.h"
#include "things/metrics.h"
#include "things/region.h"
#include "things/thing.h"
#include "things/track.h"

#define QUALITY 80
#define MAX_INPUTS 4
#define MAX_LINE (64u << 10)
#define PICTURE_STEP NSEC_PER_SEC /* between pictures with boxes while nobody watches */
#define PRINTED_A_SECOND 5
#define HEARTBEAT (10 * NSEC_PER_SEC)

/* The newest frame of an input, waiting for its turn. */
struct slot {
    struct frame *frame;
    uint64_t number;
    int64_t first; /* capture time of the input's first frame */
    int64_t last_picture;
    struct tracker tracker;
    struct vision_motion *motion; /* the vision thread's; NULL unless motion is looked for */
};

struct detector;
/* What is looked for, and how. */
struct method {
    const char *name, *label; /* label: of all that it finds; "": those of --labels */
    int (*find)(struct detector *d, const struct vision_image *image); /* on the vision thread */
};

struct detector {
    struct thing *thing;
    const struct method *method;
    struct region region;
    struct vision_people *people; /* NULL unless they are looked for */
    struct vision_model *model;   /* the same */
    struct labels labels;
    struct slot slots[MAX_INPUTS];
    size_t turn; /* the input that is looked at first */
    struct loop_timer timer, heartbeat;
    int64_t next; /* monotonic time before which no frame is taken */
    bool busy, stopping;
    uint64_t *objects; /* of each label */
    uint64_t failed;
    int64_t print_second;
    int printed;
    struct err why;

    /* The job: written by the loop before it is posted, by the vision thread while it runs. */
    struct {
        size_t slot;
        struct frame *frame;
        uint64_t number;
        int max_width;
        bool want_picture;
        struct vision_box boxes[TRACKS];
        int count; /* -1: failed */
        int width, height;
        void *jpeg;
        size_t len;
        struct err err;
    } job;
};

static int find_people(struct detector *d, const struct vision_image *image)
{
    return vision_people_find(d->people, image, d->thing->options->confidence, d->job.boxes, TRACKS, &d->job.err);
}

static int find_motion(struct detector *d, const struct vision_image *image)
{
    const struct thing_options *o = d->thing->options;
    int count = vision_motion_find(d->slots[d->job.slot].motion, image, o->sensitivity, o->min_area, d->job.boxes, TRACKS,
                                   &d->job.err);
    int kept = 0;
    for (int i = 0; i < count; i++)
        if (d->job.boxes[i].confidence >= o->confidence)
            d->job.boxes[kept++] = d->job.boxes[i];
    return count < 0 ? count : kept;
}

static int find_by_model(struct detector *d, const struct vision_image *image)
{
    return vision_model_find(d->model, image, d->thing->options->confidence, d->job.boxes, TRACKS, &d->job.err);
}

static const struct method methods[] = {
    {"people", "person", find_people},
    {"motion", "motion", find_motion},
    {"model", "", find_by_model},
};

static const char *const *label_names(const struct detector *d)
{
    return (const char *const *)d->labels.names;
}

static void run(void *data)
{
    struct detector *d = data;
    d->job.count = -1;
    struct vision_image *image = vision_decode(d->job.frame->data, d->job.frame->len, d->job.max_width, &d->job.err);
    if (!image)
        return;
    d->job.width = vision_image_width(image);
    d->job.height = vision_image_height(image);
    d->job.count = d->method->find(d, image);
    if (d->job.count > 0)
        d->job.count = (int)region_keep(&d->region, d->job.boxes, (size_t)d->job.count, d->job.width, d->job.height);
    if (d->job.want_picture && d->job.count >= 0) {
        if (d->region.count)
            vision_draw_outline(image, d->region.corners, d->region.count);
        vision_draw(image, d->job.boxes, (size_t)d->job.count, label_names(d));
        vision_encode(image, QUALITY, &d->job.jpeg, &d->job.len, &d->job.err);
    }
    vision_image_free(image);
}

static struct detections_tags tags_of(const struct thing *t)
{
    return (struct detections_tags){.graph = t->graph, .thing = t->name, .pod = t->pod};
}

/* Standard output is the pod's log: what is worth keeping, and no more than a few lines a second. */
static void print(struct detector *d, const struct buf *line)
{
    int64_t second = loop_now(d->thing->loop) / NSEC_PER_SEC;
    if (second != d->print_second) {
        d->print_second = second;
        d->printed = 0;
    }
    if (d->printed++ < PRINTED_A_SECOND)
        printer_line(&d->thing->printer, line->data, line->len);
}

static void publish(struct detector *d)
{
    struct thing *t = d->thing;
    struct slot *slot = &d->slots[d->job.slot];
    int64_t ids[TRACKS];
    size_t count = (size_t)d->job.count;
    tracker_update(&slot->tracker, d->job.boxes, count, ids);
    struct detections_frame frame = {
        .stream_time = d->job.frame->captured - slot->first,
        .captured = d->job.frame->captured,
        .analysed = loop_wall(t->loop),
        .frame = d->job.number,
        .source = t->inputs[d->job.slot].stats.shown,
        .width = d->job.width,
        .height = d->job.height,
        .labels = label_names(d),
        .boxes = d->job.boxes,
        .ids = ids,
        .count = count,
    };
    struct detections_tags tags = tags_of(t);
    struct buf line;
    buf_init(&line, MAX_LINE);
    detections_line(&line, &frame, &tags);
    if (!line.over) {
        line_output_push(&t->lines, line.data, line.len);
        if (count)
            print(d, &line);
    }
    buf_release(&line);
    for (size_t i = 0; i < count; i++)
        d->objects[d->job.boxes[i].kind]++;
    t->analysed++;
    thing_took(t, &t->inputs[d->job.slot].stats, frame.captured);
    if (!d->job.jpeg)
        return;
    slot->last_picture = loop_now(t->loop);
    struct frame *picture = frame_new(d->job.jpeg, d->job.len, d->job.width, d->job.height, frame.captured);
    video_output_push(&t->videos[d->job.slot], picture);
    frame_unref(picture);
}

static void drop(struct thing *t, struct input_stats *in)
{
    t->dropped++;
    in->dropped++;
}

static void take_next(void *data);

static void done(void *data)
{
    struct detector *d = data;
    d->busy = false;
    if (!d->stopping && d->job.count >= 0) {
        err_clear(&d->why);
        publish(d);
    } else if (!d->stopping) {
        d->failed++;
        if (!str_eq(d->why.text, d->job.err.text))
            thing_say(d->thing, "warning: a frame was left out: %s", d->job.err.text);
        d->why = d->job.err;
    }
    free(d->job.jpeg);
    d->job.jpeg = NULL;
    frame_unref(d->job.frame);
    d->job.frame = NULL;
    if (!d->stopping)
        take_next(d);
}

/* A new frame, a free thread or the next moment that --fps allows: whatever came last starts the work. */
static void take_next(void *data)
{
    struct detector *d = data;
    struct thing *t = d->thing;
    if (d->busy)
        return;
    size_t i = 0;
    while (i < MAX_INPUTS && !d->slots[(d->turn + i) % MAX_INPUTS].frame)
        i++;
    if (i == MAX_INPUTS)
        return;
    int64_t now = loop_now(t->loop), step = (int64_t)(1e9 / t->options->fps);
    if (now < d->next) {
        loop_timer_start(&d->timer, d->next - now);
        return;
    }
    /* On a steady beat, unless it fell behind. */
    d->next = d->next + step > now ? d->next + step : now + step;
    size_t at = (d->turn + i) % MAX_INPUTS;
    struct slot *slot = &d->slots[at];
    d->turn = at + 1;
    d->job.slot = at;
    d->job.frame = slot->frame;
    d->job.number = slot->number;
    d->job.max_width = t->options->width;
    d->job.want_picture = t->videos[at].stats.clients || !slot->last_picture || now - slot->last_picture >= PICTURE_STEP;
    err_clear(&d->job.err);
    slot->frame = NULL;
    d->busy = worker_post(t->worker, run, done, d);
    if (!d->busy) {
        frame_unref(d->job.frame);
        d->job.frame = NULL;
        drop(t, &t->inputs[at].stats);
        loop_timer_start(&d->timer, step);
    }
}

static void on_frame(void *data, struct input *input, struct frame *frame)
{
    struct thing *t = data;
    struct detector *d = t->self;
    struct slot *slot = &d->slots[thing_input_index(t, input)];
    if (slot->frame)
        drop(t, &input->stats);
    frame_unref(slot->frame);
    slot->frame = frame_ref(frame);
    slot->number = input->stats.frames;
    if (!slot->first)
        slot->first = frame->captured;
    take_next(d);
}

static void on_heartbeat(void *data)
{
    struct detector *d = data;
    struct thing *t = d->thing;
    struct detections_counts counts = {.analysed = t->analysed, .dropped = t->dropped, .objects = d->objects,
                                       .labels = label_names(d), .label_count = d->labels.count};
    struct detections_tags tags = tags_of(t);
    for (size_t i = 0; i < t->input_count; i++) {
        counts.received += t->inputs[i].stats.frames;
        counts.broken += t->inputs[i].stats.broken;
    }
    struct buf line;
    buf_init(&line, MAX_LINE);
    detections_heartbeat(&line, loop_wall(t->loop), &counts, &tags);
    printer_line(&t->printer, line.data, line.len);
    buf_release(&line);
    loop_timer_start(&d->heartbeat, HEARTBEAT);
}

static const struct method *find_method(const char *name, struct err *err)
{
    const char *names[ARRAY_SIZE(methods) + 1] = {NULL};
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        names[i] = methods[i].name;
        if (str_eq(name, methods[i].name))
            return &methods[i];
    }
    const char *nearest = text_nearest(name, names);
    err_set(err, "--method takes people, motion or model, not '%.80s'%s%s%s", name, nearest ? "; did you mean " : "",
            str_or_empty(nearest), nearest ? "?" : "");
    return NULL;
}

static int open_model(struct detector *d, struct err *err)
{
    const struct thing_options *o = d->thing->options;
    if (!*o->model)
        return err_set(err, "--method model needs --model FILE, an ONNX model");
    if (labels_read(&d->labels, o->labels, err) < 0)
        return err_prefix(err, "--labels");
    d->model = vision_model_open(o->model, o->input_size, (int)d->labels.count, err);
    if (!d->model)
        return -1;
    /* Where neither knows, all that could come are named. */
    labels_fill(&d->labels, vision_model_kinds(d->model) ? (size_t)vision_model_kinds(d->model) : VISION_KINDS);
    thing_say(d->thing, "the model %s knows %zu labels", o->model, d->labels.count);
    return 0;
}

/* What the method keeps from frame to frame. */
static int set_up(struct detector *d, struct err *err)
{
    if (d->method->find == find_by_model)
        return open_model(d, err);
    labels_read(&d->labels, d->method->label, err);
    if (d->method->find == find_people) {
        d->people = vision_people_new(err);
        return d->people ? 0 : -1;
    }
    for (size_t i = 0; i < MAX_INPUTS; i++)
        d->slots[i].motion = vision_motion_new();
    return 0;
}

static int start(struct thing *t, struct err *err)
{
    struct region region;
    const struct method *method = find_method(*t->options->model ? "model" : t->options->method, err);
    if (!method)
        return -1;
    if (region_parse(&region, t->options->region, err) < 0)
        return err_prefix(err, "--region");
    struct detector *d = xcalloc(1, sizeof *d);
    d->thing = t;
    d->method = method;
    d->region = region;
    if (set_up(d, err) < 0) {
        labels_release(&d->labels);
        free(d);
        return -1;
    }
    d->objects = xcalloc(d->labels.count, sizeof *d->objects);
    t->self = d;
    loop_timer_init(&d->timer, t->loop, take_next, d);
    loop_timer_init(&d->heartbeat, t->loop, on_heartbeat, d);
    loop_timer_start(&d->heartbeat, HEARTBEAT);
    line_output_init(&t->lines, t->loop, "detections");
    t->has_lines = true;
    return 0;
}

static void stop(struct thing *t)
{
    struct detector *d = t->self;
    d->stopping = true;
    loop_timer_stop(&d->timer);
    loop_timer_stop(&d->heartbeat);
}

static void detector_free(struct thing *t)
{
    struct detector *d = t->self;
    for (size_t i = 0; i < MAX_INPUTS; i++) {
        frame_unref(d->slots[i].frame);
        vision_motion_free(d->slots[i].motion);
    }
    vision_people_free(d->people);
    vision_model_free(d->model);
    labels_release(&d->labels);
    free(d->objects);
    free(d);
}

static void why(struct thing *t, struct err *err)
{
    struct detector *d = t->self;
    if (err_is_set(&d->why))
        *err = d->why;
    else
        err_set(err, "the first frame is being analysed");
}

static void metrics(struct thing *t, struct buf *out)
{
    struct detector *d = t->self;
    metrics_family(out, "patchbay_objects_total", "counter", "Objects found.");
    for (size_t i = 0; i < d->labels.count; i++) {
        const char *labels[] = {"label", d->labels.names[i], NULL};
        if (d->objects[i] || d->labels.count == 1)
            metrics_sample(out, "patchbay_objects_total", (double)d->objects[i], labels);
    }
    metrics_single(out, "patchbay_frames_failed_total", "counter", "Frames that could not be decoded or analysed.",
                   (double)d->failed);
}

static const struct thing_port inputs[] = {
    {.name = "video", .media = "video/mjpeg", .env = "INPUT_VIDEO", .required = true, .max = MAX_INPUTS},
    {NULL},
};
static const struct thing_port outputs[] = {
    {.name = "video", .media = "video/mjpeg", .path = "/video"},
    {.name = "detections", .media = "application/x-ndjson", .path = "/detections"},
    {NULL},
};

const struct thing_class detector_class = {
    .verb = "detector",
    .class = "MAnalyser",
    .title = "Detector",
    .what = "finds people, motion or what a model knows in a video, and says where",
    .inputs = inputs,
    .outputs = outputs,
    .events = {.frame = on_frame},
    .video_each = true,
    .start = start,
    .stop = stop,
    .free = detector_free,
    .why = why,
    .metrics = metrics,
};
