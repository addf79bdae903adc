/* Cameras that are live: a stream of RTSP that stalls, breaks off and comes again, and devices that are not there. */
#include "tests/unit/things_test.h"

#include <pthread.h>

#include "tests/unit/rtsp_server.h"
#include "things/source.h"

static struct rtsp_server *server;
static char spec[128];

static void serve(const char *credentials, const char *path)
{
    server = rtsp_server_new(0, credentials);
    snprintf(spec, sizeof spec, "rtsp://127.0.0.1:%u%s", (unsigned)rtsp_server_port(server), path);
}

static void teardown(void)
{
    rtsp_server_free(server);
    server = NULL;
}

static struct source *open_source(const char *what)
{
    struct err err = ERR_INIT;
    struct source *source = source_open(what, 0, &err);
    ck_assert_msg(source != NULL, "%s", err.text);
    ck_assert(source_is_live(source));
    return source;
}

/* The next frame, which is there. */
static uint64_t take(struct source *source, int64_t not_before)
{
    struct err err = ERR_INIT;
    uint64_t came;
    struct vision_image *image = source_next(source, not_before, 0, &came, &err);
    ck_assert_msg(image != NULL, "%s", err.text);
    ck_assert_int_eq(vision_image_width(image), RTSP_WIDTH);
    ck_assert_int_eq(vision_image_height(image), RTSP_HEIGHT);
    vision_image_free(image);
    return came;
}

/* Until it breaks off: why, after the source's name. */
static const char *break_off(struct source *source)
{
    static struct err err;
    uint64_t came;
    struct vision_image *image;
    err_clear(&err);
    while ((image = source_next(source, 0, 0, &came, &err)))
        vision_image_free(image);
    return err.text;
}

START_TEST(rtsp_comes_over_tcp)
{
    serve(NULL, "/stream");
    struct source *source = open_source(spec);
    ck_assert_str_eq(source_path(source), spec);
    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(take(source, 0), 1);
    /* What comes meanwhile is read, and not kept for later. */
    int64_t now = time_monotonic();
    uint64_t came = take(source, now + NSEC_PER_SEC);
    ck_assert_msg(came >= 8 && came <= 13, "%d came in a second", (int)came);
    ck_assert(time_monotonic() - now < 2 * NSEC_PER_SEC);
    ck_assert_uint_eq(rtsp_server_plays(server), 1);
    ck_assert(!rtsp_server_asked_udp(server));
    source_close(source);
}
END_TEST

START_TEST(one_that_stalls_times_out_and_comes_back)
{
    serve(NULL, "/stream");
    struct source *source = open_source(spec);
    take(source, 0);
    rtsp_server_stall(server, true);
    int64_t began = time_monotonic();
    ck_assert_str_eq(break_off(source), "timed out: nothing came for 5 s");
    double took = (double)(time_monotonic() - began) / 1e9;
    ck_assert_msg(took > 4.5 && took < 7, "it took %.2f s", took);
    rtsp_server_stall(server, false);
    take(source, 0);
    ck_assert_uint_eq(rtsp_server_plays(server), 2);
    source_close(source);
}
END_TEST

START_TEST(one_that_breaks_off_and_comes_back)
{
    serve(NULL, "/stream");
    uint16_t port = rtsp_server_port(server);
    struct source *source = open_source(spec);
    take(source, 0);
    rtsp_server_free(server);
    server = NULL;
    const char *why = break_off(source);
    ck_assert_msg(str_eq(why, "ended its stream") || str_eq(why, "broke the connection off"), "%s", why);
    ck_assert_str_eq(break_off(source), "refuses the connection: nothing listens there");
    server = rtsp_server_new(port, NULL);
    take(source, 0);
    source_close(source);
}
END_TEST

START_TEST(credentials_come_from_the_environment_and_are_not_shown)
{
    serve("admin:p@ss:w/rd", "/stream");
    unsetenv("SOURCE_USER");
    struct source *source = open_source(spec);
    ck_assert_msg(str_starts(break_off(source), "wants a user and a password"), "%s", break_off(source));
    source_close(source);
    setenv("SOURCE_USER", "admin", 1);
    setenv("SOURCE_PASSWORD", "p@ss:w/rd", 1);
    source = open_source(spec);
    ck_assert_str_eq(source_path(source), spec);
    take(source, 0);
    source_close(source);
    unsetenv("SOURCE_USER");
    unsetenv("SOURCE_PASSWORD");
    source = open_source("rtsp://admin:secret@127.0.0.1:1/stream");
    ck_assert_str_eq(source_path(source), "rtsp://***@127.0.0.1:1/stream");
    source_close(source);
}
END_TEST

START_TEST(streams_that_are_not_there)
{
    serve(NULL, "/other");
    struct source *source = open_source(spec);
    ck_assert_str_eq(break_off(source), "has no such stream: it answers 404");
    source_close(source);
}
END_TEST

static void *interrupt(void *data)
{
    usleep(200000);
    source_interrupt(data);
    return NULL;
}

START_TEST(who_waits_can_be_called_back)
{
    serve(NULL, "/stream");
    pthread_t thread;
    struct source *source = open_source(spec);
    take(source, 0);
    rtsp_server_stall(server, true);
    int64_t began = time_monotonic();
    ck_assert_int_eq(pthread_create(&thread, NULL, interrupt, source), 0);
    break_off(source);
    ck_assert(time_monotonic() - began < NSEC_PER_SEC);
    pthread_join(thread, NULL);
    source_close(source);
}
END_TEST

/* No camera is plugged into the machines that test this: what is told of that is all that can be looked at. */
START_TEST(a_device_that_is_not_there)
{
    struct source *source = open_source("/dev/video99");
    const char *why = break_off(source);
    ck_assert_msg(str_eq(why, "is not there: no such device is plugged in, or it was not given to this pod") ||
                      str_starts(why, "cannot be read: this build has no V4L2"),
                  "%s", why);
    source_close(source);
}
END_TEST

Suite *things_live_suite(void)
{
    Suite *suite = suite_create("live");
    TCase *tcase = tcase_create("live");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, rtsp_comes_over_tcp);
    tcase_add_test(tcase, one_that_stalls_times_out_and_comes_back);
    tcase_add_test(tcase, one_that_breaks_off_and_comes_back);
    tcase_add_test(tcase, credentials_come_from_the_environment_and_are_not_shown);
    tcase_add_test(tcase, streams_that_are_not_there);
    tcase_add_test(tcase, who_waits_can_be_called_back);
    tcase_add_test(tcase, a_device_that_is_not_there);
    suite_add_tcase(suite, tcase);
    return suite;
}
