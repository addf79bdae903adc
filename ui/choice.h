/* choice: a dialog with something to read, which may be long, and more than two ways to go on. Esc takes none. */
#ifndef UI_CHOICE_H
#define UI_CHOICE_H

#include "ui/dashboard.h"

struct choice {
    char key;
    const char *label; /* NULL ends the table */
    void (*take)(void *data); /* NULL: nothing, as Esc */
};

struct choice_line {
    enum role role;
    char *text;
};

struct choice_lines {
    struct choice_line *items;
    size_t count, cap;
};

void choice_lines_add(struct choice_lines *lines, enum role role, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The lines that differ, with some around them: '-' is in `before` only, '+' in `after` only. */
void choice_lines_add_difference(struct choice_lines *lines, const char *before, size_t before_len, const char *after,
                                 size_t after_len);
/* text may have several lines; `lines` are taken; `choices` is a constant table of which `at` is chosen first; hints as
 * an overlay's. data is freed when the dialog is. */
void choice_open(struct dashboard *dash, const char *title, const char *text, struct choice_lines *lines,
                 const struct choice *choices, size_t at, const char *hints, void *data, void (*free_data)(void *));

#endif
