#include "tests/unit/things_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "tests/unit/onnx_file.h"
#include "tests/unit/rtsp_server.h"

extern char **environ;

/* A media thing as a process, from the folder where it was built. */
struct process {
    struct child *child;
    pid_t pid;
    bool ended;
    int status;
    struct buf out, err;
    struct loop_io out_io, err_io;
    char origin[64]; /* http://127.0.0.1:PORT, "" until it listens */
    char url[160];
};

static void drain(struct loop_io *io, struct buf *into)
{
    char piece[4096];
    ssize_t n = read(io->fd, piece, sizeof piece);
    if (n > 0) {
        buf_add(into, piece, (size_t)n);
    } else if (n == 0 || errno != EAGAIN) {
        int fd = io->fd;
        loop_io_stop(io);
        close(fd);
    }
}

static void on_out(void *data, short revents UNUSED)
{
    struct process *p = data;
    drain(&p->out_io, &p->out);
}

static void on_err(void *data, short revents UNUSED)
{
    struct process *p = data;
    drain(&p->err_io, &p->err);
    const char *at = strstr(p->err.data, "listening on ");
    if (at && strchr(at, '\n')) {
        at += strlen("listening on ");
        snprintf(p->origin, sizeof p->origin, "%.*s", (int)strcspn(at, "\n") - 1, at);
    }
}

static void on_exit_(void *data, int status)
{
    struct process *p = data;
    p->ended = true;
    p->status = status;
}

/* arguments and inputs as one text each, split at spaces. */
static void start(struct process *p, const char *arguments, const char *input_video, const char *input_detections)
{
    char *words = xstrdup(arguments), *next = words;
    const char *argv[16] = {"./patchbay-thing"};
    size_t n = 1;
    for (char *word; (word = strsep(&next, " ")) != NULL;)
        argv[n++] = word;
    argv[n] = NULL;
    unsetenv("POD_IP");
    setenv("PATCHBAY_GRAPH", "lobby", 1);
    setenv("INPUT_VIDEO", str_or_empty(input_video), 1);
    setenv("INPUT_DETECTIONS", str_or_empty(input_detections), 1);
    *p = (struct process){0};
    buf_init(&p->out, 4u << 20);
    buf_init(&p->err, 1u << 20);
    struct child_options options = {.argv = argv, .out = CHILD_PIPE, .err = CHILD_PIPE};
    struct err err = ERR_INIT;
    p->child = child_start(test_loop, &options, on_exit_, p, &err);
    ck_assert_msg(p->child != NULL, "%s", err.text);
    p->pid = child_pid(p->child);
    loop_io_init(&p->out_io, test_loop, on_out, p);
    loop_io_init(&p->err_io, test_loop, on_err, p);
    loop_io_start(&p->out_io, child_out(p->child), POLLIN);
    loop_io_start(&p->err_io, child_err(p->child), POLLIN);
    free(words);
}

static void start_up(struct process *p, const char *arguments, const char *input_video, const char *input_detections)
{
    start(p, arguments, input_video, input_detections);
    WAIT_FOR(p->origin[0] || p->ended);
    ck_assert_msg(!p->ended, "%s ended: %s", arguments, p->err.data);
}

static const char *url(struct process *p, const char *path)
{
    snprintf(p->url, sizeof p->url, "%s%s", p->origin, path);
    return p->url;
}

static int status_of(struct process *p, const char *path)
{
    return get(url(p, path), NULL, NULL);
}

/* A sample of /metrics, by what its line starts with. */
static double metric(struct process *p, const char *start_of_line)
{
    const char *body;
    ck_assert_int_eq(get(url(p, "/metrics"), &body, NULL), 200);
    const char *at = body;
    while (at && !str_starts(at, start_of_line)) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    ck_assert_msg(at != NULL, "no %s in %s", start_of_line, body);
    return strtod(at + strcspn(at, " \n") + 1, NULL);
}

static void release(struct process *p)
{
    loop_io_stop(&p->out_io);
    loop_io_stop(&p->err_io);
    buf_release(&p->out);
    buf_release(&p->err);
}

/* Within a second, with status 0. */
static void terminate(struct process *p)
{
    int64_t before = time_monotonic();
    kill(p->pid, SIGTERM);
    WAIT_FOR(p->ended);
    int64_t took = time_monotonic() - before;
    ck_assert_msg(WIFEXITED(p->status) && WEXITSTATUS(p->status) == 0, "status %d: %s", p->status, p->err.data);
    ck_assert_msg(took < NSEC_PER_SEC, "it took %d ms", (int)(took / NSEC_PER_MSEC));
    release(p);
}

START_TEST(from_the_camera_to_the_monitor)
{
    struct process camera, detector, monitor;
    char video[160], detections[160];
    const char *body;
    size_t len;
    int width, height;
    struct err err = ERR_INIT;
    start_up(&camera, "camera --port 0 --address 127.0.0.1 --fps 10", NULL, NULL);
    start_up(&detector, "detector --port 0 --address 127.0.0.1 --fps 5", url(&camera, "/video"), NULL);
    snprintf(video, sizeof video, "%s/video", detector.origin);
    snprintf(detections, sizeof detections, "%s/detections", detector.origin);
    char twice[330];
    snprintf(twice, sizeof twice, "%s\n%s\n", video, video);
    start_up(&monitor, "monitor --port 0 --address 127.0.0.1", twice, detections);
    WAIT_FOR(status_of(&monitor, "/readyz") == 200);
    ck_assert_int_eq(status_of(&camera, "/readyz"), 200);
    ck_assert_int_eq(status_of(&detector, "/readyz"), 200);

    /* A person, in the pod's log, with all that a reader needs. */
    WAIT_FOR(strchr(detector.out.data, '\n'));
    cJSON *line = json_parse(detector.out.data, strcspn(detector.out.data, "\n"), &err);
    ck_assert_msg(line != NULL, "%s", err.text);
    const cJSON *object = cJSON_GetArrayItem(json_array(line, "objects"), 0);
    ck_assert_str_eq(json_str(object, "detection.label"), "person");
    ck_assert_str_eq(json_str(line, "tags.graph"), "lobby");
    ck_assert_str_eq(json_str(line, "source"), url(&camera, "/video"));
    int64_t now = time_wall(), captured = json_time(line, "utc"), analysed = json_time(line, "analysed");
    ck_assert(captured > now - 60 * NSEC_PER_SEC && captured <= analysed && analysed <= now);
    cJSON_Delete(line);

    WAIT_FOR(metric(&monitor, "patchbay_output_frames_total{output=\"detections\"}") >= 10);
    ck_assert(metric(&detector, "patchbay_latency_seconds") > 0);
    ck_assert(metric(&detector, "patchbay_objects_total") >= 10);
    ck_assert(metric(&monitor, "patchbay_input_connected{input=\"video\"") == 1);
    ck_assert(metric(&monitor, "patchbay_input_broken_total{input=\"video\"") == 0);
    ck_assert(metric(&camera, "patchbay_output_clients{output=\"video\"}") == 1);

    ck_assert_int_eq(get(url(&monitor, "/snapshot?w=320"), &body, &len), 200);
    ck_assert(jpeg_check(body, &len, &width, &height));
    ck_assert_int_eq(width, 320);
    ck_assert_int_eq(height, 240);
    ck_assert_int_eq(status_of(&monitor, "/snapshot?w=0"), 400);
    ck_assert_int_eq(status_of(&monitor, "/snapshot?w=99999"), 400);
    ck_assert_int_eq(status_of(&monitor, "/snapshot?video=2"), 400); /* named twice, read once */
    ck_assert_int_eq(get(url(&monitor, "/"), &body, &len), 200);
    ck_assert_ptr_nonnull(strstr(body, "src=\"video/1\""));
    ck_assert_int_eq(get(url(&camera, "/nothing"), &body, &len), 404);
    ck_assert_ptr_nonnull(strstr(body, "/video"));

    ck_assert_int_eq(get(url(&detector, "/mthing"), &body, &len), 200);
    cJSON *info = json_parse(body, len, &err);
    ck_assert_str_eq(json_str(info, "class"), "MAnalyser");
    ck_assert_int_eq(cJSON_GetArraySize(json_array(info, "outputs")), 2);
    cJSON_Delete(info);
    ck_assert_int_eq(get(url(&detector, "/capabilities?name=application/x-ndjson"), &body, NULL), 200);
    ck_assert_ptr_nonnull(strstr(body, "\"available\":true"));
    ck_assert_int_eq(get(url(&detector, "/capabilities?name=audio"), &body, NULL), 200);
    ck_assert_ptr_nonnull(strstr(body, "\"available\":false"));
    terminate(&monitor);
    terminate(&detector);
    terminate(&camera);
}
END_TEST

/* The first value of a key in what a path answers, "" when there is none. */
static const char *told(struct process *p, const char *path, const char *key)
{
    static char text[128];
    const char *body;
    size_t len;
    struct err err = ERR_INIT;
    get(url(p, path), &body, &len);
    cJSON *answer = json_parse(body, len, &err);
    const cJSON *o = cJSON_IsArray(answer) ? cJSON_GetArrayItem(answer, 0) : answer;
    snprintf(text, sizeof text, "%s", json_str_or(o, key, ""));
    cJSON_Delete(answer);
    return text;
}

START_TEST(motion_raises_an_alarm_and_a_region_keeps_it_quiet)
{
    struct process camera, detector, blind, alarm, quiet;
    char detections[160];
    const char *body;
    start_up(&camera, "camera --port 0 --address 127.0.0.1 --fps 10", NULL, NULL);
    start_up(&detector, "detector --port 0 --address 127.0.0.1 --method motion", url(&camera, "/video"), NULL);
    /* A corner of the sample's picture into which nobody comes. */
    start_up(&blind, "detector --port 0 --address 127.0.0.1 --method=motion --region=0,0;0.02,0.02", url(&camera, "/video"),
             NULL);
    snprintf(detections, sizeof detections, "%s/detections", detector.origin);
    start_up(&alarm, "alarm --port 0 --address 127.0.0.1 --label motion --hold 1", NULL, detections);
    snprintf(detections, sizeof detections, "%s/detections", blind.origin);
    start_up(&quiet, "alarm --port 0 --address 127.0.0.1 --hold 1", NULL, detections);

    WAIT_FOR(str_eq(told(&alarm, "/state", "state"), "on"));
    ck_assert(metric(&alarm, "patchbay_alarm_on") == 1 || metric(&alarm, "patchbay_alarms_total") >= 1);
    ck_assert_int_eq(status_of(&alarm, "/readyz"), 200);
    ck_assert_int_eq(get(url(&alarm, "/mthing"), &body, NULL), 200);
    ck_assert_ptr_nonnull(strstr(body, "\"MActuator\""));
    WAIT_FOR(strstr(alarm.out.data, "\"state\":\"on\""));
    ck_assert_int_eq(status_of(&alarm, "/nothing"), 404);
    WAIT_FOR(strstr(detector.out.data, "\"label\":\"motion\""));

    WAIT_FOR(status_of(&quiet, "/readyz") == 200); /* it hears the detector, and knows that it is off */
    WAIT_FOR(metric(&quiet, "patchbay_frames_analysed_total") >= 10);
    ck_assert_str_eq(told(&quiet, "/state", "state"), "off");
    ck_assert(metric(&blind, "patchbay_objects_total") == 0);
    ck_assert(metric(&quiet, "patchbay_alarms_total") == 0);

    kill(camera.pid, SIGSTOP); /* nothing more comes: it goes off by itself */
    WAIT_FOR(str_eq(told(&alarm, "/state", "state"), "off"));
    kill(camera.pid, SIGCONT);
    terminate(&quiet);
    terminate(&alarm);
    terminate(&blind);
    terminate(&detector);
    terminate(&camera);
}
END_TEST

START_TEST(a_recorder_keeps_what_it_hears_over_a_kill)
{
    char dir[] = "/tmp/patchbay-recorder-XXXXXX", arguments[160], detections[160], path[160], first[64];
    struct process camera, detector, recorder;
    struct err err = ERR_INIT;
    const char *body;
    size_t len;
    int width, height;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    start_up(&camera, "camera --port 0 --address 127.0.0.1 --fps 10", NULL, NULL);
    start_up(&detector, "detector --port 0 --address 127.0.0.1 --method motion", url(&camera, "/video"), NULL);
    snprintf(arguments, sizeof arguments, "storage --port 0 --address 127.0.0.1 --fps 5 --keep 1Mi --folder %s/new", dir);
    snprintf(detections, sizeof detections, "%s/detections", detector.origin);
    kill(camera.pid, SIGSTOP); /* nothing is recorded yet */
    start_up(&recorder, arguments, url(&camera, "/video"), detections);
    ck_assert_int_eq(status_of(&recorder, "/frames?at=2000-01-01T00:00:00Z"), 404);
    kill(camera.pid, SIGCONT);
    WAIT_FOR(status_of(&recorder, "/readyz") == 200);
    WAIT_FOR(metric(&recorder, "patchbay_recorded_frames_total") >= 5);
    WAIT_FOR(metric(&recorder, "patchbay_recorded_lines_total") >= 5);
    ck_assert_int_eq(get(url(&recorder, "/healthz"), &body, NULL), 200);
    ck_assert_str_eq(body, "ok\n");
    snprintf(first, sizeof first, "%s", told(&recorder, "/recordings", "begin"));
    ck_assert_msg(time_parse(first) > time_wall() - 60 * NSEC_PER_SEC, "%s", first);
    ck_assert_int_eq(get(url(&recorder, "/frames"), &body, &len), 200);
    ck_assert(jpeg_check(body, &len, &width, &height));
    ck_assert_int_eq(width, 768);
    ck_assert_int_eq(get(url(&recorder, "/snapshot?w=320"), &body, &len), 200);
    ck_assert_int_eq(get(url(&recorder, "/lines"), &body, &len), 200);
    ck_assert_ptr_nonnull(strstr(body, "\"objects\":["));
    ck_assert_int_eq(status_of(&recorder, "/frames?at=yesterday"), 400);
    ck_assert_int_eq(status_of(&recorder, "/frames?video=1"), 200);
    ck_assert_int_eq(status_of(&recorder, "/frames?video=2"), 404);
    ck_assert_int_eq(status_of(&recorder, "/frames?video=0"), 400);
    ck_assert(metric(&recorder, "patchbay_recording_oldest_time_seconds") > 1e9);
    ck_assert_int_eq(status_of(&recorder, "/lines?from=2026-01-01T00:00:00Z&to=1"), 400);

    kill(recorder.pid, SIGKILL);
    WAIT_FOR(recorder.ended);
    release(&recorder);
    start_up(&recorder, arguments, url(&camera, "/video"), detections);
    ck_assert_str_eq(told(&recorder, "/recordings", "begin"), first);
    snprintf(path, sizeof path, "/frames?at=%s", first);
    ck_assert_int_eq(get(url(&recorder, path), &body, &len), 200);
    ck_assert(jpeg_check(body, &len, &width, &height));

    /* A folder that is gone is a disk that takes nothing: it goes on, says so, and records again when it can. */
    WAIT_FOR(metric(&recorder, "patchbay_recorded_frames_total") >= 1);
    snprintf(path, sizeof path, "%s/new", dir);
    file_remove_tree(path, &err);
    WAIT_FOR(metric(&recorder, "patchbay_recording_failing") == 1); /* once the open segment is full */
    ck_assert_int_eq(get(url(&recorder, "/healthz"), &body, NULL), 200);
    ck_assert_msg(str_starts(body, "ok, but not recording: cannot write "), "%s", body);
    ck_assert_int_eq(status_of(&recorder, "/readyz"), 200);
    ck_assert_int_eq(file_mkdirs(path, 0700, &err), 0);
    WAIT_FOR(metric(&recorder, "patchbay_recording_failing") == 0);
    ck_assert_ptr_nonnull(strstr(recorder.err.data, "recording again; "));
    terminate(&recorder);
    terminate(&detector);
    terminate(&camera);
    file_remove_tree(dir, &err);
}
END_TEST

/* A port that was free a moment ago. */
static unsigned free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

START_TEST(a_model_finds_what_it_was_made_to_find)
{
    char path[] = "/tmp/patchbay-onnx-XXXXXX", arguments[200];
    const float values[] = {32, 32, 16, 16, 1, 0, 0.75F, /* in the middle, a dog */
                            32, 32, 16, 16, 1, 0, 0.1F};
    struct process camera, detector;
    struct err err = ERR_INIT;
    struct buf model;
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    buf_init(&model, 1u << 20);
    onnx_write(&model, 64, (const int[]){1, 2, 7}, 3, values, NULL, ARRAY_SIZE(values));
    ck_assert_int_eq(file_save(path, model.data, model.len, 0600, &err), 0);
    buf_release(&model);
    start_up(&camera, "camera --port 0 --address 127.0.0.1 --fps 10", NULL, NULL);
    snprintf(arguments, sizeof arguments, "detector --port 0 --address 127.0.0.1 --model %s --labels cat,dog --input-size 64",
             path);
    start_up(&detector, arguments, url(&camera, "/video"), NULL);
    WAIT_FOR(strchr(detector.out.data, '\n'));
    cJSON *line = json_parse(detector.out.data, strcspn(detector.out.data, "\n"), &err);
    ck_assert_int_eq(cJSON_GetArraySize(json_array(line, "objects")), 1);
    const cJSON *object = cJSON_GetArrayItem(json_array(line, "objects"), 0);
    ck_assert_str_eq(json_str(object, "detection.label"), "dog");
    ck_assert_double_eq_tol(json_num(object, "detection.confidence", 0), 0.75, 0.001);
    ck_assert_double_eq_tol(json_num(object, "detection.bounding_box.x_min", 0), 0.375, 0.01);
    ck_assert_double_eq_tol(json_num(object, "detection.bounding_box.x_max", 0), 0.625, 0.01);
    cJSON_Delete(line);
    WAIT_FOR(metric(&detector, "patchbay_objects_total{label=\"dog\"}") >= 3);
    WAIT_FOR(metric(&detector, "patchbay_input_analysed_total{input=\"video\"") >= 3);
    double frames = metric(&detector, "patchbay_input_frames_total{input=\"video\""), count;
    ck_assert(metric(&detector, "patchbay_input_dropped_total{input=\"video\"") <= frames);
    count = metric(&detector, "patchbay_input_latency_seconds_count{input=\"video\"");
    ck_assert(count >= 3);
    ck_assert(metric(&detector, "patchbay_input_latency_seconds_sum{input=\"video\"") > 0);
    terminate(&detector);
    terminate(&camera);
    unlink(path);
}
END_TEST

/* As the dashboard's why reads it: src/ops/metrics.h. */
START_TEST(a_camera_says_why_its_source_is_gone)
{
    struct process camera;
    const char *body;
    char arguments[200];
    struct rtsp_server *server = rtsp_server_new(0, "admin:hunter2");
    snprintf(arguments, sizeof arguments, "camera --port 0 --address 127.0.0.1 --source rtsp://127.0.0.1:%u/stream",
             (unsigned)rtsp_server_port(server));
    setenv("SOURCE_USER", "admin", 1);
    setenv("SOURCE_PASSWORD", "hunter2", 1);
    start_up(&camera, arguments, NULL, NULL);
    WAIT_FOR(status_of(&camera, "/readyz") == 200);
    ck_assert(metric(&camera, "patchbay_input_connected{input=\"source\"") == 1);
    rtsp_server_stall(server, true);
    WAIT_FOR(metric(&camera, "patchbay_input_connected{input=\"source\"") == 0);
    ck_assert_int_eq(get(url(&camera, "/metrics"), &body, NULL), 200);
    ck_assert_msg(strstr(body, "cause=\"timed out\"} 1"), "%s", body);
    ck_assert_int_eq(get(url(&camera, "/healthz"), &body, NULL), 200);
    ck_assert_msg(strstr(body, "timed out: nothing came for 5 s"), "%s", body);
    ck_assert_int_eq(status_of(&camera, "/readyz"), 200); /* Kubernetes goes on calling it Ready */
    rtsp_server_stall(server, false);
    WAIT_FOR(metric(&camera, "patchbay_input_connected{input=\"source\"") == 1);
    ck_assert_int_eq(get(url(&camera, "/metrics"), &body, NULL), 200);
    ck_assert_ptr_null(strstr(body, "cause="));
    ck_assert(metric(&camera, "patchbay_input_connects_total{input=\"source\"") == 2);
    ck_assert_ptr_null(strstr(body, "hunter2"));
    ck_assert_ptr_null(strstr(camera.err.data, "hunter2"));
    terminate(&camera);
    unsetenv("SOURCE_USER");
    unsetenv("SOURCE_PASSWORD");
    rtsp_server_free(server);
}
END_TEST

START_TEST(the_order_of_starting_does_not_matter)
{
    struct process camera, detector;
    char video[64], arguments[96];
    const char *body;
    unsigned port = free_port();
    snprintf(video, sizeof video, "http://127.0.0.1:%u/video", port);
    snprintf(arguments, sizeof arguments, "camera --address 127.0.0.1 --port %u", port);
    start_up(&detector, "detector --port 0 --address 127.0.0.1", video, NULL);
    WAIT_FOR(get(url(&detector, "/readyz"), &body, NULL) == 503 && strstr(body, "connection refused"));
    ck_assert_msg(str_starts(body, "input video: "), "%s", body);
    ck_assert_int_eq(get(url(&detector, "/snapshot"), &body, NULL), 503);
    ck_assert_ptr_nonnull(strstr(body, "there is no picture yet: input video: "));
    ck_assert_int_eq(status_of(&detector, "/healthz"), 200);

    start_up(&camera, arguments, NULL, NULL);
    WAIT_FOR(status_of(&detector, "/readyz") == 200);
    double frames = metric(&detector, "patchbay_frames_analysed_total");

    kill(camera.pid, SIGKILL);
    WAIT_FOR(camera.ended);
    release(&camera);
    WAIT_FOR(metric(&detector, "patchbay_input_connected{") == 0);
    ck_assert_int_eq(status_of(&detector, "/readyz"), 200); /* it works still; its input does not, and metrics say so */
    start_up(&camera, arguments, NULL, NULL);
    WAIT_FOR(metric(&detector, "patchbay_frames_analysed_total") > frames + 3);
    terminate(&camera);
    terminate(&detector);
}
END_TEST

START_TEST(a_frozen_camera_shows_in_its_consumers_metrics)
{
    static const char age[] = "patchbay_input_last_frame_age_seconds{input=\"video\"";
    struct process camera, detector;
    start_up(&camera, "camera --port 0 --address 127.0.0.1", NULL, NULL);
    start_up(&detector, "detector --port 0 --address 127.0.0.1", url(&camera, "/video"), NULL);
    WAIT_FOR(status_of(&detector, "/readyz") == 200);
    kill(camera.pid, SIGSTOP);
    WAIT_FOR(metric(&detector, age) > 1.5);
    ck_assert_int_eq(status_of(&detector, "/readyz"), 200);
    kill(camera.pid, SIGCONT);
    WAIT_FOR(metric(&detector, age) < 0.5);
    terminate(&detector);
    terminate(&camera);
}
END_TEST

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

START_TEST(the_web_answers_while_the_vision_works)
{
    struct process camera, detector;
    int64_t took[31];
    start_up(&camera, "camera --port 0 --address 127.0.0.1 --fps 10", NULL, NULL);
    start_up(&detector, "detector --port 0 --address 127.0.0.1 --fps 120 --width 1000", url(&camera, "/video"), NULL);
    WAIT_FOR(status_of(&detector, "/readyz") == 200);
    for (size_t i = 0; i < ARRAY_SIZE(took); i++) {
        int64_t before = time_monotonic();
        ck_assert_int_eq(status_of(&detector, "/healthz"), 200);
        took[i] = time_monotonic() - before;
    }
    qsort(took, ARRAY_SIZE(took), sizeof *took, by_value);
    ck_assert_msg(took[15] < 25 * NSEC_PER_MSEC, "the median answer took %d ms", (int)(took[15] / NSEC_PER_MSEC));
    terminate(&detector); /* in the middle of a picture */
    terminate(&camera);
}
END_TEST

START_TEST(nobody_watching_a_camera_idles)
{
    struct process camera;
    start_up(&camera, "camera --port 0 --address 127.0.0.1", NULL, NULL);
    WAIT_FOR(status_of(&camera, "/readyz") == 200);
    int64_t before = time_monotonic();
    double frames = metric(&camera, "patchbay_output_frames_total{");
    WAIT_FOR(metric(&camera, "patchbay_output_frames_total{") >= frames + 2);
    ck_assert(time_monotonic() - before > 800 * NSEC_PER_MSEC); /* one a second, not ten */
    ck_assert_int_eq(status_of(&camera, "/snapshot?w=100"), 200);
    terminate(&camera);
}
END_TEST

START_TEST(wrong_usage_is_a_sentence_and_status_2)
{
    struct process taken;
    char in_use[96];
    start_up(&taken, "camera --port 0 --address 127.0.0.1", NULL, NULL);
    snprintf(in_use, sizeof in_use, "camera --address 127.0.0.1 --port %s", strrchr(taken.origin, ':') + 1);
    const struct {
        const char *arguments, *input, *sentence;
    } rows[] = {
        {"camra", NULL, "there is no thing camra; did you mean camera?"},
        {"camera --sorce x", NULL, "there is no option --sorce; did you mean --source?"},
        {"camera --fps fast", NULL, "--fps takes a number from 0.1 to 120, not 'fast'"},
        {"camera --fps nan", NULL, "--fps takes a number"},
        {"camera --port 70000", NULL, "--port takes a whole number"},
        {"camera --port", NULL, "--port needs a value"},
        {"camera --source= --port 0", NULL, "--source needs a value"},
        {"camera --source sample:nothing --port 0", NULL, "looked in "},
        {"camera --source /nowhere --port 0", NULL, "no such file or directory"},
        {"camera --address nowhere --port 0", NULL, "is not an IP address"},
        {in_use, NULL, "address already in use"},
        {"detector --port 0", "", "it has no input: set INPUT_VIDEO"},
        {"detector --port 0", "camera:8080", "INPUT_VIDEO: "},
        {"detector --port 0", "ftp://camera/video", "a stream is read by http or https"},
        {"detector --port 0", "http://a/ http://b/ http://c/ http://d/ http://e/", "more than 4 URLs"},
        {"monitor --port 0", "", "it has no input"},
        {"detector --port 0 --method peple", NULL, "--method takes people, motion or model, not 'peple'; did you mean people?"},
        {"detector --port 0 --method model", NULL, "--method model needs --model FILE, an ONNX model"},
        {"detector --port 0 --model /nonesuch.onnx", NULL, "cannot read the model '/nonesuch.onnx': no such file or directory"},
        {"detector --port 0 --model /etc/passwd", NULL, "cannot be used: it is no ONNX model that can be read here"},
        {"detector --port 0 --region 1,1", NULL, "--region: a region has two opposite corners"},
        {"camera --port 0 --region 1,1", NULL, "there is no option --region"},
        {"alarm --port 0 --count 0", NULL, "--count takes a whole number from 1 to 1000, not '0'"},
        {"alarm --port 0", NULL, "it has no input: set INPUT_DETECTIONS to the URL of what it is to read, as "
                                 "http://detector:8080/detections"},
        {"storage --port 0 --keep 64K", NULL, "--keep takes an amount of at least 1Mi, as 64Mi or 10Gi, not '64K'"},
        {"storage --port 0 --folder /proc/x", NULL, "on a cluster a volume is mounted there when the graph gives this thing a "
                                                    "'storage'"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct process p;
        start(&p, rows[i].arguments, rows[i].input, NULL);
        WAIT_FOR(p.ended && p.err_io.fd < 0);
        ck_assert_msg(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 2, "%s: status %d", rows[i].arguments, p.status);
        ck_assert_msg(strstr(p.err.data, rows[i].sentence), "%s: %s", rows[i].arguments, p.err.data);
        ck_assert_uint_eq(p.out.len, 0);
        release(&p);
    }
    terminate(&taken);
}
END_TEST

START_TEST(help_goes_to_standard_output)
{
    static const char *const rows[] = {"--help", "camera --help", "detector --help", "monitor -h", "--version"};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct process p;
        start(&p, rows[i], NULL, NULL);
        WAIT_FOR(p.ended && p.out_io.fd < 0);
        ck_assert_msg(p.status == 0 && strstr(p.out.data, "patchbay-thing"), "%s: %s", rows[i], p.out.data);
        release(&p);
    }
}
END_TEST

Suite *things_process_suite(void)
{
    Suite *s = suite_create("things: processes");
    TCase *t = tcase_create("processes");
    tcase_add_checked_fixture(t, test_setup, test_teardown);
    tcase_set_timeout(t, 180);
    tcase_add_test(t, from_the_camera_to_the_monitor);
    tcase_add_test(t, motion_raises_an_alarm_and_a_region_keeps_it_quiet);
    tcase_add_test(t, a_recorder_keeps_what_it_hears_over_a_kill);
    tcase_add_test(t, a_model_finds_what_it_was_made_to_find);
    tcase_add_test(t, a_camera_says_why_its_source_is_gone);
    tcase_add_test(t, the_order_of_starting_does_not_matter);
    tcase_add_test(t, a_frozen_camera_shows_in_its_consumers_metrics);
    tcase_add_test(t, the_web_answers_while_the_vision_works);
    tcase_add_test(t, nobody_watching_a_camera_idles);
    tcase_add_test(t, wrong_usage_is_a_sentence_and_status_2);
    tcase_add_test(t, help_goes_to_standard_output);
    suite_add_tcase(s, t);
    return s;
}
