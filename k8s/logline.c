#include "k8s/logline.h"

#include "base/time.h"

#define MAX_STAMP 64          /* bytes of a time and its space */
#define ASIDE (NSEC_PER_MSEC) /* how far lines may be out of order */

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
    lines->seeking = lines->last != 0;
    lines->again = 0;
}

void log_lines_begin(struct log_lines *lines, int64_t time)
{
    lines->last = lines->newest = time - 1;
    lines->same = 0;
}

int64_t log_lines_since(const struct log_lines *lines)
{
    return lines->last ? lines->last - ASIDE : 0;
}

int64_t log_line_time(const char *line, size_t len, size_t *skip)
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

static void remember(struct log_lines *lines, int64_t time, uint32_t hash)
{
    lines->same = time == lines->last ? lines->same + 1 : 1;
    lines->last = time;
    lines->hash = hash;
    /* A clock that was set back is believed. */
    lines->newest = time < lines->newest - NSEC_PER_SEC ? time : MAX(lines->newest, time);
}

/* Eight bytes at a time: each line of every log is hashed, for the one that may be the last. */
static uint32_t hash_text(const char *text, size_t len)
{
    uint64_t hash = len, word = 0;
    for (; len >= sizeof word; text += sizeof word, len -= sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, text, len);
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32);
}

/* True: the sink wants no more. */
static bool hand_out(struct log_lines *lines, const char *line, size_t len, const struct log_sink *sink, void *data)
{
    size_t skip;
    int64_t time = log_line_time(line, len, &skip);
    const char *text = line + skip;
    size_t text_len = len - skip;
    if (text_len && text[text_len - 1] == '\r')
        text_len--;
    bool cut = lines->cut || text_len > LOG_MAX_LINE;
    text_len = MIN(text_len, LOG_MAX_LINE);
    lines->cut = false;
    uint32_t hash = hash_text(text, text_len);
    if (lines->seeking && time <= lines->newest) {
        /* One without a time is the rest of a long one whose beginning was too old. */
        lines->again += time == lines->last;
        lines->seeking = time != lines->last || !lines->same || lines->again < lines->same || hash != lines->hash;
        return false;
    }
    if (lines->seeking && lines->same && !sink->missed(data, time))
        return true;
    lines->seeking = false;
    if (time)
        remember(lines, time, hash);
    sink->line(data, time, text, text_len, cut);
    return false;
}

void log_lines_feed(struct log_lines *lines, const char *bytes, size_t len, const struct log_sink *sink, void *data,
                    const bool *stop)
{
    const char *end = bytes + len;
    bool enough = false;
    while (bytes < end && !enough) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t n = (size_t)((newline ? newline : end) - bytes);
        if (newline && !lines->line.len) {
            enough = hand_out(lines, bytes, n, sink, data);
        } else {
            size_t room = lines->line.max - lines->line.len;
            lines->cut |= n > room;
            buf_add(&lines->line, bytes, MIN(n, room));
            if (newline) {
                struct buf whole = lines->line; /* the sink may free us */
                buf_init(&lines->line, whole.max);
                enough = hand_out(lines, whole.data, whole.len, sink, data);
                buf_release(&whole);
            }
        }
        if (*stop)
            return;
        bytes += n + (newline != NULL);
    }
}

bool log_lines_end(struct log_lines *lines, const struct log_sink *sink, void *data)
{
    if (!lines->line.len)
        return true;
    struct buf whole = lines->line;
    buf_init(&lines->line, whole.max);
    bool enough = hand_out(lines, whole.data, whole.len, sink, data);
    buf_release(&whole);
    return !enough;
}
