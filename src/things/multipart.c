#include "things/multipart.h"

#include <strings.h>

#define MAX_HEADERS (8u << 10)
#define MAX_LINE 256 /* what may follow a boundary on its line */

int multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY])
{
    if (!content_type || strncasecmp(content_type, "multipart/", 10) != 0)
        return -1;
    const char *p = content_type;
    while ((p = strchr(p, ';')) != NULL) {
        p += 1 + strspn(p + 1, " \t");
        if (strncasecmp(p, "boundary=", 9) != 0)
            continue;
        p += 9;
        bool quoted = *p == '"';
        p += quoted;
        /* Some cameras announce the boundary with the dashes that are to stand before it. */
        p += strspn(p, "-");
        size_t n = strcspn(p, quoted ? "\"" : "; \t");
        if (n == 0 || n >= MULTIPART_BOUNDARY)
            return -1;
        memcpy(out, p, n);
        out[n] = '\0';
        return 0;
    }
    return -1;
}

void multipart_init(struct multipart *m, const char *boundary, multipart_fn fn, void *data)
{
    *m = (struct multipart){.fn = fn, .data = data, .state = MULTIPART_SEEK};
    int n = snprintf(m->delimiter, sizeof m->delimiter, "--%s", boundary);
    m->delimiter_len = MIN((size_t)n, sizeof m->delimiter - 1);
    buf_init(&m->buf, FRAME_MAX_BYTES + (64u << 10));
}

void multipart_release(struct multipart *m)
{
    buf_release(&m->buf);
}

static const char *find(const struct multipart *m, size_t from)
{
    if (from >= m->buf.len)
        return NULL;
    return memmem(m->buf.data + from, m->buf.len - from, m->delimiter, m->delimiter_len);
}

static void broken(struct multipart *m)
{
    m->broken++;
    m->state = MULTIPART_SEEK;
}

/* Each step takes what it can from *pos on; false: it needs more bytes. */

static bool step_seek(struct multipart *m, size_t *pos)
{
    const char *at = find(m, *pos);
    if (!at) { /* the last bytes may be a boundary's first */
        size_t keep = MIN(m->buf.len - *pos, m->delimiter_len - 1);
        *pos = m->buf.len - keep;
        return false;
    }
    *pos = (size_t)(at - m->buf.data);
    size_t after = *pos + m->delimiter_len;
    const char *line_end = memchr(m->buf.data + after, '\n', MIN(m->buf.len - after, MAX_LINE));
    if (!line_end) {
        if (m->buf.len - after < MAX_LINE)
            return false;
        *pos = after; /* not a boundary after all */
        return true;
    }
    bool last = line_end - (m->buf.data + after) >= 2 && memcmp(m->buf.data + after, "--", 2) == 0;
    *pos = (size_t)(line_end + 1 - m->buf.data);
    if (last) /* "--boundary--": the stream says that it ends; if more comes it is read */
        return true;
    m->state = MULTIPART_HEADERS;
    m->header_bytes = 0;
    m->body_len = SIZE_MAX;
    m->picture = true;
    m->timestamp = 0;
    return true;
}

/* "1767225600.916667": seconds and a fraction. */
static int64_t parse_timestamp(const char *s)
{
    char *end;
    errno = 0;
    long long seconds = strtoll(s, &end, 10);
    if (end == s || errno || seconds <= 0 || seconds > INT64_MAX / NSEC_PER_SEC - 1)
        return 0;
    int64_t fraction = 0, unit = NSEC_PER_SEC / 10;
    if (*end == '.')
        for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
            fraction += (*end - '0') * unit;
    return *end ? 0 : seconds * NSEC_PER_SEC + fraction;
}

static void take_header(struct multipart *m, const char *line, size_t len)
{
    char text[256];
    if (len >= sizeof text)
        return; /* none that we know is that long */
    memcpy(text, line, len);
    text[len] = '\0';
    char *value = strchr(text, ':');
    if (!value)
        return;
    *value++ = '\0';
    value += strspn(value, " \t");
    for (size_t n = strlen(value); n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
        value[n - 1] = '\0';
    if (strcasecmp(text, "Content-Length") == 0) {
        char *end;
        errno = 0;
        unsigned long long n = strtoull(value, &end, 10);
        if (*value >= '0' && *value <= '9' && !*end && !errno)
            m->body_len = n < SIZE_MAX ? (size_t)n : SIZE_MAX - 1;
    } else if (strcasecmp(text, "Content-Type") == 0) {
        m->picture = strncasecmp(value, "image/jpeg", 10) == 0 || strncasecmp(value, "image/jpg", 9) == 0;
    } else if (strcasecmp(text, "X-Timestamp") == 0) {
        m->timestamp = parse_timestamp(value);
    }
}

static bool step_headers(struct multipart *m, size_t *pos)
{
    const char *line = m->buf.data + *pos;
    size_t left = m->buf.len - *pos;
    const char *end = memchr(line, '\n', left);
    if (m->header_bytes + (end ? (size_t)(end - line) : left) > MAX_HEADERS) {
        broken(m);
        return true;
    }
    if (!end)
        return false;
    size_t len = (size_t)(end - line);
    if (len && line[len - 1] == '\r')
        len--;
    if (len >= m->delimiter_len && memcmp(line, m->delimiter, m->delimiter_len) == 0) {
        broken(m); /* the next part begins before this one had a body */
        return true;
    }
    *pos += (size_t)(end - line) + 1;
    m->header_bytes += (size_t)(end - line) + 1;
    if (len) {
        take_header(m, line, len);
    } else {
        m->state = MULTIPART_BODY;
        m->scanned = 0;
    }
    return true;
}

static bool deliver(struct multipart *m, size_t at, size_t len)
{
    struct multipart_part part = {.data = m->buf.data + at, .len = len, .timestamp = m->timestamp};
    if (!m->picture || !jpeg_check(part.data, &part.len, &part.width, &part.height)) {
        broken(m);
        return false;
    }
    m->state = MULTIPART_SEEK;
    m->parts++;
    m->fn(m->data, &part);
    return true;
}

static bool step_body(struct multipart *m, size_t *pos)
{
    size_t left = m->buf.len - *pos;
    if (m->body_len != SIZE_MAX) {
        if (m->body_len > FRAME_MAX_BYTES) {
            broken(m);
            return true;
        }
        if (left < m->body_len)
            return false;
        /* A body that is no picture may hold the next boundary, when its length was wrong: it is looked through. */
        if (deliver(m, *pos, m->body_len))
            *pos += m->body_len;
        return true;
    }
    const char *at = find(m, *pos + m->scanned);
    if (!at) {
        if (left > FRAME_MAX_BYTES) {
            broken(m);
            return true;
        }
        m->scanned = left > m->delimiter_len ? left - m->delimiter_len : 0;
        return false;
    }
    size_t len = (size_t)(at - m->buf.data) - *pos;
    deliver(m, *pos, len);
    *pos += len;
    return true;
}

static void parse(struct multipart *m)
{
    size_t pos = 0;
    bool more = true;
    while (more && pos < m->buf.len) {
        switch (m->state) {
        case MULTIPART_SEEK:
            more = step_seek(m, &pos);
            break;
        case MULTIPART_HEADERS:
            more = step_headers(m, &pos);
            break;
        case MULTIPART_BODY:
            more = step_body(m, &pos);
            break;
        }
    }
    if (pos)
        buf_drop(&m->buf, pos);
}

void multipart_feed(struct multipart *m, const char *bytes, size_t len)
{
    while (len) {
        size_t n = MIN(len, m->buf.max - m->buf.len);
        if (n == 0)
            BUG("a multipart reader that holds %zu bytes and takes none", m->buf.len);
        buf_add(&m->buf, bytes, n);
        parse(m);
        bytes += n;
        len -= n;
    }
}

void multipart_end(struct multipart *m)
{
    if (m->state == MULTIPART_HEADERS ? m->header_bytes > 0 : m->state == MULTIPART_BODY)
        broken(m);
    m->state = MULTIPART_SEEK;
    buf_reset(&m->buf);
}

size_t multipart_head(char out[MULTIPART_HEAD], const struct frame *frame)
{
    int n = snprintf(out, MULTIPART_HEAD,
                     "Content-Type: image/jpeg\r\nContent-Length: %zu\r\nX-Timestamp: %" PRId64 ".%06" PRId64 "\r\n\r\n",
                     frame->len, frame->captured / NSEC_PER_SEC, frame->captured % NSEC_PER_SEC / NSEC_PER_USEC);
    return (size_t)n;
}
