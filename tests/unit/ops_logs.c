#include "ops_test.h"

#include "k8s/logmerge.h"
#include "ops/logbook.h"
#include "ops/logfields.h"
#include "ops/loglevel.h"

/* Levels. */

static const struct {
    const char *line;
    enum log_level level;
} said[] = {
    {"{\"level\":\"error\",\"msg\":\"x\"}", LOG_LEVEL_ERROR},
    {"{\"ts\":1,\"severity\": \"WARNING\"}", LOG_LEVEL_WARNING},
    {"time=12:00 level=warn msg=\"no error\"", LOG_LEVEL_WARNING},
    {"E0301 12:00:00.123456       1 controller.go:5] failed", LOG_LEVEL_ERROR},
    {"I0301 12:00:00.123456       1 controller.go:5] ERROR is a word", LOG_LEVEL_INFO},
    {"2026-03-01 12:00:00 ERROR connection refused", LOG_LEVEL_ERROR},
    {"2026/03/01 [error] 7#7: open() failed", LOG_LEVEL_ERROR},
    {"error: no such file", LOG_LEVEL_ERROR},
    {"panic: runtime error", LOG_LEVEL_FATAL},
    {"Traceback (most recent call last):", LOG_LEVEL_ERROR},
    {"<warning> low", LOG_LEVEL_WARNING},
    {"DEBUG x", LOG_LEVEL_DEBUG},
    {"finished without an error at all", LOG_LEVEL_NONE},
    {"error_count=0 errors=0", LOG_LEVEL_NONE},
    {"GET /error/404", LOG_LEVEL_NONE},
    {"", LOG_LEVEL_NONE},
};

START_TEST(levels_are_as_programs_say_them)
{
    ck_assert_msg(log_level_of(said[_i].line, strlen(said[_i].line)) == said[_i].level, "%s", said[_i].line);
}
END_TEST

/* Fields. */

static void reads_as(const char *line, const char *expected)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    ck_assert(log_fields(&out, line, strlen(line)));
    ck_assert_str_eq(out.data, expected);
    buf_release(&out);
}

START_TEST(json_is_read_as_fields)
{
    struct buf out;
    reads_as("{\"ts\":1.5,\"level\":\"info\",\"msg\":\"got it\",\"n\":3,\"who\":\"a b\",\"in\":{\"x\":[1,2]}}", "INFO got it  n=3  who=\"a b\"  in={\"x\":[1,2]}");
    reads_as("{\"a\":null,\"b\":true,\"c\":\"\"}", "a=null  b=true  c=\"\"");
    reads_as("{\"level\":30,\"message\":\"pino\"}", "pino  level=30");
    buf_init(&out, 1u << 20);
    ck_assert(!log_fields(&out, "{\"a\":1} and more", 16));
    ck_assert(!log_fields(&out, "{\"id\":12345678901234567}", 24));
    ck_assert(!log_fields(&out, "[1]", 3));
    ck_assert(!log_fields(&out, "{}", 2));
    ck_assert(!log_fields(&out, "{\"a\":", 5));
    ck_assert_uint_eq(out.len, 0);
    static const char coloured[] = "\033[1;31mred\033[0m and \033]0;title\aplain\r \0!";
    log_plain(&out, coloured, sizeof coloured - 1);
    ck_assert_str_eq(out.data, "red and plain \1!");
    buf_release(&out);
}
END_TEST

/* The book. */

static struct log_book book;

static void setup(void)
{
    log_book_init(&book, SPOOL_LIMIT);
    book.filter.always = LOG_GAP;
}

static void teardown(void)
{
    log_book_release(&book);
}

static void add(const char *text, unsigned stream, unsigned flags)
{
    uint64_t n = spool_end(book.spool);
    log_book_add(&book, &(struct spool_line){.time = (int64_t)(n + 1) * NSEC_PER_SEC, .text = text, .len = (uint32_t)strlen(text),
                                             .stream = (uint16_t)stream, .flags = (uint8_t)flags});
}

/* A hundred thousand: "line N", every thousandth an error. */
static void add_many(void)
{
    for (int i = 0; i < 100000; i++) {
        char text[128];
        snprintf(text, sizeof text, "line %d of many, padded so that a block is full before the day is over%s", i, i % 1000 == 999 ? " ERROR" : "");
        add(text, (unsigned)i % 3, 0);
    }
}

static void work(void)
{
    while (log_book_work(&book))
        ;
}

static void rows_are(const char *filter, const char *expected)
{
    struct err err = ERR_INIT;
    struct buf rows;
    buf_init(&rows, 1u << 20);
    ck_assert_msg(log_book_filter(&book, filter, &err) == 0, "%s", err.text);
    work();
    for (uint64_t i = 0; i < log_book_count(&book); i++)
        buf_addf(&rows, "%s%" PRIu64, i ? " " : "", log_book_number(&book, i));
    ck_assert_msg(str_eq(rows.data, expected), "%s: %s", filter, rows.data);
    buf_release(&rows);
}

static const char *name(void *data, unsigned stream)
{
    (void)data;
    return stream == 1 ? "camera" : "monitor";
}

START_TEST(filters_by_all_their_terms)
{
    book.filter.name = name;
    add("GET /healthz 200", 0, 0);          /* 0 */
    add("GET /video 500", 1, 0);            /* 1 */
    add("level=error Cannot open", 1, 0);   /* 2 */
    add("-- lines may be missing --", 0, LOG_GAP); /* 3 */
    add("get /healthz 503", 0, 0);          /* 4 */
    rows_are("get", "0 1 3 4");
    rows_are("GET", "0 1 3");
    rows_are("!healthz", "1 2 3");
    rows_are("get & !healthz", "1 3");
    rows_are("/ 50[0-9]$/", "1 3 4");
    rows_are("level=warning", "2 3");
    rows_are("from=cam", "1 2 3");
    rows_are("from=cam & !level=error", "1 3");
    rows_are("nothing", "3");
    rows_are("", "0 1 2 3 4");
    log_book_range(&book, 2 * NSEC_PER_SEC, 4 * NSEC_PER_SEC);
    rows_are("", "1 2 3");
    log_book_range(&book, 0, 0);
    log_book_only(&book, 2);
    rows_are("", "1 2");
}
END_TEST

START_TEST(filters_that_are_none_are_told)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(log_book_filter(&book, "/(/", &err), -1);
    ck_assert_str_eq(err.text, "the expression '(' cannot be read at its character 2: missing closing parenthesis");
    ck_assert_int_eq(log_book_filter(&book, "level=loud", &err), -1);
    ck_assert_str_eq(err.text, "'loud' is no level; there are debug, info, warning, error and fatal");
    ck_assert_int_eq(log_book_filter(&book, "a & ! & b", &err), -1);
    ck_assert(!log_book_filtered(&book));
}
END_TEST

START_TEST(lines_around_are_shown_once)
{
    for (int i = 0; i < 20; i++)
        add(i == 5 || i == 8 || i == 19 ? "hit" : "other", 0, 0);
    log_book_around(&book, 1, 2);
    rows_are("hit", "4 5 6 7 8 9 10 18 19");
    ck_assert_uint_eq(book.fitting, 3);
    add("after", 0, 0);
    add("hit", 0, 0);
    work();
    ck_assert_uint_eq(log_book_number(&book, log_book_count(&book) - 1), 21);
    ck_assert_uint_eq(log_book_number(&book, log_book_count(&book) - 2), 20);
}
END_TEST

/* Over many blocks, a page at a time. */
START_TEST(filters_many_lines_in_slices)
{
    struct err err = ERR_INIT;
    add_many();
    ck_assert_int_eq(log_book_filter(&book, "level=error", &err), 0);
    int slices = 0;
    for (; log_book_work(&book); slices++)
        ;
    ck_assert_int_gt(slices, 20);
    ck_assert_uint_eq(log_book_count(&book), 100);
    ck_assert_uint_eq(log_book_number(&book, 7), 7999);
    ck_assert_uint_eq(log_book_index(&book, 8000), 8);
    ck_assert_int_eq(log_book_filter(&book, "!error", &err), 0);
    work();
    ck_assert_uint_eq(log_book_count(&book), 99900);
    ck_assert_uint_eq(log_book_number(&book, 999), 1000);
}
END_TEST

static uint64_t found(const char *text, uint64_t from, bool up)
{
    struct log_filter what = {0};
    struct err err = ERR_INIT;
    ck_assert_int_eq(log_filter_parse(&what, text, &err), 0);
    log_book_seek(&book, &what, from, up);
    work();
    uint64_t number = book.seek == SEEK_FOUND ? book.found : UINT64_MAX;
    ck_assert(book.seek == SEEK_FOUND || book.seek == SEEK_NOWHERE);
    log_book_seek_end(&book);
    log_filter_release(&what);
    return number;
}

START_TEST(searches_up_and_down_and_around)
{
    struct err err = ERR_INIT;
    add_many();
    ck_assert_uint_eq(found("line 50000 ", 0, false), 50000);
    ck_assert_uint_eq(found("line 50000 ", 60000, false), 50000);
    ck_assert_uint_eq(found("line 50000 ", 60000, true), 50000);
    ck_assert_uint_eq(found("line 50000 ", 40000, true), 50000);
    ck_assert_uint_eq(found("level=error", 0, false), 999);
    ck_assert_uint_eq(found("level=error", 1000, false), 1999);
    ck_assert_uint_eq(found("level=error", 100000, true), 99999);
    ck_assert_uint_eq(found("level=error", 99998, true), 98999);
    ck_assert_uint_eq(found("nowhere to be seen", 5, true), UINT64_MAX);
    ck_assert_int_eq(log_book_filter(&book, "!level=error", &err), 0);
    ck_assert_uint_eq(found("line 999 of", 0, false), UINT64_MAX); /* among the rows only */
    ck_assert_uint_eq(found("line 998 of", 0, false), 998);
}
END_TEST

START_TEST(what_is_given_up_is_in_no_row)
{
    struct err err = ERR_INIT;
    log_book_release(&book);
    log_book_init(&book, 3u << 20);
    ck_assert_int_eq(log_book_filter(&book, "level=error", &err), 0);
    add_many();
    work();
    uint64_t first = spool_first(book.spool);
    ck_assert_uint_gt(first, 10000);
    uint64_t row = log_book_index(&book, first);
    ck_assert_uint_eq(log_book_count(&book) - row, (100000 - first + 999) / 1000);
    ck_assert_uint_eq(log_book_number(&book, log_book_count(&book) - 1), 99999);
}
END_TEST

Suite *ops_logs_suite(void)
{
    Suite *suite = suite_create("ops logs");
    TCase *tcase = tcase_create("logs");
    tcase_add_loop_test(tcase, levels_are_as_programs_say_them, 0, ARRAY_SIZE(said));
    tcase_add_test(tcase, json_is_read_as_fields);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("book");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, filters_by_all_their_terms);
    tcase_add_test(tcase, filters_that_are_none_are_told);
    tcase_add_test(tcase, lines_around_are_shown_once);
    tcase_add_test(tcase, filters_many_lines_in_slices);
    tcase_add_test(tcase, searches_up_and_down_and_around);
    tcase_add_test(tcase, what_is_given_up_is_in_no_row);
    suite_add_tcase(suite, tcase);
    return suite;
}
