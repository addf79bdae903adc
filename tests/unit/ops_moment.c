#include "ops_test.h"

#include "base/time.h"
#include "ops/moment.h"

/* A night: from 22:30:00.5 to 03:10:00. */
#define FROM "2026-11-30T22:30:00.5Z"
#define TO "2026-12-01T03:10:00Z"
#define NOW "2026-12-01T02:00:00Z"

static const struct {
    const char *text, *is; /* the moment, or the end of the sentence that says why it is none */
} cases[] = {
    {"02:14", "2026-12-01T02:14:00.0Z"},
    {"02:14:07", "2026-12-01T02:14:07.0Z"},
    {"23:00Z", "2026-11-30T23:00:00.0Z"},
    {"22:30", "2026-11-30T22:30:00.5Z"}, /* the second had begun */
    {"+30s", "2026-12-01T02:00:30.0Z"},
    {"-5m", "2026-12-01T01:55:00.0Z"},
    {"+9h", "2026-12-01T03:10:00.0Z"}, /* as far as there is anything */
    {"-9h", "2026-11-30T22:30:00.5Z"},
    {"first", "2026-11-30T22:30:00.5Z"},
    {"last", "2026-12-01T03:10:00.0Z"},
    {"2026-12-01T00:00:00Z", "2026-12-01T00:00:00.0Z"},
    {"04:00", "is not in the record: it goes from 2026-11-30T22:30:00Z to 2026-12-01T03:10:00Z"},
    {"22:29", "is not in the record: it goes from 2026-11-30T22:30:00Z to 2026-12-01T03:10:00Z"},
    {"24:00", "is no time; write 02:14, 02:14:07, +30s, -5m, first or last"},
    {"2:14:61", "is no time; write 02:14, 02:14:07, +30s, -5m, first or last"},
    {"02:14x", "is no time; write 02:14, 02:14:07, +30s, -5m, first or last"},
    {"+soon", "is no time; write 02:14, 02:14:07, +30s, -5m, first or last"},
    {"", "is no time; write 02:14, 02:14:07, +30s, -5m, first or last"},
};

START_TEST(moments_as_they_are_written)
{
    struct err err = ERR_INIT;
    int64_t wall = 0;
    char text[TIME_TEXT];
    if (moment_parse(cases[_i].text, time_parse(FROM), time_parse(TO), time_parse(NOW), &wall, &err) == 0)
        ck_assert_str_eq(time_format(text, wall, 1), cases[_i].is);
    else
        ck_assert_msg(str_ends(err.text, cases[_i].is), "%s", err.text);
}
END_TEST

Suite *ops_moment_suite(void)
{
    Suite *suite = suite_create("moment");
    TCase *tcase = tcase_create("moment");
    tcase_add_loop_test(tcase, moments_as_they_are_written, 0, ARRAY_SIZE(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
