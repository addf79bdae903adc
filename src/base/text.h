/* text: UTF-8, display width, and making strange bytes harmless. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

/* One character from s (len bytes left, len > 0). Sets *cp to it, or to U+FFFD for a malformed byte; returns the bytes
 * taken, at least 1. */
size_t utf8_decode(const char *s, size_t len, uint32_t *cp);
/* Writes cp, returns 1 to 4. */
size_t utf8_encode(uint32_t cp, char out[4]);
bool utf8_valid(const char *s, size_t len);
/* Cells of one character: 0 combining, 1, or 2 wide. Control characters count 0. Does not depend on the locale. */
int utf8_width(uint32_t cp);
/* Cells of a NUL-terminated text. */
int text_width(const char *s);
/* The number of bytes of s that fit into `cells` cells. */
size_t text_clip(const char *s, int cells);
/* The same of a line that goes on below: up to a blank in its second half where it does not fit, and never nothing of what is there. */
size_t text_break(const char *s, int cells);
/* What must not reach a terminal: controls, C1, bidi controls, invisible format characters, private tags. */
bool text_harmful(uint32_t cp);
/* Control, C1, bidi and zero-width characters and malformed bytes become visible, harmless ones (U+FFFD, or a space for
 * tab and newline). Everything that came from outside goes through here before it is shown. */
void text_sanitise(struct buf *out, const char *s, size_t len);
/* Whether a word is among some with blanks between (which may be NULL). */
bool text_has_word(const char *words, const char *word);
/* The one of `names` (NULL-terminated) that was probably meant by s, or NULL when none is near. */
const char *text_nearest(const char *s, const char *const *names);
/* Edit distance with transpositions, capped at `cap`. */
int text_distance(const char *a, const char *b, int cap);
/* Whether s is an RFC 1035 label of at most `max` characters: starts with a letter; lower case, digits, hyphens; no
 * hyphen at the end. */
bool text_is_label(const char *s, size_t max);
/* "1.5" and the like with the C locale's point; false when anything but a number is there. */
bool text_number(const char *s, double *out);
bool text_int(const char *s, int64_t *out);

#endif
