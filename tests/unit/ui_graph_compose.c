#include "ui_graph_test.h"

/* Composing: what a thing is, several at once, copies, repetition, the mouse, and the marks against what is deployed. */

#include "base/text.h"

#define LOBBY_LINKS                                                                                                    \
    "camera.video>object-detect.video object-detect.video>monitoring.video "                                          \
    "object-detect.detections>monitoring.detections"

static void expect_links(struct rig *rig, const char *wanted)
{
    char links[2048];
    rig_links(rig, links, sizeof links);
    ck_assert_str_eq(links, wanted);
}

static const char *text_of(struct rig *rig)
{
    return document_text(rig->gs->scene->model.document, NULL);
}

/* The cell where a text stands on the screen. */
static void find(struct rig *rig, const char *text, int *x, int *y)
{
    const char *at = strstr(rig->screen, text), *line = rig->screen;
    ck_assert_msg(at != NULL, "'%s' is not on the screen:\n%s", text, rig->screen);
    *y = 0;
    for (const char *p = rig->screen; p < at; p++)
        if (*p == '\n') {
            line = p + 1;
            ++*y;
        }
    char *before = xstrndup(line, (size_t)(at - line));
    *x = text_width(before);
    free(before);
}

/* From one text to another, by the mouse. */
static void drag(struct rig *rig, const char *from, const char *to)
{
    int x, y;
    find(rig, from, &x, &y);
    rig_mouse(rig, K_CLICK, x, y);
    find(rig, to, &x, &y);
    rig_mouse(rig, K_DRAG, x - 3, y + 1);
    rig_mouse(rig, K_DRAG, x, y);
}

static void let_go(struct rig *rig, const char *over)
{
    int x, y;
    find(rig, over, &x, &y);
    rig_mouse(rig, K_RELEASE, x, y);
}

/* The paper's service from an empty screen. */
START_TEST(lobby_in_forty_keys)
{
    static const char *const keys[] = {
        "a", "l", "o", "b", "b", "y", "<Enter>", "<Enter>",                 /* a graph with a camera */
        "o", "p", "<Enter>",                                                 /* a detector behind it */
        "i", "<Down>", "1", "<Enter>",                                       /* with a GPU */
        "o", "m", "o", "n", "<Enter>",                                       /* a monitor behind that */
        "D", "y",
    };
    struct rig rig;
    rig_open(&rig, "none", 80, 24);
    ck_assert_uint_le(ARRAY_SIZE(keys) + sizeof ":w lobby.yaml", 40);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        rig_type(&rig, keys[i]);
    expect_links(&rig, LOBBY_LINKS);
    ck_assert_int_eq(rig_graph(&rig)->things[1].gpu_count, 1);
    ck_assert_uint_eq(document_faults(rig.gs->scene->model.document)->count, 0);
    ck_assert_uint_eq(rig.gs->scene->asked, 1);
    rig_close(&rig);
}
END_TEST

START_TEST(form_renames_and_all_follows)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "i<^U>monitoring");
    ck_assert(rig_shows(&rig, "is the name of another thing"));
    rig_type(&rig, "<^U>Gate");
    ck_assert(rig_shows(&rig, "is no legal name: lower case letters"));
    rig_type(&rig, "<^U>gate<Enter>");
    expect_links(&rig, "gate.video>object-detect.video object-detect.video>monitoring.video "
                       "object-detect.detections>monitoring.detections");
    ck_assert(rig_shows(&rig, "gate: 1 field changed"));
    rig_type(&rig, "u");
    expect_links(&rig, LOBBY_LINKS);
    rig_close(&rig);
}
END_TEST

START_TEST(form_sets_gpus_replicas_nodes)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "Gi<Down>2<Down>3<Down><Down>disk=ssd<Enter>");
    const struct graph_thing *thing = graph_find(rig_graph(&rig), "monitoring");
    ck_assert_int_eq(thing->gpu_count, 2);
    ck_assert_int_eq(thing->replicas, 3);
    ck_assert_ptr_nonnull(strstr(text_of(&rig), "      gpu: {count: 2}\n      replicas: 3\n      nodeSelector: {disk: ssd}\n"));
    ck_assert(rig_shows(&rig, "monitoring ×3"));
    rig_type(&rig, "i<Down><^U>x");
    ck_assert(rig_shows(&rig, "is not a whole number from 0 to 64"));
    rig_type(&rig, "<Esc>u");
    ck_assert_ptr_null(strstr(text_of(&rig), "nodeSelector"));
    rig_close(&rig);
}
END_TEST

START_TEST(passwords_do_not_get_in)
{
    struct rig rig;
    rig_open(&rig, "lobby", 100, 24);
    rig_type(&rig, "i<Down>1<Down><^U>rtsp://me:secret@cam/1");
    ck_assert(rig_shows(&rig, "has a password: name a Secret in 'secrets', write $(NAME)"));
    rig_type(&rig, "<Enter>"); /* nothing of it is taken, and what is drawn below is as it was */
    ck_assert_int_eq(rig_graph(&rig)->things[0].gpu_count, 0);
    rig_type(&rig, "<Esc>");
    ck_assert_ptr_null(strstr(text_of(&rig), "secret"));
    ck_assert_ptr_null(strstr(rig.screen, "media/lobby*"));
    rig_close(&rig);
}
END_TEST

START_TEST(copies_of_what_is_marked)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "<Space>l<Space>");
    ck_assert(rig_shows(&rig, "2 marked"));
    ck_assert(rig_shows(&rig, "╭ camera ────────────── * ╮"));
    rig_type(&rig, "YP");
    expect_links(&rig, LOBBY_LINKS " camera-2.video>object-detect-2.video");
    ck_assert(rig_shows(&rig, "pasted 2 things, which are marked now"));
    rig_type(&rig, "x"); /* those that are marked */
    expect_links(&rig, LOBBY_LINKS);
    rig_type(&rig, "uu");
    expect_links(&rig, LOBBY_LINKS);
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    rig_type(&rig, "<Space><Esc>"); /* unmarked */
    ck_assert_ptr_null(strstr(rig.screen, " * "));
    rig_close(&rig);
}
END_TEST

START_TEST(cut_and_paste)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "P");
    ck_assert(rig_shows(&rig, "nothing was copied yet"));
    rig_type(&rig, "x"); /* the camera, with its wire */
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 2);
    rig_type(&rig, "P");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    ck_assert(rig_shows(&rig, "pasted camera; u takes it out again"));
    rig_close(&rig);
}
END_TEST

/* What carries one is copied for P alone. */
START_TEST(passwords_stay_off_the_clipboard)
{
    static const char secret[] = "things: [{name: gate, external: {video: \"rtsp://h/1?password=s3cret\"}}]\n";
    struct rig rig;
    rig_open(&rig, "lobby", 160, 40);
    rig_paste(&rig, secret, sizeof secret - 1);
    ck_assert_ptr_null(strstr(rig.screen, "s3cret"));
    rig_type(&rig, "Y");
    ck_assert(rig_shows(&rig, "the terminal's clipboard does not have it"));
    rig_type(&rig, "P");
    ck_assert_ptr_nonnull(graph_find(rig_graph(&rig), "gate-2"));
    rig_close(&rig);
}
END_TEST

/* As the terminal hands it over: a graph's text, and what is none. */
START_TEST(pastes_of_the_terminal)
{
    static const char yaml[] = "things:\n  - {name: gate, type: ip-camera}\n  - {name: eye, type: people-detector}\n"
                               "links:\n  - {from: gate.video, to: eye.video}\n";
    static const char wrong[] = "things: [{name: a, type: ip-camera}, {name: b, type: monitor}]\n"
                                "links: [{from: a.video, to: b.detections}]\n";
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_paste(&rig, yaml, sizeof yaml - 1);
    expect_links(&rig, LOBBY_LINKS " gate.video>eye.video");
    char *before = xstrdup(text_of(&rig));
    rig_paste(&rig, wrong, sizeof wrong - 1);
    ck_assert(rig_shows(&rig, "nothing was pasted, for a link in it would be wrong"));
    rig_paste(&rig, "\x7f""ELF\0\1\2\3", 8);
    ck_assert(rig_shows(&rig, "what was pasted"));
    char *large = xcalloc(1, 1u << 20);
    memset(large, 'x', 1u << 20);
    rig_paste(&rig, large, 1u << 20);
    ck_assert(rig_shows(&rig, "what was pasted holds no things"));
    ck_assert_str_eq(text_of(&rig), before);
    free(large);
    free(before);
    rig_close(&rig);
    rig_open(&rig, "none", 80, 24);
    rig_paste(&rig, yaml, sizeof yaml - 1);
    ck_assert(rig_shows(&rig, "no graph is open to paste into"));
    rig_close(&rig);
}
END_TEST

START_TEST(dot_repeats)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, ".");
    ck_assert(rig_shows(&rig, "nothing was done yet"));
    rig_type(&rig, "oper<Enter>"); /* a detector behind the camera */
    expect_links(&rig, LOBBY_LINKS " camera.video>object-detect-2.video");
    rig_type(&rig, "/camera<Enter>.");
    expect_links(&rig, LOBBY_LINKS " camera.video>object-detect-2.video camera.video>object-detect-3.video");
    rig_type(&rig, "i<Down>2<Down>0.9<Enter>/object-detect-2<Enter>.");
    ck_assert_int_eq(graph_find(rig_graph(&rig), "object-detect-2")->gpu_count, 2);
    ck_assert_str_eq(graph_param(graph_find(rig_graph(&rig), "object-detect-2"), "confidence"), "0.9");
    rig_type(&rig, "x/object-detect-3<Enter>.");
    expect_links(&rig, LOBBY_LINKS);
    rig_close(&rig);
}
END_TEST

/* To what is asked again, and nothing older is done. */
START_TEST(dot_connects_again)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "/camera<Enter><Tab>x"); /* its wire, and the port has the keys still */
    size_t things = rig_graph(&rig)->thing_count, links = rig_graph(&rig)->link_count;
    rig_type(&rig, "c<Enter>");
    ck_assert_uint_eq(rig_graph(&rig)->link_count, links + 1);
    rig_type(&rig, "u.");
    ck_assert_uint_eq(rig_graph(&rig)->link_count, links);
    rig_type(&rig, "<Enter>");
    ck_assert_uint_eq(rig_graph(&rig)->link_count, links + 1);
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, things);
    rig_close(&rig);
}
END_TEST

START_TEST(o_feeds_an_input)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "l<Tab>xo"); /* the detector's input lost its wire */
    ck_assert(rig_shows(&rig, "Feed object-detect.video"));
    ck_assert_ptr_null(strstr(rig.screen, "monitor  "));
    rig_type(&rig, "cam<Enter>");
    expect_links(&rig, "object-detect.video>monitoring.video object-detect.detections>monitoring.detections "
                       "camera-2.video>object-detect.video");
    ck_assert(rig_shows(&rig, "added camera-2 with 1 link to object-detect"));
    rig_type(&rig, "l<Tab>o");
    ck_assert(rig_shows(&rig, "object-detect.video takes 1 link at most, and has it"));
    rig_close(&rig);
}
END_TEST

START_TEST(c_connects_several)
{
    struct rig rig;
    rig_open(&rig, "twelve", 120, 40);
    size_t before = rig_graph(&rig)->link_count;
    rig_type(&rig, "/spare<Enter>c<Space><Space>");
    ck_assert(rig_shows(&rig, "Enter connects the 2 chosen"));
    rig_type(&rig, "<Enter>");
    ck_assert_uint_eq(rig_graph(&rig)->link_count, before + 2);
    ck_assert(rig_shows(&rig, "connected spare.video to 2 things"));
    rig_type(&rig, "u");
    ck_assert_uint_eq(rig_graph(&rig)->link_count, before);
    rig_close(&rig);
}
END_TEST

START_TEST(inputs_that_need_a_wire_are_marked)
{
    struct rig rig;
    rig_open(&rig, "draft", 80, 24);
    rig_type(&rig, "amon<Enter>");
    ck_assert(rig_shows(&rig, "! video"));
    ck_assert(rig_shows(&rig, "◦ detections")); /* may stay without */
    ck_assert(rig_shows(&rig, "monitoring-2 "));
    rig_close(&rig);
}
END_TEST

START_TEST(external_devices)
{
    struct rig rig;
    rig_open(&rig, "draft", 120, 40);
    rig_type(&rig, "aextern<Enter>10.0.0.9/s<Enter>");
    const struct graph_thing *thing = graph_find(rig_graph(&rig), "device");
    ck_assert_ptr_nonnull(thing);
    ck_assert_str_eq(thing->external_ports[0].value, "rtsp://10.0.0.9/s");
    rig_type(&rig, "i<^U>gate<Down><^U>rtsp://10.0.0.9/t<Enter>");
    ck_assert_str_eq(graph_find(rig_graph(&rig), "gate")->external_ports[0].value, "rtsp://10.0.0.9/t");
    rig_type(&rig, "i<Down><^U>nonsense");
    ck_assert(rig_shows(&rig, "is no URL such as rtsp://host/stream"));
    rig_close(&rig);
}
END_TEST

START_TEST(changes_are_marked)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    ck_assert_ptr_null(strstr(rig.screen, " ~ "));
    rig_type(&rig, "i<Down><Down><Down><^U>5<Enter>");
    ck_assert(rig_shows(&rig, "╭ camera ────────────── ~ ╮"));
    ck_assert(rig_shows(&rig, "~ fps 10 → 5"));
    rig_type(&rig, "u");
    ck_assert_ptr_null(strstr(rig.screen, " ~ "));
    rig_type(&rig, "mjj<Enter>"); /* a moved box is no change */
    ck_assert_ptr_null(strstr(rig.screen, " ~ "));
    rig_type(&rig, "uGx"); /* the monitor goes, and is still deployed */
    ck_assert(rig_shows(&rig, "╭ monitoring ╌╌╌╌╌╌╌╌╌╌ - ╮"));
    rig_type(&rig, "u");
    ck_assert_ptr_null(strstr(rig.screen, " - "));
    rig_type(&rig, "Gamon<Enter>");
    ck_assert(rig_shows(&rig, " + ! ╮"));
    rig_type(&rig, "t");
    ck_assert(rig_shows(&rig, "+!  monitoring-2"));
    rig_close(&rig);
}
END_TEST

/* Deployed by somebody, or by oneself: then the marks are against that. */
START_TEST(marks_follow_a_deployment)
{
    struct rig rig;
    rig_open(&rig, "lobby", 120, 40);
    rig_type(&rig, "i<Down><Down><Down><^U>5<Enter>");
    ck_assert(rig_shows(&rig, " ~ ╮"));
    graph_scene_deploy(rig.gs);
    rig_type(&rig, "");
    ck_assert_ptr_null(strstr(rig.screen, " ~ ╮"));
    rig_type(&rig, "u"); /* back to before it: that differs now */
    ck_assert(rig_shows(&rig, "~ fps 5 → 10"));
    rig_close(&rig);
}
END_TEST

static void place_of(struct rig *rig, const char *name, int *x, int *y)
{
    const struct graph_thing *thing = graph_find(rig_graph(rig), name);
    ck_assert(thing->pinned);
    *x = thing->x;
    *y = thing->y;
}

START_TEST(m_moves_a_box)
{
    struct rig rig;
    int x, y;
    rig_open(&rig, "draft", 120, 40);
    rig_type(&rig, "lmjjjj");
    ck_assert(rig_shows(&rig, "move object-detect: +0 columns, +4 rows"));
    rig_type(&rig, "<Enter>");
    place_of(&rig, "object-detect", &x, &y);
    ck_assert_int_eq(y, 4);
    ck_assert(rig_shows(&rig, "placed object-detect"));
    rig_type(&rig, "u");
    place_of(&rig, "object-detect", &x, &y);
    ck_assert_int_eq(y, 0);
    rig_type(&rig, "mjl<Enter>.");
    place_of(&rig, "object-detect", &x, &y);
    ck_assert_int_eq(y, 2);
    rig_type(&rig, "uu");
    rig_type(&rig, "mjj<Esc>");
    place_of(&rig, "object-detect", &x, &y);
    ck_assert_int_eq(y, 0);
    rig_type(&rig, "=");
    ck_assert(!graph_find(rig_graph(&rig), "object-detect")->pinned);
    rig_close(&rig);
}
END_TEST

START_TEST(mouse_moves_a_box)
{
    struct rig rig;
    int x, y;
    rig_open(&rig, "draft", 80, 24);
    rig_mouse(&rig, K_CLICK, 28, 2); /* its title */
    rig_mouse(&rig, K_DRAG, 28, 5);
    rig_mouse(&rig, K_DRAG, 30, 10);
    rig_mouse(&rig, K_RELEASE, 30, 10);
    place_of(&rig, "object-detect", &x, &y);
    ck_assert_int_eq(y, 8);
    rig_mouse(&rig, K_CLICK, 30, 10);
    rig_mouse(&rig, K_RELEASE, 30, 10); /* a click is no move */
    rig_type(&rig, "uu");
    ck_assert(rig_shows(&rig, "nothing to undo"));
    rig_close(&rig);
}
END_TEST

START_TEST(mouse_draws_a_wire)
{
    struct rig rig;
    rig_open(&rig, "draft", 80, 24);
    rig_type(&rig, "l<Tab>x"); /* the detector has no input */
    drag(&rig, "video ◦", "! video");
    ck_assert(rig_shows(&rig, "connect camera.video → object-detect.video"));
    let_go(&rig, "! video");
    expect_links(&rig, "object-detect.video>monitoring.video object-detect.detections>monitoring.detections "
                       "camera.video>object-detect.video");
    /* a wrong one cannot be drawn, and one into nothing is none */
    rig_type(&rig, "Gx");
    rig_type(&rig, "amon<Enter>h");
    drag(&rig, "video ├", "◦ detections");
    let_go(&rig, "◦ detections");
    ck_assert(rig_shows(&rig, "takes application/x-ndjson, not video/mjpeg"));
    drag(&rig, "video ├", "a add");
    rig_mouse(&rig, K_RELEASE, 40, 18);
    expect_links(&rig, "camera.video>object-detect.video");
    ck_assert_ptr_null(strstr(rig.screen, "connect camera"));
    rig_close(&rig);
}
END_TEST

START_TEST(n_finds_the_next)
{
    struct rig rig;
    rig_open(&rig, "twelve", 120, 40);
    rig_type(&rig, "n");
    ck_assert(rig_shows(&rig, "nothing was looked for yet"));
    rig_type(&rig, "/detect<Enter>");
    ck_assert(rig_shows(&rig, " detect-north: "));
    rig_type(&rig, "n");
    ck_assert(rig_shows(&rig, " detect-south: "));
    rig_type(&rig, "NN");
    ck_assert(rig_shows(&rig, " detect-gate: "));
    rig_type(&rig, "/c<Enter>"); /* detect-north has a c, this begins with one */
    ck_assert(rig_shows(&rig, " control: "));
    rig_type(&rig, "/nobody<Enter>");
    ck_assert(rig_shows(&rig, "no thing is named like 'nobody'"));
    rig_close(&rig);
}
END_TEST

/* The screen without its last two lines, which say what was done. */
static char *picture(const struct rig *rig)
{
    const char *end = rig->screen + strlen(rig->screen);
    for (int lines = 0; end > rig->screen && lines < 3; end--)
        lines += end[-1] == '\n';
    return xstrndup(rig->screen, (size_t)(end - rig->screen));
}

START_TEST(undo_brings_back_the_picture)
{
    struct rig rig;
    rig_open(&rig, "twelve", 120, 40);
    for (const char *things = "north detect-gate south "; *things; things += strcspn(things, " ") + 1) {
        char keys[64];
        snprintf(keys, sizeof keys, "/%.*s<Enter>", (int)strcspn(things, " "), things);
        rig_type(&rig, keys);
        char *before = picture(&rig);
        rig_type(&rig, "x");
        char *without = picture(&rig);
        ck_assert_str_ne(before, without);
        rig_type(&rig, "u");
        char *after = picture(&rig);
        ck_assert_str_eq(strchr(after, '\n'), strchr(before, '\n')); /* the header says that it was changed */
        rig_type(&rig, "<C-r>");
        char *again = picture(&rig);
        ck_assert_str_eq(strchr(again, '\n'), strchr(without, '\n'));
        rig_type(&rig, "u");
        free(before);
        free(without);
        free(after);
        free(again);
    }
    rig_close(&rig);
}
END_TEST

#define A_LOBBY(kind, type)                                                                                            \
    "apiVersion: patchbay.dev/v1\nkind: " kind "\nmetadata: {name: lobby, namespace: media}\nspec:\n  things:\n"            \
    "    - name: camera-north\n      type: ip-camera\n      params: {source: \"sample:vtest\"}\n"                          \
    "    - name: screen\n      type: " type

/* What is refused leaves a picture of what is still there. */
START_TEST(refusals_leave_the_picture)
{
    static const char paste[] = "things: [{name: a, type: monitor}]";
    struct rig rig;
    struct err err = ERR_INIT;
    rig_open(&rig, "lobby", 80, 24);
    struct document *doc = rig.gs->scene->model.document;
    /* what is a line to YAML is none to who appends: the paste would land elsewhere */
    const char *text = A_LOBBY("ServiceGraph", "\xc2\x85links:\n    - {from: camera-north.video, to: screen.video}\n");
    ck_assert_msg(document_replace(doc, text, strlen(text), &err) == 0, "%s", err.text);
    model_changed(&rig.gs->scene->model, CHANGED_DOCUMENT);
    rig_type(&rig, "");
    rig_paste(&rig, paste, strlen(paste));
    rig_type(&rig, "j");
    ck_assert_str_eq(document_text(doc, NULL), text);
    ck_assert(rig_shows(&rig, "camera-north"));
    document_settle(doc);
    ck_assert_int_eq(document_replace(doc, A_LOBBY("MediaThing", "monitor\n"), strlen(A_LOBBY("MediaThing", "monitor\n")), &err), -1);
    rig_type(&rig, ""); /* a frame, and what follows it */
    document_settle(doc);
    rig_type(&rig, "k");
    ck_assert(rig_shows(&rig, "camera-north"));
    rig_close(&rig);
}
END_TEST

Suite *ui_graph_compose_suite(void)
{
    Suite *suite = suite_create("graph compose");
    TCase *tc = tcase_create("compose");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, lobby_in_forty_keys);
    tcase_add_test(tc, form_renames_and_all_follows);
    tcase_add_test(tc, form_sets_gpus_replicas_nodes);
    tcase_add_test(tc, passwords_do_not_get_in);
    tcase_add_test(tc, copies_of_what_is_marked);
    tcase_add_test(tc, cut_and_paste);
    tcase_add_test(tc, passwords_stay_off_the_clipboard);
    tcase_add_test(tc, pastes_of_the_terminal);
    tcase_add_test(tc, dot_repeats);
    tcase_add_test(tc, dot_connects_again);
    tcase_add_test(tc, o_feeds_an_input);
    tcase_add_test(tc, c_connects_several);
    tcase_add_test(tc, inputs_that_need_a_wire_are_marked);
    tcase_add_test(tc, external_devices);
    tcase_add_test(tc, changes_are_marked);
    tcase_add_test(tc, marks_follow_a_deployment);
    tcase_add_test(tc, m_moves_a_box);
    tcase_add_test(tc, mouse_moves_a_box);
    tcase_add_test(tc, mouse_draws_a_wire);
    tcase_add_test(tc, n_finds_the_next);
    tcase_add_test(tc, refusals_leave_the_picture);
    tcase_add_test(tc, undo_brings_back_the_picture);
    suite_add_tcase(suite, tc);
    return suite;
}
