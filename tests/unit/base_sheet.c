#include "base/sheet.h"

#include "tests/unit/base_test.h"

/* Every cell, "number|cell|cell", a row a line, the columns' names first. */
static char *shown(const struct sheet *sheet)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    for (size_t i = 0; i < sheet->column_count; i++)
        buf_addf(&out, "|%s", sheet->columns[i]);
    for (size_t row = 0; row < sheet->count; row++) {
        buf_addf(&out, "\n%d", sheet->rows[row].number);
        for (size_t i = 0; i < sheet->column_count; i++)
            buf_addf(&out, "|%s", sheet->rows[row].cells[i]);
    }
    return buf_take(&out);
}

START_TEST(what_is_read)
{
    static const struct {
        const char *text, *cells;
    } rows[] = {
        {"name,url\na,rtsp://h/1\nb,rtsp://h/2", "|name|url\n2|a|rtsp://h/1\n3|b|rtsp://h/2"},
        {"name,url\r\na,x\r\n\r\nb,y\r\n", "|name|url\n2|a|x\n4|b|y"},
        {"\xef\xbb\xbf" "name\na\n", "|name\n2|a"},
        {"a,b\n\"x, \"\"y\"\"\nz\",  w \n", "|a|b\n2|x, \"y\"\nz|w"},
        {"a,b\n,\n", "|a|b\n2||"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sheet sheet;
        struct err err = ERR_INIT;
        ck_assert_msg(sheet_parse(&sheet, rows[i].text, strlen(rows[i].text), &err) == 0, "%s", err.text);
        char *cells = shown(&sheet);
        ck_assert_str_eq(cells, rows[i].cells);
        free(cells);
        sheet_release(&sheet);
    }
}
END_TEST

START_TEST(what_is_refused)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "it is empty"},
        {"\n\n", "it is empty"},
        {"name,url\n", "there is no row below the columns' names"},
        {"name,url\na\n", "row 2 has 1 cell, and row 1 names 2 columns"},
        {"name\na,b\n", "row 2 has 2 cells, and row 1 names 1 column"},
        {"name,,url\n", "row 1 names the columns, and its cell 2 is empty"},
        {"name,url,name\n", "row 1 has two columns named 'name'"},
        {"name;url\na;b\n", "row 1 has ';' between its columns: a comma must stand there"},
        {"a,b\n1,2\n\"x\"y,z\n", "row 3 has a quote that does not end its cell: a quote inside a quoted cell is written twice"},
        {"a,b\n\"x,z\n", "row 2 has a quote that does not end its cell: a quote inside a quoted cell is written twice"},
        {"a\n\xff\n", "this is no UTF-8 text"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sheet sheet;
        struct err err = ERR_INIT;
        ck_assert_int_eq(sheet_parse(&sheet, rows[i].text, strlen(rows[i].text), &err), -1);
        ck_assert_str_eq(err.text, rows[i].why);
        ck_assert_ptr_null(sheet.rows);
    }
}
END_TEST

START_TEST(too_many_rows)
{
    struct buf text;
    struct sheet sheet;
    struct err err = ERR_INIT;
    buf_init(&text, 1u << 20);
    buf_adds(&text, "a\n");
    for (int i = 0; i <= SHEET_MAX_ROWS; i++)
        buf_adds(&text, "x\n");
    ck_assert_int_eq(sheet_parse(&sheet, text.data, text.len, &err), -1);
    ck_assert_str_eq(err.text, "there are more than 10000 rows");
    buf_release(&text);
}
END_TEST

Suite *base_sheet_suite(void)
{
    Suite *suite = suite_create("sheet");
    TCase *tcase = tcase_create("sheet");
    tcase_add_test(tcase, what_is_read);
    tcase_add_test(tcase, what_is_refused);
    tcase_add_test(tcase, too_many_rows);
    suite_add_tcase(suite, tcase);
    return suite;
}
