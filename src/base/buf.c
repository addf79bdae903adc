#include "base/buf.h"

static char empty[1];

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.data = empty, .max = max};
}

void buf_release(struct buf *buf)
{
    if (buf->cap)
        free(buf->data);
    buf_init(buf, buf->max);
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->over = false;
    if (buf->cap)
        buf->data[0] = '\0';
}

static int reserve(struct buf *buf, size_t more)
{
    if (more > buf->max || buf->len > buf->max - more) {
        buf->over = true;
        return -1;
    }
    size_t need = buf->len + more + 1;
    if (need <= buf->cap)
        return 0;
    size_t cap = buf->cap ? buf->cap : 64;
    while (cap < need)
        cap *= 2;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    buf->data = xrealloc(buf->cap ? buf->data : NULL, cap);
    buf->cap = cap;
    return 0;
}

int buf_add(struct buf *buf, const void *data, size_t len)
{
    if (!len)
        return 0;
    if (reserve(buf, len) < 0)
        return -1;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_adds(struct buf *buf, const char *s)
{
    return buf_add(buf, s, strlen(s));
}

int buf_addc(struct buf *buf, char c)
{
    return buf_add(buf, &c, 1);
}

int buf_vaddf(struct buf *buf, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    int rc = -1;
    if (n >= 0 && reserve(buf, (size_t)n) == 0) {
        vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again); /* also nothing ends in a NUL, for room was made */
        buf->len += (size_t)n;
        rc = 0;
    }
    va_end(again);
    return rc;
}

int buf_addf(struct buf *buf, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int rc = buf_vaddf(buf, fmt, ap);
    va_end(ap);
    return rc;
}

int buf_pad(struct buf *buf, char c, size_t count)
{
    if (!count)
        return 0;
    if (reserve(buf, count) < 0)
        return -1;
    memset(buf->data + buf->len, c, count);
    buf->len += count;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_splice(struct buf *buf, size_t at, size_t old_len, const void *data, size_t new_len)
{
    if (at > buf->len || old_len > buf->len - at)
        BUG("splice of %zu bytes at %zu in a buffer of %zu", old_len, at, buf->len);
    if (new_len > old_len && reserve(buf, new_len - old_len) < 0)
        return -1;
    if (new_len == 0 && old_len == 0)
        return 0;
    memmove(buf->data + at + new_len, buf->data + at + old_len, buf->len - at - old_len);
    if (new_len)
        memcpy(buf->data + at, data, new_len);
    buf->len = buf->len - old_len + new_len;
    buf->data[buf->len] = '\0';
    return 0;
}

void buf_drop(struct buf *buf, size_t len)
{
    buf_splice(buf, 0, len, NULL, 0);
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len < buf->len) {
        buf->len = len;
        buf->data[len] = '\0';
    }
}

char *buf_take(struct buf *buf)
{
    char *text = buf->cap ? buf->data : xstrdup("");
    buf_init(buf, buf->max);
    return text;
}
