#include "base/sheet.h"

#include "base/text.h"

#include <csv.h>

struct reading {
    struct sheet *sheet;
    char **cells; /* of the row that is being read */
    size_t count, cap;
    int row;
    struct err *err;
};

static void drop_cells(char **cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(cells[i]);
    free(cells);
}

void sheet_release(struct sheet *sheet)
{
    drop_cells(sheet->columns, sheet->column_count);
    for (size_t i = 0; i < sheet->count; i++)
        drop_cells(sheet->rows[i].cells, sheet->column_count);
    free(sheet->rows);
    *sheet = (struct sheet){0};
}

const char *sheet_cell(const struct sheet *sheet, size_t row, const char *column)
{
    for (size_t i = 0; i < sheet->column_count; i++)
        if (strcmp(sheet->columns[i], column) == 0)
            return sheet->rows[row].cells[i];
    return NULL;
}

static void on_cell(void *cell, size_t len, void *data)
{
    struct reading *r = data;
    GROW(r->cells, r->count, r->cap);
    r->cells[r->count++] = xstrndup(cell, len);
}

static int check_columns(char *const *names, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!*names[i])
            return err_set(err, "row 1 names the columns, and its cell %zu is empty", i + 1);
        for (size_t k = 0; k < i; k++)
            if (strcmp(names[i], names[k]) == 0)
                return err_set(err, "row 1 has two columns named '%s'", names[i]);
    }
    if (count == 1 && strchr(names[0], ';'))
        return err_set(err, "row 1 has ';' between its columns: a comma must stand there");
    return 0;
}

static void take_columns(struct reading *r)
{
    r->sheet->columns = xcalloc(r->count + 1, sizeof *r->sheet->columns);
    memcpy(r->sheet->columns, r->cells, r->count * sizeof *r->cells);
    r->sheet->column_count = r->count;
    check_columns(r->cells, r->count, r->err);
}

static void take_row(struct reading *r)
{
    struct sheet *sheet = r->sheet;
    if (r->count != sheet->column_count) {
        err_set(r->err, "row %d has %zu cell%s, and row 1 names %zu column%s", r->row, r->count, r->count == 1 ? "" : "s",
                sheet->column_count, sheet->column_count == 1 ? "" : "s");
    } else if (sheet->count == SHEET_MAX_ROWS) {
        err_set(r->err, "there are more than %d rows", SHEET_MAX_ROWS);
    } else {
        GROW(sheet->rows, sheet->count, sheet->cap);
        char **cells = xcalloc(r->count, sizeof *cells);
        memcpy(cells, r->cells, r->count * sizeof *cells);
        sheet->rows[sheet->count++] = (struct sheet_row){cells, r->row};
        return;
    }
    for (size_t i = 0; i < r->count; i++)
        free(r->cells[i]);
}

static void on_row(int end, void *data)
{
    struct reading *r = data;
    (void)end;
    r->row++;
    if (err_is_set(r->err)) {
        for (size_t i = 0; i < r->count; i++)
            free(r->cells[i]);
    } else if (r->count) { /* an empty line has no cell at all */
        if (r->sheet->columns)
            take_row(r);
        else
            take_columns(r);
    }
    r->count = 0;
}

/* The bytes themselves; what a spreadsheet writes in front of UTF-8 is skipped. */
static int check_text(const char **text, size_t *len, struct err *err)
{
    if (*len >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) {
        *text += 3;
        *len -= 3;
    }
    if (memchr(*text, '\0', *len))
        return err_set(err, "this is no text: it holds a NUL character");
    return utf8_valid(*text, *len) ? 0 : err_set(err, "this is no UTF-8 text");
}

/* CR LF is one end of a line; the parser would count two. */
static char *one_line_end(const char *text, size_t *len)
{
    char *out = xmalloc(*len + 1);
    size_t n = 0;
    for (size_t i = 0; i < *len; i++)
        if (text[i] != '\r' || i + 1 == *len || text[i + 1] != '\n')
            out[n++] = text[i];
    *len = n;
    return out;
}

int sheet_parse(struct sheet *out, const char *text, size_t len, struct err *err)
{
    struct csv_parser parser;
    struct reading r = {.sheet = out, .err = err};
    *out = (struct sheet){0};
    if (check_text(&text, &len, err) < 0)
        return -1;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL) != 0)
        BUG("libcsv does not know its options");
    csv_set_realloc_func(&parser, xrealloc);
    csv_set_free_func(&parser, free);
    char *lines = one_line_end(text, &len);
    bool fine = csv_parse(&parser, lines, len, on_cell, on_row, &r) == len &&
                csv_fini(&parser, on_cell, on_row, &r) == 0;
    if (!fine && !err_is_set(err))
        err_set(err, "row %d has a quote that does not end its cell: a quote inside a quoted cell is written twice",
                r.row + 1);
    free(lines);
    csv_free(&parser);
    drop_cells(r.cells, r.count);
    if (!err_is_set(err) && !out->count)
        err_set(err, out->columns ? "there is no row below the columns' names" : "it is empty");
    if (!err_is_set(err))
        return 0;
    sheet_release(out);
    return -1;
}

void sheet_add(struct buf *out, const char *text, bool last)
{
    struct buf clean;
    buf_init(&clean, 1 << 20);
    text_sanitise(&clean, text, strlen(text));
    if (clean.data[strcspn(clean.data, ",\"")]) {
        buf_addc(out, '"');
        for (const char *c = clean.data; *c; c++) {
            if (*c == '"')
                buf_addc(out, '"');
            buf_addc(out, *c);
        }
        buf_addc(out, '"');
    } else {
        buf_adds(out, clean.data);
    }
    buf_release(&clean);
    buf_addc(out, last ? '\n' : ',');
}
