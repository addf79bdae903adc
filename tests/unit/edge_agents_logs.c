#include "edge_agents.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/time.h"
#include "edge/podlog.h"

struct fixture {
    struct edge_podlog *log;
    char path[96];
    int out, err_fd; /* the writing ends */
    int grown;
};
static struct fixture f;

static void on_grown(void *data)
{
    ((struct fixture *)data)->grown++;
}

static void setup(void)
{
    int out[2], error[2];
    struct err err = ERR_INIT;
    world_setup();
    ck_assert_int_eq(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
    ck_assert_int_eq(pipe2(error, O_CLOEXEC | O_NONBLOCK), 0);
    f = (struct fixture){.out = out[1], .err_fd = error[1]};
    snprintf(f.path, sizeof f.path, "%s/0.log", world.dir);
    f.log = edge_podlog_new(world.loop, f.path, out[0], error[0], on_grown, &f, &err);
    ck_assert_msg(f.log != NULL, "%s", err.text);
}

static void teardown(void)
{
    edge_podlog_free(f.log);
    close(f.out);
    close(f.err_fd);
    world_teardown();
}

static void say(int fd, const char *text)
{
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    world_settle();
}

/* The file's records without their times: "stdout F text". */
static char *records(const char *path)
{
    struct buf text, out;
    struct err err = ERR_INIT;
    buf_init(&text, 64u << 20);
    buf_init(&out, 64u << 20);
    ck_assert_msg(file_read(path, &text, &err) == 0, "%s", err.text);
    for (char *line = text.data, *end; (end = strchr(line, '\n')); line = end + 1) {
        char *space = strchr(line, ' ');
        ck_assert(space && space < end);
        char *stamp = xstrndup(line, (size_t)(space - line));
        ck_assert_int_ne(time_parse(stamp), 0);
        free(stamp);
        buf_add(&out, space + 1, (size_t)(end - space));
    }
    buf_release(&text);
    return buf_take(&out);
}

static void expect(const char *want)
{
    char *have = records(f.path);
    ck_assert_str_eq(have, want);
    free(have);
}

START_TEST(lines)
{
    say(f.out, "one\ntwo\n");
    say(f.err_fd, "bad\n");
    expect("stdout F one\nstdout F two\nstderr F bad\n");
    ck_assert_int_eq(f.grown, 2);
}
END_TEST

START_TEST(a_line_waits_for_its_end)
{
    say(f.out, "half");
    say(f.err_fd, "between\n");
    say(f.out, " and half\n\n");
    expect("stderr F between\nstdout F half and half\nstdout F \n");
}
END_TEST

START_TEST(what_has_no_end_is_written_at_the_end)
{
    say(f.out, "last words");
    edge_podlog_finish(f.log);
    expect("stdout F last words\n");
}
END_TEST

START_TEST(what_is_still_in_the_pipe_is_not_lost)
{
    ck_assert_int_eq(write(f.out, "a\nb", 3), 3);
    edge_podlog_finish(f.log);
    expect("stdout F a\nstdout F b\n");
}
END_TEST

START_TEST(long_lines_come_in_parts)
{
    char *line = xmalloc(EDGE_LOG_LINE * 2 + 2);
    memset(line, 'x', EDGE_LOG_LINE * 2 + 1);
    line[EDGE_LOG_LINE * 2 + 1] = '\0';
    say(f.out, line);
    say(f.out, "y\n");
    char *have = records(f.path);
    ck_assert(str_starts(have, "stdout P xxx"));
    ck_assert_ptr_nonnull(strstr(have, "x\nstdout P x"));
    ck_assert_ptr_nonnull(strstr(have, "x\nstdout F xy\n"));
    free(have);
    free(line);
}
END_TEST

START_TEST(a_line_of_exactly_the_bound_is_whole)
{
    char *line = xmalloc(EDGE_LOG_LINE + 2);
    memset(line, 'x', EDGE_LOG_LINE);
    memcpy(line + EDGE_LOG_LINE, "\n", 2);
    say(f.out, line);
    char *have = records(f.path);
    ck_assert(str_starts(have, "stdout F xxx"));
    ck_assert_ptr_null(strstr(have, " P "));
    free(have);
    free(line);
}
END_TEST

START_TEST(rotation)
{
    char chunk[32 << 10];
    memset(chunk, 'x', sizeof chunk);
    for (size_t i = 127; i < sizeof chunk; i += 128)
        chunk[i] = '\n';
    for (int i = 0; i < 700; i++) { /* 22 MB and more: twice over the bound */
        ck_assert_int_eq(write(f.out, chunk, sizeof chunk), (ssize_t)sizeof chunk);
        while (f.grown <= i)
            loop_turn(world.loop, 0);
    }
    say(f.out, "the end\n");
    char *old = xasprintf("%s.1", f.path);
    struct stat now, then;
    ck_assert_int_eq(stat(f.path, &now), 0);
    ck_assert_int_eq(stat(old, &then), 0);
    ck_assert_int_le(now.st_size, EDGE_LOG_MAX);
    ck_assert_int_le(then.st_size, EDGE_LOG_MAX);
    ck_assert_int_gt(then.st_size, EDGE_LOG_MAX - (256 << 10));
    char *have = records(f.path);
    ck_assert(str_ends(have, "stdout F the end\n"));
    free(have);
    free(old);
}
END_TEST

START_TEST(a_full_disk_is_told_later)
{
    /* /dev/full takes nothing. */
    struct err err = ERR_INIT;
    int out[2];
    ck_assert_int_eq(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
    struct edge_podlog *full = edge_podlog_new(world.loop, "/dev/full", out[0], -1, NULL, NULL, &err);
    ck_assert_ptr_nonnull(full);
    say(out[1], "lost\n");
    close(out[1]);
    edge_podlog_free(full);
}
END_TEST

static void run_pod(const char *name, const char *containers)
{
    char *text = xasprintf("{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"containers\":[%s]}}", name, containers);
    world_apply("Pod", text);
    free(text);
}

static const char *ask(const char *pod, const char *container, bool previous)
{
    static struct err err;
    bool ended;
    int status = 0;
    err_clear(&err);
    const char *path = edge_node_agents_log(world.agents, "media", pod, container, previous, &ended, &status, &err);
    static char text[1100];
    snprintf(text, sizeof text, path ? "ok" : "%d %s", status, err.text);
    return text;
}

START_TEST(which_log)
{
    run_pod("two", "{\"name\":\"a\",\"image\":\"test/sh:1\",\"args\":[\"-c\",\"sleep "
                   "1000\"]},{\"name\":\"b\",\"image\":\"nginx\"}");
    world_settle();
    world_pass(NSEC_PER_SEC / 2);
    ck_assert_str_eq(ask("none", NULL, false), "404 pods \"none\" not found");
    ck_assert_str_eq(ask("two", NULL, false),
                     "400 a container name must be specified for pod two, choose one of: [a b]");
    ck_assert_str_eq(ask("two", "c", false), "400 container c is not valid for pod two");
    ck_assert_str_eq(ask("two", "a", false), "ok");
    ck_assert_str_eq(ask("two", "a", true), "400 previous terminated container \"a\" in pod \"two\" not found");
    ck_assert_str_eq(ask("two", "b", false),
                     "400 container \"b\" in pod \"two\" is waiting to start: trying and failing to pull image");
}
END_TEST

static void on_watch(void *data)
{
    ++*(int *)data;
}

static bool told(void *data)
{
    return *(int *)data > 0;
}

START_TEST(who_follows_is_told)
{
    struct edge_log_watch watch;
    int times = 0, others = 0;
    edge_node_agents_log_watch(world.agents, &watch, "media", "talk", on_watch, &times);
    struct edge_log_watch other;
    edge_node_agents_log_watch(world.agents, &other, "media", "silent", on_watch, &others);
    run_pod("talk", "{\"name\":\"a\",\"image\":\"test/sh:1\",\"args\":[\"-c\",\"echo hello; sleep 1000\"]}");
    world_wait("a word", told, &times);
    ck_assert_int_eq(others, 0);
    edge_node_agents_log_unwatch(&watch);
    edge_node_agents_log_unwatch(&watch);
    edge_node_agents_log_unwatch(&other);
    ck_assert_ptr_null(world.agents->watches);
}
END_TEST

Suite *edge_agents_logs_suite(void)
{
    Suite *suite = suite_create("edge_logs");
    TCase *c = tcase_create("logs");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, lines);
    tcase_add_test(c, a_line_waits_for_its_end);
    tcase_add_test(c, what_has_no_end_is_written_at_the_end);
    tcase_add_test(c, what_is_still_in_the_pipe_is_not_lost);
    tcase_add_test(c, long_lines_come_in_parts);
    tcase_add_test(c, a_line_of_exactly_the_bound_is_whole);
    tcase_add_test(c, rotation);
    tcase_add_test(c, a_full_disk_is_told_later);
    tcase_add_test(c, which_log);
    tcase_add_test(c, who_follows_is_told);
    suite_add_tcase(suite, c);
    return suite;
}
