/* sheet: a CSV file (RFC 4180): named columns and the rows below them. The only place that sees <csv.h>. */
#ifndef BASE_SHEET_H
#define BASE_SHEET_H

#include "base/buf.h"
#include "base/err.h"

struct sheet_row {
    char **cells; /* as many as there are columns */
    int number;   /* as a spreadsheet counts them: the columns' names are row 1, empty lines count */
};

struct sheet {
    char **columns; /* NULL-terminated */
    size_t column_count;
    struct sheet_row *rows;
    size_t count, cap;
};

#define SHEET_MAX_ROWS 10000

/* Blanks around a cell without quotes are no part of it, and empty lines no rows. Names of columns are unique. -1: err says
 * in which row what is wrong, and the sheet is empty. */
int sheet_parse(struct sheet *out, const char *text, size_t len, struct err *err);
void sheet_release(struct sheet *sheet);
/* The cell of a column, or NULL when there is no such column. */
const char *sheet_cell(const struct sheet *sheet, size_t row, const char *column);
/* Writing one: a cell, harmless to a terminal, in quotes where it needs them; and what ends it. */
void sheet_add(struct buf *out, const char *text, bool last);

#endif
