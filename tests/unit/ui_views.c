#include "ui_test.h"

#include "base/time.h"
#include "base/vclock.h"
#include "tests/screen/compare.h"
#include "tests/screen/scene.h"

/* Every view of every scene at the two sizes that matter, against kept screens: UPDATE_SCREENS=1 writes them anew. */
static const struct {
    const char *name, *scene, *view, *keys;
} shots[] = {
    {"pods", "lobby", "pods", ""},
    {"pods-trouble", "trouble", "pods", "jj"},
    {"pods-all", "trouble", "pods", "0"},
    {"pods-filter", "lobby", "pods", "/cam<Enter>"},
    {"pods-many", "many", "pods", "G"},
    {"pods-empty", "empty", "pods", ""},
    {"pods-delete", "lobby", "pods", "jX"},
    {"nodes", "lobby", "nodes", ""},
    {"nodes-trouble", "trouble", "nodes", ""},
    {"pods-used", "gpus", "pods", "0"},
    {"nodes-gpus", "gpus", "nodes", ""},
    {"node", "gpus", "nodes", "<Enter>"},
    {"node-plain", "lobby", "nodes", "<Enter>"},
    {"nodes-cordon", "gpus", "nodes", "c"},
    {"gpus", "gpus", "nodes", "t"},
    {"deployments", "lobby", "deployments", "j"},
    {"deployments-starting", "starting", "deployments", ""},
    {"deployments-trouble", "trouble", "deployments", ""},
    {"deployments-held", "held", "deployments", ""},
    {"deployments-restart", "lobby", "deployments", "GR"},
    {"deployments-empty", "empty", "deployments", ""},
    {"events", "lobby", "events", ""},
    {"events-warnings", "trouble", "events", "ff"},
    {"events-first", "trouble", "events", "fj"},
    {"detections", "lobby", "detections", ""},
    {"detections-empty", "empty", "detections", ""},
    {"detections-frame", "lobby", "detections", "j<Enter>"},
    {"detections-sure", "lobby", "detections", "cccf/bicycle<Enter>"},
    {"picture", "lobby", "detections", "v"},
    {"picture-none", "empty", "picture", ""},
    {"logs-none", "lobby", "logs", ""},
    {"why-pod", "trouble", "pods", "w"},
    {"why-node", "trouble", "nodes", "Gw"},
    {"help-pods", "lobby", "pods", "?"},
    {"contexts", "lobby", "pods", ":ctx<Enter>j"},
    {"contexts-broken", "lobby", "contexts", "G"},
    {"command", "lobby", "pods", ":n<Tab>"},
    {"command-argument", "lobby", "pods", ":theme <Tab><Tab>"},
    {"trail", "lobby", "nodes", "<Enter><Enter>"},
    {"marks", "lobby", "pods", "/cam<Enter>:mark cams<Enter>3:mark gpus<Enter>'"},
    {"forwards", "held", "pods", ":forwards<Enter>j"},
    {"forwards-none", "lobby", "pods", ":forwards<Enter>"},
};
static const struct {
    int w, h;
} sizes[] = {{80, 24}, {120, 40}};

#define NOON INT64_C(1772366400000000000) /* 2026-03-01T12:00:00Z */

static void shoot(size_t index, int w, int h, bool ascii)
{
    struct vclock clock;
    vclock_init(&clock, NOON + 300 * NSEC_PER_MSEC);
    struct loop *loop = loop_new(&clock.ops);
    struct scene *scene = scene_new(loop, shots[index].scene, NOON + 300 * NSEC_PER_MSEC);
    struct dashboard *dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = shots[index].view}, w, h);
    ui_type(dash, shots[index].keys);
    dashboard_draw(dash); /* what drawing asks for comes with the next one */
    char *text = ui_text(dashboard_draw(dash), ascii);
    char name[128], path[512];
    snprintf(name, sizeof name, "%s-%dx%d%s", shots[index].name, w, h, ascii ? "-ascii" : "");
    ck_assert_msg(compare_same_file(ui_golden(path, sizeof path, name), text), "%s", name);
    free(text);
    dashboard_free(dash);
    scene_free(scene);
    loop_free(loop);
}

START_TEST(screens_are_as_kept)
{
    size_t index = (size_t)_i / ARRAY_SIZE(sizes), size = (size_t)_i % ARRAY_SIZE(sizes);
    shoot(index, sizes[size].w, sizes[size].h, false);
}
END_TEST

/* What stands on a wide terminal alone. */
START_TEST(screens_are_wide)
{
    shoot((size_t)_i, 200, 60, false);
}
END_TEST

START_TEST(screens_in_ascii)
{
    static const char *const names[] = {"pods-trouble", "deployments", "detections", "pods-delete", "picture"};
    for (size_t n = 0; n < ARRAY_SIZE(names); n++)
        for (size_t i = 0; i < ARRAY_SIZE(shots); i++)
            if (str_eq(shots[i].name, names[n]))
                shoot(i, 80, 24, true);
}
END_TEST

/* Who draws a picture asks for the next; who does not, does not. */
START_TEST(nobody_asks_for_a_picture_that_is_not_seen)
{
    struct vclock clock;
    vclock_init(&clock, NOON);
    struct loop *loop = loop_new(&clock.ops);
    struct scene *scene = scene_new(loop, "lobby", NOON);
    struct dashboard *dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "detections"}, 80, 24);
    dashboard_draw(dash);
    ck_assert_uint_eq(scene->looked, 0); /* there is no room for it beside the table */
    ui_type(dash, "v");
    dashboard_draw(dash);
    ck_assert_uint_eq(scene->looked, 1);
    ui_type(dash, " ");
    dashboard_draw(dash);
    dashboard_draw(dash);
    ck_assert_uint_le(scene->looked, 2); /* held: the one that is there is drawn */
    ui_type(dash, " 4");
    dashboard_draw(dash);
    unsigned before = scene->looked;
    model_changed(&scene->model, CHANGED_PICTURE | CHANGED_DETECTIONS);
    dashboard_draw(dash);
    ck_assert_uint_eq(scene->looked, before);
    ui_type(dash, "jjv"); /* the pod object-detect */
    dashboard_draw(dash);
    ck_assert_uint_gt(scene->looked, before);
    ck_assert_str_eq(scene->model.picture.pod, "object-detect-5b8c6d9f7-qwz4m");
    /* It is replaced, and followed. */
    scene_put(scene, SOURCE_PODS,
              "{'metadata': {'name': 'object-detect-2', 'namespace': 'media', 'uid': 'u2', 'resourceVersion': '2', 'labels':"
              " {'patchbay.dev/graph': 'lobby', 'patchbay.dev/thing': 'object-detect'}}, 'spec': {'containers':"
              " [{'name': 'c', 'ports': [{'containerPort': 8080}]}]}, 'status': {'phase': 'Running'}}");
    store_del(model_store(&scene->model, SOURCE_PODS), "media", "object-detect-5b8c6d9f7-qwz4m");
    dashboard_draw(dash);
    ck_assert_str_eq(scene->model.picture.pod, "object-detect-2");
    ui_type(dash, "<Tab>");
    dashboard_draw(dash);
    ck_assert_str_eq(scene->model.picture.pod, "camera-6d4f9c7b5-k2x8p");
    dashboard_free(dash);
    scene_free(scene);
    loop_free(loop);
}
END_TEST

/* No view may fall over at any size, however silly. */
START_TEST(every_size_draws)
{
    struct vclock clock;
    vclock_init(&clock, NOON);
    struct loop *loop = loop_new(&clock.ops);
    for (size_t s = 0; scene_names[s]; s++)
        for (size_t v = 0; view_table[v]; v++) {
            struct scene *scene = scene_new(loop, scene_names[s], NOON);
            for (int w = 1; w < 140; w += w < 50 ? 7 : 31)
                for (int h = 1; h < 50; h += h < 16 ? 3 : 17) {
                    struct dashboard *dash =
                        dashboard_new(&scene->model, &(struct dashboard_options){.view = view_table[v]->name}, w, h);
                    dashboard_draw(dash);
                    ui_type(dash, "jG<PgUp>");
                    dashboard_draw(dash);
                    dashboard_free(dash);
                }
            scene_free(scene);
        }
    loop_free(loop);
}
END_TEST

Suite *ui_view_suite(void)
{
    Suite *suite = suite_create("ui views");
    TCase *tcase = tcase_create("views");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, screens_are_wide, 0, 3);
    tcase_add_loop_test(tcase, screens_are_as_kept, 0, (int)(ARRAY_SIZE(shots) * ARRAY_SIZE(sizes)));
    tcase_add_test(tcase, screens_in_ascii);
    tcase_add_test(tcase, nobody_asks_for_a_picture_that_is_not_seen);
    tcase_add_test(tcase, every_size_draws);
    suite_add_tcase(suite, tcase);
    return suite;
}
