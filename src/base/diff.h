/* diff: the lines in which two texts differ: the shortest way from one to the other (Myers' greedy algorithm), with a
 * bound on the work, past which the middle is shown as removed and added whole. */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include "base/buf.h"

struct diff_line {
    char sign;         /* ' ' in both, '-' only before, '+' only after */
    size_t number;     /* from 1, in the text it is of; ' ': in the one after */
    const char *text;  /* points into the text given, without its line break */
    size_t len;
};

struct diff {
    struct diff_line *lines; /* all of them, in order */
    size_t count, cap;
    size_t changed;          /* lines that differ: one that was replaced counts once */
};

/* Both texts outlive it. */
void diff_make(struct diff *out, const char *before, size_t before_len, const char *after, size_t after_len);
void diff_release(struct diff *diff);
/* As `diff -u` prints it, without the names of files: each place with so many lines around it; nothing where nothing differs. */
void diff_unified(struct buf *out, const struct diff *diff, size_t around);

#endif
