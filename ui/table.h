/* table: a list as a view. A view's state that begins with a struct table may name these functions as its own. */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include "ui/list.h"

struct table {
    struct dashboard *dash;
    struct list list;
    unsigned watch;                  /* the changes that make its rows anew */
    bool dirty;
    void (*rebuild)(void *state);    /* list_begin, list_add…, list_end */
    unsigned (*enter)(void *state);  /* a click on the selected row; may be NULL */
};

void table_init(struct table *table, struct dashboard *dash, const struct list_class *class, unsigned watch,
                void (*rebuild)(void *state));
void table_release(struct table *table);
/* Makes the rows anew where they must be. Called before anything that looks at them. */
void table_sync(void *state);
void table_draw(void *state, struct area area);
unsigned table_key(void *state, const struct key *key); /* the mouse, and Esc where there is a filter */
unsigned table_command(void *state, int command);       /* list_bindings' */
bool table_changed(void *state, unsigned mask);
void table_filter(void *state, const char *text, bool done);
void table_summary(void *state, char *out, size_t size);
const void *table_selected(void *state);

/* Whether a record is of the namespace that is shown. */
bool table_in_namespace(const struct table *table, const struct record *record);

/* What the line says where there are no rows: that they are loaded, why they cannot be, else `nothing`. */
const char *table_empty(const struct table *table, enum model_source_id id, const char *nothing);
/* For view.ns, where rows are records: the selected one's namespace. */
const char *table_ns(void *state);

/* The role and the glyph of a state. */
enum role health_role(enum health health);
uint32_t health_glyph(enum health health);
/* "3m20s" since a time; "<unknown>" when there is none. */
void table_age(struct dashboard *dash, char *out, size_t size, int64_t since);

#endif
