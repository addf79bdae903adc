/* However the dashboard is left: a terminal as it was found, and no process. And terminals that it cannot use. */
#include "tests/e2e/rig.h"

#include <sys/wait.h>

#include "base/text.h"

#define PLAIN_CRASH "ASAN_OPTIONS=handle_segv=0:detect_leaks=0" /* the crash is ours, not the sanitizer's */

/* The hints stand in the last line, and nothing beyond it. */
static bool is_filled(void *data UNUSED)
{
    return rig_count("D deploy", 59, 59) == 1 && rig_count("╭ camera", 1, 20) == 1;
}

START_TEST(sizes_are_followed)
{
    rig_start("lobby", NULL, 80, 24);
    screen_resize(rig.screen, 39, 11);
    rig_expect("terminal too small: 39x11, patchbay nee\nds 40x12\n\n\n\n\n\n\n\n\n\n");
    screen_resize(rig.screen, 80, 24);
    rig_expect_lines(1, "╭ camera ─*╮   ╭ object-detect ─*╮   ╭ monitoring ─*╮");
    screen_resize(rig.screen, 200, 60);
    rig_expect_lines(1, " patchbay  edge · media/lobby * GPU 4/4 free (simulated)   live");
    rig_expect_lines(1, " *╭ camera ─*╮ *╭ object-detect ─*╮ *╭ monitoring ─*╮");
    rig_expect_that(is_filled, NULL, "the screen is filled to its last line");
    rig_quit();
}
END_TEST

static const int deadly[] = {SIGTERM, SIGHUP, SIGSEGV};

START_TEST(a_signal_restores_and_leaves_nothing)
{
    rig_start("wall", (const char *const[]){PLAIN_CRASH, NULL}, 80, 24);
    rig_deploy();
    ck_assert_uint_ge(rig_running(), 5); /* it, the edge and its reaper, two things */
    screen_signal(rig.screen, deadly[_i]);
    int status = rig_expect_end();
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == deadly[_i], "status %x", status);
    rig_expect_restored();
    rig_expect_nothing_runs();
}
END_TEST

START_TEST(a_kill_leaves_nothing)
{
    rig_start("wall", NULL, 80, 24);
    rig_deploy();
    pid_t edge = rig_process("patchbay-edge", screen_pid(rig.screen));
    ck_assert_int_gt(edge, 0);
    ck_assert_int_eq(kill(screen_pid(rig.screen), SIGKILL), 0);
    rig_expect_end();
    rig_expect_nothing_runs();
}
END_TEST

/* A command line at a terminal, and its end: "SENTENCE" and "exit N." on the screen, nothing that runs. */
static void says(const char *command, const char *sentence, const char *exit)
{
    const char *top = getenv("abs_top_builddir");
    char *line = xasprintf("PATH='%s':$PATH; %s; echo \"exit $?.\"", top ? top : TOP_BUILDDIR, command);
    rig_run((const char *const[]){"/bin/sh", "-c", line, NULL},
            (const char *const[]){"ASAN_OPTIONS=detect_leaks=0", NULL}, 200, 10);
    rig_expect_text(exit);
    rig_expect_text(sentence);
    ck_assert(!screen_alternate(rig.screen));
    rig_expect_end();
    rig_expect_nothing_runs();
    screen_free(rig.screen);
    rig.screen = NULL;
    free(line);
}

START_TEST(terminals_that_cannot_be_used_are_named)
{
    says("TERM=unknown-thing patchbay --edge", "patchbay: the terminal 'unknown-thing' is unknown here", "exit 2.");
    says("TERM=dumb patchbay --edge", "patchbay: the terminal 'dumb' ", "exit 2.");
    says("env -u TERM patchbay --edge", "patchbay: ", "exit 2.");
    says("patchbay --edge </dev/null", "patchbay: the dashboard needs a terminal on standard input and output",
         "exit 2.");
    says("patchbay --edge | cat >/dev/null", "patchbay: the dashboard needs a terminal on standard input and output",
         "exit 0.");
    says("patchbay --edge no-such-file.yaml", "patchbay: cannot read 'no-such-file.yaml': ", "exit 2.");
}
END_TEST

Suite *leave_suite(void)
{
    Suite *suite = suite_create("leave");
    TCase *tcase = tcase_create("leave");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
    tcase_add_test(tcase, sizes_are_followed);
    tcase_add_loop_test(tcase, a_signal_restores_and_leaves_nothing, 0, (int)ARRAY_SIZE(deadly));
    tcase_add_test(tcase, a_kill_leaves_nothing);
    tcase_add_test(tcase, terminals_that_cannot_be_used_are_named);
    suite_add_tcase(suite, tcase);
    return suite;
}
