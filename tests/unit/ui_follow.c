/* Views while the cluster changes under them: whatever happened on the way, they show what one sees who looks only now;
 * the selection stays on its object; and nothing is drawn that nobody could tell from what is there. */
#include "ui_test.h"

#include "base/vclock.h"
#include "tests/screen/scene.h"
#include "ui/dashboard_private.h"
#include "ui/table.h"

#define NOON INT64_C(1772366400000000000) /* 2026-03-01T12:00:00Z */

static struct vclock clock_;
static struct loop *loop;
static struct scene *scene;
static struct dashboard *dash;
static int version;

static void put(enum model_source_id source, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void put(enum model_source_id source, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        BUG("no memory");
    va_end(ap);
    scene_put(scene, source, text);
    free(text);
}

static void put_pod(int number, const char *phase, int restarts, int node)
{
    put(SOURCE_PODS,
        "{'metadata': {'name': 'd%d-abc-p%03d', 'namespace': 'ns%d', 'uid': 'pod-%d', 'resourceVersion': '%d',"
        " 'creationTimestamp': '2026-03-01T11:%02d:00Z', 'ownerReferences': [{'controller': true, 'kind': 'ReplicaSet',"
        " 'name': 'd%d-abc'}]}, 'spec': {'nodeName': 'node-%d', 'containers': [{'name': 'c', 'resources': {'limits':"
        " {'nvidia.com/gpu': '%d'}}}]}, 'status': {'phase': '%s', 'containerStatuses': [{'name': 'c', 'restartCount': %d,"
        " 'ready': true, 'state': {'running': {'startedAt': '2026-03-01T11:59:00Z'}}}]}}",
        number % 4, number, number % 2, number, ++version, number % 50, number % 4, node, number % 3, phase, restarts);
}

static void put_node(int number, int gpus)
{
    put(SOURCE_NODES,
        "{'metadata': {'name': 'node-%d', 'uid': 'node-%d', 'resourceVersion': '%d', 'creationTimestamp':"
        " '2026-02-01T00:00:00Z'}, 'status': {'capacity': {'nvidia.com/gpu': '%d'}, 'allocatable': {'nvidia.com/gpu':"
        " '%d'}, 'conditions': [{'type': 'Ready', 'status': '%s'}]}}",
        number, number, ++version, gpus, gpus, gpus % 2 ? "True" : "False");
}

static void put_deployment(int number)
{
    put(SOURCE_DEPLOYMENTS,
        "{'metadata': {'name': 'd%d', 'namespace': 'ns%d', 'uid': 'dep-%d', 'resourceVersion': '%d', 'labels':"
        " {'patchbay.dev/graph': 'g%d'}}, 'spec': {'replicas': 2}, 'status': {'replicas': 2, 'readyReplicas': 1}}",
        number, number % 2, number, ++version, number % 2);
}

static void put_event(int number, int about, int second)
{
    put(SOURCE_EVENTS,
        "{'metadata': {'name': 'e%03d', 'namespace': 'ns%d', 'uid': 'event-%d', 'resourceVersion': '%d'}, 'type': '%s',"
        " 'reason': 'Pulled', 'message': 'm%d', 'count': %d, 'firstTimestamp': '2026-03-01T11:50:%02dZ', 'lastTimestamp':"
        " '2026-03-01T11:50:%02dZ', 'involvedObject': {'kind': 'Pod', 'name': 'd%d-abc-p%03d', 'namespace': 'ns%d', 'uid':"
        " 'pod-%d'}}",
        number, about % 2, number, ++version, number % 3 ? "Normal" : "Warning", number % 2, 1 + number % 4, second,
        second, about % 4, about, about % 2, about);
}

static void del(enum model_source_id source, size_t at)
{
    struct store *store = model_store(&scene->model, source);
    const struct record *record = store_at(store, at % MAX(store_count(store), 1));
    if (record)
        store_del(store, record->ns, record->name);
}

static void something_happens(void)
{
    static const char *const phases[] = {"Running", "Pending", "Failed"};
    int n = rand() % 40;
    switch (rand() % 9) {
    case 0:
        del((enum model_source_id)(rand() % (SOURCE_EVENTS + 1)), (size_t)rand());
        break;
    case 1:
        put_node(n % 6, rand() % 4);
        break;
    case 2:
        put_deployment(n % 4);
        break;
    case 3:
    case 4:
        put_event(n, rand() % 6, rand() % 60);
        break;
    default:
        put_pod(n, phases[rand() % 3], rand() % 4, rand() % 6);
        break;
    }
}

static void setup(void)
{
    vclock_init(&clock_, NOON);
    loop = loop_new(&clock_.ops);
    scene = scene_new(loop, "empty", NOON);
    free(scene->model.ns);
    scene->model.ns = NULL;
    version = 0;
    srand(11);
}

static void teardown(void)
{
    dashboard_free(dash);
    scene_free(scene);
    loop_free(loop);
}

static void start(const char *view, int w, int h)
{
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = view}, w, h);
    dashboard_draw(dash);
}

/* What one sees who looks only now, at the same rows from the top. */
static char *seen_anew(const char *view, const char *keys, int w, int h)
{
    void (*changed)(void *, unsigned) = scene->model.changed;
    kube_terminal_fn lend = scene->model.lend_terminal;
    void *data = scene->model.changed_data;
    struct dashboard *anew = dashboard_new(&scene->model, &(struct dashboard_options){.view = view}, w, h);
    dashboard_draw(anew);
    ui_type(anew, keys);
    ui_type(anew, "g");
    char *text = ui_text(dashboard_draw(anew), false);
    dashboard_free(anew);
    scene->model.changed = changed;
    scene->model.lend_terminal = lend;
    scene->model.changed_data = data;
    return text;
}

/* Column widths only grow while one looks: they are not what is compared. */
static void squeeze(char *text)
{
    char *to = text;
    for (char *c = text; *c; c++)
        if (!(*c == ' ' && c[1] == ' '))
            *to++ = *c;
    *to = '\0';
}

static const struct {
    const char *view, *keys;
} ways[] = {
    {"pods", ""},        {"pods", ">>>>"},        {"pods", ">>>>>I"}, {"pods", ">>>>>>"},      {"pods", "/runn<Enter>"},
    {"pods", "I"},       {"pods", "/ns1<Enter>"}, {"nodes", ""},      {"nodes", ">>>>>>"},     {"nodes", "/gpu<Enter>"},
    {"events", ""},      {"events", "f"},         {"events", ">>>>>"}, {"events", "/m1<Enter>"}, {"deployments", ""},
    {"deployments", ">>>>I"}, {"deployments", "/d2<Enter>"}, {"pods", "/!status=Running ready!=0*<Enter>"},
    {"pods", "/~^d[12] restarts=0,1 !ns1<Enter>>>"}, {"pods", "f"}, {"events", "ff"}, {"events", "/graph=g1 type=Warning<Enter>"},
};

START_TEST(it_shows_what_one_sees_who_looks_only_now)
{
    const char *view = ways[_i].view, *keys = ways[_i].keys;
    start(view, 200, 60);
    ui_type(dash, keys);
    for (int i = 0; i < 600; i++) {
        if (i % 50 == 20)
            store_batch_begin(model_store(&scene->model, SOURCE_PODS));
        something_happens();
        if (i % 50 == 40)
            store_batch_end(model_store(&scene->model, SOURCE_PODS));
        if (i % 97 == 5) /* away and back: it was not seen meanwhile */
            ui_type(dash, "7");
        if (i % 97 == 11)
            ui_type(dash, "-");
        if (i % 20 || i % 50 >= 20 || (i % 97 >= 5 && i % 97 < 11))
            continue;
        ui_type(dash, "g");
        char *is = ui_text(dashboard_draw(dash), false), *anew = seen_anew(view, keys, 200, 60);
        squeeze(is);
        squeeze(anew);
        ck_assert_msg(str_eq(is, anew), "%s '%s' after %d changes:\n%s\ninstead of\n%s", view, keys, i, is, anew);
        free(is);
        free(anew);
    }
}
END_TEST

static const char *selected_name(void)
{
    const struct record *record = table_selected(dash->current->state);
    return record ? record->name : "";
}

START_TEST(the_selection_stays_on_its_object)
{
    for (int i = 0; i < 300; i++)
        put_pod(i, "Running", 0, 1);
    start("pods", 80, 24);
    ui_type(dash, ">>>>>"); /* by restarts */
    for (int i = 0; i < 100; i++)
        ui_type(dash, "j");
    dashboard_draw(dash);
    char name[64];
    snprintf(name, sizeof name, "%s", selected_name());
    for (int i = 0; i < 300; i++) {
        put_pod(i, "Pending", i % 7, 2); /* every row changes, and moves */
        ck_assert_str_eq(selected_name(), name);
    }
    store_del(model_store(&scene->model, SOURCE_PODS), "ns0", "d0-abc-p000");
    ck_assert_str_eq(selected_name(), name);
    ui_type(dash, "7");
    put_pod(400, "Pending", 0, 1);
    ui_type(dash, "-");
    ck_assert_str_eq(selected_name(), name);
}
END_TEST

START_TEST(rows_off_the_screen_change_without_a_drawing)
{
    put_node(1, 1000);
    for (int i = 0; i < 300; i++)
        put_pod(i, "Running", 0, 1);
    start("pods", 80, 24);
    dash->dirty = false;
    put_pod(296, "Failed", 0, 1); /* ns0 comes first: far below */
    put_pod(297, "Failed", 0, 1);
    dashboard_dispatch(dash);
    ck_assert(dash->dirty); /* the GPUs that they held are free */
    dashboard_draw(dash);
    put_pod(294, "Failed", 0, 1); /* holds none */
    dashboard_dispatch(dash);
    ck_assert(!dash->dirty);
    put_pod(0, "Failed", 0, 1); /* the first row */
    dashboard_dispatch(dash);
    ck_assert(dash->dirty);
}
END_TEST

START_TEST(a_hidden_view_keeps_no_rows)
{
    put_pod(1, "Running", 0, 1);
    start("pods", 80, 24);
    const struct table *table = dash->current->state;
    ck_assert_uint_eq(table->list.count, 1);
    ui_type(dash, "5");
    ck_assert_uint_eq(table->list.count, 0);
    put_pod(2, "Running", 0, 1);
    ck_assert_uint_eq(table->list.count, 0);
    ui_type(dash, "4");
    dashboard_draw(dash);
    ck_assert_uint_eq(table->list.count, 2);
}
END_TEST

START_TEST(ages_are_drawn_when_they_change)
{
    scene->wall = NOON;
    put_pod(0, "Running", 0, 1); /* 60 minutes old */
    start("pods", 80, 24);
    ck_assert_int_eq(dash->until, NOON + 60 * NSEC_PER_SEC);
    put_pod(49, "Running", 0, 1); /* 11 minutes: the same step */
    dashboard_draw(dash);
    ck_assert_int_eq(dash->until, NOON + 60 * NSEC_PER_SEC);
    store_del(model_store(&scene->model, SOURCE_PODS), "ns0", "d0-abc-p000");
    store_del(model_store(&scene->model, SOURCE_PODS), "ns1", "d1-abc-p049");
    dashboard_draw(dash);
    ck_assert_int_eq(dash->until, 0); /* nothing on the screen grows older */
}
END_TEST

Suite *ui_follow_suite(void)
{
    Suite *suite = suite_create("ui follow");
    TCase *tcase = tcase_create("follow");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, it_shows_what_one_sees_who_looks_only_now, 0, (int)ARRAY_SIZE(ways));
    tcase_add_test(tcase, the_selection_stays_on_its_object);
    tcase_add_test(tcase, rows_off_the_screen_change_without_a_drawing);
    tcase_add_test(tcase, a_hidden_view_keeps_no_rows);
    tcase_add_test(tcase, ages_are_drawn_when_they_change);
    suite_add_tcase(suite, tcase);
    return suite;
}
