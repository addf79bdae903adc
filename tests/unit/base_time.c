#include "base/time.h"
#include "tests/unit/base_test.h"

START_TEST(rfc3339_both_ways)
{
    char text[TIME_TEXT];
    int64_t t = time_parse("2026-11-22T09:40:47.123456789Z");
    ck_assert_str_eq(time_format(text, t, 9), "2026-11-22T09:40:47.123456789Z");
    ck_assert_str_eq(time_format(text, t, 3), "2026-11-22T09:40:47.123Z");
    ck_assert_str_eq(time_format(text, t, 0), "2026-11-22T09:40:47Z");
    ck_assert_int_eq(time_parse("1970-01-01T00:00:01Z"), NSEC_PER_SEC);
    ck_assert_int_eq(time_parse("2026-11-22T11:40:47+02:00"), time_parse("2026-11-22T09:40:47Z"));
    ck_assert_int_eq(time_parse("2024-02-29T00:00:00Z") + 86400 * NSEC_PER_SEC, time_parse("2024-03-01T00:00:00Z"));
}
END_TEST

START_TEST(what_is_no_time_is_zero)
{
    static const char *const bad[] = {"", "2026", "2026-11-22", "2026-13-01T00:00:00Z", "2026-11-22T25:00:00Z",
                                      "2026-11-22T09:40:47", "2026-11-22T09:40:47.Z", "2026-11-22T09:40:47Zx",
                                      "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(time_parse(bad[i]) == 0, "'%s' was taken for a time", bad[i]);
    ck_assert_int_eq(time_parse(NULL), 0);
}
END_TEST

START_TEST(ages_as_kubectl_prints_them)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {0, "0s"}, {119, "119s"}, {120, "2m"}, {125, "2m5s"}, {599, "9m59s"}, {600, "10m"}, {10799, "179m"},
        {10800, "3h"}, {10860, "3h1m"}, {28799, "7h59m"}, {28800, "8h"}, {172799, "47h"}, {172800, "2d"},
        {176400, "2d1h"}, {691199, "7d23h"}, {691200, "8d"}, {63071999, "729d"}, {63072000, "2y"},
        {66700000, "2y41d"}, {252460800, "8y"}, {-1, "0s"}, {-5, "<invalid>"},
    };
    char text[TIME_TEXT];
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        ck_assert_str_eq(time_age(text, cases[i].seconds * NSEC_PER_SEC), cases[i].text);
}
END_TEST

START_TEST(durations)
{
    char text[TIME_TEXT];
    ck_assert_int_eq(time_parse_duration("1h30m"), 5400 * NSEC_PER_SEC);
    ck_assert_int_eq(time_parse_duration("49.65s"), 49650 * NSEC_PER_MSEC);
    ck_assert_int_eq(time_parse_duration("250ms"), 250 * NSEC_PER_MSEC);
    ck_assert_int_eq(time_parse_duration("0"), 0);
    ck_assert_int_eq(time_parse_duration("5"), -1);
    ck_assert_int_eq(time_parse_duration("m"), -1);
    ck_assert_int_eq(time_parse_duration(""), -1);
    ck_assert_str_eq(time_span(text, 8 * NSEC_PER_MSEC), "8ms");
    ck_assert_str_eq(time_span(text, 0), "0.00s");
    ck_assert_str_eq(time_span(text, 420 * NSEC_PER_MSEC), "0.42s");
    ck_assert_str_eq(time_span(text, 49650 * NSEC_PER_MSEC), "49.6s");
    ck_assert_str_eq(time_span(text, 170 * NSEC_PER_SEC), "2m50s");
    ck_assert_str_eq(time_span(text, -1500 * NSEC_PER_MSEC), "-1.5s");
}
END_TEST

/* The moment that is promised is the next one at which another text is printed; none is missed. */
START_TEST(ages_hold_until_they_change)
{
    for (int64_t age = 0; age < INT64_C(10) * 365 * 86400; age += age / 500 + 1) {
        char now[TIME_TEXT], then[TIME_TEXT], before[TIME_TEXT];
        int64_t at = age * NSEC_PER_SEC + 300 * NSEC_PER_MSEC, holds = time_age_holds(at);
        ck_assert_int_gt(holds, 0);
        time_age(now, at);
        time_age(before, at + holds - 1);
        ck_assert_str_eq(now, before);
        time_age(then, at + holds);
        ck_assert_msg(strcmp(now, then) != 0 || age >= 8 * 3600, "%s for %" PRId64 " ns more", now, holds);
    }
}
END_TEST

START_TEST(round_steps)
{
    const int64_t second = NSEC_PER_SEC;
    ck_assert(time_step(5 * second, 6) == second);
    ck_assert(time_step(44 * second, 6) == 10 * second);
    ck_assert(time_step(60 * second, 6) == 10 * second && time_step(61 * second, 6) == 15 * second);
    ck_assert(time_step(1, 6) == second);
    ck_assert(time_step(INT64_MAX, 6) == INT64_MAX);
}
END_TEST

Suite *base_time_suite(void)
{
    Suite *suite = suite_create("time");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, rfc3339_both_ways);
    tcase_add_test(tc, what_is_no_time_is_zero);
    tcase_add_test(tc, ages_as_kubectl_prints_them);
    tcase_add_test(tc, ages_hold_until_they_change);
    tcase_add_test(tc, durations);
    tcase_add_test(tc, round_steps);
    suite_add_tcase(suite, tc);
    return suite;
}
