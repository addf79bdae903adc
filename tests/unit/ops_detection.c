#include "ops/detection.h"

#include "base/time.h"
#include "tests/unit/ops_test.h"

static const char line[] =
    "{\"timestamp\":1,\"utc\":\"2026-01-01T00:00:01.916667Z\",\"frame\":23,\"source\":\"http://camera:8080/video\","
    "\"resolution\":{\"width\":768,\"height\":576},\"objects\":[{\"detection\":{\"bounding_box\":{\"x_min\":0.68,"
    "\"y_min\":0.77,\"x_max\":0.75,\"y_max\":0.99},\"confidence\":0.93,\"label\":\"person\",\"label_id\":1},"
    "\"roi_type\":\"person\",\"x\":525,\"y\":443,\"w\":51,\"h\":127,\"id\":7},{\"roi_type\":\"dog\"}],"
    "\"tags\":{\"graph\":\"lobby\",\"thing\":\"object-detect\",\"pod\":\"object-detect-abc\"},\"more\":[]}";

START_TEST(a_line_is_read)
{
    struct detection d;
    struct err err = ERR_INIT;
    ck_assert_int_eq(detection_parse(&d, line, strlen(line), &err), 0);
    ck_assert_int_eq(d.frame, 23);
    ck_assert_uint_eq(d.count, 2);
    ck_assert_str_eq(d.objects[0].label, "person");
    ck_assert_double_eq(d.objects[0].confidence, 0.93);
    ck_assert_int_eq(d.objects[0].id, 7);
    ck_assert_str_eq(d.objects[1].label, "dog");
    ck_assert_str_eq(d.thing, "object-detect");
    ck_assert_int_eq(d.utc, time_parse("2026-01-01T00:00:01.916667Z"));
    ck_assert(!d.heartbeat);
}
END_TEST

START_TEST(hostile_lines_are_refused_or_bounded)
{
    static const char *const bad[] = {"", "x", "[]", "5", "{}", "{\"objects\":5}", "{\"objects\":", "null"};
    struct detection d;
    struct err err = ERR_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(detection_parse(&d, bad[i], strlen(bad[i]), &err) < 0, "'%s' was taken", bad[i]);
    struct buf many;
    buf_init(&many, 1 << 20);
    buf_adds(&many, "{\"objects\":[");
    for (int i = 0; i < 500; i++)
        buf_addf(&many, "%s{\"detection\":null,\"roi_type\":7}", i ? "," : "");
    buf_adds(&many, "]}");
    ck_assert_int_eq(detection_parse(&d, many.data, many.len, &err), 0);
    ck_assert_uint_eq(d.count, DETECTION_OBJECTS);
    ck_assert_uint_eq(d.more, 500 - DETECTION_OBJECTS);
    ck_assert_str_eq(d.objects[0].label, "object");
    buf_release(&many);
}
END_TEST

START_TEST(the_log_keeps_every_object_of_large_and_small_ones)
{
    struct detection_log *log = detection_log_new(3);
    struct detection d = {.count = 0};
    for (size_t o = 0; o < DETECTION_OBJECTS; o++)
        snprintf(d.objects[o].label, sizeof d.objects[o].label, "l%zu", o);
    for (int i = 0; i < 8; i++) {
        d.frame = i;
        d.count = i % 2 ? DETECTION_OBJECTS : (size_t)i / 2;
        detection_log_add(log, &d, NSEC_PER_SEC);
    }
    for (size_t i = 0; i < 3; i++) {
        const struct detection *kept = detection_log_at(log, i);
        ck_assert_int_eq(kept->frame, 7 - (int)i);
        ck_assert_uint_eq(kept->count, kept->frame % 2 ? DETECTION_OBJECTS : (size_t)kept->frame / 2);
        for (size_t o = 0; o < kept->count; o++)
            ck_assert_str_eq(kept->objects[o].label, d.objects[o].label);
    }
    detection_log_free(log);
}
END_TEST

START_TEST(the_log_keeps_the_latest_and_counts_all)
{
    struct detection_log *log = detection_log_new(10);
    struct detection d = {.count = 1};
    snprintf(d.objects[0].label, sizeof d.objects[0].label, "person");
    for (int i = 0; i < 25; i++) {
        d.frame = i;
        detection_log_add(log, &d, (100 + i / 5) * NSEC_PER_SEC); /* five a second */
    }
    ck_assert_uint_eq(detection_log_count(log), 10);
    ck_assert_int_eq(detection_log_at(log, 0)->frame, 24);
    ck_assert_int_eq(detection_log_at(log, 9)->frame, 15);
    ck_assert_ptr_null(detection_log_at(log, 10));
    ck_assert_uint_eq(detection_log_frames(log), 25);
    size_t count;
    const struct label_count *labels = detection_log_labels(log, 106 * NSEC_PER_SEC, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(labels[0].total, 25);
    ck_assert_uint_eq(labels[0].per_second[57], 5); /* two quiet seconds since */
    ck_assert_uint_eq(labels[0].per_second[59], 0);
    labels = detection_log_labels(log, 1000 * NSEC_PER_SEC, &count);
    for (int i = 0; i < 60; i++)
        ck_assert_uint_eq(labels[0].per_second[i], 0);
    for (int i = 0; i < 200; i++) { /* labels without end are bounded */
        snprintf(d.objects[0].label, sizeof d.objects[0].label, "l%d", i);
        detection_log_add(log, &d, 1000 * NSEC_PER_SEC);
    }
    detection_log_labels(log, 1000 * NSEC_PER_SEC, &count);
    ck_assert_uint_le(count, 64);
    detection_log_free(log);
}
END_TEST

START_TEST(labels_without_room_are_one_row_however_often_they_are_ordered)
{
    struct detection_log *log = detection_log_new(1);
    struct detection d = {.count = 1};
    const struct label_count *labels;
    size_t count, rows = 0;
    uint64_t total = 0;
    for (int i = 0; i < 300; i++) {
        snprintf(d.objects[0].label, sizeof d.objects[0].label, "l%d", i % 100);
        detection_log_add(log, &d, NSEC_PER_SEC);
        labels = detection_log_labels(log, NSEC_PER_SEC, &count);
    }
    for (size_t i = 0; i < count; i++) {
        rows += str_eq(labels[i].label, "(others)");
        total += labels[i].total;
    }
    ck_assert_uint_eq(rows, 1);
    ck_assert_uint_eq(total, 300);
    detection_log_free(log);
}
END_TEST

Suite *ops_detection_suite(void)
{
    Suite *suite = suite_create("detection");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, a_line_is_read);
    tcase_add_test(tc, hostile_lines_are_refused_or_bounded);
    tcase_add_test(tc, the_log_keeps_every_object_of_large_and_small_ones);
    tcase_add_test(tc, the_log_keeps_the_latest_and_counts_all);
    tcase_add_test(tc, labels_without_room_are_one_row_however_often_they_are_ordered);
    suite_add_tcase(suite, tc);
    return suite;
}
