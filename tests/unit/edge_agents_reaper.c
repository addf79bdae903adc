#include "edge_agents.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/file.h"

static bool no_folder(void *data)
{
    return !file_exists(data);
}

static void on_exit_status(void *data, int status UNUSED)
{
    *(bool *)data = true;
}

/* A process in a group of its own that carries the reaper's mark. */
static pid_t start_process(struct edge_reaper *reaper, const char *line, bool *ended)
{
    struct err err = ERR_INIT;
    const char *argv[] = {"/bin/sh", "-c", line, NULL}, *env[] = {edge_reaper_mark(reaper), "PATH=/usr/bin:/bin", NULL};
    struct child_options options = {
        .argv = argv, .env = env, .in = CHILD_NULL, .out = CHILD_NULL, .err = CHILD_NULL, .new_group = true};
    struct child *child = child_start(world.loop, &options, on_exit_status, ended, &err);
    ck_assert_msg(child != NULL, "%s", err.text);
    return child_pid(child);
}

static bool is_true(void *data)
{
    return *(bool *)data;
}

START_TEST(groups_and_marked_ones_end_with_the_reaper)
{
    struct err err = ERR_INIT;
    char *state = xasprintf("%s/state", world.dir);
    ck_assert_int_eq(file_mkdirs(state, 0700, &err), 0);
    struct edge_reaper *reaper = edge_reaper_new(world.loop, state, NULL, &err);
    ck_assert_msg(reaper != NULL, "%s", err.text);
    bool known_ended = false, unknown_ended = false;
    pid_t known = start_process(reaper, "trap '' TERM HUP; sleep 1000 & sleep 1000", &known_ended);
    edge_reaper_add(reaper, known);
    pid_t unknown = start_process(reaper, "setsid sleep 1000 & sleep 1000", &unknown_ended); /* never told */
    edge_reaper_free(reaper);
    world_wait("the first to end", is_true, &known_ended);
    world_wait("the second to end", is_true, &unknown_ended);
    world_wait("the known group", world_group_gone, &known);
    world_wait("the unknown group", world_group_gone, &unknown);
    world_wait("the state folder", no_folder, state);
    free(state);
}
END_TEST

static bool another(void *data)
{
    struct edge_reaper *reaper = ((void **)data)[0];
    pid_t first = *(pid_t *)((void **)data)[1];
    return edge_reaper_pid(reaper) && edge_reaper_pid(reaper) != first;
}

START_TEST(a_dead_reaper_is_replaced_and_told_everything)
{
    struct err err = ERR_INIT;
    struct edge_reaper *reaper = edge_reaper_new(world.loop, NULL, NULL, &err);
    ck_assert_ptr_nonnull(reaper);
    bool ended = false;
    pid_t group = start_process(reaper, "sleep 1000", &ended), first = edge_reaper_pid(reaper);
    edge_reaper_add(reaper, group);
    kill(first, SIGKILL);
    world_wait("another reaper", another, (void *[]){reaper, &first});
    edge_reaper_free(reaper);
    world_wait("the process to end", is_true, &ended);
    world_wait("its group to be gone", world_group_gone, &group);
}
END_TEST

/* A whole edge in a process of its own: it has a pod, then it is killed with -9. */
static NORETURN void live(int report)
{
    struct err err = ERR_INIT;
    world_setup_real();
    struct edge_reaper *reaper = edge_reaper_new(world.loop, world.dir, NULL, &err);
    edge_node_agents_use_reaper(world.agents, reaper);
    world_apply("Pod",
                "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"test/sh:1\","
                "\"args\":[\"-c\",\"trap '' TERM HUP; sleep 1000 & sleep 1000; sleep 1000\"]}]}}");
    world_wait_condition("Pod", "p", "Ready", "True");
    const struct agent_pod *pod = map_get(&world.agents->pods, "media/p");
    char line[256];
    snprintf(line, sizeof line, "%d %s", (int)pod->containers[0].group, world.dir);
    if (write(report, line, strlen(line) + 1) < 0)
        _exit(1);
    for (;;)
        loop_turn(world.loop, -1);
}

START_TEST(killed_with_9_nothing_is_left)
{
    int report[2];
    char line[256] = "", dir[200];
    ck_assert_int_eq(pipe(report), 0);
    pid_t edge = fork();
    if (edge == 0)
        live(report[1]);
    close(report[1]);
    ck_assert_int_gt(read(report[0], line, sizeof line - 1), 0);
    int number;
    ck_assert_int_eq(sscanf(line, "%d %199s", &number, dir), 2);
    pid_t group = number;
    ck_assert_int_eq(kill(-group, 0), 0);
    ck_assert(file_exists(dir));
    kill(edge, SIGKILL);
    waitpid(edge, NULL, 0);
    world_wait("the pod's processes to be gone", world_group_gone, &group);
    world_wait("the state folder to be gone", no_folder, dir);
    close(report[0]);
}
END_TEST

START_TEST(two_edges_take_different_ranges)
{
    struct err err = ERR_INIT;
    struct edge_net other;
    ck_assert_int_eq(edge_net_init(&other, &err), 0);
    ck_assert_int_ne(other.x, world.net.x);
    close(other.lock_fd);
}
END_TEST

Suite *edge_agents_reaper_suite(void)
{
    Suite *suite = suite_create("edge_reaper");
    TCase *c = tcase_create("reaper");
    tcase_add_checked_fixture(c, world_setup_real, world_teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, groups_and_marked_ones_end_with_the_reaper);
    tcase_add_test(c, a_dead_reaper_is_replaced_and_told_everything);
    tcase_add_test(c, killed_with_9_nothing_is_left);
    tcase_add_test(c, two_edges_take_different_ranges);
    suite_add_tcase(suite, c);
    return suite;
}
