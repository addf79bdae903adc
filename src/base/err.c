#include "base/err.h"

/* A cut in the middle of a UTF-8 character would leave half of it. */
static void trim_partial(char *text, size_t size)
{
    size_t n = strlen(text);
    if (n + 1 < size)
        return;
    size_t i = n;
    while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
        i--;
    if (i > 0 && (unsigned char)text[i - 1] >= 0xc0)
        text[i - 1] = '\0';
}

static void set_va(struct err *err, const char *fmt, va_list ap)
{
    char text[sizeof err->text]; /* an argument may be err->text itself */
    vsnprintf(text, sizeof text, fmt, ap);
    trim_partial(text, sizeof text);
    memcpy(err->text, text, sizeof text);
}

int err_set(struct err *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set_va(err, fmt, ap);
    va_end(ap);
    return -1;
}

int err_set_errno(struct err *err, const char *fmt, ...)
{
    int saved = errno;
    va_list ap;
    va_start(ap, fmt);
    set_va(err, fmt, ap);
    va_end(ap);
    char why[128];
    snprintf(why, sizeof why, "%s", strerror(saved));
    if (why[0] >= 'A' && why[0] <= 'Z' && why[1] >= 'a' && why[1] <= 'z')
        why[0] = (char)(why[0] - 'A' + 'a');
    return err_set(err, "%s: %s", err->text, why);
}

int err_prefix(struct err *err, const char *fmt, ...)
{
    char rest[sizeof err->text];
    memcpy(rest, err->text, sizeof rest);
    va_list ap;
    va_start(ap, fmt);
    set_va(err, fmt, ap);
    va_end(ap);
    return err_set(err, "%s: %s", err->text, rest);
}
