/* buf: a byte buffer that grows up to a maximum given at birth.
 *
 * `data` is always there and always ends in a NUL that `len` does not count. What would pass the maximum is left out
 * whole, `over` is set and -1 returned, so a caller may add many times and look once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/base.h"

struct buf {
    char *data;
    size_t len, cap, max;
    bool over;
};

void buf_init(struct buf *buf, size_t max);
void buf_release(struct buf *buf);
/* Empty again, the memory kept; `over` is cleared. */
void buf_reset(struct buf *buf);

int buf_add(struct buf *buf, const void *data, size_t len);
int buf_adds(struct buf *buf, const char *s);
int buf_addc(struct buf *buf, char c);
int buf_addf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
int buf_vaddf(struct buf *buf, const char *fmt, va_list ap);
/* `count` times the byte c. */
int buf_pad(struct buf *buf, char c, size_t count);
/* Takes the first len bytes away. */
void buf_drop(struct buf *buf, size_t len);
/* Replaces old_len bytes at `at` by new_len others. */
int buf_splice(struct buf *buf, size_t at, size_t old_len, const void *data, size_t new_len);
void buf_truncate(struct buf *buf, size_t len);
/* The bytes as a string of the caller's own (free()); the buffer is empty afterwards. */
char *buf_take(struct buf *buf);

#endif
