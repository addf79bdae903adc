#include "ui_test.h"

#include "k8s/kinds/event.h"

#include "base/vclock.h"
#include "k8s/kinds/pod.h"
#include "tests/screen/scene.h"

#define NOON INT64_C(1772366400000000000)

static struct vclock clock_;
static struct loop *loop;
static struct scene *scene;
static struct dashboard *dash;

static void start(const char *name, const char *view)
{
    scene = scene_new(loop, name, NOON);
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = view}, 80, 24);
}

static void setup(void)
{
    vclock_init(&clock_, NOON);
    loop = loop_new(&clock_.ops);
    start("lobby", "pods");
}

static void stop(void)
{
    dashboard_free(dash);
    scene_free(scene);
}

static void teardown(void)
{
    stop();
    loop_free(loop);
}

static bool shows(const char *part)
{
    char *text = ui_text(dashboard_draw(dash), false);
    bool there = strstr(text, part) != NULL;
    if (!there)
        fprintf(stderr, "'%s' is not in:\n%s", part, text);
    free(text);
    return there;
}

static bool lacks(const char *part)
{
    char *text = ui_text(dashboard_draw(dash), false);
    bool there = strstr(text, part) != NULL;
    if (there)
        fprintf(stderr, "'%s' is in:\n%s", part, text);
    free(text);
    return !there;
}

START_TEST(numbers_and_words_lead_to_views)
{
    ck_assert(shows("Pods 3"));
    ui_type(dash, "3");
    ck_assert(shows("Nodes 4"));
    ui_type(dash, ":po<Enter>");
    ck_assert(shows("Pods 3"));
    ui_type(dash, "-");
    ck_assert(shows("Nodes 4"));
    ui_type(dash, ":ev<Enter>");
    ck_assert(shows("Events"));
    ui_type(dash, ":pdos<Enter>");
    ck_assert(shows("there is no command 'pdos'; did you mean 'pods'?"));
    ui_type(dash, "j");
    ck_assert(lacks("did you mean"));
}
END_TEST

START_TEST(escape_goes_back_and_never_ends)
{
    ui_type(dash, "3<Enter>");
    ck_assert(shows("Node gpu-1 · pods 1"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Nodes 4"));
    ui_type(dash, "p");
    ck_assert(shows("Pods 1/3 /node=gpu-1"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Pods 3"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Nodes 4"));
    ui_type(dash, "<Esc><Esc><Esc>");
    ck_assert(shows("Nodes 4"));
    ui_type(dash, "?");
    ck_assert(shows("Help"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Nodes 4"));
}
END_TEST

START_TEST(deleting_asks_and_no_is_the_default)
{
    ui_type(dash, "X");
    ck_assert(shows("Delete 1 pod"));
    ck_assert(shows("media/camera-6d4f9c7b5-k2x8p"));
    ui_type(dash, "<Enter>");
    ck_assert(lacks("Delete 1 pod"));
    ck_assert_uint_eq(scene->asked, 0);
    ui_type(dash, "X<Esc>Xn");
    ck_assert_uint_eq(scene->asked, 0);
    ui_type(dash, "X<Tab><Enter>");
    ck_assert_uint_eq(scene->asked, 1);
    ck_assert_str_eq(scene->last_asked, "delete 1: media/camera-6d4f9c7b5-k2x8p uid-camera-6d4f9c7b5-k2x8p");
    scene->model.read_only = true;
    ui_type(dash, "X");
    ck_assert(shows("read-only"));
    ck_assert_uint_eq(scene->asked, 1);
}
END_TEST

START_TEST(keys_act_on_all_that_are_marked)
{
    ui_type(dash, "<Space><Space>");
    ck_assert(shows("Pods 3  2 marked"));
    ui_type(dash, "/object<Enter>R"); /* a filter hides them, and the question names them */
    ck_assert(shows("Restart 2 pods"));
    ck_assert(shows("context edge"));
    ck_assert(shows("media/camera-6d4f9c7b5-k2x8p: its ReplicaSet makes another"));
    ui_type(dash, "<Enter>");
    ck_assert_uint_eq(scene->asked, 0);
    ui_type(dash, "Ey");
    ck_assert_str_eq(scene->last_asked, "evict 2: media/camera-6d4f9c7b5-k2x8p uid-camera-6d4f9c7b5-k2x8p");
    ui_type(dash, "<Esc>Y");
    ck_assert(shows("copied"));
    store_del(model_store(&scene->model, SOURCE_PODS), "media", "camera-6d4f9c7b5-k2x8p");
    ck_assert(shows("Pods 2  1 marked"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Pods 2 "));
    ck_assert(lacks("marked"));
    ui_type(dash, "X");
    ck_assert(shows("Delete 1 pod"));
}
END_TEST

START_TEST(what_makes_no_sense_is_said_instead_of_asked)
{
    scene_put(scene, SOURCE_PODS, "{'metadata': {'name': 'alone', 'namespace': 'media', 'uid': 'u9'},"
                                  " 'status': {'phase': 'Running'}}");
    ui_type(dash, "gR");
    ck_assert(shows("media/alone: belongs to no controller: it would end"));
    ui_type(dash, "X");
    ck_assert(shows("media/alone: nothing makes it again"));
}
END_TEST

START_TEST(one_graph_alone_by_a_key)
{
    scene_put(scene, SOURCE_PODS, "{'metadata': {'name': 'alone', 'namespace': 'media', 'uid': 'u9'},"
                                  " 'status': {'phase': 'Running'}}");
    ui_type(dash, "Go");
    ck_assert(shows("Pods 3/4 /graph=lobby"));
    ck_assert(lacks("alone"));
    ui_type(dash, "o");
    ck_assert(shows("Pods 4 "));
}
END_TEST

/* Nothing that the cluster says reaches the terminal as it is, whatever field it is in. */
START_TEST(hostile_words_are_harmless_in_every_column)
{
    static const char evil[] = "\\u001b[31mred\\u0007\\u009b31m\\u202e\\u200b\\r\\n\\t";
    char json[2048];
    snprintf(json, sizeof json,
             "{'metadata': {'name': '%s', 'namespace': 'media', 'uid': 'u9', 'labels': {'patchbay.dev/graph': '%s', 'patchbay.dev/thing': '%s',"
             " '%s': '%s'}, 'ownerReferences': [{'controller': true, 'kind': '%s', 'name': '%s'}]}, 'spec': {'nodeName': '%s'},"
             " 'status': {'phase': 'Pending', 'reason': '%s', 'message': '%s', 'podIP': '%s'}}",
             evil, evil, evil, evil, evil, evil, evil, evil, evil, evil, evil);
    scene_put(scene, SOURCE_PODS, json);
    ui_type(dash, "g/red<Enter>");
    ck_assert(shows("Pods 1/4 /red"));
    for (int view = 0; view < 2; view++) {
        char *text = ui_text(dashboard_draw(dash), false);
        for (const char *c = text; *c; c++)
            ck_assert((unsigned char)*c >= 0x20 || *c == '\n');
        ck_assert(!strstr(text, "\xc2\x9b") && !strstr(text, "\xe2\x80\xae") && !strstr(text, "\xe2\x80\x8b"));
        free(text);
        ui_type(dash, "X");
    }
}
END_TEST

START_TEST(events_that_the_server_forgot_say_so)
{
    struct store *heard = store_new(&kind_event), *events = model_store(&scene->model, SOURCE_EVENTS);
    scene->model.heard = heard;
    ui_type(dash, "5");
    ck_assert(shows("kept here, the server has forgotten it: "));
    for (size_t i = 0; i < store_count(events); i++)
        store_put(heard, record_ref((struct record *)(uintptr_t)store_at(events, i)));
    ck_assert(lacks("kept here"));
    ui_type(dash, "fo");
    ck_assert(shows("/graph=lobby, warnings first"));
    scene->model.heard = NULL;
    store_free(heard);
}
END_TEST

START_TEST(filters_while_typing)
{
    ui_type(dash, "/mon");
    ck_assert(shows("Pods 1/3 /mon"));
    ck_assert(lacks("camera-"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Pods 3"));
    ui_type(dash, "/mon<Enter>");
    ck_assert(shows("Pods 1/3 /mon"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Pods 3"));
}
END_TEST

START_TEST(a_filter_is_typed_on_and_its_faults_are_told)
{
    ui_type(dash, "/sta<Tab>Ru");
    ck_assert(shows("Pods 3/3 /status=Ru"));
    ui_type(dash, " foo=1");
    ck_assert(shows("there is no column 'foo' here; there are: namespace, name, ready, status"));
    ck_assert(shows("Pods 0/3 /status=Ru foo ")); /* what was shown stays */
    ui_type(dash, "<Backspace><Backspace><Backspace><Backspace><Backspace>");
    ck_assert(lacks("there is no column"));
    ui_type(dash, "<Enter>");
    ck_assert(shows("Pods 0/3 /status=Ru"));
    ck_assert(shows("no row matches the filter"));
    ui_type(dash, "/<Backspace><Backspace><Backspace><Tab>");
    ck_assert(shows("Pods 3/3 /status=Running"));
    ui_type(dash, " !mon /^(camera|object)-/ restarts=0 label=patchbay.dev/thing=camera<Enter>");
    ck_assert(shows("Pods 1/3 /"));
    ck_assert(shows("camera-6d4f9c7b5-k2x8p"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("Pods 3"));
}
END_TEST

START_TEST(a_filter_holds_while_rows_change)
{
    ui_type(dash, "/status=Pending<Enter>");
    ck_assert(shows("Pods 0/3"));
    scene_put(scene, SOURCE_PODS, "{'metadata': {'name': 'late', 'namespace': 'media', 'uid': 'u9'},"
                                  " 'status': {'phase': 'Pending'}}");
    ck_assert(shows("Pods 1/4"));
    ck_assert(shows("late"));
    scene_put(scene, SOURCE_PODS, "{'metadata': {'name': 'late', 'namespace': 'media', 'uid': 'u9', 'resourceVersion': '2'},"
                                  " 'status': {'phase': 'Running'}}");
    ck_assert(shows("Pods 0/4"));
}
END_TEST

START_TEST(changes_of_the_store_are_shown)
{
    ck_assert(lacks("brand-new"));
    scene_put(scene, SOURCE_PODS, "{'metadata': {'name': 'brand-new', 'namespace': 'media', 'uid': 'u9'},"
                                  " 'status': {'phase': 'Pending'}}");
    ck_assert(shows("brand-new"));
    ck_assert(shows("Pods 4"));
    /* the selection is on camera still, though a row came above it */
    ui_type(dash, "X");
    ck_assert(shows("media/camera-"));
    ui_type(dash, "<Esc>");
    store_del(model_store(&scene->model, SOURCE_PODS), "media", "camera-6d4f9c7b5-k2x8p");
    ck_assert(lacks("camera-"));
    ui_type(dash, "jkX");
}
END_TEST

START_TEST(namespaces_are_switched)
{
    ui_type(dash, "0");
    ck_assert_str_eq(scene->last_asked, "ns (all)");
    ck_assert(shows("NAMESPACE"));
    ui_type(dash, ":ns me<Tab><Enter>");
    ck_assert_str_eq(scene->last_asked, "ns media");
    ck_assert(lacks("NAMESPACE"));
    ui_type(dash, "10");
    ck_assert(shows("the other views show all namespaces; the graph stays"));
    ui_type(dash, ":ns<Enter>");
    ck_assert(shows("Namespace"));
    ui_type(dash, "media<Enter>");
    ck_assert_str_eq(scene->last_asked, "ns media");
}
END_TEST

START_TEST(old_rows_say_so)
{
    struct model_source *source = &scene->model.sources[SOURCE_PODS];
    source->state = REFLECTOR_STALE;
    source->since = loop_now(loop) - 12 * NSEC_PER_SEC;
    snprintf(source->why, sizeof source->why, "cannot reach 127.0.0.1:6443: connection refused");
    model_changed(&scene->model, CHANGED_FRESHNESS);
    ck_assert(shows("STALE 12s"));
    ck_assert(shows("connection refused"));
    vclock_run(&clock_, loop, 3 * NSEC_PER_SEC);
    ck_assert(shows("STALE 15s"));
    ui_type(dash, "3"); /* also where the view has something of its own to say */
    ck_assert(shows("connection refused"));
}
END_TEST

/* What was said stays until the next key, but does not hide for long that all of it is old. */
START_TEST(w_says_what_is_the_matter)
{
    stop();
    start("trouble", "pods");
    ui_type(dash, "w");
    ck_assert(shows("camera-6d4f9c7b5-k2x8p: CrashLoopBackOff"));
    ck_assert(shows("help: "));
    ui_type(dash, "<Esc>3Gw");
    ck_assert(shows("(node-"));
    stop();
    start("lobby", "pods");
    ui_type(dash, "w");
    ck_assert(shows("Running; all is well"));
    ui_type(dash, "2w");
    ck_assert(shows("all is well"));
    ui_type(dash, "5/thing=camera<Enter>w"); /* of the object that an event is about */
    ck_assert(shows("; all is well"));
    ui_type(dash, "l");
    ck_assert(shows("Logs camera-"));
    ui_type(dash, "4d");
    ck_assert(shows("Pod "));
    ui_type(dash, "l"); /* from the description of a pod, too */
    ck_assert(shows("Logs "));
    ui_type(dash, "4:why<Enter>");
    ck_assert(shows("Running; all is well"));
}
END_TEST

START_TEST(why_is_asked_anew_when_things_change)
{
    stop();
    start("trouble", "pods");
    ui_type(dash, "w");
    ck_assert(shows("camera-6d4f9c7b5-k2x8p: CrashLoopBackOff"));
    const struct record *pod = NULL;
    STORE_EACH(struct pod, p, model_store(&scene->model, SOURCE_PODS)) if (str_eq(p->r.name, "camera-6d4f9c7b5-k2x8p")) pod = &p->r;
    char *running = xasprintf("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'%s','namespace':'%s','uid':'%s'},'spec':{'nodeName':'gpu-1',"
                              "'containers':[{'name':'thing','image':'i'}]},'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True'}],"
                              "'containerStatuses':[{'name':'thing','ready':true,'started':true,'state':{'running':{}}}]}}",
                              pod->name, pod->ns, pod->uid);
    scene_put(scene, SOURCE_PODS, running);
    free(running);
    ck_assert(shows("camera-6d4f9c7b5-k2x8p: Running; all is well"));
    ck_assert(lacks("CrashLoopBackOff"));
    ui_type(dash, "<Esc>");
    ck_assert(shows("READY"));
}
END_TEST

START_TEST(what_was_said_does_not_hide_why_rows_are_old)
{
    dashboard_say(dash, ROLE_GOOD, "copied a-name");
    vclock_run(&clock_, loop, 60 * NSEC_PER_SEC);
    ck_assert(shows("copied a-name"));
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        scene->model.sources[i].state = REFLECTOR_STALE;
        snprintf(scene->model.sources[i].why, sizeof scene->model.sources[i].why, "cannot watch: connection refused");
    }
    model_changed(&scene->model, CHANGED_FRESHNESS);
    ck_assert(shows("cannot watch: connection refused"));
    dashboard_say(dash, ROLE_GOOD, "copied another");
    ck_assert(shows("copied another"));
    vclock_run(&clock_, loop, 5 * NSEC_PER_SEC);
    ck_assert(shows("cannot watch: connection refused"));
}
END_TEST

START_TEST(what_was_left_out_is_said)
{
    struct model_source *source = &scene->model.sources[SOURCE_PODS];
    snprintf(source->note, sizeof source->note, "1 of the pods left out: it has no name");
    model_changed(&scene->model, CHANGED_FRESHNESS);
    ui_type(dash, "4");
    ck_assert(shows("1 of the pods left out: "));
}
END_TEST

START_TEST(simulated_gpus_say_so)
{
    ck_assert(shows("GPU 3/4 free (simulated)"));
    ui_type(dash, "3");
    ck_assert(shows("simulated"));
}
END_TEST

START_TEST(a_running_task_is_told_and_its_end_too)
{
    scene->model.task = (struct model_task){.running = true, .done = 2, .total = 7, .text = "deploying lobby"};
    model_changed(&scene->model, CHANGED_TASK);
    ck_assert(shows("deploying lobby (2/7)"));
    scene->model.task = (struct model_task){.failed = true, .text = "deploying lobby failed: quota"};
    model_changed(&scene->model, CHANGED_TASK);
    ck_assert(shows("deploying lobby failed: quota"));
}
END_TEST

START_TEST(small_terminals_are_told)
{
    dashboard_free(dash);
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "pods"}, 38, 10);
    ck_assert(shows("terminal too small: 38x10, patchbay n"));
    ui_type(dash, "jX:po<Enter>");
    ck_assert(lacks("Delete"));
}
END_TEST

static unsigned turns;

static void count_turn(void *data UNUSED)
{
    turns++;
}

/* A frame is drawn again only for ages: once a second, and not at all where none are shown. */
START_TEST(idle_is_idle)
{
    dashboard_draw(dash);
    ui_type(dash, ":logs<Enter>");
    vclock_run(&clock_, loop, NSEC_PER_SEC);
    vclock_run(&clock_, loop, 2 * NSEC_PER_SEC);
    struct loop_timer end;
    loop_timer_init(&end, loop, count_turn, NULL);
    loop_timer_start(&end, 60 * NSEC_PER_SEC);
    unsigned before = turns;
    unsigned waits = 0;
    while (turns == before) {
        loop_turn(loop, -1);
        waits++;
    }
    ck_assert_uint_le(waits, 3);
}
END_TEST

/* A thousand changes at once make one frame, at most sixty a second. */
START_TEST(frames_are_bounded)
{
    dashboard_draw(dash);
    for (int i = 0; i < 1000; i++) {
        char json[256];
        snprintf(json, sizeof json, "{'metadata': {'name': 'p%d', 'namespace': 'media', 'uid': 'q%d'}}", i % 7, i);
        scene_put(scene, SOURCE_PODS, json);
    }
    ck_assert(shows("Pods 10"));
}
END_TEST

/* Whatever is typed, at whatever size, while pods come and go: nothing falls over. `e` would start an editor. */
START_TEST(random_keys_do_no_harm)
{
    static const char *const names[] = {"Up", "Down", "PgUp", "PgDn", "Home", "End", "Enter", "Enter", "Esc", "Tab",
                                        "S-Tab", "Backspace", "^F", "^B", "^R", "^L", "^U", "S-Left", "Left", "Right"};
    stop();
    start(scene_names[_i], "pods");
    unsigned seed = 4711u + (unsigned)_i;
    for (int i = 0; i < 4000; i++) {
        struct key key = {0};
        unsigned r = (unsigned)rand_r(&seed);
        if (r % 3 == 0) {
            key_parse(names[r / 3 % ARRAY_SIZE(names)], &key);
        } else if (r % 41 == 1) {
            key = (struct key){.code = K_CLICK, .button = 1, .x = (int)(r / 41 % 80), .y = (int)(r / 4100 % 24)};
        } else if (r % 41 == 2) {
            key = (struct key){.code = K_PASTE, .text = "x\n\033[31m\xff: y", .text_len = 12};
        } else {
            key.code = 0x20 + r / 7 % 0x5f;
            if (key.code == 'e')
                key.code = ':';
        }
        dashboard_key(dash, &key);
        if (r % 13 == 0) {
            char json[256];
            snprintf(json, sizeof json, "{'metadata': {'name': 'p%u', 'namespace': 'media', 'uid': 'q%u'}}", r % 5, r);
            scene_put(scene, SOURCE_PODS, json);
        } else if (r % 17 == 0 && store_count(model_store(&scene->model, SOURCE_PODS))) {
            const struct record *first = store_at(model_store(&scene->model, SOURCE_PODS), 0);
            char ns[64], name[128];
            snprintf(ns, sizeof ns, "%s", first->ns);
            snprintf(name, sizeof name, "%s", first->name);
            store_del(model_store(&scene->model, SOURCE_PODS), ns, name);
        }
        if (r % 5 == 0)
            dashboard_draw(dash);
        if (r % 11 == 0)
            loop_turn(loop, 0);
    }
}
END_TEST

START_TEST(nothing_is_not_copied)
{
    dashboard_copy(dash, "");
    ck_assert(shows("there is nothing to copy"));
    dashboard_copy(dash, "camera");
    ck_assert(shows("copied camera"));
}
END_TEST

static char *prompted;

static void on_prompt(void *data UNUSED, const char *text)
{
    free(prompted);
    prompted = xstrdup(text ? text : "(cancelled)");
}

START_TEST(views_may_ask)
{
    dashboard_prompt(dash, "add: ", "cam", NULL, on_prompt, NULL);
    ck_assert(shows("add: cam"));
    ui_type(dash, "era<Enter>");
    ck_assert_str_eq(prompted, "camera");
    dashboard_prompt(dash, "add: ", "", NULL, on_prompt, NULL);
    ui_type(dash, "q<Esc>");
    ck_assert_str_eq(prompted, "(cancelled)");
    free(prompted);
    prompted = NULL;
}
END_TEST

START_TEST(saving_tells_what_is_missing)
{
    ui_type(dash, ":w<Enter>");
    ck_assert(shows("there is no graph to save"));
    ui_type(dash, ":theme<Enter>");
    ck_assert(shows("; there are: dark, light"));
    ui_type(dash, ":theme pink<Enter>");
    ck_assert(shows("there is no theme 'pink'; there are: dark, light"));
    ui_type(dash, "y");
    ck_assert(shows("there is no cluster here"));
}
END_TEST

Suite *ui_dashboard_suite(void)
{
    Suite *suite = suite_create("ui dashboard");
    TCase *tcase = tcase_create("dashboard");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, numbers_and_words_lead_to_views);
    tcase_add_test(tcase, escape_goes_back_and_never_ends);
    tcase_add_test(tcase, deleting_asks_and_no_is_the_default);
    tcase_add_test(tcase, filters_while_typing);
    tcase_add_test(tcase, events_that_the_server_forgot_say_so);
    tcase_add_test(tcase, keys_act_on_all_that_are_marked);
    tcase_add_test(tcase, what_makes_no_sense_is_said_instead_of_asked);
    tcase_add_test(tcase, one_graph_alone_by_a_key);
    tcase_add_test(tcase, hostile_words_are_harmless_in_every_column);
    tcase_add_test(tcase, a_filter_is_typed_on_and_its_faults_are_told);
    tcase_add_test(tcase, a_filter_holds_while_rows_change);
    tcase_add_test(tcase, changes_of_the_store_are_shown);
    tcase_add_test(tcase, namespaces_are_switched);
    tcase_add_test(tcase, old_rows_say_so);
    tcase_add_test(tcase, w_says_what_is_the_matter);
    tcase_add_test(tcase, why_is_asked_anew_when_things_change);
    tcase_add_test(tcase, what_was_said_does_not_hide_why_rows_are_old);
    tcase_add_test(tcase, what_was_left_out_is_said);
    tcase_add_test(tcase, simulated_gpus_say_so);
    tcase_add_test(tcase, a_running_task_is_told_and_its_end_too);
    tcase_add_test(tcase, small_terminals_are_told);
    tcase_add_test(tcase, idle_is_idle);
    tcase_add_test(tcase, frames_are_bounded);
    tcase_add_loop_test(tcase, random_keys_do_no_harm, 0, 5);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, nothing_is_not_copied);
    tcase_add_test(tcase, views_may_ask);
    tcase_add_test(tcase, saving_tells_what_is_missing);
    suite_add_tcase(suite, tcase);
    return suite;
}
