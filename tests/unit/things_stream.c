#include "tests/unit/things_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/server.h"
#include "things/input.h"
#include "things/output.h"

/* One server on the loop: /video and /detections are outputs; /script answers what a test set. */
static struct http_server *server;
static struct video_output video;
static struct line_output lines;
static struct {
    int status;
    const char *type;
    struct buf body;
    int asked;
} script;
static char url[128];

static void handle(void *data UNUSED, struct http_exchange *x)
{
    if (str_eq(http_path(x), "/video")) {
        video_output_serve(&video, x);
    } else if (str_eq(http_path(x), "/detections")) {
        line_output_serve(&lines, x);
    } else {
        script.asked++;
        http_reply(x, script.status, script.type, script.body.data, script.body.len);
    }
}

static const char *url_of(const char *path)
{
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", (unsigned)http_server_port(server), path);
    return url;
}

static void serve(uint16_t port)
{
    struct http_server_options options = {.address = "127.0.0.1", .port = port, .send_buffer = 256u << 10};
    struct err err = ERR_INIT;
    server = http_server_new(test_loop, &options, handle, NULL, &err);
    ck_assert_msg(server != NULL, "%s", err.text);
}

static void setup(void)
{
    test_setup();
    video_output_init(&video, test_loop, "video", NULL, NULL);
    line_output_init(&lines, test_loop, "detections");
    buf_init(&script.body, 1u << 20);
    serve(0);
}

static void teardown(void)
{
    http_server_free(server);
    video_output_release(&video);
    line_output_release(&lines);
    buf_release(&script.body);
    test_teardown();
}

static void push_picture(unsigned n, size_t len)
{
    struct buf picture;
    buf_init(&picture, 1u << 20);
    add_picture(&picture, n, len);
    struct frame *frame = frame_new(picture.data, picture.len, 64, 48, (int64_t)n * NSEC_PER_SEC);
    video_output_push(&video, frame);
    frame_unref(frame);
    buf_release(&picture);
}

/* What an input brought. */
static struct {
    struct input input;
    int64_t frames, last_captured;
    size_t last_len;
    struct buf lines;
} got;

static void on_frame(void *data UNUSED, struct input *input UNUSED, struct frame *frame)
{
    got.frames++;
    got.last_captured = frame->captured;
    got.last_len = frame->len;
}

static void on_line(void *data UNUSED, struct input *input UNUSED, const char *line, size_t len)
{
    buf_add(&got.lines, line, len);
    buf_addc(&got.lines, '\n');
}

static void follow(enum input_kind kind, const char *where)
{
    static const struct input_events events = {on_frame, on_line};
    struct err err = ERR_INIT;
    memset(&got, 0, sizeof got);
    buf_init(&got.lines, 1u << 20);
    int rc = input_start(&got.input, test_loop, test_http, kind, "video", where, &events, NULL, &err);
    ck_assert_msg(rc == 0, "%s", err.text);
}

static void unfollow(void)
{
    input_stop(&got.input);
    buf_release(&got.lines);
}

START_TEST(frames_arrive_with_the_time_of_their_capture)
{
    push_picture(1, 5000);
    follow(INPUT_VIDEO, url_of("/video"));
    WAIT_FOR(got.frames == 1); /* the newest at once */
    ck_assert_int_eq(got.last_captured, NSEC_PER_SEC);
    ck_assert_uint_eq(got.last_len, 5000);
    ck_assert(got.input.stats.connected);
    for (unsigned n = 2; n < 20; n++) {
        push_picture(n, 60000 + n);
        WAIT_FOR(got.frames == n);
        ck_assert_uint_eq(got.last_len, 60000 + n);
    }
    ck_assert_uint_eq(got.input.stats.broken, 0);
    ck_assert_uint_eq(video.stats.clients, 1);
    unfollow();
    WAIT_FOR(video.stats.clients == 0);
}
END_TEST

/* Who connects anew to a camera that stands still is not to take its last frame for a new one. */
START_TEST(an_old_frame_is_not_sent_as_if_it_were_new)
{
    push_picture(1, 5000);
    video.stats.last -= 4 * NSEC_PER_SEC;
    follow(INPUT_VIDEO, url_of("/video"));
    WAIT_FOR(video.stats.clients == 1);
    push_picture(2, 6000);
    WAIT_FOR(got.frames);
    ck_assert_uint_eq(got.frames, 1);
    ck_assert_uint_eq(got.last_len, 6000);
    unfollow();
    WAIT_FOR(video.stats.clients == 0);
}
END_TEST

START_TEST(many_consumers_share_a_frame)
{
    struct input inputs[20];
    static const struct input_events events = {on_frame, on_line};
    struct err err = ERR_INIT;
    memset(&got, 0, sizeof got);
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++)
        input_start(&inputs[i], test_loop, test_http, INPUT_VIDEO, "video", url_of("/video"), &events, NULL, &err);
    WAIT_FOR(video.stats.clients == ARRAY_SIZE(inputs));
    push_picture(7, 100000);
    WAIT_FOR(got.frames == (int64_t)ARRAY_SIZE(inputs));
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++)
        input_stop(&inputs[i]);
    WAIT_FOR(video.stats.clients == 0);
    ck_assert_uint_eq(video.newest->refs, 1);
}
END_TEST

static void on_slow_part(void *data, const struct multipart_part *part)
{
    int64_t *seen = data;
    ck_assert_int_gt(part->timestamp, seen[1]); /* no frame twice, and none from before */
    seen[0]++;
    seen[1] = part->timestamp;
}

START_TEST(a_slow_consumer_gets_the_newest_frame_and_no_queue)
{
    enum { FRAMES = 300, SIZE = 60000 };
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int small = 64 << 10, fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    static const char request[] = "GET /video HTTP/1.0\r\n\r\n";
    ck_assert_int_eq(send(fd, request, sizeof request - 1, 0), (ssize_t)sizeof request - 1);
    WAIT_FOR(video.stats.clients == 1);
    for (unsigned n = 1; n <= FRAMES; n++) { /* 18 MB that nobody takes */
        push_picture(n, SIZE);
        for (int turn = 0; turn < 4; turn++)
            loop_turn(test_loop, 0);
    }
    int64_t seen[2] = {0};
    struct multipart m;
    char piece[65536];
    multipart_init(&m, "patchbay-frame", on_slow_part, seen);
    WAIT_FOR(({
        ssize_t n = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
        if (n > 0)
            multipart_feed(&m, piece, (size_t)n);
        seen[1] == FRAMES * NSEC_PER_SEC;
    }));
    ck_assert_msg(seen[0] <= 15, "%d frames came before the newest", (int)seen[0]);
    push_picture(FRAMES + 1, SIZE);
    WAIT_FOR(({
        ssize_t n = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
        if (n > 0)
            multipart_feed(&m, piece, (size_t)n);
        seen[1] == (FRAMES + 1) * NSEC_PER_SEC;
    }));
    ck_assert_uint_eq(m.broken, 0);
    ck_assert_uint_ge(video.stats.skipped, FRAMES - 15);
    multipart_release(&m);
    close(fd);
    WAIT_FOR(video.stats.clients == 0);
}
END_TEST

START_TEST(lines_arrive_and_damaged_ones_are_counted)
{
    follow(INPUT_LINES, url_of("/detections"));
    WAIT_FOR(lines.stats.clients == 1);
    line_output_push(&lines, "{\"a\":1}", 7);
    line_output_push(&lines, "nonsense", 8);
    line_output_push(&lines, "[1]", 3);
    line_output_push(&lines, "{\"b\":", 5);
    line_output_push(&lines, "{\"c\":3}", 7);
    WAIT_FOR(got.input.stats.frames == 2);
    ck_assert_str_eq(got.lines.data, "{\"a\":1}\n{\"c\":3}\n");
    ck_assert_uint_eq(got.input.stats.broken, 3);
    unfollow();
    WAIT_FOR(lines.stats.clients == 0);
}
END_TEST

START_TEST(lines_too_long_are_passed_over)
{
    script.status = 200;
    script.type = "application/x-ndjson";
    buf_adds(&script.body, "{\"a\":1}\n{\"long\":\"");
    buf_pad(&script.body, 'x', 600000);
    buf_adds(&script.body, "\"}\n{\"b\":2}\r\n\n{\"cut off\":");
    follow(INPUT_LINES, url_of("/script"));
    WAIT_FOR(got.input.stats.broken == 2);
    ck_assert_str_eq(got.lines.data, "{\"a\":1}\n{\"b\":2}\n");
    unfollow();
}
END_TEST

START_TEST(whoever_falls_behind_goes_on_at_the_oldest_line_kept)
{
    follow(INPUT_LINES, url_of("/detections"));
    WAIT_FOR(lines.stats.clients == 1);
    for (int i = 0; i < 1000; i++) { /* within one turn: nothing is sent between */
        char line[32];
        int n = snprintf(line, sizeof line, "{\"n\":%d}", i);
        line_output_push(&lines, line, (size_t)n);
    }
    WAIT_FOR(got.input.stats.frames == LINES_KEPT);
    ck_assert(str_starts(got.lines.data, "{\"n\":936}\n{\"n\":937}\n"));
    ck_assert(str_ends(got.lines.data, "{\"n\":999}\n"));
    ck_assert_uint_eq(lines.stats.skipped, 1000 - LINES_KEPT);
    unfollow();
    WAIT_FOR(lines.stats.clients == 0);
}
END_TEST

START_TEST(an_input_says_why_it_is_not_connected)
{
    script.status = 503;
    script.type = "text/plain";
    buf_adds(&script.body, "no endpoints available\nmore\n");
    follow(INPUT_VIDEO, url_of("/script"));
    WAIT_FOR(err_is_set(&got.input.stats.why));
    ck_assert_msg(str_ends(got.input.stats.why.text, "/script answered 503: no endpoints available"), "%s", got.input.stats.why.text);
    ck_assert(!got.input.stats.connected);

    script.status = 200;
    script.type = "text/html \xc2\x9b" "31m";
    int asked = script.asked;
    WAIT_FOR(script.asked == asked + 1 && strstr(got.input.stats.why.text, "is no MJPEG stream"));
    ck_assert_msg(strstr(got.input.stats.why.text, "its type is 'text/html \xef\xbf\xbd" "31m'"), "%s", got.input.stats.why.text);
    ck_assert(!got.input.stats.connected);
    unfollow();

    uint16_t port = http_server_port(server);
    http_server_free(server);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/video", (unsigned)port);
    follow(INPUT_VIDEO, url);
    WAIT_FOR(err_is_set(&got.input.stats.why));
    char expected[128];
    snprintf(expected, sizeof expected, "127.0.0.1:%u", (unsigned)port);
    ck_assert_msg(strstr(got.input.stats.why.text, expected) && str_ends(got.input.stats.why.text, "connection refused"), "%s",
                  got.input.stats.why.text);

    serve(port); /* it comes up: found without being told */
    push_picture(1, 1000);
    WAIT_FOR(got.frames == 1);
    ck_assert(got.input.stats.connected);
    ck_assert(!err_is_set(&got.input.stats.why));

    http_server_free(server); /* and goes, and comes again */
    WAIT_FOR(!got.input.stats.connected);
    ck_assert(err_is_set(&got.input.stats.why));
    serve(port);
    push_picture(2, 1000);
    WAIT_FOR(got.frames >= 2);
    ck_assert_uint_eq(got.input.stats.connects, 2);
    unfollow();
    WAIT_FOR(video.stats.clients == 0);
}
END_TEST

START_TEST(urls_that_are_none)
{
    static const char *const urls[] = {"", "camera", "http://", "ftp://c/x", "file:///etc/passwd", "http://c:99999/"};
    static const struct input_events events = {on_frame, on_line};
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        struct err err = ERR_INIT;
        ck_assert_int_eq(input_start(&got.input, test_loop, test_http, INPUT_VIDEO, "video", urls[i], &events, NULL, &err),
                         -1);
        ck_assert(err_is_set(&err));
    }
}
END_TEST

START_TEST(too_many_clients_are_turned_away)
{
    struct input inputs[65];
    static const struct input_events events = {on_frame, on_line};
    struct err err = ERR_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++)
        input_start(&inputs[i], test_loop, test_http, INPUT_VIDEO, "video", url_of("/video"), &events, NULL, &err);
    size_t refused = 0;
    WAIT_FOR(({
        refused = 0;
        for (size_t i = 0; i < ARRAY_SIZE(inputs); i++)
            refused += strstr(inputs[i].stats.why.text, "answered 503: 64 clients") != NULL;
        refused > 0;
    }));
    WAIT_FOR(video.stats.clients == 64);
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++)
        input_stop(&inputs[i]);
    WAIT_FOR(video.stats.clients == 0);
}
END_TEST

Suite *things_stream_suite(void)
{
    Suite *s = suite_create("things: streams");
    TCase *t = tcase_create("streams");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, frames_arrive_with_the_time_of_their_capture);
    tcase_add_test(t, an_old_frame_is_not_sent_as_if_it_were_new);
    tcase_add_test(t, many_consumers_share_a_frame);
    tcase_add_test(t, a_slow_consumer_gets_the_newest_frame_and_no_queue);
    tcase_add_test(t, lines_arrive_and_damaged_ones_are_counted);
    tcase_add_test(t, lines_too_long_are_passed_over);
    tcase_add_test(t, whoever_falls_behind_goes_on_at_the_oldest_line_kept);
    tcase_add_test(t, an_input_says_why_it_is_not_connected);
    tcase_add_test(t, urls_that_are_none);
    tcase_add_test(t, too_many_clients_are_turned_away);
    suite_add_tcase(s, t);
    return s;
}
