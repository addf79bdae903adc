#include "k8s/logline.h"

#include "base/map.h"
#include "base/time.h"

#define MAX_STAMP 64 /* bytes of a time and its space */

void log_lines_init(struct log_lines *lines)
{
    *lines = (struct log_lines){0};
    buf_init(&lines->line, LOG_MAX_LINE + MAX_STAMP);
}

void log_lines_release(struct log_lines *lines)
{
    buf_release(&lines->line);
}

void log_lines_resume(struct log_lines *lines)
{
    buf_reset(&lines->line);
    lines->cut = false;
    lines->resumed = lines->last != 0;
}

/* The time at a line's start; *skip: its bytes. */
static int64_t read_time(const char *line, size_t len, size_t *skip)
{
    const char *space = memchr(line, ' ', MIN(len, MAX_STAMP));
    size_t n = space ? (size_t)(space - line) : len;
    char stamp[MAX_STAMP];
    *skip = 0;
    if (n >= sizeof stamp)
        return 0;
    memcpy(stamp, line, n);
    stamp[n] = '\0';
    int64_t time = time_parse(stamp);
    if (time)
        *skip = n + (space != NULL);
    return time;
}

static bool is_repeat(const struct log_lines *lines, int64_t time, uint32_t hash)
{
    if (!lines->resumed || !time || time > lines->last)
        return false;
    bool full = lines->seen_count == LOG_REMEMBER;
    if (full && time < lines->seen[lines->seen_next].time)
        return true; /* older than what we remember: it came long ago */
    for (size_t i = 0; i < lines->seen_count; i++)
        if (lines->seen[i].time == time && lines->seen[i].hash == hash)
            return true;
    return false;
}

static void remember(struct log_lines *lines, int64_t time, uint32_t hash)
{
    lines->last = MAX(lines->last, time);
    lines->seen[lines->seen_next].time = time;
    lines->seen[lines->seen_next].hash = hash;
    lines->seen_next = (lines->seen_next + 1) % LOG_REMEMBER;
    lines->seen_count = MIN(lines->seen_count + 1, LOG_REMEMBER);
}

static void hand_out(struct log_lines *lines, const char *line, size_t len, log_line_fn fn, void *data)
{
    size_t skip;
    int64_t time = read_time(line, len, &skip);
    const char *text = line + skip;
    size_t text_len = len - skip;
    if (text_len && text[text_len - 1] == '\r')
        text_len--;
    bool cut = lines->cut || text_len > LOG_MAX_LINE;
    text_len = MIN(text_len, LOG_MAX_LINE);
    lines->cut = false;
    uint32_t hash = hash_bytes(text, text_len);
    if (is_repeat(lines, time, hash))
        return;
    if (time)
        remember(lines, time, hash);
    fn(data, time, text, text_len, cut);
}

void log_lines_feed(struct log_lines *lines, const char *bytes, size_t len, log_line_fn fn, void *data,
                    const bool *stop)
{
    const char *end = bytes + len;
    while (bytes < end) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t n = (size_t)((newline ? newline : end) - bytes);
        if (newline && !lines->line.len) {
            hand_out(lines, bytes, n, fn, data);
        } else {
            size_t room = lines->line.max - lines->line.len;
            lines->cut |= n > room;
            buf_add(&lines->line, bytes, MIN(n, room));
            if (newline) {
                struct buf whole = lines->line; /* fn may free us */
                buf_init(&lines->line, whole.max);
                hand_out(lines, whole.data, whole.len, fn, data);
                buf_release(&whole);
            }
        }
        if (*stop)
            return;
        bytes += n + (newline != NULL);
    }
}

void log_lines_end(struct log_lines *lines, log_line_fn fn, void *data)
{
    if (!lines->line.len)
        return;
    struct buf whole = lines->line;
    buf_init(&lines->line, whole.max);
    hand_out(lines, whole.data, whole.len, fn, data);
    buf_release(&whole);
}
