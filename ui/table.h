/* table: a list as a view. A view's state that begins with a struct table may name these functions as its own.
 *
 * Its rows are made by the view (rebuild), or they are the records of stores (table_follow): then the table hears of every
 * change while the view is seen, and one among 100,000 rows moves one row. Of a view that is not seen nothing is kept but
 * what is selected: its rows are made anew when it is shown again. */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include "ui/list.h"

/* Rows that are records. The list's class must be able to compare them. */
struct table_rows {
    unsigned sources; /* CHANGED_* of the stores whose records are the rows … */
    /* … those of them; must tell from the record and from what `learn` knows. NULL: those of the namespace. */
    bool (*shows)(void *state, const struct record *record);
    unsigned also;    /* CHANGED_* of further stores that learn and touch hear of */
    /* What the view keeps of the stores while it is seen (indexes): begins and ends with that, and learns of each change
     * before the rows do. May be NULL, all together. */
    void (*begin)(void *state);
    void (*end)(void *state);
    void (*learn)(void *state, enum model_source_id source, const struct change *change);
    /* After a change reached its own row: calls table_recheck for others that it may concern. May be NULL. */
    void (*touch)(void *state, const struct record *record);
};

struct table {
    struct dashboard *dash;
    struct list list;
    unsigned watch;                  /* the changes that make its rows anew */
    bool dirty;
    void (*rebuild)(void *state);    /* list_begin, list_add…, list_end */
    unsigned (*enter)(void *state);  /* a click on the selected row; may be NULL */
    const struct table_rows *rows;   /* NULL: made by rebuild alone */
    bool seen, recount;
    struct table_source {
        struct table *table;
        enum model_source_id id;
        struct store_listener listener;
    } sources[SOURCE_COUNT];
};

/* rebuild NULL: table_follow is called next. */
void table_init(struct table *table, struct dashboard *dash, const struct list_class *class, unsigned watch,
                void (*rebuild)(void *state));
void table_follow(struct table *table, const struct table_rows *rows);
/* For view.visible. */
void table_visible(void *state, bool visible);
/* Whether a record is a row may have changed, or where it stands. */
void table_recheck(struct table *table, const struct record *record);
void table_release(struct table *table);
/* Makes the rows anew where they must be. Called before anything that looks at them. */
void table_sync(void *state);
void table_draw(void *state, struct area area);
unsigned table_key(void *state, const struct key *key); /* the mouse, and Esc where there is a filter */
unsigned table_command(void *state, int command);       /* list_bindings' */
bool table_changed(void *state, unsigned mask);
void table_filter(void *state, const char *text, bool done);
const char *table_filtered(void *state);
void table_complete(void *state, const char *line, size_t cursor, struct completions *out);
void table_summary(void *state, char *out, size_t size);
const void *table_selected(void *state);
/* For a key that shows the rows of one graph, the selected row's or the one at hand, and all again: by the filter. */
unsigned table_filter_graph(struct table *table, const char *graph);
/* A view's `/` that is the list's. */
#define TABLE_FILTER .filter = table_filter, .filtered = table_filtered, .complete = table_complete
/* For list_class.labels where rows are records. */
istr table_labels(void *data, const void *row);

/* Whether a record is of the namespace that is shown. */
bool table_in_namespace(const struct table *table, const struct record *record);

/* What the line says where there are no rows: that they are loaded, why they cannot be, else `nothing`. */
const char *table_empty(const struct table *table, enum model_source_id id, const char *nothing);
/* For view.ns, where rows are records: the selected one's namespace. */
const char *table_ns(void *state);
/* For view.selected, where rows are records. */
const struct record *table_selected_record(void *state);

/* The role and the glyph of a state. */
enum role health_role(enum health health);
uint32_t health_glyph(enum health health);
/* "3m20s" since a time; "<unknown>" when there is none. The screen is drawn again when it says something else. */
void table_age(struct dashboard *dash, char *out, size_t size, int64_t since);
/* By namespace and name, as a store has them: for list_class.compare. */
int table_compare_records(void *data, const void *a, const void *b);
/* By uid: for list_class.identity. */
void table_identity(void *data, const void *row, char *out, size_t size);
/* For a column NAMESPACE, the class's first: hidden where one is shown only. data is the table. */
bool table_hides_namespace(void *data, size_t column);

#endif
