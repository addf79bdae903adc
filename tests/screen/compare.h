/* compare: literal screens. In what is expected '#' stands for any one character (ages, ids); blanks at lines' ends and
 * empty lines at the end do not count. */
#ifndef TESTS_SCREEN_COMPARE_H
#define TESTS_SCREEN_COMPARE_H

#include "base/buf.h"

bool compare_line(const char *expected, size_t expected_len, const char *actual, size_t actual_len);
bool compare_texts(const char *expected, const char *actual);
/* Both, one above the other, and the lines that differ; on standard error. */
void compare_print(const char *title, const char *expected, const char *actual);
/* Whether they are the same; printed where they are not. */
bool compare_same(const char *title, const char *expected, const char *actual);
/* The same with the expected text kept in a file; with UPDATE_SCREENS=1 in the environment it is written anew. */
bool compare_same_file(const char *path, const char *actual);
bool compare_updating(void);
bool compare_write(const char *path, const char *text);
bool compare_read(const char *path, struct buf *out);

#endif
