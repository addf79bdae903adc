#include "ui_test.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/vclock.h"
#include "tests/screen/scene.h"
#include "ui/dashboard_private.h"

/* What is kept from one dashboard to the next: lines behind `:` and `/`, marks. */

static struct vclock vclock;
static struct loop *loop;
static struct scene *scene;
static struct dashboard *dash;
static char folder[] = "/tmp/patchbay-state-XXXXXX";

static void begin(void)
{
    vclock_init(&vclock, INT64_C(1772366400000000000));
    loop = loop_new(&vclock.ops);
    scene = scene_new(loop, "lobby", vclock.wall);
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "pods"}, 100, 30);
    dash->keeps_state = true;
    state_read_lines(dash);
}

static void end(void)
{
    dashboard_free(dash);
    scene_free(scene);
    loop_free(loop);
}

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/patchbay-state-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("XDG_STATE_HOME", folder, 1);
    begin();
}

static void teardown(void)
{
    struct err err = ERR_INIT;
    end();
    ck_assert_int_eq(file_remove_tree(folder, &err), 0);
    unsetenv("XDG_STATE_HOME");
}

static bool shows(const char *words)
{
    return ui_shows(dash, words);
}

static void kept_is(const char *name, const char *expected)
{
    struct buf text;
    struct stat st;
    struct err err = ERR_INIT;
    char *path = xasprintf("%s/patchbay/%s", folder, name);
    buf_init(&text, 1u << 20);
    ck_assert_int_eq(file_read(path, &text, &err), 0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    ck_assert_str_eq(text.data, expected);
    buf_release(&text);
    free(path);
}

START_TEST(lines_come_back_and_credentials_are_not_kept)
{
    ui_type(dash, ":nodes<Enter>:open rtsp://a:secret@cam/x<Enter>/gpu<Enter>");
    kept_is("history", ":nodes\n/gpu\n");
    end();
    begin();
    ui_type(dash, ":<Up>");
    ck_assert(shows(":nodes"));
    ui_type(dash, "<Esc>/<Up>");
    ck_assert(shows("/gpu"));
}
END_TEST

START_TEST(two_dashboards_keep_one_history)
{
    struct dashboard *first = dash;
    struct scene *other = scene_new(loop, "lobby", vclock.wall);
    dash = dashboard_new(&other->model, &(struct dashboard_options){.view = "pods"}, 100, 30);
    dash->keeps_state = true;
    ui_type(first, ":nodes<Enter>");
    ui_type(dash, ":events<Enter>");
    ui_type(first, ":pods<Enter>");
    kept_is("history", ":nodes\n:events\n:pods\n");
    dashboard_free(dash);
    scene_free(other);
    dash = first;
}
END_TEST

START_TEST(the_file_is_bounded)
{
    for (int i = 0; i < 2 * HISTORY_MAX + 10; i++) {
        char line[32];
        snprintf(line, sizeof line, "pods %d", i);
        state_keep_line(dash, ':', line);
    }
    end();
    begin();
    ck_assert_uint_eq(dash->commands.count, HISTORY_MAX);
    ck_assert_str_eq(dash->commands.lines[HISTORY_MAX - 1], "pods 1009");
}
END_TEST

START_TEST(marks_lead_back)
{
    ui_type(dash, "/cam<Enter>:mark cams<Enter>");
    kept_is("marks.yaml", "cams:\n  context: edge\n  view: pods\n  namespace: media\n  filter: cam\n");
    ui_type(dash, "<Esc>3");
    ck_assert(shows("Nodes 4"));
    end();
    begin();
    ui_type(dash, "0:go cams<Enter>");
    ck_assert(shows("Pods 1/3 /cam"));
    ck_assert_str_eq(scene->model.ns, "media");
    ui_type(dash, "<Esc>2'cams<Enter>");
    ck_assert(shows("Pods 1/3 /cam"));
    ui_type(dash, ":go cam<Enter>");
    ck_assert(shows("there is no mark 'cam'"));
    ui_type(dash, ":delmark cams<Enter>:go cams<Enter>");
    ck_assert(shows("there is no mark 'cams'"));
}
END_TEST

START_TEST(a_marked_log_is_of_the_things_newest_pod)
{
    ui_type(dash, "gl:mark log<Enter>");
    kept_is("marks.yaml", "log:\n  context: edge\n  view: logs\n  namespace: media\n  in: media\n  object: camera-6d4f9c7b5-k2x8p\n"
                          "  of: camera\n");
    ui_type(dash, "4");
    struct store *pods = model_store(&scene->model, SOURCE_PODS);
    const struct record *camera = store_find(pods, "media", "camera-6d4f9c7b5-k2x8p");
    store_del(pods, camera->ns, camera->name);
    scene_put(scene, SOURCE_PODS, "{'metadata':{'name':'camera-6d4f9c7b5-newer','namespace':'media','uid':'u-n','labels':"
              "{'pod-template-hash':'6d4f9c7b5'},'ownerReferences':[{'kind':'ReplicaSet','name':'camera-6d4f9c7b5','controller':true}]},"
              "'spec':{'containers':[{'name':'camera'}]},'status':{'phase':'Running'}}");
    ui_type(dash, ":go log<Enter>");
    ck_assert(shows("Logs camera-6d4f9c7b5-newer"));
}
END_TEST

/* A faulty file is no reason not to begin. */
START_TEST(what_is_no_file_of_ours_is_passed_over)
{
    struct err err = ERR_INIT;
    char *path = xasprintf("%s/patchbay", folder), *marks = xasprintf("%s/marks.yaml", path), *lines = xasprintf("%s/history", path);
    ck_assert_int_eq(file_mkdirs(path, 0700, &err), 0);
    ck_assert_int_eq(file_save(marks, "{[", 2, 0600, &err), 0);
    ck_assert_int_eq(file_save(lines, ":a\033[31mb\n\n:\n", 10, 0600, &err), 0);
    end();
    begin();
    ui_type(dash, "'");
    ck_assert(shows("there are no marks"));
    ui_type(dash, "<Esc>:<Up>");
    ck_assert(shows(":a"));
    ck_assert_ptr_null(strchr(dash->commands.lines[0], '\033'));
    free(path);
    free(marks);
    free(lines);
}
END_TEST

Suite *ui_state_suite(void)
{
    Suite *suite = suite_create("ui state");
    TCase *tc = tcase_create("state");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, lines_come_back_and_credentials_are_not_kept);
    tcase_add_test(tc, two_dashboards_keep_one_history);
    tcase_add_test(tc, the_file_is_bounded);
    tcase_add_test(tc, marks_lead_back);
    tcase_add_test(tc, a_marked_log_is_of_the_things_newest_pod);
    tcase_add_test(tc, what_is_no_file_of_ours_is_passed_over);
    suite_add_tcase(suite, tc);
    return suite;
}
