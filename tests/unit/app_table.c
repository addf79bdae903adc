/* app_table: what a command prints of the cluster's words, in each format. */
#include "app_test.h"

#include "app/table.h"

static const struct table_column columns[] = {{"NAME"}, {"MESSAGE"}, {"COUNT", .number = true}};

static void print(struct buf *out, enum table_format format, const char *name, const char *message)
{
    struct table *table = table_new(columns, ARRAY_SIZE(columns), "pod");
    table_row(table, name);
    table_cell(table, "%s", name);
    table_cell(table, "%s", message);
    table_cell(table, "%d", 3);
    buf_reset(out);
    table_print(table, format, true, out);
    table_free(table);
}

START_TEST(no_format_lets_a_control_through)
{
    static const char evil[] = "a\x1b[31m\x07\x7f\xc2\x9b" "31m\xe2\x80\xae\xe2\x81\xa6\r\t\"b,\n";
    struct buf out;
    buf_init(&out, 1 << 16);
    for (int format = TABLE_TABLE; format <= TABLE_NAME; format++) {
        print(&out, (enum table_format)format, evil, evil);
        for (size_t i = 0; i < out.len; i++)
            ck_assert_msg((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\n', "format %d: %s", format, out.data);
        static const char *const never[] = {"\x7f", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x81\xa6"};
        for (size_t i = 0; i < ARRAY_SIZE(never); i++)
            ck_assert_msg(!strstr(out.data, never[i]), "format %d: %s", format, out.data);
    }
    buf_release(&out);
}
END_TEST

START_TEST(csv_quotes_what_it_must)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    print(&out, TABLE_CSV, "camera", "it said \"no\", twice");
    ck_assert_str_eq(out.data, "name,message,count\ncamera,\"it said \"\"no\"\", twice\",3\n");
    print(&out, TABLE_CSV, "camera", "two\nlines");
    ck_assert_str_eq(out.data, "name,message,count\ncamera,two lines,3\n");
    print(&out, TABLE_NAME, "camera", "");
    ck_assert_str_eq(out.data, "pod/camera\n");
    buf_release(&out);
}
END_TEST

START_TEST(machines_get_numbers_where_people_read_words)
{
    static const struct table_column of[] = {{"RESTARTS"}, {"AGE"}, {"LAST SEEN"}};
    static const char *const expected[] = {
        [TABLE_TABLE] = "RESTARTS        AGE    LAST SEEN\n5 (3m20s ago)   2m5s   <unknown>\n",
        [TABLE_JSON] = "[{\"restarts\":5,\"age\":125,\"lastSeen\":null}]\n",
        [TABLE_CSV] = "restarts,age,lastSeen\n5,125,\n",
    };
    for (int format = TABLE_TABLE; format <= TABLE_CSV; format++) {
        if (!expected[format])
            continue;
        struct table *table = table_new(of, ARRAY_SIZE(of), "pod");
        struct buf out;
        buf_init(&out, 1 << 16);
        table_row(table, "camera");
        table_number(table, 5, "%d (%s ago)", 5, "3m20s");
        table_cell_age(table, 1000 * NSEC_PER_SEC, 1125 * NSEC_PER_SEC);
        table_cell_age(table, 0, 1125 * NSEC_PER_SEC);
        table_print(table, (enum table_format)format, true, &out);
        ck_assert_str_eq(out.data, expected[format]);
        buf_release(&out);
        table_free(table);
    }
}
END_TEST

START_TEST(a_filter_takes_rows_back)
{
    static const struct table_column of[] = {{"NAME"}, {"AGE", .age = true}, {"NODE"}};
    struct table *table = table_new(of, ARRAY_SIZE(of), "pod");
    struct err err = ERR_INIT;
    struct buf out;
    buf_init(&out, 1 << 16);
    ck_assert_int_eq(table_set_filter(table, "nodes>3", &err), -1);
    ck_assert_int_eq(table_set_filter(table, "age<10m label=app=web", &err), 0);
    static const char *const labels[] = {"app=web\n", "app=web\n", "app=db\n"};
    for (int i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "pod-%d", i);
        table_row(table, name);
        table_cell(table, "%s", name);
        table_cell_age(table, (i == 1 ? 1 : 10000) * NSEC_PER_SEC, 10060 * NSEC_PER_SEC);
        table_cell(table, "%s", "");
        table_row_end(table, labels[i]);
    }
    table_print(table, TABLE_TABLE, true, &out);
    ck_assert_str_eq(out.data, "NAME    AGE   NODE\npod-0   60s   <none>\n");
    ck_assert_int_eq(table_set_filter(table, "node=<none>", &err), 0);
    buf_release(&out);
    table_free(table);
}
END_TEST

Suite *app_table_suite(void)
{
    Suite *suite = suite_create("app table");
    TCase *tc = tcase_create("table");
    tcase_add_test(tc, no_format_lets_a_control_through);
    tcase_add_test(tc, csv_quotes_what_it_must);
    tcase_add_test(tc, machines_get_numbers_where_people_read_words);
    tcase_add_test(tc, a_filter_takes_rows_back);
    suite_add_tcase(suite, tc);
    return suite;
}
