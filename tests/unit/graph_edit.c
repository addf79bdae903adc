#include "graph_edit_test.h"

START_TEST(test_compose_lobby)
{
    struct err err = ERR_INIT;
    const char *name;
    struct document *doc = document_new(NULL, 0, NULL, "lobby", "media", test_catalogue(), &err);
    ck_assert_msg(doc != NULL, "%s", err.text);
    ck_assert(document_dirty(doc));
    ck_assert_int_eq(document_add_thing(doc, "ip-camera", NULL, &name, &err), 0);
    ck_assert_str_eq(name, "camera");
    ck_assert_int_eq(document_add_thing(doc, "people-detector", NULL, &name, &err), 0);
    ck_assert_str_eq(name, "object-detect");
    ck_assert_int_eq(document_add_thing(doc, "people-detector", NULL, &name, &err), 0);
    ck_assert_str_eq(name, "object-detect-2");
    ck_assert_int_eq(document_add_link(doc, "camera", "video", "object-detect", "video", &err), 0);
    ck_assert_str_eq(document_last_edit(doc), "connect camera.video to object-detect.video");
    ck_assert_int_eq(document_set_param(doc, "camera", "fps", "7.5", &err), 0);
    ck_assert_int_eq(document_set_param(doc, "camera", "source", "sample:vtest", &err), 0);
    ck_assert_int_eq(document_set_place(doc, "camera", 3, -1, &err), 0);
    ck_assert_str_eq(
        document_text(doc, NULL),
        "# A service graph: media things, and links from the output of one to the input of another.\n"
        "# Types, ports and parameters: patchbay catalog. Faults: patchbay validate FILE.\n"
        "apiVersion: patchbay.dev/v1\n"
        "kind: ServiceGraph\n"
        "metadata: {name: lobby, namespace: media}\n"
        "spec:\n"
        "  things:\n"
        "    - name: camera\n"
        "      type: ip-camera\n"
        "      params: {fps: 7.5, source: \"sample:vtest\"}\n"
        "    - name: object-detect\n"
        "      type: people-detector\n"
        "    - name: object-detect-2\n"
        "      type: people-detector\n"
        "  links:\n"
        "    - {from: camera.video, to: object-detect.video}\n"
        "view:\n"
        "  camera: [3, -1]\n");
    ck_assert_uint_eq(document_faults(doc)->errors, 1);
    ck_assert_str_eq(document_faults(doc)->items[0].text, "the input 'object-detect-2.video' needs a link (it takes "
                                                          "video/mjpeg)");
    ck_assert_int_eq(document_remove_thing(doc, "object-detect-2", &err), 0);
    ck_assert_uint_eq(document_faults(doc)->errors, 0);
    document_saved(doc);
    ck_assert(!document_dirty(doc));
    ck_assert(document_undo(doc));
    ck_assert_str_eq(document_last_edit(doc), "undo remove object-detect-2");
    ck_assert(document_dirty(doc));
    ck_assert(document_redo(doc));
    ck_assert_str_eq(document_last_edit(doc), "redo remove object-detect-2");
    ck_assert(!document_dirty(doc));
    ck_assert(!document_redo(doc));
    document_free(doc);
}
END_TEST

START_TEST(test_add)
{
    EXPECT(HEAD "spec:\n  things:\n    # the lobby\n    - {name: a, type: ip-camera} # near the door\n# end\n",
           document_add_thing(doc, "monitor", NULL, NULL, &err),
           HEAD "spec:\n  things:\n    # the lobby\n    - {name: a, type: ip-camera} # near the door\n"
                "    - {name: monitoring, type: monitor}\n# end\n");
    EXPECT(HEAD "spec:\n  things: [] # none yet\n  links: []\n", document_add_thing(doc, "monitor", NULL, NULL, &err),
           HEAD "spec:\n  things: # none yet\n    - name: monitoring\n      type: monitor\n  links: []\n");
    EXPECT(HEAD "spec:\n", document_add_thing(doc, "monitor", NULL, NULL, &err),
           HEAD "spec:\n  things:\n    - name: monitoring\n      type: monitor\n");
    EXPECT(HEAD "# only a head", document_add_thing(doc, "monitor", "m", NULL, &err),
           HEAD "spec:\n  things:\n    - name: m\n      type: monitor\n# only a head");
    EXPECT("{kind: ServiceGraph, apiVersion: patchbay.dev/v1, metadata: {name: g}}",
           document_add_thing(doc, "monitor", NULL, NULL, &err),
           "{kind: ServiceGraph, apiVersion: patchbay.dev/v1, metadata: {name: g}, spec: {things: [{name: monitoring, type: "
           "monitor}]}}");
    /* Blank lines that belong to a text are not parted from it. */
#define KEEP HEAD "spec:\n  things:\n    - name: a\n      type: ip-camera\n      params:\n        source: |+\n          x\n\n\n"
    EXPECT(KEEP "  links: []\n", document_add_thing(doc, "monitor", NULL, NULL, &err),
           KEEP "    - name: monitoring\n      type: monitor\n  links: []\n");
    EXPECT(HEAD "spec:\r\n  things:\r\n  - name: a\r\n    type: ip-camera",
           document_add_thing(doc, "monitor", NULL, NULL, &err),
           HEAD "spec:\r\n  things:\r\n  - name: a\r\n    type: ip-camera\n  - name: monitoring\n    type: monitor");
}
END_TEST

#define TWO HEAD "spec:\n  things:\n    - {name: a, type: ip-camera}\n    - {name: m, type: monitor}\n"

START_TEST(test_links)
{
    EXPECT(TWO, document_add_link(doc, "a", "video", "m", "video", &err), TWO "  links:\n    - {from: a.video, to: m.video}\n");
    EXPECT(TWO "  links: []\n", document_add_link(doc, "a", "video", "m", "video", &err),
           TWO "  links:\n    - {from: a.video, to: m.video}\n");
    EXPECT(TWO "  links: [ ]", document_add_link(doc, "a", "video", "m", "video", &err),
           TWO "  links:\n    - {from: a.video, to: m.video}");
    EXPECT(TWO "  links:\n    # to the screen\n    - {from: a.video, to: m.video} # here\n    # after\n",
           document_remove_link(doc, 0, &err), TWO "  links: []\n    # to the screen\n    # after\n");
    EXPECT(TWO "  links: [{from: a.video, to: m.video}, {from: m.x, to: a.y}, {from: a.b, to: c.d}]\n",
           document_remove_link(doc, 0, &err), TWO "  links: [{from: m.x, to: a.y}, {from: a.b, to: c.d}]\n");
    EXPECT(TWO "  links: [{from: a.video, to: m.video}, {from: m.x, to: a.y}, {from: a.b, to: c.d}]\n",
           document_remove_link(doc, 2, &err), TWO "  links: [{from: a.video, to: m.video}, {from: m.x, to: a.y}]\n");
    EXPECT(TWO "  links: [{from: a.video, to: m.video}, {from: m.x, to: a.y},]\n", document_remove_thing(doc, "m", &err),
           HEAD "spec:\n  things:\n    - {name: a, type: ip-camera}\n  links: []\n");
}
END_TEST

START_TEST(test_params)
{
    EXPECT(TWO, document_set_param(doc, "a", "fps", "5", &err),
           HEAD "spec:\n  things:\n    - {name: a, type: ip-camera, params: {fps: 5}}\n    - {name: m, type: monitor}\n");
#define BLOCK(params) HEAD "spec:\n  things:\n    - name: a\n      type: ip-camera\n" params
    EXPECT(BLOCK(""), document_set_param(doc, "a", "source", "x, y", &err), BLOCK("      params: {source: \"x, y\"}\n"));
    EXPECT(BLOCK("      params: {fps: 5, source: 'a'} # c\n"), document_set_param(doc, "a", "fps", NULL, &err),
           BLOCK("      params: {source: 'a'} # c\n"));
    EXPECT(BLOCK("      params:\n        fps: 5 # slow\n        # why\n        source: \"a\"\n"),
           document_set_param(doc, "a", "fps", "25", &err),
           BLOCK("      params:\n        fps: 25 # slow\n        # why\n        source: \"a\"\n"));
    EXPECT(BLOCK("      params:\n        fps: 5\n        source: \"a\"\n"),
           document_set_param(doc, "a", "source", "say \"hi\"", &err),
           BLOCK("      params:\n        fps: 5\n        source: \"say \\\"hi\\\"\"\n"));
    EXPECT(BLOCK("      params:\n        source: |\n          long\n          text\n        fps: 5\n"),
           document_set_param(doc, "a", "source", "short", &err),
           BLOCK("      params:\n        source: short\n        fps: 5\n"));
    EXPECT(BLOCK("      params:\n        source:\n        fps: 5\n"), document_set_param(doc, "a", "source", "10", &err),
           BLOCK("      params:\n        source: \"10\"\n        fps: 5\n"));
    EXPECT(BLOCK("      params:\n        fps: 5\n"), document_set_param(doc, "a", "fps", NULL, &err),
           BLOCK("      params: {}\n"));
}
END_TEST

START_TEST(test_places)
{
    EXPECT(TWO, document_set_place(doc, "m", 20, 0, &err), TWO "view:\n  m: [20, 0]\n");
    EXPECT(TWO "view: {}\n", document_set_place(doc, "m", 20, 0, &err), TWO "view:\n  m: [20, 0]\n");
    EXPECT(TWO "view: {a: [0, 0]} # v\n", document_set_place(doc, "m", 20, 0, &err),
           TWO "view: {a: [0, 0], m: [20, 0]} # v\n");
    EXPECT(TWO "view:\n  m:\n    - 1\n    - 2\n  a: [3, 4]\n", document_set_place(doc, "m", 5, 6, &err),
           TWO "view:\n  m: [5, 6]\n  a: [3, 4]\n");
    EXPECT(TWO "view:\n  a: [0,0] # left\n  m: [1,1]\n", document_set_place(doc, "a", 7, 7, &err),
           TWO "view:\n  a: [7, 7] # left\n  m: [1,1]\n");
    EXPECT(TWO "view:\n  a: [0, 0]\n  # stays\n  m: [1, 1]\n", document_remove_thing(doc, "a", &err),
           HEAD "spec:\n  things:\n    - {name: m, type: monitor}\nview:\n  # stays\n  m: [1, 1]\n");
}
END_TEST

START_TEST(test_refusals)
{
    REFUSE(TWO, document_add_thing(doc, "monitr", NULL, NULL, &err),
           "the catalogue has no type 'monitr'; did you mean 'monitor'?");
    REFUSE(TWO, document_add_thing(doc, "monitor", "m", NULL, &err), "there is a thing named 'm' already");
    REFUSE(TWO, document_add_thing(doc, "monitor", "My_Screen", NULL, &err),
           "'My_Screen' is no legal name: lower case letters, digits and hyphens, a letter first, at most 40 characters; "
           "'my-screen' would do");
    REFUSE(TWO, document_remove_thing(doc, "b", &err), "no thing is named 'b'; did you mean 'a'?");
    REFUSE(TWO, document_add_link(doc, "a", "video", "m", "detections", &err),
           "'m.detections' takes application/x-ndjson, not video/mjpeg");
    REFUSE(TWO, document_remove_link(doc, 0, &err), "there is no link number 1");
    REFUSE(TWO, document_set_param(doc, "a", "fps", "0", &err), "'0' is not a number from 1 to 60 frames/s");
    REFUSE(TWO, document_set_param(doc, "a", "source", "rtsp://me:p/w@h/1", &err),
           "'rtsp://***@h/1' has a password: name a Secret in 'secrets', write $(NAME)");
    REFUSE(TWO, document_set_param(doc, "a", "source", "\xff", &err), "'\xef\xbf\xbd' is not UTF-8");
    REFUSE(HEAD "spec:\n  things: [{name: a, type: unknown}]\n", document_set_param(doc, "a", "apiKey", "hunter2$(", &err),
           "'***' is a password: name a Secret in 'secrets', write $(NAME)");
    REFUSE(TWO, document_set_param(doc, "a", "speed", "0", &err), "the type ip-camera has no parameter 'speed'");
    REFUSE(HEAD "spec:\n  things: {}\n", document_add_thing(doc, "monitor", NULL, NULL, &err),
           "'things' is no list in this document: mend that first");
    REFUSE(HEAD "spec: 3\n", document_add_thing(doc, "monitor", NULL, NULL, &err),
           "'spec' is no map in this document: mend that first");
    REFUSE(TWO "view: [1]\n", document_set_place(doc, "a", 1, 1, &err), "'view' is no map in this document: mend that first");
    /* A style that hides where things begin: refused rather than damaged. */
    REFUSE(HEAD "spec:\n  ? things\n  : - {name: a, type: ip-camera}\n", document_remove_thing(doc, "a", &err),
           "the text is written in a way that cannot be changed here without touching other parts of it; change it in an "
           "editor");
    REFUSE(TWO, document_replace(doc, "a: [", 4, &err),
           "g.yaml:1:5: this is no YAML: did not find expected node content while parsing a flow node");
    REFUSE(TWO, document_replace(doc, "", 0, &err), "g.yaml: the document is empty; 'patchbay new' writes one to start from");
}
END_TEST

START_TEST(test_nothing_to_do)
{
    struct err err = ERR_INIT;
    struct document *doc = open_text(TWO "view: {a: [1, 2]}\n");
    ck_assert_int_eq(document_set_place(doc, "a", 1, 2, &err), 0);
    ck_assert_int_eq(document_set_param(doc, "a", "fps", NULL, &err), 0);
    ck_assert_int_eq(document_replace(doc, document_text(doc, NULL), strlen(document_text(doc, NULL)), &err), 0);
    ck_assert(!document_undo(doc));
    ck_assert(!document_redo(doc));
    ck_assert_str_eq(document_last_edit(doc), "");
    document_free(doc);
}
END_TEST

/* What a text that was changed in part is read as is what it is read as whole. */
static void expect_as_whole(const char *before, const char *where, size_t old_len, const char *new)
{
    struct err err = ERR_INIT;
    struct document *doc = open_text(before);
    char *text = xasprintf("%.*s%s%s", (int)(strstr(before, where) - before), before, new, strstr(before, where) + old_len);
    ck_assert_msg(document_replace(doc, text, strlen(text), &err) == 0, "%s", err.text);
    struct faults faults = {0};
    struct graph *whole = graph_parse(text, strlen(text), "g.yaml", test_catalogue(), &faults);
    const struct graph *graph = document_graph(doc);
    ck_assert_uint_gt(graph->doc->rereads, 0); /* or this shows nothing */
    ck_assert_uint_eq(document_faults(doc)->count, faults.count);
    for (size_t i = 0; i < faults.count; i++)
        ck_assert_str_eq(document_faults(doc)->items[i].text, faults.items[i].text);
    for (size_t i = 0; i < whole->link_count; i++) {
        ck_assert_uint_eq(graph->links[i].from, whole->links[i].from);
        ck_assert_uint_eq(graph->links[i].to, whole->links[i].to);
    }
    ck_assert_uint_eq(graph_index(graph, "b"), graph_index(whole, "b"));
    graph_free(whole);
    faults_release(&faults);
    free(text);
    document_free(doc);
}

START_TEST(test_names_of_others)
{
    static const char text[] = HEAD "spec:\n"
                                    "  things:\n"
                                    "    - name: a\n"
                                    "      type: ip-camera\n"
                                    "      params: {source: \"sample:vtest\"}\n"
                                    "    - {name: b, type: ip-camera, params: {source: \"sample:vtest\"}}\n"
                                    "    - {type: people-detector, name: c}\n"
                                    "    - {name: d, type: people-detector}\n"
                                    "  links:\n"
                                    "    - {from: b.video, to: c.video}\n"
                                    "    - {from: b.video, to: d.video}\n";
    expect_as_whole(text, "name: a", 7, "name: b"); /* the one before it takes a name */
    expect_as_whole(text, "name: a", 7, "name: B");
    expect_as_whole(text, "name: c", 7, "name: b");
    expect_as_whole(text, "name: c", 7, "name: e");
    expect_as_whole(text, "    - {name: b", 0, "    - {name: b, type: ip-camera}\n");
    expect_as_whole(text, "name: a\n      type: ip-camera\n", 8, "type: ip-camera\n      name: \"b\\0\" #");
    expect_as_whole(text, "type: people-detector, name: c", 30, "type: people-detector, name: \"c\\0\"");
}
END_TEST

START_TEST(test_replace)
{
    EXPECT(TWO, document_replace(doc, TWO "view: {a: [1, 1]}\n# x\n", strlen(TWO "view: {a: [1, 1]}\n# x\n"), &err),
           TWO "view: {a: [1, 1]}\n# x\n");
    EXPECT("# \xc3\xa4\n" TWO, document_replace(doc, HEAD, strlen(HEAD), &err), HEAD);
}
END_TEST

/* A new edit after an undo forgets what was undone. */
START_TEST(test_redo_is_forgotten)
{
    struct err err = ERR_INIT;
    struct document *doc = open_text(TWO);
    ck_assert_int_eq(document_add_thing(doc, "monitor", "x", NULL, &err), 0);
    ck_assert(document_undo(doc));
    ck_assert_int_eq(document_add_thing(doc, "monitor", "y", NULL, &err), 0);
    ck_assert(!document_redo(doc));
    ck_assert_ptr_nonnull(graph_find(document_graph(doc), "y"));
    ck_assert_ptr_null(graph_find(document_graph(doc), "x"));
    ck_assert(document_undo(doc));
    ck_assert_str_eq(document_text(doc, NULL), TWO);
    ck_assert(!document_undo(doc));
    document_free(doc);
}
END_TEST

START_TEST(test_new_documents)
{
    struct err err = ERR_INIT;
    ck_assert_ptr_null(document_new(NULL, 0, NULL, "Bad Name", NULL, test_catalogue(), &err));
    ck_assert_str_eq(err.text, "'Bad Name' is no legal name for a graph: lower case letters, digits and hyphens, a letter "
                               "first, at most 40 characters; 'bad-name' would do");
    ck_assert_ptr_null(document_new(NULL, 0, NULL, "g", "Bad", test_catalogue(), &err));
    ck_assert_ptr_null(document_new("a: [", 4, "x.yaml", NULL, NULL, test_catalogue(), &err));
    ck_assert_msg(str_starts(err.text, "x.yaml:1:5: this is no YAML"), "%s", err.text);
    struct document *doc = document_new(NULL, 0, NULL, "null", "123", test_catalogue(), &err);
    ck_assert_str_eq(document_graph(doc)->name, "null");
    ck_assert_str_eq(document_graph(doc)->ns, "123");
    ck_assert_uint_eq(document_faults(doc)->count, 0);
    document_free(doc);
}
END_TEST

/* Things of one name: one goes, the other keeps its links. */
START_TEST(test_remove_a_twin)
{
    EXPECT(HEAD "spec:\n  things:\n    - {name: a, type: ip-camera}\n    - {name: a, type: ip-camera}\n    - {name: m, type: "
                "monitor}\n  links: [{from: a.video, to: m.video}]\n",
           document_remove_thing(doc, "a", &err),
           HEAD "spec:\n  things:\n    - {name: a, type: ip-camera}\n    - {name: m, type: monitor}\n  links: [{from: "
                "a.video, to: m.video}]\n");
}
END_TEST

TCase *case_edit(void)
{
    TCase *tc = tcase_create("edit");
    tcase_add_test(tc, test_compose_lobby);
    tcase_add_test(tc, test_add);
    tcase_add_test(tc, test_links);
    tcase_add_test(tc, test_params);
    tcase_add_test(tc, test_places);
    tcase_add_test(tc, test_refusals);
    tcase_add_test(tc, test_nothing_to_do);
    tcase_add_test(tc, test_names_of_others);
    tcase_add_test(tc, test_replace);
    tcase_add_test(tc, test_redo_is_forgotten);
    tcase_add_test(tc, test_new_documents);
    tcase_add_test(tc, test_remove_a_twin);
    return tc;
}
