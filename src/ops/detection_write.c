#include "base/json.h"
#include "base/sheet.h"
#include "base/time.h"
#include "ops/detection.h"

static void add_text(struct buf *out, const char *key, const char *text)
{
    buf_addf(out, "\"%s\":", key);
    json_quote(out, text);
    buf_addc(out, ',');
}

static void add_time(struct buf *out, const char *key, int64_t at)
{
    char text[TIME_TEXT];
    if (at)
        add_text(out, key, time_format(text, at, 6));
}

void detection_write_json(struct buf *out, const struct detection *d)
{
    buf_addc(out, '{');
    add_time(out, "utc", d->utc);
    add_time(out, "analysed", d->analysed);
    add_time(out, "shown", d->shown);
    buf_addf(out, "\"frame\":%" PRId64 ",", d->frame);
    add_text(out, "source", d->source);
    buf_addf(out, "\"resolution\":{\"width\":%d,\"height\":%d},\"objects\":[", d->width, d->height);
    for (size_t i = 0; i < d->count; i++) {
        const struct detected_object *o = &d->objects[i];
        buf_addf(out, "%s{\"detection\":{\"bounding_box\":{\"x_min\":%.4f,\"y_min\":%.4f,\"x_max\":%.4f,\"y_max\":%.4f},"
                      "\"confidence\":%.3f,\"label\":",
                 i ? "," : "", o->x_min, o->y_min, o->x_max, o->y_max, o->confidence);
        json_quote(out, o->label);
        buf_addc(out, '}');
        if (o->id >= 0)
            buf_addf(out, ",\"id\":%" PRId64, o->id);
        buf_addc(out, '}');
    }
    buf_adds(out, "],\"tags\":{\"thing\":");
    json_quote(out, d->thing);
    buf_adds(out, ",\"pod\":");
    json_quote(out, d->pod);
    buf_adds(out, "}}\n");
}

void detection_write_csv_head(struct buf *out)
{
    buf_adds(out, "utc,analysed,thing,pod,source,frame,label,confidence,x_min,y_min,x_max,y_max,id\n");
}

static void add_cell_time(struct buf *out, int64_t at)
{
    char text[TIME_TEXT] = "";
    sheet_add(out, at ? time_format(text, at, 6) : text, false);
}

void detection_write_csv(struct buf *out, const struct detection *d)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct detected_object *o = &d->objects[i];
        char id[24] = "";
        add_cell_time(out, d->utc);
        add_cell_time(out, d->analysed);
        sheet_add(out, d->thing, false);
        sheet_add(out, d->pod, false);
        sheet_add(out, d->source, false);
        buf_addf(out, "%" PRId64 ",", d->frame);
        sheet_add(out, o->label, false);
        buf_addf(out, "%.3f,%.4f,%.4f,%.4f,%.4f,", o->confidence, o->x_min, o->y_min, o->x_max, o->y_max);
        if (o->id >= 0)
            snprintf(id, sizeof id, "%" PRId64, o->id);
        sheet_add(out, id, true);
    }
}

char *gap_text(char out[GAP_TEXT], const struct gap *gap)
{
    char span[TIME_TEXT];
    int len = snprintf(out, GAP_TEXT, "silent %s", time_span(span, gap->silence));
    if (gap->missing)
        len += snprintf(out + len, GAP_TEXT - (size_t)len, ", %" PRId64 " frame%s missing", gap->missing,
                        gap->missing == 1 ? "" : "s");
    if (gap->again)
        snprintf(out + len, GAP_TEXT - (size_t)len, ", it began anew");
    return out;
}
