/* pattern: a regular expression (as Perl has them), compiled once, for many texts. Texts may be no UTF-8.
 *
 * Smart case, as in find.h: an expression without capitals finds both; \S is none. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/err.h"

struct pattern;

/* NULL with a sentence that says what is wrong and where. */
struct pattern *pattern_new(const char *expression, struct err *err);
void pattern_free(struct pattern *pattern); /* NULL is none */
/* A text on which the expression would go on for ever does not match. */
bool pattern_matches(struct pattern *pattern, const char *text, size_t len);
/* The same, and where: the length of what was found at *at, which may be 0. */
bool pattern_find(struct pattern *pattern, const char *text, size_t len, size_t *at, size_t *found);

#endif
