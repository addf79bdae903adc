#include "things/detections.h"

#include "base/json.h"
#include "base/time.h"

static void add_text(struct buf *out, const char *key, const char *value)
{
    buf_addf(out, "\"%s\":", key);
    json_quote(out, value);
}

static void add_time(struct buf *out, const char *key, int64_t ns)
{
    char text[TIME_TEXT];
    buf_addf(out, "\"%s\":\"%s\"", key, time_format(text, ns, 6));
}

static void add_tags(struct buf *out, const struct detections_tags *tags)
{
    buf_adds(out, "\"tags\":{");
    add_text(out, "graph", tags->graph);
    buf_addc(out, ',');
    add_text(out, "thing", tags->thing);
    buf_addc(out, ',');
    add_text(out, "pod", tags->pod);
    buf_addc(out, '}');
}

static void add_object(struct buf *out, const struct detections_frame *f, size_t i)
{
    const struct vision_box *b = &f->boxes[i];
    double w = f->width, h = f->height;
    buf_addf(out, "{\"detection\":{\"bounding_box\":{\"x_min\":%.4f,\"y_min\":%.4f,\"x_max\":%.4f,\"y_max\":%.4f},", b->x / w,
             b->y / h, (b->x + b->w) / w, (b->y + b->h) / h);
    buf_addf(out, "\"confidence\":%.3f,\"label\":", b->confidence);
    json_quote(out, f->labels[b->kind]);
    buf_addf(out, ",\"label_id\":%d},\"roi_type\":", b->kind + 1);
    json_quote(out, f->labels[b->kind]);
    buf_addf(out, ",\"x\":%d,\"y\":%d,\"w\":%d,\"h\":%d,\"id\":%" PRId64 "}", b->x, b->y, b->w, b->h, f->ids[i]);
}

void detections_line(struct buf *out, const struct detections_frame *f, const struct detections_tags *tags)
{
    buf_addf(out, "{\"timestamp\":%" PRId64 ",", f->stream_time);
    add_time(out, "utc", f->captured);
    buf_addc(out, ',');
    add_time(out, "analysed", f->analysed);
    buf_addf(out, ",\"frame\":%" PRIu64 ",", f->frame);
    add_text(out, "source", f->source);
    buf_addf(out, ",\"resolution\":{\"width\":%d,\"height\":%d},\"objects\":[", f->width, f->height);
    for (size_t i = 0; i < f->count; i++) {
        if (i)
            buf_addc(out, ',');
        add_object(out, f, i);
    }
    buf_adds(out, "],");
    add_tags(out, tags);
    buf_addc(out, '}');
}

void detections_heartbeat(struct buf *out, int64_t now, const struct detections_counts *c,
                          const struct detections_tags *tags)
{
    buf_adds(out, "{\"heartbeat\":true,");
    add_time(out, "utc", now);
    buf_addf(out, ",\"received\":%" PRIu64 ",\"frames\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"broken\":%" PRIu64 ",",
             c->received, c->analysed, c->dropped, c->broken);
    buf_adds(out, "\"counts\":{");
    bool first = true;
    for (size_t i = 0; i < c->label_count; i++) {
        if (!c->objects[i] && c->label_count > 1)
            continue;
        buf_adds(out, first ? "" : ",");
        json_quote(out, c->labels[i]);
        buf_addf(out, ":%" PRIu64, c->objects[i]);
        first = false;
    }
    buf_adds(out, "},");
    add_tags(out, tags);
    buf_addc(out, '}');
}
