/* peek: the value of a key in the text of a JSON object, without a tree of the rest: for who looks into a great many of them.
 *
 * Nothing is checked beyond what has to be passed over. */
#ifndef K8S_PEEK_H
#define K8S_PEEK_H

#include "base/base.h"

struct span {
    const char *at; /* NULL: none */
    size_t len;
};

/* The value as it stands there, strings with their quotes. */
struct span peek(struct span object, const char *key);
/* Of a string without escapes, as names are, what stands between the quotes; {NULL} for all else. */
struct span peek_string(struct span object, const char *key);
bool span_is(struct span span, const char *text);

#endif
