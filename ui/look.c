#include "ui/look.h"

#include "base/time.h"
#include "ui/jpeg.h"

#define RATE_OVER (5 * NSEC_PER_SEC)
#define SAME_FRAME (NSEC_PER_MSEC) /* times are written with six digits, by programs that round */
#define WIDTH_LEAST 16             /* pixels that a thing is asked for at least */
#define LABELS_HIGH 3              /* rows that labels may be piled up */
#define SKEW (50 * NSEC_PER_MSEC)

const double look_rates[LOOK_RATES] = {1, 2, 4, 7, 10};

#define BOX_COLOUR 0xff5fff /* what no camera sees */

void look_init(struct look *look, struct dashboard *dash)
{
    *look = (struct look){.dash = dash, .rate = LOOK_RATE_FIRST};
}

static void forget(struct look *look)
{
    pixels_release(&look->raw);
    pixels_release(&look->drawn);
    look->number = look->shown_count = 0;
    look->captured = look->latency = 0;
    look->why[0] = '\0';
    look->held = false;
}

void look_release(struct look *look)
{
    forget(look);
    free(look->ns);
    free(look->pod);
    free(look->thing);
    look->ns = look->pod = look->thing = NULL;
}

void look_at(struct look *look, const struct pod *pod)
{
    if (pod && str_eq(look->pod, pod->r.name) && str_eq(look->ns, pod->r.ns))
        return;
    look_release(look);
    if (!pod)
        return;
    look->ns = xstrdup(str_or_empty(pod->r.ns));
    look->pod = xstrdup(pod->r.name);
    look->thing = xstrdup(str_or_empty(pod->thing));
    look->port = pod->port;
}

static bool has_video(const struct port_type *ports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(ports[i].media, "video/mjpeg"))
            return true;
    return false;
}

bool look_may(const struct dashboard *dash, const struct pod *pod)
{
    const struct model *model = dashboard_model((struct dashboard *)(uintptr_t)dash);
    const struct graph *graph = model->document ? document_graph(model->document) : NULL;
    if (!pod->thing || !pod->port || pod->terminal || pod->deleted)
        return false;
    const struct graph_thing *thing = graph && str_eq(pod->graph, graph->name) ? graph_find(graph, pod->thing) : NULL;
    const struct media_thing *entry = thing ? thing->entry : NULL;
    return !entry || has_video(entry->outputs, entry->output_count) || has_video(entry->inputs, entry->input_count);
}

const struct pod *look_next(const struct look *look)
{
    const struct model *model = dashboard_model(look->dash);
    const struct pod *first = NULL;
    bool past = false;
    if (!model_store(model, SOURCE_PODS))
        return NULL;
    STORE_EACH(struct pod, pod, model_store(model, SOURCE_PODS)) {
        bool is = str_eq(pod->r.name, look->pod) && str_eq(pod->r.ns, look->ns);
        bool ours = !model->graph_name || (str_eq(pod->graph, model->graph_name) && str_eq(pod->r.ns, model->graph_ns));
        if (ours && look_may(look->dash, pod)) {
            if (past)
                return pod;
            first = first ? first : pod;
        }
        past |= is;
    }
    return first;
}

/* Its pod was replaced: it goes on with another one of the thing. */
static void follow(struct look *look)
{
    struct store *pods = model_store(dashboard_model(look->dash), SOURCE_PODS);
    if (!pods || store_find(pods, look->ns, look->pod))
        return;
    STORE_EACH(struct pod, pod, pods) {
        if (str_eq(pod->thing, look->thing) && str_eq(pod->r.ns, look->ns) && look_may(look->dash, pod)) {
            look_at(look, pod);
            return;
        }
    }
}

/* The size in which it is drawn there; of one that is not known a camera's usual shape. */
static void size_of(const struct look *look, struct area area, int *w, int *h)
{
    const struct pixels *raw = &look->raw;
    picture_fit(raw->rgb ? raw->w : 4, raw->rgb ? raw->h : 3, area.w, area.h, w, h);
}

static void ask(struct look *look, struct area area)
{
    const struct model *model = dashboard_model(look->dash);
    int64_t took, every = (int64_t)((double)NSEC_PER_SEC / look_rates[look->rate]);
    struct err err = ERR_INIT;
    if (look->held || dashboard_picture_busy(look->dash, &took) || !model->ops.look)
        return;
    if (action_allowed(model, ACTION_PROXY, look->ns, &err) < 0) {
        snprintf(look->why, sizeof look->why, "%s", err.text);
        return;
    }
    int w, h;
    size_of(look, area, &w, &h);
    /* Half of the line at most: the rest is for what the keys cause. */
    struct model_look what = {look->ns, look->pod, look->thing, look->port, MAX(w, WIDTH_LEAST), MAX(every, 2 * took)};
    model->ops.look(model->data, &what);
}

static void take(struct look *look, struct area area)
{
    const struct model_picture *picture = &dashboard_model(look->dash)->picture;
    int w, h;
    size_of(look, area, &w, &h);
    bool ours = str_eq(picture->pod, look->pod) && str_eq(picture->ns, look->ns);
    if (!ours || !picture->jpeg || (look->held && look->raw.rgb))
        return;
    if (look->number == picture->number && look->raw.w == w && look->raw.h == h)
        return;
    struct pixels decoded;
    struct err err = ERR_INIT;
    bool first = look->number != picture->number;
    look->number = picture->number;
    look->why[0] = '\0';
    if (jpeg_decode(&decoded, picture->jpeg, picture->len, w, &err) < 0) {
        snprintf(look->why, sizeof look->why, "%s", err.text);
        return;
    }
    picture_fit(decoded.w, decoded.h, area.w, area.h, &w, &h);
    if (look->raw.w != w || look->raw.h != h) {
        pixels_release(&look->raw);
        pixels_release(&look->drawn);
        pixels_init(&look->raw, w, h);
        pixels_init(&look->drawn, w, h);
    }
    picture_scale(&look->raw, &decoded);
    pixels_release(&decoded);
    look->captured = picture->captured;
    if (first) {
        look->shown[look->shown_count++ % LOOK_TIMES] = dashboard_now(look->dash);
        look->latency = picture->captured ? dashboard_wall(look->dash) - picture->captured : 0;
    }
}

/* What was found in the frame that is drawn, by whichever analyser; NULL: nothing is known of it. */
static const struct detection *look_found(const struct look *look)
{
    const struct detection_log *log = dashboard_model(look->dash)->detections;
    const struct detection *d;
    for (size_t i = 0; log && look->captured && (d = detection_log_at(log, i)); i++) {
        int64_t apart = d->utc - look->captured;
        if (apart > -SAME_FRAME && apart < SAME_FRAME && !d->heartbeat)
            return d;
    }
    return NULL;
}

static bool is_free(struct area area, int x, int y, int w)
{
    for (int i = 0; i < w; i++)
        if (!draw_is_tinted(area, x + i, y))
            return false;
    return true;
}

/* Above its box, or further above where another one stands there; one that finds no room is left out. */
static void draw_label(struct area area, const struct look *look, const struct detected_object *object)
{
    char text[64];
    int x, y, len = snprintf(text, sizeof text, "%.40s %.2f", object->label, object->confidence);
    picture_place(&look->drawn, object->x_min, object->y_min, &x, &y);
    x = MAX(0, MIN(x, look->drawn.w - len));
    y = MAX(0, y / 2 - 1);
    for (int up = 0; up < LABELS_HIGH && y - up >= 0; up++)
        if (is_free(area, x, y - up, MIN(len, look->drawn.w))) {
            draw_text(area, x, y - up, ROLE_TITLE, ATTR_REVERSE, text);
            return;
        }
}

static void draw_picture(struct look *look, struct area area)
{
    const struct detection *found = look_found(look);
    struct pixels *drawn = &look->drawn;
    struct area there = area_sub(area, (area.w - drawn->w) / 2, 0, drawn->w, area.h);
    memcpy(drawn->rgb, look->raw.rgb, (size_t)(drawn->w * drawn->h) * 3);
    for (size_t i = 0; found && i < found->count; i++) {
        const struct detected_object *o = &found->objects[i];
        picture_box(drawn, o->x_min, o->y_min, o->x_max, o->y_max, BOX_COLOUR);
    }
    picture_draw(there, 0, 0, drawn);
    for (size_t i = 0; found && i < found->count; i++)
        draw_label(there, look, &found->objects[i]);
}

void look_draw(struct look *look, struct area area)
{
    const struct model_picture *picture = &dashboard_model(look->dash)->picture;
    if (!look->pod || area.w < 4 || area.h < 2)
        return;
    follow(look);
    take(look, area);
    ask(look, area);
    const char *why = look->why[0] ? look->why : picture->why;
    if (look->raw.rgb && !look->why[0])
        draw_picture(look, area);
    else if (*why)
        draw_wrapped(area, 1, 1, area.w - 2, ROLE_WARNING, 0, why);
    else
        draw_textf(area, 1, 1, ROLE_DIM, 0, "waiting for a picture of %s…", look->thing);
}

/* A second, over the last five; 0: not known yet. */
static double rate_of(const struct look *look)
{
    int64_t now = dashboard_now(look->dash), first = INT64_MAX, last = 0;
    int count = 0;
    for (size_t i = 0; i < LOOK_TIMES && i < look->shown_count; i++)
        if (now - look->shown[i] < RATE_OVER) {
            first = MIN(first, look->shown[i]);
            last = MAX(last, look->shown[i]);
            count++;
        }
    return count > 1 && last > first ? (double)(count - 1) / ((double)(last - first) / 1e9) : 0;
}

void look_words(const struct look *look, char *out, size_t size)
{
    double rate = rate_of(look);
    int len = snprintf(out, size, "%s", str_or_empty(look->thing));
    if (rate > 0)
        snprintf(out + len, size - (size_t)len, "  %.1f of %g pictures/s", rate, look_rates[look->rate]);
}

void look_latency(const struct look *look, char *out, size_t size)
{
    char text[TIME_TEXT];
    const struct detection *found = look_found(look);
    int len = 0;
    out[0] = '\0';
    if (look->latency < -SKEW) {
        snprintf(out, size, "captured %s after it was shown: the clocks differ", time_span(text, -look->latency));
        return;
    }
    if (!look->latency)
        return;
    if (found && found->analysed >= found->utc)
        len = snprintf(out, size, " → analysed %s", time_span(text, found->analysed - found->utc));
    char before[64];
    snprintf(before, sizeof before, "%.*s", len, out);
    snprintf(out, size, "captured%s → shown %s", before, time_span(text, MAX(look->latency, 0)));
}
