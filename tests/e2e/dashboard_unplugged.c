/* The moment that sells it: a camera is unplugged, Kubernetes says that everything is Running, and the dashboard says which wire is
 * dead and why. The camera's source is a program of the test's own on this machine, and no pod. */
#include "tests/e2e/lens.h"
#include "tests/e2e/rig.h"

#include "base/text.h"
#include "base/time.h"

static bool dead_where_it_is(void *data UNUSED)
{
    return rig_lines("│* video ├*NO FRAMES [0-9]*s*video *├*starved*") == 1 && rig_count("NO FRAMES", 2, 6) == 1 &&
           rig_count("starved", 2, 6) == 2 && rig_count("Running 1/1", 2, 6) == 3;
}

START_TEST(a_camera_is_unplugged)
{
    struct lens lens = lens_open(0);
    lens_start_lobby(&lens, 120, 40);
    ck_assert_int_eq(kill(lens.pid, SIGSTOP), 0);
    int64_t began = time_monotonic();
    rig_expect_that(dead_where_it_is, NULL, "one wire is dead, and every pod says Running 1/1");
    printf("an unplugged camera: its wire said so after %.2f s", (double)(time_monotonic() - began) / 1e9);

    rig_type("l");
    rig_expect_lines(1, " object-detect: Running, camera's source timed out; its GPU is held idle*");
    printf(", and why after %.2f s\n", (double)(time_monotonic() - began) / 1e9);
    fflush(stdout);
    rig_type("w");
    rig_expect_text("object-detect is Ready, but its input stopped: camera's source timed out; a GPU on gpu-");
    rig_expect_text(" is held idle");
    rig_expect_text("(input-stopped)");
    rig_type("<Esc>");
    rig_expect_gone("(input-stopped)");
    rig_type("hw");
    rig_expect_text("camera is Ready, but its source timed out");
    rig_type("<Esc>");
    rig_expect_gone("(source-stopped)");
    rig_type("4");
    rig_expect_lines(3, " media *1/1 *● Running *"); /* as Kubernetes sees it */
    rig_type("Gw"); /* of the pod by itself: its wires are measured while one looks */
    rig_expect_text(" is Ready, but its input stopped: camera's source timed out");
    rig_type("<Esc>");
    rig_expect_gone("(input-stopped)");
    rig_type("1");

    ck_assert_int_eq(kill(lens.pid, SIGCONT), 0);
    rig_expect_flow();
    ck_assert(!strstr(rig.said, "timed out"));
    lens_close(&lens);
    rig_quit();
}
END_TEST

/* It loses its power, and comes back at the same address. */
START_TEST(a_camera_loses_its_power)
{
    struct lens lens = lens_open(0);
    lens_start_lobby(&lens, 80, 24);
    lens_close(&lens);
    rig_expect_that(dead_where_it_is, NULL, "one wire is dead, and every pod says Running 1/1");
    rig_type("l");
    rig_expect_lines(1, " object-detect: Running, camera's source refuses the connection; its GPU is*");
    lens = lens_open(lens.port);
    rig_expect_flow();
    lens_close(&lens);
    rig_quit();
}
END_TEST

Suite *unplugged_suite(void)
{
    Suite *suite = suite_create("unplugged");
    TCase *tcase = tcase_create("unplugged");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
    tcase_add_test(tcase, a_camera_is_unplugged);
    tcase_add_test(tcase, a_camera_loses_its_power);
    suite_add_tcase(suite, tcase);
    return suite;
}
