/* check_terminal: the dashboard on a real terminal: what it leaves behind, how it is resized, and what it writes. */
#include "tests/screen/screen.h"

#include <check.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/screen/compare.h"

static struct screen *screen;

static const char *built(const char *name)
{
    static char path[512];
    const char *top = getenv("abs_top_builddir");
    snprintf(path, sizeof path, "%s/tests/screen/%s", top ? top : TOP_BUILDDIR, name);
    return path;
}

static const char *gallery(void)
{
    return built("gallery");
}

static const char *golden(const char *name)
{
    static char path[512];
    const char *top = getenv("abs_top_srcdir");
    snprintf(path, sizeof path, "%s/tests/screen/golden/%s.txt", top ? top : TOP_SRCDIR, name);
    return path;
}

static void start(const char *scene, const char *view, const char *more, const char *const *env)
{
    const char *argv[] = {gallery(), scene, view, more, NULL};
    screen = screen_start(argv, env, 80, 24);
}

static void teardown(void)
{
    if (screen)
        screen_free(screen);
    screen = NULL;
}

/* The terminal is as it was found: its own screen, a cursor, no mouse. */
static void is_restored(void)
{
    ck_assert(!screen_alternate(screen));
    ck_assert(screen_cursor_visible(screen));
    ck_assert(!screen_mouse(screen));
}

START_TEST(the_screen_is_as_kept)
{
    start("trouble", "nodes", NULL, NULL);
    ck_assert(screen_expect_file(screen, golden("terminal-nodes")));
    ck_assert(screen_alternate(screen));
    ck_assert(!screen_cursor_visible(screen));
}
END_TEST

START_TEST(leaving_restores)
{
    int status;
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    screen_type(screen, "q");
    ck_assert(screen_expect_end(screen, &status));
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    is_restored();
}
END_TEST

/* Scrolling saves and restores the cursor (DECSC), and some terminals keep with it that it was hidden, until they leave
 * the alternate screen. */
START_TEST(the_cursor_comes_back_after_scrolling)
{
    int status;
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    screen_type(screen, "?");
    ck_assert(screen_expect_text(screen, "Help Pods"));
    screen_type(screen, "j");
    ck_assert(screen_expect_line(screen, 1, "   Enter           its log, followed"));
    screen_type(screen, "j");
    ck_assert(screen_expect_line(screen, 1, "   l               its log, followed"));
    screen_type(screen, "q");
    ck_assert(screen_expect_end(screen, &status));
    is_restored();
}
END_TEST

static const int deadly[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGABRT};

START_TEST(signals_restore)
{
    int status;
    start("lobby", "pods", NULL, (const char *const[]){"ASAN_OPTIONS=handle_segv=0:handle_abort=0:detect_leaks=0", NULL});
    ck_assert(screen_expect_text(screen, "Pods 3"));
    screen_signal(screen, deadly[_i]);
    ck_assert(screen_expect_end(screen, &status));
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == deadly[_i], "status %x after signal %d", status, deadly[_i]);
    is_restored();
}
END_TEST

START_TEST(a_crash_restores)
{
    int status;
    start("lobby", "pods", "crash", (const char *const[]){"ASAN_OPTIONS=handle_segv=0:detect_leaks=0", NULL});
    ck_assert(screen_expect_end(screen, &status));
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    is_restored();
}
END_TEST

START_TEST(a_stop_restores_and_going_on_draws_again)
{
    /* Only a job of a shell can be stopped: whoever leads a session is not. */
    char line[1024];
    snprintf(line, sizeof line, "set -m; %s lobby pods; echo stopped; read -r x; fg >/dev/null; echo ended", gallery());
    screen = screen_start((const char *const[]){"bash", "-c", line, NULL}, NULL, 80, 24);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    screen_type(screen, "<C-z>");
    ck_assert(screen_expect_text(screen, "stopped"));
    is_restored();
    screen_type(screen, "<Enter>");
    ck_assert(screen_expect_text(screen, "Pods 3"));
    ck_assert(screen_alternate(screen));
    screen_type(screen, "3");
    ck_assert(screen_expect_text(screen, "Nodes 4"));
    screen_type(screen, "q");
    ck_assert(screen_expect_text(screen, "ended"));
    is_restored();
}
END_TEST

START_TEST(resizing_is_followed)
{
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    screen_resize(screen, 38, 10);
    ck_assert(screen_expect(screen, "terminal too small: 38x10, patchbay ne\neds 40x12\n"));
    screen_resize(screen, 1, 1);
    screen_resize(screen, 100, 30);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    ck_assert(screen_expect_line(screen, 29, " Enter logs  w why  y yaml  d describe  X delete  / filter  ? help  q quit"));
}
END_TEST

START_TEST(without_utf8_it_is_plain)
{
    start("lobby", "deployments", NULL, (const char *const[]){"LC_ALL=C", NULL});
    ck_assert(screen_expect_text(screen, "* camera"));
    struct buf text;
    buf_init(&text, 1u << 20);
    screen_text(screen, &text);
    for (size_t i = 0; i < text.len; i++)
        ck_assert_msg((unsigned char)text.data[i] < 0x7f, "a byte %02x on an ASCII screen", (unsigned char)text.data[i]);
    buf_release(&text);
}
END_TEST

START_TEST(without_colours_there_are_none)
{
    start("lobby", "pods", NULL, (const char *const[]){"NO_COLOR=1", NULL});
    ck_assert(screen_expect_text(screen, "Running"));
    for (int y = 0; y < 24; y++)
        for (int x = 0; x < 80; x++) {
            char text[128];
            screen_attributes(screen, x, y, text, sizeof text);
            ck_assert_msg(!strstr(text, "fg") && !strstr(text, "bg"), "%s at %d,%d", text, x, y);
        }
    ck_assert(screen_expect_attributes(screen, 1, 2, "reverse")); /* the selection */
}
END_TEST

START_TEST(colours_are_those_of_the_roles)
{
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Running"));
    ck_assert(screen_expect_attributes(screen, 1, 3, ""));
    ck_assert(screen_expect_attributes(screen, 1, 2, "bg237"));
    ck_assert(screen_expect_attributes(screen, 41, 3, "fg108"));
}
END_TEST

START_TEST(eight_colours_do)
{
    start("lobby", "pods", NULL, (const char *const[]){"TERM=xterm", NULL});
    ck_assert(screen_expect_text(screen, "Running"));
    ck_assert(screen_expect_attributes(screen, 41, 3, "fg2"));
}
END_TEST

START_TEST(unknown_terminals_are_named)
{
    int status;
    start("lobby", "pods", NULL, (const char *const[]){"TERM=no-such-terminal", "ASAN_OPTIONS=detect_leaks=0" /* ncurses' own */, NULL});
    ck_assert(screen_expect_end(screen, &status));
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    ck_assert(screen_expect_text(screen, "the terminal 'no-such-terminal' is unknown here"));
}
END_TEST

START_TEST(the_mouse_works)
{
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    ck_assert(screen_mouse(screen));
    screen_click(screen, 5, 3);
    screen_type(screen, "X");
    ck_assert(screen_expect_text(screen, " media/monitoring-7f6b5c4d8-9jv2t: its ReplicaSet makes another"));
}
END_TEST

/* Those that terminfo names beyond ncurses' own: Ctrl-Delete, Shift-Insert, Ctrl-PgUp, and all of xterm's others. */
START_TEST(extended_keys_are_harmless)
{
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    for (int mod = 2; mod <= 8; mod++) {
        char keys[200];
        int n = snprintf(keys, sizeof keys, "\033[1;%dP\033[1;%dE", mod, mod);
        for (int code = 1; code <= 6; code++)
            n += snprintf(keys + n, sizeof keys - (size_t)n, "\033[%d;%d~", code, mod);
        screen_bytes(screen, keys, (size_t)n);
    }
    screen_type(screen, ":");
    screen_type(screen, "nodes<Enter>");
    ck_assert(screen_expect_text(screen, "Nodes 4"));
}
END_TEST

START_TEST(pastes_are_text_not_keys)
{
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    screen_bytes(screen, "\033[200~qqX\033[201~", 15);
    screen_type(screen, ":");
    screen_bytes(screen, "\033[200~nodes\nq\033[201~", 19);
    ck_assert(screen_expect_text(screen, ":nodes q"));
    screen_type(screen, "<C-w><Backspace><Enter>");
    ck_assert(screen_expect_text(screen, "Nodes 4"));
}
END_TEST

START_TEST(copying_goes_to_the_clipboard)
{
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    screen_type(screen, "Y");
    ck_assert(screen_expect_text(screen, "copied camera-6d4f9c7b5-k2x8p"));
    ck_assert(str_starts(screen_clipboard(screen), "Y2FtZXJhLTZkNGY5Yzdi"));
}
END_TEST

START_TEST(an_idle_screen_is_not_written_to)
{
    start("empty", "logs", NULL, NULL);
    ck_assert(screen_expect_text(screen, "no log is open"));
    screen_settle(screen, 300000000);
    size_t before = screen_written(screen);
    screen_settle(screen, 1500000000);
    ck_assert_uint_eq(screen_written(screen), before);
}
END_TEST


/* The picture of the scene: at 47 to 53 of its first rows a grey field, which every libjpeg makes the same. */
static void start_picture(const char *const *env)
{
    start("lobby", "detections", NULL, env);
    ck_assert(screen_expect_text(screen, "ANALYSER"));
    screen_type(screen, "v");
    ck_assert(screen_expect_text(screen, "captured → analysed 0.08s"));
}

/* What is behind a cell: a blank of a picture may have any colour in front. */
static bool expect_behind(int x, int y, const char *colour)
{
    char text[128] = "";
    for (int i = 0; i < 100 && !strstr(text, colour); i++) {
        screen_wait(screen, 100000000);
        screen_attributes(screen, x, y, text, sizeof text);
    }
    if (!strstr(text, colour))
        printf("cell %d,%d is '%s', not '%s'\n", x, y, text, colour);
    return strstr(text, colour) != NULL;
}

static const char *const in_true_colours[] = {"COLORTERM=truecolor", NULL};

START_TEST(a_picture_has_its_colours)
{
    start_picture(in_true_colours);
    ck_assert(expect_behind(50, 2, "bg#808080"));
    ck_assert(screen_expect_attributes(screen, 5, 4, "")); /* beside it there is nothing */
}
END_TEST

START_TEST(a_picture_of_256_colours_does)
{
    start_picture((const char *const[]){"COLORTERM=", NULL});
    ck_assert(expect_behind(50, 2, "bg244"));
}
END_TEST

START_TEST(a_picture_without_colours_is_text)
{
    start_picture((const char *const[]){"NO_COLOR=1", NULL});
    ck_assert(screen_expect_text(screen, "#######+++++++"));
    ck_assert(screen_expect_attributes(screen, 50, 2, ""));
}
END_TEST

/* ncurses knows nothing of it: it must neither stay where something else is drawn, nor be missing where that goes. */
START_TEST(a_picture_goes_and_comes_back)
{
    start_picture(in_true_colours);
    ck_assert(expect_behind(50, 2, "bg#808080"));
    screen_type(screen, "?");
    ck_assert(screen_expect_text(screen, "Help Picture"));
    for (int y = 1; y < 22; y++)
        for (int x = 0; x < 80; x++) {
            char text[128];
            screen_attributes(screen, x, y, text, sizeof text);
            ck_assert_msg(!strchr(text, '#'), "%s is left at %d,%d", text, x, y);
        }
    screen_type(screen, "<Esc>");
    ck_assert(expect_behind(50, 2, "bg#808080"));
    screen_type(screen, ":");
    screen_type(screen, "<Esc>");
    screen_resize(screen, 100, 24);
    ck_assert(expect_behind(60, 2, "bg#808080"));
    screen_resize(screen, 80, 24);
    ck_assert(expect_behind(50, 2, "bg#808080"));
    screen_type(screen, "<C-l>");
    screen_settle(screen, 200000000);
    ck_assert(expect_behind(50, 2, "bg#808080"));
}
END_TEST

START_TEST(the_same_picture_is_not_written_again)
{
    start_picture(in_true_colours);
    ck_assert(expect_behind(50, 2, "bg#808080"));
    screen_settle(screen, 500000000);
    size_t before = screen_written(screen);
    screen_run(screen, 1500000000);
    ck_assert_uint_le(screen_written(screen) - before, 2000); /* a line that counts, and its row of the picture */
}
END_TEST

static void start_graph(const char *editor)
{
    const char *top = getenv("abs_top_srcdir");
    const char *argv[] = {built("graph_gallery"), "lobby", top ? top : TOP_SRCDIR, NULL};
    screen = screen_start(argv, (const char *const[]){editor, "VISUAL=", NULL}, 80, 24);
    ck_assert(screen_expect_text(screen, "media/lobby "));
}

/* write(2) calls of a program so far; -1: the system does not count them. */
static long writes_of(pid_t pid)
{
    char path[64], line[128];
    long count = -1;
    snprintf(path, sizeof path, "/proc/%d/io", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "syscw: ", 7) == 0)
            count = strtol(line + 7, NULL, 10);
    if (file)
        fclose(file);
    return count;
}

/* Not one for each place it goes to, as ncurses does by itself: a whole screen has dozens. */
START_TEST(a_frame_is_written_at_once)
{
    start_graph("EDITOR=false");
    long before = writes_of(screen_pid(screen));
    screen_type(screen, "?");
    ck_assert(screen_expect_text(screen, "Help Graph"));
    screen_type(screen, "<Esc>");
    ck_assert(screen_expect_gone(screen, "Help Graph"));
    if (before >= 0)
        ck_assert_int_le(writes_of(screen_pid(screen)) - before, 8); /* two for a frame, and a second may have passed */
}
END_TEST

START_TEST(an_editor_has_the_terminal_and_gives_it_back)
{
    start_graph("EDITOR=sed -i s/monitoring/screen/");
    screen_type(screen, "E");
    ck_assert(screen_expect_text(screen, "╭ screen ──"));
    ck_assert(screen_alternate(screen));
    screen_type(screen, "u");
    ck_assert(screen_expect_text(screen, "╭ monitoring ──"));
}
END_TEST

START_TEST(an_interrupted_editor_is_all_that_ends)
{
    start_graph("EDITOR=tail -f");
    screen_type(screen, "e");
    ck_assert(screen_expect_text(screen, "params: {source"));
    screen_bytes(screen, "\003", 1);
    ck_assert(screen_expect_text(screen, "the editor ended with"));
    ck_assert(screen_expect_text(screen, "media/lobby "));
    ck_assert(screen_alternate(screen));
}
END_TEST

/* The editor shows that it was told to end, which it does before us. */
START_TEST(who_ends_us_ends_the_editor)
{
    int status;
    char script[] = "/tmp/patchbay-editor-XXXXXX", env[64];
    int fd = mkstemp(script);
    static const char text[] = "#!/bin/sh\ntrap 'echo told to end; exit 3' TERM\necho editing now\nwhile :; do sleep 0.1; done\n";
    ck_assert_int_eq(write(fd, text, sizeof text - 1), sizeof text - 1);
    fchmod(fd, 0700);
    close(fd);
    snprintf(env, sizeof env, "EDITOR=%s", script);
    start_graph(env);
    screen_type(screen, "e");
    ck_assert(screen_expect_text(screen, "editing now"));
    screen_signal(screen, SIGTERM);
    ck_assert(screen_expect_end(screen, &status));
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    ck_assert(screen_expect_text(screen, "told to end"));
    is_restored();
    unlink(script);
}
END_TEST

START_TEST(an_editor_that_fails_changes_nothing)
{
    start_graph("EDITOR=false");
    screen_type(screen, "e");
    ck_assert(screen_expect_text(screen, "the editor ended with exit status 1"));
    screen_type(screen, "4");
    ck_assert(screen_expect_text(screen, "Pods 3"));
}
END_TEST

START_TEST(a_stop_that_cannot_be_caught_is_drawn_over)
{
    start("lobby", "pods", NULL, NULL);
    ck_assert(screen_expect_text(screen, "Pods 3"));
    screen_signal(screen, SIGSTOP);
    screen_signal(screen, SIGCONT);
    screen_type(screen, "3");
    ck_assert(screen_expect_text(screen, "Nodes 4"));
    ck_assert(screen_alternate(screen));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("terminal");
    TCase *tcase = tcase_create("terminal");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, the_screen_is_as_kept);
    tcase_add_test(tcase, leaving_restores);
    tcase_add_test(tcase, the_cursor_comes_back_after_scrolling);
    tcase_add_loop_test(tcase, signals_restore, 0, (int)ARRAY_SIZE(deadly));
    tcase_add_test(tcase, a_crash_restores);
    tcase_add_test(tcase, a_stop_restores_and_going_on_draws_again);
    tcase_add_test(tcase, resizing_is_followed);
    tcase_add_test(tcase, without_utf8_it_is_plain);
    tcase_add_test(tcase, without_colours_there_are_none);
    tcase_add_test(tcase, colours_are_those_of_the_roles);
    tcase_add_test(tcase, eight_colours_do);
    tcase_add_test(tcase, unknown_terminals_are_named);
    tcase_add_test(tcase, the_mouse_works);
    tcase_add_test(tcase, extended_keys_are_harmless);
    tcase_add_test(tcase, pastes_are_text_not_keys);
    tcase_add_test(tcase, copying_goes_to_the_clipboard);
    tcase_add_test(tcase, an_idle_screen_is_not_written_to);
    tcase_add_test(tcase, a_picture_has_its_colours);
    tcase_add_test(tcase, a_picture_of_256_colours_does);
    tcase_add_test(tcase, a_picture_without_colours_is_text);
    tcase_add_test(tcase, a_picture_goes_and_comes_back);
    tcase_add_test(tcase, the_same_picture_is_not_written_again);
    tcase_add_test(tcase, a_frame_is_written_at_once);
    tcase_add_test(tcase, an_editor_has_the_terminal_and_gives_it_back);
    tcase_add_test(tcase, an_interrupted_editor_is_all_that_ends);
    tcase_add_test(tcase, who_ends_us_ends_the_editor);
    tcase_add_test(tcase, an_editor_that_fails_changes_nothing);
    tcase_add_test(tcase, a_stop_that_cannot_be_caught_is_drawn_over);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
