/* What goes wrong under the dashboard's eyes: a camera that stands still, a cluster that is gone. */
#include "tests/e2e/rig.h"

#include "base/text.h"
#include "base/time.h"

#define SOON (RIG_SANITIZED ? 10.0 : 5.0) /* s until a dead wire says so */

static double seconds_since(int64_t began)
{
    return (double)(time_monotonic() - began) / (double)NSEC_PER_SEC;
}

static bool says_no_frames(void *data UNUSED)
{
    return strstr(rig.said, "NO FRAMES ");
}

/* The age that the boxes show, or -1. */
static int shown_age(void)
{
    const char *at = rig_after("NO FRAMES ");
    return *at ? (int)strtol(at + strlen("NO FRAMES "), NULL, 10) : -1;
}

/* Exactly one wire is dead, the one from the camera; those behind it starve, and are not blamed. */
static bool one_wire_is_dead(void *data UNUSED)
{
    return rig_count("NO FRAMES", 2, 6) == 1 &&
           rig_lines("│*┤ video NO FRAMES [0-9]*s *video ├*┤ video starved *│") == 1 &&
           rig_lines("│*detections ├*┤ detections starved *│") == 1 && rig_count("Running", 2, 6) == 3;
}

struct seen {
    bool not_running, others;
    size_t looks;
};

static bool watch_until_dead(void *data)
{
    struct seen *seen = data;
    seen->not_running |= rig_count("Running 1/1", 2, 6) != 3;
    seen->looks++;
    return says_no_frames(NULL);
}

START_TEST(a_frozen_camera_is_seen_on_its_wire)
{
    rig_start("lobby", NULL, 80, 24);
    rig_deploy();
    rig_expect_flow();
    pid_t camera = rig_process_of("camera");
    ck_assert_int_gt(camera, 0);
    struct seen seen = {0};
    int64_t last_frame = time_monotonic(); /* at most a tenth of a second earlier: it sends ten a second */
    ck_assert_int_eq(kill(camera, SIGSTOP), 0);
    rig_expect_that(watch_until_dead, &seen, "a wire says NO FRAMES");
    double said_after = seconds_since(last_frame);
    int age = shown_age();
    printf("a frozen camera: its wire said NO FRAMES %ds, %.2f s after the last frame\n", age, said_after);
    fflush(stdout);
    ck_assert_msg(said_after <= SOON, "NO FRAMES came only %.2f s after the last frame", said_after);
    ck_assert_msg(age >= 3 && age <= said_after + 1, "the wire says %ds, %.2f s after the last frame", age, said_after);
    ck_assert_msg(!seen.not_running, "Kubernetes was quicker than the wire: a pod is no longer Running 1/1");
    rig_expect_that(one_wire_is_dead, NULL, "one wire is dead, two starve, and every pod says Running");

    /* The words of who waits for it, with what it holds meanwhile. */
    rig_type("l");
    rig_expect_lines(1, " object-detect: Running, no frames from camera for *s; its GPU is held idle");
    rig_type("h");
    rig_expect_lines(1, " camera: Running, but no frame has left it for *s");
    ck_assert_int_ge(shown_age(), age);

    ck_assert_int_eq(kill(camera, SIGCONT), 0);
    rig_expect_flow();
    ck_assert(!strstr(rig.said, "NO FRAMES"));
    ck_assert(!strstr(rig.said, "starved"));
    rig_quit();
}
END_TEST

/* The other way about: who does not take its frames is not the camera's fault. */
START_TEST(a_frozen_detector_is_not_blamed_on_the_camera)
{
    rig_start("lobby", NULL, 80, 24);
    rig_deploy();
    rig_expect_flow();
    pid_t detector = rig_process_of("object-detect");
    ck_assert_int_eq(kill(detector, SIGSTOP), 0);
    rig_expect_lines(1, "│*detections ├*┤ detections NO FRAMES *│");
    rig_expect_lines(1, "│*video ├*┤ video NO FRAMES *│");
    ck_assert_uint_eq(rig_lines("│*┤ video NO FRAMES *├*│"), 0);
    rig_type("l");
    rig_expect_lines(1, " object-detect: Running, but no frame has left it for *s; its GPU is held idle");
    ck_assert_int_eq(kill(detector, SIGCONT), 0);
    rig_expect_flow();
    rig_quit();
}
END_TEST

static int stale_age(void)
{
    const char *at = rig_after("STALE ");
    return *at ? (int)strtol(at + strlen("STALE "), NULL, 10) : -1;
}

static bool is_older(void *data)
{
    return stale_age() > *(int *)data;
}

START_TEST(a_cluster_that_is_gone_leaves_its_rows)
{
    rig_start("wall", NULL, 80, 24);
    rig_deploy();
    rig_expect_flow();
    rig_type("4");
    rig_expect_lines(2, " media *1/1 *● Running *");
    pid_t edge = rig_process("patchbay-edge", screen_pid(rig.screen));
    ck_assert_int_gt(edge, 0);
    int64_t began = time_monotonic();
    ck_assert_int_eq(kill(edge, SIGKILL), 0);
    rig_expect_lines(1, " patchbay *STALE *s");
    double said_after = seconds_since(began);
    printf("a killed cluster: STALE was said after %.2f s\n", said_after);
    fflush(stdout);
    ck_assert_msg(said_after <= SOON, "STALE came only after %.2f s", said_after);
    rig_expect_lines(1, " cannot * pods: cannot connect to 127.0.0.1:*: connection refused");
    rig_expect_lines(2, " media *1/1 *● Running *");
    int age = stale_age();
    ck_assert_int_ge(age, 0);
    rig_expect_that(is_older, &age, "the age of what is shown grows");

    /* Keys go on working, on what was seen last. */
    rig_type("3");
    rig_expect_lines(4, " gpu-? *● Ready *");
    rig_type("1");
    rig_expect_lines(1, " *╭ camera *╭ screen *");
    ck_assert_uint_eq(rig_count("Running 1/1", 2, 6), 2);
    rig_expect_lines(1, " cannot * pods: cannot connect to 127.0.0.1:*: connection refused"); /* why, here as well */
    /* That nothing is known of the wires is no reason to call them dead. */
    rig_expect_lines(0, "*NO FRAMES*");
    age = stale_age() + 4;
    rig_expect_that(is_older, &age, "four more seconds are over");
    ck_assert(!strstr(rig.said, "NO FRAMES"));
    rig_type("i");
    rig_expect_text("╭ camera: IP camera ─");
    rig_type("<Esc>");
    rig_expect_gone("╭ camera: IP camera ─");
    rig_quit();
}
END_TEST

Suite *trouble_suite(void)
{
    Suite *suite = suite_create("trouble");
    TCase *tcase = tcase_create("trouble");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
    tcase_add_test(tcase, a_frozen_camera_is_seen_on_its_wire);
    tcase_add_test(tcase, a_frozen_detector_is_not_blamed_on_the_camera);
    tcase_add_test(tcase, a_cluster_that_is_gone_leaves_its_rows);
    suite_add_tcase(suite, tcase);
    return suite;
}
