#include "ui_test.h"

#include "base/vclock.h"
#include "k8s/kinds/node.h"
#include "tests/screen/scene.h"

#define NOON INT64_C(1772366400000000000)

static struct vclock clock_;
static struct loop *loop;
static struct scene *scene;
static struct dashboard *dash;

static void setup(void)
{
    vclock_init(&clock_, NOON);
    loop = loop_new(&clock_.ops);
    scene = scene_new(loop, "gpus", NOON);
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "nodes"}, 120, 40);
}

static void teardown(void)
{
    dashboard_free(dash);
    scene_free(scene);
    loop_free(loop);
}

static bool there(const char *part)
{
    char *text = ui_text(dashboard_draw(dash), false);
    bool found = strstr(text, part) != NULL;
    free(text);
    return found;
}

#define shows(part) ck_assert_msg(there(part), "'%s' is not there", part)
#define lacks(part) ck_assert_msg(!there(part), "'%s' is there", part)

START_TEST(acts_ask_and_no_is_the_default)
{
    ui_type(dash, "c");
    shows("context edge: it takes no new pods; those on it stay");
    ui_type(dash, "<Enter>c<Esc>cn");
    ck_assert_uint_eq(scene->asked, 0);
    ui_type(dash, "cy");
    ck_assert_str_eq(scene->last_asked, "cordon a100-1");
    ui_type(dash, "u");
    shows("a100-1 is open for pods already");
    ui_type(dash, "jc");
    shows("amd-1 is cordoned already; u uncordons it");
    ui_type(dash, "u<Tab><Enter>");
    ck_assert_str_eq(scene->last_asked, "uncordon amd-1");
    ui_type(dash, "<Enter>ry"); /* in its own view as well */
    ck_assert_str_eq(scene->last_asked, "drain amd-1");
    ck_assert_uint_eq(scene->asked, 3);
}
END_TEST

START_TEST(acts_by_name)
{
    ui_type(dash, ":po<Enter>:drain<Enter>");
    shows("which node? :drain NODE, or a key in Nodes (3)");
    ui_type(dash, ":cordon mig-9<Enter>");
    shows("there is no node 'mig-9'");
    ui_type(dash, ":cordon mig-1<Enter>y");
    ck_assert_str_eq(scene->last_asked, "cordon mig-1");
    scene->model.read_only = true;
    ui_type(dash, ":drain mig-1<Enter>");
    shows("read-only");
    ck_assert_uint_eq(scene->asked, 1);
}
END_TEST

/* What nobody measures has no column, and no 0. */
START_TEST(what_is_not_measured)
{
    shows("GPU%");
    shows("33% used");
    scene->model.usage = NULL;
    model_changed(&scene->model, CHANGED_USAGE);
    lacks("GPU%");
    lacks("used ·");
    ui_type(dash, "<Enter>");
    lacks("GPU 0");
    static struct usage unknown = {.why = {[USAGE_NODES] = "no metrics-server: what is used is not known",
                                           [USAGE_GPUS] = "no DCGM exporter: what the GPUs do is not known"}};
    scene->model.usage = &unknown;
    model_changed(&scene->model, CHANGED_USAGE);
    shows("no metrics-server: what is used is not known");
    shows("no DCGM exporter: what the GPUs do is not known");
}
END_TEST

START_TEST(a_node_that_goes_while_it_is_looked_at)
{
    ui_type(dash, "<Enter>");
    shows("XID 79");
    store_del(model_store(&scene->model, SOURCE_NODES), NULL, "a100-1");
    shows("there is no node 'a100-1' any more");
    ui_type(dash, "c");
    shows("there is no node 'a100-1'");
    ui_type(dash, "<Esc>");
    lacks("a100-1");
    ui_type(dash, "<Enter>");
    shows("Node amd-1 · pods 0");
    shows("cordoned: it takes no new pods until it is uncordoned");
}
END_TEST

START_TEST(by_product_and_back)
{
    ui_type(dash, "t");
    shows("GPUs 6");
    ui_type(dash, "jj<Enter>");
    shows("Nodes 1/7");
    shows("intel-1");
    ui_type(dash, "<Esc>t");
    shows("GPUs 6");
}
END_TEST

START_TEST(a_node_by_its_name)
{
    ui_type(dash, ":po<Enter>:no mig-1<Enter>");
    shows("Node mig-1 · pods 1");
    ui_type(dash, "?");
    shows("what is above the pods, a line down");
    ui_type(dash, ":node<Enter>");
    shows("Nodes 7");
    ui_type(dash, ":no amd<Enter>");
    shows("Nodes 1/7 /amd");
}
END_TEST

/* Hostile words in what a node says of itself never reach the screen as they are. */
START_TEST(hostile_words)
{
    scene_put(scene, SOURCE_NODES,
              "{'metadata': {'name': 'evil', 'uid': 'e', 'resourceVersion': '9', 'labels': {'nvidia.com/gpu.product': 'A\\u001b[31m\\u202eB'}},"
              " 'spec': {'taints': [{'key': 'k\\u009b2J', 'value': '\\u200b', 'effect': 'NoSchedule'}]},"
              " 'status': {'capacity': {'nvidia.com/gpu': '99999999999'}, 'allocatable': {'nvidia.com/gpu': '-5', 'cpu': 'x'},"
              " 'conditions': [{'type': 'Ready', 'status': 'False', 'message': '\\u001b]0;owned\\u0007'}]}}");
    ui_type(dash, "gjj<Enter>");
    char *text = ui_text(dashboard_draw(dash), false);
    shows("Node evil");
    ck_assert(!strpbrk(text, "\x1b\x07") && !strstr(text, "\xe2\x80\xae") && !strstr(text, "\xc2\x9b"));
    free(text);
}
END_TEST

Suite *ui_nodes_suite(void)
{
    Suite *suite = suite_create("ui nodes");
    TCase *tcase = tcase_create("nodes");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, acts_ask_and_no_is_the_default);
    tcase_add_test(tcase, acts_by_name);
    tcase_add_test(tcase, what_is_not_measured);
    tcase_add_test(tcase, a_node_that_goes_while_it_is_looked_at);
    tcase_add_test(tcase, by_product_and_back);
    tcase_add_test(tcase, a_node_by_its_name);
    tcase_add_test(tcase, hostile_words);
    suite_add_tcase(suite, tcase);
    return suite;
}
