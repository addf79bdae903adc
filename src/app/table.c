#include "app/table.h"

#include <ctype.h>
#include <math.h>

#include "app/app.h"
#include "base/json.h"
#include "base/sheet.h"
#include "base/text.h"
#include "base/time.h"
#include "base/yaml.h"
#include "ops/filter.h"

#define OUTPUT_MAX (256u << 20)

static const char *const format_names[] = {"table", "wide", "json", "yaml", "csv", "name"};

struct cell {
    char *text;
    double number; /* instead of the text, for machines … */
    bool has_number;
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    const char *kind;
    char **names;
    struct cell *cells; /* row by row */
    size_t rows, row_cap, cell_count, cell_cap;
    struct filter *filter; /* NULL: none */
    struct filter_column named[FILTER_COLUMNS];
};

int table_format_parse(enum table_format *out, const char *text, struct err *err)
{
    *out = TABLE_TABLE;
    if (!text)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(format_names); i++)
        if (strcmp(text, format_names[i]) == 0) {
            *out = (enum table_format)i;
            return 0;
        }
    return err_set(err, "there is no output format '%s'; it may be table, wide, json, yaml, csv or name", text);
}

struct table *table_new(const struct table_column *columns, size_t count, const char *kind)
{
    struct table *table = xcalloc(1, sizeof *table);
    table->columns = columns;
    table->column_count = count;
    table->kind = kind;
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->rows; i++)
        free(table->names[i]);
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i].text);
    free(table->names);
    free(table->cells);
    filter_free(table->filter);
    free(table);
}

void table_row(struct table *table, const char *name)
{
    if (table->cell_count != table->rows * table->column_count)
        BUG("a row with too few cells");
    GROW(table->names, table->rows, table->row_cap);
    table->names[table->rows++] = xstrdup(name);
}

static struct cell *add_cell(struct table *table, const char *fmt, va_list ap)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, ap) < 0)
        BUG("no memory for a cell");
    if (table->cell_count == table->rows * table->column_count)
        BUG("a row with too many cells");
    GROW(table->cells, table->cell_count, table->cell_cap);
    struct cell *cell = &table->cells[table->cell_count++];
    *cell = (struct cell){.text = text};
    return cell;
}

void table_cell(struct table *table, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct cell *cell = add_cell(table, fmt, ap);
    va_end(ap);
    size_t column = (table->cell_count - 1) % table->column_count;
    cell->has_number = table->columns[column].number && text_number(cell->text, &cell->number);
}

void table_number(struct table *table, double number, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct cell *cell = add_cell(table, fmt, ap);
    va_end(ap);
    cell->has_number = true;
    cell->number = number;
}

void table_cell_age(struct table *table, int64_t since, int64_t now_wall)
{
    char age[TIME_TEXT];
    if (since)
        table_number(table, (double)((now_wall - since) / NSEC_PER_SEC), "%s", time_age(age, now_wall - since));
    else
        table_number(table, NAN, "<unknown>");
}

int table_set_filter(struct table *table, const char *text, struct err *err)
{
    if (table->column_count > FILTER_COLUMNS)
        BUG("a table of %zu columns", table->column_count);
    for (size_t c = 0; c < table->column_count; c++)
        table->named[c] = (struct filter_column){table->columns[c].title, !table->columns[c].age, table->columns[c].age};
    filter_free(table->filter);
    table->filter = text ? filter_new(text, false, table->named, table->column_count, err) : NULL;
    return text && !table->filter ? -1 : 0;
}

struct filtered_row {
    const struct cell *cells;
    const char *labels;
};

static void filter_cell(void *data UNUSED, const void *row, size_t column, struct filter_cell *out)
{
    const struct cell *cell = &((const struct filtered_row *)row)->cells[column];
    out->text = *cell->text ? cell->text : "<none>";
    out->has_number = cell->has_number && !isnan(cell->number);
    out->number = cell->number;
}

static const char *filter_labels(void *data UNUSED, const void *row)
{
    return ((const struct filtered_row *)row)->labels;
}

void table_row_end(struct table *table, const char *labels)
{
    static const struct filter_source source = {filter_cell, filter_labels, NULL, 0};
    size_t first = table->cell_count - table->column_count;
    if (!table->filter || filter_passes(table->filter, &source, &(struct filtered_row){&table->cells[first], labels}))
        return;
    while (table->cell_count > first)
        free(table->cells[--table->cell_count].text);
    free(table->names[--table->rows]);
}

static void print_aligned(const struct table *table, bool wide, bool header, struct buf *out)
{
    size_t n = table->column_count;
    int *widths = xcalloc(n, sizeof *widths);
    char **shown = xcalloc(table->cell_count + 1, sizeof *shown);
    for (size_t c = 0; c < n; c++)
        widths[c] = text_width(table->columns[c].title);
    for (size_t i = 0; i < table->cell_count; i++) {
        struct buf clean;
        buf_init(&clean, 1 << 16);
        const char *text = *table->cells[i].text ? table->cells[i].text : "<none>";
        text_sanitise(&clean, text, strlen(text));
        shown[i] = buf_take(&clean);
        widths[i % n] = MAX(widths[i % n], text_width(shown[i]));
    }
    for (size_t row = header ? 0 : 1; row <= table->rows; row++) {
        int owed = 0; /* blanks before the next cell: none at a line's end */
        for (size_t c = 0; c < n; c++) {
            const struct table_column *column = &table->columns[c];
            if (column->machine || (column->wide && !wide))
                continue;
            const char *text = row == 0 ? column->title : shown[(row - 1) * n + c];
            int pad = widths[c] - text_width(text);
            buf_pad(out, ' ', (size_t)(owed + (column->number ? pad : 0)));
            buf_adds(out, text);
            owed = 3 + (column->number ? 0 : pad);
        }
        buf_addc(out, '\n');
    }
    for (size_t i = 0; i < table->cell_count; i++)
        free(shown[i]);
    free(shown);
    free(widths);
}

/* "GPU USED" → gpuUsed */
static char *key_of(const char *title)
{
    char *key = xcalloc(strlen(title) + 1, 1), *to = key;
    bool upper = false;
    for (const char *p = title; *p; p++) {
        if (!isalnum((unsigned char)*p)) {
            upper = to != key;
            continue;
        }
        *to++ = (char)(upper ? toupper((unsigned char)*p) : tolower((unsigned char)*p));
        upper = false;
    }
    return key;
}

static cJSON *to_json(const struct table *table)
{
    cJSON *items = cJSON_CreateArray();
    for (size_t row = 0; row < table->rows; row++) {
        cJSON *item = cJSON_CreateObject();
        for (size_t c = 0; c < table->column_count; c++) {
            char *key = key_of(table->columns[c].title);
            const struct cell *cell = &table->cells[row * table->column_count + c];
            const char *text = cell->text;
            if (cell->has_number)
                cJSON_AddNumberToObject(item, key, cell->number); /* null where it is none */
            else if (!*text || str_eq(text, "<none>") || str_eq(text, "<unknown>"))
                cJSON_AddNullToObject(item, key);
            else
                cJSON_AddStringToObject(item, key, text);
            free(key);
        }
        cJSON_AddItemToArray(items, item);
    }
    return items;
}

/* What the cluster says must not drive the terminal that it is printed on. */
static void add_clean(struct buf *out, const char *text)
{
    text_sanitise(out, text, strlen(text));
}

static void print_csv(const struct table *table, bool header, struct buf *out)
{
    size_t n = table->column_count;
    for (size_t c = 0; header && c < n; c++) {
        char *key = key_of(table->columns[c].title);
        sheet_add(out, key, c + 1 == n);
        free(key);
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        const struct cell *cell = &table->cells[i];
        char number[32] = "";
        if (cell->has_number && !isnan(cell->number))
            snprintf(number, sizeof number, "%.15g", cell->number);
        sheet_add(out, cell->has_number ? number : cell->text, (i + 1) % n == 0);
    }
}

void table_print(const struct table *table, enum table_format format, bool header, struct buf *out)
{
    if (format == TABLE_JSON || format == TABLE_YAML) {
        cJSON *items = to_json(table);
        if (format == TABLE_YAML && table->rows) {
            yaml_emit(out, items);
        } else {
            json_print(out, items);
            buf_addc(out, '\n');
        }
        cJSON_Delete(items);
    } else if (format == TABLE_CSV) {
        print_csv(table, header, out);
    } else if (format == TABLE_NAME) {
        for (size_t i = 0; i < table->rows; i++) {
            buf_addf(out, "%s/", table->kind);
            add_clean(out, table->names[i]);
            buf_addc(out, '\n');
        }
    } else {
        print_aligned(table, format == TABLE_WIDE, header, out);
    }
}

void table_finish(struct table *table, enum table_format format, bool header)
{
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    table_print(table, format, header, &out);
    app_print(&out);
    table_free(table);
}
