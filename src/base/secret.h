/* secret: what looks like a credential, so that none is kept in a graph's text, nor shown. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buf.h"

/* The offset of a URL that carries `user:password@`, or `?password=…`, or SIZE_MAX. People write passwords into URLs as
 * they are, so that a "/", "?" or "#" before the "@" may be part of one. A password of the form $(NAME) is a reference to
 * an environment variable, not a password. */
size_t secret_in_url(const char *text, size_t len);
/* Appends the text; what stands before the "@" of a URL, and a credential in its query, becomes `***`. */
void secret_mask(struct buf *out, const char *s);
/* Whether a variable or parameter of that name would hold a credential: "CAMERA_PASSWORD", "apiKey", not
 * "TOKEN_FILE". */
bool secret_name(const char *name);
/* Whether the value of that name is a credential itself: neither empty nor made with a $(NAME). */
bool secret_value(const char *name, const char *value);

#endif
