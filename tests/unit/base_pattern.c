#include "base/pattern.h"

#include "tests/unit/base_test.h"

static bool finds(const char *expression, const char *text)
{
    struct err err = ERR_INIT;
    struct pattern *pattern = pattern_new(expression, &err);
    ck_assert_msg(pattern != NULL, "%s", err.text);
    bool found = pattern_matches(pattern, text, strlen(text));
    pattern_free(pattern);
    return found;
}

START_TEST(finds_what_it_says)
{
    ck_assert(finds("cam.*[0-9]$", "Camera-7"));
    ck_assert(!finds("cam.*[0-9]$", "camera-x"));
    ck_assert(finds("^k.{1}l$", "kül"));
    ck_assert(finds("after", "broken \xff\xfe bytes, and after"));
    ck_assert(!finds("x", ""));
    ck_assert(!finds("Camera", "camera"));
    ck_assert(finds("\\Sera", "CAMERA")); /* the S is no capital */
}
END_TEST

START_TEST(a_line_of_a_log_may_be_long)
{
    struct err err = ERR_INIT;
    struct pattern *pattern = pattern_new("(?:a|bc?)*x", &err);
    size_t len = 256u << 10, at = 0, found = 0;
    char *text = xmalloc(len);
    for (size_t i = 0; i < len; i++)
        text[i] = "ab"[i % 2];
    text[0] = ' ';
    text[len - 1] = 'X';
    ck_assert(pattern_find(pattern, text, len, &at, &found));
    ck_assert_uint_eq(at, 1);
    ck_assert_uint_eq(found, len - 1);
    free(text);
    pattern_free(pattern);
}
END_TEST

START_TEST(a_fault_is_told_with_its_place)
{
    struct err err = ERR_INIT;
    ck_assert_ptr_null(pattern_new("cam(era", &err));
    ck_assert_str_eq(err.text, "the expression 'cam(era' cannot be read at its character 8: missing closing parenthesis");
}
END_TEST

START_TEST(what_would_go_on_for_ever_does_not_match)
{
    ck_assert(!finds("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
}
END_TEST

/* As many as a list may have rows: in a part of a second, and not in minutes. */
START_TEST(neither_does_it_on_many)
{
    struct err err = ERR_INIT;
    struct pattern *pattern = pattern_new("(a+)+$", &err);
    for (int i = 0; i < 50000; i++)
        ck_assert(!pattern_matches(pattern, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 63));
    ck_assert(pattern_matches(pattern, "aaa", 3));
    pattern_free(pattern);
}
END_TEST

Suite *base_pattern_suite(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tcase = tcase_create("pattern");
    tcase_add_test(tcase, finds_what_it_says);
    tcase_add_test(tcase, a_line_of_a_log_may_be_long);
    tcase_add_test(tcase, a_fault_is_told_with_its_place);
    tcase_add_test(tcase, what_would_go_on_for_ever_does_not_match);
    tcase_add_test(tcase, neither_does_it_on_many);
    suite_add_tcase(suite, tcase);
    return suite;
}
