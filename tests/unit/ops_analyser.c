#include "ops/analyser.h"

#include "base/time.h"
#include "tests/unit/ops_test.h"

#define START (1000 * NSEC_PER_SEC)

static struct analyser analyser;
static int64_t frame, at;

static struct gap add(int64_t after, int64_t step, int64_t analysed)
{
    struct detection d = {.utc = at += after, .frame = frame += step};
    d.analysed = d.utc + analysed;
    struct gap gap = analyser_add(&analyser, &d, d.analysed);
    d.shown = d.analysed + 50 * NSEC_PER_MSEC;
    analyser_shown(&analyser, &d);
    return gap;
}

static void setup(void)
{
    struct detection d = {.thing = "object-detect", .pod = "object-detect-1"};
    at = START;
    frame = 0;
    analyser_init(&analyser, &d, NULL);
}

static void flow(int results)
{
    for (int i = 0; i < results; i++) {
        struct gap gap = add(200 * NSEC_PER_MSEC, 2, 80 * NSEC_PER_MSEC);
        ck_assert_msg(!gap_is(&gap), "a gap before result %d", i);
    }
}

START_TEST(silence_is_a_gap_with_its_frames)
{
    char text[GAP_TEXT];
    flow(20);
    struct gap gap = add(12 * NSEC_PER_SEC, 39, 0); /* it passes over every second one anyway */
    ck_assert_str_eq(gap_text(text, &gap), "silent 12.0s, 37 frames missing");
    flow(20); /* and once it goes on that is over */
}
END_TEST

START_TEST(what_is_usual_is_no_gap)
{
    for (int i = 0; i < 10; i++) {
        struct gap gap = add(10 * NSEC_PER_SEC, 1, 0); /* one that takes ten seconds for each */
        ck_assert(!gap_is(&gap));
    }
    struct gap gap = add(20 * NSEC_PER_SEC, 1, 0);
    ck_assert(!gap_is(&gap));
}
END_TEST

START_TEST(frames_are_missed_without_silence)
{
    char text[GAP_TEXT];
    flow(20);
    struct gap gap = add(NSEC_PER_SEC, 41, 0);
    ck_assert_str_eq(gap_text(text, &gap), "silent 1.0s, 39 frames missing");
}
END_TEST

START_TEST(beginning_anew_is_told)
{
    char text[GAP_TEXT];
    flow(20);
    frame = 0;
    struct gap gap = add(4 * NSEC_PER_SEC, 1, 0);
    ck_assert_str_eq(gap_text(text, &gap), "silent 4.0s, it began anew");
    flow(20);
    frame = 0;
    gap = add(NSEC_PER_SEC / 5, 1, 0); /* however quick it was */
    ck_assert_str_eq(gap_text(text, &gap), "silent 0.20s, it began anew");
    struct detection other = {.thing = "object-detect", .pod = "object-detect-2", .utc = at + 30 * NSEC_PER_SEC, .frame = 1};
    struct analyser next;
    analyser_init(&next, &other, &analyser);
    gap = analyser_add(&next, &other, other.utc);
    ck_assert_str_eq(gap_text(text, &gap), "silent 30.0s, it began anew");
}
END_TEST

/* The frames of each input are counted for themselves. */
START_TEST(two_inputs_are_no_gaps_of_each_other)
{
    struct detection_log *log = detection_log_new(100);
    struct detection d = {.thing = "a", .pod = "a-1", .utc = START};
    size_t count;
    char text[64];
    for (int i = 0; i < 40; i++) {
        d.utc += NSEC_PER_SEC / 10;
        d.frame = i % 2 ? 10 + i : 5000 + i;
        snprintf(d.source, sizeof d.source, "http://%s:8080/video", i % 2 ? "north" : "south");
        detection_log_add(log, &d, d.utc);
    }
    ck_assert_uint_eq(detection_log_count(log), 40);
    const struct analyser *analysers = detection_log_analysers(log, &count);
    ck_assert_uint_eq(count, 2);
    analyser_source(&analysers[0], text, sizeof text);
    ck_assert_str_eq(text, "south");
    detection_log_free(log);
}
END_TEST

START_TEST(latency_is_the_median_and_what_most_took)
{
    char text[LATENCY_TEXT];
    struct analyser_words words;
    flow(90);
    for (int i = 0; i < 10; i++)
        add(200 * NSEC_PER_MSEC, 2, 900 * NSEC_PER_MSEC);
    analyser_tell(&analyser, at, &words);
    ck_assert_double_eq_tol(words.rate, 5, 0.3);
    ck_assert_int_eq(words.silent, 0);
    ck_assert_int_eq(words.analysed.median, 80 * NSEC_PER_MSEC);
    ck_assert_int_eq(words.analysed.most, 900 * NSEC_PER_MSEC);
    ck_assert_int_eq(words.shown.median, 130 * NSEC_PER_MSEC);
    ck_assert(!analyser_latency_text(text, &words.analysed));
    ck_assert_str_eq(text, "0.08s (95% 0.90s)");
    analyser_tell(&analyser, at + 7 * NSEC_PER_SEC, &words);
    ck_assert_int_gt(words.silent, 6 * NSEC_PER_SEC);
    ck_assert_double_eq(words.rate, 0);
}
END_TEST

START_TEST(clocks_that_differ_are_told)
{
    char text[LATENCY_TEXT];
    struct analyser_words words;
    for (int i = 0; i < 10; i++)
        add(200 * NSEC_PER_MSEC, 1, -1300 * NSEC_PER_MSEC);
    analyser_tell(&analyser, at, &words);
    ck_assert(analyser_latency_text(text, &words.analysed));
    ck_assert_str_eq(text, "clocks differ by 1.3s");
}
END_TEST

START_TEST(the_log_says_where_some_are_missing)
{
    struct detection_log *log = detection_log_new(100);
    struct detection d = {.thing = "a", .pod = "a-1", .utc = START};
    size_t count;
    for (int i = 0; i < 20; i++) {
        d.utc += i == 10 ? 6 * NSEC_PER_SEC : NSEC_PER_SEC / 5;
        d.frame += i == 10 ? 30 : 1;
        detection_log_add(log, &d, d.utc);
    }
    detection_log_show(log, d.utc + NSEC_PER_SEC);
    ck_assert_uint_eq(detection_log_count(log), 21);
    ck_assert_uint_eq(detection_log_frames(log), 20);
    ck_assert(gap_is(&detection_log_at(log, 10)->gap));
    ck_assert_int_eq(detection_log_at(log, 10)->gap.missing, 29);
    ck_assert(!gap_is(&detection_log_at(log, 9)->gap));
    ck_assert_int_eq(detection_log_at(log, 20)->shown, d.utc + NSEC_PER_SEC);
    const struct analyser *analysers = detection_log_analysers(log, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(analysers[0].thing, "a");
    snprintf(d.pod, sizeof d.pod, "a-2"); /* it was replaced: a minute later the first is not shown any more */
    d.utc += 70 * NSEC_PER_SEC;
    detection_log_add(log, &d, d.utc);
    analysers = detection_log_analysers(log, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(analysers[0].pod, "a-2");
    for (int i = 0; i < 100; i++) { /* and made-up names find no room */
        snprintf(d.thing, sizeof d.thing, "x%d", i);
        detection_log_add(log, &d, d.utc);
    }
    detection_log_analysers(log, &count);
    ck_assert_uint_le(count, 16);
    detection_log_free(log);
}
END_TEST

START_TEST(written_it_reads_as_it_was)
{
    struct detection d = {.utc = START, .frame = 7, .thing = "a", .pod = "p,\"1\"", .width = 4, .height = 3, .count = 2}, again;
    struct err err = ERR_INIT;
    struct buf out;
    buf_init(&out, 1u << 16);
    d.objects[0] = (struct detected_object){"dog \"x\"", 0.5, 0.1, 0.2, 0.3, 0.4, 9};
    d.objects[1] = (struct detected_object){"cat", 0.25, 0, 0, 1, 1, -1};
    detection_write_json(&out, &d);
    ck_assert_int_eq(detection_parse(&again, out.data, out.len, &err), 0);
    ck_assert_str_eq(again.objects[0].label, "dog \"x\"");
    ck_assert_int_eq(again.utc, d.utc);
    ck_assert_int_eq(again.objects[0].id, 9);
    ck_assert_str_eq(again.pod, d.pod);
    detection_pick(&again, &d, NULL, 0.3);
    ck_assert_uint_eq(again.count, 1);
    buf_reset(&out);
    detection_write_csv(&out, &d);
    ck_assert_str_eq(out.data, "1970-01-01T00:16:40.000000Z,,a,\"p,\"\"1\"\"\",,7,\"dog \"\"x\"\"\",0.500,0.1000,0.2000,0.3000,"
                               "0.4000,9\n1970-01-01T00:16:40.000000Z,,a,\"p,\"\"1\"\"\",,7,cat,0.250,0.0000,0.0000,1.0000,"
                               "1.0000,\n");
    buf_release(&out);
}
END_TEST

Suite *ops_analyser_suite(void)
{
    Suite *suite = suite_create("analyser");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, silence_is_a_gap_with_its_frames);
    tcase_add_test(tc, what_is_usual_is_no_gap);
    tcase_add_test(tc, frames_are_missed_without_silence);
    tcase_add_test(tc, beginning_anew_is_told);
    tcase_add_test(tc, two_inputs_are_no_gaps_of_each_other);
    tcase_add_test(tc, latency_is_the_median_and_what_most_took);
    tcase_add_test(tc, clocks_that_differ_are_told);
    tcase_add_test(tc, the_log_says_where_some_are_missing);
    tcase_add_test(tc, written_it_reads_as_it_was);
    suite_add_tcase(suite, tc);
    return suite;
}
