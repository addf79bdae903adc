/* pattern: a regular expression, compiled once, for many short texts. Texts may be no UTF-8. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/err.h"

struct pattern;

/* fold: a letter is its capital as well. NULL with a sentence that says what is wrong and where. */
struct pattern *pattern_new(const char *expression, bool fold, struct err *err);
void pattern_free(struct pattern *pattern); /* NULL is none */
/* A text on which the expression would go on for ever does not match. */
bool pattern_matches(struct pattern *pattern, const char *text, size_t len);

#endif
