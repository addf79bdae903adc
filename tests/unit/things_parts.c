#include "tests/unit/things_test.h"

#include <fcntl.h>
#include <signal.h>

#include "base/json.h"
#include "things/detections.h"
#include "things/metrics.h"
#include "things/printer.h"
#include "things/track.h"
#include "things/worker.h"

START_TEST(metrics_are_prometheus_text)
{
    struct buf out;
    const char *labels[] = {"input", "video", "source", "http://c/\"x\\y\"\n", NULL};
    buf_init(&out, 10000);
    metrics_family(&out, "a_total", "counter", "Help.");
    metrics_sample(&out, "a_total", 1234567890123, labels);
    metrics_single(&out, "b", "gauge", "Other.", -1);
    ck_assert_str_eq(out.data, "# HELP a_total Help.\n# TYPE a_total counter\n"
                               "a_total{input=\"video\",source=\"http://c/\\\"x\\\\y\\\"\\n\"} 1234567890123\n"
                               "# HELP b Other.\n# TYPE b gauge\nb -1\n");
    buf_reset(&out);
    metrics_process(&out, 0);
    const char *rss = strstr(out.data, "\nprocess_resident_memory_bytes ");
    ck_assert_ptr_nonnull(rss);
    ck_assert(strtod(strchr(rss + 1, ' '), NULL) > 1e5);
    buf_release(&out);
}
END_TEST

START_TEST(a_histogram_counts_up)
{
    static const double seconds[] = {0.005, 0.01, 0.03, 0.4, 0.4, 3, 100};
    const char *labels[] = {"input", "video", NULL};
    struct histogram h = {0};
    struct buf out;
    buf_init(&out, 10000);
    for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
        histogram_add(&h, seconds[i]);
    metrics_histogram(&out, "l", &h, labels);
    ck_assert_str_eq(out.data, "l_bucket{input=\"video\",le=\"0.01\"} 2\nl_bucket{input=\"video\",le=\"0.025\"} 2\n"
                               "l_bucket{input=\"video\",le=\"0.05\"} 3\nl_bucket{input=\"video\",le=\"0.1\"} 3\n"
                               "l_bucket{input=\"video\",le=\"0.25\"} 3\nl_bucket{input=\"video\",le=\"0.5\"} 5\n"
                               "l_bucket{input=\"video\",le=\"1\"} 5\nl_bucket{input=\"video\",le=\"2.5\"} 5\n"
                               "l_bucket{input=\"video\",le=\"5\"} 6\nl_bucket{input=\"video\",le=\"10\"} 6\n"
                               "l_bucket{input=\"video\",le=\"+Inf\"} 7\nl_sum{input=\"video\"} 103.845\nl_count{input=\"video\"} 7\n");
    buf_release(&out);
}
END_TEST

START_TEST(a_line_of_detections_has_the_agreed_shape)
{
    struct vision_box boxes[] = {{525, 443, 51, 127, 0.93, 0}, {0, 0, 768, 576, 0.5, 1}};
    int64_t ids[] = {7, 8};
    const char *const labels[] = {"person", "dog"};
    struct detections_frame frame = {
        .stream_time = 1916666666,
        .captured = time_parse("2026-01-01T00:00:01.916667Z"),
        .analysed = time_parse("2026-01-01T00:00:02Z"),
        .frame = 23,
        .source = "http://camera:8080/video",
        .width = 768,
        .height = 576,
        .labels = labels,
        .boxes = boxes,
        .ids = ids,
        .count = 2,
    };
    struct detections_tags tags = {"lobby", "object-detect", "object-\"detect\"-abc"};
    struct buf out;
    struct err err = ERR_INIT;
    buf_init(&out, 10000);
    detections_line(&out, &frame, &tags);
    ck_assert_ptr_null(strchr(out.data, '\n'));
    cJSON *json = json_parse(out.data, out.len, &err);
    ck_assert_ptr_nonnull(json);
    ck_assert_int_eq(json_int(json, "timestamp", 0), 1916666666);
    ck_assert_str_eq(json_str(json, "utc"), "2026-01-01T00:00:01.916667Z");
    ck_assert_str_eq(json_str(json, "analysed"), "2026-01-01T00:00:02.000000Z");
    ck_assert_int_eq(json_int(json, "resolution.width", 0), 768);
    ck_assert_str_eq(json_str(json, "tags.pod"), "object-\"detect\"-abc");
    const cJSON *o = cJSON_GetArrayItem(json_array(json, "objects"), 0);
    ck_assert_double_eq_tol(json_num(o, "detection.bounding_box.x_min", 0), 525.0 / 768, 1e-4);
    ck_assert_double_eq_tol(json_num(o, "detection.bounding_box.y_max", 0), 570.0 / 576, 1e-4);
    ck_assert_double_eq_tol(json_num(o, "detection.confidence", 0), 0.93, 1e-9);
    ck_assert_str_eq(json_str(o, "detection.label"), "person");
    ck_assert_int_eq(json_int(o, "w", 0), 51);
    ck_assert_int_eq(json_int(o, "id", 0), 7);
    o = cJSON_GetArrayItem(json_array(json, "objects"), 1);
    ck_assert_str_eq(json_str(o, "detection.label"), "dog");
    ck_assert_int_eq(json_int(o, "detection.label_id", 0), 2);
    cJSON_Delete(json);

    frame.count = 0;
    buf_reset(&out);
    detections_line(&out, &frame, &tags);
    ck_assert_ptr_nonnull(strstr(out.data, "\"objects\":[]"));
    struct detections_counts counts = {.received = 5, .analysed = 3, .dropped = 2, .objects = (const uint64_t[]){9, 0}, .labels = labels,
                                       .label_count = 2};
    buf_reset(&out);
    detections_heartbeat(&out, frame.captured, &counts, &tags);
    json = json_parse(out.data, out.len, &err);
    ck_assert(json_bool(json, "heartbeat", false));
    ck_assert_int_eq(json_int(json, "counts.person", 0), 9);
    ck_assert_ptr_null(json_get(json, "counts.dog"));
    ck_assert_ptr_null(json_get(json, "objects"));
    cJSON_Delete(json);
    buf_release(&out);
}
END_TEST

START_TEST(boxes_keep_their_numbers_while_they_move)
{
    struct tracker tracker = {0};
    int64_t ids[2];
    struct vision_box two[] = {{100, 100, 50, 100, 1}, {400, 100, 50, 100, 1}};
    tracker_update(&tracker, two, 2, ids);
    ck_assert_int_eq(ids[0], 1);
    ck_assert_int_eq(ids[1], 2);
    struct vision_box moved[] = {{410, 105, 50, 100, 1}, {110, 95, 50, 100, 1}};
    tracker_update(&tracker, moved, 2, ids);
    ck_assert_int_eq(ids[0], 2);
    ck_assert_int_eq(ids[1], 1);
    tracker_update(&tracker, moved, 1, ids); /* the other is not seen for a frame */
    tracker_update(&tracker, moved, 2, ids);
    ck_assert_int_eq(ids[1], 1);
    for (int i = 0; i < 10; i++)
        tracker_update(&tracker, moved, 1, ids);
    tracker_update(&tracker, moved, 2, ids); /* it was gone for too long */
    ck_assert_int_eq(ids[1], 3);
}
END_TEST

START_TEST(more_boxes_than_tracks_are_numbered_all_the_same)
{
    struct tracker tracker = {0};
    struct vision_box boxes[TRACKS];
    int64_t ids[TRACKS];
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < TRACKS; i++)
            boxes[i] = (struct vision_box){round * 1000 + i * 10, 0, 8, 8, 1};
        tracker_update(&tracker, boxes, TRACKS, ids);
        for (int i = 0; i < TRACKS; i++)
            ck_assert_int_gt(ids[i], 0);
        ck_assert_uint_le(tracker.count, TRACKS);
    }
}
END_TEST

START_TEST(a_printer_never_waits_and_cuts_no_line)
{
    int fds[2];
    struct printer p;
    struct buf got;
    char line[300], piece[4096];
    struct loop *loop = loop_new(NULL);
    ck_assert_int_eq(pipe(fds), 0);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    printer_init(&p, loop, fds[1]);
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 2000; i++) /* 600 kB into a pipe of 64 kB that nobody reads */
        printer_line(&p, line, sizeof line);
    ck_assert_uint_gt(p.dropped, 1000);
    buf_init(&got, 1u << 20);
    int64_t until = time_monotonic() + 10 * NSEC_PER_SEC;
    while (p.pending.len || got.len < (2000 - p.dropped) * 301) {
        ssize_t n = read(fds[0], piece, sizeof piece);
        if (n > 0)
            buf_add(&got, piece, (size_t)n);
        loop_turn(loop, NSEC_PER_MSEC);
        ck_assert(time_monotonic() < until);
    }
    ck_assert_uint_eq(got.len % 301, 0);
    for (size_t i = 300; i < got.len; i += 301)
        ck_assert_int_eq(got.data[i], '\n');
    signal(SIGPIPE, SIG_IGN); /* as the programs do */
    close(fds[0]);
    printer_line(&p, line, sizeof line);
    printer_line(&p, line, sizeof line);
    ck_assert_int_eq(p.io.fd, -1);
    printer_release(&p);
    close(fds[1]);
    buf_release(&got);
    loop_free(loop);
}
END_TEST

struct jobs {
    struct loop *loop;
    struct worker *worker;
    int gate[2]; /* a job waits for a byte */
    int ran, done;
};

static void run_job(void *data)
{
    struct jobs *j = data;
    char c;
    if (read(j->gate[0], &c, 1) == 1)
        j->ran++;
}

static void done_job(void *data)
{
    struct jobs *j = data;
    j->done++;
}

START_TEST(a_worker_bounds_its_mailbox_and_ends_in_time)
{
    struct err err = ERR_INIT;
    struct jobs j = {.loop = loop_new(NULL)};
    int posted = 0;
    ck_assert_int_eq(pipe(j.gate), 0);
    j.worker = worker_new(j.loop, &err);
    while (worker_post(j.worker, run_job, done_job, &j))
        ck_assert_int_lt(posted++, 100);
    ck_assert_int_ge(posted, 4);
    ck_assert_int_eq(write(j.gate[1], "xx", 2), 2);
    while (j.done < 2)
        loop_turn(j.loop, NSEC_PER_SEC);
    ck_assert_int_eq(j.ran, 2);
    ck_assert(worker_post(j.worker, run_job, done_job, &j));
    posted++;

    int64_t before = time_monotonic();
    ck_assert(!worker_free(j.worker, 50 * NSEC_PER_MSEC)); /* the third still waits */
    ck_assert_int_lt(time_monotonic() - before, 5 * NSEC_PER_SEC);
    ck_assert_int_eq(write(j.gate[1], "x", 1), 1);
    ck_assert(worker_free(j.worker, 10 * NSEC_PER_SEC));
    ck_assert_int_eq(j.ran, 3);
    ck_assert_int_eq(j.done, posted);
    close(j.gate[0]);
    close(j.gate[1]);
    loop_free(j.loop);
}
END_TEST

Suite *things_parts_suite(void)
{
    Suite *s = suite_create("things: parts");
    TCase *t = tcase_create("parts");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, metrics_are_prometheus_text);
    tcase_add_test(t, a_histogram_counts_up);
    tcase_add_test(t, a_line_of_detections_has_the_agreed_shape);
    tcase_add_test(t, boxes_keep_their_numbers_while_they_move);
    tcase_add_test(t, more_boxes_than_tracks_are_numbered_all_the_same);
    tcase_add_test(t, a_printer_never_waits_and_cuts_no_line);
    tcase_add_test(t, a_worker_bounds_its_mailbox_and_ends_in_time);
    suite_add_tcase(s, t);
    return s;
}
