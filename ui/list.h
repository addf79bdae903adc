/* list: rows in columns, for every view that is a table: selection, scrolling, filter, order, mouse.
 *
 * The selection sticks to its row by identity: what is inserted above moves it along, and when the row goes, its
 * neighbour is selected. Rows are pointers that the view owns and gives anew whenever they change (list_begin … list_end).
 * Column widths follow what is on the screen, and only grow while rows come and go, so that nothing jumps. */
#ifndef UI_LIST_H
#define UI_LIST_H

#include "ui/dashboard.h"

#define LIST_COLUMNS 16
#define LIST_TEXT 256

struct list_cell {
    char text[LIST_TEXT];
    enum role role;   /* ROLE_NORMAL unless set */
    double order;     /* what to sort by where `number` is set */
    bool number;
    uint32_t glyph;   /* drawn before the text, with role; 0: none */
};

struct list_column {
    const char *title;
    int min, max;   /* cells; max 0: as wide as needed */
    int rank;       /* 0 always shown; columns with the highest rank go first when there is no room */
    bool right;
    bool shrink;    /* gives room before columns are left out, down to `min` */
    bool stretch;   /* also takes what is left over (one column) */
    bool painted;   /* drawn by list_class.paint, not as text */
};

struct list_class {
    const struct list_column *columns;
    size_t column_count;
    /* Fills the text and role of one cell. */
    void (*cell)(void *data, const void *row, size_t column, struct list_cell *out);
    /* Draws a painted column's field of a row, or its title where row is NULL. */
    void (*paint)(void *data, const void *row, size_t column, struct area field, unsigned attr);
    /* Identity: equal for the same thing over time. */
    void (*identity)(void *data, const void *row, char *out, size_t size);
    /* What the line says when there are no rows. */
    const char *(*empty)(void *data);
    /* Whether a column is to be left out now (NAMESPACE when there is one only); NULL: never. */
    bool (*hidden)(void *data, size_t column);
};

struct list {
    const struct list_class *class;
    void *data;
    const void **rows;      /* shown, in order */
    size_t count, cap, total /* before the filter */;
    size_t selected, top;
    char selected_id[512];
    int sort;               /* column, -1: as given */
    bool reverse;
    bool stale;             /* order or filter changed: rows must be given anew */
    char filter[128];
    int widths[LIST_COLUMNS];
    int page;               /* rows on the screen */
    int first_row;          /* where they start in the view's area, for the mouse */
    int offset;             /* of the list in the view's area; the view sets it */
};

enum { /* commands of list_bindings; a view's own commands start at LIST_COMMANDS */
    LIST_DOWN = 1, LIST_UP, LIST_PGDN, LIST_PGUP, LIST_TOP, LIST_BOTTOM, LIST_SORT_NEXT, LIST_SORT_PREV, LIST_REVERSE,
    LIST_COPY, LIST_COMMANDS
};
extern const struct binding list_bindings[];

void list_init(struct list *list, const struct list_class *class, void *data);
void list_release(struct list *list);
void list_begin(struct list *list);
void list_add(struct list *list, const void *row);
void list_end(struct list *list);
const void *list_selected(const struct list *list); /* NULL when there is no row */
void list_select(struct list *list, const char *identity);
/* Sets `stale`. */
void list_set_filter(struct list *list, const char *text);
void list_draw(struct list *list, struct area area);
unsigned list_command(struct list *list, struct dashboard *dash, int command);
/* Wheel and clicks; a click on the selected row is *entered. */
unsigned list_mouse(struct list *list, const struct key *key, bool *entered);
/* "12", or "4/12 /cam". */
void list_summary(const struct list *list, char *out, size_t size);

#endif
