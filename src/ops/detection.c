#include "ops/detection.h"

#include "base/json.h"
#include "base/time.h"
#include "ops/analyser.h"

static void copy(char *out, size_t size, const char *s)
{
    snprintf(out, size, "%s", str_or_empty(s));
}

static void read_object(struct detected_object *out, const cJSON *object)
{
    const cJSON *d = json_get(object, "detection");
    const char *label = json_str(d, "label");
    copy(out->label, sizeof out->label, label ? label : json_str_or(object, "roi_type", "object"));
    out->confidence = json_num(d, "confidence", 0);
    out->x_min = json_num(d, "bounding_box.x_min", 0);
    out->y_min = json_num(d, "bounding_box.y_min", 0);
    out->x_max = json_num(d, "bounding_box.x_max", 0);
    out->y_max = json_num(d, "bounding_box.y_max", 0);
    out->id = json_int(object, "id", -1);
}

int detection_parse(struct detection *out, const char *line, size_t len, struct err *err)
{
    cJSON *json = json_parse(line, len, err);
    if (!json)
        return -1;
    const cJSON *objects = json_array(json, "objects");
    memset(out, 0, offsetof(struct detection, objects));
    out->count = out->more = 0;
    out->heartbeat = !objects;
    if (!cJSON_IsObject(json) || (!objects && !json_get(json, "heartbeat"))) {
        cJSON_Delete(json);
        return err_set(err, "a line of detections has no \"objects\"");
    }
    out->utc = json_time(json, "utc");
    out->analysed = json_time(json, "analysed");
    out->frame = json_int(json, "frame", 0);
    out->width = (int)json_int(json, "resolution.width", 0);
    out->height = (int)json_int(json, "resolution.height", 0);
    copy(out->source, sizeof out->source, json_str(json, "source"));
    copy(out->thing, sizeof out->thing, json_str(json, "tags.thing"));
    copy(out->pod, sizeof out->pod, json_str(json, "tags.pod"));
    const cJSON *o;
    cJSON_ArrayForEach(o, objects)
    {
        if (out->count < DETECTION_OBJECTS)
            read_object(&out->objects[out->count++], o);
        else
            out->more++;
    }
    cJSON_Delete(json);
    return 0;
}

void detection_pick(struct detection *out, const struct detection *d, const char *label, double least)
{
    memcpy(out, d, offsetof(struct detection, objects));
    out->count = 0;
    for (size_t i = 0; i < d->count; i++)
        if ((!label || str_eq(d->objects[i].label, label)) && d->objects[i].confidence >= least)
            out->objects[out->count++] = d->objects[i];
}

#define LABELS 64
#define ANALYSERS 16
#define FORGOTTEN (60 * NSEC_PER_SEC) /* so long after its last result one of which there is another pod is gone */

struct detection_log {
    struct detection **ring;
    size_t keep, count, next;
    uint64_t frames;
    struct label_count labels[LABELS];
    size_t label_count;
    struct analyser *analysers;
    size_t analyser_count;
    size_t unseen; /* how many of the newest were not shown yet */
    int64_t second; /* the wall second that per_second's last stands for */
};

struct detection_log *detection_log_new(size_t keep)
{
    struct detection_log *log = xcalloc(1, sizeof *log);
    log->keep = MAX(keep, (size_t)1);
    log->ring = xcalloc(log->keep, sizeof *log->ring);
    log->analysers = xcalloc(ANALYSERS, sizeof *log->analysers);
    return log;
}

void detection_log_free(struct detection_log *log)
{
    if (!log)
        return;
    for (size_t i = 0; i < log->count; i++)
        free(log->ring[i]);
    free(log->ring);
    free(log->analysers);
    free(log);
}

/* Moves the minute along to `now`. */
static void advance(struct detection_log *log, int64_t now_wall)
{
    int64_t second = now_wall / NSEC_PER_SEC, by = second - log->second;
    if (by <= 0)
        return;
    log->second = second;
    for (size_t i = 0; i < log->label_count; i++) {
        uint32_t *seconds = log->labels[i].per_second;
        size_t n = (size_t)MIN(by, 60);
        memmove(seconds, seconds + n, (60 - n) * sizeof *seconds);
        memset(seconds + 60 - n, 0, n * sizeof *seconds);
    }
}

static struct label_count *find_label(struct detection_log *log, const char *label)
{
    for (size_t i = 0; i < log->label_count; i++)
        if (strcmp(log->labels[i].label, label) == 0)
            return &log->labels[i];
    return NULL;
}

/* Where there is no room for another label, the rarest row becomes that of all others. */
static struct label_count *others(struct detection_log *log)
{
    static const char name[] = "(others)";
    struct label_count *row = find_label(log, name);
    if (row)
        return row;
    row = &log->labels[0];
    for (size_t i = 1; i < log->label_count; i++)
        if (log->labels[i].total < row->total)
            row = &log->labels[i];
    copy(row->label, sizeof row->label, name);
    return row;
}

static void count_label(struct detection_log *log, const char *label)
{
    struct label_count *row = find_label(log, label);
    if (!row && log->label_count == LABELS) {
        row = others(log);
    } else if (!row) {
        row = &log->labels[log->label_count++];
        *row = (struct label_count){.total = 0};
        copy(row->label, sizeof row->label, label);
    }
    row->total++;
    row->per_second[59]++;
}

static bool replaces(const struct analyser *a, const char *thing, const char *source)
{
    return str_eq(a->thing, thing) && str_eq(a->source, source);
}

/* A pod's. Of the thing's pods the one that came last is what a new one goes on from. */
static struct analyser *find_analyser(struct detection_log *log, const struct detection *detection)
{
    struct analyser *before = NULL, *oldest = &log->analysers[0];
    for (size_t i = 0; i < log->analyser_count; i++) {
        struct analyser *a = &log->analysers[i];
        if (analyser_made(a, detection))
            return a;
        if (replaces(a, detection->thing, detection->source) && (!before || a->came > before->came))
            before = a;
        if (a->came < oldest->came)
            oldest = a;
    }
    struct analyser *a = log->analyser_count < ANALYSERS ? &log->analysers[log->analyser_count++] : oldest;
    analyser_init(a, detection, before == a ? NULL : before);
    return a;
}

static bool is_replaced(const struct detection_log *log, const struct analyser *a)
{
    for (size_t i = 0; i < log->analyser_count; i++)
        if (replaces(&log->analysers[i], a->thing, a->source) && log->analysers[i].came > a->came + FORGOTTEN)
            return true;
    return false;
}

const struct analyser *detection_log_analysers(struct detection_log *log, size_t *count)
{
    for (size_t i = 0; i < log->analyser_count;)
        if (is_replaced(log, &log->analysers[i]))
            memmove(&log->analysers[i], &log->analysers[i + 1], (--log->analyser_count - i) * sizeof *log->analysers);
        else
            i++;
    *count = log->analyser_count;
    return log->analysers;
}

static void keep_entry(struct detection_log *log, const struct detection *detection)
{
    if (log->count == log->keep)
        free(log->ring[log->next]);
    size_t size = offsetof(struct detection, objects) + detection->count * sizeof detection->objects[0];
    log->ring[log->next] = xmemdup(detection, size);
    log->next = (log->next + 1) % log->keep;
    log->count = MIN(log->count + 1, log->keep);
    log->unseen = MIN(log->unseen + 1, log->count);
}

static void keep_gap(struct detection_log *log, const struct detection *before, const struct gap *gap)
{
    struct detection *entry = xmemdup(before, offsetof(struct detection, objects));
    entry->gap = *gap;
    entry->count = entry->more = 0;
    keep_entry(log, entry);
    free(entry);
}

void detection_log_add(struct detection_log *log, const struct detection *detection, int64_t now_wall)
{
    struct gap gap = {0};
    advance(log, now_wall);
    if (!detection->heartbeat) {
        log->frames++;
        gap = analyser_add(find_analyser(log, detection), detection, now_wall);
    }
    if (gap_is(&gap))
        keep_gap(log, detection, &gap);
    for (size_t i = 0; i < detection->count; i++)
        count_label(log, detection->objects[i].label);
    keep_entry(log, detection);
}

void detection_log_show(struct detection_log *log, int64_t now_wall)
{
    for (size_t i = 0; i < log->unseen; i++) {
        struct detection *d = log->ring[(log->next + log->keep - 1 - i) % log->keep];
        d->shown = now_wall;
        if (!d->heartbeat && !gap_is(&d->gap))
            analyser_shown(find_analyser(log, d), d);
    }
    log->unseen = 0;
}

size_t detection_log_count(const struct detection_log *log)
{
    return log->count;
}

const struct detection *detection_log_at(const struct detection_log *log, size_t newest_first)
{
    if (newest_first >= log->count)
        return NULL;
    return log->ring[(log->next + log->keep - 1 - newest_first) % log->keep];
}

uint64_t detection_log_frames(const struct detection_log *log)
{
    return log->frames;
}

static int by_total(const void *a, const void *b)
{
    const struct label_count *x = a, *y = b;
    if (x->total != y->total)
        return x->total < y->total ? 1 : -1;
    return strcmp(x->label, y->label);
}

const struct label_count *detection_log_labels(struct detection_log *log, int64_t now_wall, size_t *count)
{
    advance(log, now_wall);
    qsort(log->labels, log->label_count, sizeof *log->labels, by_total);
    *count = log->label_count;
    return log->labels;
}
