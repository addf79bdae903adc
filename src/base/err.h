/* err: an error is a finished sentence on its way up; only the top prints it.
 *
 * Lower case, no full stop, and it says what, where, why: "cannot read 'x.yaml': permission denied". Functions that
 * can fail take `struct err *` last (never NULL) and return -1 or NULL after setting it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/base.h"

struct err {
    char text[1024]; /* "" while nothing went wrong */
};

#define ERR_INIT                                                                                                       \
    {                                                                                                                  \
        ""                                                                                                             \
    }

/* Sets the sentence (cut at the bound, at a whole character). Always returns -1: `return err_set(err, …)`. */
int err_set(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same, ended with ": " and what errno says. */
int err_set_errno(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Puts "PREFIX: " before what is there. Always returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

static inline bool err_is_set(const struct err *err)
{
    return err->text[0] != '\0';
}

static inline void err_clear(struct err *err)
{
    err->text[0] = '\0';
}

#endif
