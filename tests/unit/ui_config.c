#include "ui_test.h"

#include "base/vclock.h"
#include "tests/screen/scene.h"
#include "ui/config.h"

static struct config *config;
static struct buf faults;

static void setup(void)
{
    config = NULL;
    buf_init(&faults, 1u << 16);
}

static void teardown(void)
{
    config_free(config);
    binding_reset();
    buf_release(&faults);
}

static void read_text(const char *text)
{
    config_free(config);
    config = config_read("c.yaml", text, strlen(text));
    buf_reset(&faults);
    for (size_t i = 0; i < config->faults.count; i++) {
        fault_format(&config->faults.items[i], &faults);
        buf_addc(&faults, '\n');
    }
}

static void faults_are(const char *text, const char *expected)
{
    read_text(text);
    ck_assert_str_eq(faults.data, expected);
}

START_TEST(an_empty_one_changes_nothing)
{
    faults_are("", "");
    faults_are("# nothing\n", "");
    faults_are("theme:\n", "");
    ck_assert_ptr_null(config->theme);
    ck_assert_int_eq(config->mouse, MOUSE_UNSAID);
    ck_assert(!config_protects(config, "prod"));
}
END_TEST

START_TEST(faults_are_told_by_line_and_the_rest_holds)
{
    faults_are("theme: drk\nmouse: false\ncolour: 1\n", "c.yaml:1:8: there is no theme 'drk'; did you mean 'dark'?\n"
               "c.yaml:3:1: there is no setting 'colour'; there are: theme, mouse, protected, keys, columns, notices\n");
    ck_assert_int_eq(config->mouse, MOUSE_OFF);
    faults_are("mouse: maybe\n", "c.yaml:1:8: mouse is true or false\n");
    faults_are("- a\n", "c.yaml:1:1: the configuration is a map: theme, mouse, protected, keys, columns, notices\n");
    read_text("keys: {\n");
    ck_assert_uint_eq(config->faults.count, 1);
    faults_are("keys:\n  podz: {}\n", "c.yaml:2:3: there is no view 'podz'; did you mean 'pods'?\n");
    faults_are("keys:\n  pods:\n    delet: x\n", "c.yaml:3:5: pods has nothing called 'delet'; did you mean 'delete'?\n");
    faults_are("keys:\n  pods:\n    delete: Ctrl-X\n",
               "c.yaml:3:13: 'Ctrl-X' is no key; keys are called as F3, ^X, S-Tab, M-x, PgDn or Space\n");
    faults_are("keys:\n  pods:\n    delete: 4\n", "c.yaml:3:13: '4' opens a view: it is not to be had\n");
    faults_are("keys: {pods: {Y: ^Y}}\n", "c.yaml:1:15: 'Y' is what pods shares with other views: it is set under 'list'\n");
    faults_are("columns:\n  pods: [NAME, AGEE]\n", "c.yaml:2:16: there is no column in pods 'AGEE'; did you mean 'AGE'?\n");
    faults_are("notices:\n- {deployment: finishd}\n", "c.yaml:2:3: deployment has no state 'finishd'; there are: finished failed\n");
    faults_are("notices:\n- {do: bell}\n", "c.yaml:2:3: a notice names what it is of: {pod: CrashLoopBackOff, do: bell}\n");
}
END_TEST

static const char *keys_of(const struct view *view, const char *name)
{
    return binding_keys(binding_named(view->bindings, name));
}

START_TEST(keys_are_bound_anew)
{
    faults_are("keys: {pods: {delete: F8, l: [F3, ^T]}}\n", "");
    ck_assert_str_eq(keys_of(&view_pods, "delete"), "F8");
    ck_assert_str_eq(keys_of(&view_pods, "l"), "F3 ^T");
    ck_assert_str_eq(keys_of(&view_deployments, "delete"), "X");
    faults_are("keys: {pods: {why: d, describe: w}}\n", ""); /* they change places */
    ck_assert_str_eq(keys_of(&view_pods, "why"), "d");
    read_text("");
    ck_assert_str_eq(keys_of(&view_pods, "why"), "w");
}
END_TEST

START_TEST(what_collides_is_told_and_keeps_its_keys)
{
    read_text("keys:\n  pods:\n    delete: F8\n    why: d\n");
    ck_assert(strstr(faults.data, "c.yaml:4:5: in pods 'd' would mean two things: '") == faults.data);
    ck_assert_uint_eq(config->faults.count, 1);
    ck_assert_str_eq(keys_of(&view_pods, "why"), "w");
    ck_assert_str_eq(keys_of(&view_pods, "delete"), "F8");
    read_text("keys:\n  everywhere:\n    \"?\": [F2, c]\n");
    ck_assert(strstr(faults.data, "c.yaml:3:5: 'c' cannot be everywhere: in ") == faults.data);
    read_text("keys: {pods: {why: j}}\n"); /* the list's */
    ck_assert_uint_eq(config->faults.count, 1);
    ck_assert_str_eq(keys_of(&view_pods, "why"), "w");
}
END_TEST

START_TEST(contexts_are_protected_by_pattern)
{
    faults_are("protected: [live, \"prod-*\"]\n", "");
    ck_assert(config_protects(config, "live") && config_protects(config, "prod-eu"));
    ck_assert(!config_protects(config, "livery") && !config_protects(config, NULL));
    faults_are("protected: live\n", "");
    ck_assert(config_protects(config, "live"));
}
END_TEST

/* ---- in the dashboard ---- */

static struct vclock vclock;
static struct loop *loop;
static struct scene *scene;
static struct dashboard *dash;

static void begin(const char *text)
{
    vclock_init(&vclock, INT64_C(1772366400000000000));
    loop = loop_new(&vclock.ops);
    scene = scene_new(loop, "lobby", vclock.wall);
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "pods", .config = config_read("c.yaml", text, strlen(text))},
                         100, 30);
}

static void end(void)
{
    dashboard_free(dash);
    scene_free(scene);
    loop_free(loop);
}

static bool shows(const char *words)
{
    return ui_shows(dash, words);
}

START_TEST(keys_hints_and_help_follow)
{
    begin("keys: {pods: {delete: F8}, everywhere: {\"?\": F2}}\n");
    ck_assert(shows("F8 delete") && !shows("X delete"));
    ui_type(dash, "X");
    ck_assert(!shows("Delete 1 pod"));
    ui_type(dash, "<F8>");
    ck_assert(shows("Delete 1 pod"));
    ui_type(dash, "<Esc><F2>");
    ck_assert(shows("F8              delete it on the cluster"));
    end();
}
END_TEST

START_TEST(columns_follow)
{
    begin("columns: {pods: [STATUS, NAME]}\n");
    ck_assert(shows(" STATUS     NAME"));
    ck_assert(!shows("READY"));
    end();
}
END_TEST

START_TEST(a_protected_context_wants_write_first)
{
    begin("protected: \"*\"\n");
    ck_assert(shows("protected"));
    ui_type(dash, "X");
    ck_assert(shows("is protected: nothing is written there; ':write' allows it"));
    ui_type(dash, ":write<Enter>");
    ck_assert(shows("WRITABLE"));
    ui_type(dash, "X");
    ck_assert(shows("Delete 1 pod"));
    ui_type(dash, "<Esc>:nowrite<Enter>X");
    ck_assert(shows("is protected"));
    end();
}
END_TEST

START_TEST(a_state_that_was_chosen_is_said_once)
{
    begin("notices:\n- {node: NotReady}\n- {deployment: failed, do: osc9}\n");
    scene_put_nodes(scene);
    dashboard_draw(dash);
    ck_assert(!shows("NotReady"));
    scene_put(scene, SOURCE_NODES, "{'metadata':{'name':'gpu-2','uid':'node-2','resourceVersion':'2'},'status':{'conditions':"
              "[{'type':'Ready','status':'False'}]}}");
    ck_assert(shows("node gpu-2: NotReady"));
    scene->model.task = (struct model_task){.running = true};
    model_changed(&scene->model, CHANGED_TASK);
    dashboard_draw(dash);
    scene->model.task = (struct model_task){.failed = true, .text = ""};
    model_changed(&scene->model, CHANGED_TASK);
    ck_assert(shows("deployment lobby: failed"));
    end();
}
END_TEST

Suite *ui_config_suite(void)
{
    Suite *suite = suite_create("ui config");
    TCase *tc = tcase_create("config");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_empty_one_changes_nothing);
    tcase_add_test(tc, faults_are_told_by_line_and_the_rest_holds);
    tcase_add_test(tc, keys_are_bound_anew);
    tcase_add_test(tc, what_collides_is_told_and_keeps_its_keys);
    tcase_add_test(tc, contexts_are_protected_by_pattern);
    tcase_add_test(tc, keys_hints_and_help_follow);
    tcase_add_test(tc, columns_follow);
    tcase_add_test(tc, a_protected_context_wants_write_first);
    tcase_add_test(tc, a_state_that_was_chosen_is_said_once);
    suite_add_tcase(suite, tc);
    return suite;
}
