#include "base/pattern.h"

#include "tests/unit/base_test.h"

static bool finds(const char *expression, const char *text)
{
    struct err err = ERR_INIT;
    struct pattern *pattern = pattern_new(expression, true, &err);
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
}
END_TEST

START_TEST(a_fault_is_told_with_its_place)
{
    struct err err = ERR_INIT;
    ck_assert_ptr_null(pattern_new("cam(era", false, &err));
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
    struct pattern *pattern = pattern_new("(a+)+$", true, &err);
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
    tcase_add_test(tcase, a_fault_is_told_with_its_place);
    tcase_add_test(tcase, what_would_go_on_for_ever_does_not_match);
    tcase_add_test(tcase, neither_does_it_on_many);
    suite_add_tcase(suite, tcase);
    return suite;
}
