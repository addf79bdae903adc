/* table: what a command lists, printed as a table, wide, JSON, YAML, CSV or names. */
#ifndef APP_TABLE_H
#define APP_TABLE_H

#include "base/buf.h"
#include "base/err.h"

enum table_format { TABLE_TABLE, TABLE_WIDE, TABLE_JSON, TABLE_YAML, TABLE_CSV, TABLE_NAME };

struct table_column {
    const char *title; /* "NAME"; "GPU USED" becomes gpuUsed in JSON and YAML */
    bool wide;         /* in wide and in the machines' formats only */
    bool machine;      /* in the machines' formats only */
    bool number;       /* right-aligned, a number in JSON */
    bool age;          /* of table_cell_age: a filter compares it with ages */
};

struct table;

/* text NULL: TABLE_TABLE. The error lists the formats. */
int table_format_parse(enum table_format *out, const char *text, struct err *err);
/* columns: borrowed; kind: "pod", for -o name ("pod/camera"). */
struct table *table_new(const struct table_column *columns, size_t count, const char *kind);
void table_free(struct table *table);
/* Begins a row; name is what -o name prints. Then as many cells as columns. */
void table_row(struct table *table, const char *name);
void table_cell(struct table *table, const char *fmt, ...) PRINTF_LIKE(2, 3); /* "" prints as <none> */
/* A cell that people read as text ("5 (3m ago)") and machines as a number; NAN: null. */
void table_number(struct table *table, double number, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* How long ago that was, as kubectl says it; for machines in seconds. since 0: "<unknown>". */
void table_cell_age(struct table *table, int64_t since, int64_t now_wall);
/* Which rows table_row_end keeps (ops/filter.h); NULL: all. -1 with a sentence that says what is wrong with it. */
int table_set_filter(struct table *table, const char *text, struct err *err);
/* The last row is whole: takes it back where it does not pass. labels: as struct record has them, or NULL. */
void table_row_end(struct table *table, const char *labels);
/* The whole of it; `header` false for the rows that -w adds. Cells are sanitised for the tables. */
void table_print(const struct table *table, enum table_format format, bool header, struct buf *out);
/* The same to standard output; and frees it. */
void table_finish(struct table *table, enum table_format format, bool header);

#endif
