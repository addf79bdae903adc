/* A thing's own text, taken out and put back. */
#include "graph_test.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"

static struct document *open_text(const char *text)
{
    struct err err = ERR_INIT;
    struct document *doc = document_new(text, strlen(text), "g.yaml", NULL, NULL, test_catalogue(), &err);
    ck_assert_msg(doc != NULL, "%s", err.text);
    return doc;
}

static void expect_text(const char *document, const char *name, const char *wanted)
{
    struct err err = ERR_INIT;
    struct document *doc = open_text(document);
    size_t len;
    int line;
    char *text = document_thing_text(doc, name, &len, &err);
    ck_assert_msg(text != NULL, "%s", err.text);
    ck_assert_str_eq(text, wanted);
    ck_assert_uint_eq(len, strlen(text));
    /* As it is, it changes nothing. */
    ck_assert_msg(document_replace_thing(doc, name, text, len, &line, &err) == 0, "%s", err.text);
    ck_assert_str_eq(document_text(doc, NULL), document);
    ck_assert(!document_undo(doc));
    free(text);
    document_free(doc);
}

/* Each style that people write. */
START_TEST(a_thing_is_a_text_of_its_own)
{
    expect_text(HEAD "    - name: a\n      type: ip-camera # kept\n      params:\n        fps: 7\n\n    # of b\n    - {name: b, "
                     "external: {video: \"rtsp://h/s\"}}\n",
                "a", "name: a\ntype: ip-camera # kept\nparams:\n  fps: 7\n");
    expect_text(HEAD "    - {name: a, type: ip-camera} # not its\n    - name: b\n      type: monitor\n", "a",
                "{name: a, type: ip-camera}\n");
    expect_text(HEAD "  - name: a\n    type: ip-camera\n\n    # params: {fps: 3}\n  # of b\n  - name: b\n    type: monitor", "a",
                "name: a\ntype: ip-camera\n\n# params: {fps: 3}\n");
    expect_text(HEAD "  - name: a\n    type: ip-camera\n    env:\n      TEXT: |\n        one\n\n          two\n  links: []\n", "a",
                "name: a\ntype: ip-camera\nenv:\n  TEXT: |\n    one\n\n      two\n");
    expect_text(HEAD "  -   name: a\n      type: ip-camera", "a", "name: a\ntype: ip-camera\n");
    expect_text("apiVersion: patchbay.dev/v1\r\nkind: ServiceGraph\r\nmetadata: {name: g}\r\nspec:\r\n  things:\r\n"
                "    - name: a\r\n      type: ip-camera\r\n    - name: b\r\n      type: monitor\r\n",
                "a", "name: a\r\ntype: ip-camera\n");
    expect_text("{\"apiVersion\": \"patchbay.dev/v1\", \"kind\": \"ServiceGraph\", \"metadata\": {\"name\": \"g\"},\n"
                " \"spec\": {\"things\": [{\"name\": \"a\",\n   \"type\": \"ip-camera\"}]}}\n",
                "a", "{\"name\": \"a\",\n   \"type\": \"ip-camera\"}\n");
}
END_TEST

#define TWO HEAD "    - name: a      # first\n      type: ip-camera\n    # of b\n    - name: b\n      type: people-detector\n" \
                 "  links: # one\n    - {from: a.video, to: \"b.video\"}\nview:\n  a: [1, 2] # here\n  b: [30, 2]\n"

static void replace(const char *name, const char *text, const char *wanted)
{
    struct err err = ERR_INIT;
    struct document *doc = open_text(TWO);
    int line;
    ck_assert_msg(document_replace_thing(doc, name, text, strlen(text), &line, &err) == 0, "%s", err.text);
    ck_assert_str_eq(document_text(doc, NULL), wanted);
    ck_assert_str_eq(document_last_edit(doc), str_eq(name, "a") ? "edit a" : "edit b");
    ck_assert(document_undo(doc));
    ck_assert_str_eq(document_text(doc, NULL), TWO);
    document_free(doc);
}

START_TEST(it_goes_back_to_its_place)
{
    replace("a", "# mine\nname: a      # first\n\ntype: ip-camera\nparams:\n  fps: 7\n\n\n",
            HEAD "    - # mine\n      name: a      # first\n\n      type: ip-camera\n      params:\n        fps: 7\n    # of b\n"
                 "    - name: b\n      type: people-detector\n  links: # one\n    - {from: a.video, to: \"b.video\"}\nview:\n"
                 "  a: [1, 2] # here\n  b: [30, 2]\n");
    replace("b", "{name: b, type: people-detector, gpu: {count: 1}}",
            HEAD "    - name: a      # first\n      type: ip-camera\n    # of b\n    - {name: b, type: people-detector, gpu: "
                 "{count: 1}}\n  links: # one\n    - {from: a.video, to: \"b.video\"}\nview:\n  a: [1, 2] # here\n  b: [30, 2]\n");
}
END_TEST

START_TEST(a_new_name_goes_everywhere)
{
    replace("a", "name: door      # first\ntype: ip-camera\n",
            HEAD "    - name: door      # first\n      type: ip-camera\n    # of b\n    - name: b\n      type: people-detector\n"
                 "  links: # one\n    - {from: door.video, to: \"b.video\"}\nview:\n  door: [1, 2] # here\n  b: [30, 2]\n");
    replace("b", "name: finder\ntype: people-detector\n",
            HEAD "    - name: a      # first\n      type: ip-camera\n    # of b\n    - name: finder\n      type: people-detector\n"
                 "  links: # one\n    - {from: a.video, to: \"finder.video\"}\nview:\n  a: [1, 2] # here\n  finder: [30, 2]\n");
}
END_TEST

/* Refused with its line in the thing's own text, and nothing changed. */
START_TEST(what_is_no_thing_is_refused)
{
    static const struct { const char *text, *why; int line; } rows[] = {
        {"name: a\ntype: [\n", "", 3},
        {"", "nothing is left of the thing; x removes it", 0},
        {"# only this\n", "nothing is left of the thing; x removes it", 0},
        {"- name: a\n", "a thing is a map: name, type, params …", 1},
        {"\ntype: ip-camera\n", "the thing has no name", 2},
        {"name: [a]\n", "the thing has no name", 1},
        {"name: a\n---\nname: c\n", "a thing is one document, without '---'", 3},
        {"name: a\ntype: ip-camera\nparams:\n  fps: 900\n", "", 4},
        {"name: a\rtype: ip-camera\rparams:\r  fps: 900\r", "", 4},
        {"name: a\r\ntype: ip-camera\r\nparams:\r\n  fps: 900\r\n", "", 4},
        {"name: a\ntype: ip-cam\n", "", 2},
        {"name: b\ntype: ip-camera\n", "the name 'b' is taken already (line 6)", 0}, /* which is said of b */
        {"name: 5x\ntype: ip-camera\n", "", 1},
        {"name: a\ntype: monitor\n", "", 1}, /* its input has no link; that the one from its output is wrong comes later */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err = ERR_INIT;
        struct document *doc = open_text(TWO);
        int line = -1;
        ck_assert_int_eq(document_replace_thing(doc, "a", rows[i].text, strlen(rows[i].text), &line, &err), -1);
        ck_assert_msg(line == rows[i].line, "line %d of '%s': %s", line, rows[i].text, err.text);
        ck_assert_msg(rows[i].why[0] ? str_eq(err.text, rows[i].why) : err.text[0], "'%s'", err.text);
        ck_assert_str_eq(document_text(doc, NULL), TWO);
        ck_assert(!document_undo(doc));
        document_free(doc);
    }
}
END_TEST

/* Faults that are there already keep nobody from mending one of them. */
START_TEST(old_faults_are_no_hindrance)
{
    struct err err = ERR_INIT;
    struct document *doc = open_text(HEAD "    - name: a\n      type: ip-cam\n    - name: b\n      type: moniter\n");
    int line;
    ck_assert_uint_eq(document_faults(doc)->errors, 2);
    const char text[] = "name: a\ntype: ip-camera\n";
    ck_assert_msg(document_replace_thing(doc, "a", text, sizeof text - 1, &line, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(document_faults(doc)->errors, 1);
    document_free(doc);
}
END_TEST

TCase *case_text(void)
{
    TCase *tc = tcase_create("texts of things");
    tcase_add_test(tc, a_thing_is_a_text_of_its_own);
    tcase_add_test(tc, it_goes_back_to_its_place);
    tcase_add_test(tc, a_new_name_goes_everywhere);
    tcase_add_test(tc, what_is_no_thing_is_refused);
    tcase_add_test(tc, old_faults_are_no_hindrance);
    return tc;
}
