/* choice: a dialog with something to read, which may be long, and ways to go on, of which the first is chosen until the
 * operator chooses another. Esc takes none. */
#ifndef UI_CHOICE_H
#define UI_CHOICE_H

#include "ui/dashboard.h"

struct choice {
    char key;          /* with shift as well */
    const char *label; /* NULL ends the table */
    void (*take)(void *data); /* NULL: nothing, as Esc; may open another dialog */
};

struct choice_line {
    enum role role;
    char *text;
    char *mark; /* what Space here is told of; NULL: nothing. Where there is such a line j and k move a bar over the lines */
};

struct choice_lines {
    struct choice_line *items;
    size_t count, cap;
};

void choice_lines_add(struct choice_lines *lines, enum role role, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Lines from that one on get the mark. */
void choice_lines_mark(struct choice_lines *lines, size_t from, const char *mark);
/* The lines that differ, with some around them: '-' is in `before` only, '+' in `after` only. */
void choice_lines_add_difference(struct choice_lines *lines, const char *before, size_t before_len, const char *after,
                                 size_t after_len);
void choice_lines_release(struct choice_lines *lines);

struct choice_dialog {
    const char *title, *text;     /* may have several lines; copied */
    struct choice_lines lines;    /* to be scrolled; taken */
    int width;                    /* of the inside, at least */
    const struct choice *choices; /* copied */
    const char *hints;            /* as an overlay's */
    void *data;                   /* freed when the dialog is */
    void (*free_data)(void *);    /* may be NULL */
    /* Of a dialog that says something else now and then; NULL otherwise. */
    bool (*changed)(void *data, unsigned mask);     /* CHANGED_*; true: it is to say it anew */
    void (*marked)(void *data, const char *mark);   /* Space, on a line with a mark; then it says it anew */
    void (*say)(void *data, struct choice_dialog *out); /* fills in lines, choices and hints */
};

void choice_open(struct dashboard *dash, const struct choice_dialog *what);
/* dashboard_confirm with lines to read, which are taken. */
void choice_confirm(struct dashboard *dash, const char *title, const char *text, struct choice_lines lines,
                    const char *yes_label, answer_fn yes, void *data, void (*free_data)(void *));

#endif
