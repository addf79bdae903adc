#include "ui_graph_test.h"

#include "ui/chooser.h"
#include "ui/review.h"

START_TEST(a_adds_a_thing)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "a");
    ck_assert(rig_shows(&rig, "Add a thing"));
    ck_assert(rig_shows(&rig, "IP camera"));
    rig_type(&rig, "ppl");
    ck_assert(rig_shows(&rig, "People detector"));
    rig_type(&rig, "<Enter>");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 4);
    ck_assert_str_eq(rig_graph(&rig)->things[3].type, "people-detector");
    ck_assert(rig_shows(&rig, "added object-detect-2"));
    rig_type(&rig, "aqqq");
    ck_assert(rig_shows(&rig, "nothing here matches"));
    rig_type(&rig, "<Enter><Esc>u");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    rig_close(&rig);
}
END_TEST

/* Only what fits is offered; thing and links are one edit. */
START_TEST(o_appends_and_wires)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "lo");
    ck_assert(rig_shows(&rig, "Append to object-detect"));
    ck_assert_ptr_null(strstr(rig.screen, "ip-camera  "));
    rig_type(&rig, "monitor<Enter>");
    char links[2048];
    rig_links(&rig, links, sizeof links);
    ck_assert_ptr_nonnull(
        strstr(links, "object-detect.video>monitoring-2.video object-detect.detections>monitoring-2.detections"));
    ck_assert(rig_shows(&rig, "added monitoring-2 with 2 links from object-detect"));
    rig_type(&rig, "u");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    ck_assert_uint_eq(rig_graph(&rig)->link_count, 3);
    rig_type(&rig, "<^R>");
    ck_assert_uint_eq(rig_graph(&rig)->link_count, 5);
    rig_close(&rig);
}
END_TEST

/* From one selected output only that one is wired. */
START_TEST(o_from_a_port)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "l<S-Tab>o");
    ck_assert(rig_shows(&rig, "Append to object-detect.detections"));
    rig_type(&rig, "<Enter>");
    char links[2048];
    rig_links(&rig, links, sizeof links);
    ck_assert_ptr_nonnull(strstr(links, "object-detect.detections>monitoring-2.detections"));
    ck_assert_ptr_null(strstr(links, ">monitoring-2.video"));
    rig_type(&rig, "hhlllo");
    ck_assert(rig_shows(&rig, "has no outputs"));
    rig_close(&rig);
}
END_TEST

START_TEST(form_checks_while_one_types)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "li");
    ck_assert(rig_shows(&rig, "object-detect: People detector"));
    ck_assert(rig_shows(&rig, "0.5  (default)"));
    rig_type(&rig, "<Down><Down>7");
    ck_assert(rig_shows(&rig, "is not a number from 0 to 1"));
    rig_type(&rig, "<Enter>"); /* refused: the form stays */
    ck_assert(rig_shows(&rig, "is not a number from 0 to 1"));
    ck_assert_uint_eq(rig_graph(&rig)->things[1].param_count, 0);
    rig_type(&rig, "<^U>0.7<Down>9<Enter>");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "confidence"), "0.7");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "fps"), "9");
    ck_assert(rig_shows(&rig, "object-detect: 2 fields changed"));
    rig_type(&rig, "u");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "confidence"), "0.5");
    rig_type(&rig, "<^R>i<Down><Down><^U><Enter>"); /* empty: the default again */
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "confidence"), "0.5");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "fps"), "9");
    rig_close(&rig);
}
END_TEST

START_TEST(form_left_changes_nothing)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "i<Down><Down><^U>sample:other<Esc>");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[0], "source"), "sample:vtest");
    ck_assert_ptr_null(strstr(rig.screen, "lobby*"));
    rig_close(&rig);
}
END_TEST

START_TEST(deploy_defaults_to_no)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "D");
    ck_assert(rig_shows(&rig, "Deploy media/lobby"));
    ck_assert(rig_shows(&rig, "Nothing would change on the cluster."));
    rig_type(&rig, "<Enter>");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "D<Esc>Dn");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "D<Tab><Enter>");
    ck_assert_uint_eq(rig.gs->scene->asked, 1);
    rig_type(&rig, "Dy");
    ck_assert_uint_eq(rig.gs->scene->asked, 2);
    ck_assert_str_eq(rig.gs->scene->last_asked, "deploy");
    rig_close(&rig);
}
END_TEST

START_TEST(review_names_what_changes)
{
    struct rig rig;
    rig_open(&rig, "lobby", 100, 30);
    rig_type(&rig, "li<Down><Down><Down>9<Enter>oper<Enter>GxD");
    ck_assert(rig_shows(&rig, "to edge: 1 added, 1 changed, 1 removed"));
    ck_assert(rig_shows(&rig, "~ object-detect  restarts: a gap, no surge"));
    ck_assert(rig_shows(&rig, "--fps: 5 → 9"));
    ck_assert(rig_shows(&rig, "+ object-detect-2"));
    ck_assert(rig_shows(&rig, "- monitoring  is deleted"));
    ck_assert(rig_shows(&rig, "3 of 4 are free (simulated)"));
    rig_close(&rig);
}
END_TEST

#define FILES_GRAPH "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"

/* A file that changes is named by its path, and the name of its ConfigMap is not. */
START_TEST(review_names_files)
{
    static const char entries[] =
        "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: other}\nspec:\n  class: MSensor\n  image: a:1\n"
        "  params: [{name: rate, default: 5}]\n  files: [{path: /opt/b, content: x}, {path: /etc/a.yaml, content: "
        "\"${param.rate}\"}]\n---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: bare}\nspec: {class: "
        "MSensor, image: \"a:1\"}\n";
    static const struct {
        const char *deployed, *now, *lines;
    } rows[] = {
        {"{name: a, type: other}", "{name: a, type: other, params: {rate: 6}}",
         "~ a  restarts, one pod after another\n    file /etc/a.yaml: another content\n"},
        {"{name: a, type: bare}", "{name: a, type: other}",
         "~ a  restarts, one pod after another\n    metadata.labels.app.kubernetes.io/name: bare → other\n"
         "    service.metadata.labels.app.kubernetes.io/name: bare → other\n    file /etc/a.yaml: is new\n"
         "    file /opt/b: is new\n"},
        {"{name: a, type: other}", "{name: a, type: bare}",
         "~ a  restarts, one pod after another\n    metadata.labels.app.kubernetes.io/name: other → bare\n"
         "    service.metadata.labels.app.kubernetes.io/name: other → bare\n    file /etc/a.yaml: is taken away\n"
         "    file /opt/b: is taken away\n"},
    };
    struct catalogue cat = {0};
    struct faults faults = {0};
    catalogue_read(&cat, entries, strlen(entries), "cat.yaml", &faults);
    ck_assert_uint_eq(faults.count, 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err = ERR_INIT;
        char *before = xasprintf(FILES_GRAPH "    - %s\n", rows[i].deployed);
        char *after = xasprintf(FILES_GRAPH "    - %s\n", rows[i].now);
        struct document *doc = document_new(after, strlen(after), "g.yaml", NULL, NULL, &cat, &err);
        struct review review;
        struct buf lines;
        buf_init(&lines, 1u << 16);
        review_make(&review, doc, &cat, before);
        for (size_t l = 0; l < review.count; l++)
            buf_addf(&lines, "%s\n", review.lines[l].text);
        ck_assert_str_eq(lines.data, rows[i].lines);
        buf_release(&lines);
        review_release(&review);
        document_free(doc);
        free(before);
        free(after);
    }
    catalogue_release(&cat);
}
END_TEST

START_TEST(faults_cannot_be_deployed)
{
    struct rig rig;
    rig_open(&rig, "broken", 120, 30);
    rig_type(&rig, "D");
    ck_assert(rig_shows(&rig, "It cannot be deployed while it has faults"));
    ck_assert(rig_shows(&rig, "! line 7: "));
    rig_type(&rig, "y");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "D<Tab><Enter>");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_close(&rig);
}
END_TEST

START_TEST(read_only_deploys_nothing)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig.gs->scene->model.read_only = true;
    rig_type(&rig, "Dy");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    ck_assert_ptr_null(strstr(rig.screen, "Deploy media/lobby"));
    rig_close(&rig);
}
END_TEST

/* A new graph from nothing: its name, the first thing, and what follows it. */
START_TEST(compose_from_nothing)
{
    struct rig rig;
    rig_open(&rig, "none", 80, 24);
    rig_type(&rig, "adock<Enter>");
    ck_assert(rig_shows(&rig, "Add a thing"));
    rig_type(&rig, "cam<Enter>");
    ck_assert(rig_shows(&rig, "╭ camera"));
    rig_type(&rig, "o<Enter>");
    rig_type(&rig, "o<Enter>");
    ck_assert_str_eq(rig_graph(&rig)->name, "dock");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    ck_assert_uint_eq(document_faults(rig.gs->scene->model.document)->errors, 0);
    rig_type(&rig, "D");
    ck_assert(rig_shows(&rig, "3 added, 0 changed, 0 removed"));
    rig_close(&rig);
}
END_TEST

START_TEST(new_graph_wants_a_legal_name)
{
    struct rig rig;
    rig_open(&rig, "none", 80, 24);
    rig_type(&rig, "aNo Good<Enter>");
    ck_assert(rig_shows(&rig, "is no legal name"));
    ck_assert_ptr_null(rig.gs->scene->model.document);
    rig_close(&rig);
}
END_TEST

/* The whole text in the operator's editor; what is no graph is refused, and nothing lost. */
START_TEST(e_edits_the_text)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    setenv("VISUAL", "sed -i s/10}/20}/", 1);
    rig_type(&rig, "e");
    for (int i = 0; i < 2000 && strcmp(graph_param(&rig_graph(&rig)->things[0], "fps"), "20") != 0; i++) {
        poll(NULL, 0, 5); /* the loop's clock is virtual, the editor is not */
        loop_turn(rig.loop, 0);
    }
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[0], "fps"), "20");
    rig_type(&rig, "");
    ck_assert(rig_shows(&rig, "3 things, 3 links; u undoes the edit"));
    setenv("VISUAL", "sed -i s/ServiceGraph/Nothing/", 1);
    rig_type(&rig, "e");
    for (int i = 0; i < 2000 && !strstr(rig.screen, "the graph is as it was"); i++) {
        poll(NULL, 0, 5);
        loop_turn(rig.loop, 0);
        rig_type(&rig, "");
    }
    ck_assert(rig_shows(&rig, "lobby.yaml:"));
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    rig_type(&rig, "u");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[0], "fps"), "10");
    unsetenv("VISUAL");
    rig_close(&rig);
}
END_TEST

START_TEST(fuzzy_matching)
{
    ck_assert_int_eq(fuzzy_match("xyz", "people-detector"), 0);
    ck_assert_int_gt(fuzzy_match("", "anything"), 0);
    ck_assert_int_gt(fuzzy_match("pd", "people-detector"), fuzzy_match("pd", "ip-decoder"));
    ck_assert_int_gt(fuzzy_match("mon", "monitor"), fuzzy_match("mon", "my-own-node"));
    ck_assert_int_gt(fuzzy_match("MON", "monitor"), 0);
}
END_TEST

Suite *ui_graph_dialogs_suite(void)
{
    Suite *suite = suite_create("graph dialogs");
    TCase *tc = tcase_create("dialogs");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_adds_a_thing);
    tcase_add_test(tc, o_appends_and_wires);
    tcase_add_test(tc, o_from_a_port);
    tcase_add_test(tc, form_checks_while_one_types);
    tcase_add_test(tc, form_left_changes_nothing);
    tcase_add_test(tc, deploy_defaults_to_no);
    tcase_add_test(tc, review_names_what_changes);
    tcase_add_test(tc, review_names_files);
    tcase_add_test(tc, faults_cannot_be_deployed);
    tcase_add_test(tc, read_only_deploys_nothing);
    tcase_add_test(tc, compose_from_nothing);
    tcase_add_test(tc, new_graph_wants_a_legal_name);
    tcase_add_test(tc, e_edits_the_text);
    tcase_add_test(tc, fuzzy_matching);
    suite_add_tcase(suite, tc);
    return suite;
}
