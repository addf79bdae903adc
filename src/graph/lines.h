/* lines: where the lines of a text begin and end: at LF, CR LF or CR, as YAML's do. Internal to this layer. */
#ifndef GRAPH_LINES_H
#define GRAPH_LINES_H

#include "base/base.h"

bool is_break(char c);
size_t line_start(const char *text, size_t at);
/* To the end of at's line, before its break. */
size_t line_end(const char *text, size_t len, size_t at);
/* Past the break that stands at `at`, if one does. */
size_t after_break(const char *text, size_t len, size_t at);
/* How many breaks there are. */
int count_breaks(const char *text, size_t len);

#endif
