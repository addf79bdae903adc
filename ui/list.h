/* list: rows in columns, for every view that is a table: selection, scrolling, filter, order, mouse.
 *
 * Rows are pointers that the view owns. It gives them anew whenever they change (list_begin … list_end), or, where its
 * class can compare them, one by one as they change (list_put, list_drop, list_change): then the list keeps its order and
 * its filter itself, and 100,000 rows cost what 40 cost. The selection sticks to its row: what is inserted above moves it
 * along, and when the row goes, its neighbour is selected. Column widths follow what is on the screen, and only grow while
 * rows come and go, so that nothing jumps. */
#ifndef UI_LIST_H
#define UI_LIST_H

#include "base/map.h"
#include "ops/filter.h"
#include "ui/dashboard.h"

#define LIST_COLUMNS 24
#define LIST_TEXT 256

struct list_cell {
    char text[LIST_TEXT];
    const char *shown; /* instead of `text`: one that stands somewhere already and is not worth a copy */
    enum role role;   /* ROLE_NORMAL unless set */
    double order;     /* what to sort by where `number` is set */
    bool number;
    uint32_t glyph;   /* drawn before the text, with role; 0: none */
};

struct list_column {
    const char *title;
    int min, max;   /* cells; max 0: as wide as needed */
    int rank;       /* 0 always shown; columns with the highest rank go first when there is no room … */
#define RANK_EXTRA 100 /* … and from this one on before any other gets narrower */
    int wish;       /* of one that shrinks: columns with a rank go before it gets narrower than this */
    bool right;
    bool shrink;    /* gives room before columns are left out, down to `wish`, and to `min` when none are left */
    bool stretch;   /* also takes what is left over (one column) */
    bool spare;     /* left out where no row on the screen has anything in it */
    bool painted;   /* drawn by list_class.paint, not as text */
    bool passing;   /* its text changes as time goes by: the filter does not look at it */
    bool since;     /* an age: its order is minus the time (ns) that it tells the age of */
    bool span;      /* a duration: its order is ns */
    bool drifts;    /* its place in the order may change though the row stays the same */
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
    /* The order where none was asked for; 0 only for what is the same thing. NULL: as given, and only given anew. */
    int (*compare)(void *data, const void *a, const void *b);
    bool ordered; /* rows are given anew in that order already */
    /* Whether a row is of what was, and drawn so; NULL: none is. */
    bool (*dimmed)(void *data, const void *row);
    /* What the line says when there are no rows. */
    const char *(*empty)(void *data);
    /* Of the object that the row is, as struct record has them; NULL: it has none. */
    istr (*labels)(void *data, const void *row);
    /* Whether a column is to be left out now (NAMESPACE when there is one only); NULL: never. */
    bool (*hidden)(void *data, size_t column);
};

/* What the operator wants to see of the columns, in that order. */
struct list_layout {
    size_t columns[LIST_COLUMNS];
    size_t count; /* 0: all, as they are */
};

struct list {
    const struct list_class *class;
    const struct list_layout *layout; /* NULL: all, as they are */
    void *data;
    const void **rows;      /* shown, in order */
    size_t count, cap, total /* before the filter; of rows changed one by one the view counts it */;
    size_t selected, top;
    const void *kept;       /* the selected row, while rows are given anew */
    char selected_id[512];
    int sort;               /* column, -1: as given, or as compared */
    bool reverse;
    struct map marks;       /* identities of rows that are marked, whether they are shown or not */
    bool stale;             /* order or filter changed: rows must be given anew */
    bool touched;           /* something that was on the screen is not as it was; drawing unsets it */
    char filter[256];       /* as it was typed; the last one that could be read */
    struct filter *query;   /* NULL: there is none */
    struct filter_column named[LIST_COLUMNS];
    struct list_cell looked; /* at by the filter */
    int64_t wall;           /* now, for ages in the filter; the table sets it */
    int widths[LIST_COLUMNS];
    int page;               /* rows on the screen */
    int first_row;          /* where they start in the view's area, for the mouse */
    int offset;             /* of the list in the view's area; the view sets it */
};

enum { /* commands of list_bindings; a view's own commands start at LIST_COMMANDS */
    LIST_DOWN = 1, LIST_UP, LIST_PGDN, LIST_PGUP, LIST_TOP, LIST_BOTTOM, LIST_SORT_NEXT, LIST_SORT_PREV, LIST_REVERSE,
    LIST_COPY, LIST_MARK, LIST_COMMANDS
};
extern const struct binding list_bindings[];
/* For views where keys act on all that is marked. */
#define LIST_MARK_BINDING {"Space", LIST_MARK, NULL, "mark it; X, R and E take all marked"}

void list_init(struct list *list, const struct list_class *class, void *data);
void list_release(struct list *list);
void list_begin(struct list *list);
void list_add(struct list *list, const void *row);
void list_end(struct list *list);
/* One by one (list_rows.c). None minds a row that is there already, or not there. */
void list_put(struct list *list, const void *row);  /* where the filter lets it pass */
void list_drop(struct list *list, const void *row);
/* One takes the other's place, or its own anew; the selection goes along. Either may be NULL. */
void list_change(struct list *list, const void *before, const void *now);
/* The rows are about to be freed: what is selected is kept in mind by its identity. */
void list_forget(struct list *list);
void list_unmark(struct list *list, const void *row); /* it is gone */
bool list_marked(const struct list *list, const void *row);
const void *list_selected(const struct list *list); /* NULL when there is no row */
void list_select(struct list *list, const char *identity);
/* Sets `stale`, unless the list can narrow its rows down by itself. typing: the last word is not finished (ops/filter.h). -1
 * with a sentence: it cannot be read, and all stays as it is. NULL: none. */
int list_set_filter(struct list *list, const char *text, bool typing, struct err *err);
/* Words for the filter's prompt: columns, and what is in them. */
void list_complete(struct list *list, const char *line, size_t cursor, struct completions *out);
/* An age has passed what the filter compares it with: rows must be given anew. */
bool list_overdue(const struct list *list);
void list_draw(struct list *list, struct area area);
unsigned list_command(struct list *list, struct dashboard *dash, int command);
/* Wheel and clicks; a click on the selected row is *entered. */
unsigned list_mouse(struct list *list, const struct key *key, bool *entered);
/* What list.c, list_draw.c, list_rows.c and list_filter.c share. */
/* 100,000 rows lie all over the memory: the next one is on its way while this one is looked at. */
static inline void list_fetch_ahead(const void *row)
{
    for (size_t at = 0; row && at < 192; at += 64)
        __builtin_prefetch((const char *)row + at);
}
size_t list_column_count(const struct list *list); /* that stand side by side … */
size_t list_column_at(const struct list *list, size_t place); /* … and the one at a place */
bool list_hidden(const struct list *list, size_t column);
/* `shown` is set, whatever the view set. */
void list_cell(const struct list *list, const void *row, size_t column, struct list_cell *out);
void list_order(struct list *list); /* of all rows, after they were given */
bool list_passes(const struct list *list, const void *row);
void list_pass_begin(struct list *list); /* over many rows */
void list_pass_end(struct list *list);

/* "12", or "4/12 /cam". */
void list_summary(const struct list *list, char *out, size_t size);

#endif
