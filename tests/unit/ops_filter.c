#include "ops/filter.h"

#include "tests/unit/ops_test.h"

enum { NAME, STATUS, RESTARTS, AGE, MEMORY };

static const struct filter_column columns[] = {
    {"NAME", true, false}, {"STATUS", true, false}, {"RESTARTS", false, false}, {"LAST SEEN", false, true}, {"MEM", true, false}};

static const struct row {
    const char *name, *status;
    double restarts, age, memory;
    const char *labels;
} rows[] = {
    {"camera-1", "Running", 0, 30, 1 << 30, "app=web\ntier=front\n"},
    {"camera-2", "Pending", 4, 700, 3.0 * (1 << 30), "app=web\n"},
    {"Monitor", "CrashLoopBackOff", 31, 90000, 10 << 20, "app.kubernetes.io/name=mon\nold=\n"},
    {"hostile \xff \x1b[31m\n=!/\"", "", 0, 0, 0, NULL},
};

static void cell(void *data UNUSED, const void *item, size_t column, struct filter_cell *out)
{
    const struct row *row = item;
    const double numbers[] = {0, 0, row->restarts, row->age, row->memory};
    out->text = column == NAME ? row->name : column == STATUS ? row->status : "";
    out->shared = true;
    out->has_number = column >= RESTARTS;
    out->number = numbers[column];
}

static const char *labels(void *data UNUSED, const void *item)
{
    return ((const struct row *)item)->labels;
}

static const struct filter_source source = {cell, labels, NULL, 0};

/* Which rows pass, by number: "12"; else the fault. */
static const char *told(const char *text, bool typing)
{
    static char out[1100];
    struct err err = ERR_INIT;
    struct filter *filter = filter_new(text, typing, columns, ARRAY_SIZE(columns), &err);
    if (!filter) {
        snprintf(out, sizeof out, "%s", err.text);
        return out;
    }
    char once[8] = "", again[8] = "";
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (filter_passes(filter, &source, &rows[i]))
            once[strlen(once)] = (char)('1' + i);
    filter_pass_begin(filter);
    for (int pass = 0; pass < 2; pass++) /* the second time from what it remembers */
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
            if (filter_passes(filter, &source, &rows[i]) && pass)
                again[strlen(again)] = (char)('1' + i);
    filter_pass_end(filter);
    ck_assert_str_eq(once, again);
    filter_free(filter);
    snprintf(out, sizeof out, "%s", once);
    return out;
}

static const struct {
    const char *text, *passes;
} cases[] = {
    {"", "1234"},
    {"cam", "12"},
    {"CAM", ""},
    {"mon", "3"},
    {"Mon", "3"},
    {"cam run", "1"},
    {"!cam", "34"},
    {"!!cam", "12"},
    {"!cam !mon", "4"},
    {"\"hostile \xff\"", "4"},
    {"/cam.*[0-9]$/", "12"},
    {"~cam.*1", "1"},
    {"!/^cam/ back", "3"},
    {"/hostile . /", ""},
    {"/a\\/b/", ""},
    {"status=running", "1"},
    {"status=Running", "1"},
    {"status=Run", ""},
    {"STATUS==Running", "1"},
    {"status=Running,Pending", "12"},
    {"status=*back*", "3"},
    {"status!=Running", "234"},
    {"!status=Running", "234"},
    {"!status!=Running", "1"},
    {"sta=pending", "2"},
    {"status~^(run|pend)", "12"},
    {"status!~.", "4"},
    {"status=", "4"},
    {"status=\"Running,Pending\"", ""},
    {"restarts>3", "23"},
    {"restarts>=4 restarts<31", "2"},
    {"restarts=0", "14"},
    {"restarts!=0", "23"},
    {"lastseen<10m", "14"},
    {"lastseen>10m", "23"},
    {"lastseen>1d", "3"},
    {"lastseen>=11m40s", "23"},
    {"mem>2Gi", "2"},
    {"mem<=10Mi", "34"},
    {"label=app=web", "12"},
    {"label=app", "12"},
    {"label=app=web,tier!=front", "2"},
    {"label=!app", "34"},
    {"label!=app=web", "34"},
    {"label=app.kubernetes.io/name=m*", "3"},
    {"label=old=", "3"},
    {"-l app=web,tier=front", "1"},
    {"-l app=web cam", "12"},
    {"a.b/c=web", ""},
    {"foo=1", "there is no column 'foo' here; there are: name, status, restarts, lastseen, mem, label; quotes make it a text"},
    {"\"foo=1\"", ""},
    {"restarts>x", "'x' is no number; restarts wants one as in restarts>3"},
    {"lastseen>10q", "'10q' is no age; lastseen wants one as in lastseen>10m"},
    {"cam(", ""},
    {"~cam(", "the expression 'cam(' cannot be read at its character 5: missing closing parenthesis"},
    {"label>3", "label knows = and != only: label=app=web"},
    {"a b c d e f g h i j k l m n o p q", "a filter has at most 16 words"},
};

START_TEST(words_and_what_they_let_pass)
{
    ck_assert_str_eq(told(cases[_i].text, false), cases[_i].passes);
}
END_TEST

START_TEST(what_is_being_typed_stands_for_all_that_begins_so)
{
    ck_assert_str_eq(told("sta", true), "");
    ck_assert_str_eq(told("status", true), "");
    ck_assert_str_eq(told("status=", true), "1234");
    ck_assert_str_eq(told("status=R", true), "1");
    ck_assert_str_eq(told("status=Ru", true), "1");
    ck_assert_str_eq(told("status=run", true), "1");
    ck_assert_str_eq(told("status=Ru ", true), "");
    ck_assert_str_eq(told("status=Running,P", true), "12");
    ck_assert_str_eq(told("restarts>", true), "1234");
    ck_assert_str_eq(told("lastseen<1", true), "4");
    ck_assert_str_eq(told("cam !", true), "12");
    ck_assert_str_eq(told("/", true), "1234");
    ck_assert_str_eq(told("label=", true), "1234");
    ck_assert_str_eq(told("label=ap", true), "123");
    ck_assert_str_eq(told("label=app=w", true), "12");
    ck_assert_str_eq(told("-l", true), "1234");
}
END_TEST

static bool narrows(const char *text, const char *before)
{
    struct err err = ERR_INIT;
    struct filter *a = filter_new(text, true, columns, ARRAY_SIZE(columns), &err);
    struct filter *b = filter_new(before, true, columns, ARRAY_SIZE(columns), &err);
    ck_assert(a && b);
    bool narrower = filter_narrows(a, b);
    filter_free(a);
    filter_free(b);
    return narrower;
}

START_TEST(more_of_it_narrows)
{
    ck_assert(narrows("cam", "ca"));
    ck_assert(narrows("cam run", "cam"));
    ck_assert(narrows("caM", "ca"));
    ck_assert(narrows("status=Ru", "status="));
    ck_assert(narrows("status=run", "status=ru"));
    ck_assert(narrows("cam status=run", "cam status=r"));
    ck_assert(!narrows("ca", "cam"));
    ck_assert(!narrows("!cam", "!ca"));
    ck_assert(!narrows("status=", "status"));
    ck_assert(!narrows("~cam", "~ca"));
    ck_assert(!narrows("restarts>30", "restarts>3"));
    ck_assert(!narrows("status=Running,P", "status=Running"));
}
END_TEST

START_TEST(an_age_says_when_it_passes)
{
    struct err err = ERR_INIT;
    struct filter *filter = filter_new("lastseen<10m", false, columns, ARRAY_SIZE(columns), &err);
    struct filter_source at = source;
    at.now = 1000 * NSEC_PER_SEC;
    for (size_t i = 0; i < 3; i++)
        filter_passes(filter, &at, &rows[i]);
    ck_assert_int_eq(filter_due(filter), (1000 + 600 - 30) * NSEC_PER_SEC + 1);
    filter_pass_begin(filter);
    ck_assert_int_eq(filter_due(filter), 0);
    filter_free(filter);
}
END_TEST

/* Whatever is typed is read or refused with a sentence, and what it becomes letter by letter narrows rightly. */
START_TEST(anything_may_be_typed)
{
    static const char *const pieces[] = {"status", "=", "!", "~", "/", "\"", "'", " ", "-l", "label", ",", "(", "[", "\\", "*", "?", ">", "<",
                                         "restarts", "lastseen", "10m", "a", "W", "\xff", "\xc3", "app", "web", "=web", "Running", "1"};
    for (int i = 0; i < 20000; i++) {
        char text[200] = "", *end = text;
        struct filter *before = NULL;
        for (int n = rand() % 9; n > 0; n--) {
            struct err err = ERR_INIT;
            end += snprintf(end, sizeof text - (size_t)(end - text), "%s", pieces[(size_t)rand() % ARRAY_SIZE(pieces)]);
            struct filter *now = filter_new(text, rand() % 2, columns, ARRAY_SIZE(columns), &err);
            ck_assert_msg(now || err_is_set(&err), "%s", text);
            for (size_t r = 0; now && r < ARRAY_SIZE(rows); r++)
                if (filter_passes(now, &source, &rows[r]) && before && filter_narrows(now, before))
                    ck_assert_msg(filter_passes(before, &source, &rows[r]), "%s", text);
            filter_free(before);
            before = now;
        }
        filter_free(before);
    }
}
END_TEST

Suite *ops_filter_suite(void)
{
    Suite *suite = suite_create("filter");
    TCase *tcase = tcase_create("filter");
    tcase_add_loop_test(tcase, words_and_what_they_let_pass, 0, (int)ARRAY_SIZE(cases));
    tcase_add_test(tcase, what_is_being_typed_stands_for_all_that_begins_so);
    tcase_add_test(tcase, more_of_it_narrows);
    tcase_add_test(tcase, anything_may_be_typed);
    tcase_add_test(tcase, an_age_says_when_it_passes);
    suite_add_tcase(suite, tcase);
    return suite;
}
