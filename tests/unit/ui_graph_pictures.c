#include "ui_graph_test.h"

#include "tests/screen/compare.h"

/* The camera is slower, the monitor goes, a detector comes: every mark there is. */
#define CHANGES "i<Down><Down><Down><^U>5<Enter>Gxgoper<Enter>"

/* Kept screens: UPDATE_SCREENS=1 writes them anew. */
static const struct {
    const char *name, *scene, *keys;
    int w, h;
} shots[] = {
    {"graph", "lobby", "", 80, 24},
    {"graph", "lobby", "", 120, 40},
    {"graph", "lobby", "", 200, 60},
    {"graph", "lobby", "", 40, 12},
    {"graph-dead", "dead", "l", 80, 24},
    {"graph-dead", "dead", "l", 120, 40},
    {"graph-dead-wire", "dead", "l<Tab>", 120, 40},
    {"graph-unplugged", "unplugged", "l", 80, 24},
    {"graph-unplugged-why", "unplugged", "lw", 80, 24},
    {"graph-unplugged-why", "unplugged", "w", 120, 40},
    {"graph-unplugged-why-pod", "unplugged", "4Gw", 80, 24},
    {"graph-unmeasured-why-pod", "tried", "4Gw", 80, 24},
    {"graph-starting", "starting", "l", 80, 24},
    {"graph-trouble", "trouble", "l", 80, 24},
    {"graph-held", "held", "", 80, 24},
    {"graph-held", "held", "ll", 120, 40},
    {"graph-restart", "lobby", "lR", 80, 24},
    {"graph-scale", "held", "<Space>l<Space>l<Space>:scale 2<Enter>", 80, 24},
    {"graph-draft", "draft", "", 80, 24},
    {"graph-twelve", "twelve", "", 120, 40},
    {"graph-twelve", "twelve", "G", 80, 24},
    {"graph-broken", "broken", "", 80, 24},
    {"graph-none", "none", "", 80, 24},
    {"graph-list", "twelve", "t", 80, 24},
    {"graph-add", "lobby", "a", 80, 24},
    {"graph-connect", "twelve", "Gkc", 120, 40},
    {"graph-form", "lobby", "li7", 80, 24},
    {"graph-review", "lobby", "li<Down>9<Enter>D", 80, 24},
    {"graph-review-tried", "tried", "li<Down>9<Enter>D", 80, 24},
    {"graph-review-tried", "tried", "li<Down>9<Enter>D", 120, 40},
    {"graph-review-tried", "tried", "li<Down>9<Enter>D", 200, 60},
    {"graph-review-over", "tried", "li<Down>9<Enter>D<Space>", 80, 24},
    {"graph-review-only", "lobby", CHANGES "g<Space>D", 80, 24},
    {"graph-review-only", "lobby", CHANGES "g<Space>D", 120, 40},
    {"graph-review-after", "tried", "D<Esc>", 80, 24},
    {"graph-review-faults", "broken", "D", 80, 24},
    {"graph-scarce", "scarce", "ll", 80, 24},
    {"graph-scarce", "scarce", "ll", 120, 40},
    {"graph-scarce-list", "scarce", "t", 120, 40},
    {"graph-scarce-review", "scarce", "D", 80, 24},
    {"graph-unseen-review", "unseen", "D", 80, 24},
    {"graph-unseen", "unseen", "l", 80, 24},
    {"graph-help", "lobby", "?", 120, 40},
    {"graph-add", "lobby", "ap", 120, 40},
    {"graph-add", "lobby", "ap", 200, 60},
    {"graph-linking", "lobby", "c", 80, 24},
    {"graph-linking", "lobby", "c<Space>", 120, 40},
    {"graph-linking", "twelve", "Gkc", 200, 60},
    {"graph-refusing", "lobby", "cj<Enter>", 80, 24},
    {"graph-refusing", "lobby", "cj<Enter>", 120, 40},
    {"graph-refusing", "lobby", "cj<Enter>", 200, 60},
    {"graph-form", "lobby", "li<Down>9<Down>0.7", 120, 40},
    {"graph-form", "lobby", "li<Down>9<Down>0.7", 200, 60},
    {"graph-changed", "lobby", CHANGES, 80, 24},
    {"graph-changed", "lobby", CHANGES, 120, 40},
    {"graph-changed", "lobby", CHANGES, 200, 60},
    {"graph-changed-lines", "lobby", CHANGES "--", 80, 24},
    {"graph-undone", "lobby", CHANGES "uuu", 80, 24},
    {"graph-undone", "lobby", CHANGES "uuu", 120, 40},
    {"graph-undone", "lobby", CHANGES "uuu<^R>", 200, 60},
    {"graph-moving", "draft", "lmjjjj", 80, 24},
    {"graph-moved", "draft", "lmjjjj<Enter>", 80, 24},
    {"graph-moved", "draft", "lmjjjj<Enter>", 120, 40},
    {"graph-marked", "twelve", "<Space>j<Space>", 120, 40},
    {"graph-compact", "trouble", "-", 80, 24},
    {"graph-compact", "twelve", "-", 120, 40},
    {"graph-compact", "twelve", "-", 200, 60},
    {"graph-lines", "dead", "--", 80, 24},
    {"graph-lines", "twelve", "--", 120, 40},
    {"graph-lines", "twelve", "--", 200, 60},
};

START_TEST(screens_are_as_kept)
{
    struct rig rig;
    char path[512];
    const char *top = getenv("abs_top_srcdir");
    rig_open(&rig, shots[_i].scene, shots[_i].w, shots[_i].h);
    rig_type(&rig, shots[_i].keys);
    snprintf(path, sizeof path, "%s/tests/screen/golden/%s-%dx%d.txt", top ? top : TOP_SRCDIR, shots[_i].name,
             shots[_i].w, shots[_i].h);
    ck_assert_msg(compare_same_file(path, rig.screen), "%s", path);
    rig_close(&rig);
}
END_TEST

/* The same as a terminal with ASCII only shows them. */
static const struct {
    const char *name, *scene, *keys;
    int w, h;
} plain[] = {
    {"lobby", "lobby", "", 80, 24},
    {"dead", "dead", "", 80, 24},
    {"twelve", "twelve", "", 80, 24},
    {"scarce", "scarce", "", 80, 24},
    {"changed", "lobby", CHANGES, 80, 24},
    {"changed", "lobby", CHANGES, 120, 40},
    {"changed", "lobby", CHANGES, 200, 60},
    {"linking", "lobby", "c<Space>", 80, 24},
    {"refusing", "lobby", "cj<Enter>", 120, 40},
    {"form", "lobby", "li<Down>9<Down>7", 80, 24},
    {"compact", "trouble", "-", 80, 24},
    {"lines", "dead", "--", 80, 24},
    {"compact", "twelve", "-", 120, 40},
    {"lines", "twelve", "--", 120, 40},
    {"compact", "twelve", "-", 200, 60},
    {"lines", "twelve", "--", 200, 60},
};

START_TEST(screens_in_ascii)
{
    struct rig rig;
    struct buf text;
    char path[512];
    const char *top = getenv("abs_top_srcdir");
    rig_open(&rig, plain[_i].scene, plain[_i].w, plain[_i].h);
    rig_type(&rig, plain[_i].keys);
    buf_init(&text, 1u << 20);
    const struct canvas *canvas = dashboard_draw(rig.dash);
    for (int y = 0; y < canvas->h; y++) {
        canvas_row(&text, canvas, y, true);
        buf_addc(&text, '\n');
    }
    ck_assert_msg(!memchr(text.data, '?', strcspn(text.data, "\n")), "a character has no plain form");
    snprintf(path, sizeof path, "%s/tests/screen/golden/graph-%s-%dx%d-ascii.txt", top ? top : TOP_SRCDIR,
             plain[_i].name, plain[_i].w, plain[_i].h);
    ck_assert_msg(compare_same_file(path, text.data), "%s", path);
    buf_release(&text);
    rig_close(&rig);
}
END_TEST

/* The sentence that sells it, at 80x24: the one dead wire says so, and what is behind it only starves. */
START_TEST(dead_wire_is_named)
{
    struct rig rig;
    rig_open(&rig, "dead", 80, 24);
    ck_assert(rig_shows(&rig, "NO FRAMES 14s"));
    ck_assert(rig_shows(&rig, "starved"));
    rig_type(&rig, "l");
    ck_assert(rig_shows(&rig, "object-detect: Running, no frames from camera for 14s; its GPU is held idle"));
    rig_type(&rig, "<Tab>");
    ck_assert(rig_shows(&rig, "camera.video → object-detect.video"));
    rig_close(&rig);
}
END_TEST

/* w says it with what shows it; of what only starves, that the cause is further up. */
START_TEST(w_names_the_dead_wire)
{
    struct rig rig;
    rig_open(&rig, "dead", 100, 30);
    rig_type(&rig, "lw");
    ck_assert(rig_shows(&rig, "object-detect is Ready, but its input stopped: no frames from camera for 14s; a GPU on"));
    ck_assert(rig_shows(&rig, "seen: wire camera.video → object-detect.video: the last frame came 14s ago"));
    ck_assert(rig_shows(&rig, "seen: camera is Running"));
    rig_type(&rig, "<Esc>lw");
    ck_assert(rig_shows(&rig, "(input-starved)"));
    rig_close(&rig);
}
END_TEST

/* An answer, not the line that stood there before. */
START_TEST(w_says_that_all_is_well)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "w");
    ck_assert(rig_shows(&rig, "; all is well"));
    rig_type(&rig, "<Tab>w");
    ck_assert_ptr_null(strstr(rig.screen, "all is well")); /* of a wire it says what it carries */
    rig_close(&rig);
}
END_TEST

/* The wire's own cells are in the dead role, bold; the age goes on. */
START_TEST(dead_wire_is_marked)
{
    struct rig rig;
    rig_open(&rig, "dead", 80, 24);
    const struct canvas *canvas = dashboard_draw(rig.dash);
    int dead = 0, arrows = 0;
    for (int i = 0; i < canvas->w * canvas->h; i++) {
        dead +=
            canvas->cells[i].role == ROLE_DEAD && (canvas->cells[i].ch == 0x2500 || canvas->cells[i].ch == GLYPH_ARROW);
        arrows += canvas->cells[i].ch == GLYPH_ARROW && canvas->cells[i].role == ROLE_WARNING;
    }
    ck_assert_int_eq(dead, 3);
    ck_assert_int_eq(arrows, 2);
    vclock_run(&rig.clock, rig.loop, 5 * NSEC_PER_SEC);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "NO FRAMES 19s"));
    rig_close(&rig);
}
END_TEST

/* What would stay Pending is marked as a warning, and w says all of why. */
START_TEST(pending_says_so_before_it_is_deployed)
{
    struct rig rig;
    rig_open(&rig, "scarce", 80, 24);
    const struct canvas *canvas = dashboard_draw(rig.dash);
    int marked = 0;
    for (int i = 0; i < canvas->w * canvas->h; i++)
        marked += canvas->cells[i].ch == 'w' && canvas->cells[i].role == ROLE_WARNING;
    ck_assert_int_eq(marked, 1); /* "would stay Pending" of detect-again */
    rig_type(&rig, "ljw");
    ck_assert(rig_shows(&rig, "detect-again: not deployed; would stay Pending: 0/4 nodes: 2 Insufficient"));
    ck_assert(rig_shows(&rig, "nvidia.com/gpu, 1 untolerated taint gpu=training:NoSchedule, 1 unschedulable"));
    rig_close(&rig);
}
END_TEST

/* The cluster changes under a draft: the boxes follow, and point to no record that is gone. */
START_TEST(placement_follows_the_cluster)
{
    struct rig rig;
    rig_open(&rig, "scarce", 120, 40);
    struct model *model = &rig.gs->scene->model;
    ck_assert(rig_shows(&rig, "→ gpu-1 or gpu-2"));
    scene_put_nodes(rig.gs->scene); /* no taint, no cordon any more */
    model_changed(model, CHANGED_NODES);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "→ gpu-1 or 3 more"));
    ck_assert(rig_shows(&rig, "→ gpu-2 or 2 more"));
    ck_assert_ptr_null(strstr(rig.screen, "would stay Pending"));
    store_del(model_store(model, SOURCE_PODS), "lab", "training-0");
    model_changed(model, CHANGED_PODS);
    rig_type(&rig, "");
    ck_assert_ptr_null(strstr(rig.screen, "→ gpu-2 or 2 more"));
    ck_assert(rig_shows(&rig, "GPU ▮▮▯▯ asks 2, free 4 of 4 (simulated)"));
    for (int i = 1; i <= 4; i++) {
        char name[16];
        snprintf(name, sizeof name, "gpu-%d", i);
        store_del(model_store(model, SOURCE_NODES), NULL, name);
    }
    model_changed(model, CHANGED_NODES);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "camera: not deployed; would stay Pending: no nodes available to schedule pods"));
    rig_close(&rig);
}
END_TEST

/* Only a part of the pods is seen: no figure stands for what is not known, and none is left from before. */
START_TEST(placement_that_is_not_known)
{
    struct rig rig;
    rig_open(&rig, "scarce", 120, 40);
    struct model *model = &rig.gs->scene->model;
    struct model_source *pods = &model->sources[SOURCE_PODS];
    pods->partial = true;
    snprintf(pods->note, sizeof pods->note, "only namespace media: operator may not list pods in all namespaces");
    model_changed(model, CHANGED_FRESHNESS);
    rig_type(&rig, "");
    ck_assert_ptr_null(strstr(rig.screen, "→ gpu"));
    ck_assert_ptr_null(strstr(rig.screen, "stay Pending"));
    ck_assert_ptr_null(strstr(rig.screen, "asks"));
    ck_assert(rig_shows(&rig, "camera: not deployed; where it could run is not known: only namespace media: operator may"));
    pods->partial = false;
    pods->note[0] = '\0';
    pods->state = REFLECTOR_LISTING;
    model_changed(model, CHANGED_FRESHNESS);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "where it could run is not known: the pods are still being listed"));
    pods->state = REFLECTOR_LIVE;
    model_changed(model, CHANGED_FRESHNESS);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "→ gpu-1 or gpu-2"));
    rig_close(&rig);
}
END_TEST

START_TEST(every_size_draws)
{
    for (int w = 40; w < 130; w += 7)
        for (int h = 12; h < 50; h += 5)
            for (size_t s = 0; graph_scene_names[s]; s++) {
                struct rig rig;
                rig_open(&rig, graph_scene_names[s], w, h);
                rig_type(&rig, "l<Tab>Hcj<Esc>a<Esc>i<Esc>D<Esc>-l<Tab>-jcj<Esc>--+++t");
                rig_close(&rig);
            }
}
END_TEST

Suite *ui_graph_pictures_suite(void)
{
    Suite *suite = suite_create("graph pictures");
    TCase *tc = tcase_create("screens");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, screens_are_as_kept, 0, (int)ARRAY_SIZE(shots));
    tcase_add_loop_test(tc, screens_in_ascii, 0, (int)ARRAY_SIZE(plain));
    tcase_add_test(tc, dead_wire_is_named);
    tcase_add_test(tc, w_names_the_dead_wire);
    tcase_add_test(tc, w_says_that_all_is_well);
    tcase_add_test(tc, dead_wire_is_marked);
    tcase_add_test(tc, pending_says_so_before_it_is_deployed);
    tcase_add_test(tc, placement_follows_the_cluster);
    tcase_add_test(tc, placement_that_is_not_known);
    tcase_add_test(tc, every_size_draws);
    suite_add_tcase(suite, tc);
    return suite;
}
