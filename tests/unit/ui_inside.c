#include "ui_test.h"

#include "base/vclock.h"
#include "k8s/kinds/pod.h"
#include "tests/screen/scene.h"
#include "ui/objects.h"

static struct vclock vclock;
static struct loop *loop;
static struct scene *scene;
static struct dashboard *dash;

static void setup(void)
{
    vclock_init(&vclock, INT64_C(1772366400000000000));
    loop = loop_new(&vclock.ops);
    scene = scene_new(loop, "lobby", vclock.wall);
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "pods"}, 100, 30);
}

static void teardown(void)
{
    dashboard_free(dash);
    scene_free(scene);
    loop_free(loop);
}

static bool shows(const char *words)
{
    return ui_shows(dash, words);
}

START_TEST(s_opens_a_shell_in_the_only_container)
{
    ui_type(dash, "s");
    ck_assert_str_eq(scene->last_asked, "shell camera in camera-6d4f9c7b5-k2x8p");
    ck_assert(shows("opening a shell in container 'camera'"));
}
END_TEST

START_TEST(where_there_are_several_it_asks)
{
    scene_put(scene, SOURCE_PODS, "{'metadata':{'name':'aa','namespace':'media','uid':'u-aa'},'spec':{'containers':"
              "[{'name':'main'},{'name':'log'}],'initContainers':[{'name':'prepare'}]},'status':{'phase':'Running'}}");
    ui_type(dash, "gs");
    ck_assert(shows("Shell in which container?") && shows("log") && !shows("prepare"));
    ck_assert_str_eq(scene->last_asked, "");
    ui_type(dash, "lo<Enter>");
    ck_assert_str_eq(scene->last_asked, "shell log in aa");
    ui_type(dash, ":shell main<Enter>");
    ck_assert_str_eq(scene->last_asked, "shell main in aa");
}
END_TEST

START_TEST(nothing_is_entered_where_nothing_may_be_written)
{
    scene->model.read_only = true;
    ui_type(dash, "s");
    ck_assert(shows("read-only"));
    ck_assert_uint_eq(scene->asked, 0);
}
END_TEST

START_TEST(a_box_leads_to_its_newest_pod)
{
    ui_type(dash, ":deployments<Enter>s");
    ck_assert_str_eq(scene->last_asked, "shell camera in camera-6d4f9c7b5-k2x8p");
}
END_TEST

/* Of any kind that owns pods itself. */
START_TEST(what_owns_pods_leads_to_its_newest)
{
    static const struct kind sets = {.group = "apps", .version = "v1", .plural = "statefulsets", .name = "StatefulSet", .namespaced = true};
    struct record record = {.kind = &sets, .ns = "media", .name = "db"};
    struct err err = ERR_INIT;
    ck_assert_ptr_null(object_pod(dash, &record, &err));
    ck_assert_str_eq(err.text, "StatefulSet db has no pod that runs");
    scene_put(scene, SOURCE_PODS, "{'metadata':{'name':'db-0','namespace':'media','uid':'u-0','ownerReferences':[{'kind':'StatefulSet',"
              "'name':'db','controller':true}]},'spec':{'containers':[{'name':'main'}]},'status':{'phase':'Running'}}");
    const struct pod *pod = object_pod(dash, &record, &err);
    ck_assert_ptr_nonnull(pod);
    ck_assert_str_eq(pod->r.name, "db-0");
}
END_TEST

START_TEST(ports_are_forwarded_to_the_thing)
{
    ui_type(dash, "F");
    ck_assert(shows("forward [LOCAL:]PORT of camera-6d4f9c7b5-k2x8p:"));
    ui_type(dash, "<^U>9000:80<Enter>");
    ck_assert_str_eq(scene->last_asked, "forward camera-6d4f9c7b5-k2x8p:9000:80 of camera");
    ck_assert(shows("leads to port"));
    ui_type(dash, ":forward :8080<Enter>");
    ck_assert_str_eq(scene->last_asked, "forward camera-6d4f9c7b5-k2x8p:0:8080 of camera");
    ui_type(dash, ":forward 8080<Enter>");
    ck_assert_str_eq(scene->last_asked, "forward camera-6d4f9c7b5-k2x8p:8080:8080 of camera");
}
END_TEST

START_TEST(what_is_no_port_is_told)
{
    static const char *const wrong[] = {"http", "0", "80:", "a:80", "65536", "80:80:80", "-1"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        char line[64];
        snprintf(line, sizeof line, ":forward %s<Enter>", wrong[i]);
        ui_type(dash, line);
        ck_assert_msg(shows("is no port: it takes PORT, LOCAL:PORT or :PORT"), "%s", wrong[i]);
    }
    ck_assert_uint_eq(scene->asked, 0);
}
END_TEST

Suite *ui_inside_suite(void)
{
    Suite *suite = suite_create("ui inside");
    TCase *tc = tcase_create("inside");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, s_opens_a_shell_in_the_only_container);
    tcase_add_test(tc, where_there_are_several_it_asks);
    tcase_add_test(tc, nothing_is_entered_where_nothing_may_be_written);
    tcase_add_test(tc, a_box_leads_to_its_newest_pod);
    tcase_add_test(tc, what_owns_pods_leads_to_its_newest);
    tcase_add_test(tc, ports_are_forwarded_to_the_thing);
    tcase_add_test(tc, what_is_no_port_is_told);
    suite_add_tcase(suite, tc);
    return suite;
}
