#include "ui/dashboard_private.h"
#include "ui_graph_test.h"

#define LOBBY_LINKS                                                                                                    \
    "camera.video>object-detect.video object-detect.video>monitoring.video "                                          \
    "object-detect.detections>monitoring.detections"

static void expect_links(struct rig *rig, const char *wanted)
{
    char links[2048];
    rig_links(rig, links, sizeof links);
    ck_assert_str_eq(links, wanted);
}

START_TEST(arrows_go_to_the_nearest_box)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    ck_assert(rig_shows(&rig, " camera: "));
    rig_type(&rig, "l");
    ck_assert(rig_shows(&rig, " object-detect: "));
    rig_type(&rig, "<Right>");
    ck_assert(rig_shows(&rig, " monitoring: "));
    rig_type(&rig, "l");
    ck_assert(rig_shows(&rig, " monitoring: "));
    rig_type(&rig, "hh");
    ck_assert(rig_shows(&rig, " camera: "));
    rig_type(&rig, "G");
    ck_assert(rig_shows(&rig, " monitoring: "));
    rig_type(&rig, "g");
    ck_assert(rig_shows(&rig, " camera: "));
    rig_close(&rig);
}
END_TEST

/* Box, its inputs, its outputs, and the box again; the other way as well. */
START_TEST(tab_goes_through_ports_and_wires)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "l<Tab>");
    ck_assert(rig_shows(&rig, "camera.video → object-detect.video (video/mjpeg): 10/s"));
    rig_type(&rig, "<Tab>");
    ck_assert(rig_shows(&rig, "object-detect.video → monitoring.video (video/mjpeg): 5/s"));
    rig_type(&rig, "<Tab>");
    ck_assert(rig_shows(&rig, "object-detect.detections → monitoring.detections"));
    rig_type(&rig, "<Tab>");
    ck_assert(rig_shows(&rig, " object-detect: ready"));
    rig_type(&rig, "<S-Tab>");
    ck_assert(rig_shows(&rig, "object-detect.detections → monitoring.detections"));
    rig_type(&rig, "<Enter>"); /* the wire's other end: the same wire */
    ck_assert(rig_shows(&rig, "object-detect.detections → monitoring.detections"));
    rig_type(&rig, "<Tab>");
    ck_assert(rig_shows(&rig, " monitoring: ready"));
    rig_close(&rig);
}
END_TEST

/* In a line's wire both links of the lobby are stops; c shows ports again, for a line has none. */
START_TEST(densities_keep_what_is_selected)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "l<Tab><Tab><Tab>");
    ck_assert(rig_shows(&rig, "object-detect.detections → monitoring.detections"));
    rig_type(&rig, "--");
    ck_assert(rig_shows(&rig, "density: lines"));
    ck_assert(rig_shows(&rig, "● camera 10 fps ─"));
    rig_type(&rig, "-");
    ck_assert(rig_shows(&rig, "density: lines; there is no less"));
    rig_type(&rig, "<S-Tab>");
    ck_assert(rig_shows(&rig, "object-detect.video → monitoring.video (video/mjpeg): 5/s"));
    rig_type(&rig, "<Tab>");
    ck_assert(rig_shows(&rig, "object-detect.detections → monitoring.detections"));
    rig_type(&rig, "c");
    ck_assert(rig_shows(&rig, "╭ ● object-detect ─"));
    ck_assert(rig_shows(&rig, "from object-detect.detections"));
    rig_type(&rig, "<Esc>++");
    ck_assert(rig_shows(&rig, "density: full; there is no more"));
    rig_close(&rig);
}
END_TEST

/* Where a text begins on the screen. */
static void find_on_screen(struct rig *rig, const char *text, int *x, int *y)
{
    const char *screen = rig_type(rig, ""), *at = strstr(screen, text), *line = screen;
    ck_assert_msg(at, "'%s' is not on the screen:\n%s", text, screen);
    *y = 0;
    for (const char *c = screen; c < at; c++)
        if (*c == '\n') {
            line = c + 1;
            ++*y;
        }
    *x = 0;
    for (const char *c = line; c < at; c++)
        *x += ((unsigned char)*c & 0xc0) != 0x80;
}

static void put(struct rig *rig, const char *thing, int x, int y)
{
    struct model *model = &rig->gs->scene->model;
    struct err err = ERR_INIT;
    ck_assert_int_eq(document_set_place(model->document, thing, x, y, &err), 0);
    model_changed(model, CHANGED_DOCUMENT);
}

/* Moving one box moves only that box, though the others' places in the document are of a narrower screen; and so does
 * moving it back by undo, and whatever changes nothing in the graph's shape. */
START_TEST(a_moved_box_moves_alone)
{
    static const char *const others[] = {"╭ object-detect ", "╭ camera "};
    struct rig rig;
    int x[2], y[2], now_x, now_y, was_x, was_y;
    rig_open(&rig, "lobby", 120, 40);
    for (int i = 0; i < 2; i++)
        find_on_screen(&rig, others[i], &x[i], &y[i]);
    find_on_screen(&rig, "╭ monitoring ", &was_x, &was_y);
    /* the layout's origin is where camera stands */
    put(&rig, "monitoring", was_x - x[1] - 20, 9);
    find_on_screen(&rig, "╭ monitoring ", &now_x, &now_y);
    ck_assert_int_eq(now_x, was_x - 20);
    ck_assert_int_eq(now_y, was_y + 9);
    rig_type(&rig, "li<Down>9<Enter>");
    for (int i = 0; i < 2; i++) {
        find_on_screen(&rig, others[i], &now_x, &now_y);
        ck_assert_int_eq(now_x, x[i]);
        ck_assert_int_eq(now_y, y[i]);
    }
    rig_type(&rig, "uu");
    find_on_screen(&rig, "╭ monitoring ", &now_x, &now_y);
    ck_assert_int_eq(now_x, was_x);
    ck_assert_int_eq(now_y, was_y);
    /* beyond the origin: all is shifted, and nothing but the box moves on the screen as long as there is room */
    put(&rig, "monitoring", 30, -8);
    find_on_screen(&rig, "╭ monitoring ", &now_x, &now_y);
    find_on_screen(&rig, "╭ camera ", &was_x, &was_y);
    ck_assert_int_eq(was_y - now_y, 8);
    rig_close(&rig);
}
END_TEST

START_TEST(x_removes_the_wire_and_u_brings_it_back)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "l<Tab>x");
    expect_links(&rig, "object-detect.video>monitoring.video object-detect.detections>monitoring.detections");
    ck_assert(rig_shows(&rig, "removed camera.video → object-detect.video"));
    ck_assert(rig_shows(&rig, "media/lobby*"));
    rig_type(&rig, "u");
    expect_links(&rig, LOBBY_LINKS);
    ck_assert_ptr_null(strstr(rig.screen, "media/lobby*"));
    rig_type(&rig, "<^R>");
    expect_links(&rig, "object-detect.video>monitoring.video object-detect.detections>monitoring.detections");
    rig_type(&rig, "uu");
    ck_assert(rig_shows(&rig, "nothing to undo"));
    rig_close(&rig);
}
END_TEST

START_TEST(x_removes_the_box_with_its_wires)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "lx");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 2);
    expect_links(&rig, "");
    ck_assert(rig_shows(&rig, "removed object-detect and its links"));
    rig_type(&rig, "u");
    expect_links(&rig, LOBBY_LINKS);
    rig_type(&rig, "xxxx");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 0);
    /* what is still deployed is still drawn, and nothing is done with it */
    ck_assert(rig_shows(&rig, "is only on the cluster: D removes it there"));
    rig_type(&rig, "xcoiwLydtt<Tab>hjkl<Esc>:graph<Enter>mY=P");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 1);
    rig_close(&rig);
}
END_TEST

/* From the selected port; Tab goes through what fits only. */
START_TEST(c_connects_what_fits)
{
    struct rig rig;
    rig_open(&rig, "twelve", 120, 40);
    rig_type(&rig, "/spare<Enter>c");
    ck_assert(rig_shows(&rig, "connect spare.video → "));
    size_t before = rig_graph(&rig)->link_count;
    rig_type(&rig, "<Tab><Enter>");
    ck_assert_uint_eq(rig_graph(&rig)->link_count, before + 1);
    const struct graph_link *link = &rig_graph(&rig)->links[before];
    ck_assert(link->valid);
    ck_assert_str_eq(rig_graph(&rig)->things[link->from].name, "spare");
    ck_assert(rig_shows(&rig, "connected spare.video to "));
    rig_close(&rig);
}
END_TEST

START_TEST(c_says_why_it_does_not_fit)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "c");
    ck_assert(rig_shows(&rig, "connect camera.video → monitoring.video"));
    rig_type(&rig, "j");
    ck_assert(rig_shows(&rig, "'monitoring.detections' takes application/x-ndjson, not video/mjpeg"));
    rig_type(&rig, "<Enter>");
    expect_links(&rig, LOBBY_LINKS);
    rig_type(&rig, "<Esc>");
    ck_assert_ptr_null(strstr(rig.screen, "connect camera.video"));
    rig_type(&rig, "c<Enter>");
    expect_links(&rig, LOBBY_LINKS " camera.video>monitoring.video");
    rig_close(&rig);
}
END_TEST

START_TEST(c_goes_backwards_from_an_input)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "l<Tab>x");
    rig_type(&rig, "c");
    ck_assert(rig_shows(&rig, "connect camera.video → object-detect.video"));
    rig_type(&rig, "<Enter>");
    expect_links(&rig, "object-detect.video>monitoring.video object-detect.detections>monitoring.detections "
                       "camera.video>object-detect.video");
    rig_close(&rig);
}
END_TEST

START_TEST(t_shows_a_list)
{
    struct rig rig;
    rig_open(&rig, "lobby", 160, 24);
    rig_type(&rig, "t");
    ck_assert(rig_shows(&rig, "INPUT FROM"));
    ck_assert(rig_shows(&rig, "object-detect.video 5/s, object-detect.detections 4.9/s"));
    rig_type(&rig, "jj");
    rig_type(&rig, "t");
    ck_assert(rig_shows(&rig, " monitoring: "));
    rig_type(&rig, "t<Esc>");
    ck_assert_ptr_null(strstr(rig.screen, "INPUT FROM"));
    rig_close(&rig);
}
END_TEST

START_TEST(slash_finds_a_box)
{
    struct rig rig;
    rig_open(&rig, "twelve", 80, 24);
    rig_type(&rig, "/guard<Enter>");
    ck_assert(rig_shows(&rig, " guard: "));
    ck_assert(rig_shows(&rig, "╭ guard"));
    rig_close(&rig);
}
END_TEST

/* The graph is larger than the screen: panning moves it, and a step brings the selection back. */
START_TEST(pan_and_come_back)
{
    struct rig rig;
    rig_open(&rig, "twelve", 60, 20);
    ck_assert(rig_shows(&rig, "▾"));
    char *before = xstrdup(rig.screen);
    rig_type(&rig, "<S-Right><S-Right>J");
    ck_assert_str_ne(before, rig.screen);
    rig_type(&rig, "g");
    ck_assert(rig_shows(&rig, "╭ north"));
    free(before);
    rig_close(&rig);
}
END_TEST

static void mouse(struct rig *rig, uint32_t code, int x, int y)
{
    struct key key = {.code = code, .x = x, .y = y, .button = 1};
    dashboard_key(rig->dash, &key);
    rig_type(rig, "");
}

START_TEST(clicks_select)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    mouse(&rig, K_CLICK, 30, 3);
    ck_assert(rig_shows(&rig, " object-detect: "));
    mouse(&rig, K_CLICK, 51, 4); /* the wire to monitoring.video */
    ck_assert(rig_shows(&rig, "object-detect.video → monitoring.video"));
    mouse(&rig, K_CLICK, 2, 4);
    ck_assert(rig_shows(&rig, " camera: "));
    mouse(&rig, K_CLICK, 16, 4); /* its output */
    ck_assert(rig_shows(&rig, "camera.video → object-detect.video"));
    mouse(&rig, K_WHEEL_DOWN, 10, 5);
    mouse(&rig, K_CLICK, 79, 20);
    rig_close(&rig);
}
END_TEST

/* What comes from outside while one composes: the document is closed and opened, pods go. */
START_TEST(survives_changes_below)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "l<Tab>c");
    struct model *model = &rig.gs->scene->model;
    store_del(model_store(model, SOURCE_PODS), "media", "camera-6d4f9c7b5-k2x8p");
    store_del(model_store(model, SOURCE_DEPLOYMENTS), "media", "camera");
    rig_type(&rig, "<Esc>h");
    ck_assert(rig_shows(&rig, "not deployed"));
    struct document *doc = model->document;
    model->document = NULL;
    model_changed(model, CHANGED_DOCUMENT);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "No graph is open"));
    rig_type(&rig, "jk<Tab>xuicL");
    model->document = doc;
    model_changed(model, CHANGED_DOCUMENT);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "╭ camera"));
    rig_close(&rig);
}
END_TEST

START_TEST(a_wire_that_died_is_told_once)
{
    static const char text[] = "notices:\n- {wire: dead}\n";
    struct rig rig;
    rig_open(&rig, "dead", 80, 24);
    rig_type(&rig, "4");
    dashboard_configure(rig.dash, config_read("c.yaml", text, sizeof text - 1));
    model_changed(&rig.gs->scene->model, CHANGED_TRAFFIC);
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, " wire camera.video → object-detect.video: dead"));
    rig_type(&rig, "j");
    model_changed(&rig.gs->scene->model, CHANGED_TRAFFIC);
    rig_type(&rig, "");
    ck_assert(!rig_shows(&rig, ": dead"));
    rig_close(&rig);
}
END_TEST

Suite *ui_graph_keys_suite(void)
{
    Suite *suite = suite_create("graph keys");
    TCase *tc = tcase_create("keys");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, arrows_go_to_the_nearest_box);
    tcase_add_test(tc, tab_goes_through_ports_and_wires);
    tcase_add_test(tc, x_removes_the_wire_and_u_brings_it_back);
    tcase_add_test(tc, x_removes_the_box_with_its_wires);
    tcase_add_test(tc, c_connects_what_fits);
    tcase_add_test(tc, c_says_why_it_does_not_fit);
    tcase_add_test(tc, c_goes_backwards_from_an_input);
    tcase_add_test(tc, t_shows_a_list);
    tcase_add_test(tc, slash_finds_a_box);
    tcase_add_test(tc, pan_and_come_back);
    tcase_add_test(tc, clicks_select);
    tcase_add_test(tc, survives_changes_below);
    tcase_add_test(tc, densities_keep_what_is_selected);
    tcase_add_test(tc, a_moved_box_moves_alone);
    tcase_add_test(tc, a_wire_that_died_is_told_once);
    suite_add_tcase(suite, tc);
    return suite;
}
