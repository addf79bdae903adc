#include "ui/view.h"

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "ui/look.h"
#include "ui/objects.h"
#include "ui/table.h"
#include "ui/view/detections_figures.h"

#define PICTURE_FROM 110 /* columns from which on there is room for a picture beside the table */
#define SAVED_MAX (64u << 20)

enum column { TIME, THING, FRAME, OBJECTS };

static const struct list_column columns[] = {
    [TIME] = {"TIME", .min = 12},
    [THING] = {"THING", .max = 24, .rank = 2},
    [FRAME] = {"FRAME", .right = true, .rank = 1},
    [OBJECTS] = {"OBJECTS", .min = 12, .stretch = true},
};

struct detections {
    struct table table;
    struct look look;
    bool no_picture; /* beside the table */
    bool only_found; /* frames with objects only */
    size_t least;    /* which of confidences objects must have */
};

static const double confidences[] = {0, 0.5, 0.6, 0.7, 0.8, 0.9};

enum { DETECTIONS_FOUND = LIST_COMMANDS, DETECTIONS_ENTER, DETECTIONS_SURE, DETECTIONS_PANEL, DETECTIONS_PICTURE };

static const struct binding bindings[] = {
    {"f", DETECTIONS_FOUND, "found only", "frames with something found, or all"},
    {"Enter", DETECTIONS_ENTER, "details", "every object of the frame, with its box"},
    {"c", DETECTIONS_SURE, "confidence", "only objects at least that sure: 0.5 … 0.9, or all"},
    {"v", DETECTIONS_PICTURE, "picture", "the picture of the analyser, with its boxes", ACTION_PROXY},
    {"p", DETECTIONS_PANEL, NULL, "the picture beside the table, where there is room, or none"},
    {NULL},
};

static int64_t time_of(const struct detection *detection)
{
    return detection->utc ? detection->utc : detection->analysed;
}

static size_t sure_count(const struct detections *detections, const struct detection *detection)
{
    size_t count = 0;
    for (size_t i = 0; i < detection->count; i++)
        count += detection->objects[i].confidence >= confidences[detections->least];
    return count;
}

static void objects_text(char *out, size_t size, const struct detection *detection, double least)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < detection->count && len < size; i++) {
        const struct detected_object *object = &detection->objects[i];
        if (object->confidence < least)
            continue;
        int n = snprintf(out + len, size - len, "%s%s %.2f", len ? "  " : "", object->label, object->confidence);
        len += n > 0 ? (size_t)n : 0;
    }
    if (detection->more && len < size)
        snprintf(out + len, size - len, "  and %zu more", detection->more);
}

/* Where results are missing a row says so. */
static void gap_cell(const struct detection *detection, struct list_cell *out)
{
    char text[GAP_TEXT];
    snprintf(out->text, sizeof out->text, "— %s", gap_text(text, &detection->gap));
    out->role = ROLE_WARNING;
}

static void cell(void *data, const void *row, size_t column, struct list_cell *out)
{
    const struct detections *detections = data;
    const struct detection *detection = row;
    bool gap = gap_is(&detection->gap);
    switch ((enum column)column) {
    case TIME: {
        char text[TIME_TEXT];
        if (time_of(detection))
            snprintf(out->text, sizeof out->text, "%.12s", time_format(text, time_of(detection), 3) + 11);
        else
            snprintf(out->text, sizeof out->text, "?");
        out->role = ROLE_DIM;
        out->number = true;
        out->order = (double)time_of(detection);
        break;
    }
    case THING:
        snprintf(out->text, sizeof out->text, "%s", detection->thing);
        break;
    case FRAME:
        if (!gap)
            snprintf(out->text, sizeof out->text, "%" PRId64, detection->frame);
        out->role = ROLE_DIM;
        out->number = true;
        out->order = (double)detection->frame;
        break;
    case OBJECTS:
        objects_text(out->text, sizeof out->text, detection, confidences[detections->least]);
        if (gap) {
            gap_cell(detection, out);
        } else if (!out->text[0]) {
            snprintf(out->text, sizeof out->text, "-");
            out->role = ROLE_DIM;
        }
        break;
    }
}

static void identity(void *data UNUSED, const void *row, char *out, size_t size)
{
    const struct detection *detection = row;
    snprintf(out, size, "%s/%" PRId64 "/%" PRId64 "/%d", detection->pod, detection->frame, time_of(detection),
             gap_is(&detection->gap));
}

static const char *empty(void *data)
{
    struct detections *detections = data;
    const struct model *model = dashboard_model(detections->table.dash);
    if (model->detections_why[0])
        return model->detections_why;
    return detections->only_found ? "nothing was found yet; f shows all frames"
                                  : "no detections yet; they come when an analyser of the graph has a result";
}

static const struct list_class list_class = {
    .columns = columns,
    .column_count = ARRAY_SIZE(columns),
    .cell = cell,
    .identity = identity,
    .empty = empty,
};

static struct detection_log *log_of(struct detections *detections)
{
    return dashboard_model(detections->table.dash)->detections;
}

static void rebuild(void *state)
{
    struct detections *detections = state;
    struct detection_log *log = log_of(detections);
    struct list *list = &detections->table.list;
    bool at_top = list->selected == 0 && list->sort < 0;
    list_begin(list);
    for (size_t i = 0; log && i < detection_log_count(log); i++) {
        const struct detection *detection = detection_log_at(log, i);
        if (!detection->heartbeat && (!detections->only_found || gap_is(&detection->gap) || sure_count(detections, detection)))
            list_add(list, detection);
    }
    /* At the top one watches the newest; further down one reads a row, and it stays. */
    if (at_top)
        list->selected_id[0] = '\0';
    list_end(list);
}

static bool detections_changed(void *state, unsigned mask)
{
    struct detections *detections = state;
    if (mask & CHANGED_CLIENT) /* its pod is of the cluster that is left */
        look_at(&detections->look, NULL);
    if (!(mask & CHANGED_DETECTIONS))
        return mask & CHANGED_PICTURE;
    /* The log's own memory moves on: the rows must be made anew even while the view stands still. */
    detections->table.dirty = true;
    return true;
}

/* Of the row that one reads, else the first that there is. */
static void choose_picture(struct detections *detections)
{
    const struct detection *detection = table_selected(detections);
    const struct model *model = dashboard_model(detections->table.dash);
    struct store *pods = model_store(model, SOURCE_PODS);
    const struct record *pod = detection && pods && model->graph_ns ? store_find(pods, model->graph_ns, detection->pod) : NULL;
    if (pod)
        look_at(&detections->look, (const struct pod *)pod);
    else if (!detections->look.pod)
        look_at(&detections->look, look_next(&detections->look));
}

/* Its width; 0: there is none. */
static int draw_panel(struct detections *detections, struct area area)
{
    int w = MAX(46, area.w * 2 / 5);
    if (area.w < PICTURE_FROM || detections->no_picture || !log_of(detections) || !detection_log_count(log_of(detections)))
        return 0;
    choose_picture(detections);
    if (!detections->look.pod)
        return 0;
    char words[256];
    struct area panel = area_sub(area, area.w - w, 0, w - 1, area.h);
    look_words(&detections->look, words, sizeof words);
    draw_field(panel, 0, 0, panel.w, ROLE_TITLE, 0, words);
    look_draw(&detections->look, area_sub(panel, 0, 1, panel.w, panel.h - 1));
    return w + 1;
}

static void detections_draw(void *state, struct area area)
{
    struct detections *detections = state;
    struct detection_log *log = log_of(detections);
    int64_t now = dashboard_wall(detections->table.dash);
    table_sync(state);
    if (log)
        detection_log_show(log, now);
    int top = detections_draw_analysers(log, now, area);
    struct area below = area_sub(area, 0, top, area.w, area.h - top);
    below.w -= draw_panel(detections, below);
    below = area_sub(below, 0, 0, below.w, below.h);
    int labels = detections_draw_labels(log, now, below);
    detections->table.list.offset = top + labels;
    list_draw(&detections->table.list, area_sub(below, 0, labels, below.w, below.h - labels));
}

/* What the table shows, oldest first. */
static unsigned save(void *state, const char *path)
{
    struct detections *detections = state;
    struct dashboard *dash = detections->table.dash;
    const struct list *list = &detections->table.list;
    size_t len = strlen(path), frames = 0;
    bool csv = len > 4 && str_eq(path + len - 4, ".csv"), ndjson = len > 7 && str_eq(path + len - 7, ".ndjson");
    struct err err = ERR_INIT;
    if (!csv && !ndjson)
        err_set(&err, "write :save FILE.ndjson (a line a frame) or :save FILE.csv (a line an object)");
    else if (file_exists(path))
        err_set(&err, "'%s' is there already; give another name", path);
    struct buf out;
    buf_init(&out, SAVED_MAX);
    if (csv)
        detection_write_csv_head(&out);
    table_sync(state);
    for (size_t i = 0; i < list->count && !err_is_set(&err); i++) {
        struct detection picked;
        const struct detection *row = list->rows[list->sort < 0 ? list->count - 1 - i : i];
        if (gap_is(&row->gap))
            continue;
        detection_pick(&picked, row, NULL, confidences[detections->least]);
        (csv ? detection_write_csv : detection_write_json)(&out, &picked);
        frames++;
    }
    if (!err_is_set(&err))
        file_save(path, out.data, out.len, 0644, &err);
    buf_release(&out);
    if (err_is_set(&err))
        dashboard_say(dash, ROLE_BAD, "%s", err.text);
    else
        dashboard_say(dash, ROLE_GOOD, "%zu frames are in %s", frames, path);
    return DID_CHANGE;
}

static const struct view_command commands[] = {
    {"save", "FILE", "saves what the table shows, as FILE.ndjson or FILE.csv", save, NULL},
    {NULL},
};

static void show_details(struct detections *detections)
{
    const struct detection *detection = table_selected(detections);
    if (!detection || gap_is(&detection->gap))
        return;
    struct buf text;
    char at[TIME_TEXT];
    buf_init(&text, 64 * 1024);
    buf_addf(&text, "thing: %s\npod: %s\nsource: %s\nframe: %" PRId64 "\n", detection->thing, detection->pod,
             detection->source, detection->frame);
    buf_addf(&text, "captured: %s\n", detection->utc ? time_format(at, detection->utc, 3) : "unknown");
    buf_addf(&text, "analysed: %s\n", detection->analysed ? time_format(at, detection->analysed, 3) : "unknown");
    buf_addf(&text, "size: %dx%d\nobjects:\n", detection->width, detection->height);
    for (size_t i = 0; i < detection->count; i++) {
        const struct detected_object *o = &detection->objects[i];
        buf_addf(&text, "- label: %s\n  confidence: %.3f\n  box: [%.4f, %.4f, %.4f, %.4f]\n", o->label, o->confidence,
                 o->x_min, o->y_min, o->x_max, o->y_max);
    }
    char title[64];
    snprintf(title, sizeof title, "frame %" PRId64, detection->frame);
    dashboard_show_text(detections->table.dash, title, text.data);
    buf_release(&text);
}

static void *detections_open(struct dashboard *dash, const struct target *target UNUSED)
{
    struct detections *detections = xcalloc(1, sizeof *detections);
    table_init(&detections->table, dash, &list_class, CHANGED_DETECTIONS, rebuild);
    look_init(&detections->look, dash);
    return detections;
}

static void detections_close(void *state)
{
    struct detections *detections = state;
    table_release(&detections->table);
    look_release(&detections->look);
    free(detections);
}

static void show_picture(struct detections *detections)
{
    choose_picture(detections);
    const struct look *look = &detections->look;
    dashboard_open(detections->table.dash, &view_picture, &(struct target){.kind = &kind_pod, .ns = look->ns, .name = look->pod});
}

static unsigned detections_command(void *state, int command, const struct key *key UNUSED)
{
    struct detections *detections = state;
    switch (command) {
    case DETECTIONS_FOUND:
        detections->only_found = !detections->only_found;
        detections->table.dirty = true;
        return DID_CHANGE;
    case DETECTIONS_SURE:
        detections->least = (detections->least + 1) % ARRAY_SIZE(confidences);
        detections->table.dirty = true;
        return DID_CHANGE;
    case DETECTIONS_PANEL:
        detections->no_picture = !detections->no_picture;
        return DID_CHANGE;
    case DETECTIONS_PICTURE:
        show_picture(detections);
        return DID_CHANGE;
    case DETECTIONS_ENTER:
        show_details(detections);
        return DID_CHANGE;
    default:
        return table_command(state, command);
    }
}

static void detections_summary(void *state, char *out, size_t size)
{
    struct detections *detections = state;
    struct detection_log *log = log_of(detections);
    if (!log || !detection_log_count(log))
        return;
    int len = snprintf(out, size, "%" PRIu64 " frames", detection_log_frames(log));
    if (detections->least)
        len += snprintf(out + len, size - (size_t)len, "  ≥ %.1f", confidences[detections->least]);
    if (detections->table.list.filter[0])
        snprintf(out + len, size - (size_t)len, "  /%s", detections->table.list.filter);
}

const struct view view_detections = {
    .name = "detections",
    .title = "Detections",
    .words = "det detection",
    .digit = '6',
    .ages = true,
    .detections = true,
    .bindings = bindings,
    .list = &list_class,
    .more_bindings = list_bindings,
    .commands = commands,
    .open = detections_open,
    .close = detections_close,
    .draw = detections_draw,
    .key = table_key,
    .command = detections_command,
    .changed = detections_changed,
    .summary = detections_summary,
    TABLE_FILTER,
};
