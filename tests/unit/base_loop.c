#include <signal.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/playclock.h"
#include "base/time.h"
#include "base/vclock.h"
#include "tests/unit/base_test.h"

static char trace[64];

static void note(void *data)
{
    size_t n = strlen(trace);
    snprintf(trace + n, sizeof trace - n, "%s", (const char *)data);
}

START_TEST(timers_fire_in_order_on_the_virtual_clock)
{
    struct vclock clock;
    vclock_init(&clock, 1000 * NSEC_PER_SEC);
    struct loop *loop = loop_new(&clock.ops);
    struct loop_timer a, b, c;
    trace[0] = '\0';
    loop_timer_init(&a, loop, note, "a");
    loop_timer_init(&b, loop, note, "b");
    loop_timer_init(&c, loop, note, "c");
    loop_timer_start(&a, 30 * NSEC_PER_SEC);
    loop_timer_start(&b, 10 * NSEC_PER_SEC);
    loop_timer_start(&c, 20 * NSEC_PER_SEC);
    vclock_run(&clock, loop, 15 * NSEC_PER_SEC);
    ck_assert_str_eq(trace, "b");
    loop_timer_start(&b, 1 * NSEC_PER_SEC);
    loop_timer_stop(&c);
    vclock_run(&clock, loop, 3600 * NSEC_PER_SEC);
    ck_assert_str_eq(trace, "bba");
    ck_assert_int_eq(loop_wall(loop), (1000 + 15 + 3600) * NSEC_PER_SEC);
    ck_assert(loop_idle(loop));
    loop_free(loop);
}
END_TEST

struct again {
    struct loop_task task;
    struct loop_timer timer;
    int count;
};

static void task_again(void *data)
{
    struct again *again = data;
    again->count++;
    loop_task_start(&again->task);
}

static void timer_again(void *data)
{
    struct again *again = data;
    again->count++;
    loop_timer_start(&again->timer, 0);
}

START_TEST(what_starts_itself_does_not_keep_the_turn)
{
    struct vclock clock;
    vclock_init(&clock, 0);
    struct loop *loop = loop_new(&clock.ops);
    struct again again = {.count = 0};
    loop_task_init(&again.task, loop, task_again, &again);
    loop_timer_init(&again.timer, loop, timer_again, &again);
    loop_task_start(&again.task);
    loop_turn(loop, 0);
    ck_assert_int_eq(again.count, 1);
    loop_task_stop(&again.task);
    loop_timer_start(&again.timer, 0);
    loop_turn(loop, 0);
    ck_assert_int_eq(again.count, 2);
    loop_timer_stop(&again.timer);
    loop_free(loop);
}
END_TEST

struct pair {
    struct loop_io io;
    struct pair *other;
    int calls;
};

static void on_pair(void *data, short revents)
{
    (void)revents;
    struct pair *pair = data;
    pair->calls++;
    loop_io_stop(&pair->io);
    loop_io_stop(&pair->other->io); /* ready too, but stopped before its turn */
}

START_TEST(a_stopped_descriptor_is_not_called)
{
    struct loop *loop = loop_new(NULL);
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(write(fds[1], "xx", 2), 2);
    struct pair a, b;
    a = (struct pair){.other = &b};
    b = (struct pair){.other = &a};
    loop_io_init(&a.io, loop, on_pair, &a);
    loop_io_init(&b.io, loop, on_pair, &b);
    loop_io_start(&a.io, fds[0], POLLIN);
    loop_io_start(&b.io, fds[0], POLLIN);
    loop_turn(loop, NSEC_PER_SEC);
    ck_assert_int_eq(a.calls + b.calls, 1);
    ck_assert(loop_idle(loop));
    close(fds[0]);
    close(fds[1]);
    loop_free(loop);
}
END_TEST

static void on_signal(void *data, int signo)
{
    loop_stop(data, signo);
}

START_TEST(signals_arrive_in_the_loop)
{
    struct loop *loop = loop_new(NULL);
    struct loop_signal sig;
    loop_signal_init(&sig, loop, on_signal, loop);
    loop_signal_start(&sig, SIGUSR1);
    raise(SIGUSR1);
    ck_assert_int_eq(loop_run(loop), SIGUSR1);
    loop_signal_stop(&sig);
    ck_assert(loop_idle(loop));
    loop_free(loop);
}
END_TEST

static void note_wall(void *data)
{
    struct playclock *clock = data;
    clock->end = clock->wall; /* where it was when this came */
}

/* Time that is played: it stands, jumps to a moment and what is due on the way comes at its time, and runs faster. */
START_TEST(time_is_played)
{
    struct playclock clock;
    struct loop *loop = loop_new(NULL);
    struct loop_timer timer;
    playclock_init(&clock, 100 * NSEC_PER_SEC, 1000 * NSEC_PER_SEC);
    loop_set_clock(loop, &clock.ops);
    loop_timer_init(&timer, loop, note_wall, &clock);
    loop_timer_start(&timer, 5 * NSEC_PER_SEC);
    clock.paused = true;
    loop_turn(loop, 0);
    ck_assert_int_eq(loop_wall(loop), 100 * NSEC_PER_SEC);
    clock.until = 110 * NSEC_PER_SEC;
    loop_turn(loop, -1);
    ck_assert_int_eq(clock.end, 105 * NSEC_PER_SEC);
    loop_turn(loop, -1);
    ck_assert_int_eq(loop_wall(loop), 110 * NSEC_PER_SEC);
    clock.paused = false;
    clock.speed = 1000;
    clock.end = 200 * NSEC_PER_SEC;
    loop_timer_start(&timer, 20 * NSEC_PER_SEC);
    int64_t then = time_monotonic();
    while (loop_timer_active(&timer))
        loop_turn(loop, -1);
    ck_assert_int_eq(clock.end, 130 * NSEC_PER_SEC); /* not a nanosecond later, however busy the machine */
    ck_assert_int_ge(time_monotonic() - then, 15 * NSEC_PER_MSEC);
    loop_free(loop);
}
END_TEST

Suite *base_loop_suite(void)
{
    Suite *suite = suite_create("loop");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, time_is_played);
    tcase_add_test(tc, timers_fire_in_order_on_the_virtual_clock);
    tcase_add_test(tc, what_starts_itself_does_not_keep_the_turn);
    tcase_add_test(tc, a_stopped_descriptor_is_not_called);
    tcase_add_test(tc, signals_arrive_in_the_loop);
    suite_add_tcase(suite, tc);
    return suite;
}

/* Children. */

struct ended {
    struct loop *loop;
    int status;
};

static void on_exit_(void *data, int status)
{
    struct ended *ended = data;
    ended->status = status;
    loop_stop(ended->loop, 0);
}

static size_t read_all(int fd, char *out, size_t size)
{
    size_t n = 0;
    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        poll(&p, 1, 5000);
        ssize_t got = read(fd, out + n, size - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    out[n] = '\0';
    return n;
}

START_TEST(child_pipes_and_status)
{
    struct loop *loop = loop_new(NULL);
    struct ended ended = {.loop = loop};
    struct err err = ERR_INIT;
    const char *argv[] = {"sh", "-c", "echo out; echo err >&2; echo $FOO; exit 3", NULL}, *env[] = {"FOO=bar", "PATH=/bin:/usr/bin", NULL};
    struct child_options o = {.argv = argv, .env = env, .in = CHILD_NULL, .out = CHILD_PIPE, .err_to_out = true};
    struct child *child = child_start(loop, &o, on_exit_, &ended, &err);
    ck_assert_msg(child != NULL, "%s", err.text);
    int out = child_out(child);
    char text[64];
    read_all(out, text, sizeof text);
    ck_assert_str_eq(text, "out\nerr\nbar\n");
    close(out);
    loop_run(loop);
    ck_assert(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 3);
    child_status_text(ended.status, text, sizeof text);
    ck_assert_str_eq(text, "exit status 3");
    loop_free(loop);
}
END_TEST

START_TEST(child_that_is_not_there)
{
    struct loop *loop = loop_new(NULL);
    struct err err = ERR_INIT;
    const char *argv[] = {"/no/such/program", NULL};
    struct child_options o = {.argv = argv, .out = CHILD_PIPE};
    ck_assert_ptr_null(child_start(loop, &o, NULL, NULL, &err));
    ck_assert_str_eq(err.text, "cannot start /no/such/program: no such file or directory");
    loop_free(loop);
}
END_TEST

START_TEST(child_group_dies_together)
{
    struct loop *loop = loop_new(NULL);
    struct ended ended = {.loop = loop};
    struct err err = ERR_INIT;
    const char *argv[] = {"sh", "-c", "sleep 1000 & echo $!; wait", NULL};
    struct child_options o = {.argv = argv, .out = CHILD_PIPE, .new_group = true};
    struct child *child = child_start(loop, &o, on_exit_, &ended, &err);
    int out = child_out(child);
    struct pollfd p = {out, POLLIN, 0};
    ck_assert_int_eq(poll(&p, 1, 5000), 1);
    child_kill(child, SIGKILL);
    char text[64];
    read_all(out, text, sizeof text); /* ends when the grandchild's copy of the pipe is closed: it died, too */
    loop_run(loop);
    ck_assert(WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL);
    close(out);
    loop_free(loop);
}
END_TEST

START_TEST(child_on_a_terminal)
{
    struct loop *loop = loop_new(NULL);
    struct ended ended = {.loop = loop};
    struct err err = ERR_INIT;
    const char *argv[] = {"sh", "-c", "test -t 0 && stty size", NULL};
    struct child_options o = {.argv = argv, .pty = true, .rows = 24, .cols = 80};
    struct child *child = child_start(loop, &o, on_exit_, &ended, &err);
    ck_assert_msg(child != NULL, "%s", err.text);
    int out = child_out(child);
    char text[64];
    read_all(out, text, sizeof text);
    ck_assert_str_eq(text, "24 80\r\n");
    loop_run(loop);
    close(out);
    loop_free(loop);
}
END_TEST

/* As under a parent that ignores its children: what is ignored stays so over exec. */
START_TEST(child_ends_where_children_were_ignored)
{
    signal(SIGCHLD, SIG_IGN);
    struct loop *loop = loop_new(NULL);
    struct ended ended = {.loop = loop};
    struct err err = ERR_INIT;
    const char *argv[] = {"sh", "-c", "exit 3", NULL};
    struct child_options o = {.argv = argv};
    ck_assert_msg(child_start(loop, &o, on_exit_, &ended, &err) != NULL, "%s", err.text);
    loop_run(loop);
    ck_assert(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 3);
    loop_free(loop);
}
END_TEST

Suite *base_child_suite(void)
{
    Suite *suite = suite_create("child");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, child_pipes_and_status);
    tcase_add_test(tc, child_that_is_not_there);
    tcase_add_test(tc, child_group_dies_together);
    tcase_add_test(tc, child_on_a_terminal);
    tcase_add_test(tc, child_ends_where_children_were_ignored);
    suite_add_tcase(suite, tc);
    return suite;
}
