#include "ui/view.h"

#include "base/text.h"
#include "base/time.h"
#include "ops/detection.h"
#include "ui/table.h"

#define RATE_OVER (5 * NSEC_PER_SEC)

enum column { TIME, THING, FRAME, OBJECTS };

static const struct list_column columns[] = {
    [TIME] = {"TIME", .min = 12},
    [THING] = {"THING", .max = 24, .rank = 2},
    [FRAME] = {"FRAME", .right = true, .rank = 1},
    [OBJECTS] = {"OBJECTS", .min = 12, .stretch = true},
};

struct detections {
    struct table table;
    bool only_found; /* frames with objects only */
};

enum { DETECTIONS_FOUND = LIST_COMMANDS, DETECTIONS_ENTER };

static const struct binding bindings[] = {
    {"f", DETECTIONS_FOUND, "found only", "frames with something found, or all"},
    {"Enter", DETECTIONS_ENTER, "details", "every object of the frame, with its box"},
    {NULL},
};

static int64_t time_of(const struct detection *detection)
{
    return detection->utc ? detection->utc : detection->analysed;
}

static void objects_text(char *out, size_t size, const struct detection *detection)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < detection->count && len < size; i++) {
        const struct detected_object *object = &detection->objects[i];
        int n = snprintf(out + len, size - len, "%s%s %.2f", i ? "  " : "", object->label, object->confidence);
        len += n > 0 ? (size_t)n : 0;
    }
    if (detection->more && len < size)
        snprintf(out + len, size - len, "  and %zu more", detection->more);
}

static void cell(void *data UNUSED, const void *row, size_t column, struct list_cell *out)
{
    const struct detection *detection = row;
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
        snprintf(out->text, sizeof out->text, "%" PRId64, detection->frame);
        out->role = ROLE_DIM;
        out->number = true;
        out->order = (double)detection->frame;
        break;
    case OBJECTS:
        objects_text(out->text, sizeof out->text, detection);
        if (!detection->count) {
            snprintf(out->text, sizeof out->text, "-");
            out->role = ROLE_DIM;
        }
        break;
    }
}

static void identity(void *data UNUSED, const void *row, char *out, size_t size)
{
    const struct detection *detection = row;
    snprintf(out, size, "%s/%" PRId64 "/%" PRId64, detection->pod, detection->frame, time_of(detection));
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
        if (!detection->heartbeat && (detection->count || !detections->only_found))
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
    if (!(mask & CHANGED_DETECTIONS))
        return false;
    /* The log's own memory moves on: the rows must be made anew even while the view stands still. */
    detections->table.dirty = true;
    return true;
}

/* Frames a second of what came last, by the frames' own times. */
static double frame_rate(struct detections *detections)
{
    struct detection_log *log = log_of(detections);
    int64_t now = dashboard_wall(detections->table.dash), oldest = 0;
    size_t frames = 0;
    for (size_t i = 0; log && i < detection_log_count(log); i++) {
        const struct detection *detection = detection_log_at(log, i);
        int64_t at = detection->analysed ? detection->analysed : detection->utc;
        if (!at || at < now - RATE_OVER)
            break;
        if (detection->heartbeat)
            continue;
        oldest = at;
        frames++;
    }
    if (!log || !detection_log_count(log))
        return -1;
    return frames > 1 && now > oldest ? (double)frames / ((double)RATE_OVER / (double)NSEC_PER_SEC) : 0;
}

static int draw_labels(struct detections *detections, struct area area)
{
    struct detection_log *log = log_of(detections);
    size_t count = 0;
    const struct label_count *labels = log ? detection_log_labels(log, dashboard_wall(detections->table.dash), &count)
                                           : NULL;
    if (!count)
        return 0;
    size_t shown = MIN(count, (size_t)MAX(1, area.h / 5));
    int spark = MIN(60, MAX(10, area.w - 40)), name = 18;
    draw_text(area, 1, 0, ROLE_TITLE, 0, "LABEL");
    draw_field_right(area, 1 + name, 0, 9, ROLE_TITLE, 0, "TOTAL");
    draw_text(area, 13 + name, 0, ROLE_TITLE, 0, "LAST MINUTE");
    for (size_t i = 0; i < shown; i++) {
        const struct label_count *label = &labels[i];
        double values[60];
        uint32_t minute = 0;
        for (int s = 0; s < 60; s++) {
            values[s] = label->per_second[s];
            minute += label->per_second[s];
        }
        int y = 1 + (int)i;
        draw_field(area, 1, y, name - 1, ROLE_NORMAL, 0, label->label);
        char text[32];
        snprintf(text, sizeof text, "%" PRIu64, label->total);
        draw_field_right(area, 1 + name, y, 9, ROLE_TITLE, 0, text);
        draw_spark(area, 13 + name, y, ROLE_GOOD, values + 60 - spark, (size_t)spark, 0);
        draw_textf(area, 14 + name + spark, y, ROLE_DIM, 0, "%u", minute);
    }
    if (shown < count)
        draw_textf(area, 30 + name, 0, ROLE_DIM, 0, "and %zu more labels", count - shown);
    return (int)shown + 2;
}

static void detections_draw(void *state, struct area area)
{
    struct detections *detections = state;
    table_sync(state);
    int top = draw_labels(detections, area);
    detections->table.list.offset = top;
    list_draw(&detections->table.list, area_sub(area, 0, top, area.w, area.h - top));
}

static void show_details(struct detections *detections)
{
    const struct detection *detection = table_selected(detections);
    if (!detection)
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
    return detections;
}

static void detections_close(void *state)
{
    struct detections *detections = state;
    table_release(&detections->table);
    free(detections);
}

static unsigned detections_command(void *state, int command, const struct key *key UNUSED)
{
    struct detections *detections = state;
    switch (command) {
    case DETECTIONS_FOUND:
        detections->only_found = !detections->only_found;
        detections->table.dirty = true;
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
    double rate = frame_rate(detections);
    if (!log || rate < 0)
        return;
    snprintf(out, size, "%.1f frames/s  %" PRIu64 " frames", rate, detection_log_frames(log));
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
    .open = detections_open,
    .close = detections_close,
    .draw = detections_draw,
    .key = table_key,
    .command = detections_command,
    .changed = detections_changed,
    .summary = detections_summary,
    TABLE_FILTER,
};
